"""The pipeline from Python: frames in, frames out, nothing on disk, and the same answers as by files."""

from __future__ import annotations

import inspect
from importlib import resources

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import ped_geo
from ped_geo import schema
from ped_geo.errors import LayerError, SourceError, StudyError
from ped_geo.pipeline import STEPS
from tests.hamlet import CRS, HAMLET, box, line, make_boundary

PLAIN = {"solar": {"shading": "none"}}
"""What makes the hamlet quick; nothing shades it anyway."""


def own_buildings():
    """The hamlet's standing houses as a frame of one's own: three columns beside the outlines."""
    rows = {name: (extent, tags) for name, (extent, tags) in HAMLET.items() if tags["building"] not in {"roof", "construction"}}
    return gpd.GeoDataFrame(
        {
            "use": [tags["building"] for _, tags in rows.values()],
            "storeys": [float(tags.get("building:levels", "nan")) for _, tags in rows.values()],
            "year": [float(tags.get("start_date", "nan")) for _, tags in rows.values()],
        },
        geometry=[box(*extent) for extent, _ in rows.values()],
        crs=CRS,
        index=pd.Index(list(rows), name="parcel"),
    )


def own_streets():
    return gpd.GeoDataFrame(geometry=[line((-50, 150), (450, 150)), line((200, -50), (200, 350))], crs=CRS)


def a_place(**how):
    given = {"buildings": own_buildings(), "streets": own_streets(), "boundary": make_boundary(), "country": "PL"}
    return ped_geo.Place.from_frames(**{**given, **PLAIN, **how})


@pytest.fixture(scope="module")
def place():
    return a_place()


def test_public_names_are_these_and_documented():
    assert sorted(ped_geo.__all__) == ["PedGeoError", "Place", "__version__"]
    assert set(ped_geo.__all__) <= set(dir(ped_geo))
    assert (resources.files("ped_geo") / "py.typed").is_file()
    public = {name: member for name, member in inspect.getmembers(ped_geo.Place) if not name.startswith("_")}
    assert set(public) == {
        *("from_frames", "from_file", "from_name", "from_study", "layer", "layer_names", "units", "variants", "remarks"),
        *("buildings", "blocks", "pv", "demand", "balance", "candidates"),
    }
    assert all(inspect.getdoc(member) for member in public.values())
    with pytest.raises(AttributeError, match="no attribute 'Plaice'"):
        ped_geo.Plaice  # noqa: B018


def test_a_frame_with_three_columns_becomes_buildings_and_blocks(place):
    slab = place.buildings.loc["way/1"]
    assert slab["footprint_area_m2"] == pytest.approx(60 * 10, rel=1e-3)
    assert (slab["storeys_above_ground"], slab["construction_period"]) == (5, "PL.03")
    # two streets that cross inside the boundary leave four blocks of 200 m by 150 m
    assert place.blocks["area_m2"].to_numpy() == pytest.approx([200 * 150] * 4, rel=0.02)
    assert place.blocks["buildings"].sum() == len(place.buildings)
    assert place.blocks.crs.to_epsg() == 2178


def test_only_what_is_asked_for_is_computed_and_no_file_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fresh = a_place()
    assert len(fresh.blocks)
    computed = {step.name for step in STEPS if set(step.gives) <= set(fresh._layers)}
    assert computed == {"buildings", "streets", "blocks"}
    assert list(tmp_path.iterdir()) == []


def test_what_the_caller_holds_stays_as_it_is_and_so_do_results(place):
    mine = own_buildings()
    before = mine.copy()
    a_place(buildings=mine)
    pd.testing.assert_frame_equal(mine, before)
    taken = place.blocks
    taken["area_m2"] = 0.0
    assert (place.blocks["area_m2"] > 0).all()


def test_degrees_give_the_same_blocks_as_metres(place):
    degrees = a_place(buildings=own_buildings().to_crs(4326), streets=own_streets().to_crs(4326), boundary=make_boundary().to_crs(4326))
    assert degrees.blocks.index.equals(place.blocks.index)
    assert degrees.blocks["area_m2"].to_numpy() == pytest.approx(place.blocks["area_m2"].to_numpy(), rel=1e-6)


def test_frames_and_a_file_of_them_give_equal_layers(place, tmp_path):
    own_buildings().rename_axis("building_id").reset_index().to_file(tmp_path / "mine.gpkg", layer="buildings")
    own_streets().to_file(tmp_path / "streets.gpkg", layer="streets")
    make_boundary().to_file(tmp_path / "boundary.gpkg")
    files = {"streets": tmp_path / "streets.gpkg", "boundary": tmp_path / "boundary.gpkg"}
    by_file = ped_geo.Place.from_file(tmp_path / "mine.gpkg", **files, country="PL", **PLAIN)
    assert by_file.blocks.index.equals(place.blocks.index)
    for mine, theirs in ((place.blocks, by_file.blocks), (place.buildings, by_file.buildings), (place.pv(), by_file.pv())):
        assert len(mine)
        pd.testing.assert_frame_equal(pd.DataFrame(mine), pd.DataFrame(theirs), rtol=1e-9)


