"""Whom the heat network of a city reaches: each rule from both sides of its limit, and small places against plain loops."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from ped_geo import schema
from ped_geo.networks.reach import heat_reach
from ped_geo.study import Study

STUDY = Study(name="x")


def place(rows):
    """Blocks of 2,000 m² side by side, 60 m wide, with one house of 800 m² each; a row says what differs."""
    usual = {"supply": "gas", "density": 2.0, "load": 100.0, "heritage": False, "gap": 10.0, "offered": True, "parking": 0.0}
    told = [usual | row for row in rows]
    names = [f"b{number}" for number in range(len(told))]
    west = np.cumsum([0.0, *(60.0 + row["gap"] for row in told[:-1])])
    blocks = gpd.GeoDataFrame(
        {"area_m2": 2_000.0, "footprint_area_m2": 200.0, "parking_area_m2": [row["parking"] for row in told]},
        geometry=[box(x, 0, x + 60, 33) for x in west],
        index=pd.Index(names, name="block_id"),
        crs="EPSG:2178",
    )
    houses = gpd.GeoDataFrame(
        {
            "block_id": names,
            "heat_supply": [row["supply"] for row in told],
            "heritage": [row["heritage"] for row in told],
            "reference_area_m2": 800.0,
        },
        geometry=[box(x, 10, x + 60, 20) for x in west],
        index=pd.Index([f"h{number}" for number in range(len(told))], name="building_id"),
        crs="EPSG:2178",
    )
    index = pd.MultiIndex.from_product([names, ["existing"], [1.0, 0.7]], names=["block_id", "package", "connection_rate"])
    values = np.repeat([row["density"] for row in told], 2)
    density = pd.DataFrame({"linear_density_routed_mwh_m_a": np.nan, "linear_density_estimated_mwh_m_a": values}, index=index)
    heat = pd.DataFrame({"existing": 80.0}, index=houses.index)
    load = pd.DataFrame({"existing": [row["load"] for row in told]}, index=houses.index)
    return blocks, houses, houses.index[[row["offered"] for row in told]], heat, load, density


def told(*rows, study=STUDY):
    found = heat_reach(*place(rows), study)
    schema.check_layer("heat_reach", found.blocks)
    return found.blocks.xs("existing", level="package"), found.elsewhere["existing"]


NETWORK = {"supply": "district_heat"}


@pytest.mark.parametrize(("density", "answer"), [(1.49, "too_loose"), (1.5, "dense")])
def test_a_block_beside_the_network_is_joined_from_the_stated_density_on(density, answer):
    blocks, elsewhere = told(NETWORK, {"density": density})
    assert blocks["reach"].tolist() == ["connected", answer]
    assert elsewhere.tolist() == ["", "" if answer == "dense" else "heat_pump_ground"]
    assert blocks["network_m2"].tolist() == [800.0, 800.0 if answer == "dense" else 0.0]


@pytest.mark.parametrize(("gap", "answer"), [(99.0, "dense"), (101.0, "no_network")])
def test_a_block_is_joined_within_reach_of_a_connected_house_alone(gap, answer):
    blocks, _ = told({**NETWORK, "gap": gap}, {})
    assert blocks.at["b1", "reach"] == answer
    assert blocks.at["b1", "network_distance_m"] == pytest.approx(gap)


def test_who_is_on_the_network_stays_however_loose_the_block():
    blocks, elsewhere = told({**NETWORK, "density": 0.1, "offered": False})
    assert blocks["reach"].tolist() == ["connected"]
    assert elsewhere.tolist() == [""]


def test_a_house_too_small_for_a_connection_gets_a_heat_pump_in_a_block_that_is_joined():
    blocks, elsewhere = told(NETWORK, {"offered": False})
    assert blocks.at["b1", "reach"] == "dense"
    assert elsewhere["h1"] == "heat_pump_ground"


def test_beyond_the_network_boreholes_come_first_then_outdoor_units_and_protected_houses_keep_what_they_have():
    """1,800 m² of open ground, 40 % of it to be drilled, at 0.14 kW a square metre: 100.8 kW of heat."""
    loose = {"density": 0.1}
    rows = [{**loose, "load": 100.7}, {**loose, "load": 100.9}, {**loose, "load": 100.9, "heritage": True}]
    rows += [{**loose, "load": 60.0, "parking": 900.0}, {**loose, "supply": "heat_pump_air"}, {**loose, "heritage": True, "supply": "none"}]
    blocks, elsewhere = told(NETWORK, *rows)
    assert elsewhere.tolist() == ["", "heat_pump_ground", "heat_pump_air", "gas", "heat_pump_air", "heat_pump_air", "heat_pump_ground"]
    assert blocks[["network_m2", "ground_m2", "air_m2", "own_m2"]].sum(axis=1).tolist() == [800.0] * 7


def test_where_no_network_is_a_new_one_is_laid_by_its_density_alone():
    blocks, elsewhere = told({}, {"density": 1.0})
    assert blocks["reach"].tolist() == ["dense", "too_loose"]
    assert blocks["network_distance_m"].isna().all()
    assert elsewhere.tolist() == ["", "heat_pump_ground"]


def by_loops(rows, reach_m=100.0, least=1.5):
    """Supply of each house, by the rule as page one says it, one house after the other."""
    found = []
    for number, row in enumerate(rows):
        connected = [other for other, one in enumerate(rows) if one["supply"] == "district_heat"]
        far = [max(60.0 * (abs(number - other) - 1) + 10.0 * abs(number - other), 0.0) for other in connected]
        near = not far or min(far) <= reach_m
        if row["supply"] == "district_heat" or (near and row["density"] >= least and row["offered"]):
            found.append("")
        elif row["supply"].startswith("heat_pump"):
            found.append(row["supply"])
        elif row["load"] <= (2_000 - 200 - row["parking"]) * 0.4 * 0.14:
            found.append("heat_pump_ground")
        else:
            found.append(row["supply"] if row["heritage"] else "heat_pump_air")
    return found


@pytest.mark.parametrize("seed", range(40))
def test_places_of_three_to_six_blocks_are_served_as_by_plain_loops(seed):
    rng = np.random.default_rng(seed)
    rows = [
        {
            "supply": str(rng.choice(["district_heat", "gas", "coal", "heat_pump_air"], p=[0.2, 0.4, 0.3, 0.1])),
            "density": float(rng.choice([0.4, 1.4, 1.6, 3.0])),
            "load": float(rng.choice([20.0, 99.0, 140.0])),
            "heritage": bool(rng.random() < 0.2),
            "offered": bool(rng.random() < 0.8),
            "parking": float(rng.choice([0.0, 900.0])),
            "gap": 10.0,
        }
        for _ in range(rng.integers(3, 7))
    ]
    assert told(*rows)[1].tolist() == by_loops(rows)
