"""The GeoPackage and the project, opened by the real QGIS."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import shapely

from ped_geo import schema
from ped_geo.language import text
from ped_geo.outputs.rasters import irradiation_classes
from ped_geo.outputs.single_households import is_single_household
from ped_geo.outputs.styles import NO_VALUE, SIGNED, WITHHELD
from ped_geo.outputs.tables import shown_variant, variant_name
from ped_geo.outputs.themes import documented_layers, themes
from ped_geo.sources.corrections import LAYERS

pytestmark = pytest.mark.qgis
LIGHT = "Nasłonecznienie dachów i gruntu [kWh/(m²·rok)] | Light on roofs and ground [kWh/(m²·a)]"
SCRIPT = Path(__file__).with_name("qgis_check.py")

CORRECTED = {" | ".join(text(f"correction.layer.{name}", lang) for lang in ("pl", "en")) for name in LAYERS}


def squares(file, bounds):
    """A layer of another office in Poland's EPSG:2180: squares of 100 m over a place given in degrees."""
    import geopandas as gpd
    import shapely
    from pyproj import Transformer

    to_2180 = Transformer.from_crs(4326, 2180, always_xy=True)
    west, south = to_2180.transform(*bounds[:2])
    east, north = to_2180.transform(*bounds[2:])
    corners = [(x, y) for x in range(int(west) - 100, int(east) + 100, 100) for y in range(int(south) - 100, int(north) + 100, 100)]
    frame = gpd.GeoDataFrame(geometry=[shapely.box(x, y, x + 100, y + 100) for x, y in corners], crs=2180)
    frame.to_file(file, driver="GPKG")
    return frame


def look(place, name, folder, most=1000):
    """What QGIS says of a package and a project."""
    import geopandas as gpd

    box = gpd.read_file(place / f"{name}.gpkg", layer="boundary").to_crs(4326).total_bounds
    frame = squares(folder / "squares.gpkg", box)
    command = ["/usr/bin/python3", str(SCRIPT), *(str(place / f"{name}.{ending}") for ending in ("gpkg", "qgz"))]
    command += [str(folder), str(folder / "squares.gpkg"), str(most)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PROJ", "GDAL"))}
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**environment, "QT_QPA_PLATFORM": "offscreen"}, timeout=600
    )
    line = next((line for line in ended.stdout.splitlines() if line.startswith("JSON:")), None)
    assert line, ended.stderr[-2000:]
    return {**json.loads(line.removeprefix("JSON:")), "folder": folder, "squares": frame}


@pytest.fixture(scope="module")
def seen(products, tmp_path_factory):
    return look(products.processed, "sample-estate", tmp_path_factory.mktemp("pictures"))


def test_every_layer_opens_with_its_own_style_and_aliases(seen):
    assert {"blocks", "buildings", "boundary", "streets", "candidates", "pv_arrays", "roof_planes"} <= set(seen["layers"])
    for name, layer in seen["layers"].items():
        assert layer["valid"], name
        assert layer["count"] > 0, name
        assert layer["crs"] == "EPSG:2178", name
        assert layer["default_style"], name
        assert layer["aliases"], name
    assert seen["layers"]["blocks"]["renderer"] == "RuleRenderer"
    assert [colour for _, colour in seen["layers"]["blocks"]["classes"]] == [*SIGNED, NO_VALUE]
    assert seen["layers"]["buildings"]["renderer"] == "categorizedSymbol"
    assert len(seen["layers"]["buildings"]["classes"]) == len(schema.columns("buildings")["use"].values)
    assert {"use", "heat_supply", "roof_shape", "use_source", "roof_shape_source"} <= set(seen["layers"]["buildings"]["maps"])


