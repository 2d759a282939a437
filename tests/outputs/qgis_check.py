"""Opened by the real QGIS's own Python: load a GeoPackage and its project, render each theme and the layout, print what was found as JSON."""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")

from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize


def layers_of(package):
    from osgeo import ogr

    source = ogr.Open(package)
    return [source.GetLayer(index).GetName() for index in range(source.GetLayerCount())]


def describe(layer):
    renderer = layer.renderer()
    return {
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type() if renderer else "",
        "attribute": renderer.classAttribute() if hasattr(renderer, "classAttribute") else "",
        "classes": len(renderer.legendSymbolItems()) if renderer else 0,
        "aliases": {field.name(): field.alias() for field in layer.fields() if field.alias()},
        "source": layer.source(),
    }


def render(project, theme, path):
    settings = QgsMapSettings()
    settings.setLayers(project.mapThemeCollection().mapThemeVisibleLayers(theme))
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(800, 600))
    settings.setExtent(extent(settings))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path)
    colours = {image.pixelColor(x, y).name() for x in range(0, 800, 7) for y in range(0, 600, 7)}
    return {"errors": [error.message for error in job.errors()], "colours": len(colours)}


def extent(settings):
    whole = settings.layers()[0].extent()
    for layer in settings.layers()[1:]:
        whole.combineExtentWith(layer.extent())
    return whole


def main(package, project_file, folder):
    application = QgsApplication([], False)
    messages = []
    application.messageLog().messageReceived.connect(lambda text, tag, level: messages.append([tag, int(level), text]))
    application.initQgis()
    found = {"layers": {}, "project": {}, "themes": {}, "layouts": {}}
    for name in layers_of(package):
        if name == "layer_styles":
            continue
        layer = QgsVectorLayer(f"{package}|layername={name}", name, "ogr")
        found["layers"][name] = {**describe(layer), "styles": layer.listStylesInDatabase()[0], "default_style": layer.loadDefaultStyle()[1]}
    project = QgsProject.instance()
    found["read"] = project.read(project_file)
    found["crs"] = project.crs().authid()
    found["project"] = {layer.name(): describe(layer) for layer in project.mapLayers().values()}
    for number, theme in enumerate(project.mapThemeCollection().mapThemes()):
        found["themes"][theme] = render(project, theme, str(Path(folder) / f"theme-{number}.png"))
    for number, layout in enumerate(project.layoutManager().printLayouts()):
        exporter = QgsLayoutExporter(layout)
        settings = QgsLayoutExporter.ImageExportSettings()
        settings.dpi = 80
        path = str(Path(folder) / f"layout-{number}.png")
        kinds = [item.__class__.__name__ for item in layout.items()]
        found["layouts"][layout.name()] = {"result": int(exporter.exportToImage(path, settings)), "items": kinds}
    found["messages"] = messages
    print("JSON:" + json.dumps(found))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:4])
