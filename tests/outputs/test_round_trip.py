"""The products' own buildings, read again as the file of a district: what comes back, and what the rule of single households keeps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ped_geo import remarks
from ped_geo.buildings import build_buildings
from ped_geo.outputs.single_households import is_single_household
from ped_geo.sources import load_place
from ped_geo.study import Study

KEPT = (
    *("name", "street", "housenumber", "use", "second_use", "second_use_source", "second_use_area_m2", "storeys_above_ground"),
    *("storeys_above_ground_source", "construction_year", "construction_year_source", "height_m", "height_m_source", "roof_shape"),
    *("roof_shape_source", "roof_height_m", "roof_levels", "heat_supply", "heat_supply_source", "heritage", "heated", "dwellings"),
    *("dwellings_source", "footprint_area_m2", "gross_floor_area_m2", "reference_area_m2", "pv_existing_kwp"),
)
"""Attributes that stand with a building itself; what is inferred from all buildings together is inferred anew."""


@pytest.mark.parametrize("file", ["sample-estate.gpkg", "buildings.parquet"])
def test_own_products_come_back_whole_but_for_single_households_which_are_counted_with_the_reason(products, file):
    first = products.run.results.layers["buildings"]
    given = Study(name="x", title="X", country="PL", sources={"buildings": "footprints_file", "files": [products.processed / file]})
    place = load_place(given, Path("unused"))
    layers = [getattr(place, name).to_crs(first.crs) for name in ("footprints", "boundary", "areas", "points_of_interest")]
    again = build_buildings(*layers, given)[0]
    assert sorted(again.index) == sorted(first.index)
    hidden = is_single_household(first)
    assert 0 < hidden.sum() < len(first)
    open_ = first.index[~hidden]
    assert (first.loc[open_, ["pv_existing_kwp", "second_use_area_m2"]] > 0.0).any().all(), "nothing that could be lost"
    for column in KEPT:
        before, after = first.loc[open_, column], again.loc[open_, column]
        if before.dtype.kind == "f":
            pd.testing.assert_series_equal(after, before, check_names=False, rtol=1e-6, atol=1e-6, obj=column)
        else:
            assert after.astype("str").tolist() == before.astype("str").tolist(), column
    told = first.loc[open_, "refurbishment_state_source"].str.startswith("inferred")
    states = first.loc[open_, "refurbishment_state"][~told]
    assert again.loc[states.index, "refurbishment_state"].tolist() == states.tolist()
    # what may be seen from outside comes back of hidden ones too, their address does not
    assert again.loc[first.index[hidden], "use"].astype("str").tolist() == first.loc[hidden, "use"].astype("str").tolist()
    assert (again.loc[first.index[hidden], "street"] == "").all()
    found = remarks.remark_frame(remarks.source_remarks(place.provenance))
    count = int((hidden & first["heated"]).sum())
    for lang, words in (("en", f"{count} buildings of one household"), ("pl", f"budynki jednego gospodarstwa domowego ({count})")):
        assert sum(words in sentence for sentence in remarks.sentences(found, lang)) == 1, lang
