"""Words of the crowd's tags and what they mean here: one cited table per vocabulary, and a flag for every word that is in none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ped_geo import assumptions, schema

__all__ = [
    "Meaning",
    "Use",
    "building_reasons",
    "grounds_kinds",
    "heat_supplies",
    "is_said",
    "meaning",
    "roof_shapes",
    "use_of_tags",
    "word",
]

NEGATIVE = frozenset({"", "no", "none", "vacant", "false"})
"""Words that deny the key they stand at."""


def word(text: str) -> str:
    """
    A tag value as the tables write it.

    Examples
    --------
    >>> word("Half-Hipped "), word("heat pump")
    ('half_hipped', 'heat_pump')
    """
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())


def is_said(tags: Mapping[str, str], key: str) -> bool:
    """
    Whether a key is set to anything but a denial.

    Examples
    --------
    >>> is_said({"heritage": "2"}, "heritage"), is_said({"heritage": "no"}, "heritage")
    (True, False)
    """
    return word(tags.get(key, "")) not in NEGATIVE


@dataclass(frozen=True)
class Meaning:
    """
    What a tag value means.

    Attributes
    ----------
    value : str
        "" where it says nothing usable.
    flag : str
        "", ``several`` (a list; its first known word counts) or ``unknown`` (no word of it stands in the table).
    """

    value: str
    flag: str = ""


def meaning(text: str, table: Mapping[str, str]) -> Meaning:
    """
    Look a tag value up in a vocabulary.

    Parameters
    ----------
    text : str
        As the crowd wrote it: case, blanks, hyphens and lists are allowed for.
    table : mapping
        Word → meaning, "" for a word that is known to say nothing; ``*`` for any other word.

    Examples
    --------
    >>> shapes = {"gabled": "gabled", "hip": "hipped", "yes": ""}
    >>> [(found.value, found.flag) for found in (meaning(text, shapes) for text in ("Gabled ", "hip;gabled", "yes", "igloo"))]
    [('gabled', ''), ('hipped', 'several'), ('', ''), ('', 'unknown')]
    """
    words = [part for part in map(word, re.split(r"[;,/|]", text)) if part not in NEGATIVE]
    if not words:
        return Meaning("")
    known = [table[part] for part in words if part in table] or [table["*"] for _ in words if "*" in table]
    if not known:
        return Meaning("", "unknown")
    value = next(filter(None, known), "")
    return Meaning(value, "several" if len(words) > 1 and value else "")


@cache
def roof_shapes() -> dict[str, str]:
    """Word of ``roof:shape`` → shape of the layer ``buildings``."""
    return _two_columns("roof_shape_words", "roof_shape")


@cache
def heat_supplies() -> dict[str, str]:
    """Word of ``heating``, of a register of stoves or of the layer itself → heat supply of the layer ``buildings``."""
    registers = {word(name): supply for name, supply in _two_columns("stove_register_words", "heat_supply").items()}
    own = {str(code): str(code) for code in schema.columns("buildings")["heat_supply"].values}
    return registers | own | _two_columns("osm_heating_words", "heat_supply")


@cache
def building_reasons() -> dict[str, str]:
    """Word of ``building`` → why such a footprint is no standing building with rooms."""
    return _two_columns("osm_building_standing", "reason")


def _two_columns(name: str, column: str) -> dict[str, str]:
    table = assumptions.table(name).fillna("")
    return dict(zip(table["word"], table[column], strict=True))


@cache
def _uses() -> tuple[dict[str, dict[str, str]], frozenset[tuple[str, str]], frozenset[str]]:
    """Key → word → use; words of what may fill a ground floor alone; kinds of ``amenity`` that have grounds."""
    table = assumptions.table("osm_building_uses").fillna("")
    rules: dict[str, dict[str, str]] = {}
    for row in table.itertuples():
        rules.setdefault(str(row.key), {})[str(row.value)] = str(row.use)
    ground_floor = frozenset((str(row.key), str(row.value)) for row in table.itertuples() if row.ground_floor == "yes")
    return rules, ground_floor, frozenset(table.loc[table["grounds"] == "yes", "value"])


def grounds_kinds() -> frozenset[str]:
    """Kinds of ``amenity`` that are mapped as the grounds around their buildings."""
    return _uses()[2]


@dataclass(frozen=True)
class Use:
    """
    Use that tags say.

    Attributes
    ----------
    use : str
        Of the layer ``buildings``, "" where the tags say none.
    flags : tuple of str
        ``<key>_unknown`` and ``<key>_several`` of the words that were looked at.
    ground_floor : bool
        Whether what decided it may fill the ground floor alone, with something else above.
    """

    use: str
    flags: tuple[str, ...] = ()
    ground_floor: bool = False


def use_of_tags(tags: Mapping[str, str]) -> Use:
    """
    Use that tags say.

    What is inside counts before the kind of house, except that housing with a shop below stays housing.

    Examples
    --------
    >>> use_of_tags({"building": "apartments", "shop": "bakery"}).use, use_of_tags({"building": "yes", "shop": "supermarket"}).use
    ('residential_multi', 'supermarket')
    >>> use_of_tags({"building": "igloo"}).flags
    ('building_unknown',)
    """
    rules, ground_floor, _ = _uses()
    kind = meaning(tags.get("building", ""), rules["building"])
    flags = _flags("building", kind)
    if kind.value.startswith("residential") or kind.value in {"garage", "outbuilding", "worship"}:
        return Use(kind.value, flags)
    for key in rules:
        if key == "building" or key not in tags:
            continue
        found = meaning(tags[key], rules[key])
        if found.value:
            said = word(tags[key])
            low = (key, said if said in rules[key] else "*") in ground_floor
            return Use(found.value, _flags(key, found), low)
        flags += _flags(key, found)
    return Use(kind.value, _flags("building", kind) if kind.value else flags)


def _flags(key: str, found: Meaning) -> tuple[str, ...]:
    return (f"{key}_{found.flag}",) if found.flag else ()