def test_the_package_offers_the_style_of_every_question_and_opens_in_one(seen, products):
    """What QGIS lists and reads of ``layer_styles``: each draws the classes of the project's own layer, and leaves the names of columns."""
    results = products.run.results
    asked = [theme for theme in themes(results) if not theme.subset]
    for name, layer in seen["layers"].items():
        titles = {theme.title for theme in asked if theme.layer == name}
        offered = {title: style for title, style in layer["styles"].items() if title in titles}
        # the layer opens in one of them, which bears the name of the layer
        opens = [title for title in titles if seen["project"][title]["classes"] == layer["classes"]]
        assert titles - set(offered) <= set(opens), name
        assert len(layer["styles"]) == len(offered) + 1, name
        assert len({style["name"] for style in layer["styles"].values()}) == len(layer["styles"]), name
        for title, style in layer["styles"].items():
            assert style["read"], (name, title, style["message"])
            assert style["aliases"] == len(layer["aliases"]), (name, title)
            assert len(style["name"]) <= 30, title
            assert title in {*titles, " | ".join(text(f"layer.{name}", lang) for lang in ("pl", "en"))}
        for title, style in offered.items():
            assert style["classes"] == seen["project"][title]["classes"], title
    assert len(seen["layers"]["blocks"]["styles"]) >= len(results.study.variants) + 3


def test_sources_of_attributes_are_told_in_both_languages(seen, products):
    """What QGIS shows of the first building for each column that tells a source."""
    shown = seen["layers"]["buildings"]["shown"]
    row = documented_layers(products.run.results)["buildings"][0].frame.loc[str(shown["building_id"])]
    told = {name: str(words) for name, words in shown.items() if name.endswith("_source") and str(row[name]).startswith("inferred: ")}
    assert told
    for name, words in told.items():
        polish, english = words.split(" | ")
        assert polish.startswith("oszacowane: "), name
        assert english.startswith("estimated: "), name


def test_names_in_the_layer_tree_are_short_and_whole_when_pointed_at(seen):
    """The Polish half, which stands first, is at most forty letters, about what the panel shows before anybody widens it."""
    names = [(group, name) for group, name, _ in seen["tree"]]
    assert len(set(names)) == len(names), "two layers of a group have one name"
    for group, name, title in seen["tree"]:
        assert len(name.split(" | ")[0]) <= 40, name
        assert len(group.split(" | ")[0]) <= 40, group
        assert len(name) <= len(title), name
    balances = [(group, name) for group, name, title in seen["tree"] if title.startswith("Bilans: ")]
    assert {group for group, _ in balances} == {"Bilans [kWh/(m²·rok)] | Balance [kWh/(m²·a)]"}
    assert "Stan danych" in seen["abstract"]


def test_no_class_of_roof_yields_holds_most_of_the_roofs(seen):
    """Houses beside long blocks: equal steps would paint more than half of the roofs alike."""
    drawn = seen["project"]["Uzysk PV z dachów [MWh/rok] | PV yield of roofs [MWh/a]"]["drawn"]
    labels = [label for label in drawn.values() if not label.startswith("brak")]
    counts = {label: labels.count(label) for label in set(labels)}
    assert max(counts.values()) <= 0.5 * len(labels), counts


def test_aliases_are_in_both_languages_with_units(seen):
    aliases = seen["layers"]["blocks"]["aliases"]
    assert aliases["reference_area_m2"] == "Powierzchnia ogrzewana | Heated floor area [m²]"
    assert all(" | " in alias for alias in aliases.values())


def test_project_opens_with_valid_layers_by_relative_paths(seen, products):
    assert seen["read"]
    assert seen["crs"] == "EPSG:2178"
    assert len(seen["project"]) >= 16
    for name, layer in seen["project"].items():
        assert layer["valid"], name
        assert str(products.processed) in layer["source"], "the path was not taken from where the project lies"
    import zipfile

    with zipfile.ZipFile(products.processed / "sample-estate.qgz") as archive:
        text = archive.read(archive.namelist()[0]).decode()
    assert str(products.root) not in text
    assert "./sample-estate.gpkg|layername=blocks" in text


