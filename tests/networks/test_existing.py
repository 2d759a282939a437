"""Heat pipes that lie already: what a plan lays anew beside them, and what drawings of them get wrong."""

from __future__ import annotations

import pytest

from tests.hamlet import box, line
from tests.networks.test_plan import SLABS, STREETS, plan

PIPE = {"man_made": "pipeline", "substance": "heat"}
MAIN = line((-50, 152), (450, 152))


def network(*lines, dn="400"):
    return tuple((shape, PIPE | ({"diameter": dn} if dn else {})) for shape in lines)


def laid(found):
    pipes = found.heat_network
    return float(pipes.loc[pipes["state"] != "there", "length_m"].sum())


def test_along_a_main_that_is_wide_enough_only_connections_are_laid():
    found = plan(streets=(*STREETS, *network(MAIN)))
    pipes = found.heat_network
    assert set(found.heat_levels["feed_in"]) == {"mapped_pipe"}
    assert set(pipes.loc[pipes["kind"] == "connection", "state"]) == {"new"}
    # eight slabs, four of them with their edge 10 m and four 8 m from the main
    assert laid(found) == pytest.approx(4 * 10 + 4 * 8, abs=0.1)
    assert (pipes.loc[pipes["state"] == "there", "investment"] == 0.0).all()


def test_a_network_that_is_there_saves_its_trenches_but_not_its_upkeep():
    there, none = plan(streets=(*STREETS, *network(MAIN))), plan()
    pair = ("high_temperature", "existing")
    assert there.heat_levels.loc[pair, "investment"] < 0.5 * none.heat_levels.loc[pair, "investment"]
    assert there.heat_levels.loc[pair, "distribution_cost_per_mwh"] < none.heat_levels.loc[pair, "distribution_cost_per_mwh"]
    free = plan(streets=(*STREETS, *network(MAIN)), maintenance=0.0)
    assert there.heat_levels.loc[pair, "distribution_cost_per_mwh"] > free.heat_levels.loc[pair, "distribution_cost_per_mwh"]
    # who stays pays at nobody's leaving what the network costs today
    stays = there.heat_leaving.loc[("existing", 0.0), "distribution_cost_per_mwh"]
    assert stays == pytest.approx(there.heat_levels.loc[pair, "distribution_cost_per_mwh"])


def test_a_narrow_pipe_is_laid_again_and_one_without_diameter_counts_as_wide_enough():
    narrow, untold = plan(streets=(*STREETS, *network(MAIN, dn="25"))), plan(streets=(*STREETS, *network(MAIN, dn="")))
    assert "too_narrow" in set(narrow.heat_network["state"])
    assert set(untold.heat_network["state"]) == {"new", "there"}
    assert narrow.heat_levels["investment"].max() > untold.heat_levels["investment"].max()


def test_dense_blocks_beside_a_main_stay_on_the_network_where_new_trenches_would_not_pay():
    dear = {"price_level": 12 * 0.55}
    assert "heat_network" not in set(plan(**dear).heat_zones["zone"])
    assert "heat_network" in set(plan(streets=(*STREETS, *network(MAIN)), **dear).heat_zones["zone"])


def test_without_streets_pipes_of_the_city_carry_the_plan():
    found = plan(streets=network(MAIN))
    assert found.heat_network["connections"].max() == len(SLABS)
    assert laid(found) == pytest.approx(4 * 10 + 4 * 8, abs=0.1)
    assert set(found.heat_zones["zone"]) != {"not_routed"}


def test_gaps_of_a_drawing_are_closed_and_parts_that_lie_apart_are_fed_apart():
    # the branch begins 40 cm before the main that it leaves
    whole = plan(streets=network(MAIN, line((60, 151.6), (60, 100))))
    apart = plan(houses=[*SLABS, box(40, 20, 80, 32)], streets=network(MAIN, line((20, 10), (120, 10))))
    assert laid(whole) <= 4 * 10 + 4 * 8 + 0.1
    # the slab in the south takes the part beside it, not a trench to the main
    assert laid(apart) == pytest.approx(4 * 10 + 4 * 8 + 10, abs=0.1)
    assert apart.heat_network["connections"].max() == len(SLABS)


def test_a_house_far_from_the_main_digs_its_street_up_to_where_they_cross():
    crossing = line((200, -50), (200, 350))
    found = plan(houses=[box(20, 160, 60, 172)], streets=(STREETS[0], *network(crossing)))
    # 10 m to the street and from there to the crossing at 200
    assert laid(found) == pytest.approx(10 + 140, abs=0.5)


