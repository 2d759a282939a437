"""Tables of the city meet the buildings: heat supplies, owners, years and works as registers say, metered totals, and a report of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ped_geo import schema
from ped_geo.addresses import find_buildings
from ped_geo.buildings.told_uses import uses_told
from ped_geo.buildings.works import works_told
from ped_geo.buildings.years import years_told
from ped_geo.supply import apply_register

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.study import Study

__all__ = ["apply_registers"]

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
    kinds = {kind: rows[rows["kind"] == kind] for kind in ("heat_supply", "metered", "public", "building_uses", "years", "works")}
    parts = []
    if len(kinds["heat_supply"]):
        buildings, found = apply_register(buildings, kinds["heat_supply"], study)
        parts.append(_told(kinds["heat_supply"], found, kinds["heat_supply"]["heat_supply"]))
    if len(kinds["public"]):
        found = find_buildings(kinds["public"], buildings)
        owned = buildings.index.isin(found.loc[found["result"] == "matched", "building_id"])
        buildings = buildings.assign(owner=pd.array([OWNER if own else "" for own in owned], dtype="str"))
        parts.append(_told(kinds["public"], found, pd.Series("", index=found.index)))
    if len(kinds["years"]):
        # the buildings have them already: they inform their neighbours
        parts.append(_told(kinds["years"], years_told(kinds["years"], buildings, study), kinds["years"]["year"]))
    if len(kinds["building_uses"]):
        parts.append(_told(kinds["building_uses"], uses_told(kinds["building_uses"], buildings), kinds["building_uses"]["use"]))
    if len(kinds["works"]):
        parts.append(_told(kinds["works"], works_told(kinds["works"], buildings), kinds["works"]["refurbishment_state"]))
    found = _metered_places(kinds["metered"], buildings, blocks)
    used = kinds["metered"].assign(id=found["building_id"])[found["result"] == "matched"]
    totals = used.groupby(["id", "level", "carrier"])["kwh_a"].sum().reset_index()
    parts.append(_told(kinds["metered"], found, kinds["metered"]["kwh_a"].map("{:.0f} kWh".format)))
    report = pd.concat(parts).sort_index().reset_index(drop=True).rename_axis("entry")
    return buildings, totals, schema.check_layer("register_report", report)


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
