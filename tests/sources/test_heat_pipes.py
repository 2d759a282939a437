"""A city's own heat network as it is given: other systems, registers' columns, dirt; each row is used or set aside with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo import assumptions, remarks
from ped_geo.errors import SourceError, StudyError
from ped_geo.pipeline.preflight import preflight
from ped_geo.sources import load_place
from ped_geo.sources.heat_pipes import nominal_diameter, read_heat_pipes
from ped_geo.study import Study, parse_study

X, Y = 500_000.0, 240_000.0
"""Corner of the drawn place, EPSG:2180."""


def line(*points):
    return shapely.LineString([(X + x, Y + y) for x, y in points])


DIRTY = {
    # GESUT's columns; shape, and what becomes of the row
    "main": (line((0, 0), (100, 0)), {"srednica": "2x219,1/315", "eksploatacja": "czynny", "rodzajSieci": "c", "wladajacy": "MPEC"}, ""),
    "branch": (line((50, 0), (50, 40)), {"srednica": "80", "rok": "1987-05-01"}, ""),
    "no size": (line((0, 20), (40, 20)), {"srednica": "0"}, ""),
    "strange size": (line((0, 30), (40, 30)), {"srednica": "jak sąsiad"}, ""),
    "several lines": (shapely.MultiLineString([line((0, 50), (9, 50)), line((9, 50), (20, 60))]), {"srednica": "100"}, ""),
    "main again": (line((100, 0), (0, 0)), {"srednica": "200"}, "duplicate"),
    "gas": (line((0, 70), (90, 70)), {"rodzajSieci": "gazowy"}, "other_network"),
    "planned": (line((0, 80), (90, 80)), {"istnienie": "projektowany"}, "not_in_use"),
    "dead": (line((0, 85), (90, 85)), {"eksploatacja": "nieczynny"}, "not_in_use"),
    "chamber": (shapely.Point(X, Y), {}, "not_a_line"),
    "nothing": (None, {}, "no_geometry"),
    "dot": (line((0, 90), (0.01, 90)), {}, "too_small"),
    "far": (line((90_000, 0), (90_100, 0)), {}, "outside"),
}


def pipes(tmp_path, rows=DIRTY, crs=2178, suffix="gpkg", layer="GES_PrzewodCieplowniczy"):
    columns = sorted({name for _, told, _ in rows.values() for name in told})
    table = pd.DataFrame([{"lokalnyId": key} | {name: told.get(name) for name in columns} for key, (_, told, _) in rows.items()])
    frame = gpd.GeoDataFrame(table, geometry=[shape for shape, _, _ in rows.values()], crs=2180).to_crs(crs)
    path = tmp_path / f"siec.{suffix}"
    frame.to_file(path, **({"layer": layer} if suffix == "gpkg" else {}))
    return path


def place(tmp_path, network: Path | None, **more) -> Study:
    houses = tmp_path / "houses.gpkg"
    shapes = [shapely.box(X + x, Y + 5, X + x + 20, Y + 15) for x in (0, 60)]
    gpd.GeoDataFrame({"building": ["apartments"] * 2}, geometry=shapes, crs=2180).to_file(houses)
    sources = {"buildings": "footprints_file", "files": (houses,), "heat_network": network, **more}
    return Study(name="x", title="X", country="PL", sources=sources)


def tags_of(found):
    return {name: json.loads(text) for name, text in zip(found.ways.index, found.ways["tags"], strict=True)}


@pytest.mark.parametrize(("crs", "suffix"), [(2178, "gpkg"), (2180, "gpkg"), (4326, "geojson"), (32634, "gpkg")])
def test_every_row_of_a_dirty_file_in_another_system_is_used_or_set_aside_with_a_reason(tmp_path, crs, suffix):
    found = load_place(place(tmp_path, pipes(tmp_path, crs=crs, suffix=suffix)), Path("unused"))
    lost = found.rejected[found.rejected["layer"] == "heat_network"].set_index("object_id")["reason"].to_dict()
    assert lost == {name: reason for name, (_, _, reason) in DIRTY.items() if reason}
    assert len(found.ways) + len(lost) == len(DIRTY)
    lengths = found.ways.to_crs(2180).length
    expected = [shape.length for shape, _, reason in DIRTY.values() if not reason]
    assert sorted(lengths) == pytest.approx(sorted(expected), rel=1e-3)


def test_columns_of_the_register_become_tags_and_what_cannot_be_read_is_told(tmp_path):
    found = load_place(place(tmp_path, pipes(tmp_path)), Path("unused"))
    pipe = {"man_made": "pipeline", "substance": "heat"}
    assert list(tags_of(found).values()) == [
        pipe | {"diameter": "200", "operator": "MPEC"},
        pipe | {"diameter": "80", "start_date": "1987"},
        pipe,
        pipe,
        pipe | {"diameter": "100"},
    ]
    told = remarks.sentences(remarks.remark_frame(found.remarks), "en")
    assert told[0].startswith("siec.gpkg gives the heat network that is there: 5 of 13 rows are used, 0.244 km")
    assert "8 rows of siec.gpkg" in told[1]
    assert "main again (duplicate), gas (other_network), planned (not_in_use) + 5" in told[1]
    assert "jak sąsiad" in told[2]
    # Polish words stand for all of them
    assert all(remarks.sentences(remarks.remark_frame(found.remarks), "pl"))


def test_a_shapefile_cuts_names_of_columns_and_tells_temperatures(tmp_path):
    rows = {"a": (line((0, 0), (100, 0)), {"temp_zasil": 119.0, "temp_powro": 61.5, "dn": 150}, "")}
    found = load_place(place(tmp_path, pipes(tmp_path, rows, suffix="shp")), Path("unused"))
    assert tags_of(found)["heat_network/1"] == {
        "man_made": "pipeline",
        "substance": "heat",
        "diameter": "150",
        "temperature:flow": "119",
        "temperature:return": "61.5",
    }
    assert "119/61.5 °C" in remarks.sentences(remarks.remark_frame(found.remarks), "en")[-1]


def test_a_file_without_a_system_takes_that_of_the_study(tmp_path):
    path = pipes(tmp_path, {"a": (line((0, 0), (100, 0)), {}, "")}, crs=2180, suffix="shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(SourceError, match="names no coordinate system"):
        read_heat_pipes(place(tmp_path, path))
    found, _, _ = read_heat_pipes(place(tmp_path, path, files_crs="EPSG:2180"))
    assert found.to_crs(2180).length.sum() == pytest.approx(100.0, rel=1e-6)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            {"gas": DIRTY["gas"], "dead": DIRTY["dead"]},
            r"siec\.gpkg holds no pipe of a heat network that is in use \(1 not_in_use, 1 other_network\)",
        ),
        ({"chamber": DIRTY["chamber"]}, "1 not_a_line"),
    ],
)
def test_a_file_without_any_pipe_is_refused_before_the_work(tmp_path, rows, words):
    with pytest.raises(StudyError, match=words):
        preflight(place(tmp_path, pipes(tmp_path, rows)), tmp_path)


def test_a_missing_file_and_one_that_is_none_are_told_before_the_work(tmp_path):
    with pytest.raises(StudyError, match=r"\[sources\] heat_network .*none\.gpkg is not a file"):
        preflight(place(tmp_path, tmp_path / "none.gpkg"), tmp_path)
    (tmp_path / "text.gpkg").write_text("no network", encoding="utf-8")
    with pytest.raises(StudyError, match=r"text\.gpkg"):
        preflight(place(tmp_path, tmp_path / "text.gpkg"), tmp_path)


def test_the_path_starts_at_the_folder_of_the_district_file(tmp_path):
    study = parse_study('[place]\nbbox = [19.9, 50.0, 20.0, 50.1]\n[sources]\nheat_network = "siec.gpkg"', name="x", folder=tmp_path)
    assert study.sources.heat_network == tmp_path / "siec.gpkg"


def test_every_size_of_the_table_is_read_from_its_name_its_outer_diameter_and_metres():
    table = assumptions.table("heat_network_pipes")
    for dn, outer in zip(table["dn"], table["outer_mm"], strict=True):
        written = (f"DN{dn}", f"dn {dn}", f"{dn},0", f"Ø {outer}", f"2x{outer}/{outer + 100:.0f}", f"{dn / 1000.0}")
        assert [nominal_diameter(one) for one in written] == [dn] * len(written)
    assert np.isnan([nominal_diameter(one) for one in ("", "?", "-80000", "DN")]).all()


def test_words_of_a_file_stay_words(tmp_path):
    evil = {"a": (line((0, 0), (100, 0)), {"operator": "=cmd|' /C calc'!A0\x07<b>", "dn": "<script>"}, "")}
    found = load_place(place(tmp_path, pipes(tmp_path, evil, suffix="geojson", crs=4326)), Path("unused"))
    sentences = remarks.sentences(remarks.remark_frame(found.remarks), "en")
    assert not any("\x07" in one for one in sentences)
    assert "diameter" not in tags_of(found)["heat_network/1"]
