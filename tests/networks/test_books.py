"""What joining a network costs and what leaving does: by hand on a drawn street, and in the books of the heat company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo.networks.books import LEAVING, yearly_share
from ped_geo.study import Study
from tests.networks.test_plan import DELIVERED, plan


def supplied(*supplies, **more):
    return plan(heat_supply=list(supplies), **more)


def test_no_pipe_is_laid_where_all_are_on_the_network_today():
    joins = supplied(*["district_heat"] * 8).heat_joins
    assert joins["on_network"].all()
    assert (joins["pipes_today"] == 0.0).all()


def test_every_pipe_is_laid_where_nobody_is_and_each_is_paid_once():
    found = supplied(*["gas"] * 8)
    today = found.heat_joins.xs("existing", level="package")
    assert today["pipes_today"].sum() == pytest.approx(found.heat_network["investment"].sum())
    # a house at the end of the trunk uses more of it than one beside the feed-in
    own = found.heat_network.loc[found.heat_network["kind"] == "connection", "investment"]
    assert (today["pipes_today"] >= own.min()).all()


def test_one_house_more_pays_its_own_connection_and_what_becomes_too_narrow():
    """All but one on the network: what is laid is at least the connection, and at most what would be laid for all."""
    found = supplied(*["district_heat"] * 7, "gas")
    today = found.heat_joins.xs("existing", level="package")
    whole = found.heat_network["investment"].sum()
    connection = found.heat_network.loc[found.heat_network["kind"] == "connection", "investment"].min()
    assert connection <= today["pipes_today"].sum() < whole


def test_retrofit_lets_old_pipes_serve_a_low_temperature():
    """At 30 K of spread instead of 56 the same heat needs wider pipes; three tenths of the heat do not."""
    joins = supplied(*["district_heat"] * 8).heat_joins["pipes_own"].groupby("package").sum()
    assert joins["existing"] > 0.0
    assert joins["near_zero"] == 0.0


def test_without_streets_pipes_follow_the_density_of_the_block():
    found = supplied(*["gas"] * 8, load=15.0)  # too small to be offered a connection to the city's network
    cost = found.heat_density["distribution_cost_per_mwh"].xs(("existing", 1.0), level=("package", "connection_rate"))
    annuity = 0.05 / (1 - 1.05**-40)
    assert (found.heat_joins["pipes_today"] == 0.0).all()
    joins = found.heat_joins.xs("existing", level="package")["pipes_own"]
    assert joins.min() / DELIVERED == pytest.approx(cost.min() / annuity)
    assert joins.max() / DELIVERED == pytest.approx(cost.max() / annuity)


def test_who_stays_pays_the_pipes_of_those_who_left():
    """By hand: the same yearly capital over less heat, a trunk that loses on, pumps in the measure of the heat."""
    found = plan()
    today, pipes = found.heat_levels.loc[("high_temperature", "existing")], found.heat_network
    trunk = pipes.loc[pipes["kind"] == "trunk", "heat_loss_mwh_a"].sum()
    connections = pipes.loc[pipes["kind"] == "connection", "heat_loss_mwh_a"].sum()
    half = found.heat_leaving.loc[("existing", 0.5)]
    share = 0.05 / (1 - 1.05**-40) + 0.015
    yearly = today["investment"] * share + (trunk + connections / 2) * 290 + today["pump_mwh_a"] / 2 * 900
    assert half["distribution_cost_per_mwh"] == pytest.approx(yearly / (4 * DELIVERED))
    assert yearly_share(Study(name="x")) == pytest.approx(share)
    whole = found.heat_leaving.xs("existing", level="package")
    assert whole["rise_per_mwh"].iloc[0] == 0.0
    assert whole["distribution_cost_per_mwh"].iloc[0] == pytest.approx(today["distribution_cost_per_mwh"])
    assert whole["distribution_cost_per_mwh"].is_monotonic_increasing
    assert list(whole.index) == list(LEAVING)


def test_the_tree_is_made_again_from_its_table():
    """Zones from the kept tree and from one that is searched anew are the same."""
    first, second = plan(), plan()
    pd.testing.assert_frame_equal(first.heat_zones, second.heat_zones)
    assert len(first.trench_tree) >= len(first.heat_network)
    assert first.trench_tree["proven"].all()
    assert np.isclose(first.trench_tree["weight_m"].iloc[0], first.heat_network["length_m"].sum())
