"""Matching: do production and use meet in time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ped_geo.kpis import Accounts, kpi

Floats = npt.NDArray[np.floating]


def _shortfall(accounts: Accounts) -> Floats:
    """(L − G) / L of the hours that have a load [-]."""
    loaded = accounts.load_kw > 0
    return (accounts.load_kw[loaded] - accounts.generation_kw[loaded]) / accounts.load_kw[loaded]


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def _max(values: Floats) -> float:
    return float(values.max()) if values.size else float("nan")


@kpi(
    "amr",
    unit="-",
    better="lower",
    source="IDEAS; formula [B]",
    formula="mean_t max(0, (L − G) / L)",
    label=("Annual mismatch ratio", "Roczny wskaźnik niedopasowania"),
    sentence=(
        "On average {value} of each hour's electricity has to come from outside.",
        "Średnio {value} energii elektrycznej każdej godziny musi pochodzić z zewnątrz.",
    ),
    digits=2,
)
def annual_mismatch(accounts: Accounts) -> float:
    """Mean hourly share not covered [-]."""
    return _mean(np.maximum(_shortfall(accounts), 0))


@kpi(
    "mhs",
    unit="-",
    better="lower",
    source="IDEAS; formula [B]",
    formula="max_t (G − L) / L",
    label=("Highest hourly surplus", "Największa godzinowa nadwyżka"),
    sentence=(
        "In the sunniest hour the surplus is {value} times the load.",
        "W najbardziej słonecznej godzinie nadwyżka to {value} zużycia.",
    ),
    digits=1,
)
def highest_surplus(accounts: Accounts) -> float:
    """Highest hourly surplus by load [-]."""
    return _max(-_shortfall(accounts))


@kpi(
    "mhd",
    unit="-",
    better="lower",
    source="IDEAS; formula [B]",
    formula="max_t (L − G) / L",
    label=("Highest hourly deficit", "Największy godzinowy niedobór"),
    sentence=(
        "In the worst hour {value} of the load is not covered locally (one is all).",
        "W najgorszej godzinie {value} zużycia nie ma pokrycia na miejscu (jeden oznacza całość).",
    ),
    digits=2,
)
def highest_deficit(accounts: Accounts) -> float:
    """Highest hourly deficit by load [-]."""
    return _max(_shortfall(accounts))


@kpi(
    "rpl",
    unit="-",
    better="lower",
    source="IDEAS; formula [B]",
    formula="max_month peak L / min_month peak L",
    label=("Ratio of monthly peak loads", "Stosunek miesięcznych szczytów"),
    sentence=(
        "The strongest month's peak load is {value} times the weakest month's.",
        "Szczytowe obciążenie najmocniejszego miesiąca jest {value} razy większe niż najsłabszego.",
    ),
    digits=1,
)
def monthly_peak_ratio(accounts: Accounts) -> float:
    """Highest by lowest monthly peak load [-]."""
    if not accounts.month.size:
        return float("nan")
    peaks = [float(accounts.load_kw[accounts.month == month].max()) for month in np.unique(accounts.month)]
    return accounts.ratio(max(peaks), min(peaks))


@kpi(
    "scf",
    unit="-",
    better="higher",
    source="IEA T40/A52 supply cover factor γ_S; REHO SC",
    formula="Σ min(L, G) / ΣG",
    label=("Self-consumption", "Autokonsumpcja"),
    sentence=(
        "Of the electricity made on site {value} is used on site in the same hour.",
        "Z energii elektrycznej wytworzonej na miejscu {value} zużywa się na miejscu w tej samej godzinie.",
    ),
    digits=2,
)
def self_consumption(accounts: Accounts) -> float:
    """Matched by made [-]."""
    return accounts.ratio(accounts.matched_kwh_a, accounts.generation_kwh_a)


@kpi(
    "lcf",
    unit="-",
    better="higher",
    source="IEA T40/A52 load cover factor γ_L; REHO SS",
    formula="Σ min(L, G) / ΣL",
    label=("Self-sufficiency", "Samowystarczalność"),
    sentence=(
        "Of the electricity used {value} comes from local production of the same hour.",
        "Z zużytej energii elektrycznej {value} pochodzi z lokalnej produkcji tej samej godziny.",
    ),
    digits=2,
)
def self_sufficiency(accounts: Accounts) -> float:
    """Matched by load [-]."""
    return accounts.ratio(accounts.matched_kwh_a, accounts.load_kwh_a)


@kpi(
    "da",
    unit="-",
    better="higher",
    source="MVS degree of autonomy",
    formula="(E_demand − E_grid) / E_demand",
    label=("Degree of autonomy", "Stopień autonomii"),
    sentence=(
        "{value} of the electricity demand needs no grid.",
        "{value} zapotrzebowania na energię elektryczną obywa się bez sieci.",
    ),
    digits=2,
)
def autonomy(accounts: Accounts) -> float:
    """Demand not taken from the grid by demand [-]."""
    return accounts.ratio(accounts.load_kwh_a - float(accounts.import_kw.sum()), accounts.load_kwh_a)


@kpi(
    "dnze",
    unit="-",
    better="higher",
    source="MVS degree of net-zero energy",
    formula="1 + (Σ feed-in − Σ grid) / Σ demand",
    label=("Degree of net-zero energy", "Stopień zeroenergetyczności netto"),
    sentence=(
        "Production covers {value} of the electricity demand over the year; one is net zero.",
        "W skali roku produkcja pokrywa {value} zapotrzebowania na energię elektryczną; jeden oznacza zero netto.",
    ),
    digits=2,
)
def net_zero(accounts: Accounts) -> float:
    """One plus net feed-in by demand [-]."""
    return 1 + accounts.ratio(float(accounts.exchange_kw.sum()), accounts.load_kwh_a)


@kpi(
    "oef",
    unit="-",
    better="higher",
    source="MVS on-site energy fraction",
    formula="(generation − feed-in) / generation",
    label=("On-site energy fraction", "Część produkcji wykorzystana na miejscu"),
    sentence=(
        "{value} of the generation stays in the district.",
        "{value} produkcji pozostaje w dzielnicy.",
    ),
    digits=2,
)
def on_site_fraction(accounts: Accounts) -> float:
    """Generation not fed in by generation [-]."""
    return accounts.ratio(accounts.generation_kwh_a - float(accounts.export_kw.sum()), accounts.generation_kwh_a)


@kpi(
    "oem",
    unit="-",
    better="higher",
    source="MVS on-site energy matching",
    formula="(generation − feed-in − excess) / demand",
    label=("On-site energy matching", "Pokrycie zapotrzebowania na miejscu"),
    sentence=(
        "{value} of the demand is met by generation that stays in the district.",
        "{value} zapotrzebowania pokrywa produkcja pozostająca w dzielnicy.",
    ),
    digits=2,
)
def on_site_matching(accounts: Accounts) -> float:
    """Generation used on site by demand [-]."""
    return accounts.ratio(accounts.generation_kwh_a - float(accounts.export_kw.sum()), accounts.load_kwh_a)