def test_pv_has_units_hours_and_sums(place):
    yearly, hourly = place.pv(), place.pv(by="hour")
    assert place.units("pv_buildings")["annual_yield_kwh_a"] == "kWh/a"
    assert hourly.shape[0] == 8760
    assert hourly.to_numpy().sum() == pytest.approx(yearly["annual_yield_kwh_a"].sum(), rel=1e-4)
    assert place.pv(by="array")["building_id"].isin(place.buildings.index).all()


def test_weather_may_be_a_frame_and_is_taken_as_it_is(place):
    index = pd.date_range("2023-01-01", periods=8760, freq="h", tz="Europe/Warsaw")
    dark = pd.DataFrame({"ghi": 0.0, "dni": 0.0, "dhi": 0.0, "temp_air": 5.0, "wind_speed": 2.0}, index=index)
    assert a_place(weather=dark).pv()["annual_yield_kwh_a"].sum() == 0.0
    # a frame tells no altitude, of which the sun's height by refraction feels a trace
    builtin = place.layer("weather")
    elsewhere = builtin.set_axis((builtin.index + pd.DateOffset(years=4)).tz_convert("Asia/Tokyo"))
    by_frame, by_name = (one.pv()["annual_yield_kwh_a"].to_numpy() for one in (a_place(weather=elsewhere), place))
    assert by_frame == pytest.approx(by_name, rel=1e-5)
    with pytest.raises(LayerError, match="weather has no column 'dni'"):
        a_place(weather=dark.drop(columns="dni"))
    with pytest.raises(LayerError, match="tz_localize"):
        a_place(weather=dark.tz_localize(None))
    with pytest.raises(SourceError, match="holds 8759 hours"):
        a_place(weather=dark.iloc[1:])


def test_all_that_is_wrong_with_frames_is_told_at_once():
    with pytest.raises(LayerError) as told:
        a_place(
            buildings=own_buildings().set_crs(None, allow_override=True),
            streets=pd.DataFrame({"name": ["Polna"]}),
            boundary=shapely.Point(0, 0),
            columns={"building:levels": "floors"},
        )
    message = str(told.value)
    assert "buildings has no coordinate system; set it, for example buildings.set_crs(4326)" in message
    assert "streets is a DataFrame, must be a GeoDataFrame" in message
    assert "boundary holds no Polygon" in message
    assert "columns names 'floors' for building:levels, which buildings does not have; it has use, storeys, year, geometry" in message


def test_a_column_with_another_name_is_read_where_it_is_named(place):
    renamed = own_buildings().rename(columns={"storeys": "etażność"})
    told = a_place(buildings=renamed, columns={"building:levels": "etażność"})
    assert told.buildings["storeys_above_ground"].equals(place.buildings["storeys_above_ground"])
    assert any("etażność" in remark for remark in a_place(buildings=renamed).remarks)


def test_settings_and_words_that_mean_nothing_are_refused_with_what_there_is(place):
    with pytest.raises(StudyError, match="flat_tilt is 99"):
        a_place(solar={"flat_tilt": 99})
    with pytest.raises(StudyError, match="variant is 'tomorrow', must be one of today, today_pv"):
        place.balance(variant="tomorrow")
    with pytest.raises(StudyError, match="by is 'roof', must be one of building, array, hour"):
        place.pv(by="roof")
    with pytest.raises(StudyError, match="there is no layer 'blocs'"):
        place.layer("blocs")
    with pytest.raises(StudyError, match="names no kind of file"):
        ped_geo.Place.from_file("city.dwg")


def test_without_a_pack_there_are_blocks_and_pv_and_it_is_said_what_is_missing():
    abroad = a_place(country="PT")
    assert len(abroad.blocks) == 4
    assert abroad.pv()["annual_yield_kwh_a"].sum() > 0
    with pytest.raises(StudyError, match=r"layer 'need' needs a country's typology, factors and prices, and PT has no pack"):
        abroad.demand()


def test_every_layer_that_is_shown_has_declared_columns(place):
    for name in ("blocks", "buildings", "pv_buildings", "need", "balance", "candidates"):
        assert name in place.layer_names
        assert schema.columns(name)


@pytest.mark.slow
def test_five_lines_lead_from_a_frame_to_candidates():
    place = a_place()
    need, balance = place.demand(), place.balance(variant="today_pv")
    assert need.index.equals(place.buildings.index)
    assert balance["pv_kwh_a"].sum() == pytest.approx(place.pv()["annual_yield_kwh_a"].sum(), rel=1e-4)
    assert (place.demand("near_zero")["heat_need_kwh_a"] <= need["heat_need_kwh_a"] + 1e-6).all()
    assert place.demand(by="hour").to_numpy().sum() == pytest.approx(need["heat_need_kwh_a"].sum(), rel=1e-3)
    groups = place.candidates()
    assert set(groups["blocks"].str.split(";").explode()) <= set(place.blocks.index)
    assert np.isfinite(groups["balance_kwh_a"]).all()
