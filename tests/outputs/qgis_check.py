"""Opened by the real QGIS's own Python: load a GeoPackage and its project, render each theme and the layout, print what was found as JSON."""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp()

from osgeo import ogr
from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QImage

SIZE = (1200, 900)


def layers_of(package):
    source = ogr.Open(package)
    names = [source.GetLayer(index).GetName() for index in range(source.GetLayerCount())]
    return [name for name in names if name != "layer_styles"]


def describe_raster(layer):
    shader = layer.renderer().shader().rasterShaderFunction()
    return {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "renderer": layer.renderer().type(),
        "classes": [[item.label, item.color.name()] for item in shader.colorRampItemList()],
        "source": layer.source(),
    }


def describe(layer):
    if isinstance(layer, QgsRasterLayer):
        return describe_raster(layer)
    renderer = layer.renderer()
    items = renderer.legendSymbolItems() if renderer else []
    return {
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type() if renderer else "",
        "attribute": renderer.classAttribute() if hasattr(renderer, "classAttribute") else "",
        "classes": [[item.label(), item.symbol().color().name()] for item in items],
        "aliases": {field.name(): field.alias() for field in layer.fields() if field.alias()},
        "maps": [field.name() for field in layer.fields() if field.editorWidgetSetup().type() == "ValueMap"],
        "source": layer.source(),
    }


def opened(package, name):
    layer = QgsVectorLayer(f"{package}|layername={name}", name, "ogr")
    return {**describe(layer), "styles": layer.listStylesInDatabase()[0], "default_style": layer.loadDefaultStyle()[1]}


def render(project, theme, path):
    layers = project.mapThemeCollection().mapThemeVisibleLayers(theme)
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(*SIZE))
    settings.setExtent(next(layer.extent() for layer in layers if layer.id() == "boundary_base"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path)
    return {"errors": [error.message for error in job.errors()], "layers": [layer.name() for layer in layers], "colours": colours(image)}


def colours(image):
    image = image.convertToFormat(QImage.Format_RGB32)
    pixels = image.constBits()
    pixels.setsize(image.sizeInBytes())
    return [f"#{value & 0xFFFFFF:06x}" for value in set(memoryview(bytes(pixels)).cast("I"))]


def export(layout, path):
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = 110
    items = layout.items()
    legends = [item for item in items if isinstance(item, QgsLayoutItemLegend)]
    return {
        "result": int(QgsLayoutExporter(layout).exportToImage(path, settings)),
        "items": [item.__class__.__name__ for item in items],
        "labels": [item.text() for item in items if isinstance(item, QgsLayoutItemLabel)],
        "legend": [[node.name() for node in legend.model().rootGroup().findLayers()] for legend in legends],
        "legend_title": [legend.title() for legend in legends],
        "legend_right_mm": [legend.pos().x() + legend.rect().width() for legend in legends],
        "legend_bottom_mm": [legend.pos().y() + legend.rect().height() for legend in legends],
        "page_mm": [layout.pageCollection().page(0).rect().width(), layout.pageCollection().page(0).rect().height()],
    }


def main(package, project_file, folder):
    application = QgsApplication([], False)
    messages = []
    application.messageLog().messageReceived.connect(lambda text, tag, level: messages.append([tag, int(level), text]))
    application.initQgis()
    found = {"layers": {name: opened(package, name) for name in layers_of(package)}, "themes": {}, "layouts": {}}
    project = QgsProject.instance()
    found["read"] = project.read(project_file)
    found["crs"] = project.crs().authid()
    found["project"] = {layer.name(): describe(layer) for layer in project.mapLayers().values()}
    for number, theme in enumerate(project.mapThemeCollection().mapThemes()):
        found["themes"][theme] = render(project, theme, str(Path(folder) / f"theme-{number}.png"))
    for number, layout in enumerate(project.layoutManager().printLayouts()):
        found["layouts"][layout.name()] = export(layout, str(Path(folder) / f"layout-{number}.png"))
    found["messages"] = messages
    print("JSON:" + json.dumps(found))
    sys.stdout.flush()
    # layers that outlive QGIS may end its Python with a fault
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:4])
