"""Surfaces: horizons over grids equal geometry, plain rays and the exact method, on drawn places and on a real surface model."""

from __future__ import annotations

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.roofs import facade_planes, roof_planes
from ped_geo.shading import (
    Surface,
    Surroundings,
    build_scene,
    drawn_surface,
    edge_index,
    horizons_of_points,
    owners,
    plane_horizons,
    plane_points,
    sky_view,
    surface_horizons,
    sweep,
)
from ped_geo.shading.surface import blank
from ped_geo.site import Site
from ped_geo.solar.irradiation import irradiation_map, light_tables, plane_irradiation, point_irradiation
from ped_geo.solar.model import sun_hours
from ped_geo.sources.climate import hourly_year
from ped_geo.study import Study

KRAKOW = Site(50.098278, 20.000472, 240.0)


def surface(values, pixel=1.0):
    values = np.asarray(values, dtype=np.float32)
    return Surface(values, 0.0, values.shape[0] * pixel, pixel)


def houses(shapes, heights, roof="flat", inside=True):
    count = len(shapes)
    return gpd.GeoDataFrame(
        {
            "roof_shape": roof, "roof_tags": json.dumps({}), "height_m": np.asarray(heights, dtype=float), "roof_height_m": 0.0,
            "heritage": False, "in_district": inside,
        },
        geometry=list(shapes), crs=2178, index=pd.Index([f"way/{number}" for number in range(count)], dtype="str", name="building_id"),
    )  # fmt: skip


def quarter(seed=4, count=30, size=200.0):
    random = np.random.default_rng(seed)
    middles = np.stack(np.meshgrid(np.arange(6), np.arange(5)), axis=-1).reshape(-1, 2)[:count] * 34.0 + 20.0
    shapes = []
    for x, y in middles:
        turn, long, wide = random.uniform(0, np.pi), random.uniform(10, 28), random.uniform(8, 13)
        box = shapely.box(-long / 2, -wide / 2, long / 2, wide / 2)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shapes.append(shapely.transform(box, lambda xy, s=spin, o=(x, y): xy @ s.T + o))
    return houses(shapes, random.choice([6.0, 11.0, 18.0], count))


@pytest.fixture(scope="module")
def weather():
    return hourly_year(KRAKOW)


def test_a_surface_keeps_its_places_through_a_table():
    grid = surface([[1.0, 2.0, 3.0], [4.0, 5.0, np.nan]], pixel=2.0)
    again = Surface.of_frame(grid.frame())
    assert (again.west, again.north, again.pixel_m) == (0.0, 4.0, 2.0)
    assert again.at(np.array([[1.0, 3.0], [3.9, 0.1], [5.0, 1.0], [7.0, 1.0]])).tolist() == pytest.approx(
        [1.0, 5.0, np.nan, np.nan], nan_ok=True
    )


def test_drawn_roof_has_the_heights_of_its_plane():
    gable = roof_planes(houses([shapely.box(10, 10, 30, 22)], [9.0], roof="gabled"))
    columns = (gable[name].to_numpy() for name in ("height_m", "surface_tilt", "surface_azimuth"))
    drawn = drawn_surface(gable.geometry.to_numpy(), *columns, blank((0.0, 0.0, 40.0, 40.0), 1.0))
    slope = np.tan(np.radians(gable["surface_tilt"].iloc[0]))
    assert drawn.at(np.array([[20.5, 15.5]]))[0] == pytest.approx(9.0 - 0.5 * slope, abs=1e-5)
    assert drawn.at(np.array([[20.5, 10.5]]))[0] == pytest.approx(9.0 - 5.5 * slope, abs=1e-5)
    assert (drawn.values > 0).sum() == 20 * 12
    assert (owners(gable.geometry.to_numpy(), np.zeros(2, dtype=int), drawn) == 0).sum() == 20 * 12


def plain_ray(values, point, angle, radius):
    """Highest elevation along a ray over pixels with upright sides, a hundredth of a pixel a step."""
    x, y, z = point
    away = np.arange(0.01, radius, 0.01)
    column, row = np.floor(x + np.sin(angle) * away).astype(int), np.floor(y - np.cos(angle) * away).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < values.shape[1]) & (row < values.shape[0])
    return np.degrees(np.arctan(np.maximum((values[row[inside], column[inside]] - z) / away[inside], 0.0).max(initial=0.0)))


