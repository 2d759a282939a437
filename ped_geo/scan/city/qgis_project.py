"""
The QGIS project of a scan: maps of the city's report as themes over its GeoPackage, candidates, networks, streets and print layouts.

It reads the GeoPackage and not the partitioned GeoParquet: QGIS opens Parquet only where GDAL was built with Arrow, which that of Debian is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ped_geo import schema
from ped_geo._version import __version__
from ped_geo.language import LANGUAGES, plain, text
from ped_geo.outputs.base_maps import base_maps
from ped_geo.outputs.block_types import type_categories
from ped_geo.outputs.credits import credit, data_date
from ped_geo.outputs.documented import DocumentedLayer
from ped_geo.outputs.escapes import qgis_text
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.heat_network import PIPE_COLOUR, WIDTH_PER_DN
from ped_geo.outputs.layout import PrintedSheet, is_tall, layout_element
from ped_geo.outputs.project_layers import Leaf, base_map_layer, spatial_reference, vector_layer
from ped_geo.outputs.qgis_project import VERSION
from ped_geo.outputs.qml import LayerStyle
from ped_geo.outputs.styles import QUALITATIVE
from ped_geo.scan.city.content import FORM
from ped_geo.scan.city.pictures import COLOURS, MAPPED, city_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from pyproj import CRS

    from ped_geo.scan.finished import Scan
    from ped_geo.scan.place import ScanPlace

__all__ = ["project_day", "scan_project"]

Box = tuple[float, float, float, float]

GROUPS: Final = ("base", "results", "background")
COLUMNS_OF: Final = {
    "blocks": "scan_blocks",
    "candidates": "candidates",
    "networks": "scan_networks",
    "pipes": "heat_network",
    "streets": "streets",
}
"""Layer of the GeoPackage → where its columns are explained."""

KINDS: Final = {"pipes": "heat_network"}
"""Layers that have the labels, scales and tips of another one of the district's project."""

UNITS: Final = {"best": "kWh/(m²a)", "pv": "kWh/(m²a)", "density": "MWh/(m·a)", "known": "%"}
BASE_STYLES: Final = {
    "candidates": LayerStyle("candidates", colour="", outline="#d55e00", width_mm=0.7),
    "networks": LayerStyle("networks", colour="", outline=PIPE_COLOUR, width_mm=0.5),
    "pipes": LayerStyle("pipes", colour=PIPE_COLOUR, width_mm=0.6, geometry="line", width_by=f'0.25 + {WIDTH_PER_DN:g} * "dn"'),
    "streets": LayerStyle("streets", colour="#969696", width_mm=0.2, geometry="line"),
}
WORDS: Final = {"candidates": "city.groups", "networks": "scan.networks", "pipes": "layer.heat_network", "streets": "layer.streets"}
MAIN: Final = "reason"
GROUPED: Final = "groups"
CANDIDATES: Final = "scan_base_candidates"


def _both(key: str) -> str:
    return " | ".join(text(key, lang) for lang in LANGUAGES)


def _title(key: str) -> str:
    """Words of a theme in both languages with their units."""
    unit = UNITS.get(key, "")
    return " | ".join(text(f"city.map.{key}", lang) + (f" [{written_unit(unit, lang)}]" if unit else "") for lang in LANGUAGES)


def _styles(blocks: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame) -> dict[str, tuple[str, LayerStyle]]:
    """Theme → its layer and how it is drawn."""
    thin = 0.1
    reasons = tuple((key, _both(f"code.{key}"), colour) for key, colour in COLOURS.items() if key != FORM or FORM in set(blocks["reason"]))
    found = {MAIN: ("blocks", LayerStyle(MAIN, kind="categorised", column="reason", categories=reasons, width_mm=thin))}
    nothing = (text("figure.none.block", "pl"), text("figure.none.block", "en"))
    for key, classes in city_classes(blocks).items():
        if blocks[MAPPED[key]].notna().any():
            factor = 100.0 if key == "known" else 1.0
            style = LayerStyle(key, kind="graduated", column=MAPPED[key], factor=factor, classes=classes, nothing=nothing, width_mm=thin)
            found[key] = ("blocks", style)
    kinds = type_categories(blocks["block_type"])
    found["type"] = ("blocks", LayerStyle("type", kind="categorised", column="block_type", categories=kinds, width_mm=thin))
    if len(candidates):
        goals = dict.fromkeys(candidates["goal"].astype("str"))
        shades = tuple((goal, _both(f"code.{goal}"), QUALITATIVE[number % len(QUALITATIVE)]) for number, goal in enumerate(goals))
        found[GROUPED] = (
            "candidates",
            LayerStyle(GROUPED, kind="categorised", column="goal", categories=shades, width_mm=0.8, outlined=True),
        )
    return found


