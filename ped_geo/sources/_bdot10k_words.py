"""What attributes and words of the topographic database BDOT10k mean in OSM keys, in the schemas of 2012 and 2021."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ped_geo import assumptions
from ped_geo.sources._columns import Unknown, first, plain, spellings, words

__all__ = ["COLUMNS", "KNOWN", "NAME_PARTS", "building_tags", "object_classes", "object_tags", "road_tags"]

STOREYS = spellings("liczbaKondygnacji", "liczba_kondygnacji", "kondygnacje")
GENERAL = spellings("funkcjaOgolnaBudynku", "funkcja_ogolna", "funOgolnaBudynku", "FUNOGBUD")
PREVAILING = spellings("przewazajacaFunkcjaBudynku", "przewazajaca_funkcja")
DETAILED = spellings("funkcjaSzczegolowaBudynku", "funkcja_szczegolowa", "funSzczegolowaBudynku", "FUNSZCZEG")
CODE = spellings("x_kod", "kod")
PHASE = spellings("kategoriaIstnienia", "katIstnienia", "x_katIstnienia", "fazaIstnienia", "faza")
HERITAGE = spellings("zabytek", "czy_zabytek", "czyZabytek")
ROAD_CLASS = spellings("klasaDrogi", "klasa_drogi")
LEVEL = spellings("polozenie")
KIND = spellings("rodzaj", "rodzajPojazduSzynowego", "klasaCiaguRuchuPieszego", "funTransportowa")
STAIRS = spellings("schody")
STREET_REFERENCES = ("ulicahref", *(f"ulica{number}href" for number in range(1, 10)))
STREET_NAME = spellings("nazwaUlicy", "ulica", "nazwaDrogi", "nazwa")
NAME = spellings("nazwa", "nazwaGeograficzna")
NAME_PARTS = ("przedrostek1", "przedrostek2", "nazwa1", "nazwa2")
PHASES = {
    "construction": ("under_construction", "w budowie", "Bud"),
    "destroyed": ("destroyed", "zniszczony", "Zns"),
    "abandoned": ("unoccupied", "nieczynny", "Ncn"),
    "": ("in_use", "eksploatowany", "Eks", "temporary", "tymczasowy", "Tmc"),
}
PHASE_OF = {plain(word): phase for phase, known in PHASES.items() for word in known}
# when the record of the object was made, or else the version of it that is read: the building stood by then
RECORDED = ("xdatautworzenia", "datautworzenia", "poczatekwersjiobiektu", "startwersjaobiekt")
YES = frozenset({"1", "true", "tak", "yes"})
NO = frozenset({"0", "false", "nie", "no"})
# attributes by which a layer is known to be what it is named
KNOWN = {"BUBD": (*STOREYS, *GENERAL, *PREVAILING, *DETAILED, *CODE), "SKJZ": (*ROAD_CLASS, *CODE)}
COLUMNS = frozenset(
    {*STOREYS, *GENERAL, *PREVAILING, *DETAILED, *CODE, *PHASE, *HERITAGE, *ROAD_CLASS, *LEVEL, *KIND, *STAIRS, *STREET_NAME, *NAME}
    | set(RECORDED)
    | {*NAME_PARTS, *STREET_REFERENCES}
    | {name.removesuffix("href") for name in STREET_REFERENCES}
)
WAYS = ("SK", "SW", "SU")


@cache
def _functions() -> dict[str, str]:
    table = assumptions.table("bdot10k_functions")
    return dict(zip(table["function"].map(plain), table["building"], strict=True))


def _building(row: Mapping[str, Any]) -> tuple[str, list[str], list[str]]:
    """OSM values of a building's function and of its others, and the words that no vocabulary knows."""
    functions = _functions()
    general = words(row, GENERAL)
    detailed = words(row, DETAILED)
    # of several functions the one that belongs to the general one prevails: 1122.Dw of 1122
    own = [word for word in detailed if any(word.startswith(f"{code}.") for code in general)]
    several = [*words(row, PREVAILING), *own, *([] if own else detailed[:1]), *general, *words(row, CODE)]
    # classes of the old schema come as "1122.Dw" or "1122"
    known = {word: functions.get(plain(word)) or functions.get(plain(word.partition(".")[0]), "") for word in [*several, *detailed]}
    told = [known[word] for word in several]
    found = next((value for value in told if value not in {"", "yes"}), "")
    others = dict.fromkeys(known[word] for word in detailed if known[word] not in {"", "yes", "non_residential", found})
    return found or "yes", list(others), [word for word, value in known.items() if not value]