@pytest.mark.parametrize("seed", range(3))
def test_rays_equal_small_steps_over_pixels_as_far_as_a_pixel_tells(seed):
    random = np.random.default_rng(seed)
    values = np.zeros((160, 160))
    for _ in range(25):
        row, column = random.integers(0, 145, 2)
        values[row : row + random.integers(6, 15), column : column + random.integers(6, 15)] = random.uniform(4.0, 25.0)
    place = np.argwhere(values == 0.0)[random.integers(0, (values == 0.0).sum(), 12)]
    points = np.column_stack([place[:, 1] + 0.5, 160.0 - place[:, 0] - 0.5, np.full(12, 1.0)])
    found = surface_horizons(surface(values), points, directions=36, radius_m=90.0)
    plain = [[plain_ray(values, (x, 160.0 - y, z), np.radians(10.0 * number), 90.0) for number in range(36)] for x, y, z in points]
    error = np.abs(found - np.array(plain))
    assert np.median(error) < 0.3
    assert error.mean() < 1.0
    assert found.mean() == pytest.approx(np.mean(plain), rel=0.02)


@pytest.mark.parametrize("direction", [0, 1, 5, 9, 18, 20, 27, 31])
def test_sweep_looks_the_way_the_compass_says(direction):
    values = np.zeros((41, 41))
    angle = np.radians(direction * 10.0)
    row, column = round(20 - 15 * np.cos(angle)), round(20 + 15 * np.sin(angle))
    values[row - 1 : row + 2, column - 1 : column + 2] = 10.0
    seen = [tangent[20, 20] for tangent in sweep(surface(values), 36)]
    assert int(np.argmax(seen)) == direction
    assert max(seen) == pytest.approx(10.0 / (np.hypot(row - 20, column - 20) - 1.5), rel=0.08)


def plain_line(heights, step, wall):
    """Horizon of each pixel of one line towards its end, by looking at all pixels ahead."""
    found = np.zeros(len(heights))
    for here in range(len(heights)):
        for there in range(here + 1, len(heights)):
            near = 0.5 * step if heights[there] - heights[there - 1] > wall * step else 0.0
            found[here] = max(found[here], (heights[there] - heights[here]) / ((there - here) * step - near))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_sweep_of_a_line_equals_looking_at_every_pixel_ahead(seed):
    random = np.random.default_rng(seed)
    heights = np.maximum(random.normal(0, 1, 300).cumsum(), 0.0) + random.choice([0.0, 0.0, 12.0], 300)
    east = list(sweep(surface(heights[None, :]), 4))[1][0]
    assert east == pytest.approx(plain_line(heights, 1.0, 2.0), abs=2e-5)


def test_sweep_of_a_slope_is_the_slope_and_a_ridge_of_45_degrees_is_seen_at_45():
    ridge = 20.0 - np.abs(np.arange(81) - 40.0) / 2.0
    seen = list(sweep(surface(np.repeat(ridge[:, None], 400, axis=1)), 36))
    assert seen[0][60, 200] == pytest.approx(0.5, abs=1e-5)
    # along a direction at 60° to the slope it rises by half as much
    assert seen[6][60, 200] == pytest.approx(0.25, abs=0.02)
    assert seen[18][60, 200] == 0.0


def test_the_other_half_of_a_45_degree_roof_hides_nothing_of_the_sky():
    gable = roof_planes(houses([shapely.box(0, 0, 40, 12)], [16.0], roof="gabled").assign(roof_tags='{"angle": "45"}'))
    found = plane_horizons(
        gable, houses([shapely.box(0, 0, 40, 12)], [16.0], roof="gabled").assign(roof_tags='{"angle": "45"}'), Study(name="x")
    )
    assert (found.filter(regex=r"^h\d") == 0.0).all(axis=None)
    # with its own roof counted, the ridge stands as high as the plane leans: nothing of the plane's own sky is lost
    both = edge_index(
        gable.geometry.to_numpy(),
        gable["height_m"].to_numpy(),
        tilt=gable["surface_tilt"].to_numpy(),
        azimuth=gable["surface_azimuth"].to_numpy(),
    )
    row, points = plane_points(gable, 9)
    seen = horizons_of_points(both, points, np.full(len(points), -1), directions=72, radius_m=100.0)
    assert seen.max() < 45.0
    assert sky_view(seen, gable["surface_tilt"].to_numpy()[row], gable["surface_azimuth"].to_numpy()[row]) == pytest.approx(1.0, abs=1e-9)


