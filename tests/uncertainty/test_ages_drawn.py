"""Odds over construction periods in the need, the draws and the list of field work, against re-runs of the real stages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import retrofit, typology, uncertainty
from ped_geo.buildings.odds import PERIODS
from ped_geo.buildings.types import if_built_in, state_chance, state_today
from ped_geo.study import Study
from ped_geo.uncertainty import response
from ped_geo.uncertainty.inputs import place_by_odds
from tests.uncertainty import chain

STUDY = chain.make_study()
UNDATED = {"start_date=1974": "", "start_date=1955": ""}


@pytest.fixture(scope="module")
def undated():
    return chain.run(chain.raw_layers(UNDATED), STUDY, money=True)


@pytest.fixture(scope="module")
def dated(undated):
    """The same buildings, each with a year in its likeliest period."""
    buildings = undated["buildings"].assign(construction_period_source="osm", construction_period_probability=1.0)
    return chain.run({**undated, "buildings": buildings, "period_odds": certain(buildings)}, STUDY, "envelope", money=True)


def certain(buildings):
    hit = buildings["construction_period"].astype("str").to_numpy()[:, None] == np.array(PERIODS)[None, :]
    return pd.DataFrame(hit.astype(float), index=buildings.index, columns=list(PERIODS))


def needs(layers, package="existing"):
    return layers["need"].xs(package, level="package")["heat_need_kwh_a"]


def simulated(layers, **keywords):
    names = ("buildings", "need", "final_energy", "pv_buildings", "packages_cost", "balance")
    modules = layers["variant_costs"]["pv_investment"].reindex(layers["balance"].index)
    with_modules = {**layers, "balance": layers["balance"].assign(pv_investment=modules)}
    components = uncertainty.components_of(*(with_modules[name] for name in names), STUDY)
    factors = uncertainty.variant_factors(STUDY)
    told = uncertainty.simulate(components, factors, uncertainty.groups_of(components), STUDY, periods=layers["period_need"], **keywords)
    return told, components, factors


def test_the_need_is_the_mean_of_the_needs_of_all_periods(undated):
    """Seven runs of the real stages, each with every building built in one period, weighed by the odds."""
    buildings, odds = undated["buildings"], undated["period_odds"]
    expected, of_period = 0.0, {}
    for period in PERIODS:
        built = if_built_in(buildings, period, STUDY)
        again = chain.run({**undated, "buildings": built, "period_odds": certain(built)}, STUDY, "envelope")
        of_period[period] = needs(again)
        expected = expected + odds[period] * needs(again)
    now = needs(undated)
    houses = (buildings["use"] == "residential_single").reindex(now.index)
    ratio = (now / expected).dropna()
    assert ratio[~houses].to_numpy() == pytest.approx(1.0, abs=0.02)
    # houses that lose more are heated less (TABULA's F_red): the need of the mean house lies above the mean need, and draws tell it
    assert ratio[houses].between(1.0, 1.12).all()
    mean_factor = (undated["period_need"]["chance"] * undated["period_need"]["heat_factor"]).groupby(level=0).sum()
    assert (mean_factor * now.loc[mean_factor.index] / expected.loc[mean_factor.index]).to_numpy() == pytest.approx(1.0, abs=0.08)
    told = undated["period_need"]["heat_need_kwh_a"].unstack()
    direct = pd.DataFrame(of_period).loc[told.index]
    # by the season and scaled, instead of hour by hour: within the reach of the two methods
    assert (told / direct).to_numpy() == pytest.approx(1.0, abs=0.15)


def test_every_undated_heated_building_has_all_periods(undated):
    table = undated["period_need"]
    heated = undated["buildings"].index[undated["buildings"]["heated"]]
    assert sorted(table.index.unique("building_id")) == sorted(heated)
    assert (table.groupby(level=0).size() == len(PERIODS)).all()
    assert table["chance"].groupby(level=0).sum().to_numpy() == pytest.approx(1.0)


def test_where_all_years_are_given_nothing_is_drawn_and_nothing_is_averaged(dated):
    assert dated["period_need"].empty
    buildings = dated["buildings"]
    today = retrofit.elements_today(buildings, STUDY, dated["period_odds"])
    plain = typology.u_values(buildings["tabula_code"], buildings["refurbishment_state"].astype("str"), typology=STUDY.demand.typology)
    pd.testing.assert_frame_equal(today[plain.columns], plain, check_exact=True, check_names=False)
    told, _, _ = simulated(dated)
    without = tuple(given for given in uncertainty.uncertain_inputs() if given.key != "period_odds")
    before, _, _ = simulated(dated, inputs=without)
    pd.testing.assert_frame_equal(told.bands, before.bands, check_exact=True)
    pd.testing.assert_frame_equal(told.probabilities, before.probabilities, check_exact=True)


def test_where_no_year_is_given_the_bands_are_wider(undated, dated):
    open_, sure = simulated(undated)[0].bands, simulated(dated)[0].bands
    for quantity in ("heat_kwh_a", "balance_kwh_a"):
        width = [(table["p95"] - table["p05"]).xs(quantity, level="quantity").xs("today", level="variant") for table in (open_, sure)]
        assert (width[0] > width[1]).all(), quantity


def test_the_sensitivity_names_the_period(undated, dated):
    shares = simulated(undated)[0].sensitivity.xs(("district", "today"), level=("group_id", "variant"))["variance_share"]
    assert shares["period_odds"] > 0.05
    none = simulated(dated)[0].sensitivity.xs(("district", "today"), level=("group_id", "variant"))["variance_share"]
    assert none["period_odds"] < 1e-20


def test_draws_come_as_often_as_the_odds_say():
    scores = np.random.default_rng(5).standard_normal((20000, 2))
    drawn = place_by_odds(scores, np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]))
    assert [(drawn[:, 0] == place).mean() for place in range(3)] == pytest.approx([0.2, 0.5, 0.3], abs=0.012)
    assert (drawn[:, 1] == 0).all()


def test_what_may_be_wrong_of_the_state_goes_with_the_period_that_is_drawn(undated):
    """A slab drawn as of before the war is bare, so works may be missing from the records; as a panel block it may not be insulated yet."""
    _, components, _ = simulated(undated)
    inputs = {given.key: given for given in uncertainty.uncertain_inputs()}
    blocks, _ = response.blocks_of(components, tuple(inputs.values()), frozenset({"today"}), 0.56, undated["period_need"])
    block = next(block for block in blocks if "first_etics" in block.ages.state)
    drawn = {key: factor.T for key, factor in response.draw_factors(block, tuple(inputs.values()), 1, 4000).items()}
    factors = block.ages.factor
    place = np.abs(np.log(drawn["period_odds"][:, :, None] / factors[None])).argmin(axis=2)
    state = block.ages.state[np.arange(len(factors)), place]
    assert {"original", "first_etics"} <= set(np.unique(state))
    assert (drawn["not_refurbished_yet"][state == "original"] == 1.0).all()
    assert (drawn["refurbished_already"][state == "first_etics"] == 1.0).all()
    missed = (drawn["not_refurbished_yet"] > 1.0)[state == "first_etics"].mean()
    assert missed == pytest.approx(inputs["not_refurbished_yet"].probability, abs=0.03)


def test_the_list_of_field_work_is_ordered_by_the_doubt_that_a_year_takes(undated):
    """By hand: standard deviation of the need over the odds times the primary energy of the heat that is bought for rooms."""
    _, components, factors = simulated(undated)
    found = uncertainty.field_work(undated["buildings"], components, factors, undated["period_need"], STUDY)
    first = found.iloc[0]
    rows = undated["period_need"].xs(first.name, level="building_id")
    mean = (rows["chance"] * rows["heat_need_kwh_a"]).sum()
    spread = np.sqrt((rows["chance"] * (rows["heat_need_kwh_a"] - mean) ** 2).sum()) / needs(undated)[first.name]
    final = undated["final_energy"].loc[(first.name, "existing", "today")]
    bought = final["district_heat_kwh_a"] * factors.loc[("today", "district_heat"), "delivered"]
    bought += final["electricity_kwh_a"] * factors.loc[("today", "electricity"), "delivered"]
    share = final["bought_heating_kwh_a"] / (final["bought_heating_kwh_a"] + final["bought_hot_water_kwh_a"])
    assert first["doubt_kwh_a"] == pytest.approx(spread * bought * share, rel=1e-6)
    assert found["doubt_kwh_a"].is_monotonic_decreasing
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found.geometry.within(undated["buildings"].geometry.loc[found.index]).all()


def test_the_list_of_field_work_holds_no_more_than_asked_for_and_no_dated_building(undated, dated):
    _, components, factors = simulated(undated)
    few = chain.make_study(assumptions={"uncertainty.field_work_buildings": 3})
    assert len(uncertainty.field_work(undated["buildings"], components, factors, undated["period_need"], few)) == 3
    _, components, factors = simulated(dated)
    assert uncertainty.field_work(dated["buildings"], components, factors, dated["period_need"], STUDY).empty


def test_the_chance_of_a_state_is_that_of_its_rule_where_the_year_is_told():
    sure = np.eye(7)[[0, 2]]
    use = np.array(["residential_multi"] * 2, dtype=object)
    study = Study(name="x")
    state, _ = state_today(np.array(["PL.01", "PL.03"], dtype=object), use, study)
    assert state.tolist() == ["original", "first_etics"]
    # chances of tables/uncertain_inputs.csv: 40 % of the bare were insulated already, 20 % of the panel blocks were not
    assert state_chance(sure, state, use, study) == pytest.approx([0.6, 0.8])
    even = np.array([[0.5, 0, 0.5, 0, 0, 0, 0]] * 2)
    assert state_chance(even, state, use, study) == pytest.approx([0.5 * 0.6 + 0.5 * 0.2, 0.5 * 0.4 + 0.5 * 0.8])
