"""
Where the data come from: one provider, one file.

A source is a module of this package that registers a `PlaceSource`. Its `read` function gives the raw layers of a place as a
`RawPlace`, in the coordinates of the provider; nothing is interpreted here beyond translating the provider's own vocabulary
into OpenStreetMap's keys, which all later stages read.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ped_geo.errors import NetworkUnreachable
from ped_geo.sources._place import SOURCES, PlaceSource, RawPlace
from ped_geo.study import Study

__all__ = ["SOURCES", "NetworkUnreachable", "PlaceSource", "RawPlace", "load_place", "refined_place"]


def load_place(study: Study, raw_root: Path, *, refresh: bool = False) -> RawPlace:
    """
    The raw layers of a study's place, from its source, with what building models, surface models and the city's heat network add.

    Parameters
    ----------
    study : Study
        Says the source and its files.
    raw_root : Path
        ``data/raw``: where frozen snapshots live.
    refresh : bool
        Fetch again although there is a snapshot.

    Returns
    -------
    RawPlace

    Raises
    ------
    SourceError
        If the source cannot serve the place; nothing is written then.
    """
    source = SOURCES[study.sources.buildings]
    if not study.place.prg or study.place.boundary_file:
        return refined_place(study, source.read(study, raw_root, refresh), raw_root, refresh=refresh)
    from ped_geo.sources.prg import ATTRIBUTION, prg_boundary

    path, about = prg_boundary(study, raw_root, refresh)
    bounded = study.model_copy(update={"place": study.place.model_copy(update={"boundary_file": path, "boundary_feature": ""})})
    place = refined_place(bounded, source.read(bounded, raw_root, refresh), raw_root, refresh=refresh)
    told = place.provenance
    credit = "; ".join(filter(None, [str(told.get("attribution", "")), ATTRIBUTION]))
    provenance = {**told, "attribution": credit, "boundary": about, "files": [*told.get("files", []), *about["files"]]}
    return replace(place, boundary=place.boundary.assign(origin="prg"), provenance=provenance)


def refined_place(study: Study, place: RawPlace, raw_root: Path, *, refresh: bool) -> RawPlace:
    """
    The place with what building models, elevation models and heat pipes add; elevation is fetched where the study asks for it.

    Parameters
    ----------
    study : Study
        Says the files.
    place : RawPlace
        As its source gives it.
    raw_root : Path
        ``data/raw``.
    refresh : bool
        Fetch elevation again.

    Raises
    ------
    SourceError
        If a file cannot serve.
    """
    from ped_geo.sources._conflated import refine
    from ped_geo.sources._providers import ELEVATIONS, with_elevation
    from ped_geo.sources.heat_pipes import with_heat_network

    found = with_heat_network(study, refine(with_elevation(study, place.boundary, raw_root, refresh=refresh), place))
    if not study.sources.elevation:
        return found
    source = ELEVATIONS[study.sources.elevation]
    credit = "; ".join(filter(None, [str(found.provenance.get("attribution", "")), source.attribution]))
    lost = dict(source.lost(study, raw_root))
    return replace(found, provenance={**found.provenance, "attribution": credit} | ({"lost_sheets": lost} if lost else {}))
