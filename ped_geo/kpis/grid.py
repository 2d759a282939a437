"""Grid: how the district loads its connection."""

from __future__ import annotations

import numpy as np

from ped_geo.kpis import Accounts, kpi


def _highest_exchange(accounts: Accounts) -> float:
    return float(np.abs(accounts.exchange_kw).max(initial=0.0)) if accounts.load_kw.size else float("nan")


@kpi(
    "lolp",
    unit="-",
    better="lower",
    source="Salom et al. 2011/2013; formula [B]",
    formula="share of hours with L > G",
    label=("Hours that need the grid", "Godziny wymagające sieci"),
    sentence=(
        "In {value} of all hours the district needs the grid.",
        "W {value} wszystkich godzin dzielnica potrzebuje sieci.",
    ),
    digits=2,
)
def loss_of_load(accounts: Accounts) -> float:
    """Share of hours with import [-]."""
    return float((accounts.exchange_kw < 0).mean()) if accounts.load_kw.size else float("nan")


@kpi(
    "gii",
    unit="-",
    better="lower",
    source="Salom et al. 2011/2013; formula [B]",
    formula="std_t((X − I) / max_t |X − I|)",
    label=("Grid interaction index", "Wskaźnik oddziaływania na sieć"),
    sentence=(
        "The exchange with the grid swings by {value} of its highest value.",
        "Wymiana z siecią waha się o {value} swojej największej wartości.",
    ),
    digits=2,
)
def grid_interaction(accounts: Accounts) -> float:
    """Standard deviation of the relative exchange [-]."""
    highest = _highest_exchange(accounts)
    return float((accounts.exchange_kw / highest).std()) if highest > 0 else float("nan")


@kpi(
    "gm",
    unit="-",
    better="lower",
    source="Salom et al. 2011/2013; formula [B]",
    formula="P_G,max / P_L,max",
    label=("Generation multiple", "Krotność mocy wytwórczej"),
    sentence=(
        "The highest generation is {value} times the highest load.",
        "Największa produkcja jest {value} razy większa od największego obciążenia.",
    ),
    digits=1,
)
def generation_multiple(accounts: Accounts) -> float:
    """Highest generation by highest load [-]."""
    if not accounts.load_kw.size:
        return float("nan")
    return accounts.ratio(float(accounts.generation_kw.max()), float(accounts.load_kw.max()))


@kpi(
    "p_imp_max",
    unit="kW",
    better="lower",
    source="Salom, syn.ikia",
    formula="max_t I",
    label=("Highest import", "Największy pobór"),
    sentence=(
        "At most {value} kW are taken from the grid.",
        "Z sieci pobiera się najwyżej {value} kW.",
    ),
)
def highest_import(accounts: Accounts) -> float:
    """Highest hourly import [kW]."""
    return float(accounts.import_kw.max()) if accounts.load_kw.size else float("nan")


@kpi(
    "p_exp_max",
    unit="kW",
    better="lower",
    source="Salom, syn.ikia",
    formula="max_t X",
    label=("Highest export", "Największe oddawanie"),
    sentence=(
        "At most {value} kW are fed into the grid.",
        "Do sieci oddaje się najwyżej {value} kW.",
    ),
)
def highest_export(accounts: Accounts) -> float:
    """Highest hourly export [kW]."""
    return float(accounts.export_kw.max()) if accounts.load_kw.size else float("nan")


@kpi(
    "cf_conn",
    unit="-",
    better="higher",
    source="Verbruggen, in the Net-ZEB book",
    formula="Σ_t |X − I| / (max_t |X − I| · T)",
    label=("Connection capacity factor", "Współczynnik wykorzystania mocy przyłącza"),
    sentence=(
        "Over the year the connection carries {value} of what it could.",
        "W skali roku przyłącze przenosi {value} tego, co mogłoby.",
    ),
    digits=2,
)
def connection_capacity_factor(accounts: Accounts) -> float:
    """Mean by highest exchange [-]."""
    return accounts.ratio(float(np.abs(accounts.exchange_kw).sum()), _highest_exchange(accounts) * accounts.load_kw.size)
