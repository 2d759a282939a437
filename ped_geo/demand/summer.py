"""
Summer: how warm rooms get that nobody cools, today and in a hot year of the future, and what measures do about it.

Buildings of one type and use are one room, the sum of their elements: the equations of EN ISO 52016-1 are linear, so that this room is
their mean. The work grows with types and packages, not with buildings. Each room is run through each year twice, left to itself
and cooled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.demand.elements import element_table, rooms_of
from ped_geo.demand.envelope import APERTURES, ORIENTATIONS
from ped_geo.demand.hourly import check_weather
from ped_geo.demand.iso52016 import run_rooms
from ped_geo.demand.occupancy import by_schedule, gains_share, presence
from ped_geo.demand.rooms import UNLIMITED_W
from ped_geo.demand.seasonal import heating_hours
from ped_geo.demand.summer_costs import measure_costs
from ped_geo.demand.uses import HOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.demand.rooms import Rooms
    from ped_geo.site import Site
    from ped_geo.study import Study

__all__ = ["CLIMATES", "FIGURES_OF_SUMMER", "NO_MEASURE", "Summer", "adaptive_limit", "hot_future", "running_mean", "summer_of"]

CLIMATES: Final = ("today", "hot_future")
NO_MEASURE, ALL_MEASURES = "none", "all"
FIGURES_OF_SUMMER: Final = (
    *("adaptive_hours_h", "adaptive_degree_hours_kh", "fixed_hours_h", "fixed_degree_hours_kh"),
    *("t_operative_max_c", "cooling_need_kwh_m2a"),
)
HOTTEST: Final = "t_operative_max_c"
COST: Final = "measure_cost_m2"
NEVER: Final = 1e6
WH_PER_KWH: Final = 1000.0
BY_HOUR: Final = frozenset({"glass", "nights"})
"""What measures change hour by hour; all else they change is the building."""
SUMMER_MONTHS: Final = {5: 0.5, 6: 1.0, 7: 1.0, 8: 1.0, 9: 0.5}
"""Part of a hot summer's excess that falls on a month of the north."""

_SUMS: Final = (
    *("h_opaque", "h_glazed", "h_ventilation", "h_bridges", "h_bypass", "volume_m3", "reference_area_m2", "area_roof_window"),
    *(f"area_{name}" for name in ("wall", "roof", "floor", "window", "door")),
    *(f"aperture_{side}" for side in APERTURES),
)
_MEANS: Final = {
    **{f"u_{name}": f"area_{name}" for name in ("wall", "roof", "floor", "window", "door")},
    **{f"wall_{side}": "area_wall" for side in ORIENTATIONS},
    "lit": "area_wall",
    "height_m": "area_wall",
    "heat_capacity": "area_wall",
}
"""Columns that are means, and the area that each is weighted with."""
TYPE: Final = ["summer_type", "package"]


@dataclass(frozen=True)
class Summer:
    """
    Summer of a place.

    Attributes
    ----------
    types : DataFrame, index (summer_type, package, measure, climate)
        Layer ``summer``: `FIGURES_OF_SUMMER`, buildings and heated floor [m²] of each type.
    buildings : DataFrame, index building_id
        Layer ``summer_buildings``: each building's type, and figures of today's state in both climates.
    blocks : DataFrame, index (block_id, package, climate)
        Layer ``summer_blocks``: means over heated floor, without measures.
    totals : DataFrame, index (package, measure, climate)
        Layer ``summer_totals``: the same of the whole place.
    """

    types: pd.DataFrame
    buildings: pd.DataFrame
    blocks: pd.DataFrame
    totals: pd.DataFrame


