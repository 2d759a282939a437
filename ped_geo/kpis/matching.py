"""Matching: do production and use meet in time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ped_geo.accounts import NAN, Accounts, Amount, ratio
from ped_geo.kpis import kpi

Floats = npt.NDArray[np.floating]


def _of_loaded(accounts: Accounts, shares: Floats, *, highest: bool) -> Amount:
    """Mean or highest over the hours that have a load; not a number where none has."""
    if not accounts.hourly:
        return NAN
    loaded = accounts.load_kw > 0
    if highest:
        greatest = np.max(shares, axis=-1, where=loaded, initial=-np.inf)
        return np.where(np.isfinite(greatest), greatest, NAN)
    return ratio(np.sum(shares, axis=-1, where=loaded), loaded.sum(axis=-1))


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
def annual_mismatch(accounts: Accounts) -> Amount:
    """Mean hourly share not covered [-]."""
    return _of_loaded(accounts, np.maximum(accounts.shortfall, 0), highest=False)


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
def highest_surplus(accounts: Accounts) -> Amount:
    """Highest hourly surplus by load [-]."""
    return _of_loaded(accounts, -accounts.shortfall, highest=True)


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
def highest_deficit(accounts: Accounts) -> Amount:
    """Highest hourly deficit by load [-]."""
    return _of_loaded(accounts, accounts.shortfall, highest=True)


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
def monthly_peak_ratio(accounts: Accounts) -> Amount:
    """Highest by lowest monthly peak load [-]."""
    if not accounts.hourly:
        return NAN
    peaks = np.stack([accounts.load_kw[..., accounts.month == month].max(axis=-1) for month in np.unique(accounts.month)])
    return ratio(peaks.max(axis=0), peaks.min(axis=0))


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
def self_consumption(accounts: Accounts) -> Amount:
    """Matched by made [-]."""
    return ratio(accounts.matched_kwh_a, accounts.generation_kwh_a)


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
def self_sufficiency(accounts: Accounts) -> Amount:
    """Matched by load [-]."""
    return ratio(accounts.matched_kwh_a, accounts.load_kwh_a)


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
def autonomy(accounts: Accounts) -> Amount:
    """Demand not taken from the grid by demand [-]."""
    return ratio(accounts.load_kwh_a - accounts.import_kwh_a, accounts.load_kwh_a)


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
def net_zero(accounts: Accounts) -> Amount:
    """One plus net feed-in by demand [-]."""
    return 1 + ratio(accounts.export_kwh_a - accounts.import_kwh_a, accounts.load_kwh_a)


@kpi(
    "oef",
    unit="-",
    better="higher",
    source="MVS on-site energy fraction",
    formula="(generation − feed-in) / generation",
    label=("On-site energy fraction", "Część produkcji wykorzystana na miejscu"),
    sentence=(
        "{value} of the generation stays in the district.",
        "{value} produkcji pozostaje na obszarze.",
    ),
    digits=2,
)
def on_site_fraction(accounts: Accounts) -> Amount:
    """Generation not fed in by generation [-]."""
    return ratio(accounts.generation_kwh_a - accounts.export_kwh_a, accounts.generation_kwh_a)


@kpi(
    "oem",
    unit="-",
    better="higher",
    source="MVS on-site energy matching",
    formula="(generation − feed-in − excess) / demand",
    label=("On-site energy matching", "Pokrycie zapotrzebowania na miejscu"),
    sentence=(
        "{value} of the demand is met by generation that stays in the district.",
        "{value} zapotrzebowania pokrywa produkcja pozostająca na obszarze.",
    ),
    digits=2,
)
def on_site_matching(accounts: Accounts) -> Amount:
    """Generation used on site by demand [-]."""
    return ratio(accounts.generation_kwh_a - accounts.export_kwh_a, accounts.load_kwh_a)
