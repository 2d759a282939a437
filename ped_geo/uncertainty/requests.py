"""Which tables that others hold would narrow the band of the balance most, and by how much: what is worth a letter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo import assumptions

__all__ = ["data_requests"]

DISTRICT = "district"
VISITS = "site_visits"
"""Request that takes the doubt of the ages away of some buildings only."""


def data_requests(
    sensitivity: pd.DataFrame, bands: pd.DataFrame, variant: str, field_work: pd.DataFrame | None = None, visits: int = 0
) -> pd.DataFrame:
    """
    How wide the band of the district's balance is, and how wide it would be with each table of ``tables/data_requests.csv``.

    Parameters
    ----------
    sensitivity : DataFrame
        Layer ``sensitivity``, index (``group_id``, ``variant``, ``input``): ``variance_share``.
    bands : DataFrame
        Layer ``bands``, index (``group_id``, ``variant``, ``quantity``): ``p05``, ``p95``.
    variant : str
        The recommended way.
    field_work : DataFrame, optional
        Layer ``field_work``; without it site visits take nothing away.
    visits : int
        How many of its buildings are visited.

    Returns
    -------
    DataFrame
        Layer ``data_requests``, index ``table``, the one that narrows most first. A table takes the part of the variance away that its
        inputs have when they vary alone; the band shrinks with the root of what is left.

    Examples
    --------
    >>> inputs = pd.MultiIndex.from_product([["district"], ["a"], ["electricity_use", "heat_use"]], names=["group_id", "variant", "input"])
    >>> shares = pd.DataFrame({"variance_share": [0.75, 0.19]}, index=inputs)
    >>> quantity = pd.MultiIndex.from_tuples([("district", "a", "balance_kwh_m2a")], names=["group_id", "variant", "quantity"])
    >>> data_requests(shares, pd.DataFrame({"p05": [-30.0], "p95": [-10.0]}, index=quantity), "a")["band_left_kwh_m2a"].round(1).to_dict()
    {'electricity': 10.0, 'heat_meters': 18.0, 'connections': 20.0, 'years': 20.0, 'building_uses': 20.0, 'site_visits': 20.0}
    """
    asked = assumptions.table("data_requests").fillna("").set_index("table")
    known = sensitivity[sensitivity.index.get_level_values("group_id") == DISTRICT]
    share = known[known.index.get_level_values("variant") == variant]["variance_share"].droplevel(["group_id", "variant"])
    dated = field_work["variance_taken_share"].head(visits).max() if field_work is not None and len(field_work) else 0.0
    part = np.where(asked.index == VISITS, dated, 1.0)
    taken = [float(share.reindex(names.split("|")).fillna(0.0).sum()) for names in asked["inputs"]] * part
    mine = bands[bands.index.get_level_values("group_id") == DISTRICT].xs((variant, "balance_kwh_m2a"), level=("variant", "quantity"))
    # where nothing is heated there is no band
    width = float((mine["p95"] - mine["p05"]).iloc[0]) if len(mine) else np.nan
    found = asked[["holder", "kind"]].assign(variance_share=np.clip(taken, 0.0, 1.0), band_kwh_m2a=width)
    found["band_left_kwh_m2a"] = width * np.sqrt(1.0 - found["variance_share"])
    return found.sort_values("variance_share", ascending=False, kind="stable").astype({"holder": "str", "kind": "str"})
