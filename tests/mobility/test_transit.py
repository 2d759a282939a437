"""Classes of public transport, the access index, charging and car parks, by hand."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.mobility import charging, transit
from ped_geo.mobility.parking import car_parks
from ped_geo.mobility.plan import MobilityInputs, _Homes, _reach, stop_areas
from ped_geo.study import Study
from tests.hamlet import CRS, box, make_areas, make_places
from tests.test_access import buildings_of, goals_of, streets_of

STUDY = Study(name="x")
EMPTY = gpd.GeoDataFrame({"mode": pd.Series(dtype="str")}, geometry=[], crs=CRS)


def classes(mode, departures, *walks_m):
    category = transit.stop_categories(pd.Series([mode]), transit.headways(np.array([departures]) / 2.0))[0]
    walks = np.full((len(walks_m), 7), np.nan)
    walks[:, category - 1] = walks_m
    return category, "".join(transit.CLASSES[place] for place in transit.transport_classes(walks))


def test_tram_every_seven_and_a_half_minutes():
    """B1: 224 departures of both directions."""
    assert transit.headways(np.array([224.0]) / 2.0).tolist() == [7.5]
    assert classes("tram", 224.0, 250.0, 450.0, 700.0, 900.0) == (2, "abcd")


def test_bus_every_quarter_of_an_hour():
    """B2: 56 departures each way; a limit belongs to the better class."""
    assert classes("bus", 112.0, 300.0, 500.0, 750.0, 1000.0) == (4, "cdef")


def test_bus_every_three_quarters_of_an_hour():
    """B3."""
    assert classes("bus", 2 * 840 / 45, 320.0) == (6, "f")


def test_the_better_of_two_classes_wins():
    """B4: bus of category 4 at 400 m is D, tram of category 2 at 400 m is B."""
    walks = np.full((1, 7), np.nan)
    walks[0, [3, 1]] = 400.0
    assert transit.CLASSES[transit.transport_classes(walks)[0]] == "b"


def test_access_index_by_hand():
    """B5: 30/11 = 2.727, 30/9.5 = 3.158, 30/18.25 = 1.644; the second bus counts half."""
    walks, often = np.array([[320.0, 400.0, 800.0]]), np.array([6.0, 12.0, 4.0])
    found = transit.access_index(walks, often, np.array(["bus", "bus", "rail"], dtype=object), STUDY)
    assert found.tolist() == pytest.approx([3.158 + 0.5 * 2.727 + 1.644], abs=0.001)
    assert transit.access_bands(pd.Series(found)).tolist() == ["ptal_2"]


def test_fifteen_minutes_are_1200_m_and_900_m_for_older_people():
    """B6."""
    assert STUDY.assumed("mobility.reach") == 15 * STUDY.assumed("mobility.walk_speed") == 1200.0
    from ped_geo.assumptions import scalar

    assert scalar("mobility.reach").low == 15 * scalar("mobility.walk_speed").low == 900.0


def test_energy_of_electric_cars_by_hand():
    """B7: 450 cars of 1600 kWh."""
    found = [1000 * 0.45 * share * 1600 / 1000 for share in (0.035, 0.11, 0.8)]
    assert found == pytest.approx([25.2, 79.2, 576.0])
    years = [charging.electric_share(year, STUDY) for year in (2030, 2035)]
    assert years == pytest.approx([0.035, 0.11])


def test_logistic_curve_through_two_years():
    """B8."""
    rate, middle = charging.logistic_through(0.95, (2030.0, 0.035), (2035.0, 0.11))
    assert (rate, middle) == pytest.approx((0.2461, 2043.26), rel=1e-3)
    assert charging.electric_share(2050, STUDY) == pytest.approx(0.798, abs=0.001)
    paths = [charging.electric_share(2040, STUDY, path) for path in ("low", "central", "high")]
    assert paths == sorted(paths)


def test_thirty_cars_at_once():
    """B9."""
    assert charging.charging_peak(np.array([30.0]), 11.0).tolist() == pytest.approx([82.5])


def test_canopies_over_a_car_park():
    """B10: half of 2500 m² with 0.225 kWp each, 100 stalls."""
    blocks = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS, index=pd.Index(["a"], name="block_id"))
    areas = make_areas(
        (box(10, 10, 60, 60), {"amenity": "parking"}), (box(70, 70, 90, 90), {"amenity": "parking", "parking": "underground"})
    )
    study = Study(name="x", assumptions={"pv.module_wp": 450.0, "pv.module_area": 2.0})
    found = car_parks(areas, blocks, study)
    assert found["canopy_kwp"].tolist() == pytest.approx([281.25, 0.0])
    assert found["stalls"].tolist() == [100.0, 16.0]
    assert found["canopy_kwp"].iloc[0] * 880 / 1000 == pytest.approx(247.5)
    assert found["canopy_kwp"].iloc[0] / 100 == pytest.approx(2.81, abs=0.005)


def test_told_stalls_go_before_the_area_and_nonsense_is_not_believed():
    blocks = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS, index=pd.Index(["a"], name="block_id"))
    tags = ({"capacity": "42"}, {"capacity": "many"}, {"capacity": "-3"}, {"capacity": "1e9"})
    areas = make_areas(*((box(0, 20 * n, 50, 20 * n + 10), {"amenity": "parking"} | tag) for n, tag in enumerate(tags)))
    assert car_parks(areas, blocks, STUDY)["stalls"].tolist() == [42.0, 20.0, 20.0, 20.0]


def test_canopies_have_a_price_and_a_payer():
    """Half of 1000 m² carries 112.5 kWp; 5500 zł each."""
    blocks = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS, index=pd.Index(["a"], name="block_id"))
    tags = ({}, {"access": "customers"}, {"access": "private"}, {"operator:type": "public", "access": "customers"})
    areas = make_areas(*((box(0, 25 * n, 50, 25 * n + 20), {"amenity": "parking"} | tag) for n, tag in enumerate(tags)))
    study = Study(name="x", country="PL", assumptions={"pv.module_wp": 450.0, "pv.module_area": 2.0, "districts.carport_price": 5500.0})
    found = car_parks(areas, blocks, study)
    assert found["payer"].tolist() == ["payer_unknown", "payer_business", "payer_residents", "payer_city"]
    assert found["canopy_investment"].tolist() == pytest.approx([112.5 * 5500.0] * 4)


STREET = streets_of([(0, 0), (3000, 0)])


def reach(homes, goals):
    blocks = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=2178, index=pd.Index(["a"], name="block_id"))
    access = pd.DataFrame({"residents_near_stop": [np.nan]}, index=blocks.index)
    given = MobilityInputs(blocks, homes, STREET, None, None, None, None, access, None)
    return _reach(_Homes.of(homes, blocks), goals, given, STUDY).iloc[0]


def test_four_of_five_residents_reach_a_stop():
    """B11: 400 within 500 m, 100 at 600 m, as the layer ``access`` counts them."""
    from ped_geo.access import build_access

    homes = buildings_of((100, 0), (800, 0), residents=[400.0, 100.0])
    blocks = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=2178, index=pd.Index(["a"], name="block_id"))
    access = build_access(blocks, homes, STREET, goals_of(("stop", (200, 0))), STUDY)
    assert access["residents_near_stop"].tolist() == pytest.approx([0.8])


def test_a_kind_that_all_miss_is_named():
    """B12."""
    kinds = ("stop", "food_shop", "school", "kindergarten", "health", "green")
    homes = buildings_of((100, 0), (300, 0))
    whole = reach(homes, goals_of(*((kind, (200, 0)) for kind in kinds)))
    assert (whole["reach_all_share"], whole["missing_kind"]) == (1.0, "reach_none")
    without = reach(homes, goals_of(*((kind, (200, 0)) for kind in kinds if kind != "school")))
    assert (without["reach_all_share"], without["missing_kind"]) == (0.0, "reach_school")
    assert without["school_1500_share"] == 0.0


def test_platform_and_stop_position_of_one_name_are_one_stop():
    """B13."""
    points = make_places(
        (shapely.Point(0, 0), {"public_transport": "platform", "name": "Rynek"}),
        (shapely.Point(10, 0), {"public_transport": "stop_position", "name": "Rynek"}),
        (shapely.Point(10, 0), {"highway": "bus_stop", "name": "Dworzec"}),
        (shapely.Point(600, 0), {"highway": "bus_stop", "name": "Rynek"}),
    )
    given = MobilityInputs(None, None, None, make_areas(), None, points, EMPTY, None, None)
    found = stop_areas(given)
    assert sorted(found["name"]) == ["Dworzec", "Rynek", "Rynek"]
    assert set(found["mode"]) == {"unknown"}


def test_public_power_that_the_european_rule_asks_for():
    """B14."""
    assert charging.public_power(100.0, 50.0, STUDY) == pytest.approx(170.0)


def test_electricity_of_a_bus():
    """B15."""
    assert charging.depot_energy(65_000.0, 1.25) == pytest.approx(81.25)


def test_tags_of_ways_for_cycles():
    from ped_geo.mobility.plan import _for_cycles

    assert _for_cycles(json.loads('{"highway": "residential", "cycleway:right": "lane"}'))
    assert not _for_cycles({"highway": "residential", "cycleway": "no"})
