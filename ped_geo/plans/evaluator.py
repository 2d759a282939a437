"""The energy, money and emissions of any thermal state of a district's buildings: what sequences and optima of measures are judged by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.demand import seasonal_climate, seasonal_need
from ped_geo.demand.losses import Shells, losses_of
from ped_geo.errors import LayerError
from ped_geo.finance.prices import CARRIERS
from ped_geo.finance.weights import weighted
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study
from ped_geo.supply import final_energy, load_ratio, supply_today

__all__ = ["WEIGHTS", "PackageEvaluator", "heat_need_model", "merged", "package_evaluator"]

Floats = npt.NDArray[np.float64]
HeatNeed = Callable[[pd.DataFrame], Floats]
WEIGHTS = ("final_kwh_a", "bill_a", "primary_kwh_a", "co2_kg_a")
POINTS = 41  # loads at which units are known, as in the final energy


def heat_need_model(
    need: pd.DataFrame,
    thermal_state: pd.DataFrame,
    buildings: pd.DataFrame,
    envelope: pd.DataFrame,
    irradiance: pd.DataFrame,
    weather: pd.DataFrame,
    study: Study,
) -> HeatNeed:
    """
    Space heating of any thermal state by the season, scaled so that today equals the layer ``need``.

    Parameters
    ----------
    need, thermal_state : DataFrame
        Layers of the same names with package ``existing``.
    buildings, envelope : DataFrame
        Layers of the same names.
    irradiance, weather : DataFrame, shape (hours, …)
        Vertical irradiance by direction [W/m²] and ``temp_air`` [°C].
    study : Study
        Gives the assumptions.

    Returns
    -------
    callable
        Elements indexed by ``building_id``, alone or with ``package`` → heat need of each row, shape (rows,) [kWh/a].
    """
    season = seasonal_climate(weather, irradiance, base_c=study.assumed("demand.heating_limit"))
    shading = envelope.get("window_shading")
    today = pd.DataFrame(thermal_state.xs("existing", level="package", drop_level=False))
    of_today = today.index.get_level_values("building_id")
    # measures are tried on the same buildings again and again
    known: dict[int, tuple[pd.Index, Shells, npt.NDArray[np.intp]]] = {}

    def by_season(states: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.intp]]:
        ids = states.index.get_level_values("building_id")
        if len(ids) not in known or not known[len(ids)][0].equals(ids):
            shells = Shells.of(ids, envelope, buildings, study, window_shading=shading)
            known[len(ids)] = ids, shells, of_today.get_indexer(ids)
        _, shells, rows = known[len(ids)]
        specific = seasonal_need(losses_of(states, shells, study), season, study)["heat_need_kwh_m2a"].to_numpy(float)
        return specific * shells.reference_area_m2, rows

    plain, _ = by_season(today)
    wanted = pd.Series(need.xs("existing", level="package")["heat_need_kwh_a"]).loc[of_today].to_numpy(float)
    scale = np.divide(wanted, plain, out=np.ones(len(plain)), where=plain > 0)

    def model(states: pd.DataFrame) -> Floats:
        heat, rows = by_season(states)
        return heat * scale[rows]

    return model


def merged(here: npt.NDArray[np.bool_], then: pd.DataFrame, otherwise: pd.DataFrame) -> pd.DataFrame:
    """Rows of one frame where `here` is true, of the other elsewhere; both numeric, of the same shape."""
    values = np.where(here[:, None], then.to_numpy(float), otherwise.to_numpy(float))
    return pd.DataFrame(values, index=otherwise.index, columns=otherwise.columns)


@dataclass(frozen=True)
class Units:
    """
    Weights (`WEIGHTS`) per unit of heat of each building under one heat supply; final energy is linear in them.

    Attributes
    ----------
    start : ndarray, shape (n,)
        Heat load today over the radiators' design load [-].
    grid : ndarray, shape (points,)
        Loads at which the weights of heating are known [-].
    heating : ndarray, shape (supplies, points, 4)
        Per kilowatt-hour of heat made, for each supply that serves.
    serving : ndarray of int, shape (n,)
        Supply of each building.
    hot_water, pumps_heating, pumps_hot_water : ndarray, shape (n, 4)
        Per kilowatt-hour of hot water made, and per heated floor area [1/m²].
    electricity : ndarray, shape (4,)
        Per kilowatt-hour of fans.
    """

    start: Floats
    grid: Floats
    heating: Floats
    serving: npt.NDArray[np.int_]
    hot_water: Floats
    pumps_heating: Floats
    pumps_hot_water: Floats
    electricity: Floats

    def per_heating(self, load: Floats) -> Floats:
        """Weights per kilowatt-hour of heat made at each building's load, shape (n, 4)."""
        place = np.clip(load, 0.0, 1.0) * (len(self.grid) - 1)
        low = np.minimum(place.astype(int), len(self.grid) - 2)
        part = (place - low)[:, None]
        return (1 - part) * self.heating[self.serving, low] + part * self.heating[self.serving, low + 1]


