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
