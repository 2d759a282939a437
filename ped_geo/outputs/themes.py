"""Which layers are written and how each is drawn; and which of them answer which question in the QGIS project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ped_geo import schema
from ped_geo.countries import HOME
from ped_geo.language import catalogue, plain, text
from ped_geo.outputs import Results
from ped_geo.outputs.block_plans import plan_layers, plan_styles
from ped_geo.outputs.block_types import type_categories
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, classes_of, written_unit
from ped_geo.outputs.heat_network import heat_network_layer
from ped_geo.outputs.qml import LayerStyle
from ped_geo.outputs.roadmap import roadmap_years
from ped_geo.outputs.single_households import withhold_single_households, without_single_households
from ped_geo.outputs.styles import CANDIDATES, GROUND, USES
from ped_geo.outputs.tables import DocumentedLayer, block_table, building_table, candidate_table, shown_variant, variant_name

__all__ = ["BALANCE", "Theme", "documented_layers", "themes"]

BALANCE = "primary_energy_balance_kwh_m2a"
YEARS = "roadmap_blocks"
SUMMER = {"summer_today": "summer_fixed_hours_h__today", "summer": "summer_fixed_hours_h__hot_future"}
"""Figures of buildings in summer, which share their classes, and their columns."""
CANDIDATE: dict[str, Any] = {"kind": "categorised", "column": "label", "width_mm": 0.8, "outlined": True}
OF_HOMES = ("heat", "saving", "known", "summer")
"""Figures of buildings that are not told of single households."""

THIN_MM = 0.05  # outlines as wide as usual would cover buildings and modules at the scale of a district


@dataclass(frozen=True)
class Theme:
    """
    One question and the styled layer that answers it.

    Attributes
    ----------
    key, title : str
        Short word, and words in both languages with the unit.
    layer, style : str, LayerStyle
        Of the GeoPackage, and how it is drawn.
    group : str
        Of the layer tree.
    subset : str
        Which rows, as QGIS writes it behind a source.
    name, within : str
        Of the layer in the tree, which is narrow, and of the group that it shares with others like it; both languages.
    """

    key: str
    title: str
    layer: str
    style: LayerStyle
    group: str
    subset: str = ""
    name: str = ""
    within: str = ""

    @property
    def identity(self) -> str:
        """Identity of the theme's layer in the project; QGIS replaces those of ten letters and fewer, and the theme would lose it."""
        return f"theme_layer_{self.key}"


def _in_tree(key: str, title: str) -> str:
    """A title as short as the layer tree needs it, with its units."""
    if f"tree.theme.{key}" not in catalogue():
        return title
    units = [part[part.rindex(" [") :] if part.endswith("]") else "" for part in title.split(" | ")]
    return " | ".join(text(f"tree.theme.{key}", lang) + unit for lang, unit in zip(("pl", "en"), units, strict=True))


def _graduated(key: str, column: str, values: pd.Series | pd.DataFrame, **more: Any) -> LayerStyle:
    """Style of a figure; its classes are those of all its values."""
    kind = "modules" if key in {"roof_yield", "module_yield"} else "block" if key in {"balance", "p_positive", "co2"} else "building"
    nothing = (text(f"figure.none.{kind}", "pl"), text(f"figure.none.{kind}", "en"))
    told = (text("figure.withheld", "pl"), text("figure.withheld", "en")) if key in OF_HOMES else ()
    classes = classes_of(key, pd.Series(values.to_numpy(dtype="float64").ravel()))
    return LayerStyle(name=column, kind="graduated", column=column, classes=classes, nothing=nothing, withheld=told, **more)


def _uses() -> tuple[tuple[str, str, str], ...]:
    values = schema.columns("buildings")["use"].values
    label = {value: f"{text(f'code.{value}', 'pl')} | {text(f'code.{value}', 'en')}" for value in values}
    return tuple((value, label[value], USES[value]) for value in values)


def _candidate_categories(candidates: pd.DataFrame) -> tuple[tuple[str, str, str], ...]:
    """Each candidate with a colour of its own."""
    labels = list(dict.fromkeys(candidates["label"].astype("str")))
    return tuple((label, plain(label), CANDIDATES[place % len(CANDIDATES)]) for place, label in enumerate(labels))


