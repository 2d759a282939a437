"""Final energy: what each building buys for heat and hot water, per retrofit package and heat supply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.engine import let_go
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study
from ped_geo.supply._heat_pumps import flow_temperature
from ped_geo.supply._supply import CARRIERS, SUPPLIES, HeatSupply, system

__all__ = [
    "HeatNetwork",
    "beyond_network",
    "final_energy",
    "heat_output_kw",
    "load_ratio",
    "plant_of",
    "study_options",
    "supply_of",
    "supply_today",
]

Floats = npt.NDArray[np.float64]
GRID = 41  # points of load_ratio at which seasonal performance is computed; between them it is interpolated
OWN_LEVEL, NETWORK = "low_temperature", "district_heat"
SERVICES = ("heating_efficiency", "circulation_factor", "heat_recovery")


class HeatNetwork(NamedTuple):
    """
    What is known of heat networks.

    Attributes
    ----------
    levels : DataFrame, optional
        Layer ``heat_levels``: what the routed pipes lose and pump, for supplies with a network of the place's own. Without it, and where
        nothing was routed: the assumptions ``supply.network_loss`` and ``supply.network_pumping``.
    joins : DataFrame, optional
        Layer ``heat_joins``: where the network of the city does not reach, its supplies give way to those of ``elsewhere``. Without it
        the network reaches everywhere.
    """

    levels: pd.DataFrame | None = None
    joins: pd.DataFrame | None = None


@dataclass(frozen=True)
class _Rows:
    """Need and services of each building and package, aligned; arrays of shape (rows,)."""

    index: pd.Index
    heating: Floats  # heat that the generator gives for rooms [kWh/a]
    hot_water: Floats  # heat that the generator gives for hot water [kWh/a]
    useful: Floats  # heat that arrives in rooms and at taps [kWh/a]
    area: Floats  # heated floor area [m²]
    fans: Floats  # electricity of fans [kWh/a]
    load_ratio: Floats
    package: npt.NDArray[np.object_]
    network_loss: Floats  # of a network of the place's own, share of what is fed in
    network_pumping: Floats  # electricity of its pumps per heat fed in
    today: npt.NDArray[np.object_]
    elsewhere: npt.NDArray[np.object_]


def supply_today(buildings: pd.DataFrame) -> pd.Series:
    """
    What heats each building today; direct electric heaters where nothing is known to.

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        Layer ``buildings``: ``heat_supply``.

    Returns
    -------
    Series of str, shape (n,)
        Keys of `SUPPLIES`.

    Examples
    --------
    >>> supply_today(pd.DataFrame({"heat_supply": ["gas", "none"]})).tolist()
    ['gas', 'electric']
    """
    return buildings["heat_supply"].astype("str").replace("none", "electric").rename("supply")


def supply_of(option: str, today: npt.NDArray[np.object_], elsewhere: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """
    Supply that serves each building under an option: its own of today where the option builds none, shape (n,).

    Examples
    --------
    >>> today, elsewhere = np.array(["gas", "district_heat"], object), np.array(["heat_pump_air", ""], object)
    >>> supply_of("district_heat_decarbonised", today, elsewhere).tolist()
    ['heat_pump_air', 'district_heat_decarbonised']
    >>> supply_of("today", today, elsewhere).tolist()
    ['gas', 'district_heat']
    """
    return today if not SUPPLIES[option].carrier else plant_of(option, elsewhere)


def plant_of(option: str, elsewhere: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """What each building is given under an option: heat of a network only where one reaches it, shape (n,)."""
    asked = np.full(len(elsewhere), option, dtype=object)
    if SUPPLIES[option].carrier == NETWORK:
        beyond = elsewhere != ""
        asked[beyond] = elsewhere[beyond]
    return asked


def beyond_network(joins: pd.DataFrame | None, rows: pd.Index) -> npt.NDArray[np.object_]:
    """Supply of each building and package that the network does not reach, empty where it does or nothing is told, shape (rows,)."""
    if joins is None or not len(joins):
        return np.full(len(rows), "", dtype=object)
    return joins["elsewhere"].reindex(rows).fillna("").to_numpy(dtype=object)


def load_ratio(need: pd.DataFrame, buildings: pd.DataFrame, study: Study) -> Floats:
    """
    Heat load over the load for which the radiators were made.

    Parameters
    ----------
    need : DataFrame
        Layer ``need``, index (``building_id``, ``package``): ``heat_load_kw`` or else ``heat_need_kwh_a``.
    buildings : DataFrame
        Layer ``buildings``: ``refurbishment_state`` tells what was done since the radiators were made.
    study : Study
        Gives the assumptions.

    Returns
    -------
    ndarray, shape (rows,)
        0.05 to 1. [-]
    """
    column = "heat_load_kw" if "heat_load_kw" in need else "heat_need_kwh_a"
    ids = need.index.get_level_values("building_id")
    shares = {"original": 1.0, **{state: study.assumed(f"supply.load_ratio_{state}") for state in ("first_etics", "usual", "advanced")}}
    start = buildings["refurbishment_state"].astype("str").map(shares).fillna(1.0).loc[ids].to_numpy(float)
    loads = need[column].to_numpy(float)
    if "existing" not in need.index.get_level_values("package"):
        return np.clip(start, 0.05, 1.0)
    today = pd.Series(need.xs("existing", level="package")[column]).loc[ids].to_numpy(float)
    return np.clip(start * np.divide(loads, today, out=np.ones(len(loads)), where=today > 0), 0.05, 1.0)


def _services(need: pd.DataFrame, thermal_state: pd.DataFrame) -> pd.DataFrame:
    """Efficiencies inside the building of each row."""
    missing = need.index.difference(thermal_state.index)
    if len(missing):
        raise LayerError(Sentence("error.layer_thermal_state_lacks_building_and", missing=missing[0]))
    return thermal_state.loc[need.index, list(SERVICES)]


def _own_network(package: npt.NDArray[np.object_], network: pd.DataFrame | None, study: Study) -> tuple[Floats, Floats]:
    """Loss and pumping of each row: of the pipes along the streets where they are routed, else assumed."""
    loss = np.full(len(package), study.assumed("supply.network_loss"))
    pumping = np.full(len(package), study.assumed("supply.network_pumping"))
    if network is None or not len(network):
        return loss, pumping
    routed = pd.DataFrame(network.xs(OWN_LEVEL, level="level"))
    fed = routed["delivered_mwh_a"] + routed["heat_loss_mwh_a"]
    for name, lost, pumped in zip(routed.index, routed["heat_loss_share"], routed["pump_mwh_a"] / fed, strict=True):
        here = package == name
        loss[here], pumping[here] = lost, pumped
    return loss, pumping


def _rows(need: pd.DataFrame, buildings: pd.DataFrame, study: Study, thermal_state: pd.DataFrame, network: HeatNetwork) -> _Rows:
    problems = [Sentence("error.column_is_missing", name=name) for name in ("heat_need_kwh_a", "hot_water_need_kwh_a") if name not in need]
    if problems:
        raise LayerError(Sentence("error.layer_need"), problems)
    ids = need.index.get_level_values("building_id")
    unknown = need.index.unique(level="building_id").difference(buildings.index)
    if len(unknown):
        raise LayerError(Sentence("error.layer_need_holds_building_which", unknown=unknown[0]))
    services = _services(need, thermal_state)
    heat, water = need["heat_need_kwh_a"].to_numpy(float), need["hot_water_need_kwh_a"].to_numpy(float)
    area = buildings["reference_area_m2"].loc[ids].to_numpy(float)
    recovers = services["heat_recovery"].to_numpy(float) > 0
    package = need.index.get_level_values("package").to_numpy(dtype=object)
    loss, pumping = _own_network(package, network.levels, study)
    return _Rows(
        index=need.index,
        heating=heat / services["heating_efficiency"].to_numpy(float),
        hot_water=water * services["circulation_factor"].to_numpy(float),
        useful=heat + water,
        area=area,
        fans=recovers * area * study.assumed("supply.ventilation_electricity"),
        load_ratio=load_ratio(need, buildings, study),
        package=package,
        network_loss=loss,
        network_pumping=pumping,
        today=supply_today(buildings).loc[ids].to_numpy(dtype=object),
        elsewhere=beyond_network(network.joins, need.index),
    )


def electricity_per_heat(supply: HeatSupply, flow_c: Floats, weather: pd.DataFrame, study: Study) -> Floats:
    """Electricity per heat in every hour, shape (flows, hours); `flow_c` has shape (flows, hours) or (flows, 1)."""
    assert supply.heat_pump is not None
    return 1.0 / supply.heat_pump.cop(supply.heat_pump.source_c(weather, study)[None, :], flow_c, study)


def _heating_weights(package: str, heat_hourly: pd.DataFrame | None, weather: pd.DataFrame, study: Study) -> Floats:
    """Share of heating in each hour: of the given hours, else of degree-hours below the heating limit."""
    if heat_hourly is not None and package in heat_hourly.columns.get_level_values(0):
        total = pd.DataFrame(heat_hourly[package]).sum(axis=1).to_numpy(float)
        let_go(heat_hourly)
        if total.sum() > 0:
            return total
    cold = study.assumed("supply.heating_limit") - weather["temp_air"].to_numpy(float)
    return np.maximum(cold, 0.0) if (cold > 0).any() else np.ones(len(weather))


def _heating_draw(
    supply: HeatSupply, rows: _Rows, chosen: npt.NDArray[np.bool_], heat_hourly: pd.DataFrame | None, weather: pd.DataFrame, study: Study
) -> Floats:
    """Electricity per heat of each row over the season, shape (rows,); 1 outside `chosen`. Linear between points of load."""
    assert supply.heat_pump is not None
    found = np.ones(len(rows.index))
    grid = np.linspace(0.0, 1.0, GRID)
    if supply.heat_pump.central:
        flow = np.full((GRID, 1), study.assumed("supply.network_flow"))
    else:
        flow = flow_temperature(weather["temp_air"].to_numpy(float)[None, :], grid[:, None], study)
    drawn = electricity_per_heat(supply, flow, weather, study)
    for package in dict.fromkeys(rows.package[chosen]):
        weights = _heating_weights(package, heat_hourly, weather, study)
        here = chosen & (rows.package == package)
        found[here] = np.interp(rows.load_ratio[here], grid, (drawn @ weights) / weights.sum())
    return found


def _hot_water_draw(supply: HeatSupply, weather: pd.DataFrame, study: Study) -> float:
    """Electricity per heat of hot water, made evenly through the year."""
    assert supply.heat_pump is not None
    flow = "supply.network_flow" if supply.heat_pump.central else "supply.flow_hot_water"
    return float(electricity_per_heat(supply, np.array([[study.assumed(flow)]]), weather, study).mean())


def _central_losses(supply: HeatSupply, heat: Floats, use: str, rows: _Rows) -> tuple[Floats, Floats]:
    """Heat that the machine gives, and electricity of network pumps [kWh/a]; only a central machine feeds a network."""
    assert supply.heat_pump is not None
    if not supply.heat_pump.central:
        return heat, np.zeros(len(heat))
    fed = heat * system(supply.key, use)["expenditure"] / (1 - rows.network_loss)
    return fed, fed * rows.network_pumping


class _Delivered:
    """Sums of what each row buys, filled supply by supply."""

    def __init__(self, rows: int) -> None:
        self.columns: dict[str, Floats] = {
            name: np.zeros(rows)
            for name in (
                *(f"{carrier}_kwh_a" for carrier in CARRIERS),
                *("ambient_kwh_a", "auxiliary_kwh_a", "electricity_heating_kwh_a", "electricity_hot_water_kwh_a"),
                *("bought_heating_kwh_a", "bought_hot_water_kwh_a"),
            )
        }

    def add(self, name: str, rows: npt.NDArray[np.bool_], energy: Floats) -> None:
        self.columns[name][rows] += energy[rows]

    def add_delivered(self, carrier: str, use: str, rows: npt.NDArray[np.bool_], energy: Floats) -> None:
        self.add(f"{carrier}_kwh_a", rows, energy)
        self.add(f"bought_{use}_kwh_a", rows, energy)
        if carrier == "electricity":
            self.add(f"electricity_{use}_kwh_a", rows, energy)

    def auxiliary(self, rows: npt.NDArray[np.bool_], energy: Floats) -> None:
        self.add("electricity_kwh_a", rows, energy)
        self.add("auxiliary_kwh_a", rows, energy)


def _serve(bill: _Delivered, key: str, chosen: npt.NDArray[np.bool_], rows: _Rows, hours: _Hours, study: Study) -> None:
    """Write what the rows `chosen` buy from one supply into the bill."""
    supply = SUPPLIES[key]
    for use, heat in (("heating", rows.heating), ("hot_water", rows.hot_water)):
        if supply.heat_pump is None:
            bill.add_delivered(supply.carrier, use, chosen, heat * system(key, use)["expenditure"])
        else:
            made, pumps = _central_losses(supply, heat, use, rows)
            if use == "heating":
                drawn = _heating_draw(supply, rows, chosen, hours.heat, hours.weather, study)
            else:
                drawn = np.full(len(heat), _hot_water_draw(supply, hours.weather, study))
            bill.add_delivered("electricity", use, chosen, made * drawn)
            bill.add("ambient_kwh_a", chosen, made * (1 - drawn))
            bill.auxiliary(chosen, pumps)
        bill.auxiliary(chosen, (heat > 0) * rows.area * system(key, use)["auxiliary_kwh_m2a"])


@dataclass(frozen=True)
class _Hours:
    """Weather, and the hours of heating where they are known."""

    weather: pd.DataFrame
    heat: pd.DataFrame | None


def _option(option: str, rows: _Rows, hours: _Hours, study: Study) -> pd.DataFrame:
    supply = SUPPLIES[option]
    bill = _Delivered(len(rows.index))
    if supply.solar_share:
        share = study.assumed(supply.solar_share)
        everywhere = np.full(len(rows.index), fill_value=True)
        bill.add("ambient_kwh_a", everywhere, rows.hot_water * share)
        bill.auxiliary(everywhere, (rows.hot_water > 0) * rows.area * system(option, "hot_water")["auxiliary_kwh_m2a"])
        rows = _Rows(**{**rows.__dict__, "hot_water": rows.hot_water * (1 - share)})
    serving = supply_of(option, rows.today, rows.elsewhere)
    for key in dict.fromkeys(serving):
        _serve(bill, key, serving == key, rows, hours, study)
    bill.auxiliary(np.full(len(rows.index), fill_value=True), rows.fans)
    frame = pd.DataFrame(bill.columns, index=rows.index)
    bought = frame[[f"{carrier}_kwh_a" for carrier in CARRIERS]].sum(axis=1).to_numpy(float)
    frame["performance"] = np.divide(rows.useful, bought, out=np.full(len(bought), np.nan), where=bought > 0)
    frame["flow_design_c"] = flow_temperature(np.full(1, study.assumed("climate.t_design")), rows.load_ratio, study)
    return frame


def final_energy(
    need: pd.DataFrame,
    buildings: pd.DataFrame,
    weather: pd.DataFrame,
    study: Study,
    *,
    thermal_state: pd.DataFrame,
    heat_hourly: pd.DataFrame | None = None,
    options: Sequence[str] | None = None,
    network: HeatNetwork | None = None,
) -> pd.DataFrame:
    """
    Energy that each building buys for heat and hot water, per retrofit package and heat supply.

    Parameters
    ----------
    need : DataFrame
        Layer ``need``, index (``building_id``, ``package``): ``heat_need_kwh_a``, ``hot_water_need_kwh_a`` [kWh/a] and, where
        known, ``heat_load_kw``.
    buildings : DataFrame
        Layer ``buildings``: ``heat_supply``, ``refurbishment_state``, ``reference_area_m2``.
    weather : DataFrame, shape (hours, …)
        Hourly ``temp_air`` [°C].
    study : Study
        Its ``supply.options`` and variants, and the assumptions.
    thermal_state : DataFrame
        Layer ``thermal_state``: efficiencies in the building and heat recovery.
    heat_hourly : DataFrame, optional
        Hourly heat, columns (``package``, ``block_id``) [kW]; weighs the performance of heat pumps. Default: degree-hours.
    options : sequence of str, optional
        Supplies other than the study's.
    network : HeatNetwork, optional
        Losses of the place's own network, and whom that of the city reaches.

    Returns
    -------
    DataFrame
        Layer ``final_energy``, index (``building_id``, ``package``, ``supply``): ``<carrier>_kwh_a``, ``ambient_kwh_a``,
        ``auxiliary_kwh_a``, the heating and hot-water parts of the electricity and of all that is bought [kWh/a], ``performance`` [-] and
        ``flow_design_c`` [°C]. Heat of a decarbonised network stands in ``district_heat_kwh_a``; its factors follow from the
        supply's name.

    Raises
    ------
    StudyError
        If a supply is unknown.
    LayerError
        If a column, a building or a package is missing.

    Notes
    -----
    Heat made = need / efficiency in the building; hot water made = need × circulation factor. Boilers and substations deliver
    by TABULA's expenditure factors. A heat pump's electricity is the heat over its seasonal performance, from hourly source
    temperatures and the flow temperature of `flow_temperature`; ambient heat is the rest, so that what is bought and what the
    surroundings give together equal the heat made. Losses and pumps of a large network stand in the factors and the price of its heat,
    which are of heat delivered; those of a network of the place's own stand here.
    """
    names = study_options(study) if options is None else tuple(options)
    rows = _rows(need, buildings, study, thermal_state, network or HeatNetwork())
    hours = _Hours(weather, heat_hourly)
    frames = {name: _option(name, rows, hours, study) for name in names}
    joined = pd.concat(frames, names=["supply"])
    return joined.reorder_levels(["building_id", "package", "supply"])


def study_options(study: Study) -> tuple[str, ...]:
    """
    Supplies that a study asks for: ``today``, its options, and those of its variants.

    Examples
    --------
    >>> study_options(Study(name="x"))
    ('today', 'heat_pump_air', 'district_heat_decarbonised', 'heat_pump_ground')
    """
    return tuple(dict.fromkeys(("today", *study.supply.options, *(variant.supply for variant in study.variants))))


def heat_output_kw(need: pd.DataFrame, weather: pd.DataFrame, study: Study) -> pd.Series:
    """
    Heat output that a generator must have, after the works of each package.

    Parameters
    ----------
    need : DataFrame
        Layer ``need``; ``heat_load_kw`` where known, else the load follows from the need and the degree-hours.
    weather : DataFrame
        Hourly ``temp_air`` [°C].
    study : Study
        Gives the design temperature.

    Returns
    -------
    Series
        Indexed as `need`. [kW]
    """
    if "heat_load_kw" in need:
        return need["heat_load_kw"].astype(float)
    limit = study.assumed("supply.heating_limit")
    degree_hours = float(np.maximum(limit - weather["temp_air"].to_numpy(float), 0.0).sum())
    design = limit - study.assumed("climate.t_design")
    return need["heat_need_kwh_a"].astype(float) * design / max(degree_hours, 1.0)
