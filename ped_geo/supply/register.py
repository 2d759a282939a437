"""City registers of heat sources: what they say goes before what was inferred."""

from __future__ import annotations

from functools import cache

import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.addresses import find_buildings, plain_words
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

__all__ = ["apply_register", "heat_supply_word"]

SOURCE = "register"


@cache
def _known() -> dict[str, str]:
    table = assumptions.table("stove_register_words")
    words = dict(zip(plain_words(table["word"]), table["heat_supply"].astype("str"), strict=True))
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
    return plain_words(words).map(_known())


def apply_register(
    buildings: pd.DataFrame, register: pd.DataFrame, study: Study, source: str = SOURCE
) -> tuple[pd.DataFrame, pd.DataFrame]:
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
    source : str
        Who tells it.

    Returns
    -------
    buildings : DataFrame, shape (n, …)
        With ``heat_supply`` replaced and ``heat_supply_source`` `source` where a row matched.
    report : DataFrame, shape (m, 3)
        One row per row of the register: ``building_id``, ``heat_supply``, ``result`` (``matched``, ``not_found``,
        ``ambiguous``: see `ped_geo.addresses.find_buildings`; ``unknown_word``; ``contradicted``: several rows of one building
        disagree, none of them counts; ``not_heated``: the building has no heat of its own).

    Raises
    ------
    LayerError
        If the register has no ``heat_supply``, or nothing that names a building.
    """
    del study
    problems = [] if "heat_supply" in register else [Sentence("error.column_heat_supply_is_missing")]
    if "building_id" not in register and not {"street", "housenumber"} <= set(register.columns):
        problems.append(Sentence("error.neither_column_building_id_nor_columns"))
    if problems:
        raise LayerError(Sentence("error.register_heat_supplies"), problems)
    report = find_buildings(register, buildings).assign(heat_supply=heat_supply_word(register["heat_supply"]))
    matched = report["result"] == "matched"
    sayings = report[matched].groupby("building_id")["heat_supply"].transform("nunique")
    report.loc[sayings.index[sayings > 1], "result"] = "contradicted"
    report.loc[matched & report["heat_supply"].isna(), "result"] = "unknown_word"
    cold = buildings.index[buildings["heat_supply"].astype("str") == "none"]
    report.loc[matched & report["building_id"].isin(cold), "result"] = "not_heated"
    said = report[report["result"] == "matched"].drop_duplicates("building_id").set_index("building_id")["heat_supply"]
    told = buildings.index.isin(said.index)
    new = said.reindex(buildings.index)
    supply = buildings["heat_supply"].astype("str").where(~told, new.astype("str"))
    sources = buildings["heat_supply_source"].astype("str").where(~told, source)
    return buildings.assign(heat_supply=supply, heat_supply_source=sources), report
