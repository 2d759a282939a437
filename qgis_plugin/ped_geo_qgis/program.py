"""Calling the installed program: found, run, stopped, and its one answer read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsSettings

from .words import language, words

POLL_S = 0.2


def find_program(given: str) -> str:
    """
    Path of the program: as given, as the settings remember it, of the environment, or on the path.

    Raises
    ------
    QgsProcessingException
        If it is nowhere.
    """
    told = (given, str(QgsSettings().value("ped_geo/program", "") or ""), os.environ.get("PED_GEO_PROGRAM", ""), "ped-geo")
    found = next((path for path in (shutil.which(name) for name in told if name) if path), None)
    if not found:
        raise QgsProcessingException(words("no_program"))
    return found


def _environment() -> dict[str, str]:
    """The environment without what makes another Python load the libraries of QGIS."""
    foreign = ("PYTHON", "QT_", "QGIS", "GDAL", "PROJ", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def run_program(arguments: list[str], program: str, root: str, feedback: QgsProcessingFeedback) -> dict[str, Any]:
    """
    Run a command of the program.

    Parameters
    ----------
    arguments : list of str
        Command and what it takes.
    program : str
        As the user gave it; may be empty.
    root : str
        Working folder.
    feedback : QgsProcessingFeedback
        Is told the command, and asked whether to stop.

    Returns
    -------
    dict
        What the program answered.

    Raises
    ------
    QgsProcessingException
        In the program's own sentence.
    """
    command = [find_program(program), *arguments, "--root", root, "--lang", language(), "--json"]
    feedback.pushCommandInfo(" ".join(command))
    # files instead of pipes: nothing can fill up while nobody reads
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        with subprocess.Popen(command, stdout=said, stderr=complained, stdin=subprocess.DEVNULL, env=_environment()) as running:  # noqa: S603 - the user's own program, and no shell
            while running.poll() is None:
                if feedback.isCanceled():
                    running.terminate()
                    running.wait()
                    raise QgsProcessingException(words("cancelled"))
                time.sleep(POLL_S)
        texts = []
        for stream in (said, complained):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", errors="replace").strip())
    try:
        answer = json.loads(texts[0])
    except ValueError:
        answer = {}
    if running.returncode != 0:
        raise QgsProcessingException(words("failed", code=running.returncode, said=answer.get("error") or texts[1] or texts[0]))
    feedback.pushInfo(texts[0])
    return answer if isinstance(answer, dict) else {"said": answer}


def district_path(district: str, root: str) -> Path:
    """
    The district file of a name or path.

    Raises
    ------
    QgsProcessingException
        If there is none.
    """
    path = Path(district) if district.endswith(".toml") else Path(root) / "districts" / f"{district}.toml"
    if not path.is_file():
        raise QgsProcessingException(words("no_district", path=path))
    return path
