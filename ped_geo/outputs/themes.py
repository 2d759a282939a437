"""Which layers are written and how each is drawn; and which of them answer which question in the QGIS project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ped_geo import schema
from ped_geo.language import text
from ped_geo.outputs import Results
from ped_geo.outputs.qml import LayerStyle
from ped_geo.outputs.styles import QUALITATIVE, Classes, amount_classes, signed_classes
from ped_geo.outputs.tables import Themed, block_table, building_table, candidate_table, variant_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BALANCE", "Theme", "shown_variant", "themed_layers", "themes"]

BALANCE = "primary_energy_balance_kwh_m2a"
THIN_MM = 0.05  # outlines as wide as usual would cover buildings and modules at the scale of a district


@dataclass(frozen=True)
class Theme:
    """One question and the styled layer that answers it."""

    key: str
    title: str
    layer: str
    style: LayerStyle
    group: str

    @property
    def identity(self) -> str:
        """Identity of the theme's layer in the project; QGIS replaces those of ten letters and fewer, and the theme would lose it."""
        return f"theme_layer_{self.key}"


def shown_variant(results: Results) -> str:
    """Key of the variant that is shown first."""
    return results.study.shown_variant.key


def _graduated(name: str, column: str, values: pd.Series, *, signed: bool = False) -> LayerStyle:
    classes = signed_classes(values) if signed else amount_classes(values)
    return LayerStyle(name=name, kind="graduated", column=column, classes=classes)


def _uses() -> tuple[tuple[str, str, str], ...]:
    values = schema.columns("buildings")["use"].values
    label = {value: f"{text(f'code.{value}', 'pl')} | {text(f'code.{value}', 'en')}" for value in values}
    return tuple((value, label[value], QUALITATIVE[number % len(QUALITATIVE)]) for number, value in enumerate(values))


def themed_layers(results: Results) -> Mapping[str, tuple[Themed, LayerStyle]]:
    """
    Layers of the GeoPackage with the style each opens in.

    Returns
    -------
    mapping
        Layer name → layer and style, in drawing order, top first.
    """
    blocks, buildings = block_table(results), building_table(results)
    balance = f"{BALANCE}__{shown_variant(results)}"
    styles: dict[str, tuple[Themed, LayerStyle]] = {}
    candidates = candidate_table(results)
    styles["candidates"] = (candidates, LayerStyle("candidates", colour="", outline="#d55e00", width_mm=0.8))
    for name in ("pv_arrays", "roof_planes"):
        if name in results.layers:
            layer = Themed(results.layers[name], schema.columns(name))
            styles[name] = (
                layer,
                LayerStyle(name, colour="#0072b2" if name == "pv_arrays" else "#d9d9d9", outline="#08306b", width_mm=0.1),
            )
    styles["buildings"] = (buildings, LayerStyle("use", kind="categorised", column="use", categories=_uses(), width_mm=0.1))
    styles["streets"] = (
        Themed(results.layers["streets"], schema.columns("streets")),
        LayerStyle("streets", colour="#969696", width_mm=0.3, geometry="line"),
    )
    styles["blocks"] = (blocks, _graduated(balance, balance, blocks.frame[balance], signed=True))
    styles["boundary"] = (
        Themed(results.layers["boundary"], schema.columns("boundary")),
        LayerStyle("boundary", colour="", outline="#000000", width_mm=0.7),
    )
    return styles


def themes(results: Results) -> list[Theme]:
    """
    The questions a planner asks, each with the layer and style that answers it.

    Returns
    -------
    list of Theme
        Titles in Polish and English.
    """
    layers = themed_layers(results)
    blocks, buildings = layers["blocks"][0].frame, layers["buildings"][0].frame
    found = []

    def both(key: str, **values: dict[str, str]) -> str:
        return " | ".join(text(f"theme.{key}", lang, **{name: words[lang] for name, words in values.items()}) for lang in ("pl", "en"))

    for variant in results.study.variants:
        column = f"{BALANCE}__{variant.key}"
        names = {lang: variant_name(variant, lang) for lang in ("pl", "en")}
        style = _graduated(column, column, blocks[column], signed=True)
        found.append(Theme(f"balance_{variant.key}", both("balance", variant=names), "blocks", style, "results"))
    chance = f"p_positive__{shown_variant(results)}"
    if chance in blocks:
        fixed = Classes((0.0, 0.2, 0.4, 0.6, 0.8, 1.0), amount_classes([0, 1]).colours)
        style = LayerStyle(name=chance, kind="graduated", column=chance, classes=fixed)
        found.append(Theme("probability", both("probability"), "blocks", style, "results"))
    for key, column in (("heat", "heat_need_kwh_m2a__existing"), ("pv", "pv_annual_yield_kwh_a")):
        if column in buildings:
            style = replace(_graduated(column, column, buildings[column]), width_mm=THIN_MM)
            found.append(Theme(key, both(key), "buildings", style, "buildings"))
    if "pv_arrays" in layers and len(layers["pv_arrays"][0].frame):
        column = "specific_yield_kwh_kwp_a"
        style = replace(_graduated(column, column, layers["pv_arrays"][0].frame[column]), width_mm=THIN_MM)
        found.append(Theme("modules", both("modules"), "pv_arrays", style, "buildings"))
    return [*found, *_savings(buildings, both("saving"))]


def _savings(buildings: pd.DataFrame, title: str) -> list[Theme]:
    """Heat that the advanced package saves against today; QGIS takes the difference itself."""
    today, advanced = "heat_need_kwh_m2a__existing", "heat_need_kwh_m2a__advanced"
    if not {today, advanced} <= set(buildings.columns):
        return []
    style = replace(_graduated("saving", f'"{today}" - "{advanced}"', buildings[today] - buildings[advanced]), width_mm=THIN_MM)
    return [Theme("saving", title, "buildings", style, "buildings")]
