"""What it costs the heat company to take buildings onto its network, and what leaving does to those who stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo.networks import pipes
from ped_geo.networks.routing import TODAY

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.networks.routing import RoutedNetwork
    from ped_geo.study import Study

    Floats = NDArray[np.float64]

__all__ = ["LEAVING", "joins", "leaving", "yearly_share"]

ON_NETWORK = "district_heat"
OWN = "low_temperature"

LEAVING = (0.0, 0.1, 0.25, 0.5, 0.75)
"""Shares of the heat that leave, for which the cost of those who stay is told."""


def yearly_share(study: Study) -> float:
    """Annuity and maintenance of a network, per money put into it. [1/a]."""
    return pipes.annuity(study) + study.assumed("heat_network.maintenance")


def _money(study: Study) -> float:
    """Money of the country per euro of German trench costs."""
    return study.assumed("heat_network.price_level") * study.assumed("heat_network.exchange_rate")


def _shared(routed: RoutedNetwork, cost: Floats, heat: pd.Series) -> pd.Series:
    """Cost of sections shared among the buildings that each feeds, by their heat."""
    import pandas as pd

    drawn = routed.at_houses(heat)
    carried = routed.tree.downstream(drawn)
    per_heat = np.divide(cost, carried, out=np.zeros(len(cost)), where=carried > 0.0)
    to_house = routed.tree.from_root(per_heat, routed.nodes)
    nodes = routed.houses.to_numpy()
    return pd.Series(to_house[nodes] * drawn[nodes], index=routed.houses.index)


def _new_pipes(routed: RoutedNetwork, heat: pd.Series, peak: pd.Series, level: str, there: Floats, study: Study) -> pd.Series:
    """What must be laid so that all take heat at a level [money]: sections that are not there, or there too narrow."""
    sized = pipes.size_pipes(routed.tree, routed.at_houses(peak), routed.water(level), study)
    laid = (sized["connections"].to_numpy() > 0) & (sized["dn"].to_numpy() > there)
    cost = np.where(laid, sized["trench_eur_m"].to_numpy() * routed.tree.lengths * _money(study), 0.0)
    return _shared(routed, cost, heat)


def _there_today(routed: RoutedNetwork, on_network: pd.Series, peak: pd.Series, study: Study) -> Floats:
    """Diameter of pipes today, section by section: what is mapped, and what buildings on the network must have; 0 where none lies."""
    served = peak.where(on_network, 0.0)
    sized = pipes.size_pipes(routed.tree, routed.at_houses(served), routed.today, study)
    needed = np.where(sized["connections"].to_numpy() > 0, sized["dn"].to_numpy(dtype=np.float64), 0.0)
    return np.maximum(needed, routed.there)


def joins(
    routed: RoutedNetwork | None,
    buildings: pd.DataFrame,
    delivered: pd.DataFrame,
    peak: pd.DataFrame,
    density: pd.DataFrame,
    elsewhere: pd.DataFrame,
    study: Study,
) -> pd.DataFrame:
    """
    Pipes that must be laid so that buildings take their heat from a network, shared among them.

    Parameters
    ----------
    routed : RoutedNetwork or None
        Trenches along the streets, where there are some.
    buildings : DataFrame
        Layer ``buildings``: ``heat_supply`` tells who is on the network, ``block_id``.
    delivered, peak : DataFrame, shape (buildings, packages)
        Heat [MWh/a] and peak [kW].
    density : DataFrame
        Layer ``heat_density``: its cost stands for buildings that no trench reaches.
    elsewhere : DataFrame, shape (buildings, packages)
        As `ped_geo.networks.reach.heat_reach` gives it: today's network is laid to those alone for whom it is empty, a low-temperature
        network of the place's own to all.
    study : Study
        Its assumptions ``heat_network.*``.

    Returns
    -------
    DataFrame
        Layer ``heat_joins``, index (``building_id``, ``package``).

    Notes
    -----
    Buildings that take heat from the network today have a pipe, as wide as the tree's section must be for them; it is paid for and
    stays. Any other section is new, and so is one that becomes too narrow, as most do at the smaller spread of a low-temperature
    network unless the buildings are retrofitted.
    """
    import pandas as pd

    on_network = buildings["heat_supply"].astype("str") == ON_NETWORK
    block = buildings["block_id"].astype("str")
    of_mwh = density["distribution_cost_per_mwh"].xs(1.0, level="connection_rate").unstack("package") / pipes.annuity(study)
    there = None if routed is None else _there_today(routed, on_network, peak.iloc[:, 0], study)
    tables = {}
    for package in delivered:
        heat = delivered[package].fillna(0.0)
        by_width = (block.map(of_mwh[package]).fillna(0.0) * heat).where(~on_network, 0.0)
        other = elsewhere[package]
        served = other == ""
        table = pd.DataFrame(
            {"on_network": on_network, "elsewhere": other, "pipes_today": by_width.where(served, 0.0), "pipes_own": by_width}
        )
        if routed is not None and there is not None:
            for name, level, mine in (("pipes_today", TODAY, served), ("pipes_own", OWN, served | True)):
                own = _new_pipes(routed, heat.where(mine, 0.0), peak[package].where(mine, 0.0), level, there, study)
                table.loc[own.index, name] = own
        tables[str(package)] = table
    return pd.concat(tables, names=["package"]).reorder_levels(["building_id", "package"]).sort_index()


def leaving(pipe_layer: pd.DataFrame, levels: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Cost of distribution for those who stay on today's network when others leave.

    Parameters
    ----------
    pipe_layer : DataFrame
        Layer ``heat_network``.
    levels : DataFrame
        Layer ``heat_levels``.
    study : Study

    Returns
    -------
    DataFrame
        Layer ``heat_leaving``, index (``package``, ``leaving``); no rows where nothing was routed.

    Notes
    -----
    Pipes stay to be paid. Connections of those who left are shut and lose nothing, the trunk loses as before, and pumps need less in
    the measure in which heat is less. The plant, whose fixed costs do the same, is not in it.
    """
    import pandas as pd

    columns = ["heat_mwh_a", "distribution_cost_per_mwh", "rise_per_mwh"]
    rows: dict[tuple[str, float], tuple[float, float, float]] = {}
    shut = 0.0
    if len(pipe_layer):
        lost = pipe_layer["heat_loss_mwh_a"].groupby(pipe_layer["kind"].astype("str")).sum()
        shut = float(lost.get("connection", 0.0)) / float(lost.sum())
    for (level, package), row in zip(levels.index, levels.to_dict("records"), strict=True):
        if level != TODAY:
            continue
        lost_a = float(row["heat_loss_mwh_a"]) * study.assumed("heat_network.source_heat")
        pumped_a = float(row["pump_mwh_a"]) * study.assumed("heat_network.pump_electricity")
        pipes_a = float(row["distribution_cost_per_mwh"]) * float(row["delivered_mwh_a"]) - lost_a - pumped_a
        whole = 0.0
        for share in LEAVING:
            heat = float(row["delivered_mwh_a"]) * (1.0 - share)
            cost = (pipes_a + lost_a * (1.0 - shut * share) + pumped_a * (1.0 - share)) / heat
            whole = whole if share else cost
            rows[str(package), share] = (heat, cost, cost - whole)
    index = (
        pd.MultiIndex.from_tuples(list(rows), names=["package", "leaving"])
        if rows
        else pd.MultiIndex.from_arrays([[], []], names=["package", "leaving"])
    )
    return pd.DataFrame(list(rows.values()), columns=columns, index=index, dtype="float64")