def documented_layers(results: Results) -> Mapping[str, tuple[DocumentedLayer, LayerStyle]]:
    """
    Layers of the GeoPackage with the style each opens in.

    Returns
    -------
    mapping
        Layer name → layer and style, in drawing order, top first.
    """
    blocks, buildings = block_table(results), withhold_single_households(building_table(results))
    if not results.complete:
        return _form_layers(results, blocks, buildings)
    balance = f"{BALANCE}__{shown_variant(results).key}"
    styles: dict[str, tuple[DocumentedLayer, LayerStyle]] = {}
    candidates = candidate_table(results)
    styles["candidates"] = (candidates, LayerStyle("candidates", **CANDIDATE, categories=_candidate_categories(candidates.frame)))
    for name in ("pv_arrays", "roof_planes"):
        if name in results.layers:
            layer = DocumentedLayer(results.layers[name], schema.columns(name))
            styles[name] = (
                layer,
                LayerStyle(name, colour="#0072b2" if name == "pv_arrays" else "#d9d9d9", outline="#08306b", width_mm=0.1),
            )
    styles |= heat_network_layer(results) | _years(results) | plan_layers(results)
    visits = results.layers.get("field_work")
    if visits is not None and len(visits):
        points = without_single_households(DocumentedLayer(visits, schema.columns_in("field_work", results.study.country or HOME)))
        styles["field_work"] = (points, LayerStyle("field_work", colour="#d55e00", outline="#000000", geometry="point"))
    styles["buildings"] = (buildings, LayerStyle("use", kind="categorised", column="use", categories=_uses(), width_mm=0.1))
    styles["streets"] = (
        DocumentedLayer(results.layers["streets"], schema.columns("streets")),
        LayerStyle("streets", colour="#969696", width_mm=0.3, geometry="line"),
    )
    styles["blocks"] = (blocks, _graduated("balance", balance, block_figures(results)["balance"]))
    styles |= _ground(results)
    styles["boundary"] = (
        DocumentedLayer(results.layers["boundary"], schema.columns("boundary")),
        LayerStyle("boundary", colour="", outline="#000000", width_mm=0.7),
    )
    return styles


def _years(results: Results) -> dict[str, tuple[DocumentedLayer, LayerStyle]]:
    """Layer ``roadmap_blocks`` in its style, by name; nothing where no roadmap was made."""
    layer = roadmap_years(results)
    if layer is None:
        return {}
    return {YEARS: (layer, _graduated("co2", "co2_kg_m2a", layer.frame["co2_kg_m2a"], period=("start", "end")))}


def _ground(results: Results) -> dict[str, tuple[DocumentedLayer, LayerStyle]]:
    """Layer ``water_and_green``, which lies below all; nothing where the sources tell of none."""
    name = "water_and_green"
    frame = results.layers.get(name)
    if frame is None or frame.empty:
        return {}
    there = set(frame["kind"].astype("str"))
    kinds = tuple((kind, f"{text(f'code.{kind}', 'pl')} | {text(f'code.{kind}', 'en')}", GROUND[kind]) for kind in GROUND if kind in there)
    style = LayerStyle(name, kind="categorised", column="kind", categories=kinds, outline="#ffffff", width_mm=0.0)
    return {name: (DocumentedLayer(frame, schema.columns(name)), style)}


def _form_layers(results: Results, blocks: DocumentedLayer, buildings: DocumentedLayer) -> Mapping[str, tuple[DocumentedLayer, LayerStyle]]:
    """Layers of a place whose country has no pack: blocks open in the yield of their roofs."""
    yields = "pv_annual_yield_kwh_a"
    plain = {
        "pv_arrays": LayerStyle("pv_arrays", colour="#0072b2", outline="#08306b", width_mm=0.1),
        "roof_planes": LayerStyle("roof_planes", colour="#d9d9d9", outline="#08306b", width_mm=0.1),
        "streets": LayerStyle("streets", colour="#969696", width_mm=0.3, geometry="line"),
        "boundary": LayerStyle("boundary", colour="", outline="#000000", width_mm=0.7),
    }
    drawn = {name: (DocumentedLayer(results.layers[name], schema.columns(name)), style) for name, style in plain.items()}
    return {
        "pv_arrays": drawn["pv_arrays"],
        "roof_planes": drawn["roof_planes"],
        "buildings": (buildings, LayerStyle("use", kind="categorised", column="use", categories=_uses(), width_mm=0.1)),
        "streets": drawn["streets"],
        "blocks": (blocks, _graduated("pv", yields, blocks.frame[yields] / 1e3, factor=0.001)),
        **_ground(results),
        "boundary": drawn["boundary"],
    }


