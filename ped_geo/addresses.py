"""Addresses as people type them, and the building that each of them means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import pandas as pd

from ped_geo import assumptions

__all__ = ["address_key", "find_buildings", "plain_words", "told_by"]


REGISTER = "register"
"""Source of rows that name none."""


def plain_words(words: pd.Series) -> pd.Series:
    """
    Lower case, one space, no accents: words that people type in different ways compare equal.

    Examples
    --------
    >>> plain_words(pd.Series(["  Złotego  WIEKU "])).tolist()
    ['zlotego wieku']
    """
    text = words.fillna("").astype("str").str.strip().str.casefold().str.replace(r"\s+", " ", regex=True)
    folded = [unicodedata.normalize("NFKD", word.replace("ł", "l")).encode("ascii", "ignore").decode() for word in text]
    return pd.Series(folded, index=words.index, dtype="str")


@cache
def _street_words() -> dict[str, str]:
    table = assumptions.table("street_words")
    return dict(zip(table["word"], table["means"].fillna("").astype("str"), strict=True))


def _street(plain: str) -> str:
    known = _street_words()
    first, *rest = plain.replace(".", ". ").split() or [""]
    return " ".join(filter(None, [known.get(first, first), *rest])) if rest else first


def street_key(street: pd.Series) -> pd.Series:
    """
    One spelling for each street or estate.

    Examples
    --------
    >>> street_key(pd.Series(["ul.Długa", "os. Złotego Wieku", ""])).tolist()
    ['dluga', 'osiedle zlotego wieku', '']
    """
    return plain_words(street).map(_street).astype("str")


def address_key(street: pd.Series, housenumber: pd.Series) -> pd.Series:
    """
    One spelling for each address; empty where there is no house number.

    Parameters
    ----------
    street, housenumber : Series of str, shape (n,)
        As typed: ``ul. Długa``, ``Os. Złotego Wieku``; ``12 A``.

    Examples
    --------
    >>> address_key(pd.Series(["ul.Długa", "os. Złotego Wieku"]), pd.Series(["12 A", "7"])).tolist()
    ['dluga 12a', 'osiedle zlotego wieku 7']
    """
    names = plain_words(street)
    streets = names.map({name: _street(name) for name in names.unique()})
    numbers = plain_words(housenumber).str.replace(" ", "")
    return (streets + " " + numbers).where(numbers != "", "").str.strip()


def _numbers(housenumber: pd.Series) -> pd.Series:
    """House numbers listed in one field (``1;3``, ``1, 3``), apart; a slash or a hyphen may belong to one number and stays."""
    return housenumber.fillna("").astype("str").map(lambda text: [part for part in re.split(r"[;,]", text) if part.strip()])


def _exploded(frame: pd.DataFrame) -> pd.Series:
    """Address of each listed number, under its row's index."""
    rows = frame[["street", "housenumber"]].assign(housenumber=_numbers(frame["housenumber"])).explode("housenumber")
    keys = address_key(rows["street"], rows["housenumber"])
    return keys[keys != ""]


def told_by(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """
    Rows of each source, in the order in which they stand: what a later one says goes before.

    Parameters
    ----------
    rows : DataFrame
        Of registers and corrections; without a column ``source`` all of them are of a register.
    """
    sources = rows["source"].where(rows["source"] != "", REGISTER) if "source" in rows else pd.Series(REGISTER, index=rows.index)
    for source, part in rows.groupby(sources, sort=False):
        yield str(source), part


def find_buildings(rows: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """
    The building that each row of a register means, by its identifier or its address.

    Parameters
    ----------
    rows : DataFrame, shape (m, …)
        ``building_id``, or ``street`` and ``housenumber``, or all of them: an identifier goes before an address.
    buildings : DataFrame, shape (n, …)
        Layer ``buildings``: ``street``, ``housenumber``.

    Returns
    -------
    DataFrame, shape (m, 2)
        ``building_id``, empty where none was found, and ``result``: ``matched``, ``not_found``, or ``ambiguous`` where the address
        stands on several buildings, which are then not guessed at.

    Examples
    --------
    >>> houses = pd.DataFrame({"street": "Długa", "housenumber": ["1;3", "5", "5"]}, index=["a", "b", "c"])
    >>> asked = pd.DataFrame({"street": "ul. Długa", "housenumber": ["3", "5", "7"]})
    >>> find_buildings(asked, houses)["result"].tolist()
    ['matched', 'ambiguous', 'not_found']
    """
    chosen = pd.Series("", index=rows.index, dtype="str")
    result = pd.Series("not_found", index=rows.index, dtype="str")
    if {"street", "housenumber"} <= set(rows):
        known = _exploded(buildings)
        holders: dict[str, set[str]] = {}
        for key, building in zip(known, known.index.astype("str"), strict=True):
            holders.setdefault(key, set()).add(building)
        found: dict[object, set[str]] = {}
        asked = _exploded(rows)
        for entry, key in zip(asked.index, asked, strict=True):
            found.setdefault(entry, set()).update(holders.get(key, ()))
        alone = pd.Series({entry: next(iter(those)) for entry, those in found.items() if len(those) == 1}, dtype="str")
        chosen[alone.index] = alone
        result[alone.index] = "matched"
        result[rows.index.isin([entry for entry, those in found.items() if len(those) > 1])] = "ambiguous"
    if "building_id" in rows:
        ids = rows["building_id"].fillna("").astype("str")
        known_id = ids.isin(buildings.index)
        chosen = chosen.where(ids == "", ids.where(known_id, ""))
        result = result.where(ids == "", known_id.map({True: "matched", False: "not_found"}))
    return pd.DataFrame({"building_id": chosen, "result": result}, index=rows.index)
