"""District: comparison with other rules, and certainty."""

from __future__ import annotations

from ped_geo.accounts import Amount
from ped_geo.kpis import kpi


@kpi(
    "peq_balance",
    unit="kWh_PE/m²a",
    better="higher",
    source="klimaaktiv Plus-Energie-Quartier, PEExcel v1.06-1.09",
    formula="CF_renov + CF_density + credit_PV − PEI_demand",
    label=("Plus-Energie-Quartier balance", "Bilans Plus-Energie-Quartier"),
    sentence=(
        "By the Austrian rule for dense and loose quarters the balance is {value} kWh per square metre; zero or more fulfils it.",
        "Według austriackiej reguły uwzględniającej gęstość bilans wynosi {value} kWh na metr kwadratowy; zero lub więcej oznacza spełnienie.",
    ),
)
def peq(peq_kwh_m2a: Amount) -> Amount:
    """Balance of the Austrian benchmark [kWh/m²a]."""
    return peq_kwh_m2a


@kpi(
    "p_ped",
    unit="-",
    better="higher",
    source="this project",
    formula="share of draws with balance ≥ 0",
    label=("Probability of being positive", "Prawdopodobieństwo bilansu dodatniego"),
    sentence=(
        "With all that is uncertain, the chance of being positive is {value}.",
        "Uwzględniając niepewności, prawdopodobieństwo dodatniego bilansu wynosi {value}.",
    ),
    digits=2,
)
def chance(probability_positive: Amount) -> Amount:
    """Share of draws with a positive balance [-]."""
    return probability_positive
