"""
A QGIS project beside the GeoPackage: grouped layers, a legend and a map theme for each question, tables with their relations, print layouts.

Written as XML, without QGIS; all paths are relative, so that the folder can be moved or sent.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ped_geo.language import catalogue, plain, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.base_maps import base_maps
from ped_geo.outputs.block_plans import PLAN_LAYERS
from ped_geo.outputs.corrections import correction_form, correction_style
from ped_geo.outputs.credits import date_stamp
from ped_geo.outputs.metadata import lineage_words
from ped_geo.outputs.package_tables import RELATIONS, documented_tables
from ped_geo.outputs.print_layouts import print_layouts
from ped_geo.outputs.project_layers import Leaf, base_map_layer, editable_layer, raster_layer, spatial_reference, table_layer, vector_layer
from ped_geo.outputs.qml import LayerStyle
from ped_geo.outputs.roadmap import has_roadmap
from ped_geo.outputs.tables import shown_variant
from ped_geo.outputs.themes import documented_layers, themes
from ped_geo.sources.corrections import FILE, LAYERS

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from ped_geo.outputs.themes import Theme

__all__ = ["VERSION", "write_archive", "write_project"]

VERSION = "3.22.16-Białowieża"
YEARS_A_STEP = 5
ANIMATED = "1"
IRRADIATION = "theme_layer_irradiation"
OUTLINES = "buildings_outlines"
OUTLINE_STYLE = LayerStyle("outlines", colour="", outline="#4d4d4d", width_mm=0.12)
GROUPS = ("base", "results", "services", "buildings", "tables", "corrections", "background")
FOLDED = ("tables", "corrections")
"""From top to bottom: lines lie over surfaces, base maps below all."""

BASE = (
    "candidates", "boundary", "streets", "water_and_green", *PLAN_LAYERS, "field_work", "heat_network", "pv_arrays", "roof_planes", "buildings",
)  # fmt: skip
GROUP_OF = {"candidates": "base", "boundary": "base", "streets": "base", "water_and_green": "background"} | dict.fromkeys(
    PLAN_LAYERS, "services"
)
SHOWN = ("candidates", "boundary", "streets", "water_and_green", "outlines")
"""Layers that lie over every theme."""


def _both(key: str) -> str:
    return " | ".join(text(key, lang) for lang in ("pl", "en"))


def _leaf(identity: str, key: str, source: str) -> Leaf:
    """A layer that is named by the catalogue, in the tree by the short form where there is one."""
    short = f"tree.{key}"
    return Leaf(identity, _both(short) if short in catalogue() else _both(key), source, _both(key))


@dataclass
class _Project:
    """The parts of a project while they are put together."""

    results: Results
    tree: Element = field(default_factory=lambda: Element("layer-tree-group"))
    maps: Element = field(default_factory=lambda: Element("projectlayers"))
    presets: Element = field(default_factory=lambda: Element("visibility-presets"))
    relations: Element = field(default_factory=lambda: Element("relations"))
    groups: dict[str, Element] = field(default_factory=dict)
    themed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.layers = documented_layers(self.results)
        for key in GROUPS:
            # a group without a layer would only ask to be opened
            if key == "services" and not self.layers.keys() & set(PLAN_LAYERS):
                continue
            values = {"name": _both(f"theme.group.{key}"), "expanded": "0" if key in FOLDED else "1", "checked": "Qt::Checked"}
            self.groups[key] = SubElement(self.tree, "layer-tree-group", values)
        self.tables = documented_tables(self.results)

    @property
    def crs(self) -> CRS:
        """Of every layer of the GeoPackage."""
        return self.results.layers["blocks"].crs

    def source(self, name: str) -> str:
        """Where a layer of the GeoPackage lies, seen from the project."""
        return f"./{self.results.study.name}.gpkg|layername={name}"

    def leaf(self, group: str, leaf: Leaf, *, shown: bool, provider: str = "ogr", within: str = "") -> None:
        """A layer in the tree, in a group, or in one of its own name `within` it."""
        if within and within not in self.groups:
            values = {"name": within, "expanded": "1", "checked": "Qt::Checked"}
            self.groups[within] = SubElement(self.groups[group], "layer-tree-group", values)
        values = {"id": leaf.identity, "name": leaf.name, "providerKey": provider, "source": leaf.source}
        shows = {"checked": "Qt::Checked" if shown else "Qt::Unchecked", "expanded": "1" if shown else "0"}
        SubElement(self.groups[within or group], "layer-tree-layer", values | shows)

    def related(self, name: str, identity: str) -> dict[str, str]:
        """Relations in which a layer is the parent, written and by identity."""
        found = {}
        for relation in RELATIONS:
            child = f"table_{relation.child}" if relation.child in self.tables else f"{relation.child}_base_layer"
            if relation.parent != name or (relation.child not in self.tables and relation.child not in self.layers):
                continue
            own = f"{identity}_{relation.key}"
            values = {"id": own, "name": _both(f"relation.{relation.key}"), "strength": "Association"}
            node = SubElement(self.relations, "relation", {**values, "referencedLayer": identity, "referencingLayer": child})
            SubElement(node, "fieldRef", {"referencedField": relation.parent_key, "referencingField": relation.child_key})
            found[own] = relation.key
        return found

    def base(self) -> dict[str, str]:
        """Layers that every theme has over it, by name, and those that stand ready."""
        identities = {}
        for name in (name for name in BASE if name in self.layers):
            # QGIS gives an identity of ten letters and fewer another one, and the tree would lose the layer
            told = _leaf(f"{name}_base_layer", f"layer.{name}", self.source(name))
            self.leaf(GROUP_OF.get(name, "buildings"), told, shown=name in SHOWN)
            vector_layer(self.maps, told, name, self.layers[name], self.crs, self.related(name, told.identity))
            if name in SHOWN:
                identities[name] = told.identity
        # without the houses nobody finds their street on a map of blocks
        told = _leaf(OUTLINES, "layer.outlines", self.source("buildings"))
        self.leaf("base", told, shown=True)
        vector_layer(self.maps, told, "outlines", (self.layers["buildings"][0], OUTLINE_STYLE), self.crs, {})
        return identities | {"outlines": OUTLINES}

    def theme(self, theme: Theme, *, first: bool) -> None:
        """The layer that answers a question."""
        told = Leaf(theme.identity, theme.name, f"{self.source(theme.layer)}{theme.subset}", theme.title)
        self.leaf(theme.group, told, shown=first, within=theme.within)
        styled = (self.layers[theme.layer][0], theme.style)
        vector_layer(self.maps, told, theme.layer, styled, self.crs, self.related(theme.layer, theme.identity))
        self.themed.append(theme.identity)

    def light(self) -> str:
        """Irradiation, where there are roofs; its title."""
        told = _leaf(IRRADIATION, "theme.irradiation", f"./{self.results.study.name}_irradiation.tif")
        self.leaf("buildings", told, shown=False, provider="gdal")
        raster_layer(self.maps, told, self.crs)
        self.themed.append(IRRADIATION)
        return told.title

    def aside(self) -> None:
        """Tables and base maps."""
        for name, table in self.tables.items():
            told = _leaf(f"table_{name}", f"layer.{name}", self.source(name))
            self.leaf("tables", told, shown=False)
            table_layer(self.maps, told, table)
        for one in base_maps(self.results.study.country or ""):
            told = _leaf(one.identity, f"base_map.{one.key}", one.source)
            self.leaf("background", told, shown=False, provider="wms")
            base_map_layer(self.maps, told, one)

    def corrections(self) -> None:
        """The layers of the file of corrections, which can be edited, with their forms."""
        for name, layer in LAYERS.items():
            told = _leaf(name, f"correction.layer.{name}", f"./{FILE}|layername={name}")
            self.leaf("corrections", told, shown=False)
            editable_layer(self.maps, told, correction_style(name), correction_form(layer), self.crs)

    def preset(self, title: str, identity: str, above: dict[str, str]) -> None:
        """A map theme: its layer and those above it are shown, the legends of all others are closed."""
        preset = SubElement(self.presets, "visibility-preset", {"name": title, "has-expanded-info": "1"})
        for name in above.values():
            SubElement(preset, "layer", {"id": name, "visible": "1", "style": "default", "expanded": "1"})
        for name in self.themed:
            shown = "1" if name == identity else "0"
            SubElement(preset, "layer", {"id": name, "visible": shown, "style": "default", "expanded": shown})


def _extent(results: Results) -> tuple[float, float, float, float]:
    west, south, east, north = results.layers["boundary"].total_bounds
    margin = 0.03 * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin


def _canvas(root: Element, results: Results, crs: CRS) -> None:
    canvas = SubElement(root, "mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    SubElement(canvas, "units").text = "meters"
    extent = SubElement(canvas, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), _extent(results), strict=True):
        SubElement(extent, name).text = f"{value:.3f}"
    SubElement(canvas, "destinationsrs").append(spatial_reference(crs))


def _bookmarks(root: Element, results: Results, crs: CRS) -> None:
    """Views of the district, of each candidate and of each block."""
    shelf = SubElement(root, "Bookmarks")

    def mark(identity: str, name: str, group: str, box: tuple[float, float, float, float]) -> None:
        west, south, east, north = (f"{value:.2f}" for value in box)
        ring = f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
        one = SubElement(shelf, "Bookmark", {"id": identity, "name": plain(name), "group": group, "extent": ring})
        one.append(spatial_reference(crs))

    mark("district", _both("bookmark.district"), "", _extent(results))
    for layer in ("candidates", "blocks"):
        frame: gpd.GeoDataFrame = results.layers[layer]
        for row, box in zip(frame.itertuples(), frame.bounds.to_numpy().tolist(), strict=True):
            mark(f"{layer}_{row.Index}", str(row.label), _both(f"bookmark.{layer}"), tuple(box))


def _properties(root: Element, results: Results) -> None:
    properties = SubElement(root, "properties")
    SubElement(SubElement(properties, "Paths"), "Absolute", {"type": "bool"}).text = "false"
    SubElement(SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", {"type": "int"}).text = "1"
    # fields of every layout: filled in once, in the properties of the project
    variables = SubElement(properties, "Variables")
    names, values = (SubElement(variables, name, {"type": "QStringList"}) for name in ("variableNames", "variableValues"))
    for name in ("ped_office", "ped_author", "ped_crest"):
        SubElement(names, "value").text = name
        SubElement(values, "value").text = ""
    _years(root, properties, results)
    metadata = SubElement(root, "projectMetadata")
    SubElement(metadata, "title").text = plain(results.study.title)
    SubElement(metadata, "abstract").text = plain(" ".join(lineage_words(results, lang) for lang in ("pl", "en")))


def _years(root: Element, properties: Element, results: Results) -> None:
    """The years of the roadmap for QGIS's temporal controller, which is on from the start: else all years lie over each other."""
    if not has_roadmap(results):
        return
    table = results.layers["roadmap_blocks"]
    days = [f"{day:%Y-%m-%dT%H:%M:%SZ}" for day in (table["start"].min(), table["end"].max())]
    settings = {"timeStep": f"{YEARS_A_STEP}", "timeStepUnit": "y", "frameRate": "1", "cumulativeTemporalRange": "0"}
    span = SubElement(SubElement(root, "ProjectTimeSettings", settings), "TemporalRange")
    controller = SubElement(properties, "TemporalControllerWidget")
    for name, key, day in zip(("start", "end"), ("StartDateTime", "EndDateTime"), days, strict=True):
        SubElement(span, name).text = day
        SubElement(controller, key, {"type": "QString"}).text = day
    SubElement(controller, "NavigationMode", {"type": "int"}).text = ANIMATED


