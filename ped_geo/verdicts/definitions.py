"""The formal definitions of a positive energy district, each with its boundary, horizon, basis and source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ped_geo.balance import HEAT_CARRIERS
from ped_geo.verdicts.case import Case
from ped_geo.verdicts.peq import FLEXIBILITY, mobility_budget, peq_balance

__all__ = ["DEFINITIONS", "Definition", "Judgement"]


@dataclass(frozen=True)
class Judgement:
    """
    What one definition says of one case.

    Attributes
    ----------
    positive : bool
        Whether the definition is met.
    margin_kwh_a : float
        By how much, in the definition's own basis; below zero: what is missing. [kWh/a]
    ratio : float
        Covered share, where the definition is a ratio or counts periods; else not a number. [-]
    unmet : str
        ``;``-joined codes of what is not met: ``energy``, ``co2``, ``periods``.
    """

    positive: bool
    margin_kwh_a: float
    ratio: float = float("nan")
    unmet: str = ""


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


def _jpi(case: Case) -> Judgement:
    delivered = sum(case.annual(f"{carrier}_delivered_kwh_a") for carrier in (*HEAT_CARRIERS, "electricity"))
    margin = case.annual("electricity_exported_kwh_a") + case.outside_kwh_a - delivered
    unmet = [code for code, missed in (("energy", margin < 0), ("co2", case.balance(2) < 0)) if missed]
    return Judgement(not unmet, margin, unmet=";".join(unmet))


def _nren(case: Case) -> Judgement:
    margin = case.balance()
    return Judgement(margin > 0, margin, unmet="" if margin > 0 else "energy")


def _nren_or_zero(case: Case) -> Judgement:
    margin = case.balance()
    return Judgement(margin >= 0, margin, unmet="" if margin >= 0 else "energy")


def _autonomous(case: Case) -> Judgement:
    carried_in = sum(case.annual(f"{carrier}_delivered_kwh_a") for carrier in (*HEAT_CARRIERS, "electricity"))
    used = carried_in + case.annual("pv_used_kwh_a") + case.annual("ambient_kwh_a")
    alone = carried_in <= case.study.assumed("balance.autonomy_tolerance") * used
    return Judgement(alone, case.annual("electricity_exported_kwh_a") if alone else -carried_in, unmet="" if alone else "energy")


def _dynamic(case: Case) -> Judgement:
    outside = case.outside_kwh_a * case.export_factor(1, 1.0)
    margin = case.balance(1, 1.0) - outside
    return Judgement(margin > 0, margin, unmet="" if margin > 0 else "energy")


def _virtual(case: Case) -> Judgement:
    nearby, virtual = (case.study.assumed(f"balance.{name}_production_kwh_a") for name in ("nearby", "virtual"))
    margin = case.balance(1, 1.0) + (nearby + virtual - case.outside_kwh_a) * case.export_factor(1, 1.0)
    return Judgement(margin > 0, margin, unmet="" if margin > 0 else "energy")


def _ratio(case: Case) -> Judgement:
    used, credited = case.import_weight(1), case.export_weight(1)
    ratio = credited / used if used > 0 else float("inf")
    status = case.study.assumed("balance.ped_status")
    return Judgement(ratio >= status, credited - status * used, ratio, "" if ratio >= status else "energy")


def _horizon(name: str) -> Callable[[Case], Judgement]:
    def judge(case: Case) -> Judgement:
        periods = case.period_balances(name)
        short = periods < 0
        margin = float(periods[short].sum() if short.any() else periods.sum())
        return Judgement(not short.any(), margin, float(np.mean(~short)), "periods" if short.any() else "")

    return judge


def _peq(version: str, *, mobility: bool = False, flexible: bool = False) -> Callable[[Case], Judgement]:
    def judge(case: Case) -> Judgement:
        moved = 0.0
        if mobility:
            inside = case.inputs.buildings[case.inputs.buildings["block_id"].isin(list(case.choice))]
            budget = mobility_budget(inside["reference_area_m2"].groupby(inside["use"]).sum()) if "use" in inside else float("nan")
            moved = budget - case.study.assumed("balance.peq_mobility_use") * budget
        shifted = case.study.assumed(FLEXIBILITY) if flexible else 0.0
        per_area = peq_balance(
            case.flows,
            fsi=case.fsi,
            renovated_share=case.renovated_share,
            supplies=case.supplies,
            mobility=moved,
            flexibility=shifted,
            version=version,
        )
        margin = per_area * case.reference_area_m2
        return Judgement(bool(margin >= 0), margin, unmet="" if margin >= 0 else "energy")

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
