"""
When each sentence of the decision may appear: the list of conditions, held against many constructed places.

The conditions ask the place as it was drawn, not what the program made of it; roles of ways come from the plain search of
`tests.plans.test_recommendation`. Every sentence has a condition, and each is seen both said and unsaid.
"""

from __future__ import annotations

import re
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ped_geo.figures.table import KEYS
from ped_geo.finance import grants
from ped_geo.language import catalogue
from ped_geo.outputs import Results
from ped_geo.outputs.report import candidates as candidates_module
from ped_geo.outputs.report import decision_details as details_module
from ped_geo.outputs.report import decision_words as words_module
from ped_geo.outputs.report import page_one as page_one_module
from ped_geo.plans.recommendation import recommend, ways_of_groups
from ped_geo.plans.variant_space import REASONS
from ped_geo.site import Site
from ped_geo.study import Study
from tests.plans.test_recommendation import NONE, by_plain_search, make_layers

WORTH, AREA = 2.5, 1_000.0
"""Of a further kilowatt-hour: what the assumption says, so that a district file that says the same differs in words alone."""
PACKAGES = ("existing", "existing", "usual", "advanced", "near_zero")
NAN = float("nan")


def draw(seed):
    """A place of three blocks and five ways, and everything else that page one may speak of, at random."""
    rng = np.random.default_rng(seed)
    some = {
        name: rng.random() < 0.5 for name in ("grants", "network", "guessed", "advised", "dated", "own_bound", "programme", "short", "many")
    }
    case = SimpleNamespace(**some)
    shift = int(rng.integers(-8, 3)) * 100
    case.balance = (rng.integers(-6, 6, (3, 5)) * 100 + shift).tolist()
    case.npv = (rng.integers(-4, 5, (3, 5)) * 1e6 / (1e4 if rng.random() < 0.5 else 1.0)).tolist()
    case.investment = (rng.integers(0, 3, (3, 5)) * 1e6).tolist()
    for row in (case.npv, case.investment):
        for block in row:
            block[0] = 0.0
    case.least = float(rng.choice([0.0, -500.0, 2.0]))
    case.saving = float(rng.choice([0.1, -0.1]))
    case.chance = float(rng.choice([0.0, 0.005, 0.5, 0.995, NAN]))
    case.pumps, case.boreholes = (float(value) for value in ((0, 0), (40, 0), (40, 40), (40, 10))[int(rng.integers(4))])
    case.facade, case.canopy = (float(value) for value in rng.choice([0.0, 12.0], 2))
    case.places = str(rng.choice(["roofs", "facades", "canopies"]))
    case.sold = float(rng.choice([0.0, 0.5, 1.0]))
    case.wins = int(rng.integers(0, 3))
    case.groups = str(rng.choice(["none", "advised", "nearest"]))
    case.fails = str(rng.choice(["not_positive", "probability;residents", "floor"]))
    case.shut = {f"v{place}": str(rng.choice(REASONS[:-1])) for place in range(1, 5) if rng.random() < 0.2}
    case.open = [place for place in range(5) if f"v{place}" not in case.shut]
    case.co2_falls_below = bool(rng.random() < 0.3)
    # programmes and the bound that is assumed are a country's own
    case.country = "PL" if case.programme or not case.own_bound else str(rng.choice(["PL", "CZ"]))
    return case


def solve(case):
    """Roles by the plain search, and sums of the ways that have them."""
    part = [[[row[place] for place in case.open] for row in table] for table in (case.balance, case.npv, case.investment)]
    keys = by_plain_search(*part, case.least * 3 * AREA, WORTH)
    found = dict(zip(("way", "far", "cheap", "worth"), (case.open[int(key.removeprefix("v"))] for key in keys), strict=True))
    for role, place in found.items():
        sums = {name: sum(row[place] for row in getattr(case, name)) for name in ("balance", "npv", "investment")}
        setattr(case, role, SimpleNamespace(place=place, **sums))
    case.pays = case.way.npv >= case.least * 3 * AREA
    case.reaches = case.way.balance >= 0
    step = case.way.balance - case.worth.balance
    case.step = (case.worth.npv - case.way.npv) / step if step > 0 else NAN
    further = case.far.balance - case.way.balance
    case.dear = further > 0 and (case.way.npv - case.far.npv) / further > WORTH
    case.far_pays = case.far.npv >= case.least * 3 * AREA
    case.invests = case.way.investment > 0
    case.modules = case.way.place > 0 and case.places != "roofs"
    case.starts = any(row[case.way.place] > 0 for row in case.investment)
    return case


