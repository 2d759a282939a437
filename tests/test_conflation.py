"""Second sources, building models and rasters from the district file to buildings and roof planes: hand-made places, then real ones."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.outputs import Results
from ped_geo.outputs.conflation import conflation_sentences, write_conflation
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.study import parse_study

REAL = Path(__file__).resolve().parent / "real"


def run(text, folder, *, name="place"):
    """Results of a district file's text up to the roof planes, without running what does not concern them."""
    study = parse_study(text, name=name, folder=folder)
    place = fetch(study, folder)
    site, layers, provenance = inputs(study, place, folder, refresh=False)
    steps = tuple(step for step in STEPS if step.name in {"buildings", "streets", "blocks", "roofs"})
    found = run_steps(steps, study, site, layers, store=None)
    return Results(study, site, {**found, "conflation": place.conflation}, provenance, place.origin)


def real(name):
    return run((REAL / f"{name}.toml").read_text(encoding="utf-8"), REAL, name=name)


# Świętochłowice: BDOT10k with LoD2 ------------------------------------------------------------------------------------

# README of the data: area of the model within its outer edge and of the BDOT10k footprint, storeys, height
CHROPACZOW = [(945, 944.9, 1, 5.3), (2115, 1908, 2, 10.3), (399, 402, 3, 14.3), (68, 69, 3, 11.2), (65, 67, 3, 11.2), (58, 55, 2, 8.4)]


@pytest.fixture(scope="module")
def chropaczow(shared_data):
    return real("chropaczow")


@pytest.fixture(scope="module")
def six(chropaczow):
    """The six buildings with models, the largest first."""
    joined = chropaczow.layers["conflation"]
    buildings = chropaczow.layers["buildings"].loc[joined["building_id"]]
    return buildings.loc[buildings.to_crs(2180).area.sort_values(ascending=False).index]


def expected():
    return pd.DataFrame(CHROPACZOW, columns=["model_m2", "footprint_m2", "storeys", "height_m"]).sort_values(
        "footprint_m2", ascending=False
    )


@pytest.mark.shared
def test_the_six_models_are_joined_one_to_one_and_nothing_is_left(chropaczow):
    joined = chropaczow.layers["conflation"]
    assert joined["state"].tolist() == ["matched"] * 6
    # the register's own ids confirm what the areas say
    assert (joined["building_id"] == joined["other_id"]).all()
    assert conflation_sentences(chropaczow, "en") == [
        "2476_M-34-62-B-b-1-2_lod2.gml: 6 objects, 6 joined one to one, 0 drawn as several, 0 without a partner, 0 of them added as buildings (conflation.csv)."
    ]


@pytest.mark.shared
def test_buildings_carry_the_heights_of_the_models_and_the_storeys_of_the_register(six):
    told = expected()
    np.testing.assert_allclose(six.to_crs(2180).area, told["footprint_m2"], atol=0.6)
    np.testing.assert_allclose(six["height_m"], told["height_m"], atol=1e-9)
    assert six["height_m_source"].tolist() == ["lod2"] * 6
    assert six["storeys_above_ground"].tolist() == told["storeys"].tolist()
    assert six["storeys_above_ground_source"].tolist() == ["bdot10k"] * 6


@pytest.mark.shared
def test_models_cover_the_areas_of_the_readme(shared_data):
    from ped_geo.sources.citygml import read_citygml

    models = read_citygml(shared_data / "gugik_citygml" / "2476_M-34-62-B-b-1-2_lod2.gml").models
    within = sorted(shapely.Polygon(shape.exterior).area for shape in models.geometry)
    np.testing.assert_allclose(within, sorted(row[0] for row in CHROPACZOW), atol=0.6)