def test_a_sloped_edge_is_seen_as_high_as_the_plane_stands_there():
    # a mono-pitched roof whose high side is away from the point: from the south its far edge stands highest
    shed = np.array([shapely.box(-10, 20, 10, 30)], dtype=object)
    index = edge_index(shed, np.array([10.0]), tilt=np.array([45.0]), azimuth=np.array([180.0]))
    seen = horizons_of_points(index, np.zeros((1, 3)), np.array([-1]), directions=72, radius_m=100.0)[0]
    assert seen[0] == pytest.approx(np.degrees(np.arctan(15.0 / 30.0)))
    turned = edge_index(shed, np.array([10.0]), tilt=np.array([45.0]), azimuth=np.array([0.0]))
    assert horizons_of_points(turned, np.zeros((1, 3)), np.array([-1]), directions=72, radius_m=100.0)[0, 0] == pytest.approx(
        np.degrees(np.arctan(15.0 / 20.0))
    )


def test_street_canyon_by_rays_has_the_sky_of_the_closed_form():
    # floor between two rows 20 m apart and 10 m high: sky-view factor of its middle is cos(arctan(2 H / W))
    values = np.zeros((120, 2001))
    values[:50] = values[70:] = 10.0
    found = surface_horizons(surface(values), np.array([[1000.5, 60.0, 0.0]]), directions=360, radius_m=900.0)
    assert sky_view(found, np.array([0.0]), np.array([0.0]))[0] == pytest.approx(np.cos(np.arctan(1.0)), abs=0.01)


def test_pixels_of_the_own_building_do_not_shade():
    values = np.zeros((40, 40))
    values[10:20, 10:20] = 12.0
    owner = np.where(values > 0, 3, -1).astype(np.int32)
    point = np.array([[15.5, 24.5, 8.0]])
    one = {"directions": 36, "radius_m": 30.0, "owner": owner}
    assert surface_horizons(surface(values), point, own=np.array([3]), **one).max() == 0.0
    assert surface_horizons(surface(values), point, own=np.array([2]), **one).max() > 40.0


@pytest.mark.parametrize("method", ["exact", "raster"])
def test_buildings_outside_the_district_shade_too(method):
    both = houses([shapely.box(0, 0, 10, 10), shapely.box(0, -40, 10, -20)], [6.0, 26.0])
    both["in_district"] = [True, False]
    study = Study(name="x", solar={"shading": method, "points_per_plane": 1})
    seen = plane_horizons(roof_planes(both.iloc[:1]), both, study).filter(regex=r"^h\d").to_numpy()[0]
    assert seen[36] == pytest.approx(np.degrees(np.arctan2(19.9, 25.0)), abs=1.0)


def test_hill_and_trees_shade_beside_buildings():
    house = houses([shapely.box(195, 195, 205, 205)], [6.0])
    planes = roof_planes(house)
    study = Study(name="x", solar={"points_per_plane": 1})
    ground = np.zeros((400, 400))
    ground[300:] = 50.0
    hill = surface(ground)
    south = plane_horizons(planes, house, study, Surroundings(terrain=hill))["h036"].iloc[0]
    assert south == pytest.approx(np.degrees(np.arctan2(50.0 - 6.1, 100.0)), abs=0.6)
    wood = np.zeros((400, 400))
    wood[195:205, 195:205] = 6.0
    wood[150:250, 240:250] = 20.0
    east = plane_horizons(planes, house, study, Surroundings(surface=surface(wood)))
    assert east["h018"].iloc[0] == pytest.approx(np.degrees(np.arctan2(20.0 - 6.1, 39.5)), abs=0.8)
    assert east["h000"].iloc[0] == 0.0


def test_a_house_on_a_terrace_looks_over_its_neighbour():
    pair = houses([shapely.box(20, 60, 30, 70), shapely.box(20, 30, 30, 40)], [6.0, 12.0])
    values = np.zeros((100, 100))
    values[:50] = 10.0
    study = Study(name="x", solar={"points_per_plane": 1})
    level = plane_horizons(roof_planes(pair.iloc[:1]), pair, study)["h036"].iloc[0]
    above = plane_horizons(roof_planes(pair.iloc[:1]), pair, study, Surroundings(terrain=surface(values)))["h036"].iloc[0]
    assert level > 5.0
    assert above == 0.0
    assert build_scene(roof_planes(pair), pair, study, Surroundings(terrain=surface(values))).ground_m.tolist() == [10.0, 0.0]


