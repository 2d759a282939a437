"""What odds of age, state and use add to a run: a place as its files tell it, and with every year, state and use told."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.bench_product import ESTATE, ROOT, Clock
from benchmarks.measure import Result
from ped_geo.buildings.told_uses import SOURCES, USE_KEY
from ped_geo.countries import pack_or_form
from ped_geo.engine import Store
from ped_geo.pipeline import PASSING, STEPS, run_steps
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.study import parse_study

if TYPE_CHECKING:
    import pandas as pd

TOWN = ROOT / "tests" / "real" / "swietochlowice.toml"
TOWN_DATA = ROOT.parent / "shared" / "data" / "swietochlowice_bdot10k" / "swietochlowice_bdot10k.gpkg"
PLACES = ((ESTATE, 2.0), (TOWN, 4.0))
REPEATS = 3
ASKED = ("buildings", "envelope", "demand", "ages", "uncertainty")
"""Steps that read or draw odds, and the demand, which weighs uses; all others know values alone."""

LAST = "uncertainty"
THIS_YEAR = 2024
"""The last period has no end; of it the first year is told."""


def _told(footprints: pd.DataFrame, buildings: pd.DataFrame, country: str) -> pd.DataFrame:
    """The footprints with the likeliest year, state and use of each building as their tags, so that nothing is left to odds."""
    periods = {period.code: period for period in pack_or_form(country).periods}
    tags, sources = [], []
    for name, said, by in zip(footprints.index, footprints["tags"], footprints["tag_sources"], strict=True):
        if name not in buildings.index:
            tags.append(said)
            sources.append(by)
            continue
        row = buildings.loc[name]
        period = periods[row["construction_period"]]
        year = period.last if period.last < THIS_YEAR else period.first
        told = {"start_date": f"{year:.0f}", "refurbishment_state": row["refurbishment_state"], USE_KEY: row["use"]}
        tags.append(json.dumps({**json.loads(said or "{}"), **told}))
        sources.append(json.dumps({**json.loads(by or "{}"), **dict.fromkeys(told, f"{SOURCES[0]} years and uses")}))
    return footprints.assign(tags=tags, tag_sources=sources)


def _run(district: Path, told: pd.DataFrame | None) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """Layers of a run up to the chances, and CPU seconds of each step; `told` are buildings to be told."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = parse_study(district.read_text(encoding="utf-8"), name=district.stem, folder=district.parent)
        site, layers, _ = inputs(study, fetch(study, folder), folder, refresh=False)
        if told is not None:
            layers["footprints"] = _told(layers["footprints"], told, study.country)
        last = next(number for number, step in enumerate(STEPS) if step.name == LAST)
        found = run_steps(STEPS[: last + 1], study, site, layers, store=Store(folder / ".steps"), progress=clock, passing=PASSING)
    return found, clock.seconds


def growth(district: Path) -> tuple[int, dict[str, Any], list[tuple[float, float]]]:
    """Buildings, seconds by step, and of each repeat the seconds of `ASKED` with odds and with all told, taken in turn."""
    first, _ = _run(district, None)
    buildings = first["buildings"]
    pairs, by_step = [], []
    for _ in range(REPEATS):
        (_, odds), (known, all_told) = _run(district, None), _run(district, buildings)
        inside = known["buildings"]
        if (inside["construction_period_probability"] < 1.0).any() or (inside["use_probability"] < 1.0).any():
            raise AssertionError("a year or a use is still open")
        pairs.append((sum(odds[step] for step in ASKED), sum(all_told[step] for step in ASKED)))
        by_step.append({step: odds[step] - all_told[step] for step in ASKED})
    middle = {step: round(statistics.median(row[step] for row in by_step), 2) for step in ASKED}
    return len(buildings), {"seconds more": middle}, pairs


def benchmarks() -> list[Result]:
    """CPU seconds that the odds add to a run of the sample estate and, where its data lie, of Świętochłowice."""
    rows = []
    for district, most in PLACES:
        # the data of the town lie beside the project, and not everywhere
        if district == TOWN and not TOWN_DATA.exists():
            continue
        count, accuracy, pairs = growth(district)
        more, odds, told = (
            statistics.median(part) for part in zip(*((with_odds - none, with_odds, none) for with_odds, none in pairs), strict=True)
        )
        rows.append(
            Result(
                f"odds of age, state and use, {district.stem}: CPU s that they add to a run",
                more, most, odds, told, accuracy, goal_is_upper=True,
                note=f"{count} buildings; the same place with every year, state and use told; median of {REPEATS} pairs",
            )
        )  # fmt: skip
    return rows
