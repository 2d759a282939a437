"""
A QGIS project beside the GeoPackage: grouped layers, a legend and a map theme for each question, and a print layout.

Written as XML, without QGIS; all paths are relative, so that the folder can be moved or sent.
"""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ped_geo.language import plain, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.corrections import correction_form, correction_style
from ped_geo.outputs.layout import print_layout
from ped_geo.outputs.qml import LayerStyle, alias_elements, raster_pipe, renderer, temporal_elements
from ped_geo.outputs.rasters import irradiation_classes
from ped_geo.outputs.roadmap import has_roadmap
from ped_geo.outputs.tables import shown_variant
from ped_geo.outputs.themes import documented_layers, themes
from ped_geo.sources.corrections import FILE, LAYERS

if TYPE_CHECKING:
    from pyproj import CRS

    from ped_geo.outputs.tables import DocumentedLayer

__all__ = ["write_project"]

VERSION = "3.22.16-Białowieża"
YEARS_A_STEP = 5
ANIMATED = "1"
IRRADIATION = "theme_layer_irradiation"
OUTLINES = "buildings_outlines"
OUTLINE_STYLE = LayerStyle("outlines", colour="", outline="#2b2b2b", width_mm=0.2)
ATTRIBUTES_DATE = (2024, 1, 1, 0, 0, 0)


def _spatial_reference(crs: CRS) -> Element:
    """
    All that QGIS writes of a reference system but its own database's row number.

    QGIS takes the WKT where there is no such number; an authority's code alone leaves a layer without a valid system.
    """
    root = Element("spatialrefsys", {"nativeFormat": "Wkt"})
    authority, code = crs.to_authority() or ("", "")
    ellipsoid = (crs.ellipsoid.to_json_dict() if crs.ellipsoid else {}).get("id", {})
    with warnings.catch_warnings():
        # PROJ strings cannot say everything; they stand beside the WKT for programs that read nothing else
        warnings.simplefilter("ignore", UserWarning)
        projection = crs.to_proj4()
    values = {
        "wkt": crs.to_wkt("WKT2_2019"),
        "proj4": projection,
        "srid": code,
        "authid": f"{authority}:{code}" if authority else "",
        "description": crs.name,
        "projectionacronym": projection.partition("+proj=")[2].partition(" ")[0],
        "ellipsoidacronym": f"{ellipsoid['authority']}:{ellipsoid['code']}" if ellipsoid else "",
        "geographicflag": "true" if crs.is_geographic else "false",
    }
    for name, value in values.items():
        SubElement(root, name).text = value
    return root


def _map_layer(parent: Element, identity: str, title: str, source: str, layer: DocumentedLayer, style: LayerStyle, crs: CRS) -> None:
    geometry = {"polygon": "Polygon", "line": "Line", "point": "Point"}[style.geometry]
    node = SubElement(
        parent, "maplayer", {"type": "vector", "geometry": geometry, "hasScaleBasedVisibilityFlag": "0", "autoRefreshEnabled": "0"}
    )
    SubElement(node, "id").text = identity
    SubElement(node, "datasource").text = source
    SubElement(node, "layername").text = title
    SubElement(node, "srs").append(_spatial_reference(crs))
    SubElement(node, "provider", {"encoding": "UTF-8"}).text = "ogr"
    node.extend(temporal_elements(style))
    node.append(renderer(style))
    node.extend(alias_elements(layer))


def _raster_layer(parent: Element, identity: str, title: str, source: str, crs: CRS) -> None:
    node = SubElement(parent, "maplayer", {"type": "raster", "hasScaleBasedVisibilityFlag": "0", "autoRefreshEnabled": "0"})
    SubElement(node, "id").text = identity
    SubElement(node, "datasource").text = source
    SubElement(node, "layername").text = title
    SubElement(node, "srs").append(_spatial_reference(crs))
    SubElement(node, "provider").text = "gdal"
    node.append(raster_pipe(irradiation_classes()))


def _tree_layer(group: Element, identity: str, title: str, source: str, *, shown: bool, provider: str = "ogr") -> None:
    SubElement(
        group,
        "layer-tree-layer",
        {
            "id": identity,
            "name": title,
            "providerKey": provider,
            "source": source,
            "checked": "Qt::Checked" if shown else "Qt::Unchecked",
            "expanded": "1" if shown else "0",
        },
    )


def _visibility(presets: Element, title: str, identity: str, base: list[str]) -> None:
    preset = SubElement(presets, "visibility-preset", {"name": title, "has-expanded-info": "0"})
    for name in (identity, *base):
        SubElement(preset, "layer", {"id": name, "visible": "1", "style": "default", "expanded": "1"})


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
    SubElement(canvas, "destinationsrs").append(_spatial_reference(crs))