def test_ground_is_read_from_the_surface_where_no_terrain_is_given():
    house = houses([shapely.box(40, 40, 60, 60)], [8.0])
    values = np.full((100, 100), 205.0)
    values[40:60, 40:60] = 213.0
    assert build_scene(roof_planes(house), house, Study(name="x"), Surroundings(surface=surface(values))).ground_m.tolist() == [205.0]


def test_facade_points_stand_before_their_wall_and_see_half_the_sky():
    house = houses([shapely.box(0, 0, 30, 12)], [20.0])
    study = Study(name="x", solar={"facades": True})
    walls = facade_planes(house, study)
    row, points = plane_points(walls, 9, foot_m=study.solar.facade_min_height_m)
    assert len(points) == 9 * len(walls)
    assert shapely.distance(shapely.points(points[:, :2]), house.geometry.iloc[0]) == pytest.approx(0.1)
    assert points[:, 2].min() > study.solar.facade_min_height_m
    assert points[:, 2].max() < 20.0
    seen = plane_horizons(walls, house, study).filter(regex=r"^h\d").to_numpy(dtype=float)
    assert sky_view(seen, np.full(len(row), 90.0), walls["surface_azimuth"].to_numpy()[row]) == pytest.approx(1.0, abs=2e-3)


def test_irradiation_of_points_equals_the_sum_over_the_hours(weather):
    from ped_geo.solar.model import plane_irradiance
    from ped_geo.solar.yields import sectors

    hours = sun_hours(weather, KRAKOW, albedo=0.2)
    random = np.random.default_rng(0)
    tilt, azimuth = np.array([0.0, 35.0, 90.0]), np.array([0.0, 170.0, 250.0])
    tables = light_tables(hours, tilt, azimuth, directions=72)
    assert tables.sky[:, :, 0].sum(axis=1) == pytest.approx(1.0)
    horizon = random.gamma(1.5, 8.0, (3, 72)).clip(0, 80)
    found = point_irradiation(tables, np.arange(3), horizon)
    for row in range(3):
        sky = sky_view(horizon[row : row + 1], tilt[row : row + 1], azimuth[row : row + 1])
        light = []
        for lit in (True, False):
            beam, diffuse = plane_irradiance(hours, tilt[row : row + 1], azimuth[row : row + 1], sky_view=sky, lit=lit)
            light.append((beam + diffuse)[:, 0])
        seen = hours.elevation > horizon[row][sectors(hours.azimuth, 72)]
        assert found[row] == pytest.approx(np.where(seen, *light).sum() / 1000.0, rel=2e-3)


def test_light_added_pixel_by_pixel_equals_that_of_points(weather):
    from ped_geo.solar._light_kernels import add_light
    from ped_geo.solar.irradiation import STEPS

    random = np.random.default_rng(2)
    tables = light_tables(sun_hours(weather, KRAKOW, albedo=0.2), np.array([0.0, 40.0]), np.array([0.0, 200.0]), directions=36)
    horizon = random.gamma(1.5, 8.0, (30, 36)).clip(0, 85)
    member = random.integers(0, 2, 30)
    beam, sky = np.zeros((5, 6), np.float32), np.zeros((5, 6), np.float32)
    for number in range(36):
        tangent = np.tan(np.radians(horizon[:, number])).reshape(5, 6).astype(np.float32)
        of_direction = [np.ascontiguousarray(table[:, number], dtype=np.float32) for table in (tables.beam, tables.sky)]
        add_light(tangent, member.reshape(5, 6).astype(np.int32), *of_direction, STEPS, beam, sky)
    light = beam.ravel() + sky.ravel() * tables.diffuse[member] + tables.ground[member]
    assert light == pytest.approx(point_irradiation(tables, member, horizon), rel=1e-4)


def test_map_of_an_empty_place_is_the_light_on_level_ground_and_roofs_have_their_own(weather):
    house = houses([shapely.box(0, 0, 20, 12)], [9.0], roof="gabled")
    study = Study(name="x", solar={"radius_m": 60.0})
    planes = roof_planes(house)
    found = irradiation_map(planes, house, weather, KRAKOW, study)
    horizontal = weather["ghi"].sum() / 1000.0
    assert found.at(np.array([[10.0, -20.0]]))[0] == pytest.approx(horizontal, rel=0.03)
    free = Study(name="x", solar={"shading": "none"})
    roofs = plane_irradiation(planes, plane_horizons(planes, house, free), weather, KRAKOW, albedo=study.assumed("climate.albedo"))
    by_side = planes["surface_azimuth"].round()
    for azimuth, y in ((180.0, 3.0), (0.0, 9.0)):
        assert found.at(np.array([[10.0, y]]))[0] == pytest.approx(roofs[by_side == azimuth].iloc[0], rel=0.02)
    assert found.at(np.array([[10.0, 14.0]]))[0] < 0.7 * horizontal


