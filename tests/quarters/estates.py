"""Quarters drawn by hand: buildings of one kind on a piece of ground, and what `block_sums` makes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd
import shapely
from shapely import affinity

from ped_geo.quarters import block_sums

CRS = "EPSG:2178"


@dataclass(frozen=True)
class Estate:
    """Equal buildings: footprint [m], storeys, how many, ground [m²], use, period, year, roof and heat [kWh/(m²·a)]."""

    name: str
    width: float
    depth: float
    storeys: float
    count: int
    ground: float
    use: str = "residential_multi"
    period: str = "PL.03"
    year: float = float("nan")
    roof: str = "flat"
    heat: float = 90.0
    party: float = 0.0
    supply: str = "district_heat"


SLABS = Estate("slabs", 60.0, 11.0, 5.0, 10, 36_000.0, year=1965.0)
PANEL = Estate("panel", 40.0, 12.0, 9.0, 10, 30_000.0, year=1978.0)
TENEMENTS = Estate(
    "tenements", 20.0, 15.0, 4.0, 20, 12_000.0, period="PL.01", year=1905.0, roof="gabled", heat=160.0, party=30.0, supply="gas"
)
DETACHED = Estate(
    "detached", 10.0, 11.0, 2.0, 20, 14_000.0, use="residential_single", period="PL.05", roof="gabled", heat=140.0, supply="coal"
)
OFFICES = Estate("offices", 50.0, 20.0, 5.0, 6, 20_000.0, use="office", period="PL.07", heat=60.0)


def buildings_of(estate: Estate, moved=(0.0, 0.0), turned=0.0) -> gpd.GeoDataFrame:
    """Layer ``buildings`` of an estate, as far as features need it."""
    shapes = [shapely.box(0.0, 0.0, estate.width, estate.depth) for _ in range(estate.count)]
    shapes = [affinity.translate(affinity.rotate(shape, turned, origin=(0, 0)), *moved) for shape in shapes]
    area = pd.Series([shape.area for shape in shapes])
    frame = {
        "block_id": estate.name,
        "use": estate.use,
        "use_source": "osm",
        "second_use": None,
        "second_use_area_m2": 0.0,
        "footprint_area_m2": area,
        "perimeter_m": [shape.length for shape in shapes],
        "party_wall_length_m": estate.party,
        "gross_floor_area_m2": area * estate.storeys,
        "reference_area_m2": area * estate.storeys * 0.85,
        "storeys_above_ground_source": "osm",
        "construction_year": estate.year,
        "construction_period": estate.period,
        "construction_period_source": "osm",
        "roof_shape": estate.roof,
        "roof_shape_source": "inferred: use, age and storeys",
        "refurbishment_state": "original",
        "refurbishment_state_source": "inferred: period",
        "heat_supply": estate.supply,
        "heat_supply_source": "osm",
    }
    index = pd.Index([f"{estate.name}/{number}" for number in range(estate.count)], name="building_id")
    return gpd.GeoDataFrame(pd.DataFrame(frame).set_axis(index), geometry=shapes, crs=CRS)


def sums_of(estates: list[Estate], moved=(0.0, 0.0), turned=0.0) -> pd.DataFrame:
    """What `block_sums` makes of estates, a block each."""
    named = [replace(estate, name=f"{place}-{estate.name}") for place, estate in enumerate(estates)]
    inside = pd.concat([buildings_of(estate, moved, turned) for estate in named])
    ground = pd.Series({estate.name: estate.ground for estate in named}, name="area_m2").rename_axis("block_id")
    heat = pd.Series({estate.name: estate.heat for estate in named})
    floor = inside["reference_area_m2"]
    need = pd.DataFrame({"heat_need_kwh_a": floor * inside["block_id"].map(heat), "hot_water_need_kwh_a": floor * 25.0})
    need = pd.concat({"existing": need}, names=["package"]).reorder_levels([1, 0])
    pv = pd.DataFrame({"annual_yield_kwh_a": inside["footprint_area_m2"] * 100.0})
    return block_sums(ground.to_frame(), inside, need, pv)
