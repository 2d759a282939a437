"""What else a block of flats or a house is used for: shops on its ground floor, offices above them, guests instead of residents."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ped_geo import assumptions, schema
from ped_geo.buildings.attributes import Draft
from ped_geo.buildings.tags import Bounds, parse_number
from ped_geo.buildings.words import NEGATIVE, use_of_tags, word
from ped_geo.study import Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LODGING", "NONE", "infer_second_use"]

NONE = "none"
LODGING = "lodging"
COLD = ("garage", "outbuilding")
PREVAILING = 0.5
"""Housing that prevails, as the databases say of a building's first use, has at least this share of its floors."""

MOST_FLOOR_M2 = 1e7
INSIDE = "inferred: place inside"
UNTOLD = "inferred: no second use told"


@cache
def _lodging_words() -> frozenset[tuple[str, str]]:
    table = assumptions.table("lodging_words")
    return frozenset(zip(table["key"], table["value"], strict=True))


def _lodges(tags: Mapping[str, str]) -> bool:
    """Whether tags tell of rooms for guests, in whom no household lives."""
    return any((key, word(tags.get(key, ""))) in _lodging_words() for key in ("building", "tourism"))


def _is_lodging(tags: Mapping[str, str]) -> bool:
    """Whether a whole building is for guests; rooms in what is mapped as a house or block of flats are a part of it."""
    homes = use_of_tags({"building": tags.get("building", "")}).use.startswith("residential")
    return _lodges({"building": tags.get("building", "")}) or (_lodges(tags) and not homes)


def _use(tags: Mapping[str, str]) -> str:
    """Use that tags tell beside dwellings, "" where they tell none."""
    if _lodges(tags):
        return LODGING
    use = use_of_tags(tags).use
    return "" if use.startswith("residential") else use


def _own(tags: Mapping[str, str]) -> set[str]:
    """Uses that the tags of a building of dwellings tell beside them: ``building:use`` and what is tagged on it, such as ``shop``."""
    listed = [part for part in map(word, re.split(r"[;,/|]", tags.get("building:use", ""))) if part not in NEGATIVE]
    others = {key: value for key, value in tags.items() if key != "building"}
    return ({_use({"building": part}) for part in listed} | {_use(others)}) - {""}


def _of_earlier_run(tags: Mapping[str, str]) -> float:
    """Heated floor of the second use that the layer of an earlier run tells, m²; 0 where it tells none."""
    if tags.get("second_use", NONE) not in schema.columns("buildings")["second_use"].values or tags.get("second_use") == NONE:
        return 0.0
    told, _ = parse_number(tags.get("second_use_area_m2", ""), Bounds(0.0, MOST_FLOOR_M2))
    return told if np.isfinite(told) else 0.0


def infer_second_use(
    draft: Draft, inside: list[list[dict[str, str]]], use: NDArray[np.object_], use_source: NDArray[np.object_], gross: NDArray[np.float64],
    study: Study,
) -> dict[str, NDArray[np.object_] | NDArray[np.float64]]:  # fmt: skip
    """
    Second use of buildings of dwellings, and the floor that it takes from them.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings.
    inside : list of list of dict
        Tags of all places inside each building.
    use, use_source : array of str
        Use of each building, and where it is known from.
    gross : array
        Gross floor area, m².
    study : Study
        Settings.

    Returns
    -------
    dict
        ``second_use`` (the one with most floor; ``none``), ``second_use_source``, ``second_floor_m2`` and ``cold_floor_m2``, the gross
        floor of all heated and unheated second uses.

    Notes
    -----
    What a register or the building's own tags tell fills the ground floor, shared by all such uses but offices, which fill a storey
    more. What an earlier run told takes the floor that it told. A place that is only mapped inside takes ``building.place_floor``, up to the ground floor. Dwellings keep at least half of
    the floor, since they prevail. A hotel has no dwellings at all.
    """
    count = len(draft)
    second, source = np.full(count, NONE, dtype=object), np.full(count, UNTOLD, dtype=object)
    warm, cold = np.zeros(count), np.zeros(count)
    one = study.assumed("building.place_floor")
    for row in np.flatnonzero(np.char.startswith(use.astype(str), "residential")):
        tags = draft.tags[row]
        if _is_lodging(tags) or (use_source[row] == INSIDE and any(map(_lodges, inside[row]))):
            second[row], source[row], warm[row] = LODGING, use_source[row], gross[row]
            continue
        if floor := _of_earlier_run(tags):
            second[row], source[row] = tags["second_use"], tags.get("second_use_source") or draft.source(int(row), "building:use")
            warm[row] = min(floor / study.assumed("building.reference_area_share"), PREVAILING * gross[row])
            continue
        storey = float(min(draft.area[row], gross[row]))
        own = _own(tags)
        floors = _floors(own, [found for place in inside[row] if (found := _use(place))], storey, one)
        if not floors:
            continue
        scale = min(1.0, PREVAILING * gross[row] / max(sum(floors.values()), 1e-9))
        second[row] = max(sorted(floors), key=lambda name: floors[name])
        source[row] = draft.source(int(row), "building:use") if second[row] in own else INSIDE
        warm[row] = scale * sum(area for name, area in floors.items() if name not in COLD)
        cold[row] = scale * sum(area for name, area in floors.items() if name in COLD)
    return {"second_use": second, "second_use_source": source, "second_floor_m2": warm, "cold_floor_m2": cold}


def _floors(told: set[str], places: list[str], storey_m2: float, place_m2: float) -> dict[str, float]:
    """Gross floor of each second use, m²: told ones fill a storey, mapped places their own floor up to a storey."""
    ground = sorted(told - {"office"})
    floors = {name: storey_m2 / len(ground) for name in ground} | ({"office": storey_m2} if "office" in told else {})
    wanted: dict[str, float] = defaultdict(float)
    for name in places:
        if name not in told:
            wanted[name] += place_m2
    left = storey_m2 * (not ground)
    fits = min(1.0, left / max(sum(wanted.values()), 1e-9))
    return floors | {name: area * fits for name, area in wanted.items() if area * fits > 0}