def test_every_layer_of_the_package_with_shapes_stands_in_the_project(seen):
    """Stops, car parks, lamps and public buildings had been in the package alone."""
    sources = " ".join(layer["source"] for layer in seen["project"].values())
    missing = [name for name in seen["layers"] if f"layername={name}" not in sources]
    assert not missing
    assert {"stops", "car_parks", "public_buildings", "public_grounds"} <= seen["layers"].keys()


def test_every_layer_has_a_valid_reference_system_and_meets_layers_of_others(seen, products):
    """QGIS overlays each layer with squares in EPSG:2180: as many pairs as PROJ and GEOS find without QGIS."""
    results = products.run.results
    assert seen["other_crs"] == "EPSG:2180"
    for name, layer in {**seen["project"], **seen["layers"]}.items():
        assert layer["crs_valid"], name
    blocks = results.layers["blocks"].to_crs(2180)
    found = seen["squares"].sindex.query(blocks.geometry, predicate="intersects")
    area = shapely.area(shapely.intersection(blocks.geometry.to_numpy()[found[0]], seen["squares"].geometry.to_numpy()[found[1]]))
    balances = [count for name, count in seen["pairs"].items() if name.startswith("Bilans")]
    assert len(balances) == len(results.study.variants)
    for count in balances:
        assert count == pytest.approx((area > 0.01).sum(), abs=1)
    # people fill in the layers of corrections
    assert all(count > 0 for name, count in seen["pairs"].items() if name not in CORRECTED), seen["pairs"]


def test_layers_exported_in_degrees_lie_where_the_district_is(seen, products):
    place = products.run.results.study.place.bbox
    for name, layer in seen["project"].items():
        if name in CORRECTED:
            continue
        west, south, east, north = layer["box"]
        assert place[0] - 0.01 < west < east < place[2] + 0.01, name
        assert place[1] - 0.01 < south < north < place[3] + 0.01, name


def within(label, value):
    """Whether a printed value lies in the class that QGIS's legend names."""
    numbers = [
        float(part.replace("\u2212", "-").replace("\u00a0", "").replace(",", "."))
        for part in re.findall(r"\u2212?[\d\u00a0]+(?:,\d+)?", label)
    ]
    if label.startswith("<"):
        return value < numbers[0]
    return numbers[0] <= value < (numbers[1] if len(numbers) > 1 else float("inf"))


def test_qgis_puts_each_block_and_building_into_the_class_of_its_printed_value(seen, products):
    """Balances and heat worked out from the layers themselves, rounded to one decimal; sheds are not heated instead of below 50."""
    layers, study = products.run.results.layers, products.run.results.study
    area = layers["blocks"]["reference_area_m2"]
    for variant in study.variants:
        title = next(name for name in seen["project"] if name.startswith(f"Bilans: {variant_name(variant, 'pl')} ["))
        rows = layers["balance"].xs(variant.key, level="variant")["primary_energy_balance_kwh_a"]
        for block, label in seen["project"][title]["drawn"].items():
            assert within(label.split(" | ")[0], round(rows[block] / area[block], 1)), (title, block)
    drawn = seen["project"][next(name for name in seen["project"] if name.startswith("Zapotrzebowanie"))]["drawn"]
    need, heated = layers["need"].xs("existing", level="package")["heat_need_kwh_m2a"], layers["buildings"]["heated"]
    single = is_single_household(layers["buildings"])
    assert single.any()
    for building, label in drawn.items():
        if single[building] and heated[building]:
            assert label == "jedno gospodarstwo, nie podano | one household, not told"
        elif heated[building]:
            assert within(label.split(" | ")[0], round(need[building], 1)), building
        else:
            assert label == "nieogrzewane | not heated"
    assert not heated.all()


def test_variants_share_their_classes_in_qgis_and_with_the_map(seen, products):
    from ped_geo.outputs.web_map.content import map_content

    balances = [layer["classes"] for name, layer in seen["project"].items() if name.startswith("Bilans")]
    assert all(classes == balances[0] for classes in balances)
    shown = {one["key"]: one for one in map_content(products.run.results)["indicators"]}
    labels = [label.split(" | ")[0] for label, _ in balances[0]]
    assert labels == [*shown["balance"]["labels"]["pl"], "brak budynków ogrzewanych"]
    chance = next(layer["classes"] for name, layer in seen["project"].items() if name.startswith("Prawdopodobieństwo"))
    assert [label.split(" | ")[0] for label, _ in chance][:-1] == shown["probability"]["labels"]["pl"]