def compared(exact, raster):
    """Mean and 95th percentile of the difference."""
    error = (raster / exact - 1.0).abs()
    return error.mean(), error.quantile(0.95)


def test_raster_and_exact_method_agree_on_a_drawn_quarter(weather):
    quarter_ = quarter()
    planes = roof_planes(quarter_)
    light = {}
    for method in ("exact", "raster", "none"):
        seen = plane_horizons(planes, quarter_, Study(name="x", solar={"shading": method}))
        light[method] = plane_irradiation(planes, seen, weather, KRAKOW, albedo=0.2)
    mean, most = compared(light["exact"], light["raster"])
    assert mean < 0.02
    assert most < 0.08
    assert (light["exact"] < light["none"]).any()
    assert (light["exact"] <= light["none"] * (1 + 1e-9)).all()


def gothenburg(folder):
    """Surface, terrain, and buildings with the heights that the surface shows, clipped to its extent."""
    import rasterio

    from ped_geo.shading.surface import pixels_within

    grids = []
    for name in ("DSM_KRbig.tif", "DEM_KRbig.tif"):
        with rasterio.open(folder / name) as data:
            grids.append(Surface(data.read(1).astype(np.float32), data.bounds.left, data.bounds.top, data.res[0]))
            frame = shapely.box(*data.bounds)
    drawn = gpd.read_file(folder / "buildings.gpkg")
    parts = shapely.get_parts(shapely.intersection(shapely.make_valid(drawn.geometry.to_numpy()), frame))
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 20.0)]
    shape, row, column = (np.concatenate(piece) for piece in zip(*pixels_within(parts, grids[0]), strict=True))
    above = pd.Series((grids[0].values - grids[1].values)[row, column]).groupby(shape).median().reindex(range(len(parts)))
    kept = (above > 2.5).to_numpy()
    return *grids, houses(parts[kept], above[kept])


@pytest.fixture(scope="module")
def gothenburg_year(shared_data):
    table = pd.read_csv(shared_data / "dsm_goteborg" / "GBG_TMY_1977.txt", sep=r"\s+")
    index = pd.date_range("1977-01-01", periods=8760, freq="h", tz="UTC")
    # the file's hours end in Swedish winter time
    light = {
        ours: np.roll(table[theirs].to_numpy(dtype=float), -2) for ours, theirs in (("ghi", "kdown"), ("dni", "kdir"), ("dhi", "kdiff"))
    }
    return pd.DataFrame({**light, "temp_air": table["Tair"].to_numpy(), "wind_speed": 1.0}, index=index)


@pytest.mark.shared
def test_raster_and_exact_method_agree_on_the_buildings_and_terrain_of_gothenburg(shared_data, gothenburg_year):
    _, terrain, city = gothenburg(shared_data / "dsm_goteborg")
    planes = roof_planes(city)
    planes = planes[planes.area > 50.0]
    site, light = Site(57.707, 11.964, 10.0), {}
    for method in ("exact", "raster"):
        seen = plane_horizons(planes, city, Study(name="x", solar={"shading": method, "radius_m": 300.0}), Surroundings(terrain=terrain))
        light[method] = plane_irradiation(planes, seen, gothenburg_year, site, albedo=0.2)
    mean, most = compared(light["exact"], light["raster"])
    assert mean < 0.02
    assert most < 0.08


