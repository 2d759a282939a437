"""
Features of blocks as ratios of sums, so that those of a group of blocks are the features of the summed rows.

`block_sums` makes the sums from buildings; `block_features` knows only the table of sums, whoever made it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.countries import HOME, pack_or_form

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TOLD", "block_features", "block_sums", "feature_table"]

OPEN_START_YEARS = 60
"""Length of a construction period without a first year [a]."""

HIDDEN = ("garage", "outbuilding")

TOLD = {
    "storeys_above_ground_source": "storeys_told_share",
    "construction_period_source": "age_told_share",
    "use_source": "use_told_share",
    "heat_supply_source": "supply_told_share",
    "refurbishment_state_source": "state_told_share",
    "roof_shape_source": "roof_told_share",
    "owner": "owner_told_share",
}
"""Column of buildings that says where an attribute comes from, and the share of floor of which it is told."""

OF_FOOTPRINT = {"roof_shape_source"}


@cache
def feature_table() -> pd.DataFrame:
    """Declared features: group, kind, scale, range, weight and source; index ``feature``."""
    return assumptions.table("quarter_features").set_index("feature")


def _years(inside: pd.DataFrame, country: str, until: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and last year in which each building may have been built."""
    periods = pack_or_form(country).table("periods").set_index("construction_period")
    last = periods["year_to"].astype("float64").fillna(until)
    first = periods["year_from"].astype("float64").fillna(last - OPEN_START_YEARS + 1)
    period, year = inside["construction_period"].astype("str"), inside["construction_year"].astype("float64")
    known = [year.fillna(period.map(edge)) for edge in (first, last)]
    return np.asarray(known[0], dtype=np.float64), np.asarray(known[1], dtype=np.float64)


def _in_years(first: NDArray[np.float64], last: NDArray[np.float64], row: pd.Series) -> NDArray[np.float64]:
    """Share of each building's possible years that lies in a class of ages."""
    low = -np.inf if pd.isna(row["year_from"]) else float(row["year_from"])
    high = np.inf if pd.isna(row["year_to"]) else float(row["year_to"])
    inside = np.clip(np.minimum(last, high) - np.maximum(first, low) + 1.0, 0.0, None)
    return inside / (last - first + 1.0)


