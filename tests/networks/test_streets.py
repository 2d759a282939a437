"""The graph of trenches, drawn by hand: where houses connect, where it is cut, and what stands in the way."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely

from ped_geo.networks.streets import trench_graph
from ped_geo.streets import build_streets
from ped_geo.study import Study
from tests.hamlet import box, line, make_boundary, make_buildings, make_ways

STREET = {"highway": "residential"}
RAIL = (line((150, 0), (150, 300)), {"railway": "rail"})
RIVER = (line((150, 0), (150, 300)), {"waterway": "river"})


def graph_of(*ways, houses):
    raw = make_ways(*ways)
    buildings = make_buildings(*((shape, {"building": "apartments", "building:levels": "4"}) for shape in houses))
    return trench_graph(build_streets(raw, make_boundary()), raw, buildings, Study(name="x"))


def component_of(graph, node):
    return nx.node_connected_component(graph.as_networkx(graph.lengths), node)


def test_houses_connect_from_the_edge_of_the_footprint_at_a_right_angle():
    graph = graph_of((line((0, 100), (300, 100)), STREET), houses=[box(50, 120, 90, 132), box(200, 70, 240, 80)])
    assert graph.lengths[graph.street_pieces :].tolist() == pytest.approx([20.0, 20.0], abs=0.01)
    assert graph.lengths[: graph.street_pieces].sum() == pytest.approx(300.0, abs=0.02)
    net = graph.as_networkx(graph.lengths)
    assert nx.is_tree(net)
    feet = [graph.points[graph.ends[edge, 0]] for edge in range(graph.street_pieces, len(graph.lines))]
    assert all(shapely.distance(shapely.Point(foot), line((0, 100), (300, 100))) < 0.01 for foot in feet)


def test_way_between_two_houses_is_that_along_the_street():
    graph = graph_of((line((0, 100), (300, 100)), STREET), houses=[box(50, 120, 60, 132), box(200, 110, 210, 120)])
    far = nx.shortest_path_length(graph.as_networkx(graph.lengths), *graph.houses.tolist(), weight="weight")
    feet = graph.points[graph.ends[graph.street_pieces :, 0]]
    assert far == pytest.approx(20 + 10 + abs(feet[0, 0] - feet[1, 0]), abs=0.05)
    assert 140 - 0.1 <= far - 30 <= 160 + 0.1


@pytest.mark.parametrize("barrier", [RAIL, RIVER])
def test_street_over_a_railway_or_river_is_dug_only_on_a_bridge(barrier):
    houses = [box(50, 120, 60, 132), box(250, 120, 260, 132)]
    level = graph_of((line((0, 100), (300, 100)), STREET), barrier, houses=houses)
    assert level is None
    bridge = graph_of((line((0, 100), (300, 100)), STREET | {"bridge": "yes"}), barrier, houses=houses)
    assert set(bridge.houses.tolist()) <= component_of(bridge, bridge.houses[0])
    under = graph_of((line((0, 100), (300, 100)), STREET), (barrier[0], barrier[1] | {"bridge": "yes"}), houses=houses)
    assert set(under.houses.tolist()) <= component_of(under, under.houses[0])


def test_house_behind_a_railway_takes_the_street_on_its_own_side_although_it_is_farther():
    graph = graph_of((line((100, 0), (100, 300)), STREET), (line((290, 0), (290, 300)), STREET), RAIL, houses=[box(155, 120, 165, 132)])
    assert graph.lengths[-1] == pytest.approx(125.0, abs=0.01)


def test_house_walled_in_is_not_connected():
    ring = line((140, 110), (180, 110), (180, 150), (140, 150), (140, 110))
    graph = graph_of((line((0, 50), (300, 50)), STREET), (ring, {"railway": "rail"}), houses=[box(155, 120, 165, 132)])
    assert graph.houses.tolist() == [-1]
    assert len(graph.lines) == graph.street_pieces


def test_motorways_are_not_dug_and_unpaved_ways_are_soft():
    graph = graph_of(
        (line((0, 100), (300, 100)), {"highway": "motorway"}),
        (line((0, 200), (300, 200)), {"highway": "track", "surface": "grass"}),
        houses=[box(155, 120, 165, 132)],
    )
    assert graph.lengths[-1] == pytest.approx(200 - 132, abs=0.01)
    assert graph.soft[: graph.street_pieces].all()
    assert not graph.soft[-1]


def test_ends_of_every_edge_are_those_of_its_line():
    graph = graph_of(
        (line((0, 100), (300, 100)), STREET),
        (line((120, 0), (120, 300)), STREET),
        houses=[box(x, 110, x + 8, 120) for x in (10, 60, 130, 220)],
    )
    for edge, (start, stop) in enumerate(graph.ends):
        corners = shapely.get_coordinates(graph.lines[edge])[[0, -1]]
        assert np.abs(graph.points[[start, stop]] - corners).max() < 0.011
    assert nx.is_connected(graph.as_networkx(graph.lengths))


def test_mapped_heat_pipes_are_known():
    pipe = (line((0, 60), (80, 60)), {"man_made": "pipeline", "substance": "hot_water", "diameter": "150"})
    gas = (line((0, 70), (80, 70)), {"man_made": "pipeline", "substance": "gas"})
    graph = graph_of((line((0, 100), (300, 100)), STREET), pipe, gas, houses=[box(50, 120, 60, 132)])
    lies = graph.lengths * (graph.there == 150.0)
    assert lies.sum() == pytest.approx(80.0, abs=0.01)
    # one end of no length feeds it
    assert ((graph.there > 0.0) & (graph.there != 150.0)).sum() == 1
    assert graph.root == len(graph.points) - 1


def test_without_streets_there_is_no_graph():
    assert graph_of(RAIL, houses=[box(50, 120, 60, 132)]) is None