def test_open_styles_draw_what_the_qgis_styles_draw(seen, products):
    """SLD and QML of a layer name the same classes and put the same features into them."""
    blocks = seen["layers"]["blocks"]
    way = variant_name(shown_variant(products.run.results), "pl")
    title = next(name for name in seen["project"] if name.startswith("Bilans") and way in name)
    assert blocks["sld"]["loaded"], blocks["sld"]["message"]
    assert blocks["sld"]["classes"] == [label for label, _ in blocks["classes"]]
    assert blocks["sld"]["drawn"] == seen["project"][title]["drawn"]
    for name, layer in seen["layers"].items():
        assert layer["sld"]["loaded"], name


def test_qgis_prints_figures_with_the_decimals_of_all_products(seen, products):
    """The first block in QGIS's table of attributes: balance with one decimal, energy and money without."""
    shown = {name: str(value) for name, value in seen["layers"]["blocks"]["shown"].items()}
    last = products.run.results.study.shown_variant.key
    row = products.run.results.layers["balance"].loc[(shown["block_id"], last)]
    area = products.run.results.layers["blocks"].loc[shown["block_id"], "reference_area_m2"]
    assert shown[f"primary_energy_balance_kwh_m2a__{last}"] == f"{row['primary_energy_balance_kwh_a'] / area:,.1f}"
    assert shown[f"primary_energy_balance_kwh_a__{last}"] == f"{row['primary_energy_balance_kwh_a']:,.0f}"
    assert shown["reference_area_m2"] == f"{area:,.0f}"


def test_each_question_has_a_theme_that_shows_the_layer_of_its_answer(seen, products):
    results = products.run.results
    asked = themes(results)
    # chance, heat, yield of roofs and of modules, what is known, saving, types of blocks, climate zones, and summer today and in a
    # hot year; the years of each scenario
    scenarios = set(results.layers["roadmap_blocks"]["scenario"])
    assert len(asked) == len(results.study.variants) + 15 + len(scenarios)
    assert set(seen["themes"]) == {theme.title for theme in asked} | {LIGHT}
    layers = documented_layers(results)
    for theme in asked:
        shown = seen["themes"][theme.title]
        assert shown["errors"] == []
        assert theme.title in shown["layers"], "the layer lost its theme"
        layer = seen["project"][theme.title]
        frame = layers[theme.layer][0].frame
        empty = [WITHHELD, NO_VALUE] if theme.style.withheld else [NO_VALUE]
        if not theme.style.nothing and not theme.style.categories:
            # a layer that has a value everywhere names no missing one
            assert not frame[theme.style.column].isna().any(), theme.title
            empty = []
        drawn = [colour for _, _, colour in theme.style.categories] or [*theme.style.classes.colours, *empty]
        assert [colour for _, colour in layer["classes"]] == drawn
        # a frame of the temporal controller holds the rows of one year
        frame = frame[frame["year"] == 2040] if theme.style.period else frame
        large = set(frame.index[~frame.buffer(-2.0).is_empty].astype(str))
        used = {label for name, label in layer["drawn"].items() if name in large}
        missing = {colour for label, colour in layer["classes"] if label in used} - set(shown["colours"])
        assert not missing, theme.title


