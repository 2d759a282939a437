"""Where a pilot can be repeated: drawn places whose answer is known beforehand."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo import schema
from ped_geo.errors import StudyError
from ped_geo.quarters import block_features, block_types, type_reasons
from ped_geo.quarters.effects import same_variant
from ped_geo.quarters.grown import grown_quarters
from ped_geo.quarters.place import ComparedPlace
from ped_geo.quarters.replication import replicate
from ped_geo.study import Study, Variant
from tests.quarters.estates import CRS, DETACHED, OFFICES, PANEL, SLABS, TENEMENTS, sums_of

STUDY = Study(name="x")


def place(name, estates, share=0.6, closed=(), beside=()):
    """A finished run of drawn estates, where the package saves a share of primary energy."""
    sums = sums_of(estates)
    features = block_features(sums)
    types = block_types(features, STUDY)
    types = types.assign(**{f"reason_{lang}": type_reasons(types, features, lang) for lang in ("pl", "en")})
    index, floor = sums.index, sums["reference_area_m2"]
    squares = [shapely.box(300 * number, 0, 300 * number + 300, 300) for number in range(len(index))]
    blocks = gpd.GeoDataFrame(
        {"label": [str(number + 1) for number in range(len(index))], "residents": floor / 30.0}, geometry=squares, crs=CRS
    )
    effects = pd.DataFrame(
        {
            "heat_today_kwh_a": sums["heat_need_kwh_a"],
            "heat_after_kwh_a": sums["heat_need_kwh_a"] * 0.5,
            "primary_today_kwh_a": floor * 200.0,
            "primary_after_kwh_a": floor * 200.0 * (1.0 - share),
            "balance_kwh_a": floor * -20.0,
            "co2_today_kg_a": floor * 40.0,
            "co2_after_kg_a": floor * 10.0,
            "investment": floor * 300.0,
            "grant": floor * 90.0,
            "saving_a": floor * 12.0,
            "allowed": [number not in closed for number in range(len(index))],
        },
        index=index,
    )
    pairs = pd.DataFrame([(index[a], index[b]) for a, b in beside], columns=["block_a", "block_b"])
    owners = pd.DataFrame({"cooperative": floor, "household": 0.0})
    return ComparedPlace(name, name, blocks.set_index(index), sums, features, types, effects, pairs, owners)


PILOT = place("pilot", [SLABS, replace(SLABS, count=8), replace(SLABS, storeys=4.0), PANEL])
CITY = [SLABS, PANEL, TENEMENTS, TENEMENTS, DETACHED, DETACHED, OFFICES, replace(SLABS, count=9), replace(SLABS, ground=40_000.0)]


def test_like_quarters_stand_first_and_houses_tenements_and_offices_are_none():
    found = replicate(PILOT, list(PILOT.sums.index), [place("city", CITY)], STUDY)
    assert found.blocks["accepted"].to_numpy().nonzero()[0].tolist() == [0, 1, 7, 8]
    assert found.quarters.index.tolist() == [1, 2, 3, 4]
    assert found.quarters["distance"].is_monotonic_increasing
    for lang in ("pl", "en"):
        assert found.quarters[f"differences_{lang}"].str.count(";").max() <= 2
    for name, table in {"replicas": found.quarters, "replica_totals": found.totals, "replica_errors": found.errors}.items():
        schema.check_layer(name, table.drop(columns="geometry", errors="ignore") if name != "replicas" else table)
    schema.check_layer("replica_blocks", found.blocks)
    schema.check_layer("replica_coverage", found.coverage)


def test_a_block_that_allows_no_such_supply_is_like_the_pilot_and_not_taken():
    found = replicate(PILOT, list(PILOT.sums.index), [place("city", CITY, closed=(0,))], STUDY)
    first = found.blocks.iloc[0]
    assert first["alike"]
    assert not first["accepted"]
    assert not found.quarters["blocks"].str.contains("0-slabs").any()


def test_savings_are_the_citys_own_and_copying_is_told_beside():
    """The package saves half in the city and three quarters in the pilot, of 200 kWh/(m²·a) each."""
    pilot = place("pilot", [SLABS, replace(SLABS, count=8), PANEL], share=0.75)
    found = replicate(pilot, list(pilot.sums.index), [place("city", CITY, share=0.5)], STUDY)
    assert found.quarters["primary_saving_kwh_m2a"].to_numpy() == pytest.approx(100.0)
    assert found.quarters["copied_primary_saving_kwh_m2a"].to_numpy() == pytest.approx(150.0)
    assert found.quarters["balance_kwh_m2a"].to_numpy() == pytest.approx(-20.0)
    floor = found.quarters["reference_area_m2"]
    assert found.quarters["investment"].to_numpy() == pytest.approx(floor * 300.0)
    assert found.quarters["co2_saving_t_a"].to_numpy() == pytest.approx(floor * 0.03)
    whole = found.totals.loc[("city", "all")]
    assert whole["reference_area_m2"] == pytest.approx(floor.sum())
    assert whole["primary_saving_mwh_a"] == pytest.approx(floor.sum() * 0.1)


def test_leave_one_out_has_no_error_where_all_blocks_save_the_same_share():
    found = replicate(PILOT, list(PILOT.sums.index), [place("city", CITY)], STUDY)
    assert found.errors["rmse_kwh_m2a"].to_numpy() == pytest.approx(0.0, abs=1e-9)
    assert found.errors["blocks"].tolist() == [8] * 4
    other = place("pilot", [SLABS, replace(SLABS, count=8), replace(SLABS, storeys=4.0), PANEL], share=0.75)
    wrong = replicate(other, list(other.sums.index), [place("city", CITY, share=0.5)], STUDY).errors.loc[("primary", "pilot")]
    # half of the blocks are told 150 instead of 100, the pilot's own rightly
    assert wrong["rmse_kwh_m2a"] == pytest.approx(np.sqrt(50.0**2 / 2))
    assert wrong["bias_kwh_m2a"] == pytest.approx(25.0)


def test_order_of_blocks_and_places_changes_nothing():
    one, other = place("a", CITY), place("b", [DETACHED, SLABS])
    first = replicate(PILOT, list(PILOT.sums.index), [one, other], STUDY)
    second = replicate(PILOT, list(reversed(PILOT.sums.index)), [other, one], STUDY)
    columns = ["place", "blocks", "distance", "primary_saving_kwh_m2a"]
    pd.testing.assert_frame_equal(pd.DataFrame(first.quarters[columns]), pd.DataFrame(second.quarters[columns]))


def test_cities_in_two_zones_of_a_country_lie_where_they_are():
    """Świętochłowice has another zone of PL-2000 than Kraków."""
    near, far = (
        replace(one, blocks=one.blocks.set_geometry(one.blocks.translate(east, 5_550_000.0)).set_crs(zone, allow_override=True))
        for one, zone, east in ((place("near", CITY), 2178, 7_500_000.0), (place("far", CITY), 2177, 6_500_000.0))
    )
    found = replicate(PILOT, list(PILOT.sums.index), [near, far], STUDY)
    degrees = found.blocks.to_crs(4326)
    middle = degrees.geometry.representative_point().x.groupby(degrees.index.get_level_values("place")).mean()
    # 3° lie between the middles of the two zones
    assert middle["near"] - middle["far"] == pytest.approx(3.0, abs=0.05)


def test_the_pilots_own_blocks_are_no_look_alikes():
    found = replicate(PILOT, [str(PILOT.sums.index[0])], [PILOT], STUDY)
    assert PILOT.sums.index[0] not in found.blocks.index.get_level_values("block_id")
    assert len(found.blocks) == 3


def test_coverage_reaches_all_floor():
    found = replicate(PILOT, list(PILOT.sums.index), [place("city", CITY)], STUDY).coverage["floor_share"]
    assert found.is_monotonic_increasing
    assert found.iloc[-1] == pytest.approx(1.0)


def test_a_pilot_without_heat_and_places_without_heat_are_refused():
    with pytest.raises(StudyError, match="none of the pilot's blocks has heated floor"):
        replicate(PILOT, ["elsewhere"], [place("city", CITY)], STUDY)
    empty = place("city", [SLABS])
    empty = replace(empty, features=empty.features.assign(heat_need_kwh_m2a=np.nan))
    with pytest.raises(StudyError, match="no block has heated floor"):
        replicate(PILOT, list(PILOT.sums.index), [empty], STUDY)


def test_neighbours_of_one_type_become_a_quarter_no_larger_than_the_pilot_needs():
    """a-b-c-d in a row, d of another type, e apart: from the likest, b, grows to a and stops at the pilot's 200 m²."""
    keys = pd.MultiIndex.from_tuples([("x", name) for name in "abcde"], names=["place", "block_id"])
    found = pd.DataFrame({"accepted": True, "distance": [0.2, 0.1, 0.3, 0.15, 0.4], "block_type": ["s", "s", "s", "t", "s"]}, index=keys)
    pairs = {"x": pd.DataFrame([("a", "b"), ("b", "c"), ("c", "d"), ("b", "d")], columns=["block_a", "block_b"])}
    floor = pd.Series(100.0, index=keys)
    assert grown_quarters(found, floor, pairs, 200.0).tolist() == [1, 1, 3, 2, 4]
    assert grown_quarters(found, floor, pairs, 1e9).tolist() == [1, 1, 1, 2, 3]
    assert grown_quarters(found.assign(accepted=[False, True, True, True, True]), floor, pairs, 1e9).tolist() == [0, 1, 1, 2, 3]


def test_a_city_that_does_not_compute_the_package_is_refused_by_name():
    asked = Variant(key="other", package="advanced", supply="biomass", pv=True)
    with pytest.raises(StudyError, match="computes no variant with package 'advanced' and supply 'biomass'"):
        same_variant(asked, STUDY)
    first = STUDY.variants[1]
    assert same_variant(first.model_copy(update={"key": "renamed"}), STUDY) == first
