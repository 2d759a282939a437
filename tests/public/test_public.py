"""Public buildings, their duties, and street lighting, by hand."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from ped_geo.public.duties import YEARS, duties, solar_year
from ped_geo.public.grounds import public_grounds
from ped_geo.public.lighting import _calibrated, lamp_energy, street_lighting
from ped_geo.public.ownership import public_sources
from ped_geo.public.plan import own_use_shares
from ped_geo.site import Site
from ped_geo.study import Study
from tests.hamlet import CRS, box, line, make_areas, make_places, make_ways

STUDY = Study(name="x")
ONE = np.ones(1)


def test_the_contract_of_krakow_by_its_own_numbers():
    """F1: 4 million a year at 0.785 for 19600 luminaires, 30.4 million once."""
    saved = 4.0e6 / 0.785
    assert saved / 1e6 == pytest.approx(5.096, rel=1e-3)
    assert saved / 19_600 == pytest.approx(260.0, rel=1e-3)
    from ped_geo.finance.annuity import simple_payback

    assert float(simple_payback(30.4, 4.0)) == pytest.approx(7.6)
    from ped_geo.assumptions import scalar

    assert scalar("public.led_price", "PL").low == pytest.approx(30.4e6 / 19_600, rel=1e-3)


def test_sodium_to_led_saves_what_warsaw_and_krakow_measured():
    """F2: 56 % and 723.7 kWh per luminaire in Warsaw; LED of the table saves 50 to 65 % against sodium, 65 to 75 % with dimming."""
    # lamps behind a ballast that together take the 49.6 GWh of before, and LED of the 21.8 after, in the hours of the model
    watt = 49.6e9 / 38_414 / 4024.0 / 1.15, 21.8e9 / 38_414 / 4024.0
    before, after = (lamp_energy(38_414 * ONE, one * ONE, STUDY, sodium=old)[0] for one, old in zip(watt, (True, False), strict=True))
    assert (before - after) / before == pytest.approx(0.560, rel=1e-3)
    assert (before - after) / 38_414 == pytest.approx(723.7, rel=1e-3)
    sodium = lamp_energy(ONE, 70.0 * ONE, STUDY, sodium=True)[0]
    led, dimmed = (lamp_energy(ONE, 35.0 * ONE, STUDY, sodium=False, dimmed=own)[0] for own in (False, True))
    assert 0.50 <= 1 - led / sodium <= 0.65
    assert 0.65 <= 1 - dimmed / sodium <= 0.75


def test_one_lamp_in_a_year():
    """F3: 100 W with ballast, 60.5 W of LED, the same dimmed to 0.7."""
    found = [
        float(lamp_energy(ONE, watt * ONE, STUDY, sodium=old, dimmed=low)[0])
        for watt, old, low in ((100.0, True, False), (60.5, False, False), (60.5, False, True))
    ]
    assert found == pytest.approx([462.8, 243.5, 170.4], rel=1e-3)
    assert [1 - one / found[0] for one in found[1:]] == pytest.approx([0.474, 0.632], abs=0.001)


BLOCKS = gpd.GeoDataFrame(
    geometry=[box(0, 0, 1200, 100), box(0, -100, 1200, 0)], crs=CRS, index=pd.Index(["north", "south"], name="block_id")
)


def lit(*ways, lamps=(), **settings):
    study = Study.model_validate({"name": "x", "country": "PL", **settings})
    return street_lighting(BLOCKS, make_ways(*ways, hamlet=False), make_places(*lamps), study)


def test_a_residential_street_of_1200_m():
    """F4: 36 luminaires of sodium; 36·0.07·1.15·4024 is 11.66 MWh."""
    street = (line((0, 50), (1200, 50)), {"highway": "residential"})
    table, classes, _ = lit(street, assumptions={"public.led_share": 0.0})
    assert table.loc["north", ["luminaires", "energy_today_mwh_a"]].tolist() == pytest.approx([36.0, 11.66], rel=1e-3)
    assert classes.at["street_residential", "luminaires"] == pytest.approx(36.0)
    assert table["luminaires"].sum() == pytest.approx(classes["luminaires"].sum())
    # half of the energy is saved, and its price pays for the lamps
    row = table.loc["north"]
    assert row["payback_a"] == pytest.approx(row["led_investment"] / row["led_saving_a"])


def test_dark_streets_and_paths_of_which_nobody_says_that_they_are_lit_have_no_lamps():
    dark = (line((0, 50), (1200, 50)), {"highway": "residential", "lit": "no"})
    path = (line((0, 60), (1200, 60)), {"highway": "footway"})
    assert lit(dark, path)[0]["luminaires"].sum() == 0.0
    assert lit((path[0], {"highway": "footway", "lit": "yes"}))[0]["luminaires"].sum() == pytest.approx(36.0)


def test_mapped_lamps_go_before_the_estimate_where_most_are_mapped():
    street = (line((0, 50), (1200, 50)), {"highway": "residential"})
    lamps = [(box(40 * n, 50, 40 * n + 1, 51).centroid, {"highway": "street_lamp"}) for n in range(30)]
    table, _, points = lit(street, lamps=lamps)
    assert (table.at["north", "luminaires"], table.at["north", "luminaires_source"]) == (pytest.approx(30.0), "osm")
    assert len(points) == 30
    few, _, _ = lit(street, lamps=lamps[:3])
    assert few.at["north", "luminaires_source"].startswith("inferred")


def test_the_sum_over_blocks_is_the_number_of_the_city():
    """F8."""
    random = np.random.default_rng(1)
    estimate = random.uniform(0, 50, (500, 6))
    mapped = random.integers(0, 200, 500).astype(float)
    for believed in (np.zeros(500, bool), mapped > 100):
        assert _calibrated(estimate, mapped, believed, 75_000.0).sum() == pytest.approx(75_000.0, abs=1e-6)
    street = (line((0, 50), (1200, 50)), {"highway": "residential"})
    assert lit(street, sources={"street_lamps": 500})[0]["luminaires"].sum() == pytest.approx(500.0)


def group(*floors):
    return pd.DataFrame(
        {
            "reference_area_m2": floors,
            "heat_final_kwh_a": 100_000.0,
            "electricity_kwh_a": 0.0,
            "solar_duty_year": solar_year(pd.Series(floors)).to_numpy(),
            "pv_kwp": 10.0,
        }
    )


def test_three_percent_a_year_of_a_hundred_thousand():
    """F5: six years from 2025 to 2030; buildings up to 250 m² are free."""
    found = duties(group(60_000.0, 40_000.0, 250.0), STUDY)
    assert found.at[2030, "renovated_m2"] == pytest.approx(18_000.0)


def test_energy_falls_by_parts_of_2021():
    """F6: linear, 17.1 % by 2030 and not 15.9."""
    found = duties(group(1000.0), STUDY)
    assert found.at[2030, "energy_fall_share"] == pytest.approx(0.171)
    assert found.at[2030, "energy_fall_mwh_a"] == pytest.approx(17.1)
    assert list(found.index) == list(YEARS)


def test_a_school_ground_holds_two_public_buildings_and_a_house():
    """F7."""
    shapes = [box(10, 10, 30, 30), box(40, 10, 60, 20), box(70, 70, 80, 80)]
    names = pd.Index(["way/1", "way/2", "way/3"], name="building_id")
    inside = gpd.GeoDataFrame({"use": ["school", "other", "residential_single"], "heated": True}, geometry=shapes, crs=CRS, index=names)
    footprints = gpd.GeoDataFrame({"tags": ["{}", "{}", '{"building": "house"}']}, geometry=shapes, crs=CRS, index=names)
    ground = make_areas((box(0, 0, 100, 100), {"amenity": "school"}))
    assert public_sources(inside, footprints, ground, STUDY).tolist() == ["area", "area", ""]
    private = make_areas((box(0, 0, 100, 100), {"amenity": "school", "operator:type": "private"}))
    # without the ground only the use speaks for the school
    assert public_sources(inside, footprints, private, STUDY).tolist() == ["inferred: use", "", ""]


@pytest.mark.parametrize(
    ("tags", "use", "source"),
    [
        ({"operator:type": "public"}, "office", "tag"),
        ({"amenity": "townhall"}, "office", "tag"),
        ({"name": "Szkoła Podstawowa nr 7"}, "other", "name"),
        ({"operator:type": "private", "name": "Szkoła Podstawowa nr 7"}, "school", ""),
        ({"name": "Szkoła Podstawowa nr 7"}, "school", "name"),
        ({}, "kindergarten", "inferred: use"),
        ({"name": "Biuro"}, "office", ""),
    ],
)
def test_how_it_is_known_that_a_building_is_public(tags, use, source):
    names = pd.Index(["way/1"], name="building_id")
    inside = gpd.GeoDataFrame({"use": [use], "heated": True}, geometry=[box(0, 0, 9, 9)], crs=CRS, index=names)
    text = json.dumps(tags, ensure_ascii=False)
    footprints = gpd.GeoDataFrame({"tags": [text]}, geometry=[box(0, 0, 9, 9)], crs=CRS, index=names)
    assert public_sources(inside, footprints, make_areas(), STUDY).tolist() == [source]


def test_solar_duty_in_2028():
    """F9: 2400 m² since 2027, 800 at the end of 2028, 300 from 2030, 200 never."""
    found = duties(group(2400.0, 800.0, 300.0, 200.0), STUDY)
    assert found.loc[[2026, 2027, 2028, 2029, 2030], "solar_buildings"].tolist() == [0, 1, 2, 2, 3]
    assert found.at[2035, "solar_buildings"] == 3
    assert found.at[2030, "solar_kwp"] == pytest.approx(30.0)


def test_a_school_uses_less_of_its_roof_alone_than_with_the_flats_around():
    """Sun at noon of every day: what is used is the smaller of load and sun in each hour."""
    hours = pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC")
    sun = pd.DataFrame({"a": np.where(hours.hour == 11, 1.0, 0.0)}, index=hours)
    table = pd.DataFrame({"use": ["school"], "block_id": ["a"], "electricity_kwh_a": [10_000.0], "pv_kwh_a": [36_500.0]}, index=["way/1"])
    flats = pd.DataFrame({"a": np.full(8760, 50.0)}, index=hours)
    found = own_use_shares(table, sun, flats, Site(50.06, 20.0, 220.0), Study(name="x", country="PL"))
    # 100 kWh at each noon against 50 of the flats; the school takes a few of them on school days
    assert found["community_use_share"][0] == pytest.approx(0.5)
    assert 0.0 < found["own_use_share"][0] < 0.05


def test_public_grounds_by_kind_with_the_block_that_most_of_each_lies_in():
    """A park over two blocks, a school with a pitch, a private and a closed ground, one beyond the blocks, and one that touches them."""
    blocks = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100)], crs=CRS, index=pd.Index(["1", "2"], name="block_id"))
    areas = make_areas(
        (box(60, 0, 180, 20), {"leisure": "park", "name": "Park & <b>Jordana</b>"}),
        (box(0, 30, 50, 80), {"amenity": "school", "access": "private", "operator:type": "public"}),
        (box(10, 40, 30, 60), {"leisure": "pitch"}),
        (box(120, 30, 140, 50), {"leisure": "pitch", "access": "private"}),
        (box(120, 60, 140, 80), {"amenity": "hospital", "operator:type": "private"}),
        (box(300, 0, 320, 20), {"leisure": "park"}),
        (box(199, 0, 299, 20), {"landuse": "cemetery"}),
        (box(150, 60, 170, 80), {"landuse": "forest"}),
    )
    found = public_grounds(areas, blocks)
    names = areas.index.astype(str).tolist()
    assert found.index.tolist() == sorted(names[:3])
    assert found.loc[names[:3], "block_id"].tolist() == ["2", "1", "1"]
    assert found.loc[names[:3], "kind"].tolist() == ["ground_green", "ground_education", "ground_sport"]
    assert found.loc[names[:3], "area_m2"].tolist() == [2400.0, 2500.0, 400.0]
    assert found.loc[names[:3], "part_of"].tolist() == ["", "", names[1]]
    assert found.loc[names[:3], "ground_source"].tolist() == ["inferred: kind of ground", "tag", "inferred: kind of ground"]
    assert found.at[names[0], "name"] == "Park & <b>Jordana</b>"


def test_the_same_ground_of_two_sources_counts_once():
    blocks = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS, index=pd.Index(["1"], name="block_id"))
    twice = make_areas((box(10, 10, 50, 50), {"leisure": "park"}), (box(10, 10, 50, 50), {"leisure": "park"}))
    assert sorted(public_grounds(twice, blocks)["part_of"] == "") == [False, True]
    assert public_grounds(make_areas(), blocks).empty
