"""Runs of the sample estate in processes of their own, and what they leave."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "sample-estate"


def start(root, *options, cwd=ROOT, name=NAME, **environment):
    """A run of the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ped_geo", "report", name, "--root", str(root), "--lang", "en", *options],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
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


def fresh(folder):
    (folder / "districts").mkdir(parents=True)
    shutil.copy(ROOT / "districts" / f"{NAME}.toml", folder / "districts")
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
