"""`Accounts`: what crosses the boundary of groups of blocks, hour by hour and over the year, what it weighs, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.accounts.needs import FURTHER, NAN, Amount, Need, given, need, need_of_columns, need_of_hours, needs_of, ratio
from ped_geo.balance import (
    EnergyInputs,
    FactorSet,
    GroupHours,
    balance_of_groups,
    carrier_row,
    credit,
    factor_set,
    flows_of_groups,
    hours_of_groups,
    summed_hours,
    variant_named,
)
from ped_geo.balance.cogeneration import CARRIER as COGENERATION
from ped_geo.errors import LayerError
from ped_geo.flows import CARRIERS, HEAT_CARRIERS, Groups
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

__all__ = ["BALANCE_PERIODS", "Accounts"]

Floats = npt.NDArray[np.floating]

BALANCE_PERIODS = ("yearly", "seasonal", "monthly", "daily", "hourly")


@dataclass(frozen=True)
class Accounts:
    """
    Groups of blocks under one study; every figure is an array of shape (groups,).

    What is unknown is not a number, empty hours or None; `with_known` says what other stages know, `of_numbers` makes accounts of
    numbers alone.

    Attributes
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Settings, among them the balance's definition.
    groups : Groups
        Which blocks, and each in which variant.
    blocks : DataFrame, optional
        Layer ``blocks`` with ``area_m2`` and ``gross_floor_area_m2``; the density target needs it.
    southern : bool
        Whether the place lies south of the equator, where the heating season comes half a year later.
    heat_need_kwh_a, hot_water_need_kwh_a, cooling_need_kwh_a : ndarray
        Useful energy. [kWh/a]
    warm_m2h_today, warm_m2h_hot_future : ndarray
        Hours in which rooms are warmer than the fixed limit, times heated floor, today and in a hot year of the future. [m²h/a]
    pv_capacity_kwp, pv_irradiation_kwh_m2, module_area_m2, roof_area_m2 : ndarray
        PV: power, yearly irradiation in the plane of the modules, areas.
    connected_heat_mwh_a, trench_m : ndarray
        Heat of blocks that have some, were all of it taken from a network [MWh/a], and their trenches [m].
    baseline : mapping
        Columns of layer ``balance`` today, for savings.
    investment, grant, annual_cost, saving_a, net_present_value : ndarray
        Money of the variant: investment before grants, grants, annuity with upkeep, energy cost saved per year, NPV.
    pv_annual_cost, heat_annual_cost : ndarray
        Yearly cost of the photovoltaics and of heat. [¤/a]
    probability_positive : ndarray
        Share of draws with a positive balance. [-]
    """

    inputs: EnergyInputs
    study: Study
    groups: Groups
    blocks: pd.DataFrame | None = None
    southern: bool = False

    heat_need_kwh_a = given()
    hot_water_need_kwh_a = given()
    cooling_need_kwh_a = given()
    warm_m2h_today = given()
    warm_m2h_hot_future = given()
    pv_capacity_kwp = given()
    pv_irradiation_kwh_m2 = given()
    module_area_m2 = given()
    roof_area_m2 = given()
    connected_heat_mwh_a = given()
    trench_m = given()
    baseline = given({})
    investment = given()
    grant = given()
    annual_cost = given()
    saving_a = given()
    net_present_value = given()
    pv_annual_cost = given()
    heat_annual_cost = given()
    probability_positive = given()

    @classmethod
    def of_numbers(cls, **known: Any) -> Accounts:
        """Accounts of which nothing but these numbers is known."""
        return object.__new__(cls).with_known(**known)

    @property
    def of_place(self) -> bool:
        """Whether there is a place from which more can be worked out."""
        return "inputs" in vars(self)

    def with_known(self, **known: Any) -> Accounts:
        """
        The same accounts with what is known already, by the names of needs.

        Raises
        ------
        TypeError
            If a name is not that of a need.
        """
        strange = [name for name in known if not isinstance(getattr(Accounts, name, None), Need) and name not in FURTHER]
        if strange:
            raise TypeError(f"accounts of groups have no need called {strange[0]!r}")
        stated = {**self._known, **known}
        return self._keeping(replace(self) if self.of_place else object.__new__(Accounts), {**stated, "_stated": stated})

    @property
    def _known(self) -> dict[str, Any]:
        """What `with_known` was given."""
        stated: dict[str, Any] = vars(self).get("_stated", {})
        return stated

    def __getitem__(self, name: str) -> Any:
        """
        A need by its name: a property, one that a rule's file brings along, or a column of the yearly flows or of layer ``balance``.

        Raises
        ------
        LayerError
            If nothing is called so.
        """
        if name == "accounts":
            return self
        if name in vars(self) or hasattr(Accounts, name):
            return getattr(self, name)
        if name in FURTHER:
            if not self.of_place:
                return NAN
            value = vars(self)[name] = FURTHER[name](self)
            return value
        if self.of_place and name in self.flows:
            return self.annual(name)
        if name in self.balance or not self.of_place:
            return self.of(name)
        raise LayerError(Sentence("error.accounts_groups_know_nothing_called", name=name))

    def asked(self, rule: Callable[..., Any]) -> Any:
        """What a rule says, with the needs that its parameters name."""
        return rule(**{name: self[name] for name in needs_of(rule)})

    def answers(self, rule: Callable[..., Any]) -> npt.NDArray[np.bool_]:
        """Groups for which all is known that a rule needs, shape (groups,)."""
        known = np.ones(len(self.groups), dtype=bool)
        for value in (self[name] for name in needs_of(rule)):
            if value is None:
                return np.zeros(len(self.groups), dtype=bool)
            if isinstance(value, np.ndarray) and value.shape == known.shape and value.dtype.kind == "f":
                known &= ~np.isnan(value)
        return known

    @need
    def flows(self) -> pd.DataFrame:
        """Annual flows, one row per group and variant that occurs in it."""
        return flows_of_groups(self.inputs, self.study, self.groups, self.hours)

    @need
    def hours(self) -> GroupHours:
        """Hours of the groups."""
        return hours_of_groups(self.inputs, self.study, self.groups)

    @cached_property
    def factors(self) -> FactorSet:
        """The study's factor set."""
        return factor_set(self.study.factor_set, self.study)

    @property
    def factor_labels(self) -> list[str]:
        """Name of the factor set, and of the method that shares out the gas of engines where a chosen variant has their heat."""
        engines = np.array([self.supplies[variant] == COGENERATION for variant in self.groups.variants])
        fed = self.groups.over_parts(engines[self.groups.part_kind]) > 0
        both = f"{self.factors.label}+{self.study.balance.cogeneration}"
        return [both if engine else self.factors.label for engine in fed]

    def under(self, study: Study, *, same_flows: bool) -> Accounts:
        """The same groups under another study; the hours, and where they do not change the flows, are not computed again."""
        kept: dict[str, Any] = {"hours": self.hours, "calendar": self.calendar, "fsi": self.fsi, "heat_shapes": self.heat_shapes}
        kept["area_by_use_m2"] = self.area_by_use_m2
        return self._keeping(replace(self, study=study), kept | ({"flows": self.flows} if same_flows else {}))

    def rearranged(self, study: Study, groups: Groups, *, same_packages: bool) -> Accounts:
        """The same blocks in other variants, of another study; what hangs on the blocks and their packages is not computed again."""
        kept: dict[str, Any] = {"calendar": self.calendar, "fsi": self.fsi, "area_by_use_m2": self.area_by_use_m2}
        return self._keeping(replace(self, study=study, groups=groups), kept | ({"heat_shapes": self.heat_shapes} if same_packages else {}))

    def taken(self, wanted: npt.NDArray[np.bool_]) -> Accounts:
        """Some of the groups; what was computed is kept."""
        if wanted.all():
            return self
        groups, parts = self.groups.taken(wanted), wanted[self.groups.part_number]
        kept = {
            "hours": self.hours.taken(wanted),
            "flows": self.flows[parts],
            "heat_shapes": self.heat_shapes[parts],
            "fsi": self.fsi[wanted],
        }
        return self._keeping(replace(self, groups=groups), kept)

    @staticmethod
    def _keeping(other: Accounts, known: Mapping[str, Any]) -> Accounts:
        # a need keeps its value in __dict__, which a frozen dataclass leaves writable
        other.__dict__.update(known)
        return other

    @need
    def reference_area_m2(self) -> Floats:
        """Heated floor area [m²]."""
        return self.annual("reference_area_m2")

    @need_of_columns
    def balance(self) -> Mapping[str, Amount]:
        """Columns of layer ``balance`` for each group as a whole."""
        total = balance_of_groups(self.flows, self.groups, self.study)
        return {str(name): column.to_numpy(dtype=float) for name, column in total.items()}

    @property
    def supplies(self) -> dict[str, str]:
        """Variant → supply option."""
        return {variant.key: variant.supply for variant in self.study.variants}

    @property
    def outside_kwh_a(self) -> float:
        """Renewable electricity that the boundary takes in from outside the district [kWh/a]."""
        nearby = self.study.assumed("balance.nearby_production_kwh_a")
        virtual = self.study.assumed("balance.virtual_production_kwh_a")
        return {"geographical": 0.0, "functional": nearby, "virtual": nearby + virtual}[self.study.balance.boundary]

    def annual(self, column: str) -> Floats:
        """Sum of a column of the flows over each group."""
        return self._totals[column] if self.of_place else np.asarray(self.of(column))

    @cached_property
    def _totals(self) -> dict[str, Floats]:
        values = self.flows.to_numpy(dtype=float)
        return {str(name): self.groups.over_parts(values[:, column]) for column, name in enumerate(self.flows)}

    @cached_property
    def _heat_kwh_a(self) -> Floats:
        """Carriers of heat of each part of a group, shape (parts, carriers) [kWh/a]."""
        return self.flows[[f"{carrier}_delivered_kwh_a" for carrier in HEAT_CARRIERS]].to_numpy(dtype=float)

    def heat_weight(self, metric: int) -> Floats:
        """Weighted energy of the carriers of heat; `metric` counts (renewable, non-renewable, CO₂) [kWh/a or kg/a]."""
        return self.groups.over_parts(self._heat_weights(metric))

    def _heat_weights(self, metric: int) -> Floats:
        """Weighted energy of the carriers of heat of each part of a group."""
        used = self._heat_kwh_a
        weights = np.zeros(len(used))
        for kind, variant in enumerate(self.groups.variants):
            of_kind, supply = self.groups.part_kind == kind, self.supplies[variant]
            for column, carrier in enumerate(HEAT_CARRIERS):
                energy = used[of_kind, column]
                # a set need not know a carrier that nobody uses
                if energy.any():
                    weights[of_kind] += energy * float(self.factors.weight(carrier_row(carrier, supply, self.factors))[metric])
        return weights

    def import_weight(self, metric: int) -> Floats:
        """Weighted energy of all that is used: delivered across the boundary or made on site [kWh/a or kg/a]."""
        grid = float(self.factors.weight("electricity")[metric])
        made = float(self.factors.weight("electricity", "on_site")[metric])
        electricity = self.annual("electricity_delivered_kwh_a") * grid + self.annual("pv_used_kwh_a") * made
        return self.heat_weight(metric) + electricity

    def export_factor(self, metric: int, k_exp: float | None = None) -> float:
        """What a unit of exported PV electricity is worth: step A plus the credited share of the rest [kWh/kWh or kg/kWh]."""
        spent = float(self.factors.weight("electricity", "on_site", "to_grid", "A")[metric])
        avoided = float(self.factors.weight("electricity", "on_site", "to_grid", "B")[metric])
        credited = credit(self.study) if k_exp is None else k_exp
        made = float(self.factors.weight("electricity", "on_site")[metric])
        return spent + credited * (avoided - spent) - made

    def export_weight(self, metric: int, k_exp: float | None = None) -> Floats:
        """Weighted energy credited to exports, assets outside included where the boundary takes them in [kWh/a or kg/a]."""
        return (self.annual("electricity_exported_kwh_a") + self.outside_kwh_a) * self.export_factor(metric, k_exp)

    def weighted_balance(self, metric: int = 1, k_exp: float | None = None) -> Floats:
        """Credit for exports less weight of imports; above zero is a surplus [kWh/a or kg/a]."""
        return self.export_weight(metric, k_exp) - self.import_weight(metric)

    @cached_property
    def hourly_balance(self) -> Floats:
        """
        Non-renewable primary energy balance of each hour, surplus above zero, shape (groups, hours) [kWh].

        Raises
        ------
        LayerError
            If the inputs hold no hourly heat: without it the carriers of heat cannot be placed in the year.
        """
        if self.inputs.heat_hourly is None:
            raise LayerError(Sentence("error.layer_heat_hourly_is_missing_balances"))
        load = self.hours.load_kw if self.study.balance.uses == "all" else self.hours.heat_kw
        net = load - self.hours.pv_kw
        balance = -net * np.where(net > 0, float(self.factors.weight("electricity")[1]), self.export_factor(1))
        balance += self.outside_kwh_a * self.export_factor(1) / net.shape[1]
        for group, weight, shape in zip(self.groups.part_number, self._heat_weights(1), self.heat_shapes, strict=True):
            balance[group] -= weight * shape
        return balance

    @need
    def heat_shapes(self) -> Floats:
        """Share of the year's heat and hot water in each hour, of each part of a group, shape (parts, hours)."""
        groups, count = self.groups, len(self.groups.part_number)
        shapes = np.zeros((count, len(self.hours.index)))
        for kind, variant in enumerate(groups.variants):
            of_kind, package = groups.kind == kind, variant_named(self.study, variant).package
            heat, water = self.inputs.heat_hourly, self.inputs.hot_water_hourly
            if heat is not None and package in heat.columns.get_level_values("package"):
                own = pd.DataFrame(heat.xs(package, axis=1, level="package"))
                shapes += summed_hours(own, groups.block[of_kind], groups.part[of_kind], count)
            if water is not None:
                shapes += summed_hours(water, groups.block[of_kind], groups.part[of_kind], count)
        total = shapes.sum(axis=1, keepdims=True)
        return np.where(total > 0, shapes / np.where(total > 0, total, 1.0), 1.0 / shapes.shape[1])

    @need
    def calendar(self) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        """Month and day of the year of each hour, both from 1."""
        index = self.hours.index
        return index.month.to_numpy(), index.day_of_year.to_numpy()

    @property
    def period_balances(self) -> Callable[[str], Floats] | None:
        """`balances_of`, none where the inputs hold no hours of heat."""
        return None if self.inputs.heat_hourly is None else self.balances_of

    def balances_of(self, balance_period: str) -> Floats:
        """
        Non-renewable primary energy balance of each period, surplus above zero, shape (groups, periods) [kWh].

        Parameters
        ----------
        balance_period : str
            ``yearly``, ``seasonal`` (heating season and the rest), ``monthly``, ``daily`` or ``hourly``.
        """
        month, day = self.calendar
        first, last = (self.study.assumed(f"balance.heating_season_{end}_month") for end in ("first", "last"))
        month_of_north = (month + 5) % 12 + 1 if self.southern else month
        label = {
            "yearly": np.zeros(len(month), int),
            "seasonal": ((month_of_north >= first) | (month_of_north <= last)).astype(int),
            "monthly": month - 1,
            "daily": day - 1,
            "hourly": np.arange(len(month)),
        }[balance_period]
        return np.stack([np.bincount(label, weights=balance) for balance in self.hourly_balance])

    @need
    def renovated_share(self) -> Floats:
        """Share of the heated floor area whose package is not today's state [-]."""
        renovated = np.array([variant_named(self.study, variant).package != "existing" for variant in self.groups.variants], dtype=bool)
        area = self.flows["reference_area_m2"].to_numpy(dtype=float)
        return ratio(self.groups.over_parts(area * renovated[self.groups.part_kind]), self.groups.over_parts(area), 0.0)

    @need
    def fsi(self) -> Floats:
        """Gross floor area by plot area; not a number without the blocks' layer [-]."""
        if self.blocks is None:
            return np.full(len(self.groups), np.nan)
        plot, floor = (self.groups.sums(self.groups.figures(self.blocks[name].fillna(0.0))) for name in ("area_m2", "gross_floor_area_m2"))
        return ratio(floor, plot)

    @need
    def area_by_use_m2(self) -> pd.DataFrame | None:
        """Heated floor area of each group by use of the buildings; none where uses are unknown [m²]."""
        buildings = self.inputs.buildings
        if "use" not in buildings:
            return None
        areas = buildings["reference_area_m2"].groupby([buildings["block_id"], buildings["use"].astype("str")]).sum().unstack().fillna(0.0)
        return pd.DataFrame({use: self.groups.sums(self.groups.figures(areas[use])) for use in areas}, index=self.groups.keys)

    @cached_property
    def options(self) -> pd.MultiIndex:
        """Packages and supply options that the inputs hold, both as carriers and as hours."""
        annual = self.inputs.final_energy.index.to_frame(index=False)[["package", "supply"]].drop_duplicates()
        hourly = self.inputs.supply_electricity_hourly.columns.to_frame(index=False)[["package", "supply"]].drop_duplicates()
        return pd.MultiIndex.from_frame(annual.reset_index(drop=True).merge(hourly.reset_index(drop=True)))

    @need
    def month(self) -> npt.NDArray[np.int_]:
        """Calendar month of each hour, 1 to 12, shape (hours,)."""
        return self.calendar[0]

    @need_of_hours
    def load_kw(self) -> Floats:
        """Electric load L, shape (groups, hours) [kW]."""
        return self.hours.load_kw

    @need_of_hours
    def generation_kw(self) -> Floats:
        """Local generation G, shape (groups, hours) [kW]."""
        return self.hours.pv_kw

    @need_of_hours
    def flexible_kw(self) -> Floats:
        """The part of the load that could move, electricity for heat, shape (groups, hours) [kW]."""
        return self.hours.heat_kw

    @need
    def import_primary_kwh_a(self) -> Amount:
        """Non-renewable primary energy of all that is used [kWh/a]."""
        return self.import_weight(1)

    @need
    def export_primary_kwh_a(self) -> Amount:
        """Non-renewable primary energy credited to exports [kWh/a]."""
        return self.export_weight(1)

    @need
    def fuel_primary_kwh_a(self) -> Amount:
        """Non-renewable primary energy of the carriers of heat [kWh/a]."""
        return self.heat_weight(1)

    @property
    def primary_balance_kwh_a(self) -> Floats:
        """Non-renewable primary energy credited to exports less that of what is used [kWh/a]."""
        return self.weighted_balance()

    @property
    def fully_credited_balance_kwh_a(self) -> Floats:
        """The same with all that exports avoid elsewhere [kWh/a]."""
        return self.weighted_balance(1, 1.0)

    @property
    def co2_balance_kg_a(self) -> Floats:
        """CO₂ credited to exports less that of what is used [kg/a]."""
        return self.weighted_balance(2)

    @property
    def full_export_factor(self) -> float:
        """Non-renewable primary energy of a unit exported, with all that it avoids elsewhere [kWh/kWh]."""
        return self.export_factor(1, 1.0)

    @need
    def factor_average(self) -> float:
        """Non-renewable primary energy of mean grid electricity [-]."""
        return float(self.factors.weight("electricity")[1])

    @need
    def factor_marginal(self) -> float:
        """Non-renewable primary energy of marginal grid electricity [-]."""
        return self.study.assumed("balance.marginal_factor")

    def of(self, column: str) -> Amount:
        """One column of the balance; not a number where it is missing."""
        return self.balance.get(column, NAN)

    def before(self, column: str) -> Amount:
        """One column of today's balance; not a number where it is missing."""
        return self.baseline.get(column, NAN)

    def per_area(self, value: Amount) -> Floats:
        """A yearly value per square metre of heated floor area."""
        return ratio(value, self.reference_area_m2)

    @property
    def hourly(self) -> bool:
        """Whether there are hours."""
        return self.load_kw.shape[-1] > 0

    def of_hours(self, hours: Floats) -> Amount:
        """Sum over the year; not a number without hours."""
        return hours.sum(axis=-1) if self.hourly else NAN

    def highest(self, hours: Floats) -> Amount:
        """Highest of the year; not a number without hours."""
        return hours.max(axis=-1) if self.hourly else NAN

    @cached_property
    def exchange_kw(self) -> Floats:
        """Export less import of each hour, X − I [kW]."""
        return self.generation_kw - self.load_kw

    @cached_property
    def import_kw(self) -> Floats:
        """Import of each hour, I [kW]."""
        return np.maximum(-self.exchange_kw, 0)

    @cached_property
    def export_kw(self) -> Floats:
        """Export of each hour, X [kW]."""
        return np.maximum(self.exchange_kw, 0)

    @cached_property
    def shortfall(self) -> Floats:
        """(L − G) / L of the hours that have a load, not a number in the others [-]."""
        loaded = self.load_kw > 0
        return np.divide(-self.exchange_kw, self.load_kw, out=np.full(self.load_kw.shape, NAN), where=loaded)

    @cached_property
    def matched_kwh_a(self) -> Amount:
        """Generation that meets load in the same hour [kWh/a]."""
        return self.of_hours(np.minimum(self.load_kw, self.generation_kw))

    @cached_property
    def load_kwh_a(self) -> Amount:
        """Yearly electric load; not a number without hours [kWh/a]."""
        return self.of_hours(self.load_kw)

    @cached_property
    def generation_kwh_a(self) -> Amount:
        """Yearly local generation; not a number without hours [kWh/a]."""
        return self.of_hours(self.generation_kw)

    @cached_property
    def import_kwh_a(self) -> Amount:
        """Yearly import; not a number without hours [kWh/a]."""
        return self.of_hours(self.import_kw)

    @cached_property
    def export_kwh_a(self) -> Amount:
        """Yearly export; not a number without hours [kWh/a]."""
        return self.of_hours(self.export_kw)

    @cached_property
    def highest_import_kw(self) -> Amount:
        """Highest hourly import; not a number without hours [kW]."""
        return self.highest(self.import_kw)

    @cached_property
    def highest_export_kw(self) -> Amount:
        """Highest hourly export; not a number without hours [kW]."""
        return self.highest(self.export_kw)

    @property
    def delivered_kwh_a(self) -> Amount:
        """All carriers delivered across the boundary [kWh/a]."""
        return sum(self.annual(f"{carrier}_delivered_kwh_a") for carrier in CARRIERS)

    @property
    def final_energy_kwh_a(self) -> Amount:
        """Delivered energy and own use of local generation [kWh/a]."""
        return self.delivered_kwh_a + self.annual("pv_used_kwh_a")

    @property
    def final_energy_before_kwh_a(self) -> Amount:
        """The same today [kWh/a]."""
        return sum(self.before(name) for name in (*(f"{carrier}_delivered_kwh_a" for carrier in CARRIERS), "pv_used_kwh_a"))
