"""Roofs, shade and yield of whole places, from the district file on: models, trees and neighbours shade in the right direction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ped_geo.pipeline import STEPS
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.shading import Surface, Surroundings, plane_horizons
from ped_geo.shading.surface import blank, drawn_surface
from ped_geo.solar.irradiation import irradiation_map, plane_irradiation
from ped_geo.study import parse_study

HERE = Path(__file__).resolve().parent
ESTATE = HERE.parent / "districts" / "sample-estate.toml"


def run(text, folder, until="solar"):
    """Study, site and layers of a district file up to a step."""
    study = parse_study(text, name="place", folder=folder)
    site, layers, _ = inputs(study, fetch(study, folder), folder, refresh=False)
    for step in STEPS:
        if step.name != "access":
            layers |= step.compute({"study": study, "site": site}, layers)
        if step.name == until:
            break
    return study, site, layers


def estate(folder, sources="", solar="", until="solar"):
    """The sample estate with more lines in its sections."""
    text = ESTATE.read_text().replace("[sources]\n", f"[sources]\n{sources}\n") + f"\n[solar]\n{solar}\n"
    return run(text, folder, until)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return estate(tmp_path_factory.mktemp("plain"))


def light_of(study, site, layers, **solar):
    chosen = study.model_copy(update={"solar": study.solar.model_copy(update=solar)})
    seen = plane_horizons(layers["roof_planes"], layers["buildings"], chosen, Surroundings(trees=layers["trees"]))
    return plane_irradiation(layers["roof_planes"], seen, layers["weather"], site, albedo=0.2)


def check_methods_agree(place):
    exact, raster, none = (light_of(*place, shading=method) for method in ("exact", "raster", "none"))
    kind = place[2]["roof_planes"]["kind"]
    assert set(kind) == {"roof", "facade"}
    for one in ("roof", "facade"):
        error = (raster / exact - 1.0).abs()[kind == one]
        assert error.mean() < 0.02, one
        assert error.quantile(0.95) < 0.08, one
    assert (exact <= none * (1 + 1e-6)).all()
    assert exact.sum() < 0.999 * none.sum()


def test_raster_and_exact_method_agree_on_the_rasterised_sample_estate(tmp_path):
    check_methods_agree(estate(tmp_path, solar="facades = true", until="shading"))


@pytest.mark.shared
@pytest.mark.slow
def test_raster_and_exact_method_agree_on_hoyerswerda_with_its_trees(shared_data, tmp_path):
    text = (HERE / "real" / "hoyerswerda.toml").read_text() + "\n[solar]\nfacades = true\n"
    place = run(text.replace("../../../shared/data", str(shared_data)), tmp_path, until="shading")
    assert set(place[2]["trees"]["kind"]) == {"tree", "tree_row", "wood"}
    check_methods_agree(place)
    bare = plane_horizons(place[2]["roof_planes"], place[2]["buildings"], place[0]).filter(regex=r"^h\d")
    shaded = place[2]["horizons"].filter(regex=r"^h\d")
    assert (shaded >= bare - 1e-6).all(axis=None)
    assert (shaded > bare + 1.0).any(axis=None)


def write_model(path, layers, height):
    """A GeoTIFF of heights around the estate, 2 m pixels; `height` takes eastings and northings from the middle of the estate."""
    import rasterio
    from affine import Affine

    west, south, east, north = layers["buildings"].total_bounds + np.array([-400.0, -400.0, 400.0, 400.0])
    columns, rows = int((east - west) / 2.0), int((north - south) / 2.0)
    x, y = np.meshgrid(west + np.arange(columns) * 2.0 + 1.0, north - np.arange(rows) * 2.0 - 1.0)
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "crs": layers["buildings"].crs.to_wkt()}
    with rasterio.open(path, "w", **profile, transform=Affine(2.0, 0.0, west, 0.0, -2.0, north)) as data:
        data.write(height(x - (west + east) / 2.0, y - (south + north) / 2.0).astype("float32"), 1)


def drawn(layers, x, y, add):
    """Level ground at 200 m with the estate's roofs as flat blocks, and what is added."""
    buildings = layers["buildings"]
    pixel = float(x[0, 1] - x[0, 0])
    middle = buildings.total_bounds.reshape(2, 2).mean(axis=0)
    ground = Surface(
        np.full(x.shape, 200.0, dtype=np.float32), float(x[0, 0] + middle[0]) - pixel / 2, float(y[0, 0] + middle[1]) + pixel / 2, pixel
    )
    level = np.zeros(len(buildings))
    roofs = drawn_surface(buildings.geometry.to_numpy(), buildings["height_m"].to_numpy() + 200.0, level, level, ground)
    return np.maximum(roofs.values, add)