def test_pipes_cross_a_railway_that_new_trenches_cannot():
    rail = (line((180, -50), (180, 350)), {"railway": "rail"})
    east = [box(230, 160, 270, 172)]
    with_main = plan(houses=[*SLABS[:4], *east], streets=(*STREETS, rail, *network(MAIN)))
    without = plan(houses=[*SLABS[:4], *east], streets=(*STREETS, rail))
    assert (with_main.heat_network["kind"] == "connection").sum() == 5
    assert (without.heat_network["kind"] == "connection").sum() < 5


def test_pipes_drawn_on_the_street_itself_and_twice_are_one_network():
    on_street = line((-50, 150), (450, 150))
    found = plan(streets=(*STREETS, *network(on_street, on_street)))
    assert laid(found) == pytest.approx(4 * 8 + 4 * 10, abs=0.1)


def test_a_house_that_a_pipe_reaches_already_is_joined_without_a_trench():
    reached = line((40, 152), (40, 165))
    found = plan(houses=[box(20, 160, 60, 172), box(80, 160, 120, 172)], streets=network(MAIN, reached))
    assert (found.heat_network["kind"] == "connection").sum() == 1
    assert set(found.heat_levels["connections"]) == {2}
    assert laid(found) == pytest.approx(8.0, abs=0.1)


def told(shape, **tags):
    return (shape, PIPE | {"diameter": "400"} | {key.replace("temperature_", "temperature:"): value for key, value in tags.items()})


def test_pipes_that_tell_cooler_water_lose_less_by_the_fall_of_the_means():
    warm, cool = plan(streets=(*STREETS, told(MAIN))), plan(streets=(*STREETS, told(MAIN, temperature_flow="95", temperature_return="55")))
    pair = ("high_temperature", "existing")
    assert cool.heat_levels.loc[pair, ["design_flow_c", "design_return_c"]].tolist() == [95.0, 55.0]
    # soil of 9 °C; means of the year of 121/65 are 85/50, those of 95/55 by proportion
    flow, back = 9 + 86 * 76 / 112, 9 + 46 * 41 / 56
    same = warm.heat_network["dn"].to_numpy() == cool.heat_network["dn"].to_numpy()
    ratio = (cool.heat_network["heat_loss_mwh_a"] / warm.heat_network["heat_loss_mwh_a"])[same]
    assert same.any()
    assert ratio.to_numpy() == pytest.approx((flow + back - 18) / (85 + 50 - 18))
    # a smaller spread needs more water for the same heat
    assert cool.heat_network["flow_kg_s"].max() > warm.heat_network["flow_kg_s"].max()
    others = [pair for pair in warm.heat_levels.index if pair[0] != "high_temperature"]
    assert cool.heat_levels.loc[others].equals(warm.heat_levels.loc[others])


@pytest.mark.parametrize(("flow", "back"), [("55", "95"), ("warm", "cold"), ("95", ""), ("8", "4")])
def test_temperatures_that_cannot_be_a_network_leave_those_of_the_table(flow, back):
    found = plan(streets=(*STREETS, told(MAIN, temperature_flow=flow, temperature_return=back)))
    assert found.heat_levels.loc[("high_temperature", "existing"), "design_flow_c"] == 121.0


def test_year_and_owner_stay_with_the_pipe_and_old_pipes_are_priced_anew_apart():
    west, east = line((-50, 152), (200, 152)), line((200, 152), (450, 152))
    owned = told(west, start_date="1975", operator="MPEC <b>"), told(east, start_date="2015-06")
    pipes = plan(streets=(*STREETS, *owned)).heat_network
    there = pipes[pipes["state"] == "there"]
    assert set(there["laid_year"]) == {1975.0, 2015.0}
    assert set(pipes.loc[pipes["laid_year"] == 1975.0, "owner"]) == {"MPEC <b>"}
    assert set(pipes.loc[pipes["state"] == "new", "owner"]) == {""}
    assert pipes.loc[pipes["state"] == "new", "laid_year"].isna().all()
    old = pipes["laid_year"] == 1975.0
    # 1975 and 40 years are over by 2030, 2015 and 40 years are not
    assert (pipes.loc[old, "renewal"] > 0.0).all()
    assert (pipes.loc[~old, "renewal"] == 0.0).all()
    assert (pipes.loc[old, "investment"] == 0.0).all()
