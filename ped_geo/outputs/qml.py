"""QGIS styles (QML) and their open counterpart (SLD) as XML text, without QGIS: single, categorised and graduated symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ped_geo.language import text
from ped_geo.outputs.styles import Classes

if TYPE_CHECKING:
    from ped_geo.outputs.tables import Themed
    from ped_geo.schema import Column

__all__ = ["LayerStyle", "alias_elements", "qml", "renderer", "sld"]

Kind = Literal["single", "categorised", "graduated"]
NUMBER_TYPES = {"float", "int"}


@dataclass(frozen=True)
class LayerStyle:
    """
    How one layer is drawn.

    Attributes
    ----------
    name : str
        Name of the style.
    kind : str
        ``single``, ``categorised`` or ``graduated``.
    column : str
        Column that is shown; empty for a single symbol.
    classes : Classes or None
        Limits and colours of a graduated style.
    categories : tuple of (value, label, colour)
        Of a categorised style.
    colour, outline : str
        ``#rrggbb`` of a single symbol and of all outlines; an empty colour draws no fill.
    width_mm : float
        Outline or line width, mm.
    geometry : str
        ``polygon``, ``line`` or ``point``.
    """

    name: str
    kind: Kind = "single"
    column: str = ""
    classes: Classes | None = None
    categories: tuple[tuple[str, str, str], ...] = ()
    colour: str = "#999999"
    outline: str = "#4d4d4d"
    width_mm: float = 0.26
    geometry: str = "polygon"


def _rgba(colour: str, alpha: int = 255) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + f",{alpha}"


def _property(parent: Element, options: Element, name: str, value: str) -> None:
    SubElement(options, "Option", {"type": "QString", "name": name, "value": value})
    SubElement(parent, "prop", {"k": name, "v": value})


def _symbol(symbols: Element, number: int, style: LayerStyle, colour: str) -> None:
    kind = {"polygon": "fill", "line": "line", "point": "marker"}[style.geometry]
    symbol = SubElement(symbols, "symbol", {"type": kind, "name": str(number), "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"})
    layer_class = {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}[kind]
    layer = SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "pass": "0", "locked": "0"})
    options = SubElement(layer, "Option", {"type": "Map"})
    if kind == "fill":
        values = {
            "color": _rgba(colour or "#ffffff"),
            "style": "solid" if colour else "no",
            "outline_color": _rgba(style.outline),
            "outline_style": "solid",
            "outline_width": f"{style.width_mm:g}",
            "outline_width_unit": "MM",
        }
    elif kind == "line":
        values = {"line_color": _rgba(colour), "line_width": f"{style.width_mm:g}", "line_width_unit": "MM", "line_style": "solid"}
    else:
        values = {"color": _rgba(colour), "outline_color": _rgba(style.outline), "name": "circle", "size": "2", "size_unit": "MM"}
    for name, value in values.items():
        _property(layer, options, name, value)


def _limit(value: float) -> str:
    return f"{value:g}"


def _range_label(low: float, high: float, *, first: bool, last: bool) -> str:
    def shown(value: float) -> str:
        return f"{value:,.10g}".replace(",", " ").replace("-", "−")

    if first:
        return f"< {shown(high)}"
    if last:
        return f"≥ {shown(low)}"
    return f"{shown(low)} – {shown(high)}"


def _ranges(classes: Classes) -> list[tuple[float, float, str, str]]:
    """Lower and upper limit, label and colour of each class; the end classes are open."""
    found = []
    last = len(classes.colours) - 1
    for number, colour in enumerate(classes.colours):
        low, high = classes.limits[number], classes.limits[number + 1]
        label = _range_label(low, high, first=number == 0, last=number == last)
        found.append((-1e15 if number == 0 else low, 1e15 if number == last else high, label, colour))
    return found


def renderer(style: LayerStyle) -> Element:
    """The ``renderer-v2`` element of a style, which goes into the layer's style and into the project alike."""
    if style.kind == "graduated" and style.classes is not None:
        root = Element(
            "renderer-v2",
            {
                "type": "graduatedSymbol",
                "attr": style.column,
                "graduatedMethod": "GraduatedColor",
                "symbollevels": "0",
                "enableorderby": "0",
            },
        )
        ranges, symbols = SubElement(root, "ranges"), SubElement(root, "symbols")
        for number, (low, high, label, colour) in enumerate(_ranges(style.classes)):
            values = {"lower": _limit(low), "upper": _limit(high), "label": label, "symbol": str(number), "render": "true"}
            SubElement(ranges, "range", values)
            _symbol(symbols, number, style, colour)
    elif style.kind == "categorised":
        root = Element("renderer-v2", {"type": "categorizedSymbol", "attr": style.column, "symbollevels": "0", "enableorderby": "0"})
        categories, symbols = SubElement(root, "categories"), SubElement(root, "symbols")
        for number, (value, label, colour) in enumerate(style.categories):
            SubElement(categories, "category", {"value": value, "label": label, "symbol": str(number), "render": "true", "type": "string"})
            _symbol(symbols, number, style, colour)
    else:
        root = Element("renderer-v2", {"type": "singleSymbol", "symbollevels": "0", "enableorderby": "0"})
        _symbol(SubElement(root, "symbols"), 0, style, style.colour)
    return root


