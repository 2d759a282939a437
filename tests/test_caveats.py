"""What must be known before the numbers, on places of a dozen buildings."""

from __future__ import annotations

import json
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.caveats import place_caveats

ESTATE = "osiedle Dywizjonu 303"


def place(uses, *, street=ESTATE, used=10.0, first=10.0):
    """Buildings of 10 m by 10 m in a row without gaps, with their yearly electricity [kWh/a], the first of which uses another amount."""
    index = pd.Index([f"b{number}" for number in range(len(uses))], name="building_id")
    frame = pd.DataFrame(
        {"in_district": True, "street": street, "housenumber": "5", "use": uses, "name": "", "reference_area_m2": 100.0}, index=index
    )
    frame = gpd.GeoDataFrame(frame, geometry=[shapely.box(10 * number, 0, 10 * number + 10, 10) for number in range(len(uses))])
    rows = pd.MultiIndex.from_product([index, ["existing", "usual"]], names=["building_id", "package"])
    amounts = np.repeat([first, *[used] * (len(uses) - 1)], 2)
    return frame, pd.DataFrame({"electricity_kwh_a": amounts}, index=rows)


def caveats(uses, *, kinds=("residential",), edges=(), name="Bieńczyce, Kraków", origin="data_extent", **more):
    streets = gpd.GeoDataFrame({"highway": list(kinds)}, geometry=[shapely.LineString([(0, 0), (1, 0)])] * len(kinds))
    boundary = gpd.GeoDataFrame({"name": [name], "origin": [origin]}, geometry=[shapely.box(0, 0, 1, 1)])
    sides = [0.0, *edges, 10.0 * len(uses)]
    blocks = gpd.GeoDataFrame(geometry=[shapely.box(west, 0, east, 10) for west, east in pairwise(sides)])
    return {remark.key: dict(remark.values) for remark in place_caveats(*place(uses, **more), streets, blocks, boundary)}


FLATS = ["residential_multi"] * 12


@pytest.mark.parametrize("kinds", [(), ("footway", "service")])
def test_a_place_without_carriageways_says_that_its_blocks_come_from_buildings(kinds):
    assert "caveat_no_streets" in caveats(FLATS, kinds=kinds)
    assert "caveat_no_streets" not in caveats(FLATS, kinds=(*kinds, "tertiary"))


@pytest.mark.parametrize(
    ("edges", "streets", "count"),
    [
        ((20.0, 60.0), False, 0),  # edges between houses
        ((25.0,), False, 1),  # through the middle of the third house
        ((29.7,), False, 0),  # along its wall: a strip of 3 % is no cut
        ((25.0, 65.0), False, 2),
        ((25.0,), True, 1),  # one of twelve is more than one of twenty
    ],
)
def test_buildings_that_edges_of_blocks_cut_are_counted(edges, streets, count):
    told = caveats(FLATS, kinds=("residential",) if streets else (), edges=edges).get("caveat_cut_buildings")
    assert (told or {"count": 0})["count"] == count
    assert told is None or (told["of"], told["share"]) == (12, pytest.approx(100 * count / 12, abs=0.05))


def test_a_few_cut_buildings_are_no_caveat_where_streets_make_the_blocks():
    assert "caveat_cut_buildings" not in caveats(FLATS * 3, edges=(25.0,))
    assert "caveat_cut_buildings" in caveats(FLATS * 3, edges=(25.0,), kinds=())


def test_a_box_named_after_an_estate_that_no_address_names_is_remarked():
    told = caveats(FLATS)["caveat_elsewhere"]
    assert (told["name"], told["count"]) == ("Bieńczyce", 12)
    assert told["named"] == f"{ESTATE} (12)"


@pytest.mark.parametrize(
    "more",
    [
        {"origin": "prg"},  # a register drew the boundary
        {"name": "os. DYWIZJONU 303, Kraków"},  # addresses name it
        {"name": "Hoyerswerda"},  # no part of a town
        {"street": ""},  # no addresses
    ],
)
def test_where_the_boundary_is_drawn_or_the_name_is_known_nothing_is_said(more):
    assert "caveat_elsewhere" not in caveats(FLATS, **more)


def test_a_shop_that_takes_a_tenth_of_the_electricity_is_named_with_its_share():
    """11 flats of 10 kWh and a shop of 110: half."""
    told = caveats(["retail", *FLATS[1:]], first=110.0)["caveat_large_user"]
    assert told["share"] == 50
    assert told["name"] == f"{ESTATE} 5"
    # 12 of 122 is less than a tenth
    assert "caveat_large_user" not in caveats(["retail", *FLATS[1:]], first=12.0)


def test_homes_are_never_named():
    assert "caveat_large_user" not in caveats(["residential_single", *FLATS[1:]], first=1e6)
    assert "caveat_large_user" not in caveats(FLATS, first=1e6)
    assert json.dumps(caveats(FLATS, first=0.0, used=0.0))
