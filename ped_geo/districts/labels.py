"""Whose a block is and what network heats it: what candidates may be told not to mix."""

from __future__ import annotations

import pandas as pd

__all__ = ["block_labels"]

NETWORK = "district_heat"


def block_labels(buildings: pd.DataFrame, owner: pd.Series, block_ids: pd.Index) -> pd.DataFrame:
    """
    Owner and heat network of each block: those of most of its heated floor.

    Parameters
    ----------
    buildings : DataFrame, index building_id
        Layer ``buildings``: ``block_id``, ``heat_supply``, ``reference_area_m2`` [m²].
    owner : Series, index building_id
        Kind of owner, `ped_geo.finance.grants.owners`.
    block_ids : Index
        Blocks.

    Returns
    -------
    DataFrame, index `block_ids`
        ``owner``; ``heat_network``, ``district_heat`` or "": no source tells networks of one place apart. Both are "" without heated
        buildings.

    Examples
    --------
    >>> houses = pd.DataFrame({"block_id": ["a", "a"], "heat_supply": ["gas", "district_heat"], "reference_area_m2": [10.0, 20.0]})
    >>> block_labels(houses, pd.Series(["city", "household"]), pd.Index(["a", "b"])).to_numpy().tolist()
    [['household', 'district_heat'], ['', '']]
    """
    network = buildings["heat_supply"].where(buildings["heat_supply"] == NETWORK, "")
    kinds = {"owner": owner.reindex(buildings.index), "heat_network": network}
    labels = {name: _of_most_floor(buildings, kind.astype("str")) for name, kind in kinds.items()}
    return pd.DataFrame(labels, index=block_ids).fillna("").astype("str")


def _of_most_floor(buildings: pd.DataFrame, kind: pd.Series) -> pd.Series:
    heated = buildings[buildings["reference_area_m2"] > 0]
    area = heated.groupby([heated["block_id"], kind.reindex(heated.index).rename("kind")])["reference_area_m2"].sum().reset_index()
    # of equal areas the first name counts, so that no run differs
    largest = area.sort_values(["reference_area_m2", "kind"], ascending=[False, True]).drop_duplicates("block_id")
    return largest.set_index("block_id")["kind"]