def _units(stock: PackageEvaluator, option: str) -> Units:
    """Units of an option, read off the final energy of unit buildings: one for each supply and load."""
    today = supply_today(stock.buildings)
    kinds = list(dict.fromkeys(today))
    grid = np.linspace(0.0, 1.0, POINTS)
    start = load_ratio(_unit_need(stock.today.index, np.ones(len(stock.today))), stock.buildings, stock.study)
    heating = np.stack([_unit_weights(stock, option, kind, grid, heat=1.0, water=0.0, area=0.0) for kind in kinds])
    whole = np.ones(1)
    hot_water = np.stack([_unit_weights(stock, option, kind, whole, heat=0.0, water=1.0, area=0.0)[0] for kind in kinds])
    both = [
        np.stack([_unit_weights(stock, option, kind, whole, heat=h, water=w, area=1.0)[0] for kind in kinds])
        for h, w in ((1.0, 0.0), (0.0, 1.0))
    ]
    serving = today.map({kind: place for place, kind in enumerate(kinds)}).to_numpy(int)
    pumps_heating, pumps_hot_water = both[0] - heating[:, -1], both[1] - hot_water
    electricity = _electricity_weights(stock.study)
    return Units(start, grid, heating, serving, hot_water[serving], pumps_heating[serving], pumps_hot_water[serving], electricity)


def _electricity_weights(study: Study) -> Floats:
    index = pd.MultiIndex.from_tuples([("x", "state", "today")], names=["building_id", "package", "supply"])
    row = pd.DataFrame({f"{carrier}_kwh_a": [float(carrier == "electricity")] for carrier in CARRIERS}, index=index)
    return weighted(row, study)[list(WEIGHTS)].to_numpy(float)[0]


def _unit_need(ids: pd.Index, heat: npt.ArrayLike) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([ids, ["existing"]], names=["building_id", "package"])
    return pd.DataFrame({"heat_need_kwh_a": heat, "hot_water_need_kwh_a": 0.0}, index=index)


def _unit_weights(stock: PackageEvaluator, option: str, kind: str, loads: Floats, *, heat: float, water: float, area: float) -> Floats:
    """Weights of unit buildings that are served by `kind` today, at given loads, shape (loads, 4)."""
    ids = pd.Index([f"unit {place}" for place in range(len(loads))], name="building_id")
    houses = pd.DataFrame({"heat_supply": kind, "refurbishment_state": "original", "reference_area_m2": area}, index=ids)
    index = pd.MultiIndex.from_product([ids, ["existing", "state"]], names=["building_id", "package"])
    need = pd.DataFrame({"heat_need_kwh_a": heat, "hot_water_need_kwh_a": water}, index=index)
    need["heat_load_kw"] = np.column_stack([np.ones(len(loads)), loads]).ravel()
    services = pd.DataFrame({"heating_efficiency": 1.0, "circulation_factor": 1.0, "heat_recovery": 0.0}, index=index)
    energy = final_energy(need, houses, stock.weather, stock.study, thermal_state=services, options=[option])
    rows = pd.DataFrame(energy.xs("state", level="package", drop_level=False))
    return weighted(rows, stock.study)[list(WEIGHTS)].to_numpy(float)


