"""City registers of heat sources: what they say goes before what was inferred."""

from __future__ import annotations

import unicodedata
from functools import cache

import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.errors import LayerError
from ped_geo.study import Study

__all__ = ["apply_register", "heat_supply_word"]

SOURCE = "register"


def _plain(words: pd.Series) -> pd.Series:
    """Lower case, one space, no accents: words that people type in different ways compare equal."""
    text = words.fillna("").astype("str").str.strip().str.casefold().str.replace(r"\s+", " ", regex=True)
    folded = [unicodedata.normalize("NFKD", word.replace("ł", "l")).encode("ascii", "ignore").decode() for word in text]
    return pd.Series(folded, index=words.index, dtype="str")


@cache
def _known() -> dict[str, str]:
    table = assumptions.table("stove_register_words")
    words = dict(zip(_plain(table["word"]), table["heat_supply"].astype("str"), strict=True))
    own = schema.columns("buildings")["heat_supply"].values
    return {**words, **{code: code for code in own}}


def heat_supply_word(words: pd.Series) -> pd.Series:
    """
    Code of the heat supply that a register's words mean; missing where they are unknown.

    Examples
    --------
    >>> heat_supply_word(pd.Series(["Ciepło sieciowe", "PELLET", "coal"])).tolist()
    ['district_heat', 'biomass', 'coal']
    """
    return _plain(words).map(_known())


def _addresses(frame: pd.DataFrame) -> pd.Series:
    return _plain(frame["street"]).str.cat(_plain(frame["housenumber"]), sep=" ")


def _matched(register: pd.DataFrame, buildings: pd.DataFrame) -> pd.Series:
    """Building of each row of the register; empty where there is none."""
    if "building_id" in register:
        ids = register["building_id"].fillna("").astype("str")
        return ids.where(ids.isin(buildings.index), "")
    addresses = _addresses(buildings)
    known = addresses[(buildings["housenumber"].astype("str") != "").to_numpy()]
    known = known[~known.duplicated(keep=False)]
    by_address = dict(zip(known, known.index.astype("str"), strict=True))
    return pd.Series([by_address.get(address, "") for address in _addresses(register)], index=register.index, dtype="str")


def apply_register(buildings: pd.DataFrame, register: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Heat supplies as a register of stoves or of network connections says.

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        Layer ``buildings``.
    register : DataFrame, shape (m, …)
        ``heat_supply`` (a code, or words of the Polish register CEEB) and either ``building_id`` or ``street`` and
        ``housenumber``.
    study : Study
        Not used yet; the same as for every stage.

    Returns
    -------
    buildings : DataFrame, shape (n, …)
        With ``heat_supply`` replaced and ``heat_supply_source`` ``register`` where a row matched.
    report : DataFrame, shape (m, 3)
        One row per row of the register: ``building_id``, ``heat_supply``, ``result`` (``matched``, ``unknown_building``,
        ``unknown_word`` or ``contradicted``: several rows of one building disagree; none of them counts).

    Raises
    ------
    LayerError
        If the register has no ``heat_supply``, or nothing that names a building.
    """
    del study
    problems = [] if "heat_supply" in register else ["column 'heat_supply' is missing"]
    if "building_id" not in register and not {"street", "housenumber"} <= set(register.columns):
        problems.append("neither column 'building_id' nor columns 'street' and 'housenumber' are there")
    if problems:
        raise LayerError("register of heat supplies", problems)
    report = pd.DataFrame({"building_id": _matched(register, buildings), "heat_supply": heat_supply_word(register["heat_supply"])})
    report["result"] = "matched"
    sayings = report.groupby("building_id")["heat_supply"].transform("nunique")
    report.loc[sayings > 1, "result"] = "contradicted"
    report.loc[report["heat_supply"].isna(), "result"] = "unknown_word"
    report.loc[report["building_id"] == "", "result"] = "unknown_building"
    said = report[report["result"] == "matched"].drop_duplicates("building_id").set_index("building_id")["heat_supply"]
    told = buildings.index.isin(said.index)
    new = said.reindex(buildings.index)
    supply = buildings["heat_supply"].astype("str").where(~told, new.astype("str"))
    source = buildings["heat_supply_source"].astype("str").where(~told, SOURCE)
    return buildings.assign(heat_supply=supply, heat_supply_source=source), report