def running_mean(temperature: pd.Series, weight: float) -> NDArray[np.float64]:
    r"""
    Exponentially weighted running mean of the daily mean outdoor temperature, of each hour's day, shape (hours,) [°C].

    Parameters
    ----------
    temperature : Series, index hours in local time
        Outdoor temperature [°C].
    weight : float
        :math:`\alpha` of EN 16798-1 [-].

    Notes
    -----
    :math:`\vartheta_{rm} = (1 - \alpha) \vartheta_{ed-1} + \alpha \vartheta_{rm-1}`; the year is taken to follow itself.
    """
    dates = pd.DatetimeIndex(temperature.index)
    day, _ = pd.factorize(dates.year.to_numpy() * 1000 + dates.day_of_year.to_numpy())
    daily = np.bincount(day, weights=temperature.to_numpy(dtype=float)) / np.bincount(day)
    found, mean = np.empty(len(daily)), float(daily.mean())
    for _ in range(2):
        for number in range(len(daily)):
            mean = (1.0 - weight) * daily[number - 1] + weight * mean
            found[number] = mean
    return np.asarray(found[day])


def adaptive_limit(running: NDArray[np.float64], study: Study) -> NDArray[np.float64]:
    """
    Upper limit of the operative temperature of category II in rooms without cooling, EN 16798-1 annex B.2.2 [°C].

    Parameters
    ----------
    running : array, shape (hours,)
        Running mean of the outdoor temperature [°C].
    study : Study
        Gives the assumptions.

    Returns
    -------
    array, shape (hours,)
        Unreachable where the limit is not defined because it is too cold; at the greatest defined one where it is too hot.
    """
    felt = np.minimum(running, study.assumed("summer.adaptive_most"))
    limit = study.assumed("summer.adaptive_slope") * felt + study.assumed("summer.adaptive_base") + study.assumed("summer.adaptive_above")
    return np.where(running >= study.assumed("summer.adaptive_least"), limit, NEVER)


def hot_future(weather: pd.DataFrame, study: Study, *, southern: bool = False) -> pd.DataFrame:
    """
    Weather of a hot year in the middle of the century: every month is shifted, those of summer most.

    Parameters
    ----------
    weather : DataFrame
        Hourly ``temp_air`` [°C].
    study : Study
        Gives ``summer.future_warming`` and ``summer.future_hot_summer``.
    southern : bool
        Whether summer is in January.

    Returns
    -------
    DataFrame
        A new frame; all but the temperature is unchanged.

    Notes
    -----
    The shift of Belcher, Hacker and Powell (2005) without their stretch: days keep their swing, and the sun is that of today.
    """
    month = pd.DatetimeIndex(weather.index).month.to_numpy()
    month = (month + 5) % 12 + 1 if southern else month
    part = np.array([SUMMER_MONTHS.get(int(number), 0.0) for number in range(13)])[month]
    shift = study.assumed("summer.future_warming") + study.assumed("summer.future_hot_summer") * part
    return weather.assign(temp_air=weather["temp_air"] + shift)


def summer_of(
    buildings: pd.DataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    site: Site,
    study: Study,
) -> Summer:
    """
    Summer of all types of buildings in all packages, with and without measures, today and in a hot year of the future.

    Parameters
    ----------
    buildings : DataFrame, index building_id
        Layer ``buildings`` with ``block_id``, ``tabula_code``, ``use`` and ``height_m``.
    envelope, thermal_state, weather, irradiance
        As for `ped_geo.demand.need.build_need`.
    site : Site
        Its time zone and hemisphere.
    study : Study
        Gives the assumptions.

    Returns
    -------
    Summer

    Notes
    -----
    Windows are opened while people are up, from a running mean of ``summer.airing_from`` on and as long as it is cooler outside than the
    fixed limit; night ventilation leaves them open at night. Only hours with people in the building are counted. A room of a type is the
    mean over all its storeys and sides: rooms below the roof and to the west are warmer.
    """
    check_weather(weather, irradiance)
    chosen = buildings.loc[thermal_state.index.unique(level=0)]
    chosen = chosen[chosen["reference_area_m2"] > 0]
    if chosen.empty:
        return _nothing()
    rows = element_table(
        thermal_state[thermal_state.index.get_level_values(0).isin(chosen.index)],
        envelope,
        chosen,
        study,
        window_shading=envelope.get("window_shading"),
    )
    kinds = chosen["tabula_code"].astype("str") + "|" + chosen["use"].astype("str")
    elements = _types(rows, kinds, chosen["height_m"])
    years = {"today": weather, "hot_future": hot_future(weather, study, southern=site.southern)}
    found = []
    for climate, weather_of in years.items():
        year = _Year(weather_of, irradiance, site.tz, study)
        for use, mine in by_schedule(elements["use"], study).items():
            found += [figures.assign(climate=climate) for figures in _figures(elements[mine], use, year)]
    types = pd.concat(found).reset_index().set_index([*TYPE, "measure", "climate"]).sort_index()
    own = pd.MultiIndex.from_arrays([types.index.get_level_values(name) for name in TYPE])
    sizes = elements[["reference_area_m2", "buildings"]].reindex(own)
    types = types.assign(**{str(name): values.to_numpy() for name, values in sizes.items()})
    types[COST] = _costs(elements, types.index, study)
    return Summer(types, _of_buildings(types, kinds), _of_blocks(types, kinds, chosen), _totals(types))


