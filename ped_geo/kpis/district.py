"""District: network, comparison with other rules, people and certainty."""

from __future__ import annotations

from ped_geo.kpis import Accounts, kpi

KWH_PER_MWH = 1000


@kpi(
    "lhd",
    unit="MWh/(m·a)",
    better="higher",
    source="district-heating practice; THERMOS",
    formula="Q_DH / trench length",
    label=("Linear heat density", "Gęstość liniowa ciepła"),
    sentence=(
        "Each metre of heat main delivers {value} MWh a year.",
        "Każdy metr ciepłociągu dostarcza {value} MWh rocznie.",
    ),
    digits=1,
)
def linear_heat_density(accounts: Accounts) -> float:
    """District heat by trench length [MWh/(m·a)]."""
    return accounts.ratio(accounts.of("district_heat_delivered_kwh_a") / KWH_PER_MWH, accounts.trench_m)


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
def peq(accounts: Accounts) -> float:
    """Balance of the Austrian benchmark [kWh/m²a]."""
    return accounts.peq_kwh_m2a


@kpi(
    "heat_poverty",
    unit="%",
    better="lower",
    source="SPACER-HB; CITYkeys",
    formula="100 · households with heat cost above the threshold / households",
    label=("Households poor in heat", "Gospodarstwa zagrożone ubóstwem cieplnym"),
    sentence=(
        "{value} % of the households pay more for heat than they can bear.",
        "{value} % gospodarstw płaci za ciepło więcej, niż może udźwignąć.",
    ),
)
def heat_poverty(accounts: Accounts) -> float:
    """Share of households above the cost threshold [%]."""
    if not accounts.households.size:
        return float("nan")
    poor = accounts.households[accounts.heat_cost_share > accounts.heat_cost_threshold].sum()
    return 100 * accounts.ratio(float(poor), float(accounts.households.sum()))


@kpi(
    "p_ped",
    unit="-",
    better="higher",
    source="this project",
    formula="share of draws with balance ≥ 0",
    label=("Probability of being positive", "Prawdopodobieństwo bilansu dodatniego"),
    sentence=(
        "With all that is uncertain, the chance of being positive is {value}.",
        "Uwzględniając niepewności, szansa na bilans dodatni wynosi {value}.",
    ),
    digits=2,
)
def probability_positive(accounts: Accounts) -> float:
    """Share of draws with a positive balance [-]."""
    return accounts.probability_positive
