"""Opened by the real QGIS's own Python: read the project of a scan, draw its themes and a page, intersect its blocks with a layer; print as JSON."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outputs"))

from qgis.analysis import QgsNativeAlgorithms
from qgis.core import QgsApplication, QgsLayoutItemMap, QgsMapRendererParallelJob, QgsMapSettings, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
from qgis_check import called, colours, drawn, export, labelled, pairs


def picture(project, theme, view, path):
    """A theme in the view of the first page."""
    settings = QgsMapSettings()
    settings.setLayers(project.mapThemeCollection().mapThemeVisibleLayers(theme))
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(1000, 800))
    settings.setExtent(view)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)
    return {"errors": [error.message for error in job.errors()], "colours": colours(job.renderedImage())}


def main(project_file, folder, squares):
    application = QgsApplication([], False)
    application.initQgis()
    QgsApplication.processingRegistry().addProvider(QgsNativeAlgorithms())
    project = QgsProject.instance()
    found = {"read": project.read(project_file), "crs": [project.crs().isValid(), project.crs().authid()], "layers": {}, "themes": {}}
    for layer in project.mapLayers().values():
        about = {"valid": layer.isValid(), "crs_valid": layer.crs().isValid(), "crs": layer.crs().authid(), "source": layer.source()}
        if isinstance(layer, QgsVectorLayer):
            about |= {"count": layer.featureCount(), "name": called(layer), "drawn": drawn(layer)}
            about["labels"] = labelled(layer) if layer.labelsEnabled() else None
        found["layers"][layer.id()] = about
    layouts = project.layoutManager().printLayouts()
    view = next(item for item in layouts[0].items() if isinstance(item, QgsLayoutItemMap)).extent()
    for number, theme in enumerate(project.mapThemeCollection().mapThemes()):
        found["themes"][theme] = picture(project, theme, view, str(Path(folder) / f"theme-{number}.png"))
    found["layouts"] = [layout.name() for layout in layouts]
    found["page"] = export(layouts[0], str(Path(folder) / "page.png"), 110)
    found["pairs"] = pairs(project.mapLayer("theme_layer_reason"), QgsVectorLayer(squares, "squares", "ogr"))
    print("JSON:" + json.dumps(found))
    sys.stdout.flush()
    os._exit(0)


main(*sys.argv[1:4])
