"""`Accounts`: the numbers and hours that indicators are made of, for one block, candidate or district under one variant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.balance import HEAT_CARRIERS, group_balance
from ped_geo.verdicts import DEFINITIONS, Case

__all__ = ["Accounts", "accounts_of"]

Floats = npt.NDArray[np.floating]

NAN = float("nan")


def _no_hours() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True)
class Accounts:
    """
    The accounts of one group of blocks under one variant.

    What is unknown stays not a number or empty; indicators that need it are then not a number.

    Attributes
    ----------
    reference_area_m2 : float
        Heated floor area A. [m²]
    balance : mapping
        Columns of layer ``balance`` for the group.
    month : ndarray, shape (hours,)
        Calendar month of each hour, 1 to 12.
    load_kw, generation_kw, flexible_kw : ndarray, shape (hours,)
        Electric load L, local generation G, and the part of the load that could move (electricity for heat). [kW]
    import_primary_kwh_a, export_primary_kwh_a : float
        Non-renewable primary energy of imports and credited to exports. [kWh/a]
    fuel_primary_kwh_a : float
        Non-renewable primary energy of the carriers of heat. [kWh/a]
    factor_average, factor_marginal : float
        Non-renewable primary energy of mean and marginal grid electricity. [-]
    heat_need_kwh_a, hot_water_need_kwh_a, cooling_need_kwh_a : float
        Useful energy. [kWh/a]
    pv_capacity_kwp, pv_irradiation_kwh_m2, module_area_m2, roof_area_m2 : float
        PV: power, yearly irradiation in the plane of the modules, areas.
    baseline : mapping
        Columns of layer ``balance`` today, for savings.
    investment, grant, annual_cost, saving_a, net_present_value : float
        Money of the variant: investment before grants, grants, annuity with upkeep, energy cost saved per year, NPV.
    pv_annual_cost, heat_annual_cost : float
        Yearly cost of the photovoltaics and of heat. [PLN/a]
    peq_kwh_m2a : float
        Balance of the Austrian Plus-Energie-Quartier. [kWh/m²a]
    probability_positive : float
        Share of draws with a positive balance. [-]
    """

    reference_area_m2: float
    balance: Mapping[str, float] = field(default_factory=dict)
    month: npt.NDArray[np.integer] = field(default_factory=lambda: np.zeros(0, int))
    load_kw: Floats = field(default_factory=_no_hours)
    generation_kw: Floats = field(default_factory=_no_hours)
    flexible_kw: Floats = field(default_factory=_no_hours)
    import_primary_kwh_a: float = NAN
    export_primary_kwh_a: float = NAN
    fuel_primary_kwh_a: float = NAN
    factor_average: float = NAN
    factor_marginal: float = NAN
    heat_need_kwh_a: float = NAN
    hot_water_need_kwh_a: float = NAN
    cooling_need_kwh_a: float = NAN
    pv_capacity_kwp: float = NAN
    pv_irradiation_kwh_m2: float = NAN
    module_area_m2: float = NAN
    roof_area_m2: float = NAN
    baseline: Mapping[str, float] = field(default_factory=dict)
    investment: float = NAN
    grant: float = NAN
    annual_cost: float = NAN
    saving_a: float = NAN
    net_present_value: float = NAN
    pv_annual_cost: float = NAN
    heat_annual_cost: float = NAN
    peq_kwh_m2a: float = NAN
    probability_positive: float = NAN

    def of(self, column: str) -> float:
        """One column of the balance; not a number where it is missing."""
        return float(self.balance.get(column, NAN))

    def before(self, column: str) -> float:
        """One column of today's balance; not a number where it is missing."""
        return float(self.baseline.get(column, NAN))

    def per_area(self, value: float) -> float:
        """A yearly value per square metre of heated floor area."""
        return value / self.reference_area_m2 if self.reference_area_m2 > 0 else NAN

    @staticmethod
    def ratio(part: float, whole: float) -> float:
        """A ratio; not a number where the whole is not above zero."""
        return part / whole if whole > 0 else NAN

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

    @property
    def matched_kwh_a(self) -> float:
        """Generation that meets load in the same hour [kWh/a]."""
        return float(np.minimum(self.load_kw, self.generation_kw).sum())

    @property
    def load_kwh_a(self) -> float:
        """Yearly electric load; not a number without hours [kWh/a]."""
        return float(self.load_kw.sum()) if self.load_kw.size else NAN

    @property
    def generation_kwh_a(self) -> float:
        """Yearly local generation; not a number without hours [kWh/a]."""
        return float(self.generation_kw.sum()) if self.generation_kw.size else NAN

    @property
    def delivered_kwh_a(self) -> float:
        """All carriers delivered across the boundary [kWh/a]."""
        return sum(self.of(f"{carrier}_delivered_kwh_a") for carrier in (*HEAT_CARRIERS, "electricity"))

    @property
    def final_energy_kwh_a(self) -> float:
        """Delivered energy and own use of local generation [kWh/a]."""
        return self.delivered_kwh_a + self.of("pv_used_kwh_a")

    @property
    def final_energy_before_kwh_a(self) -> float:
        """The same today [kWh/a]."""
        names = (*(f"{carrier}_delivered_kwh_a" for carrier in (*HEAT_CARRIERS, "electricity")), "pv_used_kwh_a")
        return sum(self.before(name) for name in names)


def accounts_of(case: Case, *, today: Case | None = None, **known: object) -> Accounts:
    """
    Accounts of a case, with what other stages know passed in by name.

    Parameters
    ----------
    case : Case
        A group of blocks with a variant each.
    today : Case, optional
        The same group today, for savings.
    **known
        Fields of `Accounts` that come from other stages: needs, PV sizes, money, network, probability; a block's ``balance`` and
        ``baseline`` where they stand in a layer already.

    Returns
    -------
    Accounts

    Raises
    ------
    TypeError
        If a name is not a field of `Accounts`.
    """
    hours = case.hours
    fields: dict[str, object] = {
        "reference_area_m2": case.reference_area_m2,
        "month": pd.DatetimeIndex(hours.index).month.to_numpy(),
        "load_kw": hours["load_kw"].to_numpy(),
        "generation_kw": hours["pv_kw"].to_numpy(),
        "flexible_kw": hours["heat_kw"].to_numpy(),
        "import_primary_kwh_a": case.import_weight(1),
        "export_primary_kwh_a": case.export_weight(1),
        "fuel_primary_kwh_a": case.heat_weight(1),
        "factor_average": float(case.factors.weight("electricity")[1]),
        "factor_marginal": case.study.assumed("balance.marginal_factor"),
    }
    if "balance" not in known:
        fields["balance"] = group_balance(case.inputs, case.study, case.choice).to_dict()
    if today is not None:
        fields["baseline"] = group_balance(today.inputs, today.study, today.choice).to_dict()
    if np.isfinite(case.fsi):
        fields["peq_kwh_m2a"] = case_peq(case)
    return Accounts(**(fields | known))  # type: ignore[arg-type]


def case_peq(case: Case) -> float:
    """Balance of the Plus-Energie-Quartier of a case [kWh/m²a]."""
    area = case.reference_area_m2
    return DEFINITIONS["peq"].judge(case).margin_kwh_a / area if area > 0 else NAN
