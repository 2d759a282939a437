"""Before anything is fetched or computed: files that are not there, names that nothing answers to, folders that cannot be written."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ped_geo import schema
from ped_geo.countries import pack_or_form, packs
from ped_geo.crs import scale_problem
from ped_geo.engine.files import check_writable, shown, stands
from ped_geo.errors import SourceError, StudyError
from ped_geo.language.sentences import Clause, Sentence, joined
from ped_geo.pipeline.named_files import named_files
from ped_geo.pipeline.unused import unused_settings
from ped_geo.study import Study

__all__ = ["preflight"]


def preflight(study: Study, root: Path) -> None:
    """
    Look at a study's files, names and folders, in well under a second.

    Parameters
    ----------
    study : Study
        Settings.
    root : Path
        Folder that holds ``data`` and ``maps``.

    Raises
    ------
    StudyError
        With every problem of the settings.
    RunError
        With every folder that cannot be written.
    """
    _refuse_no_country(study)
    problems = [
        *_missing_files(study),
        *_unusable_registers(study),
        *_unusable_grid(study),
        *_unusable_census(study),
        *_unusable_timetables(study),
        *_unusable_pipes(study),
        *_unknown_names(study),
        *_wrong_system(study),
        *_unusable_addresses(study),
        *unused_settings(study),
    ]
    if problems:
        raise StudyError(Sentence("error.district", study=study.name), problems)
    check_writable((root / "data" / "processed" / study.name, root / "maps"))


def _refuse_no_country(study: Study) -> None:
    """A code that no country bears; one without a pack goes on with form and PV."""
    from ped_geo.sources._whereabouts import is_country

    if study.country and study.country not in packs() and not is_country(study.country):
        raise SourceError(Sentence("error.district_country_is_code_no", study=study.name, country=study.country, names=", ".join(packs())))


def _missing_files(study: Study) -> Iterator[str]:
    for setting, path in named_files(study):
        if not stands(path):
            yield Sentence("error.setting_is_not_a_file", setting=setting, path=shown(path))
        elif path.is_file():
            try:
                path.open("rb").close()
            except OSError as error:
                yield Sentence("error.setting_cannot_be_read", setting=setting, path=path, reason=error.strerror or error)


def _unusable_registers(study: Study) -> Iterator[str]:
    """Problems of the city's tables; those that are not there are told already."""
    from ped_geo.sources.registers import read_registers

    there = tuple(
        register
        for register in study.sources.registers
        if stands(register.file) and register.file.is_file() and os.access(register.file, os.R_OK)
    )
    try:
        read_registers(study.model_copy(update={"sources": study.sources.model_copy(update={"registers": there})}))
    except SourceError as error:
        yield from error.problems


def _unusable_grid(study: Study) -> Iterator[str]:
    """Problems of the population grid, where it is there."""
    from ped_geo.sources.population import LAEA, population_cells

    path = study.sources.population_grid
    if path is not None and stands(path) and path.is_file() and os.access(path, os.R_OK):
        try:
            population_cells(study, LAEA)
        except SourceError as error:
            yield joined(error.problems, "; ") or Clause("error.whole", told=error)


def _unusable_census(study: Study) -> Iterator[str]:
    """Problems of the census table, where it is there."""
    from ped_geo.sources.census import census_rows

    path = study.sources.census
    if path is not None and stands(path) and path.is_file() and os.access(path, os.R_OK):
        try:
            census_rows(study)
        except SourceError as error:
            yield from (Sentence("error.subject_problem", subject=error.subject, problem=problem) for problem in error.problems)
            if not error.problems:
                yield Clause("error.whole", told=error)


def _unusable_timetables(study: Study) -> Iterator[str]:
    """Problems of the timetables that are there."""
    from ped_geo.sources.timetable import read_feeds

    there = [path for path in study.sources.timetable if stands(path) and path.is_file() and os.access(path, os.R_OK)]
    try:
        read_feeds(there)
    except SourceError as error:
        yield from error.problems


