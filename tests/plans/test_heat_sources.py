"""Sources of heat for a network: found by their tags, priced by hand, never more than the place can use."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo import plans, schema
from ped_geo.study import Study
from ped_geo.supply._heat_pumps import carnot_cop

CRS = "EPSG:2178"
STUDY = Study(name="x")


def drawn(*objects):
    return gpd.GeoDataFrame({"tags": [json.dumps(tags) for _, tags in objects]}, geometry=[shape for shape, _ in objects], crs=CRS)


def sources(*objects, heat_mwh=1000.0, residents=100.0, study=STUDY):
    ids = pd.Index(["h1"], name="building_id")
    houses = gpd.GeoDataFrame({"heated": [True], "residents": [residents]}, geometry=[shapely.box(0, 0, 100, 100)], crs=CRS, index=ids)
    index = pd.MultiIndex.from_product([ids, ["existing"]], names=["building_id", "package"])
    names = ("heat_need_kwh_a", "hot_water_need_kwh_a", "hot_water_circulation_kwh_a")
    need = pd.DataFrame(dict(zip(names, (heat_mwh * 1000.0, 0.0, 0.0), strict=True)), index=index)
    found = plans.heat_sources(houses, need, (drawn(*objects),), study, package="existing")
    schema.check_layer("heat_sources", found)
    return found.set_index("kind")


def test_what_stands_anywhere_is_always_told_and_the_place_has_sewers():
    found = sources()
    assert set(found.index) == {"air", "solar_store", "biomass", "sewer"}
    assert found.loc[["air", "solar_store", "biomass"], "distance_m"].isna().all()
    # 100 people x 120 l x 365 days x 4 K x 1.163 Wh/(l K), and the electricity that raises it to 65 degrees
    drawn_heat = 100 * 120 / 1000 * 365 * 4 * 1.163 / 1000
    cop = float(carnot_cop(np.array([14.0]), np.array([65.0]), STUDY)[0])
    assert found.at["sewer", "potential_mwh_a"] == pytest.approx(drawn_heat * cop / (cop - 1))


def test_sources_on_the_map_are_told_with_their_distance_nearest_first():
    found = sources(
        (shapely.box(600, 0, 700, 100), {"man_made": "wastewater_plant", "name": "Works"}),
        (shapely.LineString([(-50, -200), (-50, 300)]), {"waterway": "river", "name": "Rawa"}),
        (shapely.box(0, 150, 20, 200), {"shop": "supermarket"}),
        (shapely.box(0, 300, 10, 310), {"telecom": "data_center"}),
        (shapely.box(0, 300, 10, 310), {"shop": "bakery"}),
    )
    assert found.at["waste_water", "distance_m"] == pytest.approx(500.0)
    assert found.at["river", "distance_m"] == pytest.approx(50.0)
    assert np.isnan(found.at["river", "potential_mwh_a"])
    cop = float(carnot_cop(np.array([30.0]), np.array([65.0]), STUDY)[0])
    assert found.at["supermarket_cooling", "potential_mwh_a"] == pytest.approx(1000 * 0.3 * cop / (cop - 1))
    assert found["heat_cost_per_mwh"].is_monotonic_increasing


def test_a_farther_source_costs_more_by_its_pipe_alone():
    near, far = (sources((shapely.box(x, 0, x + 10, 10), {"telecom": "data_center"})).loc["data_centre"] for x in (200, 1200))
    assert far["distance_m"] - near["distance_m"] == pytest.approx(1000.0)
    assert far["pipe"] == pytest.approx(near["pipe"] * 11)
    annuity = 0.05 / (1 - 1.05**-40)
    # with what stations lose, 1%
    used = near["share"] * 1010.0
    assert far["heat_cost_per_mwh"] - near["heat_cost_per_mwh"] == pytest.approx((far["pipe"] - near["pipe"]) * annuity / used)


def test_heat_of_solar_collectors_costs_their_capital_and_that_of_wood_its_fuel_too():
    """430 EUR/kW over 640 h and 650 EUR/kW over 4,500 h with wood at 0.30 PLN/kWh and 95 %."""
    found, annuity = sources(), 0.05 / (1 - 1.05**-25)
    assert found.at["solar_store", "heat_cost_per_mwh"] == pytest.approx(430 * annuity * 4.31 / 640 * 1000)
    assert found.at["biomass", "heat_cost_per_mwh"] == pytest.approx(650 * annuity * 4.31 / 4500 * 1000 + 300 / 0.95)


def test_a_place_without_heat_has_no_source():
    assert len(sources(heat_mwh=0.0)) == 0


def test_a_river_of_known_width_gives_heat_by_its_mean_flow_and_others_are_unknown():
    """72 m: 100 m³/s on average, a tenth of it cooled by 4 K for 4,500 h."""
    line = shapely.LineString([(-50, -200), (-50, 300)])
    river = sources((line, {"waterway": "river", "width": "72"})).loc["river"]
    cop = float(carnot_cop(np.array([9.0]), np.array([65.0]), STUDY)[0])
    cooled = 10.0 * 3600 * 4500 * 1.163 * 4 / 1000
    assert river["potential_mwh_a"] == pytest.approx(cooled * cop / (cop - 1))
    assert river["potential_from"] == "of_width"
    for tags in ({"waterway": "river"}, {"waterway": "canal", "width": "72"}, {"waterway": "river", "width": "wide"}):
        other = sources((line, tags)).loc["river"]
        assert np.isnan(other["potential_mwh_a"])
        assert np.isnan(other["share"])
        assert other["potential_from"] == "unknown"


def test_industry_is_told_by_its_ground_and_works_by_the_people_they_serve():
    found = sources(
        (shapely.box(300, 0, 500, 100), {"landuse": "industrial"}),
        (shapely.box(600, 0, 700, 100), {"man_made": "wastewater_plant", "population_equivalent": "10000"}),
    )
    cop = float(carnot_cop(np.array([30.0]), np.array([65.0]), STUDY)[0])
    assert found.at["industry", "potential_mwh_a"] == pytest.approx(20_000 * 0.01 * cop / (cop - 1))
    # a hundred times as many people as live in the place
    assert found.at["waste_water", "potential_mwh_a"] == pytest.approx(100 * found.at["sewer", "potential_mwh_a"])
    untold = sources((shapely.Point(650, 0), {"man_made": "wastewater_plant"}), (shapely.Point(650, 0), {"landuse": "industrial"}))
    assert untold.loc[["waste_water", "industry"], "potential_from"].tolist() == ["unknown", "unknown"]
    assert untold.loc[["waste_water", "industry"], "potential_mwh_a"].isna().all()
