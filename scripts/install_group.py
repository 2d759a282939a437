"""Install a dependency group of pyproject.toml into the environment that runs this, beside what is pinned; older pips know no ``--group``."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    if find_spec("pip") is None:
        # an environment that uv made
        subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
    pinned = ["--only-binary", ":all:", "-c", str(ROOT / "constraints.txt")]
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *pinned]
    sys.exit(subprocess.run([*command, *groups[sys.argv[1]]], check=False).returncode)
