"""Dwellings and residents against hand calculations and published totals."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.affinity import translate

from ped_geo import assumptions
from ped_geo.buildings import build_buildings
from ped_geo.buildings.people import dwellings_and_residents, homes_at
from ped_geo.demand.need import _electricity_hours
from ped_geo.demand.profiles import load_profiles
from ped_geo.demand.uses import electricity, hot_water
from ped_geo.site import Site
from ped_geo.sources.bdot10k import building_tags
from ped_geo.study import Study
from tests.hamlet import box, make_areas, make_boundary, make_footprints, make_places

WARSAW, KRAKOW, KIELCE = (21.0, 52.18), (19.94, 50.06), (20.63, 50.87)
SITE = Site(52.23, 21.0)
# dated, since the flats of an undated one are expected over its odds
BLOCK = {"building": "apartments", "building:levels": "5", "start_date": "1910"}


def study(country="PL", **overrides):
    return Study.model_validate({"name": "x", "country": country, "assumptions": overrides})


def drawn_at(place, *rows, settings=None):
    """Buildings of shapes in metres around a place in degrees."""
    corner = gpd.GeoSeries.from_xy([place[0]], [place[1]], crs=4326).to_crs(2178).iloc[0]
    own = box(0, 0, 0, 0).bounds

    def there(shape):
        return translate(shape, corner.x - own[0], corner.y - own[1])

    footprints = make_footprints(*[(there(shape), tags) for shape, tags in rows])
    boundary = make_boundary(there(box(-100, -100, 500, 500)))
    return build_buildings(footprints, boundary, make_areas(), make_places(), settings or study())[0]


def flats_of(drawn):
    return drawn["dwellings"].tolist(), drawn["residents"].tolist()


def test_a_block_in_warsaw_has_flats_and_households_of_the_city():
    # 60 m x 10 m x 5 storeys = 3000 m2, of which 72.5 % is within flats of 59.0 m2 with 1.75 residents each (GUS 2022)
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK))
    assert drawn["dwellings"].tolist() == pytest.approx([2175 / 59.0])
    assert drawn["residents"].sum() == pytest.approx(2175 / 59.0 * 1.75, rel=2e-3)


def test_a_block_in_the_centre_of_warsaw_has_the_households_of_its_district():
    # 97,073 residents (GUS 2024) in some 84,000 dwellings, where the city has 1.75 in each
    found = homes_at("flats", 21.01, 52.23, study())
    assert found.persons_per_dwelling == pytest.approx(97_073 / 84_000, rel=0.01)
    assert found.dwelling_size_m2 == homes_at("flats", *WARSAW, study()).dwelling_size_m2
    city = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK))
    # a city's band holds its emptiest quarter
    assert ends(city, "residents")[0] < city["dwellings"].sum() * found.persons_per_dwelling


def test_flats_of_a_panel_block_are_smaller_than_the_citys_mean():
    old, panel, new = (drawn_at(KRAKOW, (box(0, 0, 60, 10), BLOCK | {"start_date": year})) for year in ("1910", "1974", "2015"))
    assert old["dwellings"].sum() == pytest.approx(2175 / 57.8)
    assert panel["dwellings"].sum() == pytest.approx(2175 / 48.0)
    assert new["dwellings"].sum() == pytest.approx(2175 / 52.8)


def test_a_building_whose_age_is_open_has_the_flats_expected_over_its_odds():
    drawn = drawn_at(KRAKOW, (box(0, 0, 60, 10), BLOCK)).iloc[:1]
    odds = pd.DataFrame({"PL.01": [0.5], "PL.03": [0.3]}, index=drawn.index)
    found = dwellings_and_residents(drawn, odds, np.array([np.nan]), study())
    # half a tenement and the open fifth have the city's 57.8 m2, three tenths a panel block's 48 m2
    assert found["dwellings"] == pytest.approx([2175 * (0.7 / 57.8 + 0.3 / 48.0)])


@pytest.mark.parametrize(
    ("place", "persons", "published"),
    [(WARSAW, 1.75, 1_863_000 / 1_050_000), (KRAKOW, 1.76, 806_201 / 458_246), (KIELCE, 2.13, 1000 / 470)],
)
def test_residents_per_dwelling_are_those_of_the_statistics(place, persons, published):
    found = homes_at("flats", *place, study()).persons_per_dwelling
    assert found == pytest.approx(persons, abs=0.005)
    assert found == pytest.approx(published, rel=0.02)


def test_flats_and_houses_of_the_country_have_the_mean_of_its_census():
    # NSP 2011: 56.3 % of dwellings are flats and 42.4 % houses; NSP 2021: 74.2 m2 on the mean
    flats, houses = (homes_at(kind, *KIELCE, study()).dwelling_size_m2 for kind in ("flats", "houses"))
    assert 0.563 * flats + 0.424 * houses == pytest.approx(74.2, rel=2e-3)


def test_a_house_is_one_dwelling_with_a_household_of_its_own_kind():
    # villages, where nearly all dwellings are houses: 15.2 million residents in 5.0 million dwellings
    drawn = drawn_at(KIELCE, (box(0, 0, 10, 10), {"building": "house"}))
    assert drawn["dwellings"].tolist() == [1.0]
    assert drawn["residents"].tolist() == pytest.approx([15.2 / 5.0], rel=0.01)


def ends(drawn, name):
    return drawn[f"{name}_low"].sum(), drawn[f"{name}_high"].sum()


def test_the_band_of_residents_joins_the_ranges_of_flats_households_and_vacancy():
    """By hand: logarithms of the three ranges as sides of a box, the band is its diagonal; storeys and year are told."""
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK))
    row = assumptions.table("dwelling_places").set_index(["place", "homes"]).loc[("Warszawa", "flats")]
    more = [
        row["dwelling_size_m2"] / row["dwelling_size_low"],
        row["household_high"] / row["household_size"],
        (1 - row["vacant_low"]) / (1 - row["vacant_share"]),
    ]
    fewer = [
        row["dwelling_size_m2"] / row["dwelling_size_high"],
        row["household_low"] / row["household_size"],
        (1 - row["vacant_high"]) / (1 - row["vacant_share"]),
    ]
    low, high = (np.exp(sign * np.linalg.norm(np.log(np.array(parts, dtype=float)))) for sign, parts in ((-1, fewer), (1, more)))
    people = drawn["residents"].sum()
    assert ends(drawn, "residents") == pytest.approx((people * low, people * high))
    assert ends(drawn, "dwellings") == pytest.approx((2175 / row["dwelling_size_high"], 2175 / row["dwelling_size_low"]))


def test_what_is_told_leaves_the_band_and_what_is_guessed_widens_it():
    told = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK | {"building:flats": "30"}))
    assert ends(told, "dwellings") == (30.0, 30.0)
    mapped = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK))
    guessed = drawn_at(WARSAW, (box(0, 0, 60, 10), {name: text for name, text in BLOCK.items() if name != "building:levels"}))

    def width(drawn):
        low, high = ends(drawn, "residents")
        return high / low

    assert 1.0 < width(told) < width(mapped) < width(guessed)
    own = study(**{"building.flat_size": 59.0, "demand.persons_per_dwelling": 1.75})
    sure = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK), settings=own)
    assert ends(sure, "residents") == pytest.approx((sure["residents"].sum(),) * 2)


def test_a_total_that_is_known_leaves_no_band_and_blocks_add_up():
    from ped_geo import blocks
    from ped_geo.buildings import scale_to_totals

    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK), (box(100, 0, 160, 10), BLOCK))
    nowhere = drawn.iloc[:0][["geometry"]].assign(residents=pd.Series(dtype="float64"))
    known = Study.model_validate({"name": "x", "country": "PL", "buildings": {"residents": 100}})
    scaled, _ = scale_to_totals(drawn, make_boundary(), nowhere, known)
    assert ends(scaled, "residents") == pytest.approx((100.0, 100.0))
    assert ends(scaled, "dwellings") == ends(drawn, "dwellings")
    lived_in = drawn.assign(block_id="a")
    shape = gpd.GeoDataFrame(geometry=[drawn.union_all().convex_hull], index=pd.Index(["a"], name="block_id"), crs=drawn.crs)
    none = gpd.GeoDataFrame({"tags": []}, geometry=[], crs=drawn.crs)
    streets = gpd.GeoDataFrame({"name": [], "highway": []}, geometry=[], crs=drawn.crs)
    described = blocks.describe_blocks(shape, lived_in, streets, none)
    assert ends(described, "residents") == pytest.approx(ends(drawn, "residents"))


def test_every_range_holds_its_mean():
    table = assumptions.table("dwelling_places")
    for low, mean, high in (
        ("dwelling_size_low", "dwelling_size_m2", "dwelling_size_high"),
        ("household_low", "household_size", "household_high"),
        ("vacant_low", "vacant_share", "vacant_high"),
    ):
        assert ((table[low] < table[mean]) & (table[mean] < table[high])).all(), mean


def test_floor_of_flats_in_a_city_gives_its_usable_floor_per_resident():
    # identity: area per dwelling over persons per dwelling is what statistics call floor per person: 32.8 m2 in Krakow 2023
    drawn = drawn_at(KRAKOW, (box(0, 0, 60, 10), BLOCK), (box(100, 0, 160, 10), BLOCK))
    usable = drawn["gross_floor_area_m2"].sum() * 0.725
    assert usable / drawn["residents"].sum() == pytest.approx(32.8, rel=0.01)


def test_what_a_district_file_assumes_goes_before_the_tables():
    own = study(**{"building.flat_size": 100.0, "demand.persons_per_dwelling": 3.0})
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK | {"start_date": "1974"}), settings=own)
    assert flats_of(drawn) == ([pytest.approx(21.75)], [pytest.approx(65.25)])


def test_places_that_no_table_knows_keep_the_assumptions():
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK), settings=study("FR"))
    assert flats_of(drawn) == ([pytest.approx(2175 / 48)], [pytest.approx(2175 / 48 * 2.0)])


def test_flats_in_germany_are_those_of_the_german_table():
    # 70 m2 a flat, 1.8 residents in those that are lived in, 5 % empty (countries/de/dwelling_places.csv)
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK), settings=study("DE"))
    assert flats_of(drawn) == ([pytest.approx(2175 / 70)], [pytest.approx(2175 / 70 * 0.95 * 1.8)])


def test_mapped_flats_count_before_floor_area_and_get_the_citys_households():
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK | {"building:flats": "30"}))
    assert flats_of(drawn) == ([30.0], [pytest.approx(30 * 1.75, rel=2e-3)])


def test_nobody_lives_where_nothing_is_heated():
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK | {"abandoned": "yes"}), (box(100, 0, 110, 10), {"building": "garage"}))
    assert flats_of(drawn) == ([0.0, 0.0], [0.0, 0.0])


def test_shares_and_sizes_of_the_tables_are_possible():
    places, sizes = assumptions.table("dwelling_places"), assumptions.table("flat_sizes")
    assert places["vacant_share"].between(0.0, 0.5).all()
    assert places["household_size"].between(1.0, 5.0).all()
    assert sizes["dwelling_size_m2"].between(25.0, 120.0).all()
    assert not places.duplicated(["place", "homes", "country"]).any()


HALF = BLOCK | {"building:levels": "2"}


@pytest.mark.parametrize(
    ("tags", "second", "storeys"),
    [
        (BLOCK | {"building:use": "retail"}, "retail", 1.0),
        (BLOCK | {"building:use": "apartments;retail;clinic"}, "health", 1.0),
        (BLOCK | {"building:use": "retail;office"}, "office", 2.0),
        (BLOCK | {"shop": "bakery"}, "retail", 1.0),
        (BLOCK | {"building:use": "apartments"}, "none", 0.0),
        # housing prevails: of two storeys one is left to it
        (HALF | {"building:use": "retail;office"}, "office", 1.0),
        (BLOCK, "none", 0.0),
    ],
)
def test_shops_take_the_ground_floor_and_offices_a_storey_more(tags, second, storeys):
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), tags)).iloc[0]
    assert drawn["second_use"] == second
    assert drawn["second_use_area_m2"] == pytest.approx(600 * storeys * 0.85)
    assert drawn["reference_area_m2"] == pytest.approx(600 * int(tags["building:levels"]) * 0.85)
    homes = (int(tags["building:levels"]) - storeys) * 600 * 0.725
    assert drawn["dwellings"] == pytest.approx(homes / 59.0)


def test_a_shop_that_is_mapped_inside_takes_its_own_floor_and_many_the_ground_floor():
    def with_shops(count):
        corner = box(0, 0, 0, 0).bounds
        shops = make_places(*[(shapely.Point(corner[0] + 5 + number, corner[1] + 5), {"shop": "bakery"}) for number in range(count)])
        footprints = make_footprints((box(0, 0, 60, 10), BLOCK))
        return build_buildings(footprints, make_boundary(), make_areas(), shops, study())[0].iloc[0]

    assert with_shops(0)["second_use"] == "none"
    one, many = with_shops(1), with_shops(40)
    assert (one["second_use"], one["second_use_source"]) == ("retail", "inferred: place inside")
    assert one["second_use_area_m2"] == pytest.approx(100 * 0.85)
    assert many["second_use_area_m2"] == pytest.approx(600 * 0.85)


def test_a_garage_below_flats_is_not_heated():
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK | {"building:use": "garages"})).iloc[0]
    assert (drawn["second_use"], drawn["second_use_area_m2"]) == ("garage", 0.0)
    assert drawn["reference_area_m2"] == pytest.approx(4 * 600 * 0.85)
    assert drawn["dwellings"] == pytest.approx(4 * 600 * 0.725 / 59.0)


@pytest.mark.parametrize("tags", [{"building": "hotel"}, {"building": "yes", "tourism": "hotel"}])
def test_guests_of_a_hotel_are_no_residents(tags):
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), tags | {"building:levels": "5"})).iloc[0]
    assert (drawn["second_use"], drawn["dwellings"], drawn["residents"]) == ("lodging", 0.0, 0.0)
    assert drawn["second_use_area_m2"] == drawn["reference_area_m2"] == pytest.approx(2550)


@pytest.mark.parametrize("kind", ["hotel", "apartment", "guest_house"])
def test_rooms_for_guests_in_a_block_of_flats_take_a_storey_of_it(kind):
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), BLOCK | {"tourism": kind})).iloc[0]
    assert (drawn["second_use"], drawn["second_use_area_m2"]) == ("lodging", pytest.approx(600 * 0.85))
    assert drawn["dwellings"] == pytest.approx(4 * 600 * 0.725 / 59.0)


def test_other_buildings_have_one_use():
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), {"building": "office", "building:use": "retail", "building:levels": "5"})).iloc[0]
    assert (drawn["second_use"], drawn["second_use_area_m2"]) == ("none", 0.0)


def test_functions_of_bdot10k_beside_the_prevailing_one_are_second_uses():
    row = {"funOgolnaBudynku": "1122", "funSzczegolowaBudynku": ["1230.Ph", "1122.Dw", "1220.Sf"], "liczbaKondygnacji": "5"}
    tags = building_tags(row)
    assert tags["building"] == "apartments"
    assert set(tags["building:use"].split(";")) == {"retail", "office"}
    drawn = drawn_at(WARSAW, (box(0, 0, 60, 10), tags)).iloc[0]
    assert drawn["second_use_area_m2"] == pytest.approx(2 * 600 * 0.85)


def test_electricity_and_hot_water_of_a_shop_below_flats_are_those_of_shops():
    # 2040 m2, of which 400 m2 are shops with 100 kWh/m2 (use_intensities) and 0.6 litres of hot water where flats have 1.6
    flats = pd.DataFrame(
        {"use": ["residential_multi"] * 2, "reference_area_m2": 2040.0, "dwellings": 30.0, "residents": 50.0}, index=["all", "shops"]
    )
    mixed = flats.assign(second_use=["none", "retail"], second_use_area_m2=[0.0, 400.0])
    power, water = electricity(mixed, study()), hot_water(mixed, study())
    assert power["electricity_service_kwh_a"].tolist() == [0.0, 40_000.0]
    assert power["electricity_common_kwh_a"].tolist() == [2040 * 4, 1640 * 4]
    assert power["electricity_household_kwh_a"].tolist() == [51_000.0] * 2
    assert water["shops"] / water["all"] == pytest.approx((1640 + 400 * 0.6 * 0.78 / (1.6 * 0.9)) / 2040)
    pd.testing.assert_frame_equal(electricity(flats, study()).loc[["all"]], power.loc[["all"]])


def test_power_of_a_shop_below_flats_follows_the_hours_of_shops():
    hours = pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC")
    shop = pd.DataFrame(
        {"use": ["residential_multi"], "reference_area_m2": 100.0, "dwellings": 0.0, "residents": 0.0, "second_use": "retail",
         "second_use_area_m2": 100.0},
        index=["a"],
    )  # fmt: skip
    used = _electricity_hours(electricity(shop, study()), shop, pd.Series(["k"], index=["a"]), hours, SITE, "PL")
    assert used["k"].to_numpy() == pytest.approx(load_profiles(hours, SITE, "PL")["G4"].to_numpy() * 10_000, rel=1e-5)
