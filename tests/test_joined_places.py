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
from ped_geo.outputs.joined import joined_sentences, write_joined
from ped_geo.pipeline import STEPS
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.runner import run_steps
from ped_geo.study import parse_study

REAL = Path(__file__).resolve().parent / "real"


def run(text, folder, *, name="place"):
    """Results of a district file's text up to the roof planes, without running what does not concern them."""
    study = parse_study(text, name=name, folder=folder)
    place = fetch(study, folder)
    site, layers, provenance = inputs(study, place, folder, refresh=False)
    steps = tuple(step for step in STEPS if step.name in {"buildings", "streets", "blocks", "roofs"})
    found = run_steps(steps, study, site, layers, input_key="x", store=None)
    return Results(study, site, {**found, "joined": place.joined}, provenance, place.origin)


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
    joined = chropaczow.layers["joined"]
    buildings = chropaczow.layers["buildings"].loc[joined["building_id"]]
    return buildings.loc[buildings.to_crs(2180).area.sort_values(ascending=False).index]


def expected():
    return pd.DataFrame(CHROPACZOW, columns=["model_m2", "footprint_m2", "storeys", "height_m"]).sort_values(
        "footprint_m2", ascending=False
    )


@pytest.mark.shared
def test_the_six_models_are_joined_one_to_one_and_nothing_is_left(chropaczow):
    joined = chropaczow.layers["joined"]
    assert joined["state"].tolist() == ["matched"] * 6
    # the register's own ids confirm what the areas say
    assert (joined["building_id"] == joined["other_id"]).all()
    assert joined_sentences(chropaczow, "en") == [
        "2476_M-34-62-B-b-1-2_lod2.gml: 6 objects, 6 joined one to one, 0 drawn as several, 0 without a partner (joined.csv)."
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


# the report -----------------------------------------------------------------------------------------------------------


def results_of(joined):
    return Results(None, None, {"joined": joined}, {})


def joined_table(rows):
    return pd.DataFrame(rows, columns=["building_id", "other_id", "share_of_building", "share_of_other", "state", "source"])


def test_the_table_of_what_was_joined_holds_every_pair_and_no_formula(tmp_path):
    rows = [("way/1", "=CMD()", 0.98765, 1.0, "matched", "x.gml"), ("", "b", 0.0, 0.0, "left", "x.gml")]
    (path,) = write_joined(results_of(joined_table(rows)), tmp_path)
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
    assert joined_sentences(results_of(joined_table(rows)), "pl") == [
        "s: obiekty: 3, połączone jeden do jednego: 1, narysowane w częściach: 1, bez odpowiednika: 1 (joined.csv)."
    ]


def test_one_source_needs_no_table(tmp_path):
    assert write_joined(results_of(joined_table([])), tmp_path) == []
    assert joined_sentences(results_of(joined_table([])), "pl") == []