def project_xml(results: Results) -> str:
    """Text of the ``.qgs`` file."""
    project = _Project(results)
    first = f"balance_{shown_variant(results).key}"
    asked = themes(results)
    above = project.base()
    for theme in asked:
        project.theme(theme, first=theme.key == first)
    light = project.light() if len(results.layers["roof_planes"]) else ""
    project.aside()
    project.corrections()
    for theme in asked:
        project.preset(theme.title, theme.identity, above)
    if light:
        project.preset(light, IRRADIATION, above)
    root = Element("qgis", {"projectname": plain(results.study.title), "version": VERSION})
    SubElement(root, "title").text = plain(results.study.title)
    SubElement(root, "projectCrs").append(spatial_reference(project.crs))
    root.append(project.tree)
    _canvas(root, results, project.crs)
    root.extend([project.relations, project.maps, project.presets])
    _properties(root, results)
    _bookmarks(root, results, project.crs)
    SubElement(root, "Layouts").extend(print_layouts(results, _extent(results), asked, project.layers, above))
    indent(root, " ")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


def write_project(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>.qgz`` beside the GeoPackage.

    Returns
    -------
    list of Path
    """
    path = folder / f"{results.study.name}.qgz"
    write_archive(path, project_xml(results), date_stamp(results)[:10])
    return [path]


def write_archive(path: Path, written: str, day: str) -> None:
    """
    Put a project into its ``.qgz``.

    Parameters
    ----------
    path : Path
        The file.
    written : str
        Text of the ``.qgs`` file.
    day : str
        ``YYYY-MM-DD``, of the data: the time of writing would make two equal runs differ.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        # an archive knows no day before 1980
        year, month, date = map(int, max(day, "1980-01-01").split("-"))
        entry = zipfile.ZipInfo(f"{path.stem}.qgs", date_time=(year, month, date, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, written)


OUTPUTS.add("qgis_project", Output("qgis_project", "processed", write_project, order=20))