@pytest.mark.shared
@pytest.mark.slow
def test_rays_over_the_surface_model_of_gothenburg_agree_with_its_exact_triangles(shared_data, gothenburg_year):
    dsm, _, city = gothenburg(shared_data / "dsm_goteborg")
    rows, columns = dsm.values.shape
    x, y = np.meshgrid(dsm.west + np.arange(columns) + 0.5, dsm.north - np.arange(rows) - 0.5)
    corner = np.stack([x, y, dsm.values], axis=-1).astype(float)
    a, b, c, d = (part.reshape(-1, 3) for part in (corner[:-1, :-1], corner[1:, :-1], corner[:-1, 1:], corner[1:, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)])
    up = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    tilt = np.degrees(np.arctan2(np.hypot(up[:, 0], up[:, 1]), up[:, 2]))
    index = edge_index(
        shapely.polygons(triangles[:, :, :2]), triangles[:, :, 2].mean(axis=1), tilt=np.maximum(tilt, 1e-6),
        azimuth=np.degrees(np.arctan2(up[:, 0], up[:, 1])),
    )  # fmt: skip
    of_pixel = owners(city.geometry.to_numpy(), np.arange(len(city)), dsm)
    chosen = [np.flatnonzero(of_pixel.ravel() == number)[::7][:40] for number in range(len(city)) if (of_pixel == number).sum() > 150]
    roof = np.repeat(np.arange(len(chosen)), [len(pixels) for pixels in chosen])
    points = corner.reshape(-1, 3)[np.concatenate(chosen)] + (0.0, 0.0, 0.1)
    tables = light_tables(sun_hours(gothenburg_year, Site(57.707, 11.964, 10.0), albedo=0.2), np.zeros(1), np.zeros(1), directions=72)
    seen = {
        "exact": horizons_of_points(index, points, np.full(len(points), -1), directions=72, radius_m=400.0),
        "raster": surface_horizons(dsm, points, directions=72, radius_m=400.0),
    }
    light = {
        name: pd.Series(point_irradiation(tables, np.zeros(len(points), dtype=int), h)).groupby(roof).mean() for name, h in seen.items()
    }
    mean, most = compared(light["exact"], light["raster"])
    assert mean < 0.02
    assert most < 0.08


def upright_blocks(surface, of_pixel, step=0.25):
    """The surface as blocks with upright walls: pixels of one height and one building together; shapes, heights, owners."""
    import rasterio.features
    from affine import Affine

    count = int(of_pixel.max()) + 2
    keys = np.round(surface.values / step).astype(np.int32) * count + of_pixel + 1
    corner = Affine(surface.pixel_m, 0.0, surface.west, 0.0, -surface.pixel_m, surface.north)
    found = [(shapely.geometry.shape(shape), int(key)) for shape, key in rasterio.features.shapes(keys, transform=corner)]
    key = np.array([key for _, key in found])
    owner = key % count - 1
    return np.array([shape for shape, _ in found]), key // count * step, np.where(owner < 0, count + np.arange(len(key)), owner)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("trees", [False, True], ids=["buildings and ground", "with trees"])
def test_rays_over_the_surface_model_of_gothenburg_agree_with_its_exact_blocks(shared_data, gothenburg_year, trees):
    import rasterio

    folder = shared_data / "dsm_goteborg"
    dsm, terrain, city = gothenburg(folder)
    if trees:
        with rasterio.open(folder / "CDSM_KRbig.tif") as data:
            canopy = data.read(1).astype(np.float32)
        dsm = replace(dsm, values=np.where(canopy > 0.0, np.maximum(dsm.values, terrain.values + canopy), dsm.values))
    of_pixel = owners(city.geometry.to_numpy(), np.arange(len(city)), dsm)
    shapes, height, owner = upright_blocks(dsm, of_pixel)
    index = edge_index(shapes, height, building=owner)
    pixels = np.concatenate(
        [np.flatnonzero(of_pixel.ravel() == roof)[::7][:40] for roof in range(len(city)) if (of_pixel == roof).sum() > 150]
    )
    row, column = np.divmod(pixels, dsm.values.shape[1])
    own = of_pixel[row, column].astype(np.int64)
    x, y = dsm.middles()
    points = np.column_stack([x[column], y[row], np.round(dsm.values[row, column] / 0.25) * 0.25 + 0.1])
    seen = {
        "exact": horizons_of_points(index, points, own, directions=72, radius_m=400.0),
        "raster": surface_horizons(dsm, points, directions=72, radius_m=400.0, own=own, owner=of_pixel),
    }
    assert seen["exact"].max() > 40.0
    tables = light_tables(sun_hours(gothenburg_year, Site(57.707, 11.964, 10.0), albedo=0.2), np.zeros(1), np.zeros(1), directions=72)
    light = {
        name: pd.Series(point_irradiation(tables, np.zeros(len(points), dtype=int), h)).groupby(own).mean() for name, h in seen.items()
    }
    mean, most = compared(light["exact"], light["raster"])
    assert mean < 0.02
    assert most < 0.08


def test_a_surface_is_not_changed_by_what_is_drawn_on_it():
    ground = blank((0.0, 0.0, 10.0, 10.0), 1.0)
    drawn_surface(np.array([shapely.box(2, 2, 5, 5)], dtype=object), np.array([3.0]), np.zeros(1), np.zeros(1), ground)
    assert (ground.values == 0.0).all()
    assert replace(ground).pixel_m == 1.0