def _unusable_pipes(study: Study) -> Iterator[str]:
    """Problems of the city's own heat network, where its file is there."""
    from ped_geo.sources.heat_pipes import read_heat_pipes

    path = study.sources.heat_network
    if path is not None and stands(path) and path.is_file() and os.access(path, os.R_OK):
        try:
            read_heat_pipes(study)
        except SourceError as error:
            yield joined(error.problems, "; ") or Clause("error.whole", told=error)


def _unknown_names(study: Study) -> Iterator[str]:
    from ped_geo.balance.factors import factor_rows
    from ped_geo.retrofit.states import COST_OPTIMAL, package_names
    from ped_geo.sources import SOURCES
    from ped_geo.sources._providers import ELEVATIONS, WEATHERS
    from ped_geo.sources.weather import AUTO
    from ped_geo.supply import SUPPLIES

    sources, supplies, packages = set(SOURCES.load()), set(SUPPLIES.load()), {*package_names(), COST_OPTIMAL}
    own = [study.country] if study.country else packs()
    periods = {period for code in own for period in pack_or_form(code).period_codes}
    rows = factor_rows()
    # the sets of worked examples know only the carriers of their examples, and would fail after the long work
    factors = set(rows.loc[rows["carrier"] == "district_heat", "set"])
    yield from _unknown("[sources] buildings", [study.sources.buildings], sources)
    yield from _unknown("[sources] second", filter(None, [study.sources.second]), sources)
    yield from _unknown("[sources] weather", [study.sources.weather], {AUTO, *WEATHERS.load()})
    yield from _unknown("[sources] elevation", filter(None, [study.sources.elevation]), set(ELEVATIONS.load()))
    today = set(schema.columns("buildings")["heat_supply"].values)
    yield from _unknown("[buildings] heat_supply", filter(None, [study.buildings.heat_supply]), today)
    yield from _unknown("[buildings] construction_period", filter(None, [study.buildings.construction_period]), periods)
    yield from _unknown("[retrofit] packages", study.retrofit.packages, packages)
    yield from _unknown("[supply] options", study.supply.options, supplies)
    yield from _unknown("[balance] factor_set", filter(None, [study.balance.factor_set]), factors)
    yield from _unknown("[[variants]] package", [variant.package for variant in study.variants], packages)
    yield from _unknown("[[variants]] supply", [variant.supply for variant in study.variants], supplies)
    named = {register.heat_supply for register in study.sources.registers} - {""}
    yield from _unknown("[[sources.registers]] heat_supply", sorted(named), today)
    keys = [variant.key for variant in study.variants]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield Sentence("error.variant_key_twice", key=key)


def _unknown(setting: str, names: Iterable[str], known: set[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = Sentence("error.did_you_mean_2", close=close[0]) if close else ""
            yield Sentence("error.unknown_value_known_are", setting=setting, name=name, known=", ".join(sorted(known)), hint=hint)


def _unusable_addresses(study: Study) -> Iterator[str]:
    from urllib.parse import urlsplit

    for setting, address in study.sources.model_dump().items():
        if not setting.endswith("_url"):
            continue
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in address
        except ValueError:
            usable = False
        if not usable:
            yield Sentence("error.no_address_of_server", setting=setting, address=address[:80])


def _told_middle(study: Study) -> tuple[float, float] | None:
    """Longitude and latitude of the place as far as the district file itself tells them."""
    place = study.place
    if place.boundary_file or place.prg or place.query:
        return None
    if place.bbox is not None:
        return (place.bbox[0] + place.bbox[2]) / 2.0, (place.bbox[1] + place.bbox[3]) / 2.0
    return place.centre


def _wrong_system(study: Study) -> Iterator[str]:
    """A working CRS must be projected and in metres: lengths and areas are computed in it."""
    if study.place.epsg is None:
        return
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        system = CRS.from_epsg(study.place.epsg)
    except CRSError:
        yield Sentence("error.place_epsg_is_no_known", epsg=study.place.epsg)
        return
    if system.is_projected and (middle := _told_middle(study)) and (problem := scale_problem(study.place.epsg, *middle)):
        yield problem
        return
    unit = system.axis_info[0].unit_name if system.axis_info else "unknown"
    if not system.is_projected or unit != "metre":
        yield Sentence("error.place_epsg_counts_in_areas", epsg=study.place.epsg, system=system.name, unit=unit)
