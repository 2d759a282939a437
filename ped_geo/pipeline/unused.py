"""Settings of a district file that nothing would read: told before any work, because a setting that is ignored is a wrong result."""

from __future__ import annotations

from collections.abc import Iterator

from ped_geo.study import Register, Study

__all__ = ["unused_settings"]

MODELS = ("surface_model", "terrain_model")
OWN_FILE = ("layer", "id", "encoding", "attribution", "columns", "words")
METERED_ONLY = ("unit", "level", "carrier")


def unused_settings(study: Study) -> Iterator[str]:
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
        yield f"[sources] weather_file is given, but weather is {sources.weather!r}; remove one of them, or set weather to 'epw'"
    if sources.files_crs and not (
        sources.files or sources.second_files or sources.streets_files or sources.heat_network or place.boundary_file
    ):
        yield "[sources] files_crs is given, but no file that it could belong to; name one in files, or remove it"
    named = [name for name in MODELS if getattr(sources, name) is not None]
    if sources.elevation and len(named) == len(MODELS):
        yield f"[sources] elevation is {sources.elevation!r}, but surface_model and terrain_model are both named; remove elevation"
    if sources.elevation_crs and not named:
        yield "[sources] elevation_crs is given, but neither surface_model nor terrain_model; name the raster it belongs to, or remove it"
    if sources.population_column and sources.population_grid is None:
        yield "[sources] population_column is given, but no population_grid that has it; name the file, or remove it"
    if sources.census is not None and study.buildings.period_shares:
        yield "[sources] census and [buildings] period_shares both tell the ages of the stock; remove one of them"
    if place.boundary_feature and place.boundary_file is None:
        yield "[place] boundary_feature is given, but no boundary_file that it could be found in; name the file, or use prg"
    if "radius_m" in place.model_fields_set and place.centre is None:
        yield "[place] radius_m is given, but no centre; give centre = [longitude, latitude], or remove radius_m"
    for register in sources.registers:
        yield from _of_register(register)


def _of_source(study: Study) -> Iterator[str]:
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
            yield f"[sources] {name} is given, but source {sources.buildings!r} does not read it; remove it, or set buildings to one of {users}"


def _of_second(study: Study) -> Iterator[str]:
    from ped_geo.sources import SOURCES

    sources = study.sources
    second = SOURCES.load().get(sources.second)
    if sources.second_files and not sources.second:
        yield "[sources] second_files is given, but second is not; name the source that reads them, for example second = 'footprints_file'"
    elif second is not None and sources.second_files and "files" not in second.takes:
        yield f"[sources] second_files is given, but source {sources.second!r} does not read files; remove it"
    elif second is not None and not sources.second_files and "files" in second.takes:
        yield f"[sources] second is {sources.second!r}, but second_files is empty; name its files"


def _of_register(register: Register) -> Iterator[str]:
    subject = f"[[sources.registers]] {register.file.name}"
    if register.heat_supply and register.kind != "heat_supply":
        yield f"{subject}: heat_supply is given, but kind is {register.kind!r}; remove it, or set kind to 'heat_supply'"
    for name in METERED_ONLY:
        if name in register.model_fields_set and register.kind != "metered":
            yield f"{subject}: {name} is given, but kind is {register.kind!r}, which has no amounts; remove it"
