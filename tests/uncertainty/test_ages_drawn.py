"""Odds over construction periods in the need, the draws and the list of field work, against re-runs of the real stages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import retrofit, typology, uncertainty
from ped_geo.buildings.element_works import ELEMENTS, chance_of_works, done_after, element_shares
from ped_geo.buildings.odds import PERIODS
from ped_geo.buildings.types import if_built_in, state_chance, state_today
from ped_geo.errors import LayerError
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


@pytest.fixture(scope="module")
def told_all(dated):
    """The same, and each in its likeliest state, as a register tells it."""
    buildings = dated["buildings"].assign(refurbishment_state_source="register", refurbishment_state_probability=1.0)
    return chain.run({**dated, "buildings": buildings}, STUDY, "envelope", money=True)


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
    # by the season and scaled, instead of hour by hour: homes within a tenth, a hospital with its strong gains within a fifth
    homes = buildings["use"].reindex(told.index).isin(["residential_single", "residential_multi"])
    assert (told / direct)[homes].to_numpy() == pytest.approx(1.0, abs=0.1)
    assert (told / direct).to_numpy() == pytest.approx(1.0, abs=0.2)


def test_the_need_of_a_period_is_the_mean_of_the_needs_after_all_works(dated):
    """Four runs of the real stages, each with so many of windows, walls and roof done in every building, weighed by hand from the table."""
    buildings, expected = dated["buildings"], 0.0
    use, period = (buildings[name].astype("str").to_numpy(dtype=object) for name in ("use", "construction_period"))
    shares = element_shares(period, use, buildings["heritage"].to_numpy())
    falling = np.hstack([np.ones((len(shares), 1)), -np.sort(-shares, axis=1), np.zeros((len(shares), 1))])
    weather = {name: dated[name] for name in ("envelope", "irradiance", "weather", "thermal_state")}
    from ped_geo import plans

    model = plans.heat_need_model(dated["need"], weather["thermal_state"], buildings, weather["envelope"], weather["irradiance"],
                                  weather["weather"], STUDY)  # fmt: skip
    for works in range(4):
        state = retrofit.elements_today(buildings, STUDY, works=works)
        index = pd.MultiIndex.from_product([state.index, ["existing"]], names=["building_id", "package"])
        expected = expected + (falling[:, works] - falling[:, works + 1]) * model(state.set_axis(index))
    found = dated["period_need"]
    now = found[found["chance"] == 1.0]["heat_need_kwh_a"].droplevel("construction_period")
    by_hand = pd.Series(expected, index=buildings.index)[now.index]
    assert now.to_numpy() == pytest.approx(by_hand.to_numpy())
    mean = (found.filter(regex="works_._chance").to_numpy() * found.filter(regex="works_._factor").to_numpy()).sum(axis=1)
    assert mean == pytest.approx(1.0)


def test_the_mean_state_holds_the_shares_of_each_element_by_itself(dated):
    """Of a slab of 1974 nine tenths have new windows and four fifths insulated walls: the mean of the two published values, so weighed."""
    buildings = dated["buildings"]
    slabs = buildings.index[(buildings["use"] == "residential_multi") & (buildings["construction_period"] == "PL.03")]
    today = retrofit.elements_today(buildings, STUDY, dated["period_odds"]).loc[slabs]
    bare, done = (typology.u_values(buildings.loc[slabs, "tabula_code"], state) for state in ("original", "first_etics"))
    for column, share in {"u_window": 0.9, "u_wall": 0.8, "u_roof": 0.75}.items():
        assert today[column].to_numpy() == pytest.approx(
            (0.1 if column == "u_window" else 1.0 - share) * bare[column] + share * done[column]
        )


def test_a_use_or_period_that_the_tables_do_not_know_is_refused_and_gets_no_other_row():
    for use, period in (("castle", "PL.03"), ("school", "XX.09")):
        with pytest.raises(LayerError, match="'element_works' knows no use"):
            element_shares(np.array([period], dtype=object), np.array([use], dtype=object), np.array([False]))


def test_works_are_nested_and_each_element_keeps_its_share():
    shares = np.array([[0.9, 0.5, 0.7], [0.3, 0.3, 0.0], [0.0, 0.0, 0.0]])
    chance = chance_of_works(shares)
    assert chance.sum(axis=1) == pytest.approx(1.0)
    assert chance.min() >= 0.0
    back = sum(chance[:, [works]] * done_after(shares, works) for works in range(4))
    assert back == pytest.approx(shares)


def test_every_use_and_period_has_odds_of_works_and_listed_walls_are_bare():
    from ped_geo import schema

    uses = np.array(schema.columns("buildings")["use"].values, dtype=object)
    for period in PERIODS:
        free, listed = (element_shares(np.full(len(uses), period), uses, np.full(len(uses), told)) for told in (False, True))
        assert ((free >= 0.0) & (free < 1.0)).all(), period
        assert (listed[:, list(ELEMENTS).index("walls")] == 0.0).all()
    # what is built by today's law has seen no works
    assert (free == 0.0).all()


def test_every_undated_heated_building_has_all_periods(undated):
    table = undated["period_need"]
    heated = undated["buildings"].index[undated["buildings"]["heated"]]
    assert sorted(table.index.unique("building_id")) == sorted(heated)
    assert (table.groupby(level=0).size() == len(PERIODS)).all()
    assert table["chance"].groupby(level=0).sum().to_numpy() == pytest.approx(1.0)


def test_where_all_years_and_states_are_given_nothing_is_drawn_and_nothing_is_averaged(told_all):
    assert told_all["period_need"].empty
    buildings = told_all["buildings"]
    today = retrofit.elements_today(buildings, STUDY, told_all["period_odds"])
    plain = typology.u_values(buildings["tabula_code"], buildings["refurbishment_state"].astype("str"), typology=STUDY.demand.typology)
    pd.testing.assert_frame_equal(today[plain.columns], plain, check_exact=True, check_names=False)
    told, _, _ = simulated(told_all)
    without = tuple(given for given in uncertainty.uncertain_inputs() if given.distribution != "odds")
    before, _, _ = simulated(told_all, inputs=without)
    pd.testing.assert_frame_equal(told.bands, before.bands, check_exact=True)
    pd.testing.assert_frame_equal(told.probabilities, before.probabilities, check_exact=True)


@pytest.mark.parametrize(("wide", "narrow"), [("undated", "dated"), ("dated", "told_all")])
def test_where_no_year_or_no_state_is_given_the_bands_are_wider(wide, narrow, request):
    open_, sure = (simulated(request.getfixturevalue(name))[0].bands for name in (wide, narrow))
    for quantity in ("heat_kwh_a", "balance_kwh_a"):
        of = [table.xs(quantity, level="quantity").xs("today", level="variant") for table in (open_, sure)]
        # against what is expected: a year may tell of a worse building than was thought, and all that is a share of its heat grows with it
        width = [(table["p95"] - table["p05"]) / table["central"].abs() for table in of]
        assert (width[0] > width[1]).all(), quantity


def test_the_sensitivity_names_the_period_and_the_works(undated, dated, told_all):
    shares = simulated(undated)[0].sensitivity.xs(("district", "today"), level=("group_id", "variant"))["variance_share"]
    assert shares["period_odds"] > 0.05
    none = simulated(dated)[0].sensitivity.xs(("district", "today"), level=("group_id", "variant"))["variance_share"]
    assert none["period_odds"] < 1e-20
    assert none["works_odds"] > 0.05
    none = simulated(told_all)[0].sensitivity.xs(("district", "today"), level=("group_id", "variant"))["variance_share"]
    assert none["works_odds"] < 1e-20


def test_draws_come_as_often_as_the_odds_say():
    scores = np.random.default_rng(5).standard_normal((20000, 2))
    drawn = place_by_odds(scores, np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]))
    assert [(drawn[:, 0] == place).mean() for place in range(3)] == pytest.approx([0.2, 0.5, 0.3], abs=0.012)
    assert (drawn[:, 1] == 0).all()


def test_works_are_drawn_by_the_odds_of_the_period_that_is_drawn(undated):
    """Counted over many draws: periods as often as their odds say, and in each of them the works as often as theirs."""
    _, components, _ = simulated(undated)
    inputs = uncertainty.uncertain_inputs()
    blocks, _ = response.blocks_of(components, inputs, frozenset({"today"}), 0.56, undated["period_need"])
    block = next(block for block in blocks if (block.ages.chance.max(axis=1) < 1.0).any())
    drawn = {key: factor.T for key, factor in response.draw_factors(block, inputs, 1, 8000).items()}
    ages, row = block.ages, 0
    period = np.abs(np.log(drawn["period_odds"][:, row, None] / ages.factor[row])).argmin(axis=1)
    for place, chance in enumerate(ages.chance[row]):
        if chance < 0.05:
            continue
        here = period == place
        # the place shares a part of its luck, so that counts scatter more than independent ones
        assert here.mean() == pytest.approx(chance, abs=0.03)
        mean = drawn["works_odds"][here, row].mean()
        spread = drawn["works_odds"][here, row].std()
        assert mean == pytest.approx(1.0, abs=4.0 * spread / np.sqrt(here.sum()) + 1e-9)


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


def test_what_a_round_of_visits_takes_is_the_variance_of_the_sum_of_what_is_left(undated):
    """By hand with correlated normal deviations: the variance of the sum before, over that of the sum without the buildings that are dated."""
    _, components, factors = simulated(undated)
    found = uncertainty.field_work(undated["buildings"], components, factors, undated["period_need"], STUDY)
    doubt, correlation = found["doubt_kwh_a"].to_numpy(), 0.5
    assert found["doubt_share"].sum() == pytest.approx(1.0)

    def variance(spread):
        together = np.full((len(spread), len(spread)), correlation) + (1 - correlation) * np.eye(len(spread))
        return spread @ together @ spread

    by_hand = [1 - variance(doubt[place + 1 :]) / variance(doubt) for place in range(len(doubt))]
    assert found["variance_taken_share"].tolist() == pytest.approx(by_hand)
    assert by_hand[-1] == 1.0


def test_the_list_of_field_work_holds_no_more_than_asked_for_and_no_dated_building(undated, dated):
    _, components, factors = simulated(undated)
    few = chain.make_study(assumptions={"uncertainty.field_work_buildings": 3})
    assert len(uncertainty.field_work(undated["buildings"], components, factors, undated["period_need"], few)) == 3
    _, components, factors = simulated(dated)
    assert uncertainty.field_work(dated["buildings"], components, factors, dated["period_need"], STUDY).empty


def test_the_chance_of_a_state_is_that_of_the_walls_of_its_age():
    sure, free = np.eye(7)[[0, 2]], np.zeros(2, dtype=bool)
    use = np.array(["residential_multi"] * 2, dtype=object)
    study = Study(name="x")
    state, _ = state_today(np.array(["PL.01", "PL.03"], dtype=object), use, free, study)
    assert state.tolist() == ["original", "first_etics"]
    # tables/element_works.csv: walls of a fifth of the tenements and of four fifths of the panel blocks
    assert state_chance(sure, state, use, free, study) == pytest.approx([0.8, 0.8])
    even = np.array([[0.5, 0, 0.5, 0, 0, 0, 0]] * 2)
    assert state_chance(even, state, use, free, study) == pytest.approx([0.5, 0.5])


def test_a_state_that_the_study_tells_is_sure_and_not_averaged():
    study = chain.make_study(buildings={"heat_supply": "district_heat", "refurbishment_state": "usual"})
    found = chain.run(chain.raw_layers(), study, money=True)
    assert found["period_need"].empty
    assert (found["buildings"]["refurbishment_state_probability"] == 1.0).all()
