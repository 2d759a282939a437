"""
Whom the heat network of a city reaches, and what heats the others on a way that asks for it.

A building on the network stays on it. A block is joined where most of its heat is on the network today, or where it lies beside the network
and asks for so much heat per metre of trench that a network is worth laying; its small houses are offered no connection. Whoever is not
reached gets a heat pump: in boreholes where the block has ground for all of them, else outdoors, and keeps its supply where it is protected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.study import Study

__all__ = ["ON_NETWORK", "REACHED", "HeatReach", "borehole_ground_m2", "heat_reach", "network_distance_m"]

ON_NETWORK: Final = "district_heat"
AIR, GROUND = "heat_pump_air", "heat_pump_ground"
MOST: Final = 0.5
"""Share of a block's heat on the network from which the block counts as connected. [-]"""

REACHED: Final = ("connected", "dense")
"""Answers of blocks that take heat from the network."""


class HeatReach(NamedTuple):
    """
    Whom the network reaches in each package.

    Attributes
    ----------
    blocks : DataFrame
        Layer ``heat_reach``, index (``block_id``, ``package``).
    elsewhere : DataFrame, shape (buildings, packages)
        Supply of each building that the network does not reach, empty where it does.
    """

    blocks: pd.DataFrame
    elsewhere: pd.DataFrame


def network_distance_m(buildings: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame) -> pd.Series:
    """From each block to the nearest building on a heat network [m]; endless where there is none."""
    import pandas as pd

    on = buildings.geometry.to_numpy()[(buildings["heat_supply"].astype("str") == ON_NETWORK).to_numpy()]
    distance = np.full(len(blocks), np.inf)
    if len(on):
        nearest, far = shapely.STRtree(on).query_nearest(blocks.geometry.to_numpy(), return_distance=True, all_matches=False)
        distance[nearest[0]] = far
    return pd.Series(distance, index=blocks.index)


def borehole_ground_m2(blocks: pd.DataFrame, study: Study) -> pd.Series:
    """Ground of each block in which boreholes can be drilled: no building, no car park, and a part of the rest [m²]."""
    free = (blocks["area_m2"] - blocks["footprint_area_m2"] - blocks["parking_area_m2"]).clip(lower=0.0)
    return free * study.assumed("districts.borehole_ground_share")


def _known_density(density: pd.DataFrame, package: str) -> pd.Series:
    """Density with all heat connected: along streets where it is routed, else by the effective width [MWh/(m a)]."""
    import pandas as pd

    rows = pd.DataFrame(density.xs((package, 1.0), level=("package", "connection_rate")))
    return rows["linear_density_routed_mwh_m_a"].fillna(rows["linear_density_estimated_mwh_m_a"])


def _answers(distance: pd.Series, connected: pd.Series, dense: pd.Series, heat: pd.Series, study: Study) -> pd.Series:
    import pandas as pd

    # where no network is, a new one is asked for, and its length alone decides
    near = (distance <= study.assumed("districts.network_reach")) | np.isinf(distance).all()
    cases = [~(heat > 0.0), connected >= MOST, ~near, dense.to_numpy(dtype=bool)]
    return pd.Series(np.select(cases, ["no_heat", "connected", "no_network", "dense"], default="too_loose"), distance.index, dtype="str")


def _elsewhere(buildings: pd.DataFrame, served: pd.Series, load: pd.Series, ground_kw: pd.Series) -> pd.Series:
    """Supply of each building that is not served: its heat pump of today, boreholes, an outdoor unit, or what it has; empty where served."""
    import pandas as pd

    block, today = buildings["block_id"].astype("str"), buildings["heat_supply"].astype("str")
    keeps = today.isin([AIR, GROUND])
    asked = load.where(~served & ~keeps, 0.0).groupby(block).sum()
    drilled = block.map(asked <= ground_kw.reindex(asked.index).fillna(0.0)).fillna(False).astype(bool)
    cases = [served, keeps, drilled, ~buildings["heritage"].astype(bool)]
    own = today.replace("none", "electric").to_numpy(dtype=object)
    return pd.Series(np.select(cases, ["", today.to_numpy(dtype=object), GROUND, AIR], default=own), buildings.index, dtype="str")


def heat_reach(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    offered: pd.Index,
    heat: pd.DataFrame,
    load: pd.DataFrame,
    density: pd.DataFrame,
    study: Study,
) -> HeatReach:
    """
    Which blocks and buildings the network of the city reaches.

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``blocks``.
    buildings : GeoDataFrame
        Layer ``buildings``, of the place: ``heat_supply``, ``heritage``, ``block_id``, ``reference_area_m2``.
    offered : Index
        Buildings large enough for a connection.
    heat, load : DataFrame, shape (buildings, packages)
        Heat [MWh/a] and heat load [kW].
    density : DataFrame
        Layer ``heat_density``.
    study : Study
        Its assumptions ``districts.network_reach`` and ``heat_network.reach_density``.

    Returns
    -------
    HeatReach
        Floor of each block by what serves it, and the supply of each building beyond the network.
    """
    import pandas as pd

    block, floor = buildings["block_id"].astype("str"), buildings["reference_area_m2"]
    on, distance = buildings["heat_supply"].astype("str") == ON_NETWORK, network_distance_m(buildings, blocks)
    ground_kw = borehole_ground_m2(blocks, study) * study.assumed("districts.borehole_kw_per_m2")
    answers, elsewhere = {}, {}
    for package in heat:
        mine = heat[package].fillna(0.0)
        of_block = mine.groupby(block).sum().reindex(blocks.index).fillna(0.0)
        connected = mine.where(on, 0.0).groupby(block).sum().reindex(blocks.index).fillna(0.0) / of_block.where(of_block > 0.0)
        known = _known_density(density, str(package)).reindex(blocks.index)
        told = _answers(distance, connected, known >= study.assumed("heat_network.reach_density"), of_block, study)
        served = on | (block.map(told).isin(REACHED) & buildings.index.isin(offered))
        other = _elsewhere(buildings, served, load[package].fillna(0.0), ground_kw)
        kinds = {"network_m2": other == "", "ground_m2": other == GROUND, "air_m2": other == AIR}
        floors = {name: floor.where(here, 0.0) for name, here in kinds.items()}
        floors["own_m2"] = floor.where(~(kinds["network_m2"] | kinds["ground_m2"] | kinds["air_m2"]), 0.0)
        sums = pd.DataFrame(floors).groupby(block).sum().reindex(blocks.index).fillna(0.0)
        answers[str(package)] = pd.DataFrame(
            {"reach": told, "linear_density_mwh_m_a": known, "connected_share": connected, "network_distance_m": distance}
        ).join(sums)
        elsewhere[package] = other
    table = pd.concat(answers, names=["package"]).reorder_levels(["block_id", "package"]).sort_index()
    # no table holds an endless distance
    return HeatReach(table.replace(np.inf, np.nan), pd.DataFrame(elsewhere))