def _costs(elements: pd.DataFrame, index: pd.MultiIndex, study: Study) -> NDArray[np.float64]:
    """Cost of the measures of each row [money/m²]; that of all is the sum of each."""
    one = measure_costs(elements, study)
    whole = one.assign(**{NO_MEASURE: 0.0, ALL_MEASURES: one.sum(axis=1)}).rename_axis(columns="measure").stack()
    return whole.reindex(index.droplevel("climate")).to_numpy(dtype=float)


def _types(rows: pd.DataFrame, kinds: pd.Series, height_m: pd.Series) -> pd.DataFrame:
    """Elements of all buildings of a type together, by type and package."""
    ids = rows.index.get_level_values(0)
    rows = rows.assign(height_m=height_m.reindex(ids).to_numpy(dtype=float))
    keys = [kinds.reindex(ids).to_numpy(), rows.index.get_level_values(1).astype("str").to_numpy()]
    weighted = {name: rows[name] * rows[area] for name, area in _MEANS.items()}
    grouped = rows[list(_SUMS)].assign(**weighted, buildings=1).groupby(keys, sort=True)
    found = grouped.sum().rename_axis(TYPE)
    plain = rows[list(_MEANS)].groupby(keys, sort=True).mean()
    for name, area in _MEANS.items():
        found[name] = np.where(found[area] > 0, found[name] / found[area].where(found[area] > 0, 1.0), plain[name].to_numpy())
    uses = found.index.get_level_values(0).str.partition("|").get_level_values(2)
    return found.assign(use=uses.to_numpy())


def _measures() -> dict[str, frozenset[str]]:
    """What each measure changes, and all of them together; none changes nothing."""
    table = assumptions.table("summer_measures")
    one = {str(name): frozenset([str(changes)]) for name, changes in zip(table["measure"], table["changes"], strict=True)}
    return {NO_MEASURE: frozenset(), **one, ALL_MEASURES: frozenset().union(*one.values())}


