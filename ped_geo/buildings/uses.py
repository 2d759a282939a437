"""What a building is used for: its tags, what stands in and around it, and its size: ground, storeys and height."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.buildings.attributes import Draft
from ped_geo.buildings.neighbours import commonest_of_neighbours
from ped_geo.buildings.tags import Bounds, parse_height, parse_number
from ped_geo.buildings.told_uses import SOURCES, USE_KEY
from ped_geo.buildings.words import meaning, roof_shapes, use_of_tags, word
from ped_geo.study import Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Size", "infer_use", "told_size"]

BY_SIZE = "inferred: size"


@dataclass(frozen=True)
class Size:
    """
    What is told of a building's size, before its use is known: tags, mapped parts, models.

    Attributes
    ----------
    storeys : array, shape (n,)
        Told storeys above ground, NaN where none are told.
    height_m, eaves_m : array, shape (n,)
        Told heights to the top and, where the roof is told too, to its eaves; NaN otherwise. [m]
    """

    storeys: NDArray[np.float64]
    height_m: NDArray[np.float64]
    eaves_m: NDArray[np.float64]

    def above(self, storeys: float, height_m: float, storey_m: float) -> NDArray[np.bool_]:
        """
        Which buildings are told to be taller than a limit.

        Parameters
        ----------
        storeys : float
            Most storeys within the limit; decides where storeys are told.
        height_m : float
            Greatest height to the top of an unknown roof; decides where only the height is told. [m]
        storey_m : float
            Gross storey height, with which a height to the eaves is turned into storeys. [m]
        """
        by_eaves = np.where(np.isfinite(self.eaves_m), np.round(self.eaves_m / storey_m) > storeys, self.height_m > height_m)
        return np.where(np.isfinite(self.storeys), np.round(self.storeys) > storeys, by_eaves)


def told_size(draft: Draft, study: Study) -> Size:
    """Storeys and heights that the tags of each building tell; nothing is flagged here, `infer_storeys` does that."""
    level_bounds = Bounds(study.assumed("building.levels_min"), study.assumed("building.levels_max"))
    height_bounds = Bounds(study.assumed("building.height_min"), study.assumed("building.height_max"))
    quiet = draft.unheard()
    storeys, _ = quiet.numbers(("building:levels", "levels"), parse_number, level_bounds)
    height, _ = quiet.numbers(("height", "building:height", "est_height"), parse_height, height_bounds)
    roof, _ = quiet.numbers(("roof:height",), parse_height, Bounds(0.0, height_bounds.high))
    flat = np.array([meaning(tags.get("roof:shape", ""), roof_shapes()).value == "flat" for tags in draft.tags])
    roof = np.where(np.isnan(roof) & flat, 0.0, roof)
    return Size(storeys, height, np.where(roof <= study.assumed("roofs.rise_share") * height, height - roof, np.nan))


@dataclass(frozen=True)
class _Rules:
    """Limits of size, each from the assumptions; arrays of shape (n,)."""

    tall: NDArray[np.bool_]
    """More storeys than a single-family house has."""
    very_tall: NDArray[np.bool_]
    """More storeys than even a house that is tagged as one has."""
    several: NDArray[np.bool_]
    """More storeys than a garage or shed has."""
    no_hall: NDArray[np.bool_]

    @classmethod
    def of(cls, draft: Draft, study: Study) -> _Rules:
        size = told_size(draft, study)
        storey = study.assumed("building.storey_of_told_height")

        def above(kind: str) -> NDArray[np.bool_]:
            return size.above(study.assumed(f"building.{kind}_max_levels"), study.assumed(f"building.{kind}_max_height"), storey)

        return cls(above("single_family"), above("tagged_house"), above("outbuilding"), above("hall"))


def infer_use(
    draft: Draft, inside: list[dict[str, str]], grounds: list[dict[str, str]], study: Study
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """
    Use of each building and where it is known from.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings; words that are not known are flagged in it.
    inside, grounds : list of dict
        Tags of the places inside each building, and of the mapped grounds around it.
    study : Study
        Settings.

    Returns
    -------
    use, source : array of str
        Order: own tags, places inside (only of untagged buildings), grounds, size, similar neighbours, size again. Told storeys
        and heights go before footprints and neighbours: what is taller than a house is a block of flats.
    """
    rules = _Rules.of(draft, study)
    use, source = _told_use(draft, inside, grounds, rules)
    _correct_housing(draft, use, source, rules, study)
    small = (use == "") & (draft.area < study.assumed("building.outbuilding_max_area")) & ~rules.several
    use[small], source[small] = "outbuilding", BY_SIZE
    radius, least = study.assumed("building.neighbour_radius"), int(study.assumed("building.neighbour_least"))
    homes = np.where(np.char.startswith(use.astype(str), "residential"), use, "")
    near = commonest_of_neighbours(draft.xy, draft.area, np.full(len(draft), "all", dtype=object), homes, radius_m=radius, least=least)
    hall = (use == "") & (draft.area >= study.assumed("building.hall_min_area")) & ~rules.no_hall
    use[hall], source[hall] = "other", BY_SIZE
    tower = (use == "") & rules.tall
    use[tower], source[tower] = "residential_multi", "inferred: storeys"
    by_neighbour = (use == "") & (near != "")
    use[by_neighbour], source[by_neighbour] = near[by_neighbour], "inferred: neighbours"
    rest = use == ""
    single = draft.area <= study.assumed("building.single_family_max_area")
    use[rest] = np.where(single[rest], "residential_single", "residential_multi")
    source[rest] = BY_SIZE
    return use, source


def _told_use(
    draft: Draft, inside: list[dict[str, str]], grounds: list[dict[str, str]], rules: _Rules
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """What the tags of a building, of the place inside it or of its grounds say; "" where none does."""
    use, source = np.full(len(draft), "", dtype=object), np.full(len(draft), "", dtype=object)
    for row, tags in enumerate(draft.tags):
        if (register := draft.tag_sources[row].get(USE_KEY, "")).startswith(SOURCES):
            use[row], source[row] = tags[USE_KEY], register
            continue
        own = use_of_tags(tags)
        draft.flags[row].extend(own.flags)
        if own.use:
            use[row], source[row] = own.use, draft.source(row, "building")
            continue
        place = use_of_tags(inside[row])
        # a shop inside a house of many storeys is its ground floor
        if place.use and not (place.ground_floor and rules.several[row]):
            use[row], source[row] = place.use, "inferred: place inside"
        elif around := use_of_tags(grounds[row]).use:
            use[row], source[row] = around, "inferred: grounds"
    return use, source


def _correct_housing(draft: Draft, use: NDArray[np.object_], source: NDArray[np.object_], rules: _Rules, study: Study) -> None:
    """Tell houses from flats where ``building=residential`` leaves it open, and where a tagged house is far too tall for one."""
    small = draft.area <= study.assumed("building.single_family_max_area")
    for row, tags in enumerate(draft.tags):
        if use[row] == "residential_multi" and small[row] and not rules.tall[row] and word(tags.get("building", "")) == "residential":
            use[row], source[row] = "residential_single", BY_SIZE
        elif use[row] == "residential_single" and rules.very_tall[row]:
            use[row], source[row] = "residential_multi", "inferred: storeys"
            draft.flags[row].append("house_too_tall")
