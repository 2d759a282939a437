"""How well each building is known, and the list of field work: in the GeoPackage, in QGIS and in the workbook."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from ped_geo.figures.houses import known_share
from ped_geo.outputs.book import both
from ped_geo.outputs.themes import themes


def test_what_is_known_of_a_building_is_the_mean_of_five():
    buildings = pd.DataFrame(
        {
            "use_probability": [1.0, 0.6, 1.0],
            "storeys_above_ground_source": ["bdot10k", "inferred: use", "osm"],
            "heat_supply_source": ["inferred: study", "inferred: study", "osm"],
            "construction_period_probability": [1.0, 0.4, 1.0],
            "refurbishment_state_probability": [0.8, 0.5, 0.6],
            "heated": [True, True, False],
        }
    )
    assert known_share(buildings).tolist() == pytest.approx([(1 + 1 + 0 + 1.0 + 0.8) / 5, (0.6 + 0.4 + 0.5) / 5, np.nan], nan_ok=True)


def test_the_geopackage_has_the_points_of_the_list_inside_their_buildings(products):
    file = products.processed / "sample-estate.gpkg"
    points, buildings = (gpd.read_file(file, layer=name).set_index("building_id") for name in ("field_work", "buildings"))
    assert (points.geom_type == "Point").all()
    assert 0 < len(points) <= 20
    assert points.within(buildings.geometry.loc[points.index]).all()
    assert points["construction_period_probability"].max() < 1.0
    assert (buildings.loc[points.index, "construction_year"].isna()).all()


def test_the_workbook_lists_them_in_their_order_without_houses_of_one_family(products):
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx")
    sheet = next(sheet for sheet in book.worksheets if "Field work" in sheet.title)
    *rows, below = sheet.iter_rows(min_row=2, values_only=True)
    visits = products.run.results.layers["field_work"]
    told = visits[visits["use"] != "residential_single"]
    assert [row[0] for row in rows] == told.index.tolist()
    assert [row[1] for row in rows] == told["rank"].tolist()
    # amounts are added below, ranks and probabilities are not
    assert below[0] == both("workbook.sum")
    heads = [cell.value for cell in sheet[1]]
    added = {head for head, value in zip(heads[1:], below[1:], strict=True) if value is not None}
    assert added
    assert all(re.search(r"\[(m²|kWh|kWh/a)\]$", head) for head in added)


def test_one_theme_shows_how_well_buildings_are_known(products):
    found = [theme for theme in themes(products.run.results) if theme.key == "known"]
    assert [theme.style.column for theme in found] == ["known_share"]
    assert found[0].style.classes.limits == (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