@dataclass(frozen=True)
class PackageEvaluator:
    """
    A district whose thermal state can be changed.

    Attributes
    ----------
    buildings, envelope : DataFrame, shape (n, …)
        Layers of the same buildings in the same order.
    today : DataFrame, shape (n, 12)
        Elements today, indexed by ``building_id``.
    hot_water_kwh_a : Series, shape (n,)
        Useful hot water [kWh/a].
    weather : DataFrame
        Hourly ``temp_air`` [°C].
    heat_need : callable
        Elements indexed by ``building_id``, alone or with ``package`` → heat need [kWh/a].
    study : Study
        Prices, factors, assumptions.
    """

    buildings: pd.DataFrame
    envelope: pd.DataFrame
    today: pd.DataFrame
    hot_water_kwh_a: pd.Series
    weather: pd.DataFrame
    heat_need: HeatNeed
    study: Study

    def _rows(self, state: pd.DataFrame, package: str) -> pd.DataFrame:
        index = pd.MultiIndex.from_product([state.index, [package]], names=["building_id", "package"])
        return state.set_axis(index)

    @cached_property
    def need_today(self) -> Floats:
        """Heat need today, shape (n,). [kWh/a]."""
        return self.heat_need(self._rows(self.today, "existing"))

    def need(self, state: pd.DataFrame, package: str = "state") -> pd.DataFrame:
        """Layer ``need`` of the state beside that of today; the heat load falls as the need. [kWh/a]."""
        found = []
        for rows, heat in ((self._rows(self.today, "existing"), self.need_today), (self._rows(state, package), None)):
            values = self.heat_need(rows) if heat is None else heat
            water = self.hot_water_kwh_a.loc[self.today.index].to_numpy(float)
            found.append(pd.DataFrame({"heat_need_kwh_a": values, "hot_water_need_kwh_a": water}, index=rows.index))
        return pd.concat(found)

    def final_energy(self, state: pd.DataFrame, option: str = "today") -> pd.DataFrame:
        """
        Final energy of a state under a heat supply.

        Parameters
        ----------
        state : DataFrame, shape (n, 12)
            Elements, indexed as `today`.
        option : str
            Heat supply.

        Returns
        -------
        DataFrame, shape (n, …)
            Index (``building_id``, ``package``, ``supply``), package ``state``. [kWh/a]
        """
        need = self.need(state)
        thermal_state = pd.concat([self._rows(self.today, "existing"), self._rows(state, "state")])
        energy = final_energy(need, self.buildings, self.weather, self.study, thermal_state=thermal_state, options=[option])
        return pd.DataFrame(energy.xs("state", level="package", drop_level=False))

    @cached_property
    def _units(self) -> dict[str, Units]:
        return {}

    def units(self, option: str) -> Units:
        """What each building pays per unit of heat under an option; computed once."""
        if option not in self._units:
            self._units[option] = _units(self, option)
        return self._units[option]

    def weighted(self, state: pd.DataFrame, option: str = "today") -> pd.DataFrame:
        """
        Bill, final energy, primary energy and CO₂ of each building in a state.

        Parameters
        ----------
        state : DataFrame, shape (n, 12)
            Elements, indexed as `today`.
        option : str
            Heat supply.

        Returns
        -------
        DataFrame, shape (n, 4)
            ``final_kwh_a``, ``bill_a``, ``primary_kwh_a``, ``co2_kg_a``, indexed by ``building_id``; the same as weighing
            `final_energy`, quicker.
        """
        return self.weighted_all([state], option)[0]

    def weighted_all(self, states: Sequence[pd.DataFrame], option: str = "today") -> list[pd.DataFrame]:
        """`weighted` of several states at once, which is quicker than one after the other."""
        heat = self.heat_need(pd.concat(states)).reshape(len(states), -1)
        return [self._weighted(state, heat[place], self.units(option)) for place, state in enumerate(states)]

    def _weighted(self, state: pd.DataFrame, heat: Floats, units: Units) -> pd.DataFrame:
        water = self.hot_water_kwh_a.loc[self.today.index].to_numpy(float)
        load = np.clip(units.start * np.divide(heat, self.need_today, out=np.ones(len(heat)), where=self.need_today > 0), 0.05, 1.0)
        heating = heat / state["heating_efficiency"].to_numpy(float)
        hot_water = water * state["circulation_factor"].to_numpy(float)
        area = self.buildings["reference_area_m2"].to_numpy(float)
        fans = (state["heat_recovery"].to_numpy(float) > 0) * area * self.study.assumed("supply.ventilation_electricity")
        found = heating[:, None] * units.per_heating(load) + hot_water[:, None] * units.hot_water
        found += ((heat > 0) * area)[:, None] * units.pumps_heating + ((water > 0) * area)[:, None] * units.pumps_hot_water
        found += fans[:, None] * units.electricity
        return pd.DataFrame(found, index=self.today.index, columns=list(WEIGHTS))


def package_evaluator(
    buildings: pd.DataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    need: pd.DataFrame,
    weather: pd.DataFrame,
    study: Study,
    *,
    heat_need: HeatNeed,
) -> PackageEvaluator:
    """
    A `PackageEvaluator` of the buildings of `thermal_state`.

    Parameters
    ----------
    buildings, envelope, thermal_state, need, weather : DataFrame
        Layers of the same names; both with package ``existing``.
    study : Study
        The study.
    heat_need : callable
        See `heat_need_model`.

    Raises
    ------
    LayerError
        If the package ``existing`` is missing.
    """
    if "existing" not in thermal_state.index.get_level_values("package"):
        raise LayerError(Sentence("error.layer_thermal_state_lacks_package_existing"))
    today = pd.DataFrame(thermal_state.xs("existing", level="package"))
    water = pd.Series(need.xs("existing", level="package")["hot_water_need_kwh_a"])
    return PackageEvaluator(buildings.loc[today.index], envelope.loc[today.index], today, water.loc[today.index], weather, heat_need, study)
