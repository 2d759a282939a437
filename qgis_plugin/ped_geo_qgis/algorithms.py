"""The four algorithms: report, assessment of a selection, corrections, scan."""

from __future__ import annotations

import filecmp
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsFeature,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsVectorFileWriter,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtGui import QIcon

from .program import district_path, run_program
from .words import help_text, words

PLACE = re.compile(r"(?ms)^\[place\].*?(?=^\[|\Z)")


class _Algorithm(QgsProcessingAlgorithm):
    """What the four have in common: a working folder, the program, and the project to open."""

    key = ""
    opens = True

    def name(self) -> str:
        """Name in commands."""
        return self.key

    def displayName(self) -> str:  # noqa: N802 - QGIS asks for this name
        """Name in the toolbox."""
        return words(self.key)

    def createInstance(self) -> QgsProcessingAlgorithm:  # noqa: N802 - QGIS asks for this name
        """A fresh copy."""
        return type(self)()

    def shortHelpString(self) -> str:  # noqa: N802 - QGIS asks for this name
        """The page of help."""
        return help_text()

    def icon(self) -> QIcon:
        """That of the plugin."""
        return QIcon(str(Path(__file__).with_name("icon.svg")))

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: ARG002, N802 - QGIS asks for this name
        """Declare parameters and outputs."""
        self.parameters()
        folder = QgsProcessingParameterFile("ROOT", words("root"), behavior=QgsProcessingParameterFile.Folder)
        self.addParameter(folder)
        program = QgsProcessingParameterString("PROGRAM", words("program"), defaultValue="", optional=True)
        program.setFlags(program.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
        self.addParameter(program)
        if self.opens:
            self.addParameter(QgsProcessingParameterBoolean("LOAD", words("load"), defaultValue=True))
            self.addOutput(QgsProcessingOutputFile("PROJECT", words("project")))
        self.addOutput(QgsProcessingOutputFolder("FOLDER", words("folder")))
        self.addOutput(QgsProcessingOutputString("SAID", words("said")))

    def parameters(self) -> None:
        """Declare what this one asks for."""

    def called(
        self, command: list[str], name: str, given: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the program; where the products of `name` are."""
        root = self.parameterAsString(given, "ROOT", context)
        answer = run_program(command, self.parameterAsString(given, "PROGRAM", context), root, feedback)
        folder = Path(root) / "data" / "processed" / name
        found = {"FOLDER": str(folder), "SAID": json.dumps(answer, ensure_ascii=False)}
        project = folder / f"{name}.qgz"
        if self.opens and project.is_file():
            found["PROJECT"] = str(project)
            if self.parameterAsBool(given, "LOAD", context):
                _open_later(str(project))
        return found

    def written(self, given: dict[str, Any], name: str, path: Path, context: QgsProcessingContext) -> None:
        """Write the shapes of a parameter, selected ones alone where the user said so."""
        source = self.parameterAsSource(given, name, context)
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", "area"
        kind, crs = QgsWkbTypes.MultiPolygon, source.sourceCrs()
        writer = QgsVectorFileWriter.create(str(path), source.fields().__class__(), kind, crs, context.transformContext(), options)
        count = 0
        for feature in source.getFeatures():
            if feature.hasGeometry():
                shape = QgsFeature()
                geometry = feature.geometry()
                geometry.convertToMultiType()
                shape.setGeometry(geometry)
                count += writer.addFeature(shape)
        del writer
        if not count:
            raise QgsProcessingException(words("no_shapes"))


def _open_later(project: str) -> None:
    """Open a project in the window, which asks before it closes another; nothing without a window."""
    from qgis.utils import iface

    if iface is not None:
        QTimer.singleShot(0, lambda: iface.addProject(project))


class Report(_Algorithm):
    """The whole way for one place, or for a polygon with the sources of a district file."""

    key = "report"

    def parameters(self) -> None:
        """District, and a polygon in its stead."""
        self.addParameter(QgsProcessingParameterString("DISTRICT", words("district")))
        kinds = [QgsProcessing.TypeVectorPolygon]
        self.addParameter(QgsProcessingParameterFeatureSource("BOUNDARY", words("boundary"), kinds, optional=True))
        self.addParameter(QgsProcessingParameterString("NAME", words("boundary_name"), defaultValue="", optional=True))

    def processAlgorithm(self, given: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Write a district file where a polygon is given, and run."""
        root = self.parameterAsString(given, "ROOT", context)
        district = district_path(self.parameterAsString(given, "DISTRICT", context), root)
        if self.parameterAsSource(given, "BOUNDARY", context) is not None:
            district = self._own(district, given, context)
        return self.called(["report", str(district)], district.stem, given, context, feedback)

    def _own(self, template: Path, given: dict[str, Any], context: QgsProcessingContext) -> Path:
        """A district file beside another, with its settings and the polygon as its place."""
        name = re.sub(r"[^a-z0-9-]+", "-", (self.parameterAsString(given, "NAME", context) or f"{template.stem}-polygon").lower()).strip(
            "-"
        )
        district, shape = template.with_name(f"{name}.toml"), template.with_name(f"{name}.boundary.gpkg")
        told = template.read_text(encoding="utf-8")
        own = PLACE.sub("", told).rstrip() + f'\n\n[place]\nboundary_file = "{shape.name}"\n'
        if district.exists() and district.read_text(encoding="utf-8") != own:
            raise QgsProcessingException(words("taken", path=district))
        shape.unlink(missing_ok=True)
        self.written(given, "BOUNDARY", shape, context)
        district.write_text(own, encoding="utf-8")
        return district


class Assess(_Algorithm):
    """What a group of blocks comes to, from the finished steps of its district."""

    key = "assess"
    opens = False

    def parameters(self) -> None:
        """District and shapes."""
        self.addParameter(QgsProcessingParameterString("DISTRICT", words("district")))
        self.addParameter(QgsProcessingParameterFeatureSource("AREA", words("area"), [QgsProcessing.TypeVectorPolygon]))

    def processAlgorithm(self, given: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Hand the shapes to the program."""
        district = district_path(self.parameterAsString(given, "DISTRICT", context), self.parameterAsString(given, "ROOT", context))
        with tempfile.TemporaryDirectory() as folder:
            area = Path(folder) / "selection.gpkg"
            self.written(given, "AREA", area, context)
            return self.called(["assess", str(district), str(area)], district.stem, given, context, feedback)


class Correct(_Algorithm):
    """Put corrections where the program looks for them, and compute anew what they change."""

    key = "correct"

    def parameters(self) -> None:
        """District and corrections."""
        self.addParameter(QgsProcessingParameterString("DISTRICT", words("district")))
        self.addParameter(QgsProcessingParameterFile("CORRECTIONS", words("corrections"), extension="gpkg", optional=True))

    def processAlgorithm(self, given: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Copy the file beside the district's, where it is not there, and run."""
        district = district_path(self.parameterAsString(given, "DISTRICT", context), self.parameterAsString(given, "ROOT", context))
        corrections = self.parameterAsString(given, "CORRECTIONS", context)
        place = district.with_name(f"{district.stem}.corrections.gpkg")
        if corrections and Path(corrections).resolve() != place.resolve():
            if place.exists() and not filecmp.cmp(corrections, place, shallow=False):
                raise QgsProcessingException(words("other_corrections", path=place))
            shutil.copyfile(corrections, place)
        return self.called(["report", str(district)], district.stem, given, context, feedback)


class Scan(_Algorithm):
    """Rank every block of a city, or of several places at once."""

    key = "scan"
    opens = False

    def parameters(self) -> None:
        """Places and a name."""
        self.addParameter(QgsProcessingParameterString("PLACES", words("places")))
        self.addParameter(QgsProcessingParameterString("NAME", words("scan_name"), defaultValue="", optional=True))

    def processAlgorithm(self, given: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Run the scan; an interrupted one goes on where it stopped."""
        places = [place.strip() for place in self.parameterAsString(given, "PLACES", context).split(";") if place.strip()]
        name = self.parameterAsString(given, "NAME", context)
        command = ["scan", *places, *(["--name", name] if name else [])]
        return self.called(command, name or Path(places[0]).stem, given, context, feedback)


ALGORITHMS = (Report, Assess, Correct, Scan)
