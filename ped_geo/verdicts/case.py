"""What a definition needs to judge groups of blocks: annual flows, hours and factors, computed once for all groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.balance import (
    EnergyInputs,
    FactorSet,
    GroupHours,
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
from ped_geo.flows import HEAT_CARRIERS, Groups
from ped_geo.study import Study

__all__ = ["HORIZONS", "Case"]

Floats = npt.NDArray[np.floating]

HORIZONS = ("yearly", "seasonal", "monthly", "daily", "hourly")


@dataclass(frozen=True)
class Case:
    """
    Groups of blocks under one study; every figure is an array with a place for each group.

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
    """

    inputs: EnergyInputs
    study: Study
    groups: Groups
    blocks: pd.DataFrame | None = None
    southern: bool = False

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Annual flows, one row per group and variant that occurs in it."""
        return flows_of_groups(self.inputs, self.study, self.groups, self.hours)

    @cached_property
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

    def with_known(self, **known: Any) -> Case:
        """The same case with what is known already: ``flows`` as `flows_of_groups` would give them, ``hours``."""
        return self._keeping(replace(self), known)

    def under(self, study: Study, *, same_flows: bool) -> Case:
        """The same groups under another study; the hours, and where they do not change the flows, are not computed again."""
        kept: dict[str, Any] = {"hours": self.hours, "calendar": self.calendar, "fsi": self.fsi, "heat_shapes": self.heat_shapes}
        kept["area_by_use_m2"] = self.area_by_use_m2
        return self._keeping(replace(self, study=study), kept | ({"flows": self.flows} if same_flows else {}))

    def rearranged(self, study: Study, groups: Groups, *, same_packages: bool) -> Case:
        """The same blocks in other variants, of another study; what hangs on the blocks and their packages is not computed again."""
        kept: dict[str, Any] = {"calendar": self.calendar, "fsi": self.fsi, "area_by_use_m2": self.area_by_use_m2}
        return self._keeping(replace(self, study=study, groups=groups), kept | ({"heat_shapes": self.heat_shapes} if same_packages else {}))

    def taken(self, wanted: npt.NDArray[np.bool_]) -> Case:
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
    def _keeping(other: Case, known: Mapping[str, Any]) -> Case:
        # cached_property keeps its value in __dict__, which a frozen dataclass leaves writable
        other.__dict__.update(known)
        return other

    @property
    def reference_area_m2(self) -> Floats:
        """Heated floor area [m²]."""
        return self.annual("reference_area_m2")

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
        return self._totals[column]

    @cached_property
    def _totals(self) -> dict[str, Floats]:
        values = self.flows.to_numpy(dtype=float)
        return {str(name): self.groups.over_parts(values[:, place]) for place, name in enumerate(self.flows)}

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
        found = np.zeros(len(used))
        for kind, variant in enumerate(self.groups.variants):
            mine, supply = self.groups.part_kind == kind, self.supplies[variant]
            for place, carrier in enumerate(HEAT_CARRIERS):
                energy = used[mine, place]
                # a set need not know a carrier that nobody uses
                if energy.any():
                    found[mine] += energy * float(self.factors.weight(carrier_row(carrier, supply, self.factors))[metric])
        return found

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
        share = credit(self.study) if k_exp is None else k_exp
        made = float(self.factors.weight("electricity", "on_site")[metric])
        return spent + share * (avoided - spent) - made

    def export_weight(self, metric: int, k_exp: float | None = None) -> Floats:
        """Weighted energy credited to exports, assets outside included where the boundary takes them in [kWh/a or kg/a]."""
        return (self.annual("electricity_exported_kwh_a") + self.outside_kwh_a) * self.export_factor(metric, k_exp)

    def balance(self, metric: int = 1, k_exp: float | None = None) -> Floats:
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
            raise LayerError("layer 'heat_hourly' is missing; balances within the year need the hours of heat.")
        load = self.hours.load_kw if self.study.balance.uses == "all" else self.hours.heat_kw
        net = load - self.hours.pv_kw
        balance = -net * np.where(net > 0, float(self.factors.weight("electricity")[1]), self.export_factor(1))
        balance += self.outside_kwh_a * self.export_factor(1) / net.shape[1]
        for group, weight, shape in zip(self.groups.part_number, self._heat_weights(1), self.heat_shapes, strict=True):
            balance[group] -= weight * shape
        return balance

    @cached_property
    def heat_shapes(self) -> Floats:
        """Share of the year's heat and hot water in each hour, of each part of a group, shape (parts, hours)."""
        groups, count = self.groups, len(self.groups.part_number)
        found = np.zeros((count, len(self.hours.index)))
        for kind, variant in enumerate(groups.variants):
            mine, package = groups.kind == kind, variant_named(self.study, variant).package
            heat, water = self.inputs.heat_hourly, self.inputs.hot_water_hourly
            if heat is not None and package in heat.columns.get_level_values("package"):
                own = pd.DataFrame(heat.xs(package, axis=1, level="package"))
                found += summed_hours(own, groups.block[mine], groups.part[mine], count)
            if water is not None:
                found += summed_hours(water, groups.block[mine], groups.part[mine], count)
        total = found.sum(axis=1, keepdims=True)
        return np.where(total > 0, found / np.where(total > 0, total, 1.0), 1.0 / found.shape[1])

    @cached_property
    def calendar(self) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        """Month and day of the year of each hour, both from 1."""
        index = self.hours.index
        return index.month.to_numpy(), index.day_of_year.to_numpy()

    def period_balances(self, horizon: str) -> Floats:
        """
        Non-renewable primary energy balance of each period of a horizon, surplus above zero, shape (groups, periods) [kWh].

        Parameters
        ----------
        horizon : str
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
        }[horizon]
        return np.stack([np.bincount(label, weights=balance) for balance in self.hourly_balance])

    @cached_property
    def renovated_share(self) -> Floats:
        """Share of the heated floor area whose package is not today's state [-]."""
        renovated = np.array([variant_named(self.study, variant).package != "existing" for variant in self.groups.variants], dtype=bool)
        area = self.flows["reference_area_m2"].to_numpy(dtype=float)
        return share(self.groups.over_parts(area * renovated[self.groups.part_kind]), self.groups.over_parts(area), 0.0)

    @cached_property
    def fsi(self) -> Floats:
        """Gross floor area by plot area; not a number without the blocks' layer [-]."""
        if self.blocks is None:
            return np.full(len(self.groups), np.nan)
        plot, floor = (self.groups.sums(self.groups.figures(self.blocks[name].fillna(0.0))) for name in ("area_m2", "gross_floor_area_m2"))
        return share(floor, plot, np.nan)

    @cached_property
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


def share(part: Floats, whole: Floats, otherwise: float) -> Floats:
    """Part by whole, and another figure where the whole is not above zero [-]."""
    return np.divide(part, whole, out=np.full(np.shape(whole), otherwise), where=whole > 0)