def test_the_temporal_controller_shows_each_block_once_in_the_state_of_the_year(seen, products):
    """What QGIS's own filter lets through in frames of five years, against the layer that the roadmap gave."""
    table, shown = products.run.results.layers["roadmap_blocks"], seen["frames"]
    assert shown["days"] == ["2025-01-01", "2050-12-31"]
    assert shown["step"] == [5, 7], "not five years"
    assert shown["mode"] == 1, "the controller is off, so that all years would lie over each other"
    years = sorted(set(table["year"]))
    assert len(shown["layers"]) == len(set(table["scenario"]))
    for name, frames in shown["layers"].items():
        scenario = next(row for row in table["scenario"].unique() if text(f"code.{row}", "en") in name.split(" | ")[1])
        rows = table[table["scenario"] == scenario]
        assert frames.pop("2020") == frames.pop("2055") == []
        for year, entries in frames.items():
            state = max(one for one in years if one <= int(year))
            assert entries == sorted(rows.index[rows["year"] == state]), (name, year)


def test_light_has_a_theme_that_draws_the_raster_in_its_classes(seen):
    layer, shown = seen["project"][LIGHT], seen["themes"][LIGHT]
    assert layer["renderer"] == "singlebandpseudocolor"
    assert all(label for label, _ in layer["classes"])
    assert [colour for _, colour in layer["classes"]] == [colour for _, colour in irradiation_classes()]
    assert shown["errors"] == []
    assert LIGHT in shown["layers"]
    assert len({colour for _, colour in layer["classes"]} & set(shown["colours"])) >= 5


def test_identities_of_layers_are_long_enough_for_qgis_to_keep(products):
    # QGIS gives a new identity to a layer whose own has ten letters or fewer
    assert all(len(theme.identity) > 10 for theme in themes(products.run.results))


def test_layouts_stand_on_every_paper_for_every_theme_and_as_atlases_in_both_languages(seen, products):
    """QGIS exports each of them; all have title, map, locator, legend, scale as bar and ratio, north arrow, crest, fields and sources."""
    results = products.run.results
    papers, asked = {(297, 210), (210, 297), (420, 297), (297, 420)}, themes(results)
    assert {tuple(round(side) for side in layout["page_mm"]) for layout in seen["layouts"].values()} == papers
    for lang, written in (("PL", "Wstępna"), ("EN", "Positive energy district screening")):
        mine = {name: layout for name, layout in seen["layouts"].items() if name.startswith(lang)}
        assert len(mine) == len(asked) - 1 + 4 + 2
        atlases = {name: layout["pages"] for name, layout in mine.items() if "tlas" in name}
        assert sorted(atlases.values()) == sorted([len(results.layers["candidates"]), len(results.layers["blocks"])])
        for name, layout in mine.items():
            assert layout["result"] == 0, name
            assert layout["inside"], name
            kinds = layout["items"]
            assert kinds.count("QgsLayoutItemMap") == kinds.count("QgsLayoutItemPicture") == 2, name
            assert {"QgsLayoutItemLegend", "QgsLayoutItemScaleBar", "QgsLayoutItemShape"} <= set(kinds), name
            assert name in atlases or any(written in words and results.study.title in words for words in layout["labels"]), name
            assert any("EPSG:2178" in words for words in layout["labels"]), name
            assert any(re.fullmatch(r"1 : [\d,\s.]+", words) for words in layout["labels"]), name
            assert any("…" in words for words in layout["labels"]), "nowhere to write the office and the author"
            # the theme's layer, the lines above it, and water and green below; what stands on the theme has its name in the legend
            assert max(len(layers) for layers in layout["map_layers"]) == 6, name
            assert len(layout["legend"][0]) == 4, name
            assert layout["legend"][0][-1] == {"PL": "Woda i zieleń", "EN": "Water and green"}[lang]
            assert layout["legend_title"] == [{"PL": "Legenda", "EN": "Legend"}[lang]]
            assert not any(" | " in words for words in layout["legend"][0]), "two languages on one page"
    assert (seen["folder"] / "layout-0.png").stat().st_size > 10_000


