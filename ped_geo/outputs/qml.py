"""QGIS styles (QML) and their open counterpart (SLD) as XML text, without QGIS: single, categorised and graduated symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ped_geo.outputs.attribute_forms import form_elements
from ped_geo.outputs.cartography import label_elements, naming_elements, scale_attributes
from ped_geo.outputs.styles import NO_VALUE, WITHHELD, Classes

if TYPE_CHECKING:
    from ped_geo.outputs.documented import DocumentedLayer

__all__ = ["LayerStyle", "qml", "renderer", "sld", "temporal_elements"]

Kind = Literal["single", "categorised", "graduated"]
HEATED = '"heated"'
CASING_MM = 0.8
"""By how much the white line below an outline is wider."""


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
    factor : float
        By which the column is multiplied before it is classed.
    minus : str
        Column that is taken off; empty for none.
    classes : Classes or None
        Limits and colours of a graduated style.
    nothing : tuple of str
        What is said in Polish and English where a graduated style has no value.
    withheld : tuple of str
        What is said of heated buildings that have no value because one household lives there; empty for other layers.
    zero_is_nothing : bool
        Whether 0 stands for no value.
    categories : tuple of (value, label, colour)
        Of a categorised style.
    colour, outline : str
        ``#rrggbb`` of a single symbol and of all outlines; an empty colour draws no fill.
    width_mm : float
        Outline or line width, mm.
    width_by : str
        QGIS expression of a line's width, mm; empty for one width.
    geometry : str
        ``polygon``, ``line`` or ``point``.
    outlined : bool
        Whether categories colour the outline of a polygon, above a white line and each further inside than the one before.
    period : tuple of str
        Columns of the first and last day of each feature; empty where it is shown at all times.
    """

    name: str
    kind: Kind = "single"
    column: str = ""
    factor: float = 1.0
    minus: str = ""
    classes: Classes | None = None
    nothing: tuple[str, str] | tuple[()] = ("", "")
    withheld: tuple[str, ...] = ()
    zero_is_nothing: bool = False
    categories: tuple[tuple[str, str, str], ...] = ()
    colour: str = "#999999"
    outline: str = "#4d4d4d"
    width_mm: float = 0.26
    geometry: str = "polygon"
    width_by: str = ""
    outlined: bool = False
    period: tuple[str, ...] = ()


def _rgba(colour: str, alpha: int = 255) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + f",{alpha}"


def _property(parent: Element, options: Element, name: str, value: str) -> None:
    SubElement(options, "Option", {"type": "QString", "name": name, "value": value})
    SubElement(parent, "prop", {"k": name, "v": value})


def _outline_symbol(symbol: Element, number: int, style: LayerStyle, colour: str) -> None:
    """A coloured line on a white one, inside the shape so that outlines of neighbours stay apart."""
    inside = (number + 0.5) * style.width_mm
    for drawn, width in (("#ffffff", style.width_mm + CASING_MM), (colour, style.width_mm)):
        layer = SubElement(symbol, "layer", {"class": "SimpleLine", "enabled": "1", "pass": "0", "locked": "0"})
        options = SubElement(layer, "Option", {"type": "Map"})
        values = {
            "line_color": _rgba(drawn),
            "line_width": f"{width:g}",
            "line_width_unit": "MM",
            "line_style": "solid",
            "joinstyle": "miter",
        }
        for name, value in (values | {"offset": f"{inside:g}", "offset_unit": "MM", "ring_filter": "0"}).items():
            _property(layer, options, name, value)


def _symbol(symbols: Element, number: int, style: LayerStyle, colour: str) -> None:
    kind = {"polygon": "fill", "line": "line", "point": "marker"}[style.geometry]
    symbol = SubElement(symbols, "symbol", {"type": kind, "name": str(number), "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"})
    if style.outlined:
        _outline_symbol(symbol, number, style, colour)
        return
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
    if kind == "line" and style.width_by:
        _width_by(layer, style.width_by)