@pytest.mark.shared
def test_roof_planes_of_the_models_cover_their_buildings(chropaczow, six):
    planes = chropaczow.layers["roof_planes"]
    assert (planes["source"] == "lod2").sum() == 78
    mine = planes[planes["building_id"].isin(six.index)]
    assert set(mine["source"]) == {"lod2"}
    area = mine.area.groupby(mine["building_id"]).sum().reindex(six.index)
    np.testing.assert_allclose(area / six.area, 1.0, atol=0.07)
    top = mine.groupby("building_id")["height_m"].max().reindex(six.index)
    assert (top <= six["height_m"]).all()
    assert (top >= six["height_m"] - six["roof_height_m"]).all()


@pytest.mark.shared
def test_storeys_guessed_from_the_models_heights_agree_with_the_register_within_two(shared_data, six, tmp_path):
    """Three of six to the storey, five within one; the tenement of 13.4 m to the eaves has high storeys that no source tells."""
    whole = gpd.read_file(shared_data / "swietochlowice_bdot10k" / "swietochlowice_bdot10k.gpkg", layer="OT_BUBD_A")
    whole.loc[whole["lokalny_id"].isin(six.index), "liczba_kondygnacji"] = None
    whole.to_file(tmp_path / "b.gpkg", layer="OT_BUBD_A")
    text = (REAL / "chropaczow.toml").read_text(encoding="utf-8")
    text = text.replace("../../../shared/data/swietochlowice_bdot10k/swietochlowice_bdot10k.gpkg", str(tmp_path / "b.gpkg"))
    guessed = run(text, REAL).layers["buildings"].loc[six.index]
    assert guessed["storeys_above_ground_source"].tolist() == ["inferred: height"] * 6
    off = (guessed["storeys_above_ground"] - six["storeys_above_ground"]).abs()
    assert (off == 0).sum() >= 3
    assert (off <= 1).sum() >= 5
    assert off.max() <= 2


# Göteborg: surface and terrain model ----------------------------------------------------------------------------------


@pytest.mark.shared
def test_goteborg_heights_are_those_of_the_pixels_counted_one_by_one(shared_data):
    import rasterio

    buildings = real("goteborg").layers["buildings"]
    assert (buildings["height_m_source"] == "dsm").sum() == 37
    # heights are measured within the outlines as given, before overlaps are cut
    measured = buildings[(buildings["height_m_source"] == "dsm") & (buildings["flags"] == "")]
    assert len(measured) > 30
    grids = {}
    for name in ("DSM", "DEM"):
        with rasterio.open(shared_data / "dsm_goteborg" / f"{name}_KRbig.tif") as data:
            grids[name], transform, crs = data.read(1).astype(float), data.transform, data.crs
    rows, columns = grids["DSM"].shape
    x = transform.c + (np.arange(columns) + 0.5) * transform.a
    y = transform.f + (np.arange(rows) + 0.5) * transform.e
    east, north = np.meshgrid(x, y)
    counted = []
    for shape in measured.to_crs(crs.to_wkt()).geometry:
        within, inside = (shapely.contains_xy(part, east, north) for part in (shape.buffer(-1.0), shape))
        roof = within if within.sum() >= 4 else inside
        counted.append(np.percentile(grids["DSM"][roof], 95) - np.median(grids["DEM"][inside]))
    # tags hold a decimal
    np.testing.assert_allclose(measured["height_m"], counted, atol=0.06)


# Overture and EUBUCCO beside hand-made footprints abroad --------------------------------------------------------------

E, N = 448_000.0, 5_698_000.0
HERE = """
title = "Row"
country = "DE"
[sources]
buildings = "footprints_file"
files = ["first.gpkg"]
second = "{second}"
second_files = ["second.{suffix}"]
weather = "builtin"
[place]
buffer_m = 100
"""
# houses of 10 m by 10 m; c and d stand wall to wall
FIRST = {"a": 0, "b": 20, "c": 40, "d": 50, "e": 80}


def square(x, *, width=10.0, y=0.0, depth=10.0):
    return shapely.box(E + x, N + y, E + x + width, N + y + depth)