def horizons(layers):
    return layers["horizons"].filter(regex=r"^h\d").to_numpy()


def yield_kwh(layers):
    return layers["pv_buildings"]["annual_yield_kwh_a"].sum()


def test_a_terrain_model_named_in_the_district_file_puts_hills_on_the_horizon(plain, tmp_path):
    layers = plain[2]
    south = layers["buildings"].total_bounds[[1, 3]] @ np.array([-0.5, 0.5])
    write_model(tmp_path / "level.tif", layers, lambda x, y: 210.0 + 0.0 * x)
    write_model(tmp_path / "hill.tif", layers, lambda x, y: 210.0 + np.where(y < -south - 250.0, 300.0, 0.0))
    level = estate(tmp_path, 'terrain_model = "level.tif"')[2]
    hill = estate(tmp_path, 'terrain_model = "hill.tif"')[2]
    assert horizons(level) == pytest.approx(horizons(layers), abs=1e-3)
    rise = horizons(hill) - horizons(level)
    assert rise[:, 36].mean() > 5.0
    assert np.abs(rise[:, [0, 70, 71, 1, 2]]).max() < 1e-3
    assert yield_kwh(hill) < 0.97 * yield_kwh(level)
    # the place now lies at the model's 210 m and not at the station's 237: thinner air moves the sun by a hair
    assert yield_kwh(level) == pytest.approx(yield_kwh(layers), rel=1e-5)


def test_a_surface_model_named_in_the_district_file_shows_trees_and_heights(plain, tmp_path):
    layers = plain[2]
    write_model(tmp_path / "bare.tif", layers, lambda x, y: drawn(layers, x, y, 0.0))
    # a wood of 40 m all around the roofs, twelve metres away from them
    near = layers["buildings"].geometry.union_all().buffer(12.0)

    def wood(x, y):
        import shapely

        middle = layers["buildings"].total_bounds.reshape(2, 2).mean(axis=0)
        free = shapely.contains_xy(near, x.ravel() + middle[0], y.ravel() + middle[1]).reshape(x.shape)
        return drawn(layers, x, y, np.where(free, 0.0, 240.0))

    write_model(tmp_path / "wood.tif", layers, wood)
    bare, shaded = (estate(tmp_path, f'surface_model = "{name}.tif"')[2] for name in ("bare", "wood"))
    assert horizons(shaded).mean() > horizons(bare).mean() + 10.0
    assert yield_kwh(shaded) < 0.8 * yield_kwh(bare)
    assert yield_kwh(bare) == pytest.approx(yield_kwh(layers), rel=0.03)


def test_buildings_beyond_the_boundary_are_kept_and_shade(tmp_path):
    west, south, east, north = 20.3600421, 50.1521079, 20.3697717, 50.1566495
    half = f"bbox = [{west}, {south}, {(west + east) / 2.0}, {north}]"
    text = "\n".join(half if line.startswith("bbox") else line for line in ESTATE.read_text().splitlines())
    study, _, layers = run(text, tmp_path, until="shading")
    buildings = layers["buildings"]
    outside = ~buildings["in_district"]
    assert 5 < outside.sum() < len(buildings)
    assert not layers["roof_planes"]["building_id"].isin(buildings.index[outside]).any()
    alone = plane_horizons(layers["roof_planes"], buildings[~outside], study).filter(regex=r"^h\d").to_numpy()
    both = horizons(layers)
    assert (both >= alone - 1e-6).all()
    assert (both > alone + 1.0).any()


def test_arrays_mapped_on_the_estate_are_counted_as_existing_and_not_as_new(plain):
    layers = plain[2]
    table = layers["pv_buildings"]
    assert table["existing_kwp"].gt(0).sum() == 2
    today = layers["pv_existing_hourly"]
    assert today.sum().sum() == pytest.approx(table["existing_yield_kwh_a"].sum(), rel=2e-3)
    assert layers["pv_hourly"].sum().sum() == pytest.approx(table["annual_yield_kwh_a"].sum(), rel=2e-3)


