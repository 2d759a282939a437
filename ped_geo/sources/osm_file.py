"""
OpenStreetMap from a local file: ``.osm``, ``.osm.gz``, ``.osm.bz2``, ``.osm.pbf`` or a saved Overpass answer (``.json``), read by osmium.

Live answers of Overpass are read here too, so that every way in gives the same layers.
"""

from __future__ import annotations

import bz2
import gzip
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._boundary import given_boundary, ring
from ped_geo.sources._files import file_record, one_line
from ped_geo.sources._osm_objects import Drawn, OsmObjects, read_objects
from ped_geo.sources._osm_ordered import OrderedFile, ordered_answers, ordered_file, osm_errors
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

__all__ = ["ATTRIBUTION", "LICENCE", "OsmLayers", "read_answers", "read_osm", "read_place", "rejected_near", "state_of"]

LICENCE = "ODbL 1.0"
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"

HEAD_BYTES: Final = 4096
STATE: Final = re.compile(rb"""osm_base"?\s*[=:]\s*["'](\d{4}-\d{2}-\d{2}T[\d:]{8}Z)["']""")
"""How answers of Overpass tell the time of their map, as XML and as JSON."""

OsmLayers = dict[str, "gpd.GeoDataFrame"]


def read_osm(path: Path) -> tuple[OsmLayers, pd.DataFrame]:
    """
    All layers of an OSM file.

    Parameters
    ----------
    path : Path
        ``.osm``, ``.osm.gz``, ``.osm.bz2``, ``.osm.pbf``, or an Overpass answer as ``.json``.

    Returns
    -------
    layers : dict of str to GeoDataFrame
        ``footprints``, ``ways``, ``areas``, ``points_of_interest`` in EPSG:4326, indexed ``way/1``, ``relation/2``, ``node/3``.
    rejected : DataFrame
        Objects that are not drawn, with the reason and, where it is known, ``longitude`` and ``latitude`` of one of their points:
        with the footprints they are all that is tagged as a building, but for points in drawn buildings.

    Raises
    ------
    SourceError
        If the file is missing, damaged, no OSM file, or holds buildings without the nodes of their outlines.
    """
    if not path.is_file():
        raise SourceError(Sentence("error.is_not_file_check_sources", path=path))
    with tempfile.TemporaryDirectory() as folder:
        return _layers(ordered_file(path, Path(folder)), path.name)


def read_answers(answers: list[bytes]) -> tuple[OsmLayers, pd.DataFrame]:
    """All layers of Overpass answers, as `read_osm` gives them; an object that several answers hold comes once."""
    with tempfile.TemporaryDirectory() as folder:
        return _layers(ordered_answers(answers, Path(folder)), "the answer of Overpass")


def _layers(file: OrderedFile, told: str) -> tuple[OsmLayers, pd.DataFrame]:
    import pandas as pd

    try:
        found = read_objects(file)
    except osm_errors() as error:
        raise SourceError(Sentence("error.cannot_be_read_as_openstreetmap_data", told=told, reason=one_line(error))) from None
    _refuse_without_nodes(found, told)
    footprints = _frame(found.buildings, "building_id")
    footprints.insert(2, "tag_sources", "{}")
    layers = {
        "footprints": footprints,
        "ways": _frame(found.lines, "way_id"),
        "areas": _frame(found.areas, "area_id"),
        "points_of_interest": _frame(found.points_of_interest, "place_id"),
    }
    lost = pd.DataFrame(found.lost, columns=["object_id", "layer", "reason"], dtype="str")
    spots = pd.DataFrame([found.spots.get(name, (np.nan, np.nan)) for name in lost["object_id"]], columns=["longitude", "latitude"])
    return layers, lost.join(spots.astype("float64")).sort_values(["layer", "reason", "object_id"], ignore_index=True)


def rejected_near(lost: pd.DataFrame, around: BaseGeometry) -> pd.DataFrame:
    """What is not drawn of a place: all that lies around it, and all that lies nobody knows where."""
    import shapely

    east, north = lost["longitude"].to_numpy(), lost["latitude"].to_numpy()
    near = np.asarray(shapely.intersects_xy(around, east, north), dtype=bool)
    return lost[near | np.isnan(east)].reset_index(drop=True)[["object_id", "layer", "reason"]]


def _refuse_without_nodes(found: OsmObjects, told: str) -> None:
    missing = sum(1 for _, layer, reason in found.lost if layer == "footprints" and reason == "incomplete")
    if missing and missing == len(found.tagged):
        raise SourceError(Sentence("error.holds_buildings_but_not_nodes", told=told, missing=missing))


def _frame(drawn: Drawn, name: str) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    columns = {"source": pd.Series("osm", index=range(len(drawn.ids)), dtype="str"), "tags": pd.Series(drawn.told(), dtype="str")}
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(drawn.geometry(), crs=4326))
    frame.index = pd.Index(drawn.ids, name=name, dtype="str")
    return frame.sort_index()


def state_of(path: Path) -> str:
    """
    Time of the map that an extract holds, as its head tells it; empty where it does not.

    Parameters
    ----------
    path : Path
        See `read_osm`.
    """
    if path.name.lower().endswith(".pbf"):
        import osmium

        try:
            return str(osmium.io.Reader(str(path)).header().get("osmosis_replication_timestamp", ""))
        except RuntimeError:
            # the name of a file does not tell its format for sure
            return ""
    packed: dict[str, Callable[[Path, str], Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    with packed.get(path.suffix.lower(), open)(path, "rb") as file:
        found = STATE.search(file.read(HEAD_BYTES))
    return found.group(1).decode() if found else ""


def read_place(study: Study, path: Path, *, origin: str = "file") -> RawPlace:
    """
    The raw place of one OSM file: the boundary of the study, or the extent of the file's buildings.

    Parameters
    ----------
    study : Study
        Its ``[place]`` gives the boundary.
    path : Path
        OSM file.
    origin : str
        What the place is to be called in the products.

    Raises
    ------
    SourceError
        If the file holds no buildings, or none inside the boundary.
    """
    layers, lost = read_osm(path)
    boundary = given_boundary(study, layers["footprints"])
    around = ring(boundary, study.place.buffer_m)
    inside = {name: frame[frame.intersects(around)] for name, frame in layers.items()}
    about = {"source": "osm", "licence": LICENCE, "attribution": ATTRIBUTION, "files": [file_record(path)]}
    day = state_of(path)
    provenance = about | ({"timestamp_osm_base": day} if day else {})
    return RawPlace(boundary=boundary, rejected=rejected_near(lost, around), provenance=provenance, origin=origin, **inside)


def _read(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    if len(study.sources.files) != 1:
        raise SourceError(Sentence("error.source_osm_file_needs_one_file", count=len(study.sources.files)))
    return read_place(study, study.sources.files[0])


SOURCES.add("osm_file", PlaceSource("osm_file", LICENCE, ATTRIBUTION, _read, takes=("files",)))