def _alias(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit not in {"", "-"} else ""
    return f"{column.label_pl} | {column.label_en}{unit}"


def alias_elements(layer: Themed) -> list[Element]:
    """Aliases in both languages and value maps of coded columns, as QGIS keeps them per layer."""
    aliases, widgets = Element("aliases"), Element("fieldConfiguration")
    fields = [name for name in layer.frame.columns if name != "geometry"]
    for number, name in enumerate(fields, start=1):
        column = layer.columns.get(name)
        if column is None:
            continue
        SubElement(aliases, "alias", {"index": str(number), "field": name, "name": _alias(column)})
        if not column.values:
            continue
        field = SubElement(widgets, "field", {"name": name, "configurationFlags": "None"})
        config = SubElement(SubElement(SubElement(field, "editWidget", {"type": "ValueMap"}), "config"), "Option", {"type": "Map"})
        options = SubElement(config, "Option", {"type": "List", "name": "map"})
        for value in column.values:
            words = f"{text(f'code.{value}', 'pl')} | {text(f'code.{value}', 'en')}"
            SubElement(SubElement(options, "Option", {"type": "Map"}), "Option", {"type": "QString", "name": words, "value": value})
    return [widgets, aliases]


def qml(layer: Themed, style: LayerStyle) -> str:
    """
    A layer's QML: symbols, aliases and value maps.

    Parameters
    ----------
    layer : Themed
        The layer and the meaning of its columns.
    style : LayerStyle
        How it is drawn.
    """
    root = Element("qgis", {"version": "3.22", "styleCategories": "Symbology|Fields|Forms"})
    root.append(renderer(style))
    root.extend(alias_elements(layer))
    geometry = {"point": "0", "line": "1", "polygon": "2"}[style.geometry]
    SubElement(root, "layerGeometryType").text = geometry
    indent(root, " ")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


def _sld_symbol(rule: Element, style: LayerStyle, colour: str) -> None:
    name = {"polygon": "se:PolygonSymbolizer", "line": "se:LineSymbolizer", "point": "se:PointSymbolizer"}[style.geometry]
    symbol = SubElement(rule, name)
    if style.geometry == "polygon" and colour:
        SubElement(SubElement(symbol, "se:Fill"), "se:SvgParameter", {"name": "fill"}).text = colour
    if style.geometry == "point":
        symbol = SubElement(SubElement(symbol, "se:Graphic"), "se:Mark")
        SubElement(symbol, "se:WellKnownName").text = "circle"
        SubElement(SubElement(symbol, "se:Fill"), "se:SvgParameter", {"name": "fill"}).text = colour
    stroke = SubElement(symbol, "se:Stroke")
    SubElement(stroke, "se:SvgParameter", {"name": "stroke"}).text = colour if style.geometry == "line" else style.outline
    SubElement(stroke, "se:SvgParameter", {"name": "stroke-width"}).text = f"{style.width_mm / 0.28:.2f}"


def _comparison(parent: Element, operator: str, column: str, value: str) -> None:
    test = SubElement(parent, f"ogc:{operator}")
    SubElement(test, "ogc:PropertyName").text = column
    SubElement(test, "ogc:Literal").text = value


def sld(name: str, style: LayerStyle) -> str:
    """SLD 1.1.0 of a style: one rule per class or category."""
    spaces = {
        "xmlns": "http://www.opengis.net/sld", "xmlns:ogc": "http://www.opengis.net/ogc", "xmlns:se": "http://www.opengis.net/se", "version": "1.1.0",
    }  # fmt: skip
    root = Element("StyledLayerDescriptor", spaces)
    layer = SubElement(root, "NamedLayer")
    SubElement(layer, "se:Name").text = name
    user = SubElement(layer, "UserStyle")
    SubElement(user, "se:Name").text = style.name
    features = SubElement(user, "se:FeatureTypeStyle")

    def rule(title: str) -> Element:
        found = SubElement(features, "se:Rule")
        SubElement(found, "se:Name").text = title
        return found

    if style.kind == "graduated" and style.classes is not None:
        for low, high, label, colour in _ranges(style.classes):
            one = rule(label)
            both = SubElement(SubElement(one, "ogc:Filter"), "ogc:And")
            _comparison(both, "PropertyIsGreaterThanOrEqualTo", style.column, _limit(low))
            _comparison(both, "PropertyIsLessThan", style.column, _limit(high))
            _sld_symbol(one, style, colour)
    elif style.kind == "categorised":
        for value, label, colour in style.categories:
            one = rule(label)
            _comparison(SubElement(one, "ogc:Filter"), "PropertyIsEqualTo", style.column, value)
            _sld_symbol(one, style, colour)
    else:
        _sld_symbol(rule(style.name), style, style.colour)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def raster_pipe(classes: Sequence[tuple[float, str]]) -> Element:
    """
    The ``pipe`` of a raster layer with one band: a colour for all values up to each limit.

    Parameters
    ----------
    classes : sequence of (float, str)
        Upper limit and colour, ascending.
    """
    pipe = Element("pipe")
    last = f"{classes[-1][0]:g}"
    shading = {"type": "singlebandpseudocolor", "band": "1", "opacity": "1", "alphaBand": "-1", "nodataColor": ""}
    drawn = SubElement(pipe, "rasterrenderer", {**shading, "classificationMin": "0", "classificationMax": last})
    shader = SubElement(
        SubElement(drawn, "rastershader"),
        "colorrampshader",
        {"colorRampType": "DISCRETE", "classificationMode": "1", "clip": "0", "minimumValue": "0", "maximumValue": last},
    )
    lower = 0.0
    for upper, colour in classes:
        SubElement(
            shader,
            "item",
            {"value": f"{upper:g}", "alpha": "255", "label": f"{lower:,.10g} – {upper:,.10g}".replace(",", "\u2009"), "color": colour},
        )
        lower = upper
    return pipe
