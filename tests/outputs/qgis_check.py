"""Opened by the real QGIS's own Python: load a GeoPackage and its project, render each theme and the layout, overlay and export layers; print as JSON."""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp()

from osgeo import ogr
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDateTimeRange,
    QgsEditFormConfig,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsFieldFormatterRegistry,
    QgsLayoutExporter,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPage,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsRenderContext,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QSize, Qt, QTime
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtXml import QDomDocument

SIZE = (1200, 900)


def layers_of(package):
    source = ogr.Open(package)
    names = [source.GetLayer(index).GetName() for index in range(source.GetLayerCount())]
    return [name for index, name in enumerate(names) if source.GetLayer(index).GetGeomType() != ogr.wkbNone]


def called(layer):
    """The whole name of a layer, which QGIS tells when one points at it; in the tree its name is short."""
    return layer.title() or layer.name()


def describe_raster(layer):
    shader = layer.renderer().shader().rasterShaderFunction()
    return {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "crs_valid": layer.crs().isValid(),
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
        "crs_valid": layer.crs().isValid(),
        "renderer": renderer.type() if renderer else "",
        "classes": [[item.label(), item.symbol().color().name()] for item in items],
        "aliases": {field.name(): field.alias() for field in layer.fields() if field.alias()},
        "maps": [field.name() for field in layer.fields() if field.editorWidgetSetup().type() == "ValueMap"],
        "source": layer.source(),
    }


def opened(package, name, folder):
    layer = QgsVectorLayer(f"{package}|layername={name}", name, "ogr")
    found = {**describe(layer), "default_style": layer.loadDefaultStyle()[1], "styles": styles(layer)}
    return {**found, "sld": by_sld(package, name, folder), "shown": shown_values(layer)}


def styles(layer):
    """Every style that the package offers for a layer, by its words: whether QGIS reads it, and the classes that it draws then."""
    count, identities, names, words, _ = layer.listStylesInDatabase()
    found = {}
    # those of other layers follow
    for place in range(count):
        identity, name, said = identities[place], names[place], words[place]
        document, other = QDomDocument(), layer.clone()
        document.setContent(layer.getStyleFromDatabase(identity)[0])
        read, message = other.importNamedStyle(document)
        aliases = sum(1 for field in other.fields() if field.alias())
        classes = [[item.label(), item.symbol().color().name()] for item in other.renderer().legendSymbolItems()]
        found[said] = {"name": name, "read": read, "message": message, "classes": classes, "aliases": aliases}
    return found


def by_sld(package, name, folder):
    """What a layer looks like by its open style: words of each rule and the class of each feature."""
    styles = ogr.Open(package).ExecuteSQL(f"SELECT styleSLD FROM layer_styles WHERE f_table_name = '{name}'")
    file = Path(folder) / f"{name}.sld"
    file.write_text(styles.GetNextFeature().GetField(0), encoding="utf-8")
    layer = QgsVectorLayer(f"{package}|layername={name}", name, "ogr")
    message, loaded = layer.loadSldStyle(str(file))
    return {
        "loaded": loaded,
        "message": message,
        "classes": [item.label() for item in layer.renderer().legendSymbolItems()],
        "drawn": drawn(layer),
    }


def shown_values(layer):
    """Text that QGIS shows for each value of the first feature."""
    registry, feature = QgsFieldFormatterRegistry(), next(layer.getFeatures(), None)
    found = {}
    if feature is None:
        return found
    for index, field in enumerate(layer.fields()):
        setup = field.editorWidgetSetup()
        formatter = registry.fieldFormatter(setup.type())
        found[field.name()] = formatter.representValue(layer, index, setup.config(), None, feature.attribute(index))
    return found


def drawn(layer):
    """Words of the class in which each feature is drawn, by its first attribute after the row's number; empty where it is not drawn."""
    if isinstance(layer, QgsRasterLayer):
        return {}
    renderer, context = layer.renderer().clone(), QgsRenderContext()
    context.expressionContext().appendScopes([])
    renderer.startRender(context, layer.fields())
    labels = {item.ruleKey(): item.label() for item in renderer.legendSymbolItems()}
    found = {}
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        keys = renderer.legendKeysForFeature(feature, context)
        found[str(feature.attribute(1))] = " + ".join(sorted(labels[key] for key in keys if key in labels))
    renderer.stopRender(context)
    return found


def pairs(layer, other):
    """Pairs of overlapping features of two layers, found by QGIS's own tool, which takes both to one reference system."""
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    tool = QgsApplication.processingRegistry().algorithmById("native:intersection")
    given = {"INPUT": layer, "OVERLAY": other, "OUTPUT": "memory:"}
    result, done = tool.run(given, context, feedback)
    return context.getMapLayer(result["OUTPUT"]).featureCount() if done else -1


