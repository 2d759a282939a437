"""Draws of the guessed inputs: against hand calculation, closed forms, full recomputation and the theory of sampling."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ped_geo import uncertainty
from ped_geo.errors import LayerError, StudyError
from ped_geo.flows import CARRIERS, HEAT_CARRIERS, Groups
from ped_geo.study import Study
from ped_geo.uncertainty import inputs as given_inputs
from ped_geo.uncertainty import response
from ped_geo.uncertainty.inputs import UncertainInput
from ped_geo.uncertainty.simulation import weight_table

FACTORS = pd.DataFrame(
    {"delivered": [0.8, 1.1, 1.1, 0.2, 1.1, 2.5], "exported": [0.0, 0.0, 0.0, 0.0, 0.0, 2.5]},
    index=pd.Index(list(CARRIERS), name="carrier"),
)


def make_study(draws=2_000, seed=7):
    return Study.model_validate({"name": "x", "uncertainty": {"draws": draws, "seed": seed}})


def make_input(**changes):
    base = UncertainInput("x", "triangular", 0.8, 1.0, 1.25, np.nan, np.nan, 1.0, "", "", (("space_heat", 1.0),), "x", "y")
    return dataclasses.replace(base, **changes)


def make_components(buildings=12, blocks=3, variants=("today", "today_pv"), **changes):
    """Panel blocks of 3,000 m² on district heat; columns given in `changes` are set on all rows."""
    index = pd.MultiIndex.from_product([[f"way/{number}" for number in range(buildings)], variants], names=["building_id", "variant"])
    number = np.repeat(np.arange(buildings), len(variants))
    pv = np.where(index.get_level_values("variant").str.endswith("pv"), 90_000.0, 0.0)
    frame = pd.DataFrame(
        {
            "block_id": [f"block/{one % blocks}" for one in number],
            **{f"{carrier}_kwh_a": 0.0 for carrier in HEAT_CARRIERS},
            "electricity_heat_kwh_a": 0.0,
            "electricity_use_kwh_a": 100_000.0,
            "pv_kwh_a": pv,
            "self_consumed_kwh_a": 0.5 * pv,
            "space_heat_share": 0.75,
            "small_need": 0.0,
            "reference_area_m2": 3_000.0,
            "investment": 0.0,
            "pv_investment": np.where(pv > 0, 300_000.0, 0.0),
            "storeys_above_ground_source": "inferred: use",
            "construction_period_source": "inferred: neighbours",
            "refurbishment_state_source": "inferred: period",
            "refurbishment_state": "original",
            "use": "residential_multi",
        },
        index=index,
    )
    frame["district_heat_kwh_a"] = 400_000.0 + 1_000.0 * number
    return frame.assign(**changes)


def told(components, study=None, **keywords):
    return uncertainty.simulate(components, FACTORS, uncertainty.groups_of(components), study or make_study(), **keywords)


def test_central_balance_matches_hand_calculation():
    """12 buildings: heat sum(400..411) MWh × 0.8, use 1,200 MWh, PV 1,080 MWh of which 540 used; all at 2.5."""
    bands = told(make_components()).bands
    heat = (12 * 400_000 + 66_000) * 0.8
    balance = -heat - 2.5 * (1_200_000 - 540_000) + 2.5 * 540_000
    assert bands["central"]["district", "today_pv", "balance_kwh_a"] == pytest.approx(balance)
    assert bands["central"]["district", "today_pv", "balance_kwh_m2a"] == pytest.approx(balance / 36_000)
    assert bands["central"]["district", "today", "balance_kwh_a"] == pytest.approx(-heat - 2.5 * 1_200_000)


def test_without_uncertain_inputs_every_draw_is_the_central_value():
    result = told(make_components(), inputs=())
    for level in ("p05", "p50", "p95"):
        assert result.bands[level].to_numpy() == pytest.approx(result.bands["central"].to_numpy())
    assert set(result.probabilities["p_positive"]) <= {0.0, 1.0}


def test_chance_of_being_positive_matches_the_closed_form_of_one_input():
    """Balance is 2.5 × 300,000 − 0.8 f × 800,000 per building: positive while f is below 1.171875."""
    components = make_components(
        buildings=1,
        blocks=1,
        variants=("only",),
        district_heat_kwh_a=800_000.0,
        electricity_use_kwh_a=0.0,
        pv_kwh_a=300_000.0,
        self_consumed_kwh_a=0.0,
        space_heat_share=1.0,
    )
    result = told(components, make_study(20_000), inputs=(make_input(),)).probabilities.loc[("district", "only")]
    edge = 2.5 * 300_000 / (0.8 * 800_000)
    exact = stats.triang((1.0 - 0.8) / 0.45, loc=0.8, scale=0.45).cdf(edge)
    assert result["p_positive"] == pytest.approx(exact, abs=4 * result["p_error"])
    assert result["p_low"] < exact < result["p_high"]


def test_mean_and_spread_of_a_block_match_the_closed_form_and_add_up_over_blocks():
    """Balance is 2.5 × 300,000 − 0.8 f × 800,000 per building; means of blocks sum to the mean of all, whatever varies together."""
    alone = {"district_heat_kwh_a": 800_000.0, "electricity_use_kwh_a": 0.0, "pv_kwh_a": 300_000.0, "self_consumed_kwh_a": 0.0}
    single = make_components(buildings=1, blocks=1, variants=("only",), space_heat_share=1.0, **alone)
    factor = stats.triang((1.0 - 0.8) / 0.45, loc=0.8, scale=0.45)
    row = uncertainty.balance_spread(single, FACTORS, make_study(20_000), inputs=(make_input(),)).loc[("block/0", "only")]
    assert row["balance_mean_kwh_a"] == pytest.approx(750_000 - 640_000 * factor.mean(), abs=4 * 640_000 * factor.std() / np.sqrt(20_000))
    assert row["balance_sd_kwh_a"] == pytest.approx(640_000 * factor.std(), rel=0.03)
    components = make_components()
    spread = uncertainty.balance_spread(components, FACTORS, make_study())
    bands = told(components).bands.xs("balance_kwh_a", level="quantity")
    total = spread.groupby(level="variant").sum()
    for variant in ("today", "today_pv"):
        place = bands.loc[("district", variant)]
        # a mean lies between the quantiles of the same draws, and deviations of blocks sum to that of the place or more
        assert place["p05"] < total.at[variant, "balance_mean_kwh_a"] < place["p95"]
        assert total.at[variant, "balance_mean_kwh_a"] == pytest.approx(place["p50"], abs=0.2 * (place["p95"] - place["p05"]))
        assert total.at[variant, "balance_sd_kwh_a"] > (place["p95"] - place["p05"]) / 2 / stats.norm.ppf(0.95) * 0.9


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        (make_input(), stats.triang(0.2 / 0.45, loc=0.8, scale=0.45)),
        (make_input(distribution="uniform", low=0.5, high=2.0), stats.uniform(0.5, 1.5)),
        (make_input(distribution="normal", standard_deviation=0.05), stats.norm(1.0, 0.05)),
    ],
    ids=["triangular", "uniform", "normal"],
)
def test_factors_follow_their_distribution(given, exact):
    levels = np.linspace(0.001, 0.999, 99)
    assert given_inputs.factor_at(given, stats.norm.ppf(levels)) == pytest.approx(exact.ppf(levels))


def test_two_point_factor_takes_its_high_value_as_often_as_its_probability_says():
    given = make_input(distribution="two_point", high=0.445, probability=0.4)
    drawn = given_inputs.factor_at(given, stats.norm.ppf((np.arange(1_000) + 0.5) / 1_000))
    assert (drawn == 0.445).mean() == pytest.approx(0.4)
    assert set(np.unique(drawn)) == {0.445, 1.0}


def test_unknown_distribution_is_refused_with_the_known_ones():
    with pytest.raises(StudyError, match="known: normal, odds, triangular, two_point, uniform"):
        given_inputs.factor_at(make_input(distribution="cauchy"), np.zeros(2))


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9, 1.0])
def test_scores_of_two_buildings_correlate_as_the_table_says(correlation):
    scores = given_inputs.normal_draws(make_input(correlation=correlation), 1, 40_000, "block/1", 2)
    if correlation == 1.0:
        assert scores.shape == (40_000, 1)
    else:
        assert np.corrcoef(scores.T)[0, 1] == pytest.approx(correlation, abs=0.02)
    assert scores.std() == pytest.approx(1.0, abs=0.02)


def test_same_seed_gives_the_same_numbers_and_another_seed_others():
    components = make_components()
    one, two, other = told(components), told(components), told(components, make_study(seed=8))
    pd.testing.assert_frame_equal(one.bands, two.bands)
    pd.testing.assert_frame_equal(one.sensitivity, two.sensitivity)
    assert not np.allclose(one.bands["p50"], other.bands["p50"], rtol=1e-9)


def test_order_of_rows_changes_nothing():
    components = make_components()
    shuffled = components.sample(frac=1.0, random_state=1)
    ordered = told(components).bands.sort_index()
    pd.testing.assert_frame_equal(told(shuffled).bands.sort_index(), ordered, rtol=1e-12)


def test_adding_an_input_or_another_block_leaves_the_draws_of_the_others():
    one, two = make_input(correlation=0.5), make_input(key="y", correlation=0.5)
    alone = given_inputs.normal_draws(one, 3, 100, "block/1", 4)
    assert not np.allclose(alone, given_inputs.normal_draws(two, 3, 100, "block/1", 4))
    few, many = make_components(buildings=6, blocks=3), make_components(buildings=6, blocks=3)
    many = pd.concat([many, make_components(buildings=2, blocks=1, block_id="block/9").rename(index=lambda name: f"{name}x", level=0)])
    rows = told(few, inputs=(one,)).bands.query("scope == 'block'")
    again = told(many, inputs=(one, dataclasses.replace(two, applies_to=(("investment", 1.0),)))).bands.loc[rows.index]
    quantities = rows.index.get_level_values("quantity") != "investment"
    pd.testing.assert_frame_equal(again[quantities], rows[quantities])


def test_measured_attributes_do_not_vary():
    measured = make_components(storeys_above_ground_source="osm", construction_period_source="bdot10k", refurbishment_state_source="file")
    sensitivity = told(measured).sensitivity["variance_share"].xs("district")
    for key in ("storeys", "construction_period", "period_odds", "works_odds"):
        assert sensitivity["today", key] == 0.0
    assert told(make_components(), periods=make_works()).sensitivity["variance_share"].xs("district")["today", "works_odds"] > 0


def make_works(buildings=12):
    """Works on one element that were done in half of the buildings and halve the heat, all of them of one period."""
    index = pd.MultiIndex.from_product([[f"way/{number}" for number in range(buildings)], ["PL.03"]])
    works = {"works_0_chance": 0.5, "works_1_chance": 0.5, "works_0_factor": 4 / 3, "works_1_factor": 2 / 3}
    return pd.DataFrame({"chance": 1.0, "heat_factor": 1.0, **works}, index=index)


def test_works_done_matter_only_where_the_building_is_left_as_it_is():
    components = make_components(variants=("today", "advanced"))
    shares = told(components, periods=make_works()).sensitivity["variance_share"].xs("district")
    assert shares["today", "works_odds"] > 0
    assert shares["advanced", "works_odds"] == 0


def by_hand(components, inputs, drawn, draw, variant):
    """Balance of the whole place in one draw, building by building, without arrays."""
    total = 0.0
    for block_id, rows in components.xs(variant, level="variant").sort_index().groupby("block_id"):
        use = pv = heat_weighted = use0 = pv0 = own0 = 0.0
        for place, (_, building) in enumerate(rows.iterrows()):
            times = dict.fromkeys(response.COMPONENTS, 1.0)
            for given in inputs:
                gate = not given.guessed or building[f"{given.guessed}_source"].startswith("inferred")
                if given.where:
                    column, values = given.where.split("=")
                    gate = gate and building[column] in values.split("|")
                values = drawn[block_id][given.key][draw]
                factor = values[min(place, len(values) - 1)] if gate else 1.0
                special = {name: power for use, name, power in given.by_use if use == building["use"]}
                for component, power in (dict(given.applies_to) | special).items():
                    if component in times:
                        times[component] *= factor**power
            space = times["space_heat"] * (times["space_heat_today"] if variant == "today" else 1.0)
            space *= times["space_heat_small"] if building["small_need"] else 1.0
            heat = building["district_heat_kwh_a"]
            heat_weighted += heat * (0.75 * space + 0.25 * times["hot_water"])
            use += building["electricity_use_kwh_a"] * times["electricity_use"]
            pv += building["pv_kwh_a"] * times["pv"]
            use0, pv0, own0 = use0 + building["electricity_use_kwh_a"], pv0 + building["pv_kwh_a"], own0 + building["self_consumed_kwh_a"]
        exponent = response.matching_exponent(np.array(0.55 * use0), np.array(pv0), np.array(own0))
        own = float(response.matched(np.array(0.55 * use), np.array(pv), exponent))
        electricity = 2.5 * drawn[block_id]["factor_electricity"][draw][0]
        total += (
            -0.8 * drawn[block_id]["factor_district_heat"][draw][0] * heat_weighted - electricity * (use - own) + electricity * (pv - own)
        )
    return total


@pytest.mark.parametrize("variant", ["today", "today_pv", "advanced_pv"])
def test_draws_equal_a_full_recomputation_building_by_building(variant):
    components = make_components(buildings=5, blocks=2, variants=("today", "today_pv", "advanced_pv"))
    components.loc["way/3", "storeys_above_ground_source"] = "osm"
    components.loc["way/4", "refurbishment_state"] = "usual"
    components.loc["way/2", "use"] = "school"
    components.loc[["way/0", "way/3"], "small_need"] = 1.0
    inputs = uncertainty.uncertain_inputs()
    draws = 6
    blocks, variants = response.blocks_of(components, inputs, frozenset(["today"]), 0.55)
    drawn = {block.block_id: response.draw_factors(block, inputs, 7, draws) for block in blocks}
    column, weights = variants.index(variant), weight_table(FACTORS, variants)
    balance = sum(response.outcome(block, inputs, drawn[block.block_id], weights, draws)[0, column, 0] for block in blocks)
    drawn = {name: {key: factor.T for key, factor in factors.items()} for name, factors in drawn.items()}
    expected = [by_hand(components, inputs, drawn, draw, variant) for draw in range(draws)]
    assert balance == pytest.approx(np.array(expected))


@pytest.mark.parametrize("size", [0.3, 1.0, 2.0])
def test_matching_of_use_and_yield_stays_near_an_hourly_recomputation(size):
    hours = np.arange(8_760)
    sun = np.maximum(0.0, np.sin((hours % 24 - 6) / 12 * np.pi)) * (1.0 - 0.6 * np.cos(hours / 8_760 * 2 * np.pi))
    load = 1.0 + 0.4 * np.sin((hours % 24 - 13) / 24 * 2 * np.pi)
    use, pv = load / load.sum() * 100_000, size * sun / sun.sum() * 90_000
    daylight = use[sun > 0].sum()
    exponent = response.matching_exponent(daylight, pv.sum(), np.minimum(use, pv).sum())
    assert response.matched(daylight, pv.sum(), exponent) == pytest.approx(np.minimum(use, pv).sum())
    for use_factor, pv_factor in [(0.8, 1.2), (1.25, 0.75), (1.2, 1.2), (0.9, 1.0)]:
        hourly = np.minimum(use * use_factor, pv * pv_factor).sum()
        assert response.matched(use_factor * daylight, pv_factor * pv.sum(), exponent) == pytest.approx(hourly, rel=0.07)


def test_matched_yield_is_never_above_use_or_yield_and_nothing_without_either():
    use, pv = np.array([0.0, 50.0, 50.0, 80.0]), np.array([40.0, 0.0, 40.0, 80.0])
    own = response.matched(use, pv, np.array([1.0, 1.0, 60.0, 0.05]))
    assert (own <= np.minimum(use, pv)).all()
    assert own[:2].tolist() == [0.0, 0.0]


@pytest.mark.slow
def test_more_draws_narrow_the_estimate_as_theory_says():
    components = make_components(
        buildings=3, blocks=1, variants=("only",), district_heat_kwh_a=500_000.0, electricity_use_kwh_a=20_000.0, pv_kwh_a=190_000.0
    ).assign(self_consumed_kwh_a=10_000.0)
    spread, chance = {}, {}
    for draws in (100, 1_600):
        found = [
            told(components, make_study(draws, seed), inputs=(make_input(),)).probabilities.loc[("district", "only")] for seed in range(60)
        ]
        chance[draws] = np.mean([row["p_positive"] for row in found])
        spread[draws] = np.std([row["p_positive"] for row in found])
        assert spread[draws] == pytest.approx(np.mean([row["p_error"] for row in found]), rel=0.25)
    assert 0.05 < chance[100] < 0.95
    assert spread[100] / spread[1_600] == pytest.approx(4.0, rel=0.35)


def test_shares_of_variance_of_an_additive_balance_are_the_known_ones():
    """Heat 0.8 × 400 MWh × N(1, 0.1) and electricity 2.5 × 100 MWh × N(1, 0.1): variances as 320² to 250²."""
    components = make_components(buildings=1, blocks=1, variants=("only",), district_heat_kwh_a=400_000.0, space_heat_share=1.0)
    normal = {"distribution": "normal", "standard_deviation": 0.1}
    inputs = (make_input(**normal), make_input(key="y", applies_to=(("electricity_use", 1.0),), **normal))
    shares = told(components, make_study(50_000), inputs=inputs).sensitivity["variance_share"].xs(("district", "only"))
    assert shares["x"] == pytest.approx(320**2 / (320**2 + 250**2), abs=0.02)
    assert shares.sum() == pytest.approx(1.0, abs=0.02)


def test_independent_buildings_average_out_and_shared_inputs_do_not():
    components = make_components(buildings=64, blocks=4, variants=("only",), district_heat_kwh_a=400_000.0)
    width = {}
    for correlation in (0.0, 1.0):
        row = told(components, inputs=(make_input(correlation=correlation),)).bands.loc[("district", "only", "balance_kwh_a")]
        width[correlation] = row["p95"] - row["p05"]
    assert width[1.0] / width[0.0] == pytest.approx(8.0, rel=0.15)


def test_candidates_take_the_variant_chosen_for_each_block():
    components = make_components(buildings=4, blocks=2)
    candidates = pd.DataFrame({"choices": ['{"block/0": "today_pv", "block/1": "today"}']}, index=pd.Index(["b-1"], name="candidate_id"))
    groups = uncertainty.groups_of(components, Groups.chosen(candidates))
    bands = uncertainty.simulate(components, FACTORS, groups, make_study(), inputs=()).bands["central"]
    parts = bands["block/0", "today_pv", "balance_kwh_a"] + bands["block/1", "today", "balance_kwh_a"]
    assert bands["b-1", "chosen", "balance_kwh_a"] == pytest.approx(parts)


def test_a_variant_may_have_factors_of_its_own():
    components = make_components()
    both = pd.concat(
        {"today": FACTORS, "today_pv": FACTORS.assign(delivered=FACTORS["delivered"].where(FACTORS.index != "district_heat", 0.15))}
    )
    both.index.names = ["variant", "carrier"]
    one = told(components, inputs=()).bands["central"]
    two = uncertainty.simulate(components, both, uncertainty.groups_of(components), make_study(), inputs=()).bands["central"]
    heat = 12 * 400_000 + 66_000
    assert two["district", "today", "balance_kwh_a"] == pytest.approx(one["district", "today", "balance_kwh_a"])
    assert two["district", "today_pv", "balance_kwh_a"] == pytest.approx(one["district", "today_pv", "balance_kwh_a"] + (0.8 - 0.15) * heat)


def test_incomplete_tables_are_refused_with_every_problem():
    components = make_components()
    with pytest.raises(LayerError, match="'pv_kwh_a' is missing"):
        told(components.drop(columns="pv_kwh_a"))
    with pytest.raises(LayerError, match="lacks one or has it twice"):
        told(components.iloc[1:])
    with pytest.raises(LayerError, match="missing or infinite"):
        told(components.assign(pv_kwh_a=np.nan))
    with pytest.raises(LayerError, match="carrier 'electricity' is missing"):
        uncertainty.simulate(components, FACTORS.drop(index="electricity"), uncertainty.groups_of(components), make_study())
    groups = uncertainty.groups_of(components).assign(block_id="block/99")
    with pytest.raises(LayerError, match="block/99"):
        uncertainty.simulate(components, FACTORS, groups, make_study())


def test_inputs_of_the_simulation_are_not_changed():
    components = make_components()
    before = components.copy()
    told(components)
    pd.testing.assert_frame_equal(components, before)


@pytest.mark.parametrize("given", uncertainty.uncertain_inputs(), ids=lambda given: given.key)
def test_every_uncertain_input_is_one_in_the_middle_and_never_negative(given):
    scores = np.linspace(-6.0, 6.0, 1_001)
    drawn = given_inputs.factor_at(given, scores)
    assert (drawn > 0).all()
    assert drawn.min() <= 1.0 <= drawn.max()
    assert 0.0 <= given.correlation <= 1.0
    assert given.meaning_en != given.meaning_pl


@pytest.mark.slow
def test_two_thousand_draws_of_three_hundred_buildings_take_less_than_ten_seconds():
    components = make_components(buildings=300, blocks=20, variants=tuple(f"v{number}_pv" for number in range(7)))
    before = time.process_time()
    told(components)
    assert time.process_time() - before < 10.0


def test_blocks_drawn_together_tell_what_each_tells_alone(monkeypatch):
    """How many blocks are held at a time is a matter of memory; credit for exports is no matter of memory, so both are asked."""
    components = make_components(buildings=13, blocks=5, variants=("today", "today_pv"))
    components.loc["way/3", ["storeys_above_ground_source", "construction_period_source"]] = "osm"
    for exported in (2.5, 1.0):
        factors = FACTORS.assign(exported=FACTORS["exported"].where(FACTORS["exported"] == 0, exported))
        told = []
        for at_once in (1, 10**9):
            monkeypatch.setattr("ped_geo.uncertainty.simulation.AT_ONCE", at_once)
            told.append(uncertainty.simulate(components, factors, uncertainty.groups_of(components), make_study(draws=300)))
        for name in ("probabilities", "bands", "sensitivity"):
            pd.testing.assert_frame_equal(getattr(told[0], name), getattr(told[1], name), rtol=1e-9)


def test_equal_columns_are_summed_once_and_come_back_in_their_places():
    values = np.array([[1.0, 0.0, 1.0, 5.0], [2.0, 0.0, 2.0, 7.0], [4.0, 0.0, 4.0, 9.0]])
    columns = response.Columns.of(values)
    assert columns.values.shape == (2, 3)
    first = np.array([0, 2, 3])
    assert columns.summed(None, first)[:, :, 0].tolist() == [[3.0, 0.0, 3.0, 12.0], [4.0, 0.0, 4.0, 9.0]]
    times = np.array([[1.0, 2.0], [1.0, 0.0], [3.0, 1.0]])
    assert columns.summed(times, first)[0, 3].tolist() == [12.0, 10.0]


def test_one_input_alone_moves_a_group_as_it_moves_its_blocks():
    """Groups are summed building by building; the balance of every block, added up, is the other way."""
    inputs = uncertainty.uncertain_inputs()
    components = make_components(buildings=9, blocks=4, variants=("today", "today_pv", "advanced_pv"))
    components.loc["way/3", "refurbishment_state"] = "usual"
    components.loc["way/2", "use"] = "school"
    components.loc[("way/5", "advanced_pv"), "small_need"] = 1.0
    (block,), variants = response.blocks_of(components, inputs, frozenset(["today", "today_pv"]), 0.55, at_once=100)
    drawn = response.draw_factors(block, inputs, 7, 50)
    members = [(np.arange(4), np.full(4, 1)), (np.array([1, 3]), np.array([0, 2]))]
    for exported in (2.5, 0.5):
        weights = weight_table(FACTORS.assign(exported=exported), variants)
        sums = response.Sums(block, members, weights)
        for given in inputs:
            one_by_one = response.balance(block, (given,), {given.key: drawn[given.key]}, weights)
            expected = np.stack([one_by_one[places, kinds].sum(axis=0) for places, kinds in members])
            np.testing.assert_allclose(sums.balances(given, drawn[given.key]) + np.zeros(50), expected + np.zeros(50), rtol=1e-10)


def small_heat(method="iso52016", **overrides):
    """Six like houses, near zero in one variant; inputs are the band of the method alone."""
    study = Study.model_validate(
        {"name": "x", "uncertainty": {"draws": 4_000, "seed": 7}, "demand": {"method": method}, "overrides": overrides}
    )
    components = make_components(buildings=6, blocks=2, variants=("today", "near_zero"), district_heat_kwh_a=40_000.0)
    components["small_need"] = (components.index.get_level_values("variant") == "near_zero").astype(float)
    band = tuple(given for given in uncertainty.uncertain_inputs(study) if given.key == "small_need")
    return uncertainty.simulate(components, FACTORS, uncertainty.groups_of(components), study, inputs=band)


@pytest.mark.parametrize(("method", "low", "middle", "high"), [("iso52016", 0.65, 0.86, 1.05), ("hourly", 0.61, 0.85, 0.98)])
def test_the_band_of_the_method_moves_small_needs_alone_and_as_by_hand(method, low, middle, high):
    """Three quarters of 6 x 40 MWh heat rooms, at a factor of 0.8; quantiles of a triangle are known in closed form."""
    drawn = small_heat(method)
    bands = drawn.bands.xs("balance_kwh_a", level="quantity").loc["district"]
    assert bands.loc["today", "p05"] == pytest.approx(bands.loc["today", "p95"]) == pytest.approx(bands.loc["today", "central"])
    triangle = stats.triang((middle - low) / (high - low), low, high - low)
    rooms, rest = 0.75 * 6 * 40_000 * 0.8, 0.25 * 6 * 40_000 * 0.8 + 6 * 100_000 * 2.5
    for name, level in (("p05", 0.95), ("p50", 0.5), ("p95", 0.05)):
        assert bands.loc["near_zero", name] == pytest.approx(-rooms * triangle.ppf(level) - rest, abs=0.01 * rooms)
    assert bands.loc["near_zero", "central"] == pytest.approx(-rooms - rest)
    shares = drawn.sensitivity["variance_share"].xs("district")
    assert shares["near_zero", "small_need"] == pytest.approx(1.0)
    assert shares["today", "small_need"] == 0.0


def test_without_a_band_of_the_method_nothing_moves():
    drawn = small_heat(**{"demand.small_need_iso52016": 1.0})
    bands = drawn.bands.xs("balance_kwh_a", level="quantity")
    for name in ("p05", "p50", "p95"):
        np.testing.assert_allclose(bands[name], bands["central"], rtol=1e-12)
    assert (drawn.sensitivity["variance_share"] == 0.0).all()
