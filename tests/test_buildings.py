"""Buildings of the hamlet, worked out on paper: what counts, what is set aside and what hostile tags become."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo import schema
from ped_geo.buildings import build_buildings
from ped_geo.buildings.surroundings import tags_inside
from ped_geo.buildings.tags import Bounds, parse_height, parse_number, parse_year
from ped_geo.errors import LayerError
from ped_geo.study import Study
from tests.hamlet import HAMLET, box, make_areas, make_boundary, make_buildings, make_footprints, make_places

STUDY = Study(name="hamlet")
LEVELS = Bounds(1, 60)
HEIGHTS = Bounds(1.5, 250)
HOSTILE = ["<script>alert(1)</script>", "=CMD()", "../../x", "{0}", "'; DROP TABLE", "nan", "inf", "1e9", "", " ", "9" * 400, "\x00", "²"]


@pytest.fixture(scope="module")
def hamlet():
    return build_buildings(make_footprints(), make_boundary(), make_areas(), make_places(), STUDY)


def one(tags, **settings):
    """The building that a lone 40 m x 15 m footprint with these tags becomes."""
    return make_buildings((box(0, 0, 40, 15), {"building": "yes"} | tags), **settings).iloc[0]


# --- what counts


def test_every_footprint_is_a_building_or_is_set_aside_with_a_reason(hamlet):
    buildings, aside, _ = hamlet
    assert sorted([*buildings.index, *aside["object_id"]]) == sorted(HAMLET)
    assert dict(zip(aside["object_id"], aside["reason"], strict=True)) == {
        "way/5": "too_small",
        "way/11": "roof_only",
        "way/12": "not_standing",
        "way/14": "duplicate",
    }


def test_every_reason_and_category_has_words(hamlet):
    from ped_geo.language import catalogue

    buildings, aside, _ = hamlet
    words = set(catalogue())
    used = set(aside["reason"]) | {
        value for column in schema.columns("buildings").values() if column.dtype == "category" for value in buildings[column.name]
    }
    assert {f"code.{value}" for value in used} <= words


def test_floor_areas_are_footprint_times_storeys(hamlet):
    buildings = hamlet[0]
    assert buildings.loc["way/1", "gross_floor_area_m2"] == pytest.approx(60 * 10 * 5)
    assert buildings.loc["way/1", "reference_area_m2"] == pytest.approx(60 * 10 * 5 * 0.85)
    # one storey and one inside the roof, of which 70 % is heated floor
    assert buildings.loc["way/9", "gross_floor_area_m2"] == pytest.approx(10 * 10 * 1.7)


def test_garages_are_kept_but_not_heated(hamlet):
    garage = hamlet[0].loc["way/10"]
    assert (garage["use"], garage["heated"], garage["reference_area_m2"], garage["heat_supply"]) == ("garage", False, 0.0, "none")


def test_party_walls_of_a_row_are_its_shared_sides(hamlet):
    row = hamlet[0].loc[["way/6", "way/7", "way/8"]]
    assert row["party_wall_length_m"].tolist() == pytest.approx([10.0, 20.0, 10.0], abs=0.7)
    assert (row["party_wall_length_m"] + row["exposed_perimeter_m"]).tolist() == pytest.approx([36.0] * 3)
    assert row["size_class"].tolist() == ["TH"] * 3


def test_free_walls_by_direction_are_the_sides_of_the_rectangle(hamlet):
    slab = hamlet[0].loc["way/1"]
    assert [slab[f"wall_{side}_m"] for side in ("north", "east", "south", "west")] == pytest.approx([60, 10, 60, 10])


def test_a_low_neighbour_shares_only_the_wall_up_to_its_own_height():
    tall = (box(0, 0, 10, 10), {"building": "apartments", "building:levels": "6", "height": "18", "roof:shape": "flat"})
    low = (box(10, 0, 20, 10), {"building": "house", "height": "6", "roof:shape": "flat"})
    pair = make_buildings(tall, low)
    assert pair["party_wall_length_m"].tolist() == pytest.approx([10 * 6 / 18, 10.0], abs=0.4)


def test_the_typology_follows_use_size_age_and_party_walls(hamlet):
    buildings = hamlet[0]
    assert buildings.loc["way/1", "tabula_code"] == "PL.N.MFH.03"
    assert buildings.loc["way/9", "size_class"] == "SFH"
    tower = one({"building": "apartments", "building:levels": "11", "start_date": "1975"})
    assert tower["tabula_code"] == "PL.N.AB.03"
    early = one({"building": "apartments", "building:levels": "11", "start_date": "1955"})
    assert early["tabula_code"] == "PL.N.MFH.02"


def test_mapped_flats_count_before_floor_area(hamlet):
    buildings = hamlet[0]
    assert buildings.loc["way/1", "dwellings"] == 50
    assert buildings.loc["way/2", "dwellings"] == pytest.approx(3000 * 0.725 / 48)
    assert one({"building": "apartments", "building:flats": "9999999"})["dwellings"] < 200


def test_panel_blocks_are_taken_as_insulated_once_unless_the_study_says_otherwise():
    assert one({"building": "apartments", "start_date": "1974"})["refurbishment_state"] == "first_etics"
    assert one({"building": "apartments", "start_date": "1974"}, refurbishment_state="usual")["refurbishment_state"] == "usual"


def test_every_source_column_says_where_a_value_comes_from(hamlet):
    buildings = hamlet[0]
    for name in [column for column in buildings if column.endswith("_source") and column != "construction_year_source"]:
        told = buildings[name].str.match(r"^(osm|inferred: .+)$")
        assert told.all(), name
    assert buildings.loc["way/1", "storeys_above_ground_source"] == "osm"


def test_a_tag_of_another_provider_names_that_provider():
    footprints = make_footprints((box(0, 0, 40, 15), {"building": "yes", "height": "12"}))
    footprints["tag_sources"] = pd.array([json.dumps({"height": "lod2"})], dtype="str")
    drawn, *_ = build_buildings(footprints, make_boundary(box(-50, -50, 100, 100)), make_areas(), make_places(), STUDY)
    assert drawn["height_m_source"].tolist() == ["lod2"]


def test_inputs_are_left_unchanged():
    raw = make_footprints()
    before = raw.copy(deep=True)
    build_buildings(raw, make_boundary(), make_areas(), make_places(), STUDY)
    pd.testing.assert_frame_equal(pd.DataFrame(raw), pd.DataFrame(before))


def test_row_order_changes_nothing(hamlet):
    shuffled = make_footprints().sample(frac=1.0, random_state=2)
    again, *_ = build_buildings(shuffled, make_boundary(), make_areas(), make_places(), STUDY)
    pd.testing.assert_frame_equal(pd.DataFrame(again).loc[hamlet[0].index], pd.DataFrame(hamlet[0]))


# --- neighbours before constants


def test_untagged_storeys_are_the_median_of_similar_neighbours():
    slabs = [(box(0, 30 * number, 60, 30 * number + 10), {"building": "apartments", "building:levels": level})
             for number, level in enumerate(("4", "4", "9"))]  # fmt: skip
    unknown = (box(0, 90, 60, 100), {"building": "apartments"})
    drawn = make_buildings(*slabs, unknown)
    assert drawn["storeys_above_ground"].iloc[-1] == 4
    assert drawn["storeys_above_ground_source"].iloc[-1] == "inferred: neighbours"


def test_neighbours_of_another_size_or_use_say_nothing():
    small = [(box(0, 30 * number, 10, 30 * number + 10), {"building": "apartments", "building:levels": "9"}) for number in range(3)]
    drawn = make_buildings(*small, (box(0, 90, 60, 100), {"building": "apartments"}))
    assert drawn["storeys_above_ground_source"].iloc[-1] == "inferred: use"


# --- parts, overlaps and broken outlines


def test_parts_inform_the_storeys_of_their_outline_but_are_not_counted():
    outline = (box(0, 0, 40, 10), {"building": "apartments"})
    parts = [(box(0, 0, 30, 10), {"building:part": "yes", "building:levels": "4"}),
             (box(30, 0, 40, 10), {"building:part": "yes", "building:levels": "8"})]  # fmt: skip
    drawn = make_buildings(outline, *parts)
    assert len(drawn) == 1
    assert drawn["storeys_above_ground"].tolist() == [5]
    assert drawn["storeys_above_ground_source"].tolist() == ["inferred: building parts"]


def test_parts_without_an_outline_are_buildings():
    drawn = make_buildings(
        (box(0, 0, 30, 10), {"building:part": "yes", "building:levels": "4"}), (box(60, 0, 70, 10), {"building": "house"})
    )
    assert drawn["storeys_above_ground"].iloc[0] == 4
    assert "part_without_outline" in drawn["flags"].iloc[0]


def test_overlapping_ground_is_counted_once():
    drawn = make_buildings((box(0, 0, 40, 10), {"building": "yes"}), (box(30, 0, 60, 10), {"building": "yes"}))
    assert drawn["footprint_area_m2"].sum() == pytest.approx(600.0)
    assert drawn["flags"].tolist() == ["", "overlap_cut"]


def test_a_footprint_used_up_by_its_neighbours_is_set_aside_and_not_kept_empty():
    rows = [(box(0, 0, 40, 10), {"building": "yes"}), (box(40, 0, 80, 10), {"building": "yes"}), (box(30, 0, 50, 10), {"building": "yes"})]
    drawn, aside, _ = build_buildings(make_footprints(*rows), make_boundary(), make_areas(), make_places(), STUDY)
    assert (drawn["footprint_area_m2"] > 0).all()
    assert aside["reason"].tolist() == ["inside_another"]


def test_a_building_in_a_courtyard_is_a_building_of_its_own():
    ring = box(0, 0, 60, 60).difference(box(15, 15, 45, 45))
    drawn = make_buildings((ring, {"building": "apartments"}), (box(25, 25, 35, 35), {"building": "house"}))
    assert len(drawn) == 2


def test_a_self_crossing_outline_is_repaired_and_flagged():
    x, y = np.array(box(0, 0, 1, 1).exterior.coords)[3]
    bow = shapely.Polygon([(x, y), (x + 40, y + 20), (x + 40, y), (x, y + 20)])
    drawn = make_buildings((bow, {"building": "yes"}))
    assert drawn.is_valid.all()
    assert drawn["footprint_area_m2"].tolist() == pytest.approx([400.0])
    assert drawn["flags"].tolist() == ["geometry_repaired"]


def test_lines_points_and_nothing_are_set_aside():
    x, y = np.array(box(0, 0, 1, 1).exterior.coords)[3]
    flat = shapely.Polygon([(x, y), (x + 10, y), (x + 20, y)])
    rows = [(flat, {"building": "yes"}), (shapely.Polygon(), {"building": "yes"}), (box(0, 0, 20, 20), {"building": "yes"})]
    drawn, aside, _ = build_buildings(make_footprints(*rows), make_boundary(), make_areas(), make_places(), STUDY)
    assert (len(drawn), aside["reason"].tolist()) == (1, ["no_area", "no_area"])


@pytest.mark.parametrize("kind", ["construction", "proposed", "ruins", "demolished", "destroyed", "roof", "carport", "canopy"])
def test_what_does_not_stand_or_has_no_walls_is_set_aside(kind):
    rows = [(box(0, 0, 20, 20), {"building": kind}), (box(50, 0, 70, 20), {"building": "yes"})]
    drawn, aside, _ = build_buildings(make_footprints(*rows), make_boundary(), make_areas(), make_places(), STUDY)
    assert (drawn.index.tolist(), aside["object_id"].tolist()) == (["way/2"], ["way/1"])


def test_buildings_of_the_ring_are_kept_apart_from_the_district():
    rows = [
        (box(0, 0, 20, 20), {"building": "yes"}),
        (box(-15, 0, 5, 20), {"building": "yes"}),
        (box(500, 0, 520, 20), {"building": "yes"}),
    ]
    drawn, *_ = build_buildings(make_footprints(rows[0], rows[2]), make_boundary(), make_areas(), make_places(), STUDY)
    assert drawn["in_district"].tolist() == [True, False]


def test_a_district_without_buildings_is_told_in_one_sentence():
    with pytest.raises(LayerError, match="no buildings inside the boundary"):
        build_buildings(make_footprints(), make_boundary(box(5000, 5000, 5100, 5100)), make_areas(), make_places(), STUDY)
    with pytest.raises(LayerError, match="standing building"):
        build_buildings(make_footprints((box(0, 0, 9, 9), {"building": "roof"})), make_boundary(), make_areas(), make_places(), STUDY)


# --- tags


@pytest.mark.parametrize(
    ("text", "value", "flag"),
    [("5", 5, ""), ("2;3", 3, "list"), ("2,5", 2.5, ""), ("3-4", 4, "list"), ("-1", np.nan, "out_of_bounds"), ("999", np.nan, "out_of_bounds"),
     ("five", np.nan, "unreadable"), (" 4 ", 4, "")],
)  # fmt: skip
def test_levels_are_read_or_refused(text, value, flag):
    assert parse_number(text, LEVELS) == (pytest.approx(value, nan_ok=True), flag)


@pytest.mark.parametrize(
    ("text", "metres"),
    [("12", 12), ("12 m", 12), ("12,5", 12.5), ("12.5m", 12.5), ("40 ft", 12.192), ("39'", 11.8872), ("39'6\"", 12.0396), ("-3", np.nan),
     ("9999", np.nan), ("tall", np.nan)],
)  # fmt: skip
def test_heights_are_metres_or_refused(text, metres):
    assert parse_height(text, HEIGHTS)[0] == pytest.approx(metres, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "year"),
    [("1972", 1972), ("1972-05-01", 1972), ("1970s", 1975), ("C19", 1850), ("before 1945", 1944), ("1968..1973", 1970), ("~1970", 1970),
     ("01.06.1975", 1975), ("1.6.1975", 1975), ("1975/06/01", 1975), ("1975/06/01 00:00:00+01", 1975), ("1975-06-01T00:00:00", 1975),
     ("ok. 1975", 1975), ("około 1975", 1975), ("ca. 1975", 1975), ("31/12/1974 23:00", 1974),
     ("early 1970s", np.nan), ("3000", np.nan), ("01.06.75", np.nan), ("19750601", np.nan)],
)  # fmt: skip
def test_years_are_read_or_refused(text, year):
    assert parse_year(text, Bounds(1000, 2030))[0] == pytest.approx(year, nan_ok=True)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("parse", [parse_number, parse_height, parse_year])
def test_hostile_text_is_never_a_value(parse, text):
    value, flag = parse(text, Bounds(0, 1e6))
    assert np.isnan(value)
    assert flag in {"", "unreadable", "out_of_bounds"}


KEYS = [
    "building:levels",
    "height",
    "start_date",
    "roof:shape",
    "roof:levels",
    "roof:height",
    "building:flats",
    "heating",
    "name",
    "addr:street",
    "building",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_building_with_a_hostile_tag_is_inferred_like_an_untagged_one(key):
    # far apart, so that none informs another
    tags = [{"building": "yes"}] + [{"building": "yes"} | {key: text} for text in HOSTILE if text or key != "building"]
    drawn = make_buildings(*((box(0, 2000 * row, 40, 2000 * row + 15), tag) for row, tag in enumerate(tags)))
    numbers = ["storeys_above_ground", "height_m", "gross_floor_area_m2", "dwellings", "roof_shape", "heat_supply", "construction_period"]
    assert len(drawn) == len(tags)
    assert len(drawn[numbers].drop_duplicates()) == 1
    assert not drawn["flags"].str.contains("<").any()


def test_refused_levels_are_flagged_and_inferred():
    told = one({"building:levels": "999"})
    assert told["flags"] == "levels_out_of_bounds"
    assert told["storeys_above_ground_source"].startswith("inferred")


def test_every_flag_has_words():
    from ped_geo.language import catalogue

    words = set(catalogue())
    for key in ("levels", "height", "start_date", "roof_levels", "roof_height", "flats"):
        for flag in ("unreadable", "out_of_bounds"):
            assert f"code.{key}_{flag}" in words
    assert {f"code.{flag}" for flag in ("levels_list", "geometry_repaired", "overlap_cut", "part_without_outline")} <= words


def test_old_roof_keys_are_read_under_their_new_names():
    told = one({"building:roof:shape": "hipped", "building:roof:levels": "1"})
    assert (told["roof_shape"], told["roof_shape_source"], told["roof_levels"]) == ("hipped", "osm", 1.0)
    assert json.loads(told["roof_tags"]) == {"shape": "hipped", "levels": "1"}


def test_a_roof_height_of_a_model_keeps_the_name_of_its_source():
    footprints = make_footprints((box(0, 0, 40, 15), {"building": "yes", "roof:height": "4.2", "roof:angle": "30"}))
    footprints["tag_sources"] = pd.array([json.dumps({"roof:height": "lod2"})], dtype="str")
    drawn, *_ = build_buildings(footprints, make_boundary(box(-50, -50, 100, 100)), make_areas(), make_places(), STUDY)
    told = json.loads(drawn.iloc[0]["roof_tags"])
    assert told == {"angle": "30", "angle:source": "osm", "height": "4.2", "height:source": "lod2"}


def test_storeys_come_from_the_height_where_no_tag_says_them():
    told = one({"building": "apartments", "height": "14", "start_date": "1974", "roof:shape": "flat"})
    assert (told["storeys_above_ground"], told["storeys_above_ground_source"]) == (5, "inferred: height")


@pytest.mark.parametrize(("roof", "storeys", "eaves"), [("2.8", 4, 11.2), ("5.6", 3, 8.4), ("9", 5, None)])
def test_a_tagged_roof_holds_no_storeys_and_no_walls(roof, storeys, eaves):
    told = one({"building": "apartments", "height": "14", "start_date": "1974", "roof:shape": "flat", "roof:height": roof})
    assert told["storeys_above_ground"] == storeys
    # more than the share of the height that a roof can be is a mistake
    assert told["height_m"] - told["roof_height_m"] == pytest.approx(eaves or 14.0)


def test_solar_panels_on_a_roof_are_counted_and_on_the_ground_are_not():
    panel = {"power": "generator", "generator:source": "solar", "location": "roof"}
    areas = make_areas((box(1, 1, 11, 6), panel), (box(20, 1, 30, 6), panel | {"location": "ground"}))
    middle = box(35, 5, 36, 6).centroid
    places = make_places((middle, panel | {"generator:output:electricity": "4.5 kW"}))
    drawn = make_buildings((box(0, 0, 40, 15), {"building": "yes"}), areas=areas, points_of_interest=places)
    assert drawn["pv_existing_kwp"].tolist() == pytest.approx([50 * STUDY.assumed("building.pv_existing_per_m2") + 4.5])


def test_a_place_inside_or_school_grounds_around_tell_an_untagged_use():
    rows = [(box(0, 0, 40, 15), {"building": "yes"}), (box(60, 0, 100, 15), {"building": "yes"})]
    places = make_places((box(10, 5, 12, 7).centroid, {"shop": "supermarket"}))
    areas = make_areas((box(55, -5, 120, 50), {"amenity": "school"}))
    assert make_buildings(*rows, points_of_interest=places, areas=areas)["use"].tolist() == ["supermarket", "school"]


# --- storeys and heights decide what a building is


def lone(width, depth, tags):
    """The building that a lone footprint of width × depth metres with these tags becomes."""
    return make_buildings((box(0, 0, width, depth), tags)).iloc[0]


TALL = [
    ({"building:levels": "8"}, (14, 15)),
    ({"building:levels": "5"}, (14.7, 14.8)),
    ({"building:levels": "4"}, (10, 10)),
    ({"height": "24"}, (14, 15)),
    ({"height": "13.5"}, (14, 15)),
    ({"height": "12", "roof:shape": "flat"}, (14, 15)),
    ({"height": "15.5", "roof:height": "4"}, (14, 15)),
    # more than three storeys are no shed and no hall either
    ({"building:levels": "5"}, (6, 6)),
    ({"building:levels": "8"}, (130, 20)),
    ({"height": "33"}, (130, 20)),
]


@pytest.mark.parametrize(("told", "size"), TALL)
@pytest.mark.parametrize("kind", ["yes", "residential", "igloo"])
def test_what_is_taller_than_a_house_is_a_block_of_flats(kind, told, size):
    drawn = lone(*size, {"building": kind} | told)
    assert (drawn["use"], drawn["size_class"][-2:]) in {("residential_multi", "FH"), ("residential_multi", "AB")}
    assert drawn["size_class"] != "SFH"
    # usable floor area over the mean size of a flat, worked out by hand
    expected = size[0] * size[1] * drawn["storeys_above_ground"] * 0.725 / 48
    assert drawn["dwellings"] == pytest.approx(max(expected, 1.0))


@pytest.mark.parametrize(
    ("told", "size", "use"),
    [
        ({"building:levels": "2"}, (10, 12), "residential_single"),
        ({"building:levels": "3"}, (10, 12), "residential_single"),
        # 9.5 m to the ridge of an unknown roof: two storeys and a gable
        ({"height": "9.5"}, (10, 12), "residential_single"),
        ({}, (10, 12), "residential_single"),
        ({"building:levels": "1"}, (6, 6), "outbuilding"),
        ({"height": "3"}, (6, 6), "outbuilding"),
        ({}, (6, 6), "outbuilding"),
        # a narrow town house on 36 m²
        ({"building:levels": "3"}, (6, 6), "residential_single"),
        ({"building:levels": "1"}, (60, 50), "other"),
        ({"height": "14"}, (60, 50), "other"),
        ({}, (60, 50), "other"),
    ],
)
def test_low_untagged_buildings_go_by_their_footprint(told, size, use):
    assert lone(*size, {"building": "yes"} | told)["use"] == use


def test_neighbours_that_are_houses_do_not_make_a_tower_one():
    houses = [(box(40 * row, 0, 40 * row + 14, 15), {"building": "house"}) for row in range(5)]
    drawn = make_buildings(
        *houses, (box(80, 40, 94, 55), {"building": "yes", "building:levels": "8"}), (box(40, 40, 54, 55), {"building": "yes"})
    )
    assert drawn["use"].tolist() == ["residential_single"] * 5 + ["residential_multi", "residential_single"]


def test_a_shop_on_the_ground_floor_does_not_make_a_tenement_a_shop():
    place = make_places((box(3, 3, 4, 4).centroid, {"amenity": "pharmacy"}))
    tall, low = (
        make_buildings((box(0, 0, 14, 15), {"building": "yes", "building:levels": told}), points_of_interest=place).iloc[0] for told in "51"
    )
    assert (tall["use"], low["use"]) == ("residential_multi", "retail")
    school = make_places((box(3, 3, 4, 4).centroid, {"amenity": "school"}))
    assert (
        make_buildings((box(0, 0, 14, 15), {"building": "yes", "building:levels": "5"}), points_of_interest=school).iloc[0]["use"]
        == "school"
    )


def test_a_building_tagged_as_a_house_that_cannot_be_one_is_flats_and_says_so():
    tall, terraced = (lone(14, 15, {"building": kind, "building:levels": told}) for kind, told in (("house", "8"), ("terrace", "4")))
    assert (tall["use"], tall["use_source"], tall["flags"]) == ("residential_multi", "inferred: storeys", "house_too_tall")
    assert (terraced["use"], terraced["flags"]) == ("residential_single", "")


# --- building parts


def parts_of(tags, *parts):
    """A building of 40 m x 20 m with parts (x from, x to, tags) across its depth."""
    rows = [(box(a, 0, b, 20), {"building:part": "yes"} | part) for a, b, part in parts]
    return make_buildings((box(0, 0, 40, 20), {"building": "yes"} | tags), *rows).iloc[0]


def test_heights_of_parts_are_the_buildings():
    drawn = parts_of({"start_date": "1975"}, (0, 20, {"height": "30"}), (20, 40, {"height": "12"}))
    assert drawn["height_m"] == pytest.approx(21.0)
    assert drawn["storeys_above_ground"] == round(21.0 / 2.8)
    assert drawn["height_m_source"] == drawn["storeys_above_ground_source"] == "inferred: building parts"
    assert drawn["use"] == "residential_multi"


def test_a_part_that_stands_on_another_is_counted_once():
    """12 m on all of it, a lift house up to 15 m on a quarter: (0.75 · 12 + 0.25 · 15) m, and no more."""
    drawn = parts_of({}, (0, 40, {"height": "12"}), (0, 10, {"height": "15", "min_height": "12"}))
    assert drawn["height_m"] == pytest.approx(12.75)


def test_roofs_of_parts_are_the_buildings_where_they_cover_most_of_it():
    gable = {"roof:shape": "Gabled", "roof:height": "4", "height": "12", "roof:orientation": "across"}
    drawn = parts_of({}, (0, 30, gable), (30, 40, {"roof:shape": "flat", "height": "4", "roof:height": "0"}))
    assert (drawn["roof_shape"], drawn["roof_shape_source"]) == ("gabled", "inferred: building parts")
    assert json.loads(drawn["roof_tags"])["orientation"] == "across"
    assert drawn["roof_height_m"] == pytest.approx(3.0)
    assert parts_of({}, (0, 10, gable))["roof_shape_source"].startswith("inferred: use")


def test_a_buildings_own_tags_go_before_those_of_its_parts():
    drawn = parts_of({"height": "9", "roof:shape": "flat"}, (0, 40, {"height": "30", "roof:shape": "gabled", "building:levels": "9"}))
    assert (drawn["height_m"], drawn["roof_shape"], drawn["roof_shape_source"]) == (9.0, "flat", "osm")
    assert (drawn["storeys_above_ground"], drawn["storeys_above_ground_source"]) == (9, "inferred: building parts")


def test_constructions_of_a_register_tell_the_storeys_of_the_outline_they_lie_in():
    """As the Spanish cadastre draws them: by hand 0.75 · 4 + 0.25 · 2 storeys, and no construction is a building of its own."""
    outline = (box(0, 0, 40, 20), {"building": "yes"})
    inside = [(box(0, 0, 30, 20), {"building": "yes", "building:levels": "4"}),
              (box(30, 0, 39.5, 20), {"building": "yes", "building:levels": "2"}),
              (box(39.5, 0, 40, 20), {"building": "yes", "building:levels": "2"})]  # fmt: skip
    drawn = make_buildings(outline, *inside)
    assert drawn["storeys_above_ground"].tolist() == [round(0.75 * 4 + 0.25 * 2)]
    assert drawn["storeys_above_ground_source"].tolist() == ["inferred: building parts"]
    canopy = make_buildings(outline, (box(0, 0, 40, 20), {"building": "roof", "building:levels": "9"}))
    assert canopy["storeys_above_ground_source"].iloc[0] != "inferred: building parts"
    kiosk = make_buildings(outline, (box(0, 0, 10, 20), {"building": "kiosk", "building:levels": "1"}))
    assert kiosk["storeys_above_ground_source"].iloc[0] != "inferred: building parts"


# --- words


@pytest.mark.parametrize(
    ("text", "shape", "flag"),
    [
        ("gable", "gabled", ""),
        ("hip", "hipped", ""),
        ("gabled ", "gabled", ""),
        ("Gabled", "gabled", ""),
        ("half_hipped", "half_hipped", ""),
        ("half-hipped", "half_hipped", ""),
        ("pitched", "gabled", ""),
        ("cone", "pyramidal", ""),
        ("dwuspadowy", "gabled", ""),
        ("Satteldach", "gabled", ""),
        ("hipped;gabled", "hipped", "roof_shape_several"),
        ("igloo;hip", "hipped", "roof_shape_several"),
        ("igloo", "flat", "roof_shape_unknown"),
    ],
)
def test_roof_words_are_understood_or_flagged(text, shape, flag):
    drawn = one({"building": "apartments", "building:levels": "5", "roof:shape": text})
    assert (drawn["roof_shape"], drawn["flags"]) == (shape, flag)
    assert (drawn["roof_shape_source"] == "osm") == (flag != "roof_shape_unknown")


@pytest.mark.parametrize(
    ("tags", "column", "value", "flag"),
    [
        ({"building": "Apartments "}, "use", "residential_multi", ""),
        ({"building": "semi-detached", "building:levels": "2"}, "use", "residential_single", ""),
        ({"building": "igloo"}, "use", "residential_multi", "building_unknown"),
        ({"building": "yes;school"}, "use", "school", "building_several"),
        ({"building": "yes", "amenity": "School"}, "use", "school", ""),
        ({"building": "yes", "amenity": "time_machine"}, "use", "residential_multi", "amenity_unknown"),
        ({"building": "yes", "shop": "no"}, "use", "residential_multi", ""),
        ({"building": "yes", "heating": "Heat pump"}, "heat_supply", "heat_pump_air", ""),
        ({"building": "yes", "heating": "cold fusion"}, "heat_supply", "district_heat", "heating_unknown"),
        ({"building": "yes", "heritage": "no"}, "heritage", False, ""),
    ],
)
def test_every_vocabulary_is_read_the_same_way(tags, column, value, flag):
    drawn = one({"building:levels": "5"} | tags)
    assert (drawn[column], drawn["flags"]) == (value, flag)


@pytest.mark.parametrize("kind", ["Roof", "construction ", "RUINS"])
def test_kinds_that_are_no_buildings_are_known_in_any_spelling(kind):
    _, aside, _ = build_buildings(
        make_footprints((box(0, 0, 40, 15), {"building": kind}), (box(0, 50, 40, 65), {"building": "yes"})),
        make_boundary(),
        make_areas(),
        make_places(),
        STUDY,
    )
    assert aside["object_id"].tolist() == ["way/1"]


def test_every_word_of_the_vocabularies_means_something_of_the_schema():
    from ped_geo import assumptions

    domain = {name: set(column.values) | {""} for name, column in schema.columns("buildings").items()}
    for table, column in (("roof_shape_words", "roof_shape"), ("osm_heating_words", "heat_supply"), ("osm_building_uses", "use")):
        assert set(assumptions.table(table)[column].fillna("")) <= domain[column]


@pytest.mark.parametrize(
    ("function", "tags"),
    [
        ("centrum handlowe", {"building": "mall"}),
        ("centrum handlowe", {"building": "yes", "shop": "mall"}),
        ("dom towarowy", {"building": "yes", "shop": "department_store"}),
        ("hipermarket lub supermarket", {"building": "yes", "shop": "supermarket"}),
        ("koszary", {"building": "barracks"}),
    ],
)
def test_a_building_has_the_same_use_in_the_topographic_database_and_in_openstreetmap(function, tags):
    from ped_geo import assumptions

    functions = assumptions.table("bdot10k_functions").set_index("function")["building"]
    shape = box(0, 0, 60, 40)
    drawn = make_buildings((shape, {"building": functions[function]}), (box(200, 0, 260, 40), tags))
    assert drawn["use"].nunique() == 1


def test_every_flag_of_a_word_has_words():
    from ped_geo import assumptions
    from ped_geo.language import catalogue

    subjects = {"roof_shape", "heating", *assumptions.table("osm_building_uses")["key"]}
    assert {f"code.{subject}_{flag}" for subject in subjects for flag in ("unknown", "several")} | {"code.house_too_tall"} <= set(
        catalogue()
    )


@pytest.mark.parametrize(("value", "seen"), [("hotel", True), ("museum", True), ("artwork", False), ("information", False)])
def test_a_point_of_tourism_says_what_a_building_is_only_where_it_is_a_use(value, seen):
    buildings = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 20, 20)], crs=2178)
    places = gpd.GeoDataFrame({"tags": [json.dumps({"tourism": value})]}, geometry=[shapely.Point(10, 10)], crs=2178)
    assert tags_inside(buildings, places) == [[{"tourism": value}] if seen else []]