def results(case):
    variants = [{"key": f"v{place}", "package": package, "pv": place > 0} for place, package in enumerate(PACKAGES)]
    variants = [one | ({"modules": case.places} if one["pv"] else {}) for one in variants]
    worth = {"finance.balance_worth": WORTH} if case.own_bound else {}
    study = Study.model_validate(
        {"name": "x", "country": case.country, "variants": variants, "finance": {"least_npv_per_m2": case.least}, "assumptions": worth}
    )
    flows, money, blocks, keys = make_layers(case.balance, case.npv, case.investment, AREA)
    flows["co2_kg_a"] = 1_000.0
    way = f"v{case.way.place}"
    flows.loc[(slice(None), way), "co2_kg_a"] = -10.0 if case.co2_falls_below and case.way.place else 500.0 if case.way.place else 1_000.0
    flows.loc[(slice(None), way), "district_heat_delivered_kwh_a"] *= case.sold if case.way.place else 1.0
    money["saving_a"] = money["investment"] * case.saving
    money["grant"] *= case.grants
    money["network_investment"] = money["investment"] * case.network
    flows["district_heat_delivered_kwh_a"] *= 1e4
    table = recommend(ways_of_groups(flows, money, blocks, NONE, study), case.shut, study)
    figures = {
        ("", "area"): 3 * AREA, ("", "kwp"): 30.0, ("", "facade_kwp"): case.facade, ("", "canopy_kwp"): case.canopy, ("", "least_floor"): 5_000.0,
        (way, "network_reached"): 100.0 - case.pumps, (way, "network_pumps"): case.pumps, (way, "network_boreholes"): case.boreholes,
        ("", "network_guessed"): 30.0 * case.guessed,
    }  # fmt: skip
    index = pd.MultiIndex.from_tuples([("district", "district", *key) for key in figures], names=KEYS)
    scopes = pd.MultiIndex.from_product([["district"], keys], names=["group_id", "variant"])
    wins = {
        "group_id": "district",
        "action": ["roof", "window"],
        "cost_per_t": -1.0,
        "co2_saving_t_a": 3.0,
        "investment": 100.0,
        "bill_saving_a": 20.0,
    }
    first = pd.DataFrame(
        {
            "blocks": "b0;b1",
            "choices": "{}",
            "goal": "deepest",
            "label": "1. Polna",
            "gap_kwh_m2a": 3.0,
            "residents": 40.0,
            "reference_area_m2": 900.0,
        },
        index=["c-1"],
    )
    ranking = pd.DataFrame({"advised": case.groups == "advised", "fails": case.fails, "p_positive": 0.2}, index=["c-1"])
    none = case.groups == "none"
    drawn = ["res_grant", *sorted(set(grants("PL")) - {"res_grant"})[:4]]
    programmes = pd.DataFrame({"amount": 1e6, "buildings": 2, "confidence": "read"}, index=drawn[: 5 if case.many else 1])
    layers = {
        "recommendation": table, "variant_costs": money, "blocks": blocks.assign(label=["1. Polna", "2. Leśna", "3. Wąska"]),
        "figures": pd.DataFrame({"unit": "", "value": list(figures.values()), "low": NAN, "high": NAN}, index=index).sort_index(),
        "probabilities": pd.DataFrame({"scope": "district", "p_positive": case.chance}, index=scopes),
        "buildings": pd.DataFrame({"block_id": ["b0", "b1", "b2"], "street": "", "housenumber": "", "use": "school", "reference_area_m2": AREA}),
        "parties": pd.DataFrame({"party": ["city", "heat_company"], "pays": [1e6, 2e6 * case.network], "net_a": [0.0, -5e4 if case.short else 0.0]}),
        "grant_programmes": programmes if case.programme else programmes.iloc[:0],
        "monthly": pd.DataFrame({"peak_import_kw": 900.0}, index=pd.MultiIndex.from_product([keys, [1]], names=["variant", "month"])),
        "abatement": pd.DataFrame(wins).iloc[: case.wins],
        "candidates": first.iloc[: int(not none)], "ranking": ranking.iloc[: int(not none)],
    }  # fmt: skip
    stamp = {"place": {"timestamp_osm_base": "2025-06-01T00:00:00Z"}} if case.dated else {}
    return Results(study, Site(50.0, 20.0), layers, stamp, "file")


def nearest(case):
    """The way falls short of the goal and keeps the bound of its present value."""
    return not case.reaches and case.pays


def told_by_price(case):
    return not pair(case.way, case.far) and (case.reaches or (case.far_pays and case.dear))


def pair(one, other):
    return one.place == other.place


