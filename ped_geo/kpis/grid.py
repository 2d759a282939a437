"""Grid: how the district loads its connection."""

from __future__ import annotations

import numpy as np

from ped_geo.accounts import NAN, Accounts, Amount, ratio
from ped_geo.kpis import kpi


def _highest_exchange(accounts: Accounts) -> Amount:
    return np.maximum(accounts.highest_import_kw, accounts.highest_export_kw)


@kpi(
    "lolp",
    unit="-",
    better="lower",
    source="Salom et al. 2011/2013; formula [B]",
    formula="share of hours with L > G",
    label=("Hours that need the grid", "Godziny wymagające sieci"),
    sentence=(
        "In {value} of all hours the district needs the grid.",
        "W {value} wszystkich godzin obszar potrzebuje sieci.",
    ),
    digits=2,
)
def loss_of_load(accounts: Accounts) -> Amount:
    """Share of hours with import [-]."""
    return (accounts.exchange_kw < 0).mean(axis=-1) if accounts.hourly else NAN


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
def grid_interaction(accounts: Accounts) -> Amount:
    """Standard deviation of the relative exchange [-]."""
    return ratio(accounts.exchange_kw.std(axis=-1) if accounts.hourly else NAN, _highest_exchange(accounts))


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
def generation_multiple(accounts: Accounts) -> Amount:
    """Highest generation by highest load [-]."""
    return ratio(accounts.highest(accounts.generation_kw), accounts.highest(accounts.load_kw))


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
def highest_import(accounts: Accounts) -> Amount:
    """Highest hourly import [kW]."""
    return accounts.highest_import_kw


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
def highest_export(accounts: Accounts) -> Amount:
    """Highest hourly export [kW]."""
    return accounts.highest_export_kw


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
def connection_capacity_factor(accounts: Accounts) -> Amount:
    """Mean by highest exchange [-]."""
    return ratio(accounts.import_kwh_a + accounts.export_kwh_a, _highest_exchange(accounts) * accounts.load_kw.shape[-1])
