"""Run by the real QGIS's own Python in some locale: what each print layout says, and the ground on each page of an atlas; printed as JSON."""

import json
import os
import sys
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp()

from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemScaleBar,
    QgsNumericFormatContext,
    QgsProject,
)
from qgis.PyQt.QtCore import QLocale


def words_of(layout):
    """Labels by their name, words of the legend, and a number as the scale bar writes it."""
    items = layout.items()
    labels = {item.id(): item.currentText() for item in items if isinstance(item, QgsLayoutItemLabel)}
    legends = [item for item in items if isinstance(item, QgsLayoutItemLegend)]
    nodes = [
        node for legend in legends for layer in legend.model().rootGroup().findLayers() for node in legend.model().layerLegendNodes(layer)
    ]
    bar = next(item for item in items if isinstance(item, QgsLayoutItemScaleBar))
    told = bar.numericFormat().formatDouble(1234.5, QgsNumericFormatContext())
    return {**labels, "legend": "\n".join(node.data(0) for node in nodes), "bar": told}


def page_of(layout, folder, name):
    """Words and ground of the page that is shown, as it is exported."""
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = 20
    QgsLayoutExporter(layout).exportToImage(f"{folder}/{name}.png", settings)
    shown, bar = layout.itemById("map"), layout.itemById("scalebar")
    box = shown.extent()
    ground = [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]
    return {**words_of(layout), "ground": ground, "scale": shown.scale(), "bar_mm": bar.rect().width(), "step": bar.unitsPerSegment()}


def main(project_file, folder):
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    project.read(project_file)
    found = {"locale": QLocale().name(), "layouts": {}, "atlases": {}, "unpaged": {}}
    for number, layout in enumerate(project.layoutManager().printLayouts()):
        atlas = layout.atlas()
        if not atlas.enabled():
            found["layouts"][layout.name()] = words_of(layout)
            continue
        layout.refresh()
        found["unpaged"][layout.name()] = layout.itemById("map").scale()
        atlas.beginRender()
        pages = found["atlases"].setdefault(layout.name(), {})
        for page in range(atlas.updateFeatures()):
            atlas.seekTo(page)
            pages[str(layout.reportContext().feature().attribute(1))] = page_of(layout, folder, f"{number}-{page}")
        atlas.endRender()
    print("JSON:" + json.dumps(found))
    sys.stdout.flush()
    # layers that outlive QGIS may end its Python with a fault
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:3])