CONDITIONS = {
    "decision.verdict.yes": ("the farthest way ends the year with no deficit", lambda c: c.far.balance >= 0),
    "decision.verdict.no": ("even the farthest way has a deficit", lambda c: c.far.balance < 0),
    "decision.chance.below": ("a chance is known and below 1 %", lambda c: c.chance < 0.01),
    "decision.chance.about": ("a chance is known, from 1 to 99 %", lambda c: 0.01 <= c.chance <= 0.99),
    "decision.chance.above": ("a chance is known and above 99 %", lambda c: c.chance > 0.99),
    "decision.way": ("always: one way is recommended", lambda c: True),
    "decision.way.reaches": ("the recommended way has no deficit", lambda c: c.reaches),
    "decision.way.nearest_both": (
        "it has one, keeps the bound, is the cheapest and none goes farther",
        lambda c: nearest(c) and pair(c.way, c.cheap) and pair(c.way, c.far),
    ),
    "decision.way.nearest_cheapest": (
        "it has one, pays for itself, is the cheapest, and another goes farther",
        lambda c: nearest(c) and c.least == 0 and pair(c.way, c.cheap) and not pair(c.way, c.far),
    ),
    "decision.way.nearest_paying": (
        "it has one, pays for itself, and another is cheaper",
        lambda c: nearest(c) and c.least == 0 and not pair(c.way, c.cheap),
    ),
    "decision.way.nearest": (
        "it has one and keeps a bound of the district's own",
        lambda c: nearest(c) and c.least != 0 and not (pair(c.way, c.cheap) and pair(c.way, c.far)),
    ),
    "decision.way.cheapest": ("it has one and no way keeps the bound", lambda c: not c.reaches and not c.pays),
    "decision.way.step_dear": ("the goal asks for a step whose kWh cost more than the bound", lambda c: c.step > WORTH),
    "decision.way.step_fair": ("the goal asks for a step whose kWh cost no more", lambda c: c.step <= WORTH),
    "decision.way.cheaper": (
        "another way is cheaper, and it is not the one without the goal, which is told already",
        lambda c: not pair(c.way, c.cheap) and not pair(c.cheap, c.worth),
    ),
    "decision.way.farther_reached": ("the goal is reached and another way goes farther", lambda c: not pair(c.way, c.far) and c.reaches),
    "decision.way.farther": (
        "the goal is missed, the farthest way keeps the bound and its kWh are too dear",
        lambda c: not pair(c.way, c.far) and not c.reaches and c.far_pays and c.dear,
    ),
    "decision.way.farther_loss": (
        "the goal is missed and the farthest way does not keep the bound",
        lambda c: not pair(c.way, c.far) and not c.reaches and not (c.far_pays and c.dear),
    ),
    "decision.spent.more": (
        "a farther way is told by its price, and asks to invest more",
        lambda c: told_by_price(c) and c.far.investment > c.way.investment,
    ),
    "decision.spent.less": ("as above, and asks for less", lambda c: told_by_price(c) and c.far.investment < c.way.investment),
    "decision.spent.same": ("as above, and asks for as much", lambda c: told_by_price(c) and c.far.investment == c.way.investment),
    "decision.modules": ("the way has modules beyond the roofs in mind", lambda c: c.modules),
    "decision.modules.roofs": ("as above", lambda c: c.modules),
    "decision.modules.facade": ("and façades have room for some", lambda c: c.modules and c.facade > 0),
    "decision.modules.canopy": (
        "and the way covers car parks, and some are mapped",
        lambda c: c.modules and c.places == "canopies" and c.canopy > 0,
    ),
    "decision.network.reach": ("some of the floor gets heat pumps beyond the network", lambda c: c.pumps > 0),
    "decision.network.beyond.air": ("none of them has boreholes", lambda c: c.pumps > 0 and c.boreholes == 0),
    "decision.network.beyond.ground": ("all of them have boreholes", lambda c: 0 < c.pumps == c.boreholes),
    "decision.network.beyond.both": ("some of them have boreholes", lambda c: 0 < c.boreholes < c.pumps),
    "decision.network.guessed": ("and no source tells who is on the network", lambda c: c.pumps > 0 and c.guessed),
    "decision.start": ("money is spent and a group is advised", lambda c: c.starts and c.groups == "advised"),
    "decision.start.worth": ("money is spent and no group is advised", lambda c: c.starts and c.groups != "advised"),
    "decision.money.none": ("nothing is invested", lambda c: not c.invests),
    "decision.money": ("invested with grants, and repaid", lambda c: c.invests and c.grants and c.saving > 0),
    "decision.money.never": ("invested with grants, and never repaid", lambda c: c.invests and c.grants and c.saving < 0),
    "decision.money.no_grants": ("invested without grants, and repaid", lambda c: c.invests and not c.grants and c.saving > 0),
    "decision.money.no_grants_never": ("invested without grants, and never repaid", lambda c: c.invests and not c.grants and c.saving < 0),
    "decision.payer": ("somebody pays", lambda c: True),
    "decision.grants": ("a programme is drawn", lambda c: c.programme),
    "decision.grants.programme": ("as above", lambda c: c.programme),
    "decision.grants.more": ("more are drawn than page one names", lambda c: c.programme and c.many),
    "decision.co2": ("CO₂ is known and stays above nothing", lambda c: not c.co2_falls_below or c.way.place == 0),
    "decision.co2.below": ("exports save more than is emitted", lambda c: c.co2_falls_below and c.way.place > 0),
    "decision.network.clean": ("the heat company invests and its price pays for it", lambda c: c.network and c.invests and not c.short),
    "decision.network.clean_short": ("the heat company invests and its price does not", lambda c: c.network and c.invests and c.short),
    "decision.network.sold": ("the network loses more than 1 % of its sales", lambda c: c.way.place > 0 and c.sold < 1),
    "decision.network.peak": ("always", lambda c: True),
    "decision.wins": ("a measure saves more than it costs, soon", lambda c: c.wins > 0),
    "decision.win": ("as above", lambda c: c.wins > 0),
    "decision.wins.none": ("no measure does", lambda c: c.wins == 0),
    "decision.groups.none": ("no group came into question", lambda c: c.groups == "none"),
    "ranking.advised": ("a group keeps the floors", lambda c: c.groups == "advised"),
    "ranking.none": ("groups were found and none keeps the floors", lambda c: c.groups == "nearest"),
    "decision.next.audit": ("money is spent on works", lambda c: c.starts and c.way.place > 1),
    "decision.next.roofs": ("money is spent, and not on works", lambda c: c.starts and c.way.place == 1),
    "decision.next.network": ("the heat company invests", lambda c: c.network and c.invests),
    "decision.next.none": ("nobody spends anything", lambda c: not c.starts and not (c.network and c.invests)),
    **{
        f"decision.left_out.{reason}": ("a way is left out for it", lambda c, reason=reason: reason in c.shut.values())
        for reason in REASONS[:-1]
    },
    "decision.data": ("always", lambda c: True),
    "decision.data.prices_and_grants": ("the country's pack holds grants", lambda c: c.country == "PL"),
    "decision.data.prices": ("it holds none", lambda c: c.country != "PL"),
    "decision.data.lacks": ("it lacks tables that Poland's has", lambda c: c.country != "PL"),
    "decision.data.dated": ("the map data have a date", lambda c: c.dated),
    "decision.data.undated": ("they have none", lambda c: not c.dated),
    "decision.bound.own": (
        "the bound is told, and the district file names it",
        lambda c: c.own_bound and (np.isfinite(c.step) or not pair(c.way, c.far)),
    ),
    "decision.bound.assumed": (
        "the bound is told, and is an assumption",
        lambda c: not c.own_bound and (np.isfinite(c.step) or not pair(c.way, c.far)),
    ),
}
"""Sentence → when it may, and must, appear: in words, and as a question to the drawn place."""

