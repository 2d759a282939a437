"""What stands on a map in QGIS beside colours: labels with halos, map tips, names of rows, and the scales at which layers are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from ped_geo.language import text
from ped_geo.outputs.figures import column_decimals, written_unit

if TYPE_CHECKING:
    from ped_geo.outputs.documented import DocumentedLayer

__all__ = ["FONT", "LEAST_SCALES", "display_name", "label_elements", "naming_elements", "number_expression", "scale_attributes"]

FONT: Final = "DejaVu Sans"

LEAST_SCALES: Final = {
    "outlines": 10_000, "pv_arrays": 10_000, "roof_planes": 5_000, "heat_network": 25_000, "field_work": 25_000, "streets": 50_000,
    "street_lamps": 10_000, "stops": 50_000, "car_parks": 25_000,
}  # fmt: skip
"""Denominator of the smallest scale at which a layer is drawn: finer shapes would only blacken the map."""

NAMES: Final = {
    "blocks": '"label"',
    "roadmap_blocks": '"block_id"',
    "candidates": '"label"',
    "buildings": "coalesce(nullif(trim(coalesce(\"street\", '') || ' ' || coalesce(\"housenumber\", '')), ''), \"name\", \"building_id\")",
    "field_work": 'coalesce("street" || \' \' || "housenumber", "building_id")',
    "streets": '"name"',
    "stops": '"name"',
    "car_parks": '"area_id"',
    "public_buildings": 'coalesce(nullif("name", \'\'), "building_id")',
    "public_grounds": 'coalesce(nullif("name", \'\'), "ground_id")',
    "water_and_green": '"name"',
    "boundary": '"name"',
}
"""QGIS expression of how a row is called."""

TOLD: Final = {
    "blocks": ("reference_area_m2", "residents", "heat_need_kwh_m2a__existing", "primary_energy_balance_kwh_m2a__"),
    "candidates": ("block_count", "balance_kwh_m2a", "investment"),
    "buildings": ("use", "construction_period", "heat_supply", "heat_need_kwh_m2a__existing"),
    "pv_arrays": ("specific_yield_kwh_kwp_a",),
    "heat_network": ("dn",),
    "stops": ("mode", "departures", "lines", "category"),
    "car_parks": ("kind", "stalls", "canopy_kwp"),
    "public_buildings": ("use", "public_source", "heat_final_kwh_a", "electricity_kwh_a", "pv_kwp"),
    "public_grounds": ("kind", "area_m2"),
    "roadmap_blocks": ("year", "co2_kg_m2a"),
}
"""Columns, or how they begin, that a map tip tells."""


@dataclass(frozen=True)
class _Label:
    """How a layer's names are written: points, denominator of the smallest scale, and where (of QGIS: 3 along a curve, 4 across)."""

    expression: str
    points: float
    scale: int
    placement: int = 4
    colour: str = "0,0,0,255"
    bold: bool = False
    priority: int = 5


LABELS: Final = {
    "blocks": _Label('"label"', 7.0, 15_000),
    "candidates": _Label('"label"', 9.0, 100_000, colour="122,40,0,255", bold=True, priority=10),
    "streets": _Label('"name"', 6.5, 10_000, placement=3, colour="70,70,70,255", priority=3),
    "water_and_green": _Label('"name"', 6.5, 25_000, colour="20,80,110,255", priority=4),
    "stops": _Label('"name"', 6.5, 10_000, colour="110,30,80,255", priority=4),
    "public_buildings": _Label("nullif(\"name\", '')", 6.5, 10_000, colour="0,84,61,255", priority=4),
    "public_grounds": _Label("nullif(\"name\", '')", 6.5, 10_000, colour="60,60,60,255", priority=3),
    "buildings": _Label('"housenumber"', 6.0, 2_500, colour="40,40,40,255", priority=1),
}


def number_expression(value: str, digits: int, lang: str) -> str:
    """
    QGIS expression of a number as `ped_geo.language.number` writes it, whatever the locale of the program that computes it.

    Parameters
    ----------
    value : str
        QGIS expression of the number.
    digits : int
        Decimal places.
    lang : str
        ``pl`` or ``en``.

    Examples
    --------
    >>> print(number_expression('"area"', 0, "pl"))
    replace(format_number(round("area", 0) + 0, 0, 'pl'), '-', '−')
    """
    # nothing added to a rounded minus nought is nought
    return f"replace(format_number(round({value}, {digits}) + 0, {digits}, '{lang}'), '-', '−')"


def display_name(name: str) -> str:
    """QGIS expression of how a row of a layer is called; empty where rows have no name."""
    return NAMES.get(name, "")


