"""Settings of a district file that nothing would read: told before any work, because a setting that is ignored is a wrong result."""

from __future__ import annotations

from collections.abc import Iterator

from ped_geo.language.sentences import Sentence
from ped_geo.study import Register, Study

__all__ = ["unused_settings"]

MODELS = ("surface_model", "terrain_model")
OWN_FILE = ("layer", "id", "encoding", "attribution", "columns", "words")
METERED_ONLY = ("unit", "level", "carrier")


def unused_settings(study: Study) -> Iterator[Sentence]:
    """
    One sentence for each setting of ``[sources]`` and ``[place]`` that the others leave without a use.

    Settings of how servers are asked (addresses, time-outs, attempts) hold for whatever is fetched and are not looked at.
    """
    from ped_geo.sources._providers import WEATHERS

    yield from _of_source(study)
    yield from _of_second(study)
    sources, place = study.sources, study.place
    weather = WEATHERS.load().get(sources.weather)
    if sources.weather_file is not None and weather is not None and not weather.reads_file:
        yield Sentence("error.unused_weather_file", weather=sources.weather)
    if sources.files_crs and not (
        sources.files or sources.second_files or sources.streets_files or sources.heat_network or place.boundary_file
    ):
        yield Sentence("error.unused_files_crs")
    named = [name for name in MODELS if getattr(sources, name) is not None]
    if sources.elevation and len(named) == len(MODELS):
        yield Sentence("error.unused_elevation", elevation=sources.elevation)
    if sources.elevation_crs and not named:
        yield Sentence("error.unused_elevation_crs")
    if sources.population_column and sources.population_grid is None:
        yield Sentence("error.unused_population_column")
    if sources.census is not None and study.buildings.period_shares:
        yield Sentence("error.unused_census")
    if place.boundary_feature and place.boundary_file is None:
        yield Sentence("error.unused_boundary_feature")
    if "radius_m" in place.model_fields_set and place.centre is None:
        yield Sentence("error.unused_radius")
    for register in sources.registers:
        yield from _of_register(register)


def _of_source(study: Study) -> Iterator[Sentence]:
    from ped_geo.sources import SOURCES

    sources = study.sources
    known = SOURCES.load()
    if sources.buildings not in known:
        return
    takes = known[sources.buildings].takes
    for name in ("files", "streets_files", "teryt", *OWN_FILE):
        second_reads = name in OWN_FILE and sources.second in known and name in known[sources.second].takes
        if getattr(sources, name) and name not in takes and not second_reads:
            users = ", ".join(sorted(key for key, source in known.items() if name in source.takes))
            yield Sentence("error.unused_of_source", name=name, source=sources.buildings, users=users)


def _of_second(study: Study) -> Iterator[Sentence]:
    from ped_geo.sources import SOURCES

    sources = study.sources
    second = SOURCES.load().get(sources.second)
    if sources.second_files and not sources.second:
        yield Sentence("error.unused_second_files")
    elif second is not None and sources.second_files and "files" not in second.takes:
        yield Sentence("error.unused_second_reads_none", second=sources.second)
    elif second is not None and not sources.second_files and "files" in second.takes:
        yield Sentence("error.unused_second", second=sources.second)


def _of_register(register: Register) -> Iterator[Sentence]:
    subject = f"[[sources.registers]] {register.file.name}"
    if register.heat_supply and register.kind != "heat_supply":
        yield Sentence("error.unused_register_supply", subject=subject, kind=register.kind)
    for name in METERED_ONLY:
        if name in register.model_fields_set and register.kind != "metered":
            yield Sentence("error.unused_register_amount", subject=subject, name=name, kind=register.kind)
