"""Where the first candidate group of a scan can be repeated: the comparison of quarters on what the scan has kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ped_geo.districts.candidates import GOALS
from ped_geo.errors import StudyError

if TYPE_CHECKING:
    from ped_geo.outputs.replication import About
    from ped_geo.quarters.replication import Replication
    from ped_geo.scan.finished import Scan
    from ped_geo.scan.place import ScanPlace
    from ped_geo.study import Variant

__all__ = ["CityReplication", "city_replication", "first_groups"]


@dataclass(frozen=True)
class CityReplication:
    """
    What was compared.

    Attributes
    ----------
    pilot : str
        ``candidate_id`` of the group whose package is repeated.
    found : Replication
        Its look-alikes.
    about : About
        Titles, package and settings.
    """

    pilot: str
    found: Replication
    about: About


def first_groups(found: Scan) -> pd.DataFrame:
    """
    Candidate groups in the order in which people should look at them: by rank, of equal rank in the order of the goals, then by place.

    Parameters
    ----------
    found : Scan
        The finished scan.
    """
    groups = pd.DataFrame(found.candidates.drop(columns="geometry"))
    goal = groups["goal"].astype("str").map({name: number for number, name in enumerate(GOALS)}).fillna(len(GOALS))
    order = {place.study.name: number for number, place in enumerate(found.places)}
    keys = pd.DataFrame({"rank": groups["rank"], "goal": goal, "place": groups["place"].map(order)}, index=groups.index)
    return groups.loc[keys.sort_values(["rank", "goal", "place"], kind="stable").index]


def city_replication(found: Scan) -> CityReplication | None:
    """
    Quarters where the package of the first candidate group works too; None where there is no group or nothing to compare it with.

    Parameters
    ----------
    found : Scan
        The finished scan. Places of other countries, whose prices differ, and those that do not compute the package are left out.
    """
    from ped_geo import quarters
    from ped_geo.outputs.replication import About
    from ped_geo.pipeline.replication import place_of
    from ped_geo.quarters.effects import same_variant

    if not len(found.candidates):
        return None
    group = first_groups(found).iloc[0]
    places = {place.study.name: place for place in found.places}
    first = places[str(group["place"])]
    way = _package(first, str(group["choices"]))
    compared = {}
    for name, place in places.items():
        if place.study.country != first.study.country:
            continue
        try:
            compared[name] = place_of(place.study, place.standing(), same_variant(way, place.study))
        except StudyError:
            # a place with variants of its own has not computed this package
            continue
    try:
        alike = quarters.replicate(compared[first.study.name], str(group["blocks"]).split(";"), list(compared.values()), first.study)
    except StudyError:
        return None
    about = About(
        pilot=f"{first.study.title or first.study.name}, {group['label']}",
        places={name: places[name].study.title or name for name in compared},
        variant=way,
        attribution="",
        study=first.study,
    )
    return CityReplication(str(group.name), alike, about)


def _package(place: ScanPlace, choices: str) -> Variant:
    """The variant that most heated floor of a group goes."""
    chosen = pd.Series(json.loads(choices), dtype="str")
    floor = place.layers["blocks"]["reference_area_m2"].reindex(chosen.index).fillna(0.0)
    most = str(floor.groupby(chosen).sum().idxmax())
    return next(variant for variant in place.study.variants if variant.key == most)