@dataclass(frozen=True)
class _Year:
    """What all buildings see in one year."""

    weather: pd.DataFrame
    irradiance: pd.DataFrame
    tz: str
    study: Study

    @cached_property
    def local(self) -> pd.DatetimeIndex:
        """Hours in local time."""
        return pd.DatetimeIndex(self.weather.index).tz_convert(self.tz)

    @cached_property
    def outdoor(self) -> NDArray[np.float64]:
        """Outdoor temperature [°C]."""
        return self.weather["temp_air"].to_numpy(dtype=float)

    @cached_property
    def running(self) -> NDArray[np.float64]:
        """Running mean of the outdoor temperature [°C]."""
        return running_mean(pd.Series(self.outdoor, index=self.local), self.study.assumed("summer.running_mean"))

    @cached_property
    def night(self) -> NDArray[np.bool_]:
        """Hours in which people sleep."""
        clock, start, end = self.local.hour.to_numpy(), self.study.assumed("demand.night_start"), self.study.assumed("demand.night_end")
        return np.asarray((clock >= start) | (clock < end) if start > end else (clock >= start) & (clock < end))

    @cached_property
    def sun(self) -> NDArray[np.float64]:
        """Sun on walls and roof [W/m²], shape (hours, 5)."""
        return np.stack([self.irradiance[side].to_numpy(dtype=float) for side in APERTURES], axis=1)

    @cached_property
    def heating(self) -> NDArray[np.bool_]:
        """Hours of days on which buildings are heated."""
        return heating_hours(self.weather, base_c=self.study.assumed("demand.heating_limit"))

    def drivers(self, use: str, present: NDArray[np.bool_], changes: frozenset[str]) -> NDArray[np.float64]:
        """Columns of `ped_geo.demand._iso52016_kernel.DRIVERS` for buildings of a schedule and the measures that act by the hour."""
        study, fixed, none = self.study, self.study.assumed("summer.fixed_limit"), np.zeros(len(self.outdoor))
        cooling = (self.running >= study.assumed("summer.airing_from")) & (self.outdoor < fixed)
        # at home people are there at night too, and asleep
        opened = present & ~self.night if use in HOMES else present
        opened = cooling & (opened | self.night if "nights" in changes else opened)
        glass = self.sun
        if "glass" in changes:
            glass = np.where(glass > study.assumed("summer.shading_from"), study.assumed("summer.shading_factor"), 1.0) * glass
        limits = [np.where(present, adaptive_limit(self.running, study), NEVER), np.where(present, fixed, NEVER)]
        columns = [none, self.heating, present, opened, *limits, gains_share(use, present, study)]
        return np.column_stack([self.outdoor, glass, self.sun, *columns]).astype(float)


def _figures(elements: pd.DataFrame, use: str, year: _Year) -> list[pd.DataFrame]:
    """`FIGURES_OF_SUMMER` of types of one schedule in one year, with each measure; measures with the same hours run together."""
    study, present = year.study, presence(use, year.local, year.study)
    together: dict[frozenset[str], list[str]] = {}
    measures = _measures()
    for name, changes in measures.items():
        together.setdefault(changes & BY_HOUR, []).append(name)
    area = elements["reference_area_m2"].to_numpy(dtype=float)
    found = []
    for changes, names in together.items():
        rooms = _rooms(elements, [measures[name] for name in names], study)
        annual = run_rooms(
            rooms, year.drivers(use, present, changes), warm_up=int(study.assumed("demand.warm_up")), precision="single"
        ).annual
        # first those left to themselves, then those that are cooled
        free, held = annual.reshape(len(annual), 2, len(names), len(elements)).swapaxes(0, 1)
        for place, name in enumerate(names):
            values = [*free[3:8, place], held[1, place] / WH_PER_KWH / area]
            found.append(pd.DataFrame(dict(zip(FIGURES_OF_SUMMER, values, strict=True)), index=elements.index).assign(measure=name))
    return found


