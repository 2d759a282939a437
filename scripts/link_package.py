"""Make ``import ped_geo`` and the ``ped-geo`` command work in the local environment, without a build step."""

from __future__ import annotations

import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    paths = {name: Path(place) for name, place in sysconfig.get_paths().items()}
    (paths["purelib"] / "ped_geo.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = paths["scripts"] / "ped-geo"
    command.write_text(f'#!/bin/sh\nexec "{paths["scripts"]}/python" -m ped_geo "$@"\n', encoding="utf-8")
    command.chmod(0o755)
