"""What is published: who is left out, what the metadata say, and that a second writing gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

GMD, GCO = "{http://www.isotc211.org/2005/gmd}", "{http://www.isotc211.org/2005/gco}"
OF_HOUSEHOLDS = ["street", "housenumber", "heat_supply", "refurbishment_state", "residents", "dwellings", "heat_need_kwh_m2a__existing"]


@pytest.fixture(scope="module")
def folder(products):
    return products.processed / "publish"


@pytest.fixture(scope="module")
def houses(products):
    buildings = products.run.results.layers["buildings"]
    return set(buildings.index[buildings["in_district"] & (buildings["use"] == "residential_single")])


@pytest.mark.parametrize("name", ["sample-estate.gpkg", "publish/sample-estate.public.gpkg", "buildings.parquet"])
def test_no_product_tells_the_values_of_a_single_household(products, houses, name):
    path = products.processed / name
    frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path, layer="buildings").set_index("building_id")
    assert len(houses) > 10
    single = frame.loc[frame.index.isin(houses)]
    assert len(single) == len(houses), "their shapes stay"
    assert single[OF_HOUSEHOLDS].isna().all().all()
    assert single[["use", "height_m", "storeys_above_ground", "footprint_area_m2"]].notna().all().all()
    flats = frame[frame["use"] == "residential_multi"]
    assert flats["heat_need_kwh_m2a__existing"].notna().all()


def test_a_block_with_two_dwellings_keeps_its_shape_alone(products):
    from dataclasses import replace

    from ped_geo.outputs.publish import public_layers

    results = products.run.results
    blocks = results.layers["blocks"].copy()
    one = blocks.index[0]
    blocks.loc[one, "dwellings"] = 2.0
    frame = public_layers(replace(results, layers={**results.layers, "blocks": blocks}))["blocks"][0].frame
    assert frame.loc[one, "geometry"].equals(blocks.geometry[one])
    assert frame.loc[one, ["reference_area_m2", "residents", "pv_annual_yield_kwh_a"]].isna().all()
    others = blocks[~blocks["dwellings"].between(1e-9, 2.999)].index.drop(one, errors="ignore")
    assert len(others) > 5
    assert frame.loc[others, "reference_area_m2"].tolist() == blocks.loc[others, "reference_area_m2"].tolist()


def test_the_record_of_iso_19139_says_where_when_and_under_which_licence(folder, products):
    path = folder / "sample-estate.iso19139.xml"
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    assert root.tag == f"{GMD}MD_Metadata"
    box = root.find(f".//{GMD}EX_GeographicBoundingBox")
    west, south, east, north = products.run.results.layers["boundary"].to_crs(4326).total_bounds
    told = [
        float(box.find(f"{GMD}{name}/{GCO}Decimal").text)
        for name in ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
    ]
    assert told == pytest.approx([west, south, east, north], abs=1e-6)
    assert "opensource.org/license/mit" in root.find(f".//{GMD}otherConstraints/{GCO}CharacterString").text
    assert root.find(f".//{GMD}RS_Identifier/{GMD}code/{GCO}CharacterString").text.endswith("EPSG/0/2178")
    with closing(sqlite3.connect(folder / "sample-estate.public.gpkg")) as base:
        assert base.execute("SELECT metadata FROM gpkg_metadata").fetchone()[0] == path.read_text(encoding="utf-8")
        assert base.execute("SELECT reference_scope, md_file_id FROM gpkg_metadata_reference").fetchall() == [("geopackage", 1)]
        assert base.execute("SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_metadata'").fetchone() == (2,)


def test_the_catalogue_record_has_what_dcat_ap_asks_for(folder):
    """Mandatory of DCAT-AP 3: title and description of a dataset, an address of each distribution; licences of each layer here."""
    record = json.loads((folder / "sample-estate.dcat.jsonld").read_text(encoding="utf-8"))
    assert record["@type"] == "dcat:Dataset"
    for name in ("dct:title", "dct:description"):
        assert {one["@language"] for one in record[name]} == {"pl", "en"}
        assert all(one["@value"] for one in record[name])
    for one in record["dcat:distribution"]:
        assert (folder / one["dcat:accessURL"]["@id"]).is_file()
        assert one["dct:license"]["@id"].startswith("https://")
    layers = {name for name, _ in pyogrio.list_layers(folder / "sample-estate.public.gpkg") if name != "layer_styles"}
    assert {one["@id"].removeprefix("#") for one in record["dct:hasPart"]} == layers
    assert all(one["dct:license"] for one in record["dct:hasPart"])


def test_the_dictionary_explains_every_published_column(folder):
    rows = pd.read_csv(folder / "sample-estate.dictionary.csv", encoding="utf-8-sig")
    assert json.loads((folder / "sample-estate.dictionary.json").read_text(encoding="utf-8"))[0]["column"] == rows["column"].iloc[0]
    assert rows[["type", "name_pl", "name_en", "meaning_pl", "meaning_en"]].notna().all().all()
    for name, key in (("blocks", "block_id"), ("buildings", "building_id"), ("candidates", "candidate_id")):
        written = set(pyogrio.read_info(folder / "sample-estate.public.gpkg", layer=name)["fields"]) - {key}
        assert written == set(rows.loc[rows["layer"] == name, "column"]), name


def test_tiles_hold_every_block(folder, products):
    # in a process that has all drivers, as those of the readers have
    read = "import sys, geopandas; print(*geopandas.read_file(sys.argv[1], layer='blocks')['block_id'])"
    file = str(folder / "sample-estate.blocks.pmtiles")
    told = subprocess.run([sys.executable, "-c", read, file], check=True, capture_output=True, text=True).stdout
    assert set(told.split()) == set(products.run.results.layers["blocks"].index)


def test_tables_of_the_package_join_by_their_keys_and_hold_no_empty_text(products):
    layers = products.run.results.layers
    with closing(sqlite3.connect(products.processed / "sample-estate.gpkg")) as base:
        kinds = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents"))
        assert {name for name, kind in kinds.items() if kind == "attributes"} == {
            "block_variants", "figures", "verdicts", "sharing", "rejected", "layer_styles",
        }  # fmt: skip
        joined = base.execute("SELECT count(*) FROM blocks JOIN block_variants USING (block_id)").fetchone()[0]
        assert joined == len(layers["balance"])
        verdicts = base.execute("SELECT count(*) FROM candidates JOIN verdicts ON candidate_id = group_id").fetchone()[0]
        assert verdicts == layers["verdicts"].index.get_level_values("group_id").isin(layers["candidates"].index).sum() > 0
        for name in kinds:
            columns = [(row[1], row[2]) for row in base.execute(f'PRAGMA table_info("{name}")')]
            assert "index" not in {column for column, _ in columns}, name
            for column, kind in columns if name != "layer_styles" else ():
                if kind.startswith("TEXT"):
                    assert base.execute(f'SELECT count(*) FROM "{name}" WHERE "{column}" = \'\'').fetchone() == (0,), (name, column)
        kinds_of_buildings = {row[1]: row[2] for row in base.execute("PRAGMA table_info(buildings)")}
        assert kinds_of_buildings["construction_year"].startswith(("MEDIUMINT", "INTEGER"))


def test_a_second_writing_gives_the_same_bytes(folder, products, tmp_path):
    from ped_geo.outputs.publish import write_publication

    for path in write_publication(products.run.results, tmp_path):
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256((folder / path.name).read_bytes()).digest(), path.name