def _width_by(layer: Element, expression: str) -> None:
    """Width that follows a column, as QGIS keeps it."""
    bound = SubElement(SubElement(layer, "data_defined_properties"), "Option", {"type": "Map"})
    SubElement(bound, "Option", {"type": "QString", "name": "name", "value": ""})
    one = SubElement(SubElement(bound, "Option", {"type": "Map", "name": "properties"}), "Option", {"type": "Map", "name": "outlineWidth"})
    for name, kind, value in (("active", "bool", "true"), ("expression", "QString", expression), ("type", "int", "3")):
        SubElement(one, "Option", {"type": kind, "name": name, "value": value})
    SubElement(bound, "Option", {"type": "QString", "name": "type", "value": "collection"})


def _limit(value: float) -> str:
    return f"{value:.12g}"


def _ranges(classes: Classes) -> list[tuple[float | None, float | None, str, str]]:
    """Lower and upper limit, label and colour of each class; the end classes are open, a value at a limit belongs to the class above."""
    polish, english = classes.labels("pl"), classes.labels("en")
    labels = [one if one == other else f"{one} | {other}" for one, other in zip(polish, english, strict=True)]
    lows, highs = ([None, *classes.limits[1:-1]], [*classes.limits[1:-1], None]) if labels else ([], [])
    return list(zip(lows, highs, labels, classes.colours, strict=True))


def _value(style: LayerStyle) -> str:
    """QGIS expression of the value that is classed: rounded as it is printed."""
    value = f'"{style.column}"'
    if style.zero_is_nothing:
        value = f"nullif({value}, 0)"
    if style.minus:
        value = f'{value} - "{style.minus}"'
    if style.factor != 1.0:
        value = f"{value} * {style.factor:g}"
    return value if style.classes is None or style.classes.digits is None else f"round({value}, {style.classes.digits})"


def _rules(style: LayerStyle, classes: Classes) -> Element:
    """
    One rule for each class and one for what has no value.

    QGIS's graduated renderer leaves features without a value undrawn and puts one at a limit into the class below.
    """
    root = Element("renderer-v2", {"type": "RuleRenderer", "symbollevels": "0", "enableorderby": "0"})
    rules, symbols = SubElement(root, "rules", {"key": "{rules}"}), SubElement(root, "symbols")
    value = _value(style)
    found = []
    for low, high, label, colour in _ranges(classes):
        parts = [f"{value} >= {_limit(low)}"] if low is not None else []
        parts += [f"{value} < {_limit(high)}"] if high is not None else []
        found.append((" AND ".join(parts), label, colour))
    empty = f"{value} IS NULL"
    if style.withheld:
        found.append((f"{empty} AND coalesce({HEATED}, false)", " | ".join(style.withheld), WITHHELD))
        empty = f"{empty} AND NOT coalesce({HEATED}, false)"
    if style.nothing:
        found.append((empty, " | ".join(style.nothing), NO_VALUE))
    for number, (test, label, colour) in enumerate(found):
        SubElement(rules, "rule", {"key": f"{{rule-{number}}}", "symbol": str(number), "label": label, "filter": test})
        _symbol(symbols, number, style, colour)
    return root


def renderer(style: LayerStyle) -> Element:
    """The ``renderer-v2`` element of a style, which goes into the layer's style and into the project alike."""
    if style.kind == "graduated" and style.classes is not None:
        root = _rules(style, style.classes)
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


def temporal_elements(style: LayerStyle) -> list[Element]:
    """What QGIS's temporal controller reads of a layer whose features have a first and a last day."""
    if not style.period:
        return []
    start, end = style.period
    # mode 2: both days stand in columns
    told = {"enabled": "1", "mode": "2", "startField": start, "endField": end, "limitMode": "0", "accumulate": "0"}
    root = Element("temporal", {**told, "durationField": "", "durationUnit": "min", "fixedDuration": "0"})
    fixed = SubElement(root, "fixedRange")
    SubElement(fixed, "start")
    SubElement(fixed, "end")
    return [root]