@dataclass
class _Project:
    """The parts of a project while they are put together."""

    name: str
    layers: Mapping[str, gpd.GeoDataFrame]
    tree: Element = field(default_factory=lambda: Element("layer-tree-group"))
    maps: Element = field(default_factory=lambda: Element("projectlayers"))
    presets: Element = field(default_factory=lambda: Element("visibility-presets"))
    groups: dict[str, Element] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in GROUPS:
            values = {"name": _both(f"theme.group.{key}"), "expanded": "1", "checked": "Qt::Checked"}
            self.groups[key] = SubElement(self.tree, "layer-tree-group", values)

    def leaf(self, group: str, told: Leaf, *, shown: bool, provider: str = "ogr") -> None:
        """A layer in the tree."""
        values = {"id": told.identity, "name": told.name, "providerKey": provider, "source": told.source}
        SubElement(
            self.groups[group], "layer-tree-layer", {**values, "checked": "Qt::Checked" if shown else "Qt::Unchecked", "expanded": "1"}
        )

    def add(self, group: str, identity: str, words: str, layer: str, style: LayerStyle, *, shown: bool) -> None:
        """A layer of the GeoPackage in one style."""
        told = Leaf(identity, words, f"./{self.name}.gpkg|layername={layer}", words)
        self.leaf(group, told, shown=shown)
        documented = DocumentedLayer(self.layers[layer], schema.columns(COLUMNS_OF[layer]))
        crs: CRS = self.layers[layer].crs
        vector_layer(self.maps, told, KINDS.get(layer, layer), (documented, style), crs, {})

    def preset(self, key: str, above: list[str], themed: list[str]) -> None:
        """A map theme: what is drawn in it is shown, the legends of all others are closed."""
        preset = SubElement(self.presets, "visibility-preset", {"name": _title(key), "has-expanded-info": "1"})
        drawn = _drawn(key, above)
        for one in [*above, *themed]:
            shown = "1" if one in drawn else "0"
            SubElement(preset, "layer", {"id": one, "visible": shown, "style": "default", "expanded": shown})


def _drawn(key: str, above: list[str]) -> list[str]:
    """Layers of a theme from top to bottom; groups have outlines of their own, over the ranking."""
    if key == GROUPED:
        return [*(one for one in above if one != CANDIDATES), f"theme_layer_{key}", f"theme_layer_{MAIN}"]
    return [*above, f"theme_layer_{key}"]


def _margins(shapes: gpd.GeoSeries) -> Box:
    """West, south, east and north of shapes with a margin [m]."""
    west, south, east, north = shapes.total_bounds.tolist()
    margin = 0.03 * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin


def _sheets(
    places: dict[str, tuple[ScanPlace, Box]], styles: dict[str, tuple[str, LayerStyle]], above: list[str], crs: CRS
) -> list[Element]:
    """A page for each place, theme and language, of the ranking in A3 too."""
    found = []
    for place, box in places.values():
        standing = "portrait" if is_tall(box) else "landscape"
        for lang in LANGUAGES:
            told = {"credit": credit(place, lang), "date": data_date(place) or text("layout.no_date", lang)}
            told |= {"crs": f"{':'.join(crs.to_authority() or ('', ''))} {crs.name}", "version": __version__}
            words = {key: text(f"layout.{key}", lang) for key in ("legend", "office", "author")}
            words["sources"] = qgis_text(text("layout.sources", lang, **told))
            for key, (_, style) in styles.items():
                for paper in ("a4", "a3") if key == MAIN else ("a4",):
                    sheet = _sheet(place, key, style, f"{paper}_{standing}", lang, words=words, above=above)
                    found.append(layout_element(sheet, box))
    return found


