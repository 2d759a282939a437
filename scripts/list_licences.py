"""Write docs/licences.csv: every pinned dependency, its version and licence, as its own metadata say."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "licences.csv"
# not installed on every platform, or with metadata that only point elsewhere; read in the packages themselves
TOLD = {
    "axe-playwright-python": "MIT; axe-core inside: MPL-2.0",
    "brotlicffi": "MIT",
    "cligj": "BSD-3-Clause",
    "colorama": "BSD-3-Clause",
    "xstatic-jquery": "MIT (as jQuery)",
    "xstatic-leaflet": "BSD-2-Clause (as Leaflet)",
}


def pinned() -> dict[str, list[str]]:
    """Versions of each package of constraints.txt; a package may have one for each Python."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9_.-]+)==([^ ;]+)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9_.-]+", requirement)[0]).lower()


def of_the_product() -> set[str]:
    """Packages that a run needs, not only the development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    todo, found = [_name(line) for line in project["dependencies"]], set()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        try:
            lines = requires(name) or []
        except PackageNotFoundError:
            continue
        todo += [_name(line) for line in lines if "extra ==" not in line]
    return found


def licence(name: str) -> str:
    """Licence of an installed package: its expression, else its classifiers, else its short licence field."""
    if name in TOLD:
        return TOLD[name]
    about = metadata(name)
    classifiers = [line.split("::")[-1].strip() for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    short = (about.get("License") or "").strip()
    return about.get("License-Expression") or " or ".join(classifiers) or (short if "\n" not in short and len(short) < 60 else "")


def table() -> str:
    """The whole table as CSV."""
    out, product = io.StringIO(), of_the_product()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["package", "version", "licence", "needed_by"])
    for name, versions in sorted(pinned().items()):
        writer.writerow([name, " / ".join(versions), licence(name), "product" if name in product else "development"])
    return out.getvalue()


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8")