def _rooms(elements: pd.DataFrame, measures: list[frozenset[str]], study: Study) -> Rooms:
    """Rooms of the types with each measure, first left to themselves, then cooled; the second mode of ventilation is open windows."""
    count = len(elements)
    shown = pd.concat([elements] * (2 * len(measures)))
    air = study.assumed("demand.air_heat_capacity") * shown["volume_m3"].to_numpy(dtype=float)
    bypass = shown["h_bypass"].to_numpy(dtype=float)
    rooms = rooms_of(shown, np.full(len(shown), study.assumed("building.t_internal")), study)
    absorbed, apertures = rooms.absorbed, rooms.apertures

    def rows(changes: str) -> NDArray[np.bool_]:
        return np.tile(np.repeat([changes in measure for measure in measures], count), 2)

    today = study.assumed("demand.absorptance")
    lighter = min(study.assumed("summer.light_roof") / today, 1.0) if today > 0.0 else 1.0
    absorbed[4] *= np.where(rows("roof"), lighter, 1.0)
    height = np.maximum(shown["height_m"].to_numpy(dtype=float), study.assumed("summer.tree_height"))
    shaded = study.assumed("summer.tree_cover") * study.assumed("summer.tree_height") / height * (1.0 - study.assumed("summer.tree_light"))
    left = np.where(rows("surroundings"), 1.0 - shaded, 1.0)
    absorbed[:4] *= left
    apertures[:4] *= left
    return replace(
        rooms,
        ventilation=np.stack([bypass, bypass + air * study.assumed("summer.open_window_ach")]),
        cool_to=np.full(len(shown), study.assumed("summer.fixed_limit")),
        cool_most=np.repeat([0.0, UNLIMITED_W], len(shown) // 2),
    )


def _mean(types: pd.DataFrame, weights: pd.Series, keys: list[str]) -> pd.DataFrame:
    """Means over heated floor, and the greatest of the greatest temperatures."""
    names = [name for name in (*FIGURES_OF_SUMMER, COST) if name != HOTTEST and name in types]
    weighted = types[names].mul(weights, axis=0).assign(reference_area_m2=weights)
    sums = weighted.groupby(keys, sort=True).sum()
    found = sums[names].div(sums["reference_area_m2"], axis=0)
    found.insert(names.index("cooling_need_kwh_m2a"), HOTTEST, types[HOTTEST].groupby(keys, sort=True).max())
    return found.assign(reference_area_m2=sums["reference_area_m2"])


def _totals(types: pd.DataFrame) -> pd.DataFrame:
    """The whole place by package, measure and climate."""
    return _mean(types, types["reference_area_m2"], ["package", "measure", "climate"])


def _of_blocks(types: pd.DataFrame, kinds: pd.Series, buildings: pd.DataFrame) -> pd.DataFrame:
    """Blocks by package and climate, without measures; a block's floor of each type weighs."""
    plain = types.xs(NO_MEASURE, level="measure").drop(columns=["reference_area_m2", COST])
    floor = buildings.assign(summer_type=kinds)[buildings["block_id"].astype("str") != ""]
    held = floor.groupby([floor["block_id"].astype("str"), "summer_type"])["reference_area_m2"].sum().rename("held_m2")
    keys = ["block_id", "package", "climate"]
    joined = held.reset_index().merge(plain.reset_index(), on="summer_type").set_index(keys)
    return _mean(joined, joined["held_m2"], keys)


def _of_buildings(types: pd.DataFrame, kinds: pd.Series) -> pd.DataFrame:
    """Each building's type and its figures as it stands today, in both climates."""
    packages = types.index.get_level_values("package")
    today = types[packages == ("existing" if "existing" in packages else packages[0])].xs(NO_MEASURE, level="measure").droplevel("package")
    parts: dict[str, NDArray[np.float64]] = {}
    for climate in CLIMATES:
        rows = today.xs(climate, level="climate")[list(FIGURES_OF_SUMMER)].reindex(kinds.to_numpy())
        parts |= {f"{name}__{climate}": rows[name].to_numpy() for name in FIGURES_OF_SUMMER}
    return pd.DataFrame({"summer_type": kinds.astype("str"), **parts}, index=kinds.index).rename_axis("building_id")


def _nothing() -> Summer:
    """Layers without rows, where nothing is heated."""

    def blank(names: list[str], columns: list[str]) -> pd.DataFrame:
        index = pd.MultiIndex.from_arrays([[]] * len(names), names=names) if len(names) > 1 else pd.Index([], name=names[0], dtype="str")
        return pd.DataFrame(index=index, columns=columns, dtype="float64")

    figures = [*FIGURES_OF_SUMMER, "reference_area_m2"]
    own = [f"{name}__{climate}" for climate in CLIMATES for name in FIGURES_OF_SUMMER]
    return Summer(
        blank([*TYPE, "measure", "climate"], [*figures, "buildings", COST]),
        blank(["building_id"], own).assign(summer_type=pd.Series(dtype="str")),
        blank(["block_id", "package", "climate"], figures),
        blank(["package", "measure", "climate"], [*figures, COST]),
    )
