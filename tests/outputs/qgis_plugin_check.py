"""Run by the real QGIS's own Python: the plugin's four algorithms through Processing, on a small place; prints what they gave as JSON."""

import json
import os
import sys
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp()

from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProject


def run(name, given):
    """Outputs of an algorithm, or the sentence with which it refused."""
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    result, done = QgsApplication.processingRegistry().createAlgorithmById(f"ped_geo:{name}").run(given, context, feedback)
    return {**result, "done": done, "log": feedback.textLog()}


def main(plugins, root, polygon, *names):
    application = QgsApplication([], False)
    application.initQgis()
    sys.path.insert(0, plugins)
    import ped_geo_qgis

    # QGIS holds its plugins; one that nobody holds takes its algorithms along
    plugin = ped_geo_qgis.classFactory(None)
    plugin.initProcessing()
    provider = QgsApplication.processingRegistry().providerById("ped_geo")
    found = {
        "algorithms": {one.name(): [one.displayName(), one.shortHelpString()] for one in provider.algorithms()},
        "icon": not provider.icon().isNull(),
    }
    shared = {"ROOT": root, "LOAD": False}
    found["nowhere"] = run("report", {**shared, "DISTRICT": "nowhere"})
    asked = {
        "report": {"DISTRICT": "sample-estate", "BOUNDARY": polygon, "NAME": "corner"},
        "assess": {"DISTRICT": "corner", "AREA": polygon},
        "correct": {"DISTRICT": "corner"},
        "scan": {"PLACES": f"{root}/districts/corner.toml", "NAME": "corner-scan"},
    }
    for name in names:
        found[name] = run(name, {**shared, **asked[name]})
    if "PROJECT" in found.get("report", {}):
        found["read"] = QgsProject.instance().read(found["report"]["PROJECT"])
    print("JSON:" + json.dumps(found))
    sys.stdout.flush()
    # a provider that outlives QGIS may end its Python with a fault
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
