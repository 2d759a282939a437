"""Summer in the products: the lines of report and passport, columns with their names in both languages, and nothing where nothing is known."""

from __future__ import annotations

import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.outputs import Results
from ped_geo.outputs.report.summer import summer_of_block, summer_page
from ped_geo.outputs.summer_columns import add_summer_of_blocks, add_summer_of_buildings
from ped_geo.site import Site
from ped_geo.study import Study, Variant

STUDY = Study(name="x", variants=(Variant(key="a", package="existing"), Variant(key="b", package="usual", pv=True)))
HOURS = {"none": (100.0, 800.0), "trees": (60.0, 500.0), "all": (5.0, 90.0)}
COSTS = {"none": 0.0, "trees": 12.3, "all": 210.0}
KIND = "PL.N.MFH.03|school"


def rows(today: float, future: float) -> pd.DataFrame:
    """Figures of both climates: the hours given, and others that can be told from them."""
    hours = pd.Series([today, future], index=pd.Index(["today", "hot_future"], name="climate"))
    named = {"adaptive_hours_h": hours / 10, "adaptive_degree_hours_kh": hours, "fixed_hours_h": hours, "fixed_degree_hours_kh": 2 * hours}
    return pd.DataFrame({**named, "t_operative_max_c": 31.0, "cooling_need_kwh_m2a": hours / 100, "reference_area_m2": 50.0})


def results() -> Results:
    totals = pd.concat({("existing", name): rows(*hours) for name, hours in HOURS.items()}, names=["package", "measure"])
    usual = pd.concat({("usual", "none"): rows(110.0, 900.0)}, names=["package", "measure"])
    totals = pd.concat([totals, usual]).sort_index()
    totals["measure_cost_m2"] = totals.index.get_level_values("measure").map(COSTS)
    blocks = pd.concat({("k", "existing"): rows(100.0, 800.0), ("k", "usual"): rows(110.0, 900.0)}, names=["block_id", "package"])
    types = pd.concat({KIND: totals}, names=["summer_type"]).assign(buildings=1)
    figures = ("adaptive_hours_h", "adaptive_degree_hours_kh", "fixed_hours_h", "fixed_degree_hours_kh")
    own = {
        f"{name}__{climate}": 7.0 for climate in ("today", "hot_future") for name in (*figures, "t_operative_max_c", "cooling_need_kwh_m2a")
    }
    buildings = pd.DataFrame({"summer_type": [KIND], **own}, index=pd.Index(["h"], name="building_id"))
    key = pd.MultiIndex.from_tuples(
        [("district", "district", "", "summer_today"), ("district", "district", "", "summer_future")],
        names=["scope", "group_id", "variant", "figure"],
    )
    layers = {
        "summer": types, "summer_totals": totals, "summer_blocks": blocks, "summer_buildings": buildings,
        "figures": pd.DataFrame({"unit": "h/a", "value": [100.0, 800.0], "low": float("nan"), "high": float("nan")}, index=key),
    }  # fmt: skip
    for name in ("summer", "summer_totals", "summer_blocks", "summer_buildings"):
        schema.check_layer(name, layers[name])
    return Results(STUDY, Site(50.0, 20.0), layers)


@pytest.mark.parametrize(
    ("lang", "best"), [("en", "“trees before the walls”: 800 hours become 500"), ("pl", "„drzewa przed ścianami”: z 800 godzin")]
)
def test_the_section_tells_hours_today_and_in_the_hot_year_and_which_single_measure_helps_most(lang, best):
    page = summer_page(results(), lang)
    words = " ".join(page["sentences"])
    assert "100" in words
    assert best in words
    measures, packages, types = page["tables"]
    assert [row["cells"][2:4] for row in measures["rows"]] == [["100", "800"], ["60", "500"], ["5", "90"]]
    assert [row["cells"][-1] for row in measures["rows"]] == ["0", "12", "210"]
    assert measures["last"]["unit"] == {"en": "PLN/m²", "pl": "zł/m²"}[lang]
    assert [row["cells"][3] for row in packages["rows"]] == ["800", "900"]
    assert types["rows"][0]["name"] == f"PL.N.MFH.03 · {'school' if lang == 'en' else 'szkoła'}"


def test_a_passport_has_one_line_of_summer_and_none_where_the_block_has_no_floor():
    line = summer_of_block(results(), "k", "en")
    assert line == "Summer: 100 hours above 26 °C today, 800 in a hot future year; after “Standard retrofit” 900."
    assert summer_of_block(results(), "empty", "en") == ""


@pytest.mark.parametrize(
    ("lang", "trees", "every"),
    [
        ("en", "trees before the walls 425 h for 16 PLN/m²", "all four together 90 h for 158 PLN/m²"),
        ("pl", "drzewa przed ścianami – 425 h za 16 zł/m²", "wszystkie cztery razem – 90 h za 158 zł/m²"),
    ],
)
def test_a_passport_tells_what_measures_do_and_cost_by_the_floor_of_its_types(lang, trees, every):
    """Three quarters of the floor are a school, one is homes: 0.75 · 500 + 0.25 · 200 hours, 0.75 · 12.3 + 0.25 · 28 and 0.75 · 210 + 0."""
    found = results()
    homes = found.layers["summer"].rename({KIND: "homes"}, level="summer_type")
    measures = homes.index.get_level_values("measure")
    homes.loc[measures == "trees", ["fixed_hours_h", "measure_cost_m2"]] = [200.0, 28.0]
    homes.loc[measures == "all", "measure_cost_m2"] = 0.0
    ids = pd.Index(["h", "o", "far"], name="building_id")
    found.layers["summer"] = pd.concat([found.layers["summer"], homes])
    found.layers["summer_buildings"] = pd.DataFrame({"summer_type": [KIND, "homes", "homes"]}, index=ids)
    found.layers["buildings"] = pd.DataFrame({"block_id": ["k", "k", "z"], "reference_area_m2": [750.0, 250.0, 9e9]}, index=ids)
    line = summer_of_block(found, "k", lang)
    assert trees in line
    assert every in line


def test_columns_of_blocks_and_buildings_are_declared_with_their_names():
    index, buildings = pd.Index(["k", "z"]), pd.DataFrame(index=pd.Index(["h", "shed"]))
    added: dict = {}
    of_blocks: dict = {}
    of_buildings: dict = {}
    add_summer_of_blocks(results(), index, added, of_blocks)
    blocks = pd.DataFrame(added)
    add_summer_of_buildings(results(), buildings, of_buildings)
    assert set(blocks) == set(of_blocks)
    assert set(buildings) == set(of_buildings)
    assert blocks.loc["k", "summer_fixed_hours_h__usual__hot_future"] == 900.0
    assert blocks.loc["z"].isna().all()
    assert buildings.loc["h", "summer_fixed_hours_h__today"] == 7.0
    assert "hot future year" in of_blocks["summer_fixed_hours_h__usual__hot_future"].label_en
    assert "przyszły gorący rok" in of_blocks["summer_fixed_hours_h__usual__hot_future"].label_pl


def test_a_place_whose_summer_is_not_known_has_no_section_and_no_columns():
    blank = Results(STUDY, Site(50.0, 20.0), {})
    columns: dict = {}
    add_summer_of_blocks(blank, pd.Index([]), {}, columns)
    add_summer_of_buildings(blank, pd.DataFrame(), columns)
    assert columns == {}
    assert summer_page(blank, "en") is None