@pytest.fixture
def row_of_houses(tmp_path):
    tags = {"building": ["house", "yes", "yes", "yes", "yes"], "building_levels": ["2", None, None, None, None]}
    frame = gpd.GeoDataFrame({"id": list(FIRST), **tags}, geometry=[square(x) for x in FIRST.values()], crs=25833)
    frame.to_file(tmp_path / "first.gpkg", layer="buildings")
    return tmp_path


def overture(folder):
    """As Overture writes them: degrees, nested names, a column of boxes."""
    rows = {
        "one to one": (square(1), 7.5, 3, "apartments", None),
        "half, larger": (square(20, depth=6), 9.0, 3, None, None),
        "half, smaller": (square(20, y=6, depth=4), 5.0, 1, None, None),
        "over two": (square(40, width=20), 6.0, None, None, None),
        "next door": (square(-10, width=10), 8.0, 2, "house", None),
        "a third on e": (square(87), 8.0, 2, "house", None),
        "far": (square(110), 1e9, -3, "house", {"primary": "<script>alert(1)</script>", "common": None}),
    }
    columns = dict(zip(("geometry", "height", "num_floors", "class", "names"), zip(*rows.values(), strict=True), strict=True))
    frame = gpd.GeoDataFrame({"id": list(rows), "subtype": "residential", "is_underground": False, **columns}, crs=25833)
    frame.to_crs(4326).to_parquet(folder / "second.parquet", write_covering_bbox=True)
    return HERE.format(second="overture", suffix="parquet")


def test_overture_completes_footprints_abroad_from_the_district_file_on(row_of_houses):
    found = run(overture(row_of_houses), row_of_houses)
    joined = (
        found.layers["conflation"]
        .groupby("other_id")
        .agg(state=("state", "first"), building=("building_id", lambda ids: ",".join(sorted(ids))))
    )
    assert joined.apply(tuple, axis=1).to_dict() == {
        "one to one": ("matched", "a"),
        "half, larger": ("split", "b"),
        "half, smaller": ("split", "b"),
        "over two": ("split", "c,d"),
        "next door": ("left", "next door"),
        "a third on e": ("left", ""),
        "far": ("left", "far"),
    }
    assert conflation_sentences(found, "en") == [
        "overture: 7 objects, 1 joined one to one, 3 drawn as several, 3 without a partner, 2 of them added as buildings (conflation.csv)."
    ]
    buildings = found.layers["buildings"]
    assert set(buildings.index) == {*FIRST, "next door", "far"}
    heights = buildings["height_m"].where(buildings["height_m_source"] == "overture").dropna().to_dict()
    # of two halves the larger speaks, and nobody is a thousand kilometres high
    assert heights == {"a": 7.5, "b": 9.0, "c": 6.0, "d": 6.0, "next door": 8.0}
    storeys = buildings[["storeys_above_ground", "storeys_above_ground_source"]].apply(tuple, axis=1)
    assert (storeys["a"], storeys["b"], storeys["next door"]) == ((2, "file"), (3, "overture"), (2, "overture"))
    assert buildings.loc["a", "use"] == "residential_single"
    assert tuple(buildings.loc["far", ["flags", "height_m_source"]]) == ("height_unreadable", "inferred: storeys")
    place = found.provenance["place"]
    assert "Overture" in place["attribution"]
    assert "ODbL" in place["licence"]
    assert {record["name"] for record in place["files"]} == {"first.gpkg", "second.parquet"}