def _shares(buildings: pd.DataFrame, first: NDArray[np.float64], last: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Heated floor of each building in each class of each composition [m²]."""
    floor, second = buildings["reference_area_m2"].to_numpy(), buildings["second_use_area_m2"].fillna(0.0).to_numpy()
    found = {}
    table = feature_table()
    for name, row in table[table["kind"] == "share"].iterrows():
        if row["group"] == "age":
            found[str(name)] = floor * _in_years(first, last, row)
            continue
        members = str(row["members"]).split(";")
        mine = buildings[str(row["column"])].isin(members).to_numpy()
        found[str(name)] = floor * mine
        if row["group"] == "use":
            found[str(name)] = (floor - second) * mine + second * buildings["second_use"].isin(members).to_numpy()
    return found


def block_sums(
    blocks: pd.DataFrame, inside: pd.DataFrame, need: pd.DataFrame, pv_buildings: pd.DataFrame, country: str = HOME, until: float = 2026.0
) -> pd.DataFrame:
    """
    What features are made of, summed over the buildings of each block.

    Parameters
    ----------
    blocks : DataFrame, index ``block_id``
        Layer ``blocks``: ``area_m2`` [m²], reckoned to the middle of the bordering streets.
    inside : DataFrame, index ``building_id``
        Layer ``buildings`` of the district.
    need : DataFrame, index (``building_id``, ``package``)
        Layer ``need``: ``heat_need_kwh_a``, ``hot_water_need_kwh_a`` of the package ``existing`` [kWh/a].
    pv_buildings : DataFrame, index ``building_id``
        Layer ``pv_buildings``: ``annual_yield_kwh_a`` [kWh/a].
    country : str
        Whose construction periods the buildings have.
    until : float
        Last year of a period that has none.

    Returns
    -------
    DataFrame, index ``block_id``
        Sums [m², m⁴, m, kWh/a, numbers]; rows of blocks may be added up.
    """
    mine = inside[inside["block_id"].isin(blocks.index)]
    floor, footprint = mine["reference_area_m2"], mine["footprint_area_m2"]
    # nothing is needed where nothing is heated, and there is no package then
    today = need[need.index.get_level_values("package") == "existing"].droplevel("package").reindex(mine.index)
    first, last = _years(mine, country, until)
    told = {name: _told(mine, column) * (footprint if column in OF_FOOTPRINT else floor) for column, name in TOLD.items()}
    values = {
        "buildings": 1.0,
        "outbuildings": mine["use"].isin(HIDDEN).astype("float64"),
        "footprint_area_m2": footprint,
        "footprint_squared_m4": footprint**2,
        "gross_floor_area_m2": mine["gross_floor_area_m2"],
        "reference_area_m2": floor,
        "perimeter_m": mine["perimeter_m"],
        "party_wall_length_m": mine["party_wall_length_m"],
        "flat_roof_m2": footprint * (mine["roof_shape"].astype("str") == "flat"),
        "insulated_m2": floor * (mine["refurbishment_state"].astype("str") != "original"),
        "floor_years": floor * (first + last) / 2.0,
        "heat_need_kwh_a": today["heat_need_kwh_a"],
        "hot_water_need_kwh_a": today["hot_water_need_kwh_a"],
        "pv_kwh_a": pv_buildings["annual_yield_kwh_a"].reindex(mine.index),
        **told,
        **_shares(_owned(mine), first, last),
    }
    sums = pd.DataFrame(values, index=mine.index).groupby(mine["block_id"].astype("str")).sum()
    sums = sums.reindex(blocks.index).fillna(0.0)
    area = blocks["area_m2"].astype("float64")
    return sums.assign(area_m2=area, area_squared_m4=area**2).rename_axis("block_id")


def _owned(buildings: pd.DataFrame) -> pd.DataFrame:
    """Buildings with a column ``owner``, empty where no register tells it."""
    return buildings if "owner" in buildings else buildings.assign(owner="")


def _told(buildings: pd.DataFrame, column: str) -> pd.Series:
    """1 for buildings of which a source tells the attribute, else 0."""
    values = _owned(buildings)[column].fillna("").astype("str")
    return ((values != "") & ~values.str.startswith("inferred")).astype("float64")


def block_features(sums: pd.DataFrame) -> pd.DataFrame:
    """
    Features of blocks, or of groups of them, from sums.

    Parameters
    ----------
    sums : DataFrame, shape (n, ...)
        As `block_sums` gives them, or sums of such rows.

    Returns
    -------
    DataFrame, shape (n, ...)
        Layer ``block_features``; what cannot be told, such as the uses of a block where nothing is heated, is missing and never 0.

    Examples
    --------
    Check E1: a fifth built up, as much floor as ground.

    >>> names = ["area_m2", "footprint_area_m2", "gross_floor_area_m2"]
    >>> block = pd.DataFrame([[1000.0, 200.0, 1000.0]], columns=names)
    >>> block_features(block)[["storeys", "open_space_ratio"]].to_numpy().tolist()
    [[5.0, 0.8]]
    """
    table = feature_table()
    have = sums.reindex(columns=[*sums.columns, *(name for name in _SUMMED if name not in sums)])
    floor = have["reference_area_m2"].where(have["reference_area_m2"] > LEAST_FLOOR_M2)
    footprint = have["footprint_area_m2"].where(have["footprint_area_m2"] > 0.0)
    area = have["area_m2"].where(have["area_m2"] > 0.0)
    gross = have["gross_floor_area_m2"].where(have["gross_floor_area_m2"] > 0.0)
    found = {
        "fsi": gross / area,
        "gsi": footprint / area,
        "storeys": gross / footprint,
        "open_space_ratio": ((area - footprint) / gross).clip(lower=0.0),
        "footprint_m2": have["footprint_squared_m4"] / footprint,
        "block_area_m2": have["area_squared_m4"] / area,
        "party_wall_share": have["party_wall_length_m"] / have["perimeter_m"].where(have["perimeter_m"] > 0.0),
        "flat_roof_share": have["flat_roof_m2"] / footprint,
        "outbuilding_share": have["outbuildings"] / have["buildings"].where(have["buildings"] > 0.0),
        "construction_year": have["floor_years"] / floor,
        "insulated_share": have["insulated_m2"] / floor,
        "heat_need_kwh_m2a": have["heat_need_kwh_a"] / floor,
        "heat_density_kwh_m2a": (have["heat_need_kwh_a"] + have["hot_water_need_kwh_a"]) / area.where(floor.notna()),
        "pv_kwh_m2a": have["pv_kwh_a"] / floor,
    }
    for _, rows in table[table["kind"] == "share"].groupby("group", sort=False):
        parts = have.reindex(columns=list(rows.index))
        whole = parts.sum(axis=1).where(parts.sum(axis=1) > LEAST_FLOOR_M2)
        found |= {str(name): parts[name] / whole for name in parts}
    found |= {name: have[name] / (footprint if column in OF_FOOTPRINT else floor) for column, name in TOLD.items()}
    return pd.DataFrame({name: values.clip(0.0, 1.0) if name.endswith("_share") else values for name, values in found.items()})


_SUMMED = (
    *("area_m2", "area_squared_m4", "footprint_area_m2", "footprint_squared_m4", "gross_floor_area_m2", "reference_area_m2"),
    *("perimeter_m", "party_wall_length_m", "flat_roof_m2", "buildings", "outbuildings", "floor_years", "insulated_m2"),
    *("heat_need_kwh_a", "hot_water_need_kwh_a", "pv_kwh_a", *TOLD.values()),
)