def test_labels_have_halos_and_scales_and_map_tips_tell_printed_figures(seen, products):
    assert {"Kwartały", "Ulice", "Obszary kandydujące", "Budynki"} - {name.split(" | ")[0] for name in seen["labelled"]} == {"Kwartały"}
    assert sum(name.startswith("Bilans") for name in seen["labelled"]) == len(products.run.results.study.variants)
    for name, (limited, least, halo) in seen["labelled"].items():
        assert limited, name
        assert halo, name
        assert least > 0, name
    row = products.run.results.layers["blocks"].iloc[0]
    tip = next(words for name, words in seen["tips"].items() if name.startswith("Bilans"))
    assert row["label"] in tip
    assert f"{row['reference_area_m2']:,.0f}" in tip


def test_forms_have_tabs_and_the_tables_of_their_rows(seen, products):
    """A block's form shows its variants and buildings, a candidate's its verdicts: as many rows as the layers of the run have."""
    layers, study = products.run.results.layers, products.run.results.study
    assert all(valid for valid, *_ in seen["relations"].values())
    block = layers["blocks"].index[0]
    variants = [rows for key, (*_, rows) in seen["relations"].items() if key.endswith("block_variants")]
    assert set(variants) == {len(study.variants)}
    buildings = [rows for key, (*_, rows) in seen["relations"].items() if key.endswith("block_buildings")]
    assert set(buildings) == {(layers["buildings"]["block_id"] == block).sum()}
    verdicts = next(rows for key, (*_, rows) in seen["relations"].items() if key.endswith("candidate_verdicts"))
    assert verdicts == (layers["verdicts"].index.get_level_values("group_id") == layers["candidates"].index[0]).sum() > 0
    tabs = next(tabs for name, tabs in seen["forms"].items() if name.startswith("Bilans"))
    assert tabs[0] == "Ogólne | General"
    assert "Warianty kwartału | Variants of the block" in tabs
    assert all(valid and (rows or name in CORRECTED) for name, (valid, rows) in seen["tables"].items())
    longest = max(len(alias) for layer in seen["project"].values() for alias in layer.get("aliases", {}).values())
    assert longest <= 160


def test_base_maps_are_ready_and_off_and_bookmarks_lead_to_blocks(seen, products):
    assert [shown for _, _, shown in seen["base_maps"].values()] == [False, False]
    assert {code for _, code, _ in seen["base_maps"].values()} == {"EPSG:3857"}
    layers = products.run.results.layers
    assert set(seen["bookmarks"]) == {"Cały obszar | Whole district", *layers["blocks"]["label"], *layers["candidates"]["label"]}


def test_another_reference_system_of_the_project_keeps_the_map(seen):
    code, different, errors = seen["in_degrees"]
    assert code == "EPSG:2180"
    assert errors == 0
    assert different > 20, "nothing was drawn"


def test_qgis_has_nothing_to_complain_about(seen):
    assert seen["messages"] == []


def test_a_hostile_title_is_shown_as_it_was_written(products, tmp_path):
    """No expression of it is computed, in the layout, the title or the legend; control characters leave a project that opens."""
    from dataclasses import replace

    from ped_geo.outputs.corrections import place_corrections
    from ped_geo.outputs.geopackage import write_geopackage
    from ped_geo.outputs.qgis_project import write_project
    from ped_geo.outputs.rasters import write_rasters

    results = products.run.results
    title = "[% 6*7 %] <b>[%@project_path%]</b> \x1b[31m & 'a' \u202eb"
    provenance = {**results.provenance, "place": {**results.provenance["place"], "attribution": "[%1+1%]\x07 ]%] [% x"}}
    study = results.study.model_copy(update={"title": title, "sample": False})
    hostile = replace(results, study=study, provenance=provenance)
    for write in (write_geopackage, write_project, write_rasters, place_corrections):
        write(hostile, tmp_path)
    found = look(tmp_path, "sample-estate", tmp_path, most=1)
    shown = "[% 6*7 %] <b>[%@project_path%]</b> [31m & 'a' b"
    assert found["read"]
    assert found["title"] == shown
    labels = next(iter(found["layouts"].values()))["labels"]
    assert any(words.endswith(f": {shown}") for words in labels), labels
    assert any("[%1+1%] ]%] [% x" in words for words in labels), labels
    assert found["messages"] == []
