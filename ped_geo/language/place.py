"""How the boundary of a place was found, and what of it could not be had, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ped_geo.language import number, text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["boundary_words", "lost_notes", "place_notes"]

REASONS = ("nothing", "other_kind", "elsewhere", "no_area")
SHOWN_SHEETS = 3
SHOWN_OBJECTS = 5
LOST = ("incomplete", "not_closed", "no_geometry", "no_outline_relation", "point_only")
"""Why the input itself cannot be drawn, other than what the stages set aside."""


def boundary_words(place: Mapping[str, Any], origin: str, lang: str) -> str:
    """
    Where the boundary comes from; of a name the object that was taken for it.

    Parameters
    ----------
    place : mapping
        Provenance of the place.
    origin : str
        ``origin`` of the boundary.
    lang : str
        ``pl`` or ``en``.
    """
    found = place.get("boundary_object")
    if origin != "nominatim" or not isinstance(found, Mapping):
        return text(f"cli.boundary.{origin}", lang)
    return text("place.boundary_object", lang, name=found.get("name", ""), kind=found.get("kind", ""), osm=found.get("osm", ""))


def place_notes(place: Mapping[str, Any], lang: str) -> list[str]:
    """
    What a planner must know of a fetched place: a name that was not used, sheets of heights that are missing.

    Parameters
    ----------
    place : mapping
        Provenance of the place.
    lang : str
        ``pl`` or ``en``.
    """
    told = []
    unused = place.get("name_not_used")
    if isinstance(unused, Mapping) and unused.get("reason") in REASONS:
        found = f"{unused.get('kind', '')} {unused.get('osm', '')}, {unused.get('name', '')}"
        told.append(text(f"place.name_not_used.{unused['reason']}", lang, query=unused.get("query", ""), found=found))
    lost = place.get("lost_sheets")
    if isinstance(lost, Mapping) and lost:
        names = ", ".join(list(lost)[:SHOWN_SHEETS]) + (f" + {len(lost) - SHOWN_SHEETS}" if len(lost) > SHOWN_SHEETS else "")
        told.append(text("place.lost_sheets", lang, count=number(len(lost), lang), names=names, why=next(iter(lost.values()))))
    return told


def lost_notes(rejected: pd.DataFrame, lang: str) -> list[str]:
    """
    Buildings of the input that could not be drawn, by reason, some of them by name.

    Parameters
    ----------
    rejected : DataFrame
        ``object_id``, ``layer``, ``reason``.
    lang : str
        ``pl`` or ``en``.
    """
    lost = rejected[(rejected["layer"] == "footprints") & rejected["reason"].isin(LOST)]
    told = []
    for reason, rows in lost.groupby("reason", sort=True):
        ids = rows["object_id"].astype(str).to_list()
        names = ", ".join(ids[:SHOWN_OBJECTS]) + (f" + {len(ids) - SHOWN_OBJECTS}" if len(ids) > SHOWN_OBJECTS else "")
        told.append(text("place.lost_buildings", lang, count=number(len(ids), lang), why=text(f"code.{reason}", lang), names=names))
    return told