def test_facades_are_an_option_of_the_study_and_windows_take_their_share(plain, tmp_path):
    assert (plain[2]["roof_planes"]["kind"] == "roof").all()
    with_walls = estate(tmp_path, solar="facades = true")[2]
    arrays = with_walls["pv_arrays"].join(with_walls["roof_planes"][["kind", "area_m2"]], on="plane_id")
    walls = arrays[arrays["kind"] == "facade"]
    assert len(walls) > 10
    assert (walls["surface_tilt"] == 90.0).all()
    assert (walls["module_area_m2"] <= walls["area_m2"] * 1.001).all()
    assert arrays.loc[arrays["kind"] == "roof", "capacity_kwp"].sum() == pytest.approx(plain[2]["pv_arrays"]["capacity_kwp"].sum())


def test_rows_on_flat_roofs_shade_one_another_and_the_closer_the_more(plain, tmp_path):
    loss = []
    for ratio in (0.4, 0.7, 0.95):
        arrays = estate(tmp_path, solar=f'flat_rack = "south"\nflat_tilt = 25\nground_cover_ratio = {ratio}')[2]["pv_arrays"]
        flat = arrays[arrays["rack"] == "south"]
        loss.append(np.average(flat["shading_loss"], weights=flat["capacity_kwp"]))
    assert loss == sorted(loss)
    assert loss[2] > loss[0] + 0.03


def test_the_irradiation_map_shows_what_the_planes_get(plain):
    study, site, layers = plain
    found = irradiation_map(layers["roof_planes"], layers["buildings"], layers["weather"], site, study, Surroundings(trees=layers["trees"]))
    planes = layers["roof_planes"]
    big = planes[planes.area > 60.0]
    points = big.geometry.representative_point()
    mapped = pd.Series(found.at(np.column_stack([points.x, points.y])), index=big.index)
    exact = light_of(study, site, layers)[big.index]
    assert (mapped / exact - 1.0).abs().median() < 0.02


def test_hills_take_light_from_the_map_and_leave_the_rest(plain):
    study, site, layers = plain
    west, south, east, north = layers["buildings"].total_bounds
    ground = blank((west - 1500.0, south - 1500.0, east + 1500.0, north + 1500.0), 10.0, 200.0)
    light = {}
    for name, rows in (("south", slice(-110, None)), ("north", slice(0, 110))):
        hill = ground.values.copy()
        hill[rows] += 300.0
        far = Surface(hill, ground.west, ground.north, 10.0)
        around = Surroundings(hills=far)
        light[name] = irradiation_map(layers["roof_planes"], layers["buildings"], layers["weather"], site, study, around).values
    level = irradiation_map(layers["roof_planes"], layers["buildings"], layers["weather"], site, study).values
    assert (light["south"] <= level + 0.1).all()
    assert (light["north"] <= level + 0.1).all()
    # the north gives sky, the south the winter sun too
    assert level.mean() > light["north"].mean() > light["south"].mean()
    assert light["south"].mean() < 0.97 * level.mean()


def test_buildings_of_the_map_stand_on_the_terrain(plain):
    study, site, layers = plain
    west, south, east, north = layers["buildings"].total_bounds
    ground = blank((west - 300.0, south - 300.0, east + 300.0, north + 300.0), 2.0, 200.0)
    given = (layers["roof_planes"], layers["buildings"], layers["weather"], site, study)
    level = irradiation_map(*given).values
    assert irradiation_map(*given, Surroundings(terrain=ground)).values == pytest.approx(level, rel=1e-4)
    # on a steep slope a roof no longer stands in front of the one behind
    rising = Surface(ground.values + np.arange(len(ground.values))[::-1, None] * 1.0, ground.west, ground.north, 2.0)
    shifted = irradiation_map(
        *given, Surroundings(terrain=Surface(rising.values.astype(np.float32), ground.west, ground.north, 2.0))
    ).values
    assert np.abs(shifted - level).max() > 50.0


def test_the_map_of_a_fine_surface_is_no_larger_than_asked_and_unknown_stays_unknown(plain):
    study, site, layers = plain
    few = study.model_copy(update={"overrides": {"pv.map_pixels": 40_000.0}})
    west, south, east, north = layers["buildings"].total_bounds
    fine = blank((west - 50.0, south - 50.0, east + 50.0, north + 50.0), 1.0, 200.0)
    fine.values[:120, :120] = -1e4
    given = (layers["roof_planes"], layers["buildings"], layers["weather"], site)
    found = irradiation_map(*given, few, Surroundings(surface=fine))
    assert found.values.size <= 40_000
    assert found.values[0, 0] < 0.0
    assert found.values[-1, -1] == pytest.approx(layers["weather"]["ghi"].sum() / 1000.0, rel=0.03)