def exported(layer, folder):
    """West, south, east, north of a layer that was exported in degrees."""
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    if isinstance(layer, QgsRasterLayer):
        box = QgsCoordinateTransform(layer.crs(), degrees, QgsProject.instance()).transformBoundingBox(layer.extent())
    else:
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.fileEncoding = "GPKG", "UTF-8"
        options.ct = QgsCoordinateTransform(layer.crs(), degrees, QgsProject.instance())
        file = Path(folder) / "exported.gpkg"
        file.unlink(missing_ok=True)
        QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(file), QgsProject.instance().transformContext(), options)
        written = QgsVectorLayer(str(file), "exported", "ogr")
        box = written.extent()
    return [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]


def frame(year, until):
    """The time from one New Year to another, as the temporal controller asks for it."""
    first, last = (QDateTime(QDate(at, 1, 1), QTime(0, 0), Qt.UTC) for at in (year, until))
    return QgsDateTimeRange(first, last, True, False)


def is_temporal(layer):
    return isinstance(layer, QgsVectorLayer) and layer.temporalProperties().isActive()


def seen_in(layer, year, until):
    """First attributes of the features that a layer shows in a time."""
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    request = QgsFeatureRequest().setFilterExpression(layer.temporalProperties().createFilterString(context, frame(year, until)))
    return sorted(str(feature.attribute(1)) for feature in layer.getFeatures(request))


def frames(project):
    """The time that the project's controller runs through, its step, and what each layer shows in some of its frames."""
    settings = project.timeSettings()
    days = [settings.temporalRange().begin(), settings.temporalRange().end()]
    layers = {called(layer): layer for layer in project.mapLayers().values() if is_temporal(layer)}
    return {
        "days": [day.toString("yyyy-MM-dd") for day in days],
        "step": [settings.timeStep(), int(settings.timeStepUnit())],
        "mode": project.readNumEntry("TemporalControllerWidget", "/NavigationMode")[0],
        "layers": {
            name: {str(year): seen_in(layer, year, year + 5) for year in (2020, 2025, 2030, 2035, 2040, 2045, 2050, 2055)}
            for name, layer in layers.items()
        },
    }


def render(project, theme, path):
    layers = project.mapThemeCollection().mapThemeVisibleLayers(theme)
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(*SIZE))
    settings.setExtent(next(layer.extent() for layer in layers if layer.id() == "boundary_base_layer"))
    if any(is_temporal(layer) for layer in layers):
        settings.setIsTemporal(True)
        settings.setTemporalRange(frame(2040, 2045))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path)
    return {"errors": [error.message for error in job.errors()], "layers": [called(layer) for layer in layers], "colours": colours(image)}


def colours(image):
    image = image.convertToFormat(QImage.Format_RGB32)
    pixels = image.constBits()
    pixels.setsize(image.sizeInBytes())
    return [f"#{value & 0xFFFFFF:06x}" for value in set(memoryview(bytes(pixels)).cast("I"))]


def within(item, layout):
    """Whether an item lies on its page."""
    page, box = layout.pageCollection().page(0).sceneBoundingRect(), item.mapRectToScene(item.rect())
    return isinstance(item, QgsLayoutItemPage) or page.adjusted(-0.5, -0.5, 0.5, 0.5).contains(box)


def export(layout, path, dpi):
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = dpi
    if layout.atlas().enabled():
        layout.atlas().beginRender()
        layout.atlas().seekTo(0)
    items = layout.items()
    legends = [item for item in items if isinstance(item, QgsLayoutItemLegend)]
    return {
        "result": int(QgsLayoutExporter(layout).exportToImage(path, settings)),
        "pages": layout.atlas().updateFeatures() if layout.atlas().enabled() else 1,
        "map_layers": [[called(layer) for layer in item.layers()] for item in items if isinstance(item, QgsLayoutItemMap)],
        "inside": all(within(item, layout) for item in items if isinstance(item, QgsLayoutItem)),
        "items": [item.__class__.__name__ for item in items],
        "labels": [item.currentText() for item in items if isinstance(item, QgsLayoutItemLabel)],
        "legend": [
            [node.customProperty("legend/title-label") or node.name() for node in legend.model().rootGroup().findLayers()]
            for legend in legends
        ],
        "legend_title": [legend.title() for legend in legends],
        "legend_right_mm": [legend.pos().x() + legend.rect().width() for legend in legends],
        "legend_bottom_mm": [legend.pos().y() + legend.rect().height() for legend in legends],
        "page_mm": [layout.pageCollection().page(0).rect().width(), layout.pageCollection().page(0).rect().height()],
    }


