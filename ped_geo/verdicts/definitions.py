"""
The formal definitions of a positive energy district, each with its boundary, balance period, basis and source.

A definition is one rule whose parameters name what it needs of `ped_geo.accounts`; another one is a file of this package that adds it
to `DEFINITIONS`, with a `further_need` where it asks for something new, and its words in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo._registry import Registry
from ped_geo.accounts import Accounts, needs_of, ratio
from ped_geo.study import Study

__all__ = ["DEFINITIONS", "Definition", "Judgement", "judged"]

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judgement:
    """
    What one definition says of groups of blocks, each an array of shape (groups,).

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


def judged(positive: Bools, margin: Floats, *, ratio: Floats | None = None, lacking: str = "energy") -> Judgement:
    """
    What a definition says that asks one thing, which is unmet where the definition is not.

    Parameters
    ----------
    positive, margin, ratio
        As in `Judgement`.
    lacking : str
        Code of what is asked.
    """
    return Judgement(positive, margin, np.full(margin.shape, np.nan) if ratio is None else ratio, np.where(positive, "", lacking))


@dataclass(frozen=True)
class Definition:
    """
    One formal definition.

    Attributes
    ----------
    key : str
        Name in the verdict table; words stand in the catalogue as ``verdicts.<key>`` and ``verdicts.<key>.rule``.
    rule : callable
        What it needs of groups of blocks, by the names of its parameters → `Judgement`.
    basis : str
        ``final_energy``, ``primary_energy_nren`` or ``primary_energy_tot``.
    boundary : str
        ``geographical``, ``virtual`` or ``study`` (as the study says).
    balance_period : str
        ``yearly``, ``seasonal``, ``monthly``, ``daily`` or ``hourly``.
    wording : str
        ``read`` if the rule was read in its source, ``background`` if it is recalled and should be verified.
    source : str
        Where the rule stands.
    """

    key: str
    rule: Callable[..., Judgement]
    basis: str
    boundary: str
    balance_period: str
    wording: str
    source: str

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of what it needs."""
        return needs_of(self.rule)

    def judge(self, accounts: Accounts) -> Judgement:
        """What it says of groups of blocks."""
        judgement: Judgement = accounts.asked(self.rule)
        return judgement


def _jpi(electricity_exported_kwh_a: Floats, outside_kwh_a: float, delivered_kwh_a: Floats, co2_balance_kg_a: Floats) -> Judgement:
    margin = electricity_exported_kwh_a + outside_kwh_a - delivered_kwh_a
    energy, gases = margin < 0, co2_balance_kg_a < 0
    unmet = np.select([energy & gases, energy, gases], ["energy;co2", "energy", "co2"], "")
    return Judgement(~(energy | gases), margin, np.full(margin.shape, np.nan), unmet)


def _nren(primary_balance_kwh_a: Floats) -> Judgement:
    return judged(primary_balance_kwh_a > 0, primary_balance_kwh_a)


def _nren_or_zero(primary_balance_kwh_a: Floats) -> Judgement:
    return judged(primary_balance_kwh_a >= 0, primary_balance_kwh_a)


def _autonomous(
    delivered_kwh_a: Floats, pv_used_kwh_a: Floats, ambient_kwh_a: Floats, electricity_exported_kwh_a: Floats, study: Study
) -> Judgement:
    used = delivered_kwh_a + pv_used_kwh_a + ambient_kwh_a
    alone = delivered_kwh_a <= study.assumed("balance.autonomy_tolerance") * used
    return judged(alone, np.where(alone, electricity_exported_kwh_a, -delivered_kwh_a))


def _dynamic(fully_credited_balance_kwh_a: Floats, outside_kwh_a: float, full_export_factor: float) -> Judgement:
    margin = fully_credited_balance_kwh_a - outside_kwh_a * full_export_factor
    return judged(margin > 0, margin)


def _virtual(fully_credited_balance_kwh_a: Floats, outside_kwh_a: float, full_export_factor: float, study: Study) -> Judgement:
    nearby, virtual = (study.assumed(f"balance.{name}_production_kwh_a") for name in ("nearby", "virtual"))
    margin = fully_credited_balance_kwh_a + (nearby + virtual - outside_kwh_a) * full_export_factor
    return judged(margin > 0, margin)


def _ratio(import_primary_kwh_a: Floats, export_primary_kwh_a: Floats, study: Study) -> Judgement:
    status = study.assumed("balance.ped_status")
    covered = ratio(export_primary_kwh_a, import_primary_kwh_a, np.inf)
    return judged(covered >= status, export_primary_kwh_a - status * import_primary_kwh_a, ratio=covered)


def _within(name: str) -> Callable[..., Judgement]:
    def rule(period_balances: Callable[[str], Floats]) -> Judgement:
        periods = period_balances(name)
        short = periods < 0
        met = np.logical_and.reduce(~short, axis=1)
        margin = np.where(met, periods.sum(axis=1), np.where(short, periods, 0.0).sum(axis=1))
        return judged(met, margin, ratio=np.mean(~short, axis=1), lacking="periods")

    return rule


def _of_quarter(balance_kwh_m2a: Floats, area_m2: Floats) -> Judgement:
    margin = balance_kwh_m2a * area_m2
    return judged(margin >= 0, margin)


def _peq(peq_kwh_m2a: Floats, reference_area_m2: Floats) -> Judgement:
    return _of_quarter(peq_kwh_m2a, reference_area_m2)


def _peq_mobility(peq_kwh_m2a: Floats, peq_mobility_kwh_m2a: Floats, reference_area_m2: Floats) -> Judgement:
    return _of_quarter(peq_kwh_m2a + peq_mobility_kwh_m2a, reference_area_m2)


def _peq_flexible(peq_kwh_m2a: Floats, flexibility_kwh_m2a: float, reference_area_m2: Floats) -> Judgement:
    return _of_quarter(peq_kwh_m2a + flexibility_kwh_m2a, reference_area_m2)


def _peq_mobility_flexible(
    peq_kwh_m2a: Floats, peq_mobility_kwh_m2a: Floats, flexibility_kwh_m2a: float, reference_area_m2: Floats
) -> Judgement:
    return _of_quarter(peq_kwh_m2a + peq_mobility_kwh_m2a + flexibility_kwh_m2a, reference_area_m2)


def _peq_brochure(peq_brochure_kwh_m2a: Floats, reference_area_m2: Floats) -> Judgement:
    return _of_quarter(peq_brochure_kwh_m2a, reference_area_m2)


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
    Definition("peq", _peq, "primary_energy_tot", "geographical", "yearly", "read", _KLIMAAKTIV),
    Definition("peq_mobility", _peq_mobility, "primary_energy_tot", "geographical", "yearly", "read", _KLIMAAKTIV),
    Definition("peq_flexible", _peq_flexible, "primary_energy_tot", "geographical", "yearly", "read", _KLIMAAKTIV),
    Definition(
        "peq_mobility_flexible",
        _peq_mobility_flexible,
        "primary_energy_tot",
        "geographical",
        "yearly",
        "read",
        _KLIMAAKTIV,
    ),
    Definition("peq_brochure", _peq_brochure, "primary_energy_tot", "geographical", "yearly", "read", "klimaaktiv brochure 2026"),
    *(
        Definition(f"nren_{name}", _within(name), "primary_energy_nren", "study", name, "read", "EN ISO 52000-1 balance, shorter period")
        for name in ("seasonal", "monthly", "daily")
    ),
    Definition("ped_ratio", _ratio, "primary_energy_nren", "study", "yearly", "read", "TU Wien PED dispatch, PED_status"),
)

DEFINITIONS: Registry[Definition] = Registry("ped_geo.verdicts", "definition")

for _one in _ALL:
    DEFINITIONS.add(_one.key, _one)
