"""A generated city scanned from GeoParquet to ranked blocks and candidates with all default variants: CPU and memory per building."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.city import write_city
from benchmarks.measure import Result

ROOT = Path(__file__).resolve().parents[1]
SIZES = (5_000, 20_000)
GOAL_US, GOAL_KB, GOAL_GROWTH = 250.0, 15.0, 1.2


def measured(buildings: int) -> tuple[int, float, float]:
    """Buildings of the city, CPU seconds of the scan with its tiles, and the greatest memory of one of its processes [kB]."""
    with tempfile.TemporaryDirectory() as name:
        district = write_city(Path(name), buildings)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "ped_geo", "scan", str(district), "--root", name, "--json"]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(json.loads(told.stdout)["buildings"]), spent, float(after.ru_maxrss)


def benchmarks() -> list[Result]:
    """CPU and memory per building at two sizes, and how CPU per building grows."""
    rows, per_building = [], []
    for size in SIZES:
        buildings, seconds, kilobytes = measured(size)
        per_building.append(seconds / buildings)
        rows += [
            Result(
                f"scan of a generated city of {buildings:,} buildings, eight variants: CPU us per building",
                1e6 * seconds / buildings, GOAL_US, seconds, 0.0, goal_is_upper=True, note="one run, programs and libraries loaded anew",
            ),
            Result(
                f"scan of a generated city of {buildings:,} buildings: greatest memory of a process, kB per building",
                kilobytes / buildings, GOAL_KB, seconds, 0.0, goal_is_upper=True,
            ),
        ]  # fmt: skip
    rows.append(
        Result("scan: CPU per building of the larger city over the smaller", per_building[1] / per_building[0], GOAL_GROWTH, 0.0, 0.0, goal_is_upper=True)
    )  # fmt: skip
    return rows
