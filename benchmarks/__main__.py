"""``python -m benchmarks [NAME ...]``: run every ``bench_*.py`` (or the named ones) and write ``results.json``."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(wanted: list[str]) -> int:
    """Run, print and write; 1 when a goal is missed."""
    results = []
    for file in sorted(FOLDER.glob("bench_*.py")):
        if wanted and file.stem.removeprefix("bench_") not in wanted:
            continue
        for result in importlib.import_module(f"benchmarks.{file.stem}").benchmarks():
            results.append(result)
            print(
                f"{'met ' if result.met else 'MISS'} {result.name}: {result.ratio:,.4g} (goal {result.goal:,.4g}) {result.accuracy}",
                flush=True,
            )
    (FOLDER / "results.json").write_text(
        json.dumps([result.row() for result in results], indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return 0 if all(result.met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
