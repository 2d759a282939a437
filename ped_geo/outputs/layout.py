"""Items of the QGIS print layouts and their places on the page: map, locator, legend, scale, north arrow, fields and sources."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from ped_geo.outputs.cartography import FONT, number_expression
from ped_geo.outputs.escapes import qgis_text
from ped_geo.outputs.styles import round_length

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PAGES", "Page", "PrintedSheet", "is_tall", "layout_element"]

Box = tuple[float, float, float, float]

PAGES: Final = {
    "a4_landscape": (297.0, 210.0), "a4_portrait": (210.0, 297.0), "a3_landscape": (420.0, 297.0), "a3_portrait": (297.0, 420.0),
}  # fmt: skip
"""Width and height, mm."""

MARGIN_MM = 10.0
HEAD_MM = 22.0
FOOT_MM = 30.0
SIDE_MM = 78.0
BAND_MM = 92.0
NORTH_MM = 14.0
LONGEST_BAR_MM = 50.0
SCALE = "round(map_get(item_variables('map'), 'map_scale') / 10) * 10"
SEPARATORS = {"pl": (",", "\u00a0"), "en": (".", ",")}
"""Decimal and thousands separators of the scale bar."""

SCALES = (250, 500, 750, *(step * size for size in (1_000, 10_000, 100_000) for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5)), 1_000_000)
"""Denominators that are printed."""

ATLAS_MARGIN = 0.2
"""Ground shown beside the row of an atlas page, of its width and height on each side."""

NORTH = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 60"><path d="M20 2 34 44 20 36Z" fill="#000"/>'
    '<path d="M20 2 6 44 20 36Z" fill="#fff" stroke="#000"/><text x="20" y="59" font-family="DejaVu Sans" font-size="14" '
    'text-anchor="middle">N</text></svg>'
)


@dataclass(frozen=True)
class Page:
    """Where things stand on a page; boxes are x, y, width, height in mm."""

    width: float
    height: float

    @property
    def tall(self) -> bool:
        """Whether it stands upright: legend and locator are then below the map instead of beside it."""
        return self.height > self.width

    @property
    def map(self) -> Box:
        """The main map."""
        across = self.width - 2 * MARGIN_MM - (0.0 if self.tall else SIDE_MM + 4.0)
        down = self.height - HEAD_MM - FOOT_MM - 2 * MARGIN_MM - (BAND_MM + 4.0 if self.tall else 0.0)
        return MARGIN_MM, MARGIN_MM + HEAD_MM, across, down

    @property
    def side(self) -> Box:
        """What is beside or below the map: legend, locator, scale."""
        x, y, width, height = self.map
        if self.tall:
            return MARGIN_MM, y + height + 4.0, self.width - 2 * MARGIN_MM, BAND_MM
        return x + width + 4.0, y, SIDE_MM, height

    @property
    def locator(self) -> Box:
        """The small map: at the bottom of the side, or at its right end."""
        x, y, width, height = self.side
        return x + width - 50.0, y + height - 62.0, 50.0, 40.0

    @property
    def foot(self) -> Box:
        """Sources and fields."""
        return MARGIN_MM, self.height - MARGIN_MM - FOOT_MM + 3.0, self.width - 2 * MARGIN_MM, FOOT_MM - 3.0


@dataclass(frozen=True)
class PrintedSheet:
    """
    What stands on one layout.

    Attributes
    ----------
    name, title, subtitle : str
        Name in QGIS's list, and words on the page; an atlas puts an expression into its title.
    lang : str
        ``pl`` or ``en``: how numbers are written.
    page : str
        Key of `PAGES`.
    layers : sequence of str
        Identities of the layers of the map, top first.
    legend : sequence of (identity, title, labels of the classes)
        Layers of the legend.
    words : mapping of str to str
        ``legend``, ``sources``, ``office``, ``author``, ``crest``, ``figures``; what they say.
    locator : sequence of str
        Identities of the layers of the locator.
    atlas : tuple of str
        Identity, source and title of the layer that an atlas goes through; empty for one page.
    period : tuple of str
        First and last day of a theme that goes through time.
    """

    name: str
    title: str
    subtitle: str
    lang: str
    page: str
    layers: Sequence[str]
    legend: Sequence[tuple[str, str, Sequence[str]]]
    words: Mapping[str, str]
    locator: Sequence[str]
    atlas: tuple[str, str, str] | tuple[()] = ()
    period: tuple[str, str] | tuple[()] = ()


def is_tall(extent: Box) -> bool:
    """Whether west, south, east, north enclose something taller than wide."""
    return extent[3] - extent[1] > extent[2] - extent[0]


def _item(layout: Element, kind: str, identity: str, box: Box, **values: str) -> Element:
    x, y, width, height = box
    place = f"{x:g},{y:g},mm"
    size = f"{width:g},{height:g},mm"
    attributes = {
        "type": kind, "uuid": f"{{{identity}}}", "templateUuid": f"{{{identity}}}", "id": identity, "position": place, "positionOnPage": place,
        "size": size, "referencePoint": "0", "itemRotation": "0", "visibility": "1", "zValue": "1", "opacity": "1", "frame": "false",
        "background": "false", "positionLock": "false", "blendMode": "0", "excludeFromExports": "0", "groupUuid": "", "outlineWidthM": "0.2,mm",
    }  # fmt: skip
    return SubElement(layout, "LayoutItem", {**attributes, **values})


def _label(layout: Element, identity: str, words: str, box: Box, points: float, *, bold: bool = False, framed: bool = False) -> None:
    margin, shown = ("1.5", "true") if framed else ("0", "false")
    values = {"labelText": words, "htmlState": "0", "halign": "1", "valign": "32", "marginX": margin, "marginY": margin}
    values |= {"frame": shown, "background": shown, "zValue": "2"}
    item = _item(layout, "65641", identity, box, **values)
    weight = "75" if bold else "50"
    SubElement(item, "LabelFont", {"description": f"{FONT},{points:g},-1,5,{weight},0,0,0,0,0", "style": "Bold" if bold else "Book"})


def _expression(item: Element, name: str, expression: str) -> None:
    """A property of an item that follows an expression, as QGIS keeps it."""
    bound = SubElement(SubElement(SubElement(item, "LayoutObject"), "dataDefinedProperties"), "Option", {"type": "Map"})
    SubElement(bound, "Option", {"type": "QString", "name": "name", "value": ""})
    one = SubElement(SubElement(bound, "Option", {"type": "Map", "name": "properties"}), "Option", {"type": "Map", "name": name})
    for option, kind, value in (("active", "bool", "true"), ("expression", "QString", expression), ("type", "int", "3")):
        SubElement(one, "Option", {"type": kind, "name": option, "value": value})
    SubElement(bound, "Option", {"type": "QString", "name": "type", "value": "collection"})


def _scale(extent: Box, box: Box) -> float:
    """Denominator of a round scale at which an extent fits into a box."""
    least = 1e3 * max((extent[2] - extent[0]) / box[2], (extent[3] - extent[1]) / box[3])
    return next((scale for scale in SCALES if scale >= least), least)


def _atlas_scale(box: Box) -> str:
    """QGIS expression of the denominator of a round scale at which the row of a page fits into a box with its margin; none without a page."""
    needed = [
        f"bounds_{side}(@atlas_geometry) * {1e3 * (1 + 2 * ATLAS_MARGIN) / size:.6g}"
        for side, size in zip(("width", "height"), box[2:], strict=True)
    ]
    scales = ", ".join(f"{scale:.0f}" for scale in SCALES)
    fitting = f"array_first(array_filter(array({scales}), @element >= max({', '.join(needed)})))"
    return f"CASE WHEN bounds_width(@atlas_geometry) > 0 THEN {fitting} END"


def _around(extent: Box, box: Box, scale: float) -> dict[str, str]:
    """Ground that a box shows at a scale, with the middle of an extent in its own."""
    x, y = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
    half = (scale * box[2] / 2e3, scale * box[3] / 2e3)
    values = {"xmin": x - half[0], "ymin": y - half[1], "xmax": x + half[0], "ymax": y + half[1]}
    return {name: f"{value:.3f}" for name, value in values.items()}


def _layers(item: Element, identities: Sequence[str]) -> None:
    chosen = SubElement(item, "LayerSet")
    for identity in identities:
        SubElement(chosen, "Layer", {"provider": "ogr", "name": identity, "source": ""}).text = identity


def _map(layout: Element, extent: Box, sheet: PrintedSheet, box: Box) -> None:
    period = {"isTemporal": "1", "temporalRangeBegin": sheet.period[0], "temporalRangeEnd": sheet.period[1]} if sheet.period else {}
    item = _item(
        layout, "65639", "map", box, keepLayerSet="true", followPreset="false", frame="true", drawCanvasItems="false", mapRotation="0", **period,
    )  # fmt: skip
    SubElement(item, "Extent", _around(extent, box, _scale(extent, box)))
    # a legend of a map that follows a theme takes QGIS a second to read, so the layers are named
    _layers(item, sheet.layers)
    if sheet.atlas:
        # 2: around the row. The predefined scales of mode 1 are known to QGIS's window alone: elsewhere it keeps the scale of the district
        SubElement(item, "AtlasMap", {"atlasDriven": "1", "scalingMode": "2", "margin": f"{ATLAS_MARGIN:g}"})
        _expression(item, "dataDefinedMapScale", _atlas_scale(box))


def _locator(layout: Element, extent: Box, sheet: PrintedSheet, box: Box) -> None:
    item = _item(
        layout, "65639", "locator", box, keepLayerSet="true", followPreset="false", frame="true", background="true", drawCanvasItems="false",
        mapFlags="0", labelMargin="0,mm",
    )  # fmt: skip
    margin = 0.25 * max(extent[2] - extent[0], extent[3] - extent[1])
    wide = (extent[0] - margin, extent[1] - margin, extent[2] + margin, extent[3] + margin)
    SubElement(item, "Extent", _around(wide, box, _scale(wide, box)))
    _layers(item, sheet.locator)
    values = {
        "name": "map",
        "show": "1",
        "uuid": "{overview}",
        "frameMap": "{map}",
        "blendMode": "0",
        "inverted": "0",
        "centered": "0",
        "position": "3",
    }
    SubElement(item, "ComposerMapOverview", values)


def _legend(layout: Element, sheet: PrintedSheet, box: Box, columns: int) -> None:
    """Classes of the theme and the lines above them, in the words of one language."""
    item = _item(
        layout, "65642", "legend", box, map_uuid="{map}", legendFilterByAtlas="0", resizeToContents="1", columnCount=str(columns), wrapChar="\n",
        titleAlignment="1", splitLayer="1", title=sheet.words["legend"], symbolWidth="6", symbolHeight="3.4", boxSpace="0", lineSpacing="1", columnSpace="4",
        equalColumnWidth="0",
    )  # fmt: skip
    tree = SubElement(item, "layer-tree-group")
    for identity, words, labels in sheet.legend:
        values = {"id": identity, "name": words, "providerKey": "ogr", "source": "", "checked": "Qt::Checked", "expanded": "1"}
        layer = SubElement(tree, "layer-tree-layer", values)
        options = SubElement(SubElement(layer, "customproperties"), "Option", {"type": "Map"})
        # without it the legend names the layer as the layer tree does
        told = {"cached_name": words, "legend/title-label": words}
        told |= {f"legend/label-{number}": label for number, label in enumerate(labels)}
        for name, value in told.items():
            SubElement(options, "Option", {"name": name, "type": "QString", "value": value})
    styles = SubElement(item, "styles")
    margins = {"subgroup": {"marginTop": "3"}, "symbol": {"marginTop": "1"}, "symbolLabel": {"marginLeft": "2", "marginTop": "1"}}
    for name, points, bold in (
        ("title", 9.5, True),
        ("group", 8, False),
        ("subgroup", 8, True),
        ("symbol", 7.5, False),
        ("symbolLabel", 7.5, False),
    ):
        style = SubElement(styles, "style", {"name": name, "alignment": "1", **margins.get(name, {})})
        font = f"{FONT},{points:g},-1,5,{75 if bold else 50},0,0,0,0,0"
        SubElement(style, "styleFont", {"description": font, "style": "Bold" if bold else "Book"})


def _scale_bars(layout: Element, extent: Box, sheet: PrintedSheet, page: Page) -> None:
    """The scale as a bar and as a ratio; the bar of an atlas is as long as fits at the scale of the page."""
    step = round_length(_scale(extent, page.map) * LONGEST_BAR_MM / 2e3)
    x, y, _, height = page.side
    kilometres = step >= 1_000 and not sheet.atlas
    shared = {
        "mapUuid": "{map}",
        "alignment": "0",
        "boxContentSpace": "0",
        "numSegmentsLeft": "0",
        "lineWidth": "0.3",
        "outlineWidth": "0.3",
    }
    bar = _item(
        layout, "65646", "scalebar", (x, y + height - 18.0, 56.0, 11.0), style="Single Box", unitType="kilometers" if kilometres else "meters",
        unitLabel="km" if kilometres else "m", numUnitsPerSegment=f"{step / 1e3 if kilometres else step:g}", numMapUnitsPerScaleBarUnit="1",
        numSegments="2", height="2.2", segmentSizeMode="1" if sheet.atlas else "0", labelBarSpace="1.5", minBarWidth="20",
        maxBarWidth=f"{LONGEST_BAR_MM:g}", **shared,
    )  # fmt: skip
    SubElement(bar, "text-style", {"fontFamily": FONT, "fontSize": "7.5", "fontSizeUnit": "Point", "textColor": "0,0,0,255"})
    _bar_numbers(bar, sheet.lang)
    _label(layout, "scale_ratio", f"[% '1 : ' || {number_expression(SCALE, 0, sheet.lang)} %]", (x, y + height - 7.0, 40.0, 6.0), 9)


def _bar_numbers(bar: Element, lang: str) -> None:
    """How the numbers of a scale bar are written, as QGIS keeps it."""
    told = SubElement(SubElement(bar, "numericFormat", {"id": "basic"}), "Option", {"type": "Map"})
    decimal, thousands = SEPARATORS[lang]
    for name, kind, value in (
        ("decimal_separator", "QChar", decimal), ("thousand_separator", "QChar", thousands), ("show_thousand_separator", "bool", "true"),
        ("decimals", "int", "6"), ("show_trailing_zeros", "bool", "false"), ("show_plus", "bool", "false"), ("rounding_type", "int", "0"),
    ):  # fmt: skip
        SubElement(told, "Option", {"name": name, "type": kind, "value": value})


def _picture(layout: Element, identity: str, box: Box, svg: str, **values: str) -> Element:
    told = {
        "file": f"base64:{base64.b64encode(svg.encode()).decode()}" if svg else "",
        "resizeMode": "0",
        "mode": "2" if svg else "1",
        "anchorPoint": "4",
    }
    shown = {"northMode": "0", "northOffset": "0", "pictureRotation": "0", "svgFillColor": "0,0,0,255", "svgBorderColor": "0,0,0,255"}
    return _item(layout, "65640", identity, box, **told, **shown, svgBorderWidth="0.2", **values)


def _field(name: str) -> str:
    """Label that shows a variable of the project, and dots where nobody has filled it in."""
    return f"[% coalesce(nullif(@{name}, ''), '……………………') %]"


def _foot(layout: Element, sheet: PrintedSheet, page: Page) -> None:
    x, y, width, height = page.foot
    _picture_rule(layout, (x, y - 2.0, width, 0.2))
    crest = _picture(layout, "crest", (x, y, 18.0, 22.0), "", frame="true")
    _expression(crest, "dataDefinedSource", "coalesce(nullif(@ped_crest, ''), '')")
    _label(layout, "sources", sheet.words["sources"], (x + 22.0, y, width - 96.0, height), 6.5)
    fields = "\n".join(f"{qgis_text(sheet.words[name])}: {_field(f'ped_{name}')}" for name in ("office", "author"))
    _label(layout, "fields", fields, (x + width - 72.0, y, 72.0, height), 7.5)


def _picture_rule(layout: Element, box: Box) -> None:
    """A thin line across the page."""
    _item(layout, "65643", "rule", box, shapeType="1", frame="true", cornerRadiusMeasure="0,mm")


def layout_element(sheet: PrintedSheet, extent: Box) -> Element:
    """
    The ``Layout`` element of the project.

    Parameters
    ----------
    sheet : PrintedSheet
        What stands on it.
    extent : tuple of float
        West, south, east, north of the map, m.
    """
    page = Page(*PAGES[sheet.page])
    attributes = {"name": sheet.name, "units": "mm", "printResolution": "300", "worldFileMap": ""}
    layout = Element("Layout", attributes)
    SubElement(layout, "Snapper", {"tolerance": "5", "snapToGuides": "1", "snapToGrid": "0", "snapToItems": "1"})
    SubElement(layout, "Grid", {"resolution": "10", "offsetX": "0", "offsetY": "0", "offsetUnits": "mm", "resUnits": "mm"})
    _item(SubElement(layout, "PageCollection"), "65638", "page", (0.0, 0.0, page.width, page.height))
    across = page.width - 2 * MARGIN_MM
    _label(layout, "title", sheet.title, (MARGIN_MM, MARGIN_MM - 2.0, across, 9.0), 11.5 if not page.tall else 9.5, bold=True)
    _label(layout, "subtitle", sheet.subtitle, (MARGIN_MM, MARGIN_MM + 9.0, across, 11.0), 9)
    _map(layout, extent, sheet, page.map)
    x, y, width, height = page.side
    figures = sheet.words.get("figures", "")
    legend = (x, y, width - (58.0 if page.tall else 0.0), height - 64.0)
    _legend(layout, sheet, legend, 2 if page.tall else 1)
    if figures:
        left, top = page.map[:2]
        _label(layout, "figures", figures, (left + 2.0, top + 2.0, 72.0, 3.0 + 3.2 * (figures.count("\n") + 1)), 7.5, framed=True)
    _locator(layout, extent, sheet, page.locator)
    _scale_bars(layout, extent, sheet, page)
    _picture(layout, "north", (x + width - NORTH_MM, y + height - 20.0, NORTH_MM, 20.0), NORTH, mapUuid="{map}")
    _foot(layout, sheet, page)
    if sheet.atlas:
        identity, source, title = sheet.atlas
        values = {
            "enabled": "1",
            "coverageLayer": identity,
            "coverageLayerSource": source,
            "coverageLayerName": title,
            "coverageLayerProvider": "ogr",
        }
        values |= {
            "pageNameExpression": '"label"',
            "filenamePattern": "'map_' || @atlas_featurenumber",
            "hideCoverage": "0",
            "sortFeatures": "0",
        }
        SubElement(layout, "Atlas", {**values, "filterFeatures": "0"})
    return layout