def _sheet(place: ScanPlace, key: str, style: LayerStyle, paper: str, lang: str, **more: Any) -> PrintedSheet:
    position, above = LANGUAGES.index(lang), more["above"]
    theme, title = _title(key).split(" | ")[position], place.study.title or place.study.name
    if style.classes is not None:
        labels = [*style.classes.labels(lang), *style.nothing[position : position + 1]]
    else:
        labels = [words.split(" | ")[position] for _, words, _ in style.categories]
    beside: list[tuple[str, str, list[str]]] = [(CANDIDATES, text("city.groups", lang), [])] if CANDIDATES in _drawn(key, above) else []
    return PrintedSheet(
        name=plain(f"{lang.upper()} · {title} · {text(f'layout.page.{paper}', lang)} · {theme}"),
        title=qgis_text(text("layout.title", lang, title=title)),
        subtitle=qgis_text(theme),
        lang=lang,
        page=paper,
        layers=_drawn(key, above),
        legend=[(f"theme_layer_{key}", qgis_text(theme), labels), *beside],
        words=more["words"],
        locator=[f"theme_layer_{MAIN}"],
    )


def project_day(found: Scan) -> str:
    """Day of the newest data, else that of the laws that were read: the project's file carries no time of writing."""
    return max(data_date(place) or place.study.sharing.law_on.isoformat() for place in found.places)


def scan_project(found: Scan, name: str, layers: Mapping[str, gpd.GeoDataFrame]) -> str:
    """
    Text of the ``.qgs`` file.

    Parameters
    ----------
    found : Scan
        The finished scan.
    name : str
        Of the scan, and of the GeoPackage beside the project.
    layers : mapping of str to GeoDataFrame
        Layers of the GeoPackage.

    Notes
    -----
    The project is in the metres of the first place; layers are in degrees, as the GeoPackage is.
    """
    blocks, crs = layers["blocks"], cast("gpd.GeoDataFrame", found.places[0].layers["blocks"]).crs
    project, styles = _Project(name, layers), _styles(blocks, layers["candidates"])
    above = []
    for layer, style in BASE_STYLES.items():
        if layer in layers and len(layers[layer]):
            project.add("base", f"scan_base_{layer}", _both(WORDS[layer]), layer, style, shown=True)
            above.append(f"scan_base_{layer}")
    # QGIS draws in the order of the tree: outlines of groups lie over the ranking
    for key in sorted(styles, key=lambda one: one != GROUPED):
        layer, style = styles[key]
        project.add("results", f"theme_layer_{key}", _title(key), layer, style, shown=key == MAIN)
    for one in base_maps(found.places[0].study.country or ""):
        told = Leaf(one.identity, _both(f"base_map.{one.key}"), one.source)
        project.leaf("background", told, shown=False, provider="wms")
        base_map_layer(project.maps, told, one)
    themed = [f"theme_layer_{key}" for key in styles]
    for key in styles:
        project.preset(key, above, themed)
    metres = blocks.geometry.to_crs(crs)
    shown = {place.study.name: place for place in found.places if (blocks["place"] == place.study.name).any()}
    places = {key: (place, _margins(metres[blocks["place"] == key])) for key, place in shown.items()}
    titles = plain(", ".join(place.study.title or place.study.name for place in found.places))
    root = Element("qgis", {"projectname": titles, "version": VERSION})
    SubElement(root, "title").text = titles
    SubElement(root, "projectCrs").append(spatial_reference(crs))
    root.append(project.tree)
    _canvas(root, next(iter(places.values()))[1], crs)
    root.extend([project.maps, project.presets])
    properties = SubElement(root, "properties")
    SubElement(SubElement(properties, "Paths"), "Absolute", {"type": "bool"}).text = "false"
    SubElement(SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", {"type": "int"}).text = "1"
    SubElement(root, "Layouts").extend(_sheets(places, styles, above, crs))
    indent(root, " ")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


def _canvas(root: Element, box: Box, crs: CRS) -> None:
    canvas = SubElement(root, "mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    SubElement(canvas, "units").text = "meters"
    extent = SubElement(canvas, "extent")
    for side, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
        SubElement(extent, side).text = f"{value:.3f}"
    SubElement(canvas, "destinationsrs").append(spatial_reference(crs))
