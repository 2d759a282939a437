"""Known totals of dwellings and residents: sums that must come out, a grid worked out by hand, and files as they are given."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.buildings import build_buildings, scale_to_totals
from ped_geo.errors import PedGeoError, SourceError
from ped_geo.language import number
from ped_geo.pipeline.preflight import preflight
from ped_geo.plausibility import check_people
from ped_geo.remarks import remark_frame, sentences
from ped_geo.sources.population import population_cells
from ped_geo.study import Study
from tests.hamlet import CRS, box, make_areas, make_boundary, make_footprints, make_places

SLAB = {"building": "apartments", "building:levels": "5", "start_date": "1974"}
NO_GRID = population_cells(Study(name="x"), 2178)
# 300 m x 200 m; the fifth block stands outside
BOUNDARY = box(0, 0, 300, 200)
BLOCKS = [(box(x, y, x + 60, y + 10), SLAB) for x, y in ((20, 20), (20, 120), (120, 20), (220, 20), (420, 20))]


def study(**settings):
    return Study.model_validate({"name": "x", "country": "PL", "buildings": settings})


def drawn(rows=BLOCKS):
    return build_buildings(make_footprints(*rows), make_boundary(BOUNDARY), make_areas(), make_places(), study())[0]


def grid(*cells):
    """Cells of a shape and a number of people."""
    shapes, people = zip(*cells, strict=True)
    return gpd.GeoDataFrame({"residents": [float(value) for value in people]}, geometry=list(shapes), crs=CRS)


def scaled(population=NO_GRID, rows=BLOCKS, **settings):
    return scale_to_totals(drawn(rows), make_boundary(BOUNDARY), population, study(**settings))


def here(buildings, column):
    return buildings.loc[buildings["in_district"], column].sum()


def test_without_totals_nothing_is_scaled():
    found, table = scaled()
    pd.testing.assert_frame_equal(found, drawn())
    assert table.empty


@pytest.mark.parametrize("total", [1, 500.5, 123_456])
def test_residents_add_up_to_the_total_and_keep_their_proportions(total):
    found, table = scaled(residents=total)
    assert here(found, "residents") == pytest.approx(total)
    by_rule = drawn()
    assert (found["residents"] / by_rule["residents"]).to_numpy() == pytest.approx(table["factor"].to_numpy()[0])
    assert found["dwellings"].tolist() == by_rule["dwellings"].tolist()


def test_dwellings_add_up_to_the_total_and_tagged_ones_stay():
    rows = [(BLOCKS[0][0], SLAB | {"building:flats": "40"}), *BLOCKS[1:]]
    found, table = scaled(rows=rows, dwellings=100)
    assert here(found, "dwellings") == pytest.approx(100)
    # three equal blocks share what the tagged one leaves
    assert found["dwellings"].tolist()[:4] == pytest.approx([40, 20, 20, 20])
    assert found["dwellings_source"].tolist()[0] == "osm"
    assert set(found["dwellings_source"].tolist()[1:4]) == {"inferred: total of the district file"}
    persons = found["residents"] / found["dwellings"]
    assert persons.to_numpy() == pytest.approx(np.full(5, persons.iloc[0]))
    assert table["told"].tolist() == [100.0]


def test_a_total_below_the_tagged_dwellings_moves_all_of_them():
    rows = [(shape, SLAB | {"building:flats": "40"}) for shape, _ in BLOCKS]
    found, _ = scaled(rows=rows, dwellings=80)
    assert found["dwellings"].tolist()[:4] == pytest.approx([20.0] * 4)


def test_both_totals_hold_at_once():
    found, table = scaled(dwellings=200, residents=300)
    assert (here(found, "dwellings"), here(found, "residents")) == (pytest.approx(200), pytest.approx(300))
    assert table["total"].tolist() == ["dwellings", "residents"]


def test_each_whole_cell_holds_its_own_people():
    west, east = box(0, 0, 100, 200), box(100, 0, 300, 200)
    found, table = scaled(grid((west, 90), (east, 20)))
    assert found["residents"].tolist()[:4] == pytest.approx([45, 45, 10, 10])
    row = table.iloc[0]
    assert (row["total"], row["told"], row["cells"], row["partial"], row["hidden"], row["empty"]) == ("grid", 110.0, 2, 0, 0, 0)
    assert row["factor"] == pytest.approx(110 / here(drawn(), "residents"))


def test_cells_that_reach_beyond_the_district_count_by_their_area_and_share_one_factor():
    # half of each cell lies within: 40 of 80 and 60 of 120 people for two blocks each
    west, east = box(-100, 0, 100, 200), box(100, 0, 500, 200)
    found, table = scaled(grid((west, 80), (east, 120)))
    assert table["told"].tolist() == [pytest.approx(40 + 60)]
    assert found["residents"].tolist()[:4] == pytest.approx([25.0] * 4)
    assert table["partial"].tolist() == [2]


def test_hidden_cells_and_cells_without_dwellings_are_counted_and_scale_nothing():
    hidden, bare, far = box(0, 0, 100, 200), box(100, 100, 300, 200), box(1000, 1000, 1100, 1100)
    found, table = scaled(grid((hidden, np.nan), (bare, 70), (far, 500)))
    assert found["residents"].tolist() == drawn()["residents"].tolist()
    assert table[["cells", "small", "hidden", "empty"]].to_numpy().tolist() == [[0, 0, 1, 1]]
    told = sentences(remark_frame(check_people(found, make_boundary(BOUNDARY), table)), "en")
    assert told[0].startswith("no cell of the population grid lies at least half within the district")


def test_a_cell_that_lies_mostly_elsewhere_or_hides_its_number_goes_with_the_others():
    # two of four blocks stand in a cell that holds 60 % of the people whom the rules give them
    by_rule = drawn()["residents"].tolist()
    sure, mostly_outside = box(0, 0, 100, 200), box(100, 0, 900, 200)
    for other in ((mostly_outside, 9_999), (box(100, 0, 300, 200), np.nan)):
        found, table = scaled(grid((sure, 0.6 * (by_rule[0] + by_rule[1])), other))
        assert found["residents"].tolist()[:4] == pytest.approx([0.6 * value for value in by_rule[:4]])
        assert table[["small", "hidden"]].to_numpy().sum() == 1


def test_a_total_keeps_the_pattern_of_the_grid():
    found, _ = scaled(grid((box(0, 0, 100, 200), 90), (box(100, 0, 300, 200), 20)), residents=1100)
    assert found["residents"].tolist()[:4] == pytest.approx([450, 450, 100, 100])


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_the_scaling_is_remarked_with_both_sums_and_the_factor(lang):
    found, table = scaled(dwellings=250, residents=500)
    told = sentences(remark_frame(check_people(found, make_boundary(BOUNDARY), table)), lang)
    by_rule = here(drawn(), "dwellings")
    assert len(told) == 2
    assert all(number(value, lang, 0) in told[0] for value in (by_rule, 250.0))
    assert number(250 / by_rule, lang, 2) in told[0]
    assert number(500.0, lang, 0) in told[1]


def test_a_total_for_nobody_is_told_and_changes_nothing():
    offices = [(shape, {"building": "office", "building:levels": "5"}) for shape, _ in BLOCKS]
    found, table = scaled(rows=offices, residents=500)
    assert here(found, "residents") == 0.0
    told = sentences(remark_frame(check_people(found, make_boundary(BOUNDARY), table)), "en")
    assert len(told) == 1
    assert told[0].startswith("a total of 500 is given, but no dwellings")


def test_residents_that_no_dwellings_hold_and_no_quarter_has_are_remarked():
    wide = make_boundary(box(0, 0, 2_000, 1_500))
    found, table = scaled(residents=45_000)
    keys = [remark.key for remark in check_people(found, wide, table)]
    assert keys == ["scaled_residents", "persons_per_dwelling", "quarter_density"]
    usual, none = scaled()
    assert check_people(usual, wide, none) == []


CELLS = "CRS3035RES1000mN3030000E5000000", "CRS3035RES1000mN3030000E5001000"


def read(path, column=""):
    sources = {"population_grid": str(path), "population_column": column}
    return population_cells(Study.model_validate({"name": "x", "country": "PL", "sources": sources}), 3035)


@pytest.mark.parametrize(
    "text",
    [
        f"GRD_ID,TOT\n{CELLS[0]},1200\n{CELLS[1]},\n",
        f"kod;ludność\n{CELLS[0]};1200\n{CELLS[1]};-\n",
        "cell\tRezydenci\n1kmN3030E5000\t1 200\n1kmN3030E5001\t-9999\n",
    ],
)
def test_a_csv_of_grid_codes_is_read_with_its_hidden_cells(tmp_path, text):
    path = tmp_path / "siatka.csv"
    path.write_text(text, encoding="utf-8")
    cells = read(path)
    assert cells["residents"].fillna(-1.0).tolist() == [1200.0, -1.0]
    # INSPIRE's code names the south-west corner in ETRS89-LAEA
    assert cells.geometry.iloc[0].bounds == (5_000_000, 3_030_000, 5_001_000, 3_031_000)
    assert cells.area.tolist() == [1e6, 1e6]


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
def test_polygons_are_read_in_their_own_system(tmp_path, ending):
    path = tmp_path / f"grid.{ending}"
    crs = 3035 if ending == "gpkg" else 4326
    shape = gpd.GeoSeries([shapely.box(5_000_000, 3_030_000, 5_001_000, 3_031_000)], crs=3035).to_crs(crs)
    gpd.GeoDataFrame({"id": ["a"], "osoby": [77]}, geometry=shape).to_file(path)
    assert read(path, "osoby")["residents"].tolist() == [77.0]
    assert read(path, "osoby").area.tolist() == [pytest.approx(1e6, rel=1e-4)]
    with pytest.raises(SourceError, match=r"no column of residents that is known; set \[sources\] population_column"):
        read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GRD_ID,TOT\nplaza,12\n", "no column of grid codes"),
        (f"GRD_ID,TOT\n{CELLS[0]},many\n", "1 numbers of people are none, the first is 'many'"),
        ("GRD_ID,TOT\nCRS3035RES9000000mN3030000E5000000,5\n", "names a cell of 9000000 m"),
        ("GRD_ID,TOT\n", "holds no rows"),
    ],
)
def test_a_file_that_is_no_grid_is_refused_in_one_sentence(tmp_path, text, message):
    path = tmp_path / "siatka.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read(path)


def test_a_column_without_a_grid_and_a_grid_that_is_not_there_are_told_before_the_work(tmp_path):
    bad = tmp_path / "siatka.csv"
    bad.write_text("GRD_ID,TOT\nplaza,12\n", encoding="utf-8")
    cases = (
        ({"population_column": "TOT"}, "population_column is given"),
        ({"population_grid": "no.csv"}, "population_grid"),
        ({"population_grid": str(bad)}, "no column of grid codes"),
    )
    for sources, message in cases:
        with pytest.raises(PedGeoError, match=message):
            preflight(Study.model_validate({"name": "x", "sources": {"buildings": "sample", **sources}}), tmp_path)
