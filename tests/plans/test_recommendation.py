"""The recommended, the farthest and the cheapest way: by hand, against a plain search of the whole space, and by what must not be advised."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.balance import factor_set
from ped_geo.plans.recommendation import MIXED, choose_ways, farthest_listed, quick_wins, recommend, recommended_variant, ways_of_groups
from ped_geo.plans.variant_space import impossible_variants, offered_options
from ped_geo.study import VARIANTS, Study

NONE = pd.DataFrame({"choices": pd.Series(dtype="str")}, index=pd.Index([], name="candidate_id", dtype="str"))
LEVERS = ("existing", "usual", "advanced", "near_zero")


def make_study(keys, *, worth=1_000.0, **finance):
    """A study whose first variant leaves all as it is; the others have PV. A further kWh may cost nearly anything unless `worth` says less."""
    variants = [{"key": key, "package": LEVERS[min(number, 3)], "pv": number > 0} for number, key in enumerate(keys)]
    return Study.model_validate({"name": "x", "variants": variants, "finance": finance, "assumptions": {"finance.balance_worth": worth}})


def make_layers(balance, npv, investment, area=1_000.0):
    """Blocks by variants, in whole kilowatt-hours and money; each block has `area` m² of heated floor."""
    blocks, variants = np.shape(balance)
    names, keys = [f"b{number}" for number in range(blocks)], [f"v{number}" for number in range(variants)]
    index = pd.MultiIndex.from_product([names, keys], names=["block_id", "variant"])
    flows = pd.DataFrame({"primary_energy_balance_kwh_a": np.ravel(balance)}, index=index, dtype="float64")
    flows = flows.assign(co2_kg_a=-flows["primary_energy_balance_kwh_a"], district_heat_delivered_kwh_a=100.0)
    money = pd.DataFrame({"npv": np.ravel(npv), "investment": np.ravel(investment)}, index=index, dtype="float64")
    money = money.assign(grant=money["investment"] / 4, saving_a=money["investment"] / 10, network_investment=0.0)
    return flows, money, pd.DataFrame({"reference_area_m2": area}, index=pd.Index(names, name="block_id")), keys


def roles(table, group="district"):
    rows = table[table["group_id"] == group]
    return tuple(rows["variant"][rows[role]].iloc[0] for role in ("recommended", "farthest", "cheapest"))


def by_plain_search(balance, npv, investment, least_npv, worth):
    """The rule once more, in loops over every way and without any frame: no other way wins the comparison of two, kWh by kWh."""
    ways = [
        (sum(row[k] for row in balance), sum(row[k] for row in npv), sum(row[k] for row in investment), k) for k in range(len(balance[0]))
    ]
    farthest = max(ways, key=lambda way: (way[0], way[1], -way[2], -way[3]))
    worthwhile = cheapest = max(ways, key=lambda way: (way[1], way[0], -way[2], -way[3]))
    reaching = [way for way in ways if way[0] >= 0]
    paying = [way for way in ways if way[1] >= least_npv]
    if paying:

        def preferred(one, other):
            """Of two ways the farther one, if none of its further kWh costs more than they are worth."""
            near, far = sorted((one, other), key=lambda way: (way[0], way[1], -way[2], -way[3]))
            return far if near[1] - far[1] <= worth * (far[0] - near[0]) else near

        worthwhile = next(way for way in paying if all(preferred(way, other) is way for other in paying if other is not way))
    best = max(reaching, key=lambda way: (way[1], way[0], -way[2], -way[3])) if reaching else worthwhile
    return tuple(f"v{way[3]}" for way in (best, farthest, cheapest, worthwhile))


def test_the_way_that_reaches_the_goal_for_the_least_money_is_recommended_and_not_the_farthest():
    """Three blocks by hand: v1 misses by 10, v2 reaches it at a cost of 3, v3 goes further at a cost of 9."""
    flows, money, blocks, keys = make_layers(
        [[-50, -10, 0, 5], [-40, 0, 10, 20], [-30, 0, 0, 0]], [[0, 5, -1, -4], [0, 3, -1, -3], [0, 2, -1, -2]], [[0, 1, 2, 3]] * 3
    )
    study = make_study(keys)
    table = recommend(ways_of_groups(flows, money, blocks, NONE, study), {}, study)
    assert roles(table) == ("v2", "v3", "v1")
    assert recommended_variant(table, study) == "v2"
    assert table.loc["district/v2", "payback_a"] == pytest.approx((6 - 1.5) / 0.6)
    assert table.loc["district/v2", "co2_change"] == pytest.approx(-10 / 120 - 1)
    schema.check_layer("recommendation", table)


def test_short_of_the_goal_the_nearest_that_pays_for_itself_is_recommended():
    """v3 is nearest but costs 8; v2 pays. With a bound of −1 for each square metre v3 is allowed."""
    rows = [[-50, -30, -20, -5]] * 4, [[0, 9, 1, -800]] * 4, [[0, 1, 2, 3]] * 4
    flows, money, blocks, keys = make_layers(*rows)
    for least, way in ((0.0, "v2"), (-0.5, "v2"), (-1.0, "v3")):
        study = make_study(keys, least_npv_per_m2=least)
        assert roles(recommend(ways_of_groups(flows, money, blocks, NONE, study), {}, study)) == (way, "v3", "v1")


def test_sixty_million_for_five_kilowatt_hours_are_not_advised():
    """
    An estate of 148,300 m² as a planner sees it: cost-optimal, the same on clean heat, and the advanced package on clean heat.

    Clean heat brings 10.6 GWh a year for 5.5 million of present value, 0.52 a kWh; the advanced package 0.7 GWh for 3.5 million, 5 a
    kWh. At a bound of 2.5 the second is taken and the third is not; at 6 both are, at 0.4 neither is.
    """
    flows, money, blocks, keys = make_layers(
        [[-31.8e6, -19.5e6, -8.9e6, -8.2e6]], [[0.0, 37.3e6, 31.8e6, 28.3e6]], [[0.0, 37.7e6, 37.7e6, 97.2e6]], area=148_300.0
    )
    for worth, way in ((2.5, "v2"), (6.0, "v3"), (0.4, "v1")):
        study = make_study(keys, worth=worth)
        table = recommend(ways_of_groups(flows, money, blocks, NONE, study), {}, study)
        assert roles(table) == (way, "v3", "v1")
    assert make_study(keys, worth=2.5).assumed("finance.balance_worth") == 2.5
    table = recommend(ways_of_groups(flows, money, blocks, NONE, make_study(keys, worth=2.5)), {}, make_study(keys, worth=2.5))
    assert table.loc["district/v3", "further_cost_per_kwh"] == pytest.approx(3.5e6 / 0.7e6)
    assert table["further_cost_per_kwh"].notna().sum() == 1


def test_the_step_to_the_goal_is_named_with_what_each_of_its_kilowatt_hours_costs():
    """
    A German estate of 375,610 m² that reaches the goal by the advanced package alone.

    The cost-optimal package with clean heat and all modules misses it by 7.3 kWh/m² and pays 5.1 million; the advanced one goes 4.52 GWh
    farther and loses 36.9 million: 42 million for 4.52 GWh are 9.3 a kWh.
    """
    flows, money, blocks, keys = make_layers(
        [[-69.8e6, -42.5e6, -2.73e6, 1.79e6]], [[0.0, 17.4e6, 5.1e6, -36.9e6]], [[0.0, 33.9e6, 50.2e6, 135.0e6]], area=375_610.0
    )
    study = make_study(keys, worth=0.81)
    table = recommend(ways_of_groups(flows, money, blocks, NONE, study), {}, study)
    assert roles(table) == ("v3", "v3", "v1")
    assert table["variant"][table["worthwhile"]].tolist() == ["v2"]
    assert table.loc["district/v3", "step_cost_per_kwh"] == pytest.approx(42.0e6 / 4.52e6)
    assert table["step_cost_per_kwh"].notna().sum() == 1
    schema.check_layer("recommendation", table)
    # with a bound that the step keeps the goal needs no excuse, and there is no step
    dear = make_study(keys, worth=10.0, least_npv_per_m2=-1_000.0)
    table = recommend(ways_of_groups(flows, money, blocks, NONE, dear), {}, dear)
    assert table["variant"][table["worthwhile"]].tolist() == ["v3"]
    assert table["step_cost_per_kwh"].isna().all()


@pytest.mark.parametrize("country", ["PL", "DE"])
def test_a_further_kilowatt_hour_is_worth_what_a_car_park_gives_it_for(country):
    """The bound is no free number: price of a kilowatt over its yield and the factor of the electricity that it replaces."""
    study = Study.model_validate({"name": "x", "country": country})
    factor = float(factor_set(study.factor_set, study).weight("electricity")[1])
    bound = study.assumed("districts.carport_price") / (study.assumed("pv.yield_ew10") * factor)
    assert study.assumed("finance.balance_worth") == pytest.approx(bound, rel=0.01)


@pytest.mark.parametrize("seed", range(40))
def test_constructed_districts_of_three_to_six_blocks_are_solved_as_by_plain_search(seed):
    rng = np.random.default_rng(seed)
    blocks, variants = int(rng.integers(3, 7)), int(rng.integers(2, 7))
    # few different numbers, so that ties are common
    balance, npv = rng.integers(-6, 4, (blocks, variants)), rng.integers(-3, 4, (blocks, variants))
    investment = rng.integers(0, 3, (blocks, variants))
    flows, money, frame, keys = make_layers(balance, npv, investment)
    least, worth = float(rng.integers(-3, 3)), float(rng.choice([0.0, 0.5, 1.0, 2.0, 1_000.0]))
    study = make_study(keys, worth=worth, least_npv_per_m2=least / (1_000.0 * blocks))
    table = recommend(ways_of_groups(flows, money, frame, NONE, study), {}, study)
    *usual, worthwhile = by_plain_search(balance.tolist(), npv.tolist(), investment.tolist(), least, worth)
    assert roles(table) == tuple(usual)
    assert table["variant"][table["worthwhile"]].tolist() == [worthwhile]
    for one, other in itertools.permutations(table.index, 2):
        better = table.loc[other, ["balance_kwh_a", "npv"]].to_numpy(float) - table.loc[one, ["balance_kwh_a", "npv"]].to_numpy(float)
        if (better >= 0).all() and (better > 0).any():
            assert table.loc[one, "left_out"] == "dominated"
    assert not table.loc[table["recommended"], "left_out"].eq("dominated").any()


def test_a_candidate_is_advised_its_own_mix_where_no_single_way_is_better():
    flows, money, blocks, keys = make_layers(
        [[-50, 30, -60], [-50, -40, 20], [-9, -9, -9]], [[0, -1, -5], [0, -5, -1], [0, 0, 0]], [[0, 1, 1]] * 3
    )
    study = make_study(keys)
    candidates = pd.DataFrame({"choices": [json.dumps({"b0": "v1", "b1": "v2"})]}, index=pd.Index(["c"], name="candidate_id"))
    table = recommend(ways_of_groups(flows, money, blocks, candidates, study), {}, study)
    assert roles(table, "c")[:2] == (MIXED, MIXED)
    assert table.loc["c/mixed", "balance_kwh_a"] == 50
    assert table.loc["c/mixed", "npv"] == -2


def test_an_impossible_way_is_never_advised_however_good():
    flows, money, blocks, keys = make_layers([[-50, -10, 99]] * 3, [[0, 1, 99]] * 3, [[0, 1, 1]] * 3)
    study = make_study(keys)
    table = recommend(ways_of_groups(flows, money, blocks, NONE, study), {"v2": "no_network"}, study)
    assert roles(table) == ("v1", "v1", "v1")
    assert table.loc["district/v2", "left_out"] == "no_network"
    assert choose_ways(table.iloc[:0], least_npv=0.0, balance_worth=1.0) == {}


def make_levers(possible, area=1_000.0):
    """Levers of blocks: name → lever → whether it is possible, or the reason why not."""
    rows = {(block, lever): answer for block, answers in possible.items() for lever, answer in answers.items()}
    index = pd.MultiIndex.from_tuples(list(rows), names=["block_id", "lever"])
    reason = pd.Series([answer if isinstance(answer, str) else None for answer in rows.values()], index, dtype="str")
    frame = pd.DataFrame({"possible": reason.isna(), "reason": reason}, index=index)
    blocks = pd.DataFrame({"reference_area_m2": area}, index=pd.Index(list(possible), name="block_id"))
    return frame.astype({"possible": "boolean"}), blocks


CLEAN, PLACES = "district_heat_decarbonised", {"facade": True, "canopy": "no_car_park"}
BOREHOLES = {variant.key for variant in VARIANTS if variant.supply == "heat_pump_ground"}


def test_clean_district_heat_is_open_where_a_network_reaches_a_block_and_a_named_variant_always():
    clean = {variant.key for variant in VARIANTS if variant.supply == CLEAN}
    far, near = {CLEAN: "no_network", **PLACES}, {CLEAN: True, **PLACES}
    study = Study(name="x")
    assert clean
    assert impossible_variants(*make_levers({"a": far, "b": far}), study) == dict.fromkeys(clean, "no_network")
    # who is beyond the network gets heat pumps
    assert impossible_variants(*make_levers({"a": far, "b": far, "c": near}), study) == {}
    named = Study.model_validate({"name": "x", "variants": [{"key": "own", "package": "usual", "supply": CLEAN}]})
    assert impossible_variants(*make_levers({"a": far}), named) == {}


def test_modules_beyond_the_roofs_are_no_way_where_there_is_neither_wall_nor_car_park():
    bare = {CLEAN: True, "facade": "no_wall", "canopy": "no_car_park"}
    beyond = {variant.key for variant in VARIANTS if variant.places}
    assert beyond
    drilled = dict.fromkeys(BOREHOLES, "network_near")
    assert impossible_variants(*make_levers({"a": bare, "b": bare}), Study(name="x")) == dict.fromkeys(beyond, "no_places") | drilled
    assert impossible_variants(*make_levers({"a": bare, "b": {**bare, "canopy": True}}), Study(name="x")) == drilled


def test_boreholes_are_a_way_of_the_default_set_where_most_of_the_floor_has_no_network_and_ground_enough():
    ways, ground = {variant.key: variant for variant in VARIANTS}, "heat_pump_ground"
    assert BOREHOLES
    assert all(ways[key].pv for key in BOREHOLES)
    far, near = {CLEAN: "no_network", ground: True, **PLACES}, {CLEAN: True, ground: True, **PLACES}
    paved = {**far, ground: "no_ground"}
    study = Study(name="x")
    for place, reason in (
        ({"a": far, "b": far}, None),
        ({"a": far, "b": near}, None),
        ({"a": near, "b": near, "c": far}, "network_near"),
        ({"a": paved, "b": paved, "c": far}, "no_ground"),
    ):
        closed = impossible_variants(*make_levers(place), study)
        assert {closed.get(key) for key in BOREHOLES} == {reason}


def closed_by_plain_loops(levers):
    """Ways of the default set that a place of equal blocks does not allow, block by block and without any frame."""
    near = sum(answers[CLEAN] is True for answers in levers.values())
    found = set()
    for variant in VARIANTS:
        shut = sum(variant.supply in answers and answers[variant.supply] is not True for answers in levers.values())
        if variant.supply == CLEAN:
            closed = near == 0
        elif variant.supply == "heat_pump_ground":
            closed = 2 * shut > len(levers) or 2 * near > len(levers)
        else:
            closed = 2 * shut > len(levers)
        placed = any(answers[place] is True for answers in levers.values() for place in variant.places)
        if closed or (variant.places and not placed):
            found.add(variant.key)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_constructed_districts_whose_blocks_allow_different_ways_are_solved_as_by_plain_search(seed):
    """Three to six blocks, each with its own answers on network, ground, walls and protection; the whole default set is tried."""
    rng = np.random.default_rng(seed)
    answers = {
        CLEAN: [True, "too_loose", "no_network"],
        "heat_pump_ground": [True, "no_ground"],
        "heat_pump_air": [True, True, "protected"],
        "facade": [True, "no_wall"],
        "canopy": [True, "no_car_park"],
    }
    count = int(rng.integers(3, 7))
    told = {f"b{number}": {lever: some[int(rng.integers(len(some)))] for lever, some in answers.items()} for number in range(count)}
    balance, npv = rng.integers(-6, 4, (count, len(VARIANTS))), rng.integers(-3, 4, (count, len(VARIANTS)))
    investment = rng.integers(0, 3, (count, len(VARIANTS)))
    flows, money, frame, keys = make_layers(balance, npv, investment)
    names = dict(zip(keys, (variant.key for variant in VARIANTS), strict=True))
    flows, money = (layer.rename(index=names, level="variant") for layer in (flows, money))
    study = Study(name="x", overrides={"finance.balance_worth": 1.0})
    levers, _ = make_levers(told)
    closed = impossible_variants(levers, frame, study)
    assert set(closed) == closed_by_plain_loops(told)
    table = recommend(ways_of_groups(flows, money, frame, NONE, study), closed, study)
    open_ = [number for number, variant in enumerate(VARIANTS) if variant.key not in closed]
    *found, _ = by_plain_search(balance[:, open_].tolist(), npv[:, open_].tolist(), investment[:, open_].tolist(), 0.0, 1.0)
    assert roles(table) == tuple(VARIANTS[open_[int(key.removeprefix("v"))]].key for key in found)


def test_a_block_left_as_it_is_with_a_deficit_is_no_option_of_a_candidate():
    """An untouched building at −460 kWh/m² would only lend its floor area; one without need stays, as it may join two others."""
    flows, money, blocks, keys = make_layers([[-460, -20], [0, 10]], [[0, 1]] * 2, [[0, 1]] * 2)
    options = flows.rename(columns={"primary_energy_balance_kwh_a": "balance_kwh_a"}).join(money["investment"])
    levers, _ = make_levers({"b0": {CLEAN: "no_network"}, "b1": {CLEAN: True}})
    study = make_study(keys)
    assert list(offered_options(options, levers, blocks, study).index) == [("b0", "v1"), ("b1", "v0"), ("b1", "v1")]
    alone = Study.model_validate({"name": "x", "variants": [{"key": "v0", "package": "existing"}]})
    assert len(offered_options(options.xs("v0", level="variant", drop_level=False), levers, blocks, alone)) == 2


def test_a_candidate_is_searched_without_boreholes_in_a_block_that_has_no_ground_and_beyond_the_network_with_its_heat_pumps():
    ground = "heat_pump_ground"
    levers, blocks = make_levers({"a": {CLEAN: "no_network", ground: "no_ground", **PLACES}, "b": {CLEAN: True, ground: True, **PLACES}})
    index = pd.MultiIndex.from_product([["a", "b"], [variant.key for variant in VARIANTS]], names=["block_id", "variant"])
    options = pd.DataFrame({"balance_kwh_a": 1.0, "investment": 1.0}, index=index)
    kept = set(offered_options(options, levers, blocks, Study(name="x")).index)
    lost = {("a", variant.key) for variant in VARIANTS if variant.supply == ground}
    assert kept == set(index) - lost


def test_quick_wins_cost_less_than_they_save_save_carbon_and_pay_back_within_ten_years():
    curve = pd.DataFrame(
        {
            "group_id": ["district"] * 5 + ["b1"],
            "action": ["pv", "wall", "balancing", "window", "facade", "roof"],
            "cost_per_t": [-100.0, 50.0, -300.0, -5.0, -50.0, -9.0],
            "co2_saving_t_a": [5.0, 9.0, 1.0, -1.0, 1.0, 1.0],
            "investment": [100.0, 1.0, 1.0, 1.0, 101.0, 1.0],
            "bill_saving_a": [10.0, 1.0, 1.0, 1.0, 10.0, 1.0],
        }
    )
    assert quick_wins(curve)["action"].tolist() == ["balancing", "pv"]
    assert quick_wins(curve, "b1")["action"].tolist() == ["roof"]


def test_the_curve_lines_up_the_farthest_package_whose_measures_are_listed():
    flows, money, blocks, keys = make_layers([[-50, -10, 99]] * 3, [[0, 1, 99]] * 3, [[0, 1, 1]] * 3)
    study = make_study(keys)
    table = recommend(ways_of_groups(flows, money, blocks, NONE, study), {}, study)
    assert farthest_listed(table, {"existing", "usual", "advanced"}, study) == "v2"
    assert farthest_listed(table, {"existing", "usual"}, study) == "v1"