def qml(name: str, layer: DocumentedLayer, style: LayerStyle, *, forms: bool = True) -> str:
    """
    A layer's QML: symbols, labels, aliases, forms and map tips.

    Parameters
    ----------
    name : str
        Of the layer.
    layer : DocumentedLayer
        The layer and the meaning of its columns.
    style : LayerStyle
        How it is drawn.
    forms : bool
        Whether names of columns and the form come with it; a further style of a layer leaves them as they are.
    """
    categories = "Symbology|Labeling|MapTips|Rendering|Temporal" + ("|Fields|Forms" if forms else "")
    root = Element("qgis", {"version": "3.22", "styleCategories": categories, **scale_attributes(name)})
    root.extend(temporal_elements(style))
    root.append(renderer(style))
    root.extend([*label_elements(name), *(form_elements(layer) if forms else []), *naming_elements(layer, name)])
    geometry = {"point": "0", "line": "1", "polygon": "2"}[style.geometry]
    SubElement(root, "layerGeometryType").text = geometry
    indent(root, " ")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


def _sld_symbol(rule: Element, style: LayerStyle, colour: str) -> None:
    name = {"polygon": "se:PolygonSymbolizer", "line": "se:LineSymbolizer", "point": "se:PointSymbolizer"}[style.geometry]
    symbol = SubElement(rule, name)
    if style.geometry == "polygon" and colour and not style.outlined:
        SubElement(SubElement(symbol, "se:Fill"), "se:SvgParameter", {"name": "fill"}).text = colour
    if style.geometry == "point":
        symbol = SubElement(SubElement(symbol, "se:Graphic"), "se:Mark")
        SubElement(symbol, "se:WellKnownName").text = "circle"
        SubElement(SubElement(symbol, "se:Fill"), "se:SvgParameter", {"name": "fill"}).text = colour
    stroke = SubElement(symbol, "se:Stroke")
    SubElement(stroke, "se:SvgParameter", {"name": "stroke"}).text = colour if style.geometry == "line" or style.outlined else style.outline
    SubElement(stroke, "se:SvgParameter", {"name": "stroke-width"}).text = f"{style.width_mm / 0.28:.2f}"


def _comparison(parent: Element, operator: str, column: str, value: str, minus: str = "") -> None:
    test = SubElement(parent, f"ogc:{operator}")
    named = SubElement(test, "ogc:Sub") if minus else test
    for name in filter(None, (column, minus)):
        SubElement(named, "ogc:PropertyName").text = name
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
        # a filter of this language cannot round: limits lie half a printed decimal lower
        half = 0.0 if style.classes.digits is None else 0.5 * 10.0**-style.classes.digits
        for low, high, label, colour in _ranges(style.classes):
            one = rule(label)
            tests = [("PropertyIsGreaterThanOrEqualTo", low)] if low is not None else []
            tests += [("PropertyIsLessThan", high)] if high is not None else []
            # no value is written as zero
            tests = [("PropertyIsGreaterThan", half), *tests] if style.zero_is_nothing and low is None else tests
            parent = SubElement(one, "ogc:Filter")
            parent = SubElement(parent, "ogc:And") if len(tests) > 1 else parent
            for operator, limit in tests:
                _comparison(parent, operator, style.column, _limit((limit - half) / style.factor), style.minus)
            _sld_symbol(one, style, colour)
        for words, heated, colour in (("withheld", "1", WITHHELD), ("nothing", "0", NO_VALUE)):
            said = getattr(style, words)
            if not said:
                continue
            one = rule(" | ".join(said))
            parent = SubElement(one, "ogc:Filter")
            parent = SubElement(parent, "ogc:And") if style.withheld else parent
            SubElement(SubElement(parent, "ogc:PropertyIsNull"), "ogc:PropertyName").text = style.column
            if style.withheld:
                _comparison(parent, "PropertyIsEqualTo", "heated", heated)
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
