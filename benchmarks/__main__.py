"""``python -m benchmarks [NAME ...]``: run every ``bench_*.py`` and write ``results.json``, or only print the named ones."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(wanted: list[str]) -> int:
    """Run, print and write; 1 when a goal is missed, 2 when nothing is called so. Named ones alone are printed, not written."""
    known = {file.stem.removeprefix("bench_"): file.stem for file in sorted(FOLDER.glob("bench_*.py"))}
    if not set(wanted) <= set(known):
        print(f"benchmarks: choose of {', '.join(known)}.", file=sys.stderr)
        return 2
    results = []
    for name in wanted or known:
        for result in importlib.import_module(f"benchmarks.{known[name]}").benchmarks():
            results.append(result)
            print(
                f"{'met ' if result.met else 'MISS'} {result.name}: {result.ratio:,.4g} (goal {result.goal:,.4g}) {result.accuracy}",
                flush=True,
            )
    if not wanted:
        rows = json.dumps([result.row() for result in results], indent=1, ensure_ascii=False)
        (FOLDER / "results.json").write_text(f"{rows}\n", encoding="utf-8")
    return 0 if all(result.met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
