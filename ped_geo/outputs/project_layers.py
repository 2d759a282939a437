"""Layers of the QGIS project as XML: vectors, tables, rasters and base maps, each with a reference system that QGIS takes for valid."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from ped_geo.outputs.attribute_forms import form_elements
from ped_geo.outputs.cartography import label_elements, naming_elements, scale_attributes
from ped_geo.outputs.qml import LayerStyle, raster_pipe, renderer, temporal_elements
from ped_geo.outputs.rasters import irradiation_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyproj import CRS

    from ped_geo.outputs.base_maps import BaseMap
    from ped_geo.outputs.tables import DocumentedLayer

__all__ = ["Leaf", "base_map_layer", "editable_layer", "raster_layer", "spatial_reference", "table_layer", "vector_layer"]


class Leaf(NamedTuple):
    """
    A layer in the tree of the project.

    Attributes
    ----------
    identity : str
        By which themes, relations and layouts name it.
    name : str
        In the tree, which is narrow: short, in both languages.
    source : str
        Where its data lie.
    title : str
        The whole name, which QGIS tells when one points at the layer; empty where it is `name`.
    """

    identity: str
    name: str
    source: str
    title: str = ""


def spatial_reference(crs: CRS) -> Element:
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


def _layer(parent: Element, kind: str, leaf: Leaf, provider: str, **attributes: str) -> Element:
    """The beginning of a ``maplayer``: identity, source, name and title."""
    node = SubElement(parent, "maplayer", {"type": kind, "autoRefreshEnabled": "0", **attributes})
    SubElement(node, "id").text = leaf.identity
    SubElement(node, "datasource").text = leaf.source
    SubElement(node, "layername").text = leaf.name
    SubElement(node, "title").text = leaf.title or leaf.name
    SubElement(node, "provider", {"encoding": "UTF-8"} if provider == "ogr" else {}).text = provider
    return node


def vector_layer(
    parent: Element,
    leaf: Leaf,
    name: str,
    styled: tuple[DocumentedLayer, LayerStyle],
    crs: CRS,
    relations: Mapping[str, str],
) -> None:
    """
    A layer of the GeoPackage as one style draws it.

    Parameters
    ----------
    parent : Element
        ``projectlayers``.
    leaf : Leaf
        Its place in the tree.
    name : str
        Whose labels, scales and map tips it has.
    styled : tuple
        The layer and its style.
    crs : CRS
        Of the layer.
    relations : mapping of str to str
        Identity and key of the relations whose rows its form shows.
    """
    layer, style = styled
    geometry = {"polygon": "Polygon", "line": "Line", "point": "Point"}[style.geometry]
    node = _layer(parent, "vector", leaf, "ogr", geometry=geometry, **scale_attributes(name))
    SubElement(node, "srs").append(spatial_reference(crs))
    node.extend([*temporal_elements(style), renderer(style), *label_elements(name)])
    node.extend([*form_elements(layer, relations), *naming_elements(layer, name)])


def table_layer(parent: Element, leaf: Leaf, table: DocumentedLayer) -> None:
    """A table without shapes."""
    node = _layer(parent, "vector", leaf, "ogr", geometry="No geometry", hasScaleBasedVisibilityFlag="0")
    node.extend(form_elements(table))


def editable_layer(parent: Element, leaf: Leaf, style: LayerStyle | None, form: list[Element], crs: CRS) -> None:
    """A layer, or without a style a table, that people fill in, with its form."""
    geometry = {"polygon": "Polygon", "line": "Line", "point": "Point"}[style.geometry] if style else "No geometry"
    node = _layer(parent, "vector", leaf, "ogr", geometry=geometry, hasScaleBasedVisibilityFlag="0", readOnly="0")
    if style:
        SubElement(node, "srs").append(spatial_reference(crs))
        node.append(renderer(style))
    node.extend(form)


def raster_layer(parent: Element, leaf: Leaf, crs: CRS) -> None:
    """Annual irradiation in its classes."""
    node = _layer(parent, "raster", leaf, "gdal", hasScaleBasedVisibilityFlag="0")
    SubElement(node, "srs").append(spatial_reference(crs))
    node.append(raster_pipe(irradiation_classes()))


def base_map_layer(parent: Element, leaf: Leaf, base: BaseMap) -> None:
    """Tiles from the network."""
    from pyproj import CRS

    node = _layer(parent, "raster", leaf, "wms", hasScaleBasedVisibilityFlag="0")
    SubElement(node, "srs").append(spatial_reference(CRS.from_epsg(3857)))
    rights = SubElement(SubElement(node, "resourceMetadata"), "rights")
    rights.text = base.credit
    pipe = SubElement(node, "pipe")
    SubElement(pipe, "rasterrenderer", {"type": "singlebandcolordata", "band": "1", "opacity": "1", "alphaBand": "-1", "nodataColor": ""})
