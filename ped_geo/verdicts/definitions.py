"""The formal definitions of a positive energy district, each with its boundary, horizon, basis and source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo.flows import CARRIERS
from ped_geo.verdicts.case import Case, share
from ped_geo.verdicts.peq import FLEXIBILITY, mobility_budgets, peq_balance

__all__ = ["DEFINITIONS", "Definition", "Judgement"]

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judgement:
    """
    What one definition says of the groups of a case, each an array of shape (groups,).

    Attributes
    ----------
    positive : ndarray of bool
        Whether the definition is met.
    margin_kwh_a : ndarray
        By how much, in the definition's own basis; below zero: what is missing. [kWh/a]
    ratio : ndarray
        Covered share, where the definition is a ratio or counts periods; else not a number. [-]
    unmet : ndarray of str
        ``;``-joined codes of what is not met: ``energy``, ``co2``, ``periods``.
    """

    positive: Bools
    margin_kwh_a: Floats
    ratio: Floats
    unmet: npt.NDArray[np.str_]


def _judged(positive: Bools, margin: Floats, *, ratio: Floats | None = None, lacking: str = "energy") -> Judgement:
    """One thing is asked, and unmet where the definition is not."""
    return Judgement(positive, margin, np.full(margin.shape, np.nan) if ratio is None else ratio, np.where(positive, "", lacking))


@dataclass(frozen=True)
class Definition:
    """
    One formal definition.

    Attributes
    ----------
    key : str
        Name in the verdict table; words stand in the catalogue as ``verdicts.<key>`` and ``verdicts.<key>.rule``.
    judge : callable
        Case → `Judgement`.
    basis : str
        ``final_energy``, ``primary_energy_nren`` or ``primary_energy_tot``.
    boundary : str
        ``geographical``, ``virtual`` or ``study`` (as the study says).
    horizon : str
        ``yearly``, ``seasonal``, ``monthly``, ``daily`` or ``hourly``.
    wording : str
        ``read`` if the rule was read in its source, ``background`` if it is recalled and should be verified.
    source : str
        Where the rule stands.
    """

    key: str
    judge: Callable[[Case], Judgement]
    basis: str
    boundary: str
    horizon: str
    wording: str
    source: str


def _delivered(case: Case) -> Floats:
    return np.sum([case.annual(f"{carrier}_delivered_kwh_a") for carrier in CARRIERS], axis=0)


def _jpi(case: Case) -> Judgement:
    margin = case.annual("electricity_exported_kwh_a") + case.outside_kwh_a - _delivered(case)
    energy, gases = margin < 0, case.balance(2) < 0
    unmet = np.select([energy & gases, energy, gases], ["energy;co2", "energy", "co2"], "")
    return Judgement(~(energy | gases), margin, np.full(margin.shape, np.nan), unmet)


def _nren(case: Case) -> Judgement:
    margin = case.balance()
    return _judged(margin > 0, margin)


def _nren_or_zero(case: Case) -> Judgement:
    margin = case.balance()
    return _judged(margin >= 0, margin)


def _autonomous(case: Case) -> Judgement:
    carried_in = _delivered(case)
    used = carried_in + case.annual("pv_used_kwh_a") + case.annual("ambient_kwh_a")
    alone = carried_in <= case.study.assumed("balance.autonomy_tolerance") * used
    return _judged(alone, np.where(alone, case.annual("electricity_exported_kwh_a"), -carried_in))


def _dynamic(case: Case) -> Judgement:
    outside = case.outside_kwh_a * case.export_factor(1, 1.0)
    margin = case.balance(1, 1.0) - outside
    return _judged(margin > 0, margin)


def _virtual(case: Case) -> Judgement:
    nearby, virtual = (case.study.assumed(f"balance.{name}_production_kwh_a") for name in ("nearby", "virtual"))
    margin = case.balance(1, 1.0) + (nearby + virtual - case.outside_kwh_a) * case.export_factor(1, 1.0)
    return _judged(margin > 0, margin)


def _ratio(case: Case) -> Judgement:
    used, credited = case.import_weight(1), case.export_weight(1)
    ratio = share(credited, used, np.inf)
    status = case.study.assumed("balance.ped_status")
    return _judged(ratio >= status, credited - status * used, ratio=ratio)


def _horizon(name: str) -> Callable[[Case], Judgement]:
    def judge(case: Case) -> Judgement:
        periods = case.period_balances(name)
        short = periods < 0
        met = np.logical_and.reduce(~short, axis=1)
        margin = np.where(met, periods.sum(axis=1), np.where(short, periods, 0.0).sum(axis=1))
        return _judged(met, margin, ratio=np.mean(~short, axis=1), lacking="periods")

    return judge


def _peq(version: str, *, mobility: bool = False, flexible: bool = False) -> Callable[[Case], Judgement]:
    def judge(case: Case) -> Judgement:
        area = case.reference_area_m2
        moved = np.zeros(len(area))
        if mobility:
            by_use = case.area_by_use_m2
            budget = np.full(len(area), np.nan) if by_use is None else mobility_budgets(by_use)
            moved = budget - case.study.assumed("balance.peq_mobility_use") * budget
        balance = peq_balance(
            case.flows,
            groups=case.groups,
            fsi=case.fsi,
            renovated_share=case.renovated_share,
            supplies=case.supplies,
            mobility=moved,
            flexibility=case.study.assumed(FLEXIBILITY) if flexible else 0.0,
            version=version,
        )
        margin = balance * area
        return _judged(margin >= 0, margin)

    return judge


_CITYXCHANGE = "+CityxChange ambition levels, Energies 2022 15(12) 4491 (names read, wording to be verified)"
_KLIMAAKTIV = "klimaaktiv Plus-Energie-Quartier, PEExcel v1.06-1.09"

_ALL = (
    Definition(
        "jpi_set_plan",
        _jpi,
        "final_energy",
        "study",
        "yearly",
        "read",
        "SET-Plan action 3.2 (2018); JPI Urban Europe, PED reference framework (2020)",
    ),
    Definition("making_city", _nren, "primary_energy_nren", "study", "yearly", "read", "MAKING-CITY, Environ. Sci. Proc. 2021 11 18"),
    Definition("syn_ikia", _nren_or_zero, "primary_energy_nren", "study", "yearly", "read", "syn.ikia SPEN, Energies 2021 14 4314"),
    Definition("autonomous", _autonomous, "final_energy", "geographical", "hourly", "background", _CITYXCHANGE),
    Definition("dynamic", _dynamic, "primary_energy_nren", "geographical", "yearly", "background", _CITYXCHANGE),
    Definition("virtual", _virtual, "primary_energy_nren", "virtual", "yearly", "background", _CITYXCHANGE),
    Definition("peq", _peq("v1_06"), "primary_energy_tot", "geographical", "yearly", "read", _KLIMAAKTIV),
    Definition("peq_mobility", _peq("v1_06", mobility=True), "primary_energy_tot", "geographical", "yearly", "read", _KLIMAAKTIV),
    Definition("peq_flexible", _peq("v1_06", flexible=True), "primary_energy_tot", "geographical", "yearly", "read", _KLIMAAKTIV),
    Definition(
        "peq_mobility_flexible",
        _peq("v1_06", mobility=True, flexible=True),
        "primary_energy_tot",
        "geographical",
        "yearly",
        "read",
        _KLIMAAKTIV,
    ),
    Definition("peq_brochure", _peq("brochure_2026"), "primary_energy_tot", "geographical", "yearly", "read", "klimaaktiv brochure 2026"),
    *(
        Definition(f"nren_{name}", _horizon(name), "primary_energy_nren", "study", name, "read", "EN ISO 52000-1 balance, shorter horizon")
        for name in ("seasonal", "monthly", "daily")
    ),
    Definition("ped_ratio", _ratio, "primary_energy_nren", "study", "yearly", "read", "TU Wien PED dispatch, PED_status"),
)

DEFINITIONS = {definition.key: definition for definition in _ALL}
