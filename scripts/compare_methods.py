"""
Writes the tables of docs/heat.md: figures of four places by the simple method of EN ISO 13790 and by that of EN ISO 52016-1.

Call it with a folder where the runs may be kept: ``python scripts/compare_methods.py build/methods``. It runs each place with both methods,
one after the other and each in a process of its own, and needs the real data that tests/real names. Runs that are there take seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ped_geo.language import in_currency, money_of, number

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "heat.md"
PLACES = {
    "Sample estate": "sample-estate",
    "Hoyerswerda": "tests/real/hoyerswerda.toml",
    "Bieńczyce": "tests/real/bienczyce.toml",
    "Świętochłowice": "tests/real/swietochlowice.toml",
}
BANDED = ("Sample estate", "Hoyerswerda")
PACKAGES = {"existing": "today", "usual": "usual package", "advanced": "advanced package", "near_zero": "near-zero package"}
CLEAN, SMALL = "advanced_clean_heat_all_pv", "near_zero_heat_pump_pv"
BEFORE, AFTER, PLAIN = "hourly", "iso52016", "without the band"
"""Methods; the last is the second without its band of small needs."""


def figures_of(place: str, method: str, root: Path) -> dict[str, Any]:
    """What is told of one run."""
    from ped_geo.cli import read_study
    from ped_geo.outputs.tables import variant_name
    from ped_geo.pipeline.run import compute

    root.mkdir(parents=True, exist_ok=True)
    study = read_study(place, ROOT)
    overrides = {**study.overrides, f"demand.small_need_{AFTER}": 1.0} if method == PLAIN else study.overrides
    demand = study.demand.model_copy(update={"method": BEFORE if method == BEFORE else AFTER})
    results = compute(study.model_copy(update={"demand": demand, "overrides": overrides}), root)
    layers, figures = results.layers, results.figures
    need, ids = layers["need"], layers["need"].index.get_level_values(0)
    need = (
        need[layers["buildings"]["in_district"].reindex(ids).to_numpy(dtype=bool)]
        .groupby(level=1)[["heat_need_kwh_a", "heat_peak_kw"]]
        .sum()
    )
    ways = layers["recommendation"]
    ways = ways[ways["group_id"] == "district"].set_index("variant")
    way = str(ways.index[ways["recommended"].astype(bool)][0])
    floor = float(ways["reference_area_m2"].to_numpy(dtype=float)[0])
    told = {f"need_{name}": float(need["heat_need_kwh_a"][name]) / floor for name in PACKAGES}
    for name, key in (("today", "today"), ("clean", CLEAN), ("way", way), ("small", SMALL)):
        told |= {f"balance_{name}": figures.value("balance", key), f"chance_{name}": figures.value("p_positive", key)}
    with money_of(results.study.country):
        currency = in_currency("¤¤")
    low, high = figures.edges("balance", SMALL)
    return {
        **told,
        "floor": floor,
        "peak": float(need["heat_peak_kw"]["existing"]) / 1000.0,
        "small_low": low,
        "small_high": high,
        "way": next(variant_name(variant, "en", short=True) for variant in results.study.variants if variant.key == way),
        "npv": float(ways["npv"].astype("float64")[way]) / 1e6,
        "currency": currency,
    }


def asked(place: str, method: str, folder: Path) -> dict[str, Any]:
    """The same from a process of its own: a run leaves nothing behind in the next."""
    root = folder / f"{Path(place).stem}-{BEFORE if method == BEFORE else AFTER}"
    done = subprocess.run([sys.executable, __file__, str(root), place, method], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def moved(before: dict[str, Any], after: dict[str, Any], key: str, digits: int, unit: str = "") -> str:
    """Both values of a figure."""
    return f"{number(before[key], 'en', digits)} → {number(after[key], 'en', digits)}{unit}"


def verdict(found: dict[str, Any]) -> str:
    """Whether the recommended way is positive."""
    return "positive" if found["balance_way"] >= 0 else "not positive"


def rows(both: list[tuple[dict[str, Any], dict[str, Any]]]) -> Iterator[str]:
    """Table of the two methods."""
    yield f"| | {' | '.join(PLACES)} |"
    yield "|---|" + "---|" * len(both)
    named = {f"need_{name}": (f"Need, {words}, kWh/(m²·a)", 1) for name, words in PACKAGES.items()}
    named |= {
        "peak": ("Sum of peaks of buildings today, MW", 1),
        "balance_today": ("Balance today, kWh/(m²·a)", 1),
        "balance_clean": ("Balance of the advanced way with clean heat and all PV", 1),
        "balance_way": ("Balance of the recommended way", 1),
        "chance_way": ("Chance that the recommended way is positive, %", 2),
    }
    yield f"| Heated floor, m² | {' | '.join(number(after['floor'], 'en') for _, after in both)} |"
    for key, (words, digits) in named.items():
        yield f"| {words} | {' | '.join(moved(*one, key, digits) for one in both)} |"
    yield f"| Verdict on it | {' | '.join(f'{verdict(before)} → {verdict(after)}' for before, after in both)} |"
    ways = (after["way"] if before["way"] == after["way"] else f"{before['way']} → {after['way']}" for before, after in both)
    yield f"| Recommended way | {' | '.join(ways)} |"
    money = (moved(*one, "npv", 1, f" {one[1]['currency']}") for one in both)
    yield f"| Net present value of the recommended way, million | {' | '.join(money)} |"


def band_rows(both: list[tuple[dict[str, Any], dict[str, Any]]]) -> Iterator[str]:
    """Table of the method of EN ISO 52016-1 without and with the band of small needs."""
    yield f"| without → with the band | {' | '.join(BANDED)} |"
    yield "|---|" + "---|" * len(both)
    named = {
        "small_low": ("Near-zero way, balance, 5 of 100 draws below, kWh/(m²·a)", 1),
        "small_high": ("Near-zero way, balance, 5 of 100 draws above, kWh/(m²·a)", 1),
        "chance_small": ("Chance that the near-zero way is positive, %", 2),
        "chance_clean": ("Chance that the advanced way with clean heat and all PV is positive, %", 2),
    }
    for key, (words, digits) in named.items():
        yield f"| {words} | {' | '.join(moved(*one, key, digits) for one in both)} |"


def put(page: str, name: str, lines: Iterator[str]) -> str:
    """The page with a table anew between its two marks."""
    mark, end = f"<!-- {name}: written by scripts/compare_methods.py -->", "<!-- end of table -->"
    head, rest = page.split(mark)
    return f"{head}{mark}\n\n" + "\n".join(lines) + f"\n\n{end}{rest.split(end, 1)[1]}"


def main(folder: Path) -> None:
    """Run what is not there and write the page."""
    runs = {name: (asked(place, BEFORE, folder), asked(place, AFTER, folder)) for name, place in PLACES.items()}
    banded = [(asked(PLACES[name], PLAIN, folder), runs[name][1]) for name in BANDED]
    page = put(PAGE.read_text(encoding="utf-8"), "methods", rows(list(runs.values())))
    PAGE.write_text(put(page, "band", band_rows(banded)), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(Path(sys.argv[1]).absolute())
    else:
        print(json.dumps(figures_of(sys.argv[2], sys.argv[3], Path(sys.argv[1]))))