def label_elements(name: str) -> list[Element]:
    """The ``labeling`` of a layer, in black or brown on a white halo; nothing for layers without names."""
    style = LABELS.get(name)
    if style is None:
        return []
    root = Element("labeling", {"type": "simple"})
    settings = SubElement(root, "settings", {"calloutType": "simple"})
    written = SubElement(
        settings,
        "text-style",
        {
            "fieldName": style.expression, "isExpression": "1", "fontFamily": FONT, "fontSize": f"{style.points:g}", "fontSizeUnit": "Point",
            "fontWeight": "75" if style.bold else "50", "namedStyle": "Bold" if style.bold else "Book", "textColor": style.colour, "textOpacity": "1",
            "fontItalic": "0", "allowHtml": "0", "multilineHeight": "1", "textOrientation": "horizontal", "capitalization": "0", "blendMode": "0",
        },
    )  # fmt: skip
    halo = {"bufferDraw": "1", "bufferSize": "0.7", "bufferSizeUnits": "MM", "bufferColor": "255,255,255,255", "bufferOpacity": "0.9"}
    SubElement(written, "text-buffer", {**halo, "bufferNoFill": "1", "bufferJoinStyle": "128", "bufferBlendMode": "0"})
    wrapped = {"autoWrapLength": "18", "useMaxLineLengthForAutoWrap": "1", "multilineAlign": "1"} if style.placement != 3 else {}
    SubElement(settings, "text-format", {"wrapChar": "", "formatNumbers": "0", **wrapped})
    along = style.placement == 3
    place = {
        "placement": str(style.placement),
        "placementFlags": "9" if along else "10",
        "priority": str(style.priority),
        "centroidInside": "1",
    }
    place |= {"dist": "0", "repeatDistance": "120" if along else "0", "repeatDistanceUnits": "MM", "polygonPlacementFlags": "2"}
    SubElement(settings, "placement", {**place, "maxCurvedCharAngleIn": "25", "maxCurvedCharAngleOut": "-25", "fitInPolygonOnly": "0"})
    shown = {"scaleVisibility": "1", "scaleMin": "1", "scaleMax": f"{style.scale}", "drawLabels": "1", "mergeLines": "1" if along else "0"}
    SubElement(settings, "rendering", {**shown, "obstacle": "0", "displayAll": "0", "labelPerPart": "0", "fontMaxPixelSize": "10000"})
    return [root]


def scale_attributes(name: str) -> dict[str, str]:
    """Attributes of a ``maplayer``: from which scale it is drawn, and whether it has labels."""
    least = LEAST_SCALES.get(name)
    limits = (
        {"hasScaleBasedVisibilityFlag": "1", "minScale": f"{least}", "maxScale": "0"} if least else {"hasScaleBasedVisibilityFlag": "0"}
    )
    return {**limits, "labelsEnabled": "1" if name in LABELS else "0"}


def _harmless(expression: str) -> str:
    """QGIS expression of a text that a map tip, which is read as HTML, shows as it is."""
    return f"replace(replace(coalesce({expression}, ''), '&', '&amp;'), '<', '&lt;')"


def _told(layer: DocumentedLayer, name: str) -> list[str]:
    return [
        str(column)
        for start in TOLD.get(name, ())
        for column in layer.frame.columns
        if str(column).startswith(start) and column in layer.columns
    ][:6]


def naming_elements(layer: DocumentedLayer, name: str) -> list[Element]:
    """``previewExpression`` and ``mapTip`` of a layer: the name of a row and its main figures as they are printed."""
    called = display_name(name)
    if not called:
        return []
    rows = [f"<b>[% {_harmless(called)} %]</b>"]
    for told in _told(layer, name):
        column = layer.columns[told]
        label = " | ".join(dict.fromkeys((column.label_pl, column.label_en)))
        unit = f" {written_unit(column.unit)}" if written_unit(column.unit) else ""
        digits = column_decimals(column)
        if digits is not None:
            shown = f"coalesce(format_number(\"{told}\", {digits}), '–')"
        elif column.values:
            pairs = ", ".join(f"'{value}', '{_quoted(value)}'" for value in column.values)
            shown = f"coalesce(map_get(map({pairs}), \"{told}\"), '–')"
        else:
            shown = _harmless(f'to_string("{told}")')
        rows.append(f"{label}: [% {shown} %]{unit}")
    preview, tip = Element("previewExpression"), Element("mapTip")
    preview.text, tip.text = called, "<br>".join(rows)
    return [preview, tip]


def _quoted(value: str) -> str:
    """Words of a code within an expression's quotes."""
    words = " | ".join(dict.fromkeys(text(f"code.{value}", lang) for lang in ("pl", "en")))
    return words.replace("'", "''").replace("<", "&lt;").replace("%]", "% ]")
