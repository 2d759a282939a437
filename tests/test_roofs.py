"""Roof planes tile the footprint and face where they should; modules are whole and stay on their plane."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.roofs import facade_planes, module_layout, planes_of_surfaces, roof_obstacles, roof_planes
from ped_geo.roofs._kernels import pack_runs
from ped_geo.roofs.layout import _edges, ground_cover_ratio
from ped_geo.roofs.planes import compass_degrees
from ped_geo.roofs.wings import wings
from ped_geo.shading import plane_height
from ped_geo.site import Site
from ped_geo.study import Study

STUDY = Study(name="x")
KRAKOW = Site(50.1, 20.0)
SOUTH = Site(-50.1, 20.0)


def house(shape="flat", outline=None, *, tags=None, use="residential_multi", storeys=5, heritage=False, existing=0.0, name="way/1"):
    outline = shapely.box(0, 0, 60, 12) if outline is None else outline
    return gpd.GeoDataFrame(
        {
            "roof_shape": [shape], "roof_tags": [json.dumps(tags or {})], "height_m": [15.0], "roof_height_m": [0.0 if shape == "flat" else 3.0],
            "use": [use], "storeys_above_ground": [storeys], "heritage": [heritage], "footprint_area_m2": [outline.area],
            "pv_existing_kwp": [existing], "in_district": [True],
        },
        geometry=[outline], crs=2178, index=pd.Index([name], name="building_id"),
    )  # fmt: skip


SHAPES = ["flat", "gabled", "hipped", "half_hipped", "pyramidal", "mansard", "skillion", "other"]
OUTLINES = {
    "slab": shapely.box(0, 0, 60, 12),
    "square": shapely.box(0, 0, 10, 10),
    "ell": shapely.Polygon([(0, 0), (30, 0), (30, 10), (10, 10), (10, 30), (0, 30)]),
    "court": shapely.box(0, 0, 40, 40).difference(shapely.box(12, 12, 28, 28)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outline", OUTLINES)
def test_planes_tile_the_footprint(shape, outline):
    building = house(shape, OUTLINES[outline])
    planes = roof_planes(building)
    assert planes.area.sum() == pytest.approx(building.area.sum(), rel=1e-3)
    assert shapely.union_all(planes.geometry.to_numpy()).area == pytest.approx(building.area.sum(), rel=1e-3)
    assert (planes["area_m2"] >= planes.area - 1e-9).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outline", ["slab", "square"])
def test_planes_meet_at_one_height_and_end_at_the_top_of_the_roof(shape, outline):
    planes = roof_planes(house(shape, OUTLINES[outline]))
    corners, row = shapely.get_coordinates(planes.geometry.to_numpy(), return_index=True)
    middle = shapely.get_coordinates(planes.geometry.centroid.to_numpy())
    columns = (planes[name].to_numpy() for name in ("height_m", "surface_tilt", "surface_azimuth"))
    height = plane_height(corners, middle[row], *(values[row] for values in columns))
    assert height.max() == pytest.approx(15.0)
    where = pd.DataFrame(corners.round(3)).groupby([0, 1]).ngroup()
    spread = pd.Series(height).groupby(where).agg(lambda values: values.max() - values.min())
    assert spread.max() == pytest.approx(0.0, abs=1e-6)


def test_wings_of_a_house_with_a_corner_get_ridges_of_their_own():
    planes = roof_planes(house("gabled", OUTLINES["ell"]))
    assert sorted(planes["surface_azimuth"].round()) == [0.0, 90.0, 180.0, 270.0]
    assert planes.area.tolist() == pytest.approx([150.0, 150.0, 100.0, 100.0])


@pytest.mark.parametrize(
    ("outline", "areas"),
    [
        (OUTLINES["slab"], [720.0]),
        (OUTLINES["ell"], [200.0, 300.0]),
        (shapely.Polygon([(0, 0), (30, 0), (30, 30), (20, 30), (20, 10), (10, 10), (10, 30), (0, 30)]), [200.0, 200.0, 300.0]),
        (OUTLINES["court"], [192.0, 336.0, 336.0, 480.0]),
        (shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)]), [100.0, 100.0]),
    ],
    ids=["slab", "ell", "u", "court", "two"],
)
def test_wings_are_the_rectangles_that_one_would_draw(outline, areas):
    parts = wings(outline, fill=0.85, least_m2=20.0)
    assert sorted(part.area for part in parts) == pytest.approx(areas, rel=1e-3)
    assert shapely.union_all(parts).area == pytest.approx(outline.area, rel=1e-6)


def test_a_porch_stays_with_its_house():
    porch = shapely.union(shapely.box(0, 0, 12, 10), shapely.box(12, 4, 14, 6))
    assert len(wings(porch, fill=0.85, least_m2=15.0)) == 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("outline", OUTLINES)
def test_packed_rows_lie_inside_and_no_longer_one_would(seed, outline):
    random = np.random.default_rng(seed)
    turn = random.uniform(0, np.pi)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = shapely.transform(OUTLINES[outline], lambda xy: xy @ spin.T)
    edges, first, bounds = _edges(np.array([shape], dtype=object))
    found = np.zeros((500, 4))
    count = pack_runs(edges, first, bounds, 1.1, 1.7, 2.0, 0.5, found)
    assert 0 < count <= 500
    inner = shapely.buffer(shape, 1e-6)
    for _, u, v, cells in found[:count]:
        run = shapely.box(u, v, u + cells * 1.1, v + 1.7)
        assert inner.contains(run)
        assert not shapely.buffer(shape, -1e-6).contains(shapely.box(u, v, u + (cells + 1) * 1.1, v + 1.7))


def test_gable_of_a_slab_faces_north_and_south_and_its_slope_is_longer_than_its_plan():
    planes = roof_planes(house("gabled", tags={"angle": "45"}))
    assert sorted(planes["surface_azimuth"].round()) == [0.0, 180.0]
    assert planes["surface_tilt"].tolist() == [45.0, 45.0]
    assert planes["area_m2"].sum() == pytest.approx(60 * 12 * np.sqrt(2.0))


@pytest.mark.parametrize(
    ("tags", "azimuths"),
    [({"orientation": "across"}, [90.0, 270.0]), ({"direction": "E"}, [90.0, 270.0]), ({"direction": "S"}, [0.0, 180.0])],
)
def test_tags_turn_the_ridge(tags, azimuths):
    assert sorted(roof_planes(house("gabled", tags=tags))["surface_azimuth"].round()) == azimuths


def test_full_hip_has_one_pitch_all_around():
    planes = roof_planes(house("hipped", tags={"angle": "30"}))
    assert len(planes) == 4
    assert planes["surface_tilt"].to_numpy() == pytest.approx(30.0)
    assert sorted(planes["surface_azimuth"].round()) == [0.0, 90.0, 180.0, 270.0]


def test_height_tag_gives_the_tilt():
    assert roof_planes(house("gabled", tags={"height": "6"}))["surface_tilt"].iloc[0] == pytest.approx(45.0)


@pytest.mark.parametrize("kind", ["gabled", "mansard"])
def test_planes_name_who_gave_the_height_or_the_angle_of_their_roof(kind):
    def told(**tags):
        return roof_planes(house(kind, tags=tags))

    measured = told(**{"height": "6", "height:source": "lod2"})
    mapped = told(**{"height": "6", "height:source": "osm"})
    assert set(measured["source"]) == {"lod2"}
    assert set(mapped["source"]) == {"osm"}
    assert measured.drop(columns="source").equals(mapped.drop(columns="source"))
    # the angle goes before the height, and so does its giver; a height that cannot be is nobody's
    assert set(told(**{"angle": "40", "angle:source": "osm", "height": "6", "height:source": "lod2"})["source"]) == {"osm"}
    assert set(told(**{"height": "-6", "height:source": "lod2"})["source"]) == {"inferred: shape"}


@pytest.mark.parametrize(("text", "degrees"), [("N", 0.0), ("ssw", 202.5), ("350", 350.0), ("-90", 270.0), ("<b>", None), ("1e999", None)])
def test_directions_are_read_or_refused(text, degrees):
    found = compass_degrees(text)
    assert np.isnan(found) if degrees is None else found == degrees


def test_lod2_surface_has_tilt_and_azimuth_of_its_normal():
    roof = shapely.Polygon([(0, 0, 6), (10, 0, 6), (10, 5, 9), (0, 5, 9)])
    west = shapely.Polygon([(0, 0, 3), (0, 8, 3), (4, 8, 7), (4, 0, 7)])
    found = planes_of_surfaces(gpd.GeoDataFrame({"building_id": ["a", "a"]}, geometry=[roof, west], crs=2178))
    assert found["surface_tilt"].to_numpy() == pytest.approx([np.degrees(np.arctan(0.6)), 45.0])
    assert found["surface_azimuth"].to_numpy() == pytest.approx([180.0, 270.0])
    assert found["area_m2"].iloc[0] == pytest.approx(10 * np.hypot(5, 3))


@pytest.mark.parametrize(("tilt", "ratio"), [(10.0, 0.636), (15.0, 0.543), (30.0, 0.391)])
def test_rows_that_do_not_shade_at_winter_noon_have_the_ratio_of_the_fact_sheet(tilt, ratio):
    assert ground_cover_ratio(tilt, 16.46) == pytest.approx(ratio, rel=0.005)  # check C27


@pytest.mark.parametrize(
    ("latitude", "pitch_m"),
    [
        # 1.134 m at 10° are 1.1168 m deep and 0.1969 m high; the shade of Lisbon's noon at 90 - 38.7 - 23.44 = 27.86° is 0.3726 m long
        (38.7, 1.4894),
        # of Kraków's at 16.46° it is 0.6665 m
        (50.1, 1.7833),
        # of Cape Town's at 32.66° it is 0.3072 m, northwards
        (-33.9, 1.4240),
        # Tromsø's sun does not rise: as at 10°, 1.1168 + 0.1969 / 0.17633 m
        (69.65, 2.2335),
    ],
)
def test_rows_towards_the_equator_stand_as_far_apart_as_the_shade_of_the_place_is_long(latitude, pitch_m):
    study = Study(name="x", solar={"flat_rack": "south"}, overrides={"pv.obstacle_share_flat_low": 0.0})
    building = house("flat")
    arrays = module_layout(roof_planes(building), building, Site(latitude, 20.0), study)
    low = np.unique(shapely.bounds(shapely.get_parts(arrays.geometry.to_numpy()))[:, 1].round(6))
    assert len(low) > 4
    assert np.diff(low) == pytest.approx(pitch_m, abs=2e-4)


def laid(building, **solar):
    study = Study(
        name="x", solar=solar, overrides={f"pv.obstacle_share_{name}": 0.0 for name in ("flat_low", "flat_high", "hall", "pitched")}
    )
    return module_layout(roof_planes(building), building, KRAKOW, study), study


@pytest.mark.parametrize("rack", ["east_west", "south"])
@pytest.mark.parametrize("outline", OUTLINES)
def test_modules_stay_inside_the_set_back_and_do_not_overlap(rack, outline):
    building = house("flat", OUTLINES[outline])
    arrays, study = laid(building, flat_rack=rack)
    inner = building.geometry.iloc[0].buffer(-study.solar.setback_m, join_style="mitre")
    modules = shapely.union_all(arrays.geometry.to_numpy())
    assert modules.difference(inner.buffer(0.01)).area == pytest.approx(0.0, abs=1e-6)
    assert modules.area == pytest.approx(arrays.area.sum(), rel=1e-9)
    assert arrays["module_count"].sum() > 0


def test_whole_modules_on_a_roof_that_can_be_counted_by_hand():
    # 10.568 m x 4.536 m free, modules of 1.134 m x 1.762 m: portrait 9 x 2 = 18, landscape 5 x 4 = 20
    building = house(
        "skillion", shapely.box(0, 0, 10.568 + 1.0, 4.536 * np.cos(np.radians(12.0)) + 1.0 + 1e-6), tags={"angle": "12", "direction": "S"}
    )
    arrays, _ = laid(building)
    assert arrays["module_count"].sum() == 20
    assert arrays["capacity_kwp"].sum() == pytest.approx(arrays["module_count"].sum() * 0.45)


def test_ten_kilowatts_need_the_modules_of_the_fact_sheet():
    assert int(np.ceil(10_000 / STUDY.assumed("pv.module_wp"))) == 23  # check C26


def test_east_west_racks_face_both_ways_with_equal_modules():
    arrays, _ = laid(house("flat"))
    assert sorted(arrays["surface_azimuth"].round()) == [90.0, 270.0]
    assert arrays["module_count"].nunique() == 1
    assert (arrays["surface_tilt"] == 10.0).all()


@pytest.mark.parametrize(
    "building", [house(heritage=True), house(use="worship"), house(outline=shapely.box(0, 0, 3, 3))], ids=["heritage", "worship", "tiny"]
)
def test_some_roofs_carry_no_modules(building):
    assert laid(building)[0].empty


def test_obstacles_and_existing_arrays_take_their_share():
    free = laid(house())[0]["module_count"].sum()
    study = Study(name="x", overrides={"pv.obstacle_share_flat_low": 0.25})
    building = house()
    some = module_layout(roof_planes(building), building, KRAKOW, study)["module_count"].sum()
    assert some == pytest.approx(0.75 * free, abs=4)
    with_pv = laid(house(existing=20.0))[0]["module_count"].sum()
    # 20 kWp are 44.4 modules of those that would fit
    assert with_pv == pytest.approx(free - 20.0 / 0.45, abs=2)


def test_turning_the_house_does_not_change_what_fits():
    slab = shapely.box(0, 0, 60, 12)
    turn = np.radians(30.0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = shapely.transform(slab, lambda xy: xy @ rotation.T)
    assert laid(house("gabled", turned))[0]["module_count"].sum() == laid(house("gabled", slab))[0]["module_count"].sum()


def two_houses(gap):
    shapes = [shapely.box(0, 0, 30, 12), shapely.box(30 + gap, 0, 60, 12)]
    rows = [house("flat", shape, name=f"way/{number}") for number, shape in enumerate(shapes, 1)]
    return gpd.GeoDataFrame(pd.concat(rows), crs=2178)


def test_facades_are_the_free_walls_that_do_not_face_north():
    study = Study(name="x", solar={"facades": True, "facade_min_height_m": 6.0})
    free = 1.0 - study.assumed("pv.facade_window_share")
    apart = facade_planes(two_houses(5.0), study)
    assert sorted(apart["surface_azimuth"]) == [90.0, 90.0, 180.0, 180.0, 270.0, 270.0]
    south = apart[apart["surface_azimuth"] == 180.0].set_index("building_id")
    assert south.loc["way/1", "area_m2"] == pytest.approx(30 * (15 - 6) * free)
    assert south.loc["way/1", "height_m"] == 10.5
    joined = facade_planes(two_houses(0.0), study)
    assert sorted(joined["surface_azimuth"]) == [90.0, 180.0, 180.0, 270.0]


@pytest.mark.parametrize(("site", "equator", "away"), [(KRAKOW, 180.0, 0.0), (SOUTH, 0.0, 180.0)])
def test_nothing_is_laid_away_from_the_equator(site, equator, away):
    facing = facade_planes(two_houses(5.0), STUDY, equator)["surface_azimuth"]
    assert sorted(set(facing)) == sorted({90.0, 270.0, equator})
    study = Study(name="x", solar={"flat_rack": "south"})
    for turn in (0.0, 20.0, 70.0):
        building = house("flat", shapely.affinity.rotate(shapely.box(0, 0, 30, 12), turn))
        rows = module_layout(roof_planes(building), building, site, study)["surface_azimuth"]
        assert ((rows - equator + 180.0) % 360.0 - 180.0).abs().max() <= 45.0
    assert away not in set(facing)


def test_arrays_of_today_take_the_room_that_faces_the_equator():
    building = house("gabled").assign(pv_existing_kwp=2.0)
    for equator, site in ((0.0, SOUTH), (180.0, KRAKOW)):
        planes = roof_planes(building)
        planes["surface_azimuth"] = [0.0, 180.0]
        fits = module_layout(planes, building.assign(pv_existing_kwp=0.0), site, STUDY).groupby("plane_id")["module_count"].sum()
        left = module_layout(planes, building, site, STUDY).groupby("plane_id")["module_count"].sum()
        fewer = planes.index[planes["surface_azimuth"] == equator]
        assert list(fits.index[left.reindex(fits.index, fill_value=0) < fits]) == list(fewer)


def test_strips_of_facades_lie_outside_their_building():
    houses = two_houses(5.0)
    strips = facade_planes(houses, STUDY)
    shapes = houses.geometry.reindex(strips["building_id"]).to_numpy()
    assert shapely.area(shapely.intersection(strips.geometry.to_numpy(), shapes)).max() == pytest.approx(0.0, abs=1e-9)
    assert shapely.distance(strips.geometry.to_numpy(), shapes).max() == 0.0


def test_modules_on_a_facade_are_whole_and_windows_take_their_share():
    # south wall 30 m x 9 m, free 29 m x 8.5 m: 25 x 4 upright or 16 x 7 lying; 0.7 of 112 is 78
    houses = two_houses(5.0)
    study = Study(name="x", overrides={"pv.facade_window_share": 0.3})
    arrays = module_layout(facade_planes(houses, study), houses, KRAKOW, study)
    south = arrays[(arrays["surface_azimuth"] == 180.0) & (arrays["building_id"] == "way/1")]
    assert south["module_count"].tolist() == [78]
    assert south["rack"].tolist() == ["facade"]


@pytest.mark.parametrize(("rack", "away"), [("south", 0.5), ("east_west", 0.25)])
def test_next_row_is_seen_as_high_as_geometry_says(rack, away):
    arrays, study = laid(house("flat"), flat_rack=rack, ground_cover_ratio=0.5)
    short, tilt = study.assumed("pv.module_width"), np.radians(study.solar.flat_tilt)
    modules = 1 if rack == "south" else 2
    deep, pitch = modules * short * np.cos(tilt), modules * short / 0.5
    seen = np.degrees(np.arctan2(short * np.sin(tilt) / 2.0, pitch - away * deep))
    assert arrays["row_horizon"].to_numpy() == pytest.approx(seen)


@pytest.mark.parametrize("turn", [0.0, 33.0])
def test_ridges_of_row_houses_run_along_the_row(turn):
    row = [shapely.box(7.0 * number, 0, 7.0 * number + 7.0, 11) for number in range(4)]
    alone = shapely.box(60, 0, 67, 11)
    frame = pd.concat([house("gabled", shapely.affinity.rotate(shape, -turn, origin=(0, 0))) for shape in (*row, alone)])
    frame.index = pd.Index([f"way/{number}" for number in range(5)], dtype="str", name="building_id")
    planes = roof_planes(frame)
    across = planes["surface_azimuth"].sub(turn).round(3).mod(180.0).groupby(planes["building_id"]).unique()
    assert [list(found) for found in across] == [[0.0]] * 4 + [[90.0]]


def test_a_tag_wins_over_party_walls_and_a_garage_turns_no_ridge():
    pair = pd.concat([house("gabled", shapely.box(0, 0, 7, 11), tags={"orientation": "along"}), house("flat", shapely.box(7, 0, 14, 11))])
    garage = pd.concat([house("gabled", shapely.box(0, 0, 7, 11)), house("flat", shapely.box(7, 0, 11, 5.5))])
    for frame in (pair, garage):
        frame.index = pd.Index(["way/1", "way/2"], dtype="str", name="building_id")
        planes = roof_planes(frame)
        assert set(planes[planes["building_id"] == "way/1"]["surface_azimuth"].round() % 180.0) == {90.0}


def test_an_inferred_roof_rises_no_higher_than_is_built():
    wide = house("gabled", shapely.box(0, 0, 60, 30))
    planes = roof_planes(wide)
    # 35 degrees over 15 m would rise 10.5 m; six are built
    assert planes["surface_tilt"].tolist() == pytest.approx([np.degrees(np.arctan(6.0 / 15.0))] * 2)
    low = roof_planes(house("gabled", shapely.box(0, 0, 20, 10)).assign(height_m=4.0))
    assert np.tan(np.radians(low["surface_tilt"])).tolist() == pytest.approx([0.6 * 4.0 / 5.0] * 2)
    tagged = roof_planes(house("gabled", shapely.box(0, 0, 60, 30), tags={"angle": "35"}))
    assert tagged["surface_tilt"].tolist() == pytest.approx([35.0, 35.0])


def test_a_district_may_override_how_high_roofs_rise():
    lower = Study(name="x", overrides={"roofs.rise_max": 3.0})
    planes = roof_planes(house("gabled", shapely.box(0, 0, 60, 30)), study=lower)
    assert planes["surface_tilt"].tolist() == pytest.approx([np.degrees(np.arctan(3.0 / 15.0))] * 2)


def mapped(*parts):
    return gpd.GeoDataFrame({"tags": [json.dumps(tags) for _, tags in parts]}, geometry=[shape for shape, _ in parts], crs=2178)


def test_parts_that_begin_at_the_top_stand_on_the_roof_and_others_do_not():
    lift = {"building:part": "yes", "min_height": "15", "height": "18"}
    footprints = mapped(
        (shapely.box(20, 4, 25, 8), lift),
        (shapely.box(40, 4, 45, 8), {"building:part": "yes", "building:min_level": "5", "building:levels": "6"}),
        (shapely.box(0, 0, 30, 12), {"building:part": "yes", "building:levels": "5"}),
        (shapely.box(2, 2, 4, 4), {"building:part": "yes", "min_height": "0", "building:levels": "2"}),
        (shapely.box(10, 4, 15, 8), lift | {"building": "yes"}),
        (shapely.box(100, 4, 105, 8), lift),
        (shapely.box(6, 4, 8, 8), {"building:part": "roof", "min_height": "15"}),
    )
    found = roof_obstacles(footprints, house(), Study(name="x"))
    assert found["building_id"].tolist() == ["way/1", "way/1"]
    assert found.area.tolist() == [20.0, 20.0]


@pytest.mark.parametrize("shape", ["flat", "gabled"])
def test_modules_keep_clear_of_mapped_obstacles(shape):
    building = house(shape)
    planes = roof_planes(building)
    lift = roof_obstacles(mapped((shapely.box(20, 4, 30, 9), {"building:part": "yes", "min_height": "13"})), building, Study(name="x"))
    arrays = module_layout(planes, building, KRAKOW, Study(name="x"), lift)
    assert arrays.distance(lift.geometry.iloc[0]).min() == pytest.approx(0.5, abs=1e-6)
    around = module_layout(planes, building, KRAKOW, Study(name="x", overrides={f"pv.obstacle_share_{name}": 0.0 for name in SHARES}), lift)
    assert around.distance(lift.geometry.iloc[0]).min() >= 0.5 - 1e-9
    assert arrays["module_count"].sum() <= around["module_count"].sum()


SHARES = ("flat_low", "flat_high", "hall", "pitched")


def test_mapped_obstacles_count_against_the_share_of_unmapped_ones():
    building = house()
    planes = roof_planes(building)
    study = Study(name="x")
    usual = module_layout(planes, building, KRAKOW, study)["module_count"].sum()
    # 6 m x 11 m with its margin is 77 of 720 m²; the usual share of a quarter holds it
    one = roof_obstacles(mapped((shapely.box(20, 0.5, 26, 11.5), {"building:part": "yes", "min_height": "13"})), building, study)
    # up to a double row of twelve modules, a quarter less, is cut on either side
    assert module_layout(planes, building, KRAKOW, study, one)["module_count"].sum() == pytest.approx(usual, abs=2 * 9)
    # 24 m x 11 m is more than a quarter
    large = roof_obstacles(mapped((shapely.box(20, 0.5, 44, 11.5), {"building:part": "yes", "min_height": "13"})), building, study)
    assert module_layout(planes, building, KRAKOW, study, large)["module_count"].sum() < 0.85 * usual


def test_a_roof_with_a_waist_carries_modules_on_both_sides_of_it():
    waist = shapely.union_all([shapely.box(0, 0, 20, 12), shapely.box(20, 5.6, 24, 6.4), shapely.box(24, 0, 44, 12)])
    whole, half = (
        module_layout(roof_planes(house("flat", shape)), house("flat", shape), KRAKOW, Study(name="x"))
        for shape in (waist, shapely.box(0, 0, 20, 12))
    )
    assert whole["module_count"].sum() == pytest.approx(2 * half["module_count"].sum(), abs=6)
    assert {part.centroid.x > 22.0 for part in shapely.get_parts(whole.geometry.to_numpy())} == {True, False}


@pytest.mark.parametrize(
    ("shape", "rack"),
    [("flat", "south"), ("flat", "east_west"), *((shape, "south") for shape in ("gabled", "hipped", "mansard", "skillion"))],
)
@pytest.mark.parametrize("outline", ["slab", "ell", "court"])
def test_outlines_of_arrays_are_valid_and_as_large_as_their_modules(shape, outline, rack):
    """Turned, at real coordinates, with every so-many-th module left out, so that rows meet along parts of their edges."""
    turn = np.radians(17.0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    building = house(shape, shapely.transform(OUTLINES[outline], lambda xy: xy @ rotation.T + [7_430_000.0, 5_550_000.0]))
    arrays = module_layout(roof_planes(building), building, KRAKOW, Study(name="x", solar={"flat_rack": rack}))
    assert len(arrays)
    assert shapely.is_valid_reason(arrays.geometry.to_numpy()).tolist() == ["Valid Geometry"] * len(arrays)
    assert set(arrays.geom_type) == {"MultiPolygon"}
    in_plan = arrays["module_area_m2"] * np.cos(np.radians(arrays["surface_tilt"]))
    assert arrays.area.to_numpy() == pytest.approx(in_plan.to_numpy(), rel=1e-6)


@pytest.mark.slow
@pytest.mark.shared
def test_the_arrays_of_a_town_are_valid(shared_data):
    """Świętochłowice: a third of the arrays were invalid."""
    from ped_geo.pipeline import stages
    from ped_geo.sources import load_place
    from ped_geo.sources.census import census_rows
    from ped_geo.sources.population import population_cells
    from ped_geo.sources.registers import no_rows

    file = shared_data / "swietochlowice_bdot10k" / "swietochlowice_bdot10k.gpkg"
    study = Study(name="x", sources={"buildings": "bdot10k", "files": [file]})
    place = load_place(study, file.parent)
    layers = {name: getattr(place, name).to_crs(2180) for name in ("footprints", "boundary", "areas", "points_of_interest")}
    tables = {"population": population_cells(study, 2180), "registers": no_rows(), "census": census_rows(study)}
    buildings = stages.buildings.compute({"study": study}, layers | tables)["buildings_drawn"]
    buildings = buildings[buildings["in_district"]]
    arrays = module_layout(roof_planes(buildings), buildings, KRAKOW, study)
    assert len(arrays) > 5_000
    assert shapely.is_valid(arrays.geometry.to_numpy()).all()
    in_plan = arrays["module_area_m2"] * np.cos(np.radians(arrays["surface_tilt"]))
    assert arrays.area.to_numpy() == pytest.approx(in_plan.to_numpy(), rel=1e-6)