def _properties(root: Element, results: Results) -> None:
    properties = SubElement(root, "properties")
    SubElement(SubElement(properties, "Paths"), "Absolute", {"type": "bool"}).text = "false"
    SubElement(SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", {"type": "int"}).text = "1"
    _years(root, properties, results)
    metadata = SubElement(root, "projectMetadata")
    SubElement(metadata, "title").text = plain(results.study.title)
    SubElement(metadata, "abstract").text = plain(str(results.provenance.get("place", {}).get("attribution", "")))


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


def _correction_layers(tree: Element, maps: Element, crs: CRS) -> None:
    """The layers of the file of corrections, which can be edited, with their forms."""
    title = " | ".join(text("correction.group", lang) for lang in ("pl", "en"))
    group = SubElement(tree, "layer-tree-group", {"name": title, "expanded": "0", "checked": "Qt::Unchecked"})
    for name, layer in LAYERS.items():
        title = " | ".join(text(f"correction.layer.{name}", lang) for lang in ("pl", "en"))
        source, style = f"./{FILE}|layername={name}", correction_style(name)
        _tree_layer(group, name, title, source, shown=False)
        geometry = {"point": "Point", "line": "Line", "polygon": "Polygon"}[style.geometry] if style else "No geometry"
        node = SubElement(maps, "maplayer", {"type": "vector", "geometry": geometry, "hasScaleBasedVisibilityFlag": "0", "readOnly": "0"})
        SubElement(node, "id").text = name
        SubElement(node, "datasource").text = source
        SubElement(node, "layername").text = title
        if style:
            SubElement(node, "srs").append(_spatial_reference(crs))
        SubElement(node, "provider", {"encoding": "UTF-8"}).text = "ogr"
        if style:
            node.append(renderer(style))
        node.extend(correction_form(layer))


def project_xml(results: Results) -> str:
    """Text of the ``.qgs`` file."""
    crs = results.layers["blocks"].crs
    package = f"./{results.study.name}.gpkg"
    layers = documented_layers(results)
    root = Element("qgis", {"projectname": plain(results.study.title), "version": VERSION})
    SubElement(root, "title").text = plain(results.study.title)
    SubElement(root, "projectCrs").append(_spatial_reference(crs))
    tree = SubElement(root, "layer-tree-group")
    groups = {
        key: SubElement(
            tree,
            "layer-tree-group",
            {"name": " | ".join(text(f"theme.group.{key}", lang) for lang in ("pl", "en")), "expanded": "1", "checked": "Qt::Checked"},
        )
        for key in ("results", "buildings", "base")
    }
    maps = Element("projectlayers")
    presets = Element("visibility-presets")
    first = f"balance_{shown_variant(results).key}"
    base = []
    for name in (
        name for name in ("candidates", "field_work", "pv_arrays", "roof_planes", "buildings", "streets", "boundary") if name in layers
    ):
        layer, style = layers[name]
        title = " | ".join(text(f"layer.{name}", lang) for lang in ("pl", "en"))
        source, identity = f"{package}|layername={name}", f"{name}_base"
        group = {"candidates": "results", "field_work": "buildings", "pv_arrays": "buildings", "roof_planes": "buildings"}.get(name, "base")
        shown = name in {"candidates", "streets", "boundary"}
        _tree_layer(groups[group], identity, title, source, shown=shown)
        _map_layer(maps, identity, title, source, layer, style, crs)
        if shown:
            base.append(identity)
        if name == "candidates":
            # without the houses nobody finds their street on a map of blocks
            title = " | ".join(text("layer.outlines", lang) for lang in ("pl", "en"))
            source = f"{package}|layername=buildings"
            _tree_layer(groups["results"], OUTLINES, title, source, shown=True)
            _map_layer(maps, OUTLINES, title, source, layers["buildings"][0], OUTLINE_STYLE, crs)
            base.append(OUTLINES)
    identities = {}
    for theme in themes(results):
        source, identity = f"{package}|layername={theme.layer}{theme.subset}", theme.identity
        identities[theme.key] = identity
        _tree_layer(groups[theme.group], identity, theme.title, source, shown=theme.key == first)
        _map_layer(maps, identity, theme.title, source, layers[theme.layer][0], theme.style, crs)
        _visibility(presets, theme.title, identity, base)
    if len(results.layers["roof_planes"]):
        title = " | ".join(text("theme.irradiation", lang) for lang in ("pl", "en"))
        source = f"./{results.study.name}_irradiation.tif"
        _tree_layer(groups["buildings"], IRRADIATION, title, source, shown=False, provider="gdal")
        _raster_layer(maps, IRRADIATION, title, source, crs)
        _visibility(presets, title, IRRADIATION, base)
    _correction_layers(tree, maps, crs)
    _canvas(root, results, crs)
    root.extend([maps, presets])
    _properties(root, results)
    layouts = SubElement(root, "Layouts")
    chosen = next(theme for theme in themes(results) if theme.key == first)
    layouts.append(print_layout(results, _extent(results), chosen, [*base[:2], identities[first], *base[2:]]))
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
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        # a fixed date makes two runs byte-equal
        entry = zipfile.ZipInfo(f"{results.study.name}.qgs", date_time=ATTRIBUTES_DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, project_xml(results))
    return [path]


OUTPUTS.add("qgis_project", Output("qgis_project", "processed", write_project, order=20))
