"""`Accounts`: the numbers and hours that indicators are made of, for many groups of blocks at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ped_geo.balance import balance_of_groups
from ped_geo.flows import CARRIERS
from ped_geo.verdicts import DEFINITIONS, Case

__all__ = ["NAN", "Accounts", "Amount", "accounts_of", "ratio"]

Floats = npt.NDArray[np.floating]
Amount = float | Floats

NAN = float("nan")


def _no_hours() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True)
class Accounts:
    """
    The accounts of groups of blocks, each block in its variant.

    Every figure is an array of shape (groups,), or one number for all or for a single group. What is unknown stays not a number or
    empty; indicators that need it are then not a number.

    Attributes
    ----------
    reference_area_m2 : ndarray
        Heated floor area A. [m²]
    balance : mapping
        Columns of layer ``balance`` for the group.
    month : ndarray, shape (hours,)
        Calendar month of each hour, 1 to 12.
    load_kw, generation_kw, flexible_kw : ndarray, shape (groups, hours)
        Electric load L, local generation G, and the part of the load that could move (electricity for heat). [kW]
    import_primary_kwh_a, export_primary_kwh_a : ndarray
        Non-renewable primary energy of imports and credited to exports. [kWh/a]
    fuel_primary_kwh_a : ndarray
        Non-renewable primary energy of the carriers of heat. [kWh/a]
    factor_average, factor_marginal : float
        Non-renewable primary energy of mean and marginal grid electricity. [-]
    heat_need_kwh_a, hot_water_need_kwh_a, cooling_need_kwh_a : ndarray
        Useful energy. [kWh/a]
    warm_m2h_today, warm_m2h_hot_future : ndarray
        Hours in which rooms are warmer than the fixed limit, times heated floor, today and in a hot year of the future. [m²h/a]
    pv_capacity_kwp, pv_irradiation_kwh_m2, module_area_m2, roof_area_m2 : ndarray
        PV: power, yearly irradiation in the plane of the modules, areas.
    baseline : mapping
        Columns of layer ``balance`` today, for savings.
    investment, grant, annual_cost, saving_a, net_present_value : ndarray
        Money of the variant: investment before grants, grants, annuity with upkeep, energy cost saved per year, NPV.
    pv_annual_cost, heat_annual_cost : ndarray
        Yearly cost of the photovoltaics and of heat. [PLN/a]
    peq_kwh_m2a : ndarray
        Balance of the Austrian Plus-Energie-Quartier. [kWh/m²a]
    probability_positive : ndarray
        Share of draws with a positive balance. [-]
    """

    reference_area_m2: Amount
    balance: Mapping[str, Amount] = field(default_factory=dict)
    month: npt.NDArray[np.integer] = field(default_factory=lambda: np.zeros(0, int))
    load_kw: Floats = field(default_factory=_no_hours)
    generation_kw: Floats = field(default_factory=_no_hours)
    flexible_kw: Floats = field(default_factory=_no_hours)
    import_primary_kwh_a: Amount = NAN
    export_primary_kwh_a: Amount = NAN
    fuel_primary_kwh_a: Amount = NAN
    factor_average: Amount = NAN
    factor_marginal: Amount = NAN
    heat_need_kwh_a: Amount = NAN
    hot_water_need_kwh_a: Amount = NAN
    cooling_need_kwh_a: Amount = NAN
    warm_m2h_today: Amount = NAN
    warm_m2h_hot_future: Amount = NAN
    pv_capacity_kwp: Amount = NAN
    pv_irradiation_kwh_m2: Amount = NAN
    module_area_m2: Amount = NAN
    roof_area_m2: Amount = NAN
    baseline: Mapping[str, Amount] = field(default_factory=dict)
    investment: Amount = NAN
    grant: Amount = NAN
    annual_cost: Amount = NAN
    saving_a: Amount = NAN
    net_present_value: Amount = NAN
    pv_annual_cost: Amount = NAN
    heat_annual_cost: Amount = NAN
    peq_kwh_m2a: Amount = NAN
    probability_positive: Amount = NAN

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
        return sum(self.of(f"{carrier}_delivered_kwh_a") for carrier in CARRIERS)

    @property
    def final_energy_kwh_a(self) -> Amount:
        """Delivered energy and own use of local generation [kWh/a]."""
        return self.delivered_kwh_a + self.of("pv_used_kwh_a")

    @property
    def final_energy_before_kwh_a(self) -> Amount:
        """The same today [kWh/a]."""
        return sum(self.before(name) for name in (*(f"{carrier}_delivered_kwh_a" for carrier in CARRIERS), "pv_used_kwh_a"))


def ratio(part: Amount, whole: Amount) -> Floats:
    """
    A ratio; not a number where the whole is not above zero.

    Examples
    --------
    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    above, below = np.broadcast_arrays(np.asarray(part, dtype=float), np.asarray(whole, dtype=float))
    return np.divide(above, below, out=np.full(above.shape, NAN), where=below > 0)


def accounts_of(case: Case, *, today: Case | None = None, **known: Any) -> Accounts:
    """
    Accounts of the groups of a case, with what other stages know passed in by name.

    Parameters
    ----------
    case : Case
        Groups of blocks with a variant each.
    today : Case, optional
        The same groups today, for savings.
    **known
        Fields of `Accounts` that come from other stages: needs, PV sizes, money, probability; ``balance`` and ``baseline`` where they
        stand in a layer already.

    Returns
    -------
    Accounts

    Raises
    ------
    TypeError
        If a name is not a field of `Accounts`.
    """
    hours = case.hours
    fields: dict[str, Any] = {
        "reference_area_m2": case.reference_area_m2,
        "month": case.calendar[0],
        "load_kw": hours.load_kw,
        "generation_kw": hours.pv_kw,
        "flexible_kw": hours.heat_kw,
        "import_primary_kwh_a": case.import_weight(1),
        "export_primary_kwh_a": case.export_weight(1),
        "fuel_primary_kwh_a": case.heat_weight(1),
        "factor_average": float(case.factors.weight("electricity")[1]),
        "factor_marginal": case.study.assumed("balance.marginal_factor"),
    }
    if "balance" not in known:
        fields["balance"] = _figures(case)
    if today is not None:
        fields["baseline"] = _figures(today)
    if np.isfinite(case.fsi).any():
        fields["peq_kwh_m2a"] = ratio(DEFINITIONS["peq"].judge(case).margin_kwh_a, case.reference_area_m2)
    return Accounts(**(fields | known))


def _figures(case: Case) -> dict[str, Floats]:
    total = balance_of_groups(case.flows, case.groups, case.study)
    return {str(name): column.to_numpy(dtype=float) for name, column in total.items()}
