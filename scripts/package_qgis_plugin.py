"""Package the QGIS plugin as a zip with the same bytes whenever its files are the same."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "ped_geo_qgis"
DATE = (2024, 1, 1, 0, 0, 0)
ENDINGS = {".py", ".txt", ".svg", ".html", ""}


def package(target: Path) -> Path:
    """Write the zip, its files in the order of their names and with a fixed date."""
    folder = ROOT / "qgis_plugin" / NAME
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in ENDINGS and "__pycache__" not in path.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), date_time=DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return target


if __name__ == "__main__":
    print(package(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "processed" / f"{NAME}.zip"))
