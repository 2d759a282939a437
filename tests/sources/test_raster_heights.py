"""Heights of rasters in metres, however a file writes them, and surface against terrain."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ped_geo.errors import SourceError
from ped_geo.sources import load_place
from ped_geo.sources._surface_window import surface_window
from ped_geo.sources.elevation import heights_above_ground, measured_heights, open_model, read_raster
from ped_geo.study import Study

WEST, NORTH = 455_950.0, 5_698_150.0
GROUND, HEIGHT = 40.0, 12.0
HOUSES = [shapely.box(WEST + 50 + 70 * number, NORTH - 150, WEST + 100 + 70 * number, NORTH - 138) for number in range(3)]
FRAME = gpd.GeoDataFrame(geometry=HOUSES, crs=25833, index=["a", "b", "c"])


def surface():
    grid = np.full((200, 300), GROUND)
    for number in range(3):
        grid[138:150, 50 + 70 * number : 100 + 70 * number] += HEIGHT
    return grid


def terrain():
    return np.full((200, 300), GROUND)


def written(path, metres, *, dtype="float32", scale=1.0, offset=0.0, unit="", nodata=None, west=WEST):
    """A GeoTIFF whose numbers, times scale plus offset, are heights in metres."""
    import rasterio
    from rasterio.transform import from_origin

    stored = np.where(np.isfinite(metres), (metres - offset) / scale, nodata if nodata is not None else -9999)
    stored = np.round(stored) if dtype != "float32" else stored
    options = {"driver": "GTiff", "height": metres.shape[0], "width": metres.shape[1], "count": 1, "dtype": dtype, "nodata": nodata}
    with rasterio.open(path, "w", crs="EPSG:25833", transform=from_origin(west, NORTH, 1.0, 1.0), **options) as out:
        out.write(stored.astype(dtype), 1)
        out.scales, out.offsets = (scale,), (offset,)
        if unit:
            out.units = (unit,)
    return path


def study_of(**models):
    return Study(name="x", title="X", country="DE", sources=models)


ENCODINGS = {
    "metres": {},
    "decimetres": {"dtype": "int16", "scale": 0.1},
    "centimetres above 100 m": {"dtype": "int16", "scale": 0.01, "offset": 100.0},
    "millimetres": {"dtype": "int32", "scale": 0.001},
    "steps of half a metre": {"dtype": "uint8", "scale": 0.5, "offset": -10.0},
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("with_terrain", [True, False])
def test_scale_and_offset_are_honoured(tmp_path, encoding, with_terrain):
    models = {"surface_model": written(tmp_path / "dsm.tif", surface(), **ENCODINGS[encoding])}
    if with_terrain:
        models["terrain_model"] = written(tmp_path / "dtm.tif", terrain(), **ENCODINGS[encoding])
    assert heights_above_ground(FRAME, study_of(**models)).tolist() == pytest.approx([HEIGHT] * 3, abs=0.01)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_windows_for_shade_are_in_metres_too(tmp_path, encoding):
    path = written(tmp_path / "dsm.tif", surface(), **ENCODINGS[encoding])
    window = surface_window(path, (WEST, NORTH - 200, WEST + 300, NORTH), 25833, 1.0)
    np.testing.assert_allclose(window.to_numpy(), surface(), atol=0.01)


def test_tiles_of_one_model_may_be_written_in_different_ways(tmp_path):
    folder = tmp_path / "tiles"
    folder.mkdir()
    grid = surface()
    written(folder / "a.tif", grid[:, :150], dtype="int16", scale=0.1)
    written(folder / "b.tif", grid[:, 150:], west=WEST + 150)
    study = study_of(surface_model=folder)
    found = read_raster(open_model(folder, study), (WEST, NORTH - 200, WEST + 300, NORTH), study)
    np.testing.assert_allclose(found.values, grid, atol=1e-5)
    np.testing.assert_allclose(surface_window(folder, (WEST, NORTH - 200, WEST + 300, NORTH), 25833, 1.0), grid, atol=1e-5)


@pytest.mark.parametrize(
    ("unit", "factor"), [("m", 1.0), ("metre", 1.0), ("dm", 10.0), ("cm", 100.0), ("ft", 1 / 0.3048), ("US survey foot", 3937 / 1200)]
)
def test_a_stated_unit_of_the_band_is_turned_into_metres(tmp_path, unit, factor):
    path = written(tmp_path / "dsm.tif", surface() * factor, unit=unit)
    assert heights_above_ground(FRAME, study_of(surface_model=path)).tolist() == pytest.approx([HEIGHT] * 3, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "told"), [({"unit": "parsec"}, "gives heights in 'parsec', an unknown unit"), ({"scale": 0.0}, "scale 0 and offset 0")]
)
def test_a_unit_or_scale_that_means_nothing_is_refused(tmp_path, changed, told):
    import rasterio

    path = written(tmp_path / "dsm.tif", surface(), unit=changed.get("unit", ""))
    if "scale" in changed:
        with rasterio.open(path, "r+") as out:
            out.scales = (changed["scale"],)
    for use in (
        lambda: heights_above_ground(FRAME, study_of(surface_model=path)),
        lambda: surface_window(path, (WEST, NORTH - 200, WEST + 300, NORTH), 25833, 1.0),
    ):
        with pytest.raises(SourceError, match=told):
            use()


@pytest.mark.parametrize("nodata", [-9999, -32768, 0, None])
@pytest.mark.parametrize("scale", [1.0, 0.1, 0.01])
def test_unknown_pixels_are_no_heights_in_any_encoding(tmp_path, nodata, scale):
    """Where the file does not say what unknown is, the numbers that programs write for it are (-9999 here)."""
    grid = surface()
    grid[138:150, 50:100] = np.nan
    path = written(tmp_path / "dsm.tif", grid, dtype="int16", scale=scale, nodata=nodata)
    found = measured_heights(FRAME, study_of(surface_model=path))
    assert np.isnan(found.metres["a"])
    assert found.metres[["b", "c"]].tolist() == pytest.approx([HEIGHT] * 2, abs=0.01)
    assert found.left.tolist() == ["few", "", ""]
    window = surface_window(path, (WEST, NORTH - 200, WEST + 300, NORTH), 25833, 1.0).to_numpy()
    assert np.isnan(window[140:148, 52:98]).all()
    assert np.nanmin(window) == pytest.approx(GROUND, abs=0.01)


# surface against terrain ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("top", "ground", "told"),
    [
        (surface() - GROUND, terrain(), "40 m below terrain_model"),
        (surface() + 36.0, terrain(), "36 m above terrain_model"),
        (surface(), terrain() * 10.0, "360 m below terrain_model"),
    ],
    ids=["normalised", "another datum", "another unit"],
)
def test_a_surface_that_does_not_meet_the_terrain_is_refused(tmp_path, top, ground, told):
    models = {"surface_model": written(tmp_path / "dsm.tif", top), "terrain_model": written(tmp_path / "dtm.tif", ground)}
    with pytest.raises(SourceError, match=told) as error:
        heights_above_ground(FRAME, study_of(**models))
    assert "without terrain_model" in str(error.value)


def test_a_normalised_surface_alone_gives_the_heights(tmp_path):
    path = written(tmp_path / "ndsm.tif", surface() - GROUND)
    assert heights_above_ground(FRAME, study_of(surface_model=path)).tolist() == pytest.approx([HEIGHT] * 3)


def test_bushes_and_a_slope_do_not_make_two_models_contradict_each_other(tmp_path):
    slope = np.linspace(0, 60, 200)[:, None] * np.ones(300)
    bushes = np.random.default_rng(1).uniform(0, 1.5, (200, 300))
    models = {
        "surface_model": written(tmp_path / "dsm.tif", surface() + slope + bushes),
        "terrain_model": written(tmp_path / "dtm.tif", terrain() + slope),
    }
    assert heights_above_ground(FRAME, study_of(**models)).notna().all()


# what became of the buildings -----------------------------------------------------------------------------------------


def place_of(tmp_path, frame, path):
    frame.assign(building="yes").to_file(tmp_path / "f.gpkg")
    return load_place(study_of(buildings="footprints_file", files=[tmp_path / "f.gpkg"], surface_model=path), tmp_path)


def test_buildings_without_a_height_are_counted_with_their_reason(tmp_path):
    grid = surface()
    grid[138:150, 50:100] = np.nan
    grid[138:150, 120:170] = GROUND + 1.0
    more = [*HOUSES, shapely.box(WEST + 400, NORTH - 100, WEST + 410, NORTH - 90)]
    frame = gpd.GeoDataFrame({"id": list("abcd")}, geometry=more, crs=25833)
    place = place_of(tmp_path, frame, written(tmp_path / "dsm.tif", grid, nodata=-9999))
    (remark,) = place.remarks
    assert remark.key == "heights_left"
    counts = {name: remark.values[name] for name in ("of", "used", "outside", "few", "odd")}
    assert counts == {"of": 4, "used": 1, "outside": 1, "few": 1, "odd": 1}


def test_heights_that_no_quarter_has_are_remarked(tmp_path):
    """Decimetres written without their scale."""
    path = written(tmp_path / "dsm.tif", surface() * 10.0)
    place = place_of(tmp_path, gpd.GeoDataFrame({"id": list("abc")}, geometry=HOUSES, crs=25833), path)
    (remark,) = place.remarks
    assert (remark.key, remark.values) == ("model_heights", {"value": pytest.approx(120.0), "high": 60.0})
