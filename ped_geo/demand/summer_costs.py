"""What measures against summer heat cost, by types of buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo import assumptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["measure_costs", "measures_of_block"]


def _quantities(elements: pd.DataFrame, study: Study) -> dict[str, NDArray[np.float64]]:
    """Windows and roofs [m²] and trees, by what the table of measures counts."""
    wall, height = (elements[name].to_numpy(dtype=float) for name in ("area_wall", "height_m"))
    # before walls that are lower than a tree, trees stand as before high ones
    front = np.divide(wall, height, out=np.zeros(len(wall)), where=height > 0.0)
    return {
        "window": elements["area_window"].to_numpy(dtype=float),
        "roof": elements["area_roof"].to_numpy(dtype=float),
        "tree": front * study.assumed("summer.tree_cover") / study.assumed("summer.tree_crown"),
    }


def measure_costs(elements: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Cost of each measure of ``tables/summer_measures.csv``, per heated floor.

    Parameters
    ----------
    elements : DataFrame
        Types of buildings with the sums over their buildings: ``area_window``, ``area_roof``, ``area_wall`` and
        ``reference_area_m2`` [m²], and their ``height_m`` [m].
    study : Study
        Gives the prices.

    Returns
    -------
    DataFrame
        Index of `elements`, a column for each measure [money/m²].

    Notes
    -----
    Blinds and openings that are safe at night go with the windows, a light coat with the roof. Trees stand along as much of the walls
    as ``summer.tree_cover`` says, a crown's width each. Prices are those of works apart: with a refurbishment they are lower.
    """
    table, amounts = assumptions.table("summer_measures"), _quantities(elements, study)
    floor = elements["reference_area_m2"].to_numpy(dtype=float)
    found = {
        str(name): amounts[str(per)] * study.assumed(str(price)) / floor
        for name, price, per in zip(table["measure"], table["price"], table["per"], strict=True)
    }
    return pd.DataFrame(found, index=elements.index)


def measures_of_block(types: pd.DataFrame, kinds: pd.Series, buildings: pd.DataFrame, block: str) -> pd.DataFrame:
    """
    What measures do in the buildings of a block as they stand, in the hot year, and what they cost: means over its heated floor.

    Parameters
    ----------
    types : DataFrame, index (summer_type, package, measure, climate)
        Layer ``summer``.
    kinds : Series, index building_id
        Type of each building, of layer ``summer_buildings``.
    buildings : DataFrame, index building_id
        Layer ``buildings`` with ``block_id`` and ``reference_area_m2``.
    block : str
        Its number.

    Returns
    -------
    DataFrame, index measure
        ``fixed_hours_h`` [h/a] and ``measure_cost_m2`` [money/m²], in the order of the table of measures, all together last; without rows
        where nothing is heated.
    """
    floor = buildings.loc[buildings["block_id"].astype("str") == block, "reference_area_m2"]
    floor = floor[floor > 0].groupby(kinds.astype("str").reindex(floor.index[floor > 0])).sum()
    hot = pd.DataFrame(types.xs(("existing", "hot_future"), level=("package", "climate")))
    table = hot[["fixed_hours_h", "measure_cost_m2"]]
    weight = floor.reindex(table.index.get_level_values("summer_type")).fillna(0.0).to_numpy()
    means = table.mul(weight, axis=0).groupby(level="measure").sum() / floor.sum()
    order = [str(name) for name in (*assumptions.table("summer_measures")["measure"], "all") if name in means.index]
    return means.reindex(order if len(floor) else [])
