"""Tables of the city meet the buildings: heat supplies, owners, years and works as registers say, metered totals, and a report of every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pandas as pd

from ped_geo import schema
from ped_geo.addresses import find_buildings, told_by
from ped_geo.buildings.corrected import shares_told, storeys_told
from ped_geo.buildings.told_uses import uses_told
from ped_geo.buildings.works import works_told
from ped_geo.buildings.years import years_told
from ped_geo.study import Study
from ped_geo.supply import apply_register

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["apply_registers", "with_block_report"]

OWNER = "city"


def apply_registers(
    buildings: gpd.GeoDataFrame, blocks: pd.DataFrame, rows: pd.DataFrame, study: Study
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """
    Buildings with what registers say of them, and metered totals by building, block and district.

    Parameters
    ----------
    buildings : GeoDataFrame, shape (n, …)
        Layer ``buildings`` with its blocks.
    blocks : DataFrame
        Layer ``blocks``: a metered total may name ``block_id`` or ``label``.
    rows : DataFrame, shape (m, 13)
        See `ped_geo.sources.registers.register_rows`.
    study : Study
        Settings.

    Returns
    -------
    buildings : GeoDataFrame, shape (n, …)
        ``heat_supply`` and its source, and ``owner`` replaced where a register says them.
    metered : DataFrame
        ``id``, ``level``, ``carrier``, ``kwh_a`` [kWh/a], as `ped_geo.demand.calibration` takes it: rows of the same building and
        carrier, such as two meters or twelve months, are added.
    report : DataFrame, shape (m, 8)
        Layer ``register_report``: what became of each row.
    """
    parts = []
    for kind, told in rows.groupby("kind", sort=False):
        for source, part in told_by(told):
            if kind == "heat_supply":
                buildings, found = apply_register(buildings, part, study, source)
            elif kind == "public":
                found = find_buildings(part, buildings)
                owned = buildings.index.isin(found.loc[found["result"] == "matched", "building_id"])
                buildings = buildings.assign(owner=pd.array([OWNER if own else "" for own in owned], dtype="str"))
            elif kind in TOLD:
                # the buildings have it already: years and uses inform their neighbours
                found = TOLD[str(kind)](part, buildings, study)
            else:
                continue
            parts.append(_told(part, found, part[SAID[str(kind)]] if str(kind) in SAID else pd.Series("", index=part.index)))
    metered = rows[rows["kind"] == "metered"]
    found = _metered_places(metered, buildings, blocks)
    used = metered.assign(id=found["building_id"])[found["result"] == "matched"]
    totals = _last_told(used).groupby(["id", "level", "carrier"])["kwh_a"].sum().reset_index()
    parts.append(_told(metered, found, metered["kwh_a"].map("{:.0f} kWh".format)))
    report = pd.concat(parts).sort_index()
    return buildings, totals, schema.check_layer("register_report", report.reset_index(drop=True).rename_axis("entry"))


def with_block_report(report: pd.DataFrame, rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """
    The layer ``register_report`` with the rows of corrections of blocks behind those of buildings.

    Parameters
    ----------
    report : DataFrame
        As `apply_registers` gives it.
    rows, found : DataFrame
        As `ped_geo.block_corrections.correct_blocks` takes and gives them.
    """
    if found.empty:
        return report
    asked = rows.loc[found.index]
    said = asked["merge_into"].where(asked["kind"] == "block_merge", asked["name"])
    # a point or a line is too long to print
    named = asked.assign(building_id=asked["building_id"].where(~asked["building_id"].str.startswith("POINT"), ""))
    return pd.concat([report, _told(named, found, said)], ignore_index=True).rename_axis("entry")


def _last_told(metered: pd.DataFrame) -> pd.DataFrame:
    """Of one total what the last source says alone: a correction stands instead of a register, meters of one register are added."""
    if "source" not in metered or metered.empty:
        return metered
    last = metered.groupby(["id", "level", "carrier"])["source"].transform("last")
    return metered[metered["source"] == last]


def _excluded(rows: pd.DataFrame, buildings: pd.DataFrame, _: Study) -> pd.DataFrame:
    """Footprints that are no buildings any more; one that still is had a part of its own identifier."""
    gone = (rows["building_id"] != "") & ~rows["building_id"].isin(buildings.index)
    return pd.DataFrame({"building_id": rows["building_id"].where(gone, ""), "result": gone.map({True: "matched", False: "not_found"})})


TOLD: Final[dict[str, Callable[[pd.DataFrame, pd.DataFrame, Study], pd.DataFrame]]] = {
    "years": years_told,
    "building_uses": lambda rows, buildings, _: uses_told(rows, buildings),
    "works": lambda rows, buildings, _: works_told(rows, buildings),
    "storeys": storeys_told,
    "heated_share": lambda rows, buildings, _: shares_told(rows, buildings),
    "exclude": _excluded,
    "new_building": lambda rows, buildings, _: find_buildings(rows[["building_id"]], buildings),
}
SAID: Final = {
    "heat_supply": "heat_supply",
    "years": "year",
    "building_uses": "use",
    "works": "refurbishment_state",
    "storeys": "storeys",
    "heated_share": "heated_share",
}
"""Column of each kind of rows that says something."""


def _metered_places(rows: pd.DataFrame, buildings: pd.DataFrame, blocks: pd.DataFrame) -> pd.DataFrame:
    """Building or block of each total; a total of a building outside the district or without such a use is not counted."""
    found = find_buildings(rows, buildings)
    matched = found["result"] == "matched"
    place = buildings.reindex(found.loc[matched, "building_id"])
    apart = {
        "outside": ~place["in_district"].eq(True),
        "not_heated": ~place["heated"].eq(True) & (rows.loc[matched, "carrier"] != "electricity").to_numpy(),
    }
    for result in ("not_heated", "outside"):
        found.loc[found.index[matched][apart[result].to_numpy()], "result"] = result
    named = {
        **dict(zip(blocks["label"].astype("str"), blocks.index.astype("str"), strict=True)),
        **{str(name): str(name) for name in blocks.index},
    }
    held = set(buildings.loc[buildings["in_district"], "block_id"].astype("str"))
    for entry, row in rows[rows["level"] != "building"].iterrows():
        name = "district" if row["level"] == "district" else named.get(row["building_id"], "")
        known = row["level"] == "district" or name in held
        found.loc[entry, ["building_id", "result"]] = [name if known else "", "matched" if known else "not_found"]
    return found


def _told(rows: pd.DataFrame, found: pd.DataFrame, said: pd.Series) -> pd.DataFrame:
    address = (rows["street"] + " " + rows["housenumber"]).str.strip()
    asked = rows["building_id"].where(rows["building_id"] != "", address)
    return rows[["file", "row", "kind", "level"]].assign(
        asked=asked, said=said.astype("str"), building_id=found["building_id"], result=found["result"]
    )