def _type_theme(blocks: pd.DataFrame) -> list[Theme]:
    """Types of blocks, where they are told."""
    if "block_type" not in blocks:
        return []
    style = LayerStyle("block_type", kind="categorised", column="block_type", categories=type_categories(blocks["block_type"]))
    title = " | ".join(text("theme.block_type", lang) for lang in ("pl", "en"))
    return [Theme("block_type", title, "blocks", style, "results", name=_in_tree("block_type", title))]


def _theme(
    key: str, figure: str, layer: str, style: LayerStyle, *, words: str = "", subset: str = "", name: str = "", **values: dict[str, str]
) -> Theme:
    """A theme of a figure; one of several that differ by a variant or scenario has a `name` in the group of all of them."""
    titles = [
        text(f"theme.{words or key}", lang, **{name: told[lang] for name, told in values.items()})
        + f" [{written_unit(FIGURES[figure].unit, lang)}]"
        for lang in ("pl", "en")
    ]
    variant = f"_{style.column.partition('__')[2]}" if key == "balance" else ""
    group = "results" if layer in {"blocks", YEARS} else "buildings"
    title = " | ".join(titles)
    short = _in_tree(words or key, title)
    return Theme(f"{key}{variant}", title, layer, style, group, subset, name or short, short if name else "")


def _year_themes(layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]]) -> list[Theme]:
    """CO₂ of blocks over the years, a theme for each scenario; none where no roadmap was made."""
    if YEARS not in layers:
        return []
    layer, style = layers[YEARS]
    found = []
    for scenario in dict.fromkeys(layer.frame["scenario"].astype("str")):
        names = {lang: text(f"code.{scenario}", lang) for lang in ("pl", "en")}
        subset = f"|subset=\"scenario\" = '{scenario}'"
        found.append(
            _theme(
                f"roadmap_{scenario}", "co2", YEARS, style, words="roadmap", subset=subset, name=" | ".join(names.values()), scenario=names
            )
        )
    return found


def themes(results: Results) -> list[Theme]:
    """
    The questions a planner asks, each with the layer and style that answers it.

    Returns
    -------
    list of Theme
        Titles in Polish and English.
    """
    layers = documented_layers(results)
    blocks, buildings = layers["blocks"][0].frame, layers["buildings"][0].frame
    of_blocks, of_buildings = block_figures(results), building_figures(results)
    found = []

    def add(key: str, figure: str, layer: str, style: LayerStyle) -> None:
        found.append(_theme(key, figure, layer, style))

    for variant in results.study.variants:
        names = {lang: variant_name(variant, lang) for lang in ("pl", "en")}
        style = _graduated("balance", f"{BALANCE}__{variant.key}", of_blocks["balance"])
        short = " | ".join(variant_name(variant, lang, short=True) for lang in ("pl", "en"))
        found.append(_theme("balance", "balance", "blocks", style, name=short, variant=names))
    chance = f"p_positive__{shown_variant(results).key}"
    if chance in blocks:
        add("probability", "p_positive", "blocks", _graduated("p_positive", chance, of_blocks["p_positive"], factor=100.0))
    found += _type_theme(blocks)
    found += [Theme(key, title, "blocks", style, "results", name=_in_tree(key, title)) for key, title, style in plan_styles(results)]
    today, advanced, pv = "heat_need_kwh_m2a__existing", "heat_need_kwh_m2a__advanced", "pv_annual_yield_kwh_a"
    thin = {"width_mm": THIN_MM}
    if today in buildings:
        add("heat", "heat", "buildings", _graduated("heat", today, of_buildings["heat"], **thin))
    if pv in buildings:
        shown = {"factor": 0.001, "zero_is_nothing": True, **thin}
        add("pv", "roof_yield", "buildings", _graduated("roof_yield", pv, of_buildings["roof_yield"], **shown))
    if "pv_arrays" in layers and len(layers["pv_arrays"][0].frame):
        column = "specific_yield_kwh_kwp_a"
        add("modules", "module_yield", "pv_arrays", _graduated("module_yield", column, layers["pv_arrays"][0].frame[column], **thin))
    add("known", "known", "buildings", _graduated("known", "known_share", of_buildings["known"], factor=100.0, **thin))
    if {today, advanced} <= set(buildings.columns):
        add("saving", "saving", "buildings", _graduated("saving", today, of_buildings["saving"], minus=advanced, **thin))
    for key, column in SUMMER.items():
        if column in buildings:
            add(key, "summer", "buildings", _graduated("summer", column, of_buildings[list(SUMMER)], **thin))
    return [*found, *_year_themes(layers)]
