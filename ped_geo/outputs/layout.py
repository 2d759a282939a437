"""The print layout of the QGIS project: title, map, legend, scale bar and attribution on one A4 page across."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from ped_geo.language import plain, text
from ped_geo.outputs import Results
from ped_geo.outputs.escapes import qgis_text
from ped_geo.outputs.figures import is_heated
from ped_geo.outputs.styles import round_length
from ped_geo.outputs.tables import variant_name

if TYPE_CHECKING:
    from ped_geo.outputs.themes import Theme

__all__ = ["print_layout"]

PAGE_MM = (297.0, 210.0)
MAP_MM = (10.0, 28.0, 205.0, 160.0)
LONGEST_BAR_MM = 60.0


def _item(layout: Element, kind: str, identity: str, box: tuple[float, float, float, float], **values: str) -> Element:
    x, y, width, height = box
    place = f"{x:g},{y:g},mm"
    size = f"{width:g},{height:g},mm"
    attributes = {
        "type": kind, "uuid": f"{{{identity}}}", "templateUuid": f"{{{identity}}}", "id": identity, "position": place, "positionOnPage": place,
        "size": size, "referencePoint": "0", "itemRotation": "0", "visibility": "1", "zValue": "1", "opacity": "1", "frame": "false",
        "background": "false", "positionLock": "false", "blendMode": "0", "excludeFromExports": "0", "groupUuid": "",
    }  # fmt: skip
    return SubElement(layout, "LayoutItem", {**attributes, **values})


def _label(
    layout: Element, identity: str, words: str, box: tuple[float, float, float, float], points: float, *, bold: bool = False
) -> None:
    values = {"labelText": qgis_text(words), "htmlState": "0", "halign": "1", "valign": "32", "marginX": "0", "marginY": "0"}
    item = _item(layout, "65641", identity, box, **values)
    weight = "75" if bold else "50"
    SubElement(item, "LabelFont", {"description": f"DejaVu Sans,{points:g},-1,5,{weight},0,0,0,0,0", "style": "Bold" if bold else "Book"})


def print_layout(results: Results, extent: tuple[float, float, float, float], theme: Theme, layers: list[str]) -> Element:
    """
    The ``Layout`` element of the project.

    Parameters
    ----------
    results : Results
        The run.
    extent : tuple of float
        West, south, east, north of the map, m.
    theme : Theme
        What the map shows.
    layers : list of str
        Identities of the layers on the map, top first.
    """
    layout = Element(
        "Layout",
        {"name": plain(results.study.title)[:60], "units": "mm", "printResolution": "200", "worldFileMap": "", "snapTolerance": "5"},
    )
    SubElement(layout, "Snapper")
    SubElement(layout, "Grid", {"resolution": "10", "offsetX": "0", "offsetY": "0", "offsetUnits": "mm", "resUnits": "mm"})
    pages = SubElement(layout, "PageCollection")
    _item(pages, "65638", "page", (0.0, 0.0, *PAGE_MM))
    variant = next(variant for variant in results.study.variants if theme.key == f"balance_{variant.key}")
    _label(layout, "title", text("layout.title", "pl", title=results.study.title), (10, 7, 277, 9), 15, bold=True)
    heated = is_heated(results)
    words = "\n".join(
        text("layout.subtitle", lang, variant=variant_name(variant, lang)) if heated else text("figure.nothing_heated", lang)
        for lang in ("pl", "en")
    )
    _label(layout, "subtitle", words, (10, 17, 277, 7), 8.5)
    _map(layout, extent, layers)
    _legend(layout, theme)
    _scale_bar(layout, extent)
    given = str(results.provenance.get("place", {}).get("attribution", ""))
    attribution = text("map.sample", "pl") if results.study.sample else given
    _label(layout, "attribution", f"{attribution} · ped_geo", (10, 198, 277, 6), 7)
    return layout


def _map(layout: Element, extent: tuple[float, float, float, float], layers: list[str]) -> None:
    item = _item(
        layout, "65639", "map", MAP_MM, keepLayerSet="true", followPreset="false", frame="true", drawCanvasItems="false", mapRotation="0"
    )
    west, south, east, north = extent
    scale = max((east - west) / MAP_MM[2], (north - south) / MAP_MM[3])
    x, y = (west + east) / 2, (south + north) / 2
    half = (scale * MAP_MM[2] / 2, scale * MAP_MM[3] / 2)
    values = {"xmin": x - half[0], "ymin": y - half[1], "xmax": x + half[0], "ymax": y + half[1]}
    SubElement(item, "Extent", {name: f"{value:.3f}" for name, value in values.items()})
    chosen = SubElement(item, "LayerSet")
    for identity in layers:
        SubElement(chosen, "Layer", {"provider": "ogr", "name": identity, "source": ""}).text = identity


def _both(key: str) -> str:
    return " | ".join(text(key, lang) for lang in ("pl", "en"))


def _legend(layout: Element, theme: Theme) -> None:
    """Classes of the theme, the candidates and the boundary; a line breaks where one language ends."""
    item = _item(
        layout, "65642", "legend", (219.0, 28.0, 70.0, 120.0), map_uuid="{map}", legendFilterByAtlas="0", resizeToContents="1", columnCount="1",
        wrapChar=" | ", titleAlignment="1", splitLayer="0", title=_both("layout.legend").replace(" | ", " / "), symbolWidth="7", symbolHeight="4", boxSpace="2",
        lineSpacing="1",
    )  # fmt: skip
    tree = SubElement(item, "layer-tree-group")
    shown = {
        theme.identity: f"{_both('layout.balance')} [kWh/(m²·a)]",
        "candidates_base": _both("layer.candidates"),
        "boundary_base": _both("layer.boundary"),
    }
    for identity, words in shown.items():
        values = {"id": identity, "name": words, "providerKey": "ogr", "source": "", "checked": "Qt::Checked", "expanded": "1"}
        layer = SubElement(tree, "layer-tree-layer", values)
        options = SubElement(SubElement(layer, "customproperties"), "Option", {"type": "Map"})
        # without it the legend names the layer as the layer tree does
        SubElement(options, "Option", {"name": "cached_name", "type": "QString", "value": words})
        SubElement(options, "Option", {"name": "legend/title-label", "type": "QString", "value": words})
    styles = SubElement(item, "styles")
    margins = {"subgroup": {"marginTop": "4"}, "symbol": {"marginTop": "1.5"}, "symbolLabel": {"marginLeft": "2", "marginTop": "1.5"}}
    for name, points, bold in (
        ("title", 10, True),
        ("group", 9, False),
        ("subgroup", 8, False),
        ("symbol", 8, False),
        ("symbolLabel", 8, False),
    ):
        style = SubElement(styles, "style", {"name": name, "alignment": "1", **margins.get(name, {})})
        font = f"DejaVu Sans,{points},-1,5,{75 if bold else 50},0,0,0,0,0"
        SubElement(style, "styleFont", {"description": font, "style": "Bold" if bold else "Book"})


def _scale_bar(layout: Element, extent: tuple[float, float, float, float]) -> None:
    scale = max((extent[2] - extent[0]) / MAP_MM[2], (extent[3] - extent[1]) / MAP_MM[3])
    step = round_length(scale * LONGEST_BAR_MM / 2)
    item = _item(
        layout, "65646", "scalebar", (219.0, 175.0, 70.0, 14.0), mapUuid="{map}", style="Single Box", unitType="meters", unitLabel="m",
        numUnitsPerSegment=f"{step:g}", numMapUnitsPerScaleBarUnit="1", numSegments="2", numSegmentsLeft="0", height="2.5", segmentSizeMode="0",
        labelBarSpace="2", boxContentSpace="1", alignment="0", minBarWidth="20", maxBarWidth="70", lineWidth="0.3",
    )  # fmt: skip
    SubElement(item, "text-style", {"fontFamily": "DejaVu Sans", "fontSize": "8", "fontSizeUnit": "Point", "textColor": "0,0,0,255"})
