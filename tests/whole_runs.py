"""
Runs of a corner of the sample estate in processes of their own, and what they leave.

They are runs of a machine without Pango: setting two documents takes half of the time, and files of other kinds are cut off as well.
That PDF are the same to the byte is asked of the whole estate by the manifests of two environments (``.ci/run``).
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WITHOUT_PANGO = ROOT / "tests" / "without_pango"
MODULES = os.pathsep.join((str(WITHOUT_PANGO), str(ROOT)))
NAME = "sample-estate"
CORNER = "bbox = [20.3600421, 50.1521079, 20.3650, 50.15445]"
"""Three blocks, which take every step and make every product."""


def start(root, *options, cwd=ROOT, name=NAME, **environment):
    """A run of the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ped_geo", "report", name, "--root", str(root), "--lang", "en", *options],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": MODULES, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(root, *options, **environment):
    """Exit code and both streams of a whole run."""
    process = start(root, *options, **environment)
    out, err = process.communicate(timeout=1800)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def corner():
    """District file of the corner."""
    text, count = re.subn(r"(?m)^bbox = .*$", CORNER, (ROOT / "districts" / f"{NAME}.toml").read_text(encoding="utf-8"))
    assert count == 1
    return text


def fresh(folder):
    """A root with nothing but the district file of the corner."""
    (folder / "districts").mkdir(parents=True)
    (folder / "districts" / f"{NAME}.toml").write_text(corner(), encoding="utf-8")
    return folder


def products(root):
    """Checksum of every product, by its path; hidden files are the run's own business."""
    found = [path for part in ("data/processed", "maps") for path in (root / part).rglob("*") if path.is_file()]
    shown = {path.relative_to(root): path for path in found}
    return {
        str(name): hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in shown.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def kept_steps(root):
    return sorted(path.parent.name for path in (root / "data" / "processed" / NAME / ".steps").glob("[!.]*/step.json"))


def wait_until(condition, process, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.01)