ELSEWHERE = ("decision.title", "decision.head.", "decision.grants.name.")
"""Titles, and names of programmes by what they pay for."""


@pytest.fixture
def said(monkeypatch):
    keys = []

    def recording(key, lang, **values):
        keys.append(key)
        return original(key, lang, **values)

    original = page_one_module.text
    for module in (page_one_module, details_module, words_module, candidates_module):
        monkeypatch.setattr(module, "text", recording)
    return keys


def test_every_sentence_of_the_decision_has_a_condition():
    asked = {key for key in catalogue() if key.startswith("decision.") and not key.startswith(ELSEWHERE)}
    assert asked == {key for key in CONDITIONS if key.startswith("decision.")}


def test_each_sentence_appears_where_its_condition_holds_and_nowhere_else(said):
    seen, unseen = Counter(), Counter()
    for seed in range(150):
        case = solve(draw(seed))
        said.clear()
        place = results(case)
        lines = [*page_one_module.page_one(place, "en"), *details_module.decision_details(place, "en")]
        for key, (words, holds) in CONDITIONS.items():
            expected = bool(holds(case))
            assert (key in said) == expected, f"seed {seed}: {key} may appear only if {words}"
            (seen if expected else unseen)[key] += 1
        whole = " ".join(sentence for _, sentence in lines)
        # neither the impossible nor a void is said
        assert not re.search(r"\bnan\b|\binf\b|[{}]|proven|deeper", whole)
        assert not re.search(r"[−-]\d[\d.,]* million PLN (more )?to invest", whole), f"seed {seed}: {whole}"
    always = {"decision.way", "decision.payer", "decision.network.peak", "decision.data"}
    assert set(seen) == set(CONDITIONS)
    assert set(unseen) == set(CONDITIONS) - always