def building_tags(row: Mapping[str, Any], unknown: Unknown | None = None) -> dict[str, str]:
    """
    OSM tags of one BDOT10k building.

    Parameters
    ----------
    row : mapping
        Attributes by their names in the old schema, the 2021 schema or an export, in whatever case.
    unknown : Unknown, optional
        Counts words that the vocabularies lack.

    Examples
    --------
    >>> building_tags({"LICZBAKONDYGNACJI": 5, "FUNKCJAOGOLNABUDYNKU": "budynki biurowe", "KATEGORIAISTNIENIA": "eksploatowany"})
    {'building': 'office', 'building:levels': '5'}
    >>> building_tags({"funOgolnaBudynku": "1122", "funSzczegolowaBudynku": ["1122.Dw", "1230.Ph"]})
    {'building': 'apartments', 'building:use': 'retail'}
    """
    row = {plain(name): value for name, value in row.items()}
    building, others, strange = _building(row)
    if unknown is not None and strange:
        unknown.add("function", strange[0])
    tags = {"building": building}
    if others:
        tags["building:use"] = ";".join(others)
    if storeys := first(row, STOREYS):
        tags["building:levels"] = storeys
    if name := first(row, NAME):
        tags["name"] = name
    if told := first(row, PHASE):
        phase = PHASE_OF.get(plain(told))
        if phase is None and unknown is not None:
            unknown.add("phase", told)
        tags |= {"abandoned": "yes"} if phase == "abandoned" else {"building": phase} if phase else {}
    if first(row, HERITAGE).casefold() in YES:
        tags["heritage"] = "yes"
    if recorded := first(row, RECORDED):
        tags["source:date"] = recorded
    return tags


@cache
def _roads() -> dict[str, str]:
    table = assumptions.table("bdot10k_roads")
    return dict(zip(table["road_class"].map(plain), table["highway"], strict=True))


def road_tags(row: Mapping[str, Any], streets: Mapping[str, str] | None = None, unknown: Unknown | None = None) -> dict[str, str]:
    """
    OSM tags of one BDOT10k road (class SKJZ).

    Parameters
    ----------
    row : mapping
        Attributes of the old or the 2021 schema.
    streets : mapping, optional
        Names of streets by their ids, to which roads of the old schema refer.
    unknown : Unknown, optional
        Counts words that the vocabulary lacks.

    Examples
    --------
    >>> road_tags({"KLASADROGI": "droga główna ruchu przyśpieszonego", "nazwaUlicy": "Długa"})
    {'highway': 'primary', 'name': 'Długa'}
    """
    row = {plain(name): value for name, value in row.items()}
    told = [*words(row, ROAD_CLASS), *words(row, CODE)]
    highway = next((found for word in told if (found := _roads().get(plain(word)))), "")
    if not highway and unknown is not None:
        unknown.add("road", told[0] if told else "")
    if PHASE_OF.get(plain(first(row, PHASE))) in {"construction", "destroyed"}:
        highway = "construction"
    tags = {"highway": highway or "residential"} | _level(row)
    reference = first(row, STREET_REFERENCES).rpartition("#")[2]
    name = (streets or {}).get(reference, "") or next((text for text in words(row, STREET_NAME) if text.casefold() not in YES | NO), "")
    return tags | ({"name": name} if name else {})


def _level(row: Mapping[str, Any]) -> dict[str, str]:
    """Tunnels, which divide nothing, and bridges."""
    told = first(row, LEVEL)
    if not re.fullmatch(r"-?\d{1,2}", told) or told in {"0", "-0"}:
        return {}
    return {"tunnel": "yes", "layer": told} if told.startswith("-") else {"bridge": "yes", "layer": told}


@cache
def _objects() -> dict[str, dict[str, tuple[str, str]]]:
    """OSM key and value by the code or word of each class; "" is what stands for objects that do not tell."""
    table = assumptions.table("bdot10k_objects").fillna("")
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for code, word, key, value in table[["code", "word", "key", "value"]].to_numpy().tolist():
        kinds = found.setdefault(str(code)[:4], {})
        for name in (str(code), str(word)) if len(str(code)) > 4 else ("",):
            kinds[plain(name)] = (str(key), str(value))
    return found


def object_classes() -> tuple[str, ...]:
    """Classes besides buildings and roads that are read."""
    return tuple(_objects())


def object_tags(row: Mapping[str, Any], code: str, unknown: Unknown | None = None) -> dict[str, str]:
    """
    OSM tags of one object of another class; empty where nothing reads that kind.

    Parameters
    ----------
    row : mapping
        Attributes of the old or the 2021 schema.
    code : str
        Class: ``SWRS`` rivers and streams, ``PTLZ`` woods, ``SKTR`` tracks, ``OIKM`` stops and so on.
    unknown : Unknown, optional
        Counts words that the vocabulary lacks.

    Examples
    --------
    >>> object_tags({"X_KOD": "SWRS01", "NAZWA": "Rawa"}, "SWRS"), object_tags({"rodzaj": "park"}, "KUSK")
    ({'waterway': 'river', 'name': 'Rawa'}, {'leisure': 'park'})
    """
    row = {plain(name): value for name, value in row.items()}
    kinds = _objects()[code]
    told = [*words(row, CODE), *words(row, KIND)]
    chosen = next((kinds[plain(word)] for word in told if plain(word) in kinds), None)
    if chosen is None and told and unknown is not None:
        unknown.add(code, told[0])
    key, value = chosen or kinds[""]
    if not key:
        return {}
    tags = {key: value} | (_level(row) if code.startswith(WAYS) else {})
    if key == "highway" and first(row, STAIRS).casefold() in YES:
        tags["highway"] = "steps"
    if key == "man_made":
        tags["substance"] = "heat"
    name = first(row, NAME)
    return tags | ({"name": name} if name else {})
