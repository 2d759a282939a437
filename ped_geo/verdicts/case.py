"""What a definition needs to judge a group of blocks: annual flows, hours and factors, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.balance import (
    HEAT_CARRIERS,
    EnergyInputs,
    FactorSet,
    credit,
    factor_set,
    group_flows,
    group_hourly,
    variant_named,
)
from ped_geo.balance.blocks import carrier_row
from ped_geo.balance.cogeneration import CARRIER as COGENERATION
from ped_geo.errors import LayerError
from ped_geo.study import Study

__all__ = ["HORIZONS", "Case"]

Floats = npt.NDArray[np.floating]

HORIZONS = ("yearly", "seasonal", "monthly", "daily", "hourly")


@dataclass(frozen=True)
class Case:
    """
    A group of blocks under one study.

    Attributes
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Settings, among them the balance's definition.
    choice : mapping
        ``block_id`` → variant.
    blocks : DataFrame, optional
        Layer ``blocks`` with ``area_m2`` and ``gross_floor_area_m2``; the density target needs it.
    southern : bool
        Whether the place lies south of the equator, where the heating season comes half a year later.
    """

    inputs: EnergyInputs
    study: Study
    choice: Mapping[str, str]
    blocks: pd.DataFrame | None = None
    southern: bool = False

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Annual flows, one row per variant that occurs."""
        return group_flows(self.inputs, self.study, self.choice)

    @cached_property
    def hours(self) -> pd.DataFrame:
        """Hours of the group."""
        return group_hourly(self.inputs, self.study, self.choice)

    @cached_property
    def factors(self) -> FactorSet:
        """The study's factor set."""
        return factor_set(self.study.balance.factor_set, self.study)

    @property
    def factor_label(self) -> str:
        """Name of the factor set, and of the method that shares out the gas of engines where a chosen variant has their heat."""
        engines = any(self.supplies[variant] == COGENERATION for variant in self.flows.index)
        return f"{self.factors.label}+{self.study.balance.cogeneration}" if engines else self.factors.label

    def with_known(self, *, hours: pd.DataFrame, flows: pd.DataFrame) -> Case:
        """The same case with hours and flows that stand in layers already, as `group_hourly` and `group_flows` would give them."""
        other = replace(self)
        # cached_property keeps its value in __dict__, which a frozen dataclass leaves writable
        other.__dict__.update(hours=hours, flows=flows)
        return other

    def under(self, study: Study, *, same_flows: bool) -> Case:
        """The same choice under another study; the hours, and where they do not change the flows, are not computed again."""
        other = replace(self, study=study)
        # cached_property keeps its value in __dict__, which a frozen dataclass leaves writable
        other.__dict__.update(hours=self.hours, calendar=self.calendar, fsi=self.fsi)
        if same_flows:
            other.__dict__["flows"] = self.flows
        return other

    @property
    def reference_area_m2(self) -> float:
        """Heated floor area [m²]."""
        return float(self.flows["reference_area_m2"].sum())

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

    def annual(self, column: str) -> float:
        """Sum of a column of the flows over the group."""
        return self._totals[column]

    @cached_property
    def _totals(self) -> dict[str, float]:
        return {str(name): float(total) for name, total in self.flows.sum().items()}

    def heat_weight(self, metric: int) -> float:
        """Weighted energy of the carriers of heat; `metric` counts (renewable, non-renewable, CO₂) [kWh/a or kg/a]."""
        return float(sum(self._heat_weight_of(variant, metric) for variant in self.flows.index))

    def _heat_weight_of(self, variant: str, metric: int) -> float:
        supply = self.supplies[variant]
        names = {carrier: carrier_row(carrier, supply, self.factors) for carrier in HEAT_CARRIERS}
        used = {carrier: float(self.flows[f"{carrier}_delivered_kwh_a"][variant]) for carrier in names}
        return sum(energy * float(self.factors.weight(names[carrier])[metric]) for carrier, energy in used.items() if energy)

    def import_weight(self, metric: int) -> float:
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

    def export_weight(self, metric: int, k_exp: float | None = None) -> float:
        """Weighted energy credited to exports, assets outside included where the boundary takes them in [kWh/a or kg/a]."""
        return (self.annual("electricity_exported_kwh_a") + self.outside_kwh_a) * self.export_factor(metric, k_exp)

    def balance(self, metric: int = 1, k_exp: float | None = None) -> float:
        """Credit for exports less weight of imports; above zero is a surplus [kWh/a or kg/a]."""
        return self.export_weight(metric, k_exp) - self.import_weight(metric)

    @cached_property
    def hourly_balance(self) -> Floats:
        """
        Non-renewable primary energy balance of each hour, surplus above zero [kWh].

        Raises
        ------
        LayerError
            If the inputs hold no hourly heat: without it the carriers of heat cannot be placed in the year.
        """
        if self.inputs.heat_hourly is None:
            raise LayerError("layer 'heat_hourly' is missing; balances within the year need the hours of heat.")
        load = self.hours["load_kw" if self.study.balance.uses == "all" else "heat_kw"]
        net = (load - self.hours["pv_kw"]).to_numpy()
        electricity = np.where(net > 0, -net * float(self.factors.weight("electricity")[1]), -net * self.export_factor(1))
        heat = np.zeros(len(net))
        for variant in self.flows.index:
            heat += self._heat_weight_of(variant, 1) * self._heat_shape(variant)
        return electricity - heat + self.outside_kwh_a * self.export_factor(1) / len(net)

    def _heat_shape(self, variant: str) -> Floats:
        """Share of the year's heat and hot water in each hour, of the blocks with one variant."""
        package = variant_named(self.study, variant).package
        members = [block for block, chosen in self.choice.items() if chosen == variant]
        in_package = pd.MultiIndex.from_product([[package], members])
        shape = np.zeros(len(self.hours))
        for frame, columns in ((self.inputs.heat_hourly, in_package), (self.inputs.hot_water_hourly, pd.Index(members))):
            if frame is not None:
                shape = shape + frame.reindex(columns=columns, fill_value=0.0).to_numpy().sum(axis=1, dtype=float)
        total = shape.sum()
        return shape / total if total > 0 else np.full(len(shape), 1 / len(shape))

    @cached_property
    def calendar(self) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        """Month and day of the year of each hour, both from 1."""
        index = pd.DatetimeIndex(self.hours.index)
        return index.month.to_numpy(), index.day_of_year.to_numpy()

    def period_balances(self, horizon: str) -> Floats:
        """
        Non-renewable primary energy balance of each period of a horizon, surplus above zero [kWh].

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
        totals: Floats = np.bincount(label, weights=self.hourly_balance).astype(float)
        return totals

    @cached_property
    def renovated_share(self) -> float:
        """Share of the heated floor area whose package is not today's state [-]."""
        area = self.flows["reference_area_m2"]
        renovated = [variant for variant in area.index if variant_named(self.study, variant).package != "existing"]
        return float(area[renovated].sum() / area.sum()) if area.sum() > 0 else 0.0

    @cached_property
    def fsi(self) -> float:
        """Gross floor area by plot area; not a number without the blocks' layer [-]."""
        if self.blocks is None:
            return float("nan")
        chosen = self.blocks[["area_m2", "gross_floor_area_m2"]].reindex(list(self.choice)).sum()
        return float(chosen["gross_floor_area_m2"] / chosen["area_m2"]) if chosen["area_m2"] > 0 else float("nan")

    @cached_property
    def options(self) -> pd.MultiIndex:
        """Packages and supply options that the inputs hold, both as carriers and as hours."""
        annual = self.inputs.final_energy.index.to_frame(index=False)[["package", "supply"]].drop_duplicates()
        hourly = self.inputs.supply_electricity_hourly.columns.to_frame(index=False)[["package", "supply"]].drop_duplicates()
        return pd.MultiIndex.from_frame(annual.reset_index(drop=True).merge(hourly.reset_index(drop=True)))