def whole(project):
    """Tables with their rows, base maps, relations with the rows that belong to each parent, bookmarks and labelled layers."""
    layers = project.mapLayers().values()
    relations = project.relationManager().relations().values()
    first = {one.id(): next(one.referencedLayer().getFeatures(), None) for one in relations}
    shown = {node.layerId() for node in project.layerTreeRoot().findLayers() if node.isVisible()}
    return {
        "tables": {called(layer): [layer.isValid(), layer.featureCount()] for layer in layers if not layer.isSpatial()},
        "base_maps": {
            called(layer): [layer.isValid(), layer.crs().authid(), layer.id() in shown] for layer in layers if layer.providerType() == "wms"
        },
        "relations": {
            one.id(): [
                one.isValid(),
                called(one.referencedLayer()),
                called(one.referencingLayer()),
                sum(1 for _ in one.getRelatedFeatures(first[one.id()])),
            ]
            for one in relations
            if first[one.id()] is not None
        },
        "tree": [[node.parent().name(), node.name(), called(node.layer())] for node in project.layerTreeRoot().findLayers()],
        "abstract": project.metadata().abstract(),
        "bookmarks": [one.name() for one in project.bookmarkManager().bookmarks()],
        "labelled": {called(layer): labelled(layer) for layer in layers if isinstance(layer, QgsVectorLayer) and layer.labelsEnabled()},
        "tips": {
            called(layer): tip(layer)
            for layer in layers
            if isinstance(layer, QgsVectorLayer) and layer.mapTipTemplate() and next(layer.getFeatures(), None) is not None
        },
        "forms": {called(layer): form(layer) for layer in layers if isinstance(layer, QgsVectorLayer)},
    }


def labelled(layer):
    settings = layer.labeling().settings()
    # a buffer whose format is gone is read from where nothing stands
    written = settings.format()
    return [settings.scaleVisibility, settings.minimumScale, written.buffer().enabled()]


def tip(layer):
    """What the map tip of the first feature says, with all expressions computed."""
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(next(layer.getFeatures()))
    return QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)


def form(layer):
    """Tabs of the form."""
    return [tab.name() for tab in layer.editFormConfig().tabs()] if layer.editFormConfig().layout() == QgsEditFormConfig.TabLayout else []


def elsewhere(project, path):
    """Share of the pixels that are drawn when the project is turned into another reference system."""
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:2180"))
    layers = [node.layer() for node in project.layerTreeRoot().findLayers() if node.isVisible() and node.layer().providerType() != "wms"]
    boundary = next(layer for layer in layers if layer.id() == "boundary_base_layer")
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(300, 300))
    settings.setExtent(QgsCoordinateTransform(boundary.crs(), project.crs(), project).transformBoundingBox(boundary.extent()))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path)
    return [project.crs().authid(), len(colours(image)), len(job.errors())]


def main(package, project_file, folder, squares, most="1000"):
    application = QgsApplication([], False)
    messages = []
    application.messageLog().messageReceived.connect(lambda text, tag, level: messages.append([tag, int(level), text]))
    application.initQgis()
    QgsApplication.processingRegistry().addProvider(QgsNativeAlgorithms())
    found = {"layers": {name: opened(package, name, folder) for name in layers_of(package)}, "themes": {}, "layouts": {}}
    project = QgsProject.instance()
    found["read"] = project.read(project_file)
    found["crs"] = project.crs().authid()
    found["title"] = project.title()
    found["frames"] = frames(project)
    other = QgsVectorLayer(squares, "squares", "ogr")
    found["other_crs"] = other.crs().authid()
    found |= whole(project)
    layers = {called(layer): layer for layer in project.mapLayers().values() if layer.isSpatial() and layer.providerType() != "wms"}
    found["project"] = {name: {**describe(layer), "drawn": drawn(layer), "box": exported(layer, folder)} for name, layer in layers.items()}
    surfaces = {name: layer for name, layer in layers.items() if isinstance(layer, QgsVectorLayer)}
    surfaces = {name: layer for name, layer in surfaces.items() if layer.geometryType() == QgsWkbTypes.PolygonGeometry}
    found["pairs"] = {name: pairs(layer, other) for name, layer in surfaces.items()}
    for number, theme in enumerate(project.mapThemeCollection().mapThemes()):
        found["themes"][theme] = render(project, theme, str(Path(folder) / f"theme-{number}.png"))
    for number, layout in enumerate(project.layoutManager().printLayouts()[: int(most)]):
        found["layouts"][layout.name()] = export(layout, str(Path(folder) / f"layout-{number}.png"), 110 if number == 0 else 20)
    found["in_degrees"] = elsewhere(project, str(Path(folder) / "degrees.png"))
    found["messages"] = messages
    print("JSON:" + json.dumps(found))
    sys.stdout.flush()
    # layers that outlive QGIS may end its Python with a fault
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:6])