def test_eubucco_gives_years_and_heights_in_its_own_coordinates(row_of_houses):
    columns = {"id": ["v0.1-1", "v0.1-2"], "height": [7.0, np.nan], "age": [1974.0, 1999.0], "type": ["residential", None]}
    frame = gpd.GeoDataFrame(columns, geometry=[square(0.5), square(20.5)], crs=25833).to_crs(3035)
    frame.to_file(row_of_houses / "second.gpkg", layer="buildings")
    found = run(HERE.format(second="eubucco", suffix="gpkg"), row_of_houses)
    assert found.layers["conflation"]["state"].tolist() == ["matched", "matched"]
    buildings = found.layers["buildings"]
    told = buildings[["construction_year", "construction_year_source", "construction_period"]].apply(tuple, axis=1)
    assert told["a"] == (1974.0, "eubucco", "DE.06")
    assert told["b"] == (1999.0, "eubucco", "DE.09")
    assert (buildings.loc["a", "height_m"], buildings.loc["a", "height_m_source"]) == (7.0, "eubucco")
    assert buildings.loc["b", "height_m_source"] == "inferred: storeys"


def test_streets_of_the_second_source_serve_where_the_first_has_none(row_of_houses):
    osm = gpd.GeoSeries([shapely.LineString([(E - 50, N - 8), (E + 150, N - 8)]), square(0)], crs=25833).to_crs(4326)
    nodes, ways = [], []
    for way, shape in enumerate(osm, start=1):
        corners = shapely.get_coordinates(shape)
        numbers = [10 * way + count for count in range(len(corners))]
        nodes += [f'<node id="{number}" lon="{x:.8f}" lat="{y:.8f}"/>' for number, (x, y) in zip(numbers, corners, strict=True)]
        tags = '<tag k="highway" v="residential"/>' if way == 1 else '<tag k="building" v="school"/>'
        members = "".join(f'<nd ref="{number}"/>' for number in (numbers if way == 1 else [*numbers[:-1], numbers[0]]))
        ways.append(f'<way id="{way}">{members}{tags}</way>')
    (row_of_houses / "second.osm").write_text(f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>')
    found = run(HERE.format(second="osm_file", suffix="osm"), row_of_houses)
    assert len(found.layers["streets"]) == 1
    assert found.layers["conflation"][["building_id", "other_id", "state"]].to_numpy().tolist() == [["a", "way/2", "matched"]]


def test_two_files_with_the_same_ids_keep_their_buildings_apart(row_of_houses):
    frame = gpd.GeoDataFrame({"id": ["a"], "building": "house"}, geometry=[square(120)], crs=25833)
    frame.to_file(row_of_houses / "second.gpkg", layer="buildings")
    found = run(HERE.format(second="footprints_file", suffix="gpkg"), row_of_houses)
    assert set(found.layers["buildings"].index) == {*FIRST, "footprints_file/a"}


# the report -----------------------------------------------------------------------------------------------------------


def results_of(joined):
    return Results(None, None, {"conflation": joined}, {})


def joined_table(rows):
    return pd.DataFrame(rows, columns=["building_id", "other_id", "share_of_building", "share_of_other", "state", "source"])


def test_the_table_of_what_was_joined_holds_every_pair_and_no_formula(tmp_path):
    rows = [("way/1", "=CMD()", 0.98765, 1.0, "matched", "x.gml"), ("", "b", 0.0, 0.0, "left", "x.gml")]
    (path,) = write_conflation(results_of(joined_table(rows)), tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["other_id"] for row in read] == ["'=CMD()", "b"]
    assert [row["state"] for row in read] == ["matched", "left"]
    assert read[0]["share_of_building"] == "0.988"


def test_an_object_over_two_buildings_is_counted_once():
    rows = [
        ("1", "a", 1, 0.5, "split", "s"),
        ("2", "a", 1, 0.5, "split", "s"),
        ("", "b", 0, 0, "left", "s"),
        ("3", "c", 1, 1, "matched", "s"),
    ]
    assert conflation_sentences(results_of(joined_table(rows)), "pl") == [
        "s: obiekty: 3, połączone jeden do jednego: 1, narysowane w częściach: 1, bez odpowiednika: 1, z tego dodane jako budynki: 0 (conflation.csv)."
    ]


def test_one_source_needs_no_table(tmp_path):
    assert write_conflation(results_of(joined_table([])), tmp_path) == []
    assert conflation_sentences(results_of(joined_table([])), "pl") == []
