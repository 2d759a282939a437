"""
Linear heat density: heat delivered per metre of trench, from the effective width of blocks or from routed trenches.

One trench holds flow and return and counts once; house connections count.

References
----------
.. [1] Persson, Werner (2011), "Heat distribution and the future competitiveness of district heating", Applied Energy 88, 568-576.
.. [2] Persson, Wiechers, Möller, Werner (2019), "Heat Roadmap Europe: heat distribution costs", Energy 176, 604-622.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ped_geo import assumptions
from ped_geo.supply import system

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.study import Study

__all__ = [
    "GJ_PER_MWH",
    "at_stations",
    "block_density",
    "connected_trenches",
    "delivered_mwh_a",
    "density_class",
    "distribution_cost_eur_mwh",
    "effective_density",
    "effective_width_m",
    "station_output_mwh_a",
]

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike
GJ_PER_MWH = 3.6
DISTRICT_HEAT = "district_heat"
WATER = ["hot_water_need_kwh_a", "hot_water_circulation_kwh_a"]


def effective_width_m(plot_ratio: Numbers, study: Study) -> Floats:
    """
    Land beside a metre of trench.

    Parameters
    ----------
    plot_ratio : float or array
        Gross floor area over land area. [-]
    study : Study
        Its assumptions ``heat_network.width_*``.

    Returns
    -------
    ndarray
        Width. [m]

    Examples
    --------
    >>> from ped_geo.study import Study
    >>> effective_width_m([0.0, 0.4, 1.0], Study(name="x")).tolist()
    [5.0, 60.0, 60.0]
    """
    ratio = np.asarray(plot_ratio, dtype=np.float64)
    sparse = study.assumed("heat_network.width_slope") * ratio + study.assumed("heat_network.width_constant")
    return np.where(ratio <= study.assumed("heat_network.width_sparse_limit"), sparse, study.assumed("heat_network.width_dense"))


def distribution_cost_eur_mwh(linear_density: Numbers, annuity: float, study: Study) -> Floats:
    """
    Capital cost of distribution by linear heat density, at western European prices.

    Parameters
    ----------
    linear_density : float or array
        Heat per metre of trench. [MWh/(m a)]
    annuity : float
        Annuity factor of the network. [1/a]
    study : Study
        Its assumptions ``heat_network.diameter_*`` and ``heat_network.trench_*``.

    Returns
    -------
    ndarray
        Cost. [EUR/MWh]

    Notes
    -----
    .. math:: C_d = a (C_1 + C_2 d_a) / (Q/L), \\qquad d_a = 0.0486 \\ln(Q/L) + 0.0007
    """
    density = np.asarray(linear_density, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        diameter = study.assumed("heat_network.diameter_slope") * np.log(density * GJ_PER_MWH) + study.assumed(
            "heat_network.diameter_constant"
        )
        diameter = np.maximum(diameter, study.assumed("heat_network.diameter_least"))
        trench = study.assumed("heat_network.trench_constant") + study.assumed("heat_network.trench_coefficient") * diameter
        return np.where(density > 0.0, annuity * trench / density, np.nan)


def density_class(linear_density: Numbers) -> npt.NDArray[np.str_]:
    """
    Class of each linear heat density by ``tables/heat_density_classes.csv``.

    Parameters
    ----------
    linear_density : float or array
        Heat per metre of trench; 0 where none is known. [MWh/(m a)]

    Examples
    --------
    >>> density_class([0.2, 1.5, 2.3]).tolist()
    ['very_low', 'borderline', 'good']
    """
    table = assumptions.table("heat_density_classes")
    place = np.searchsorted(table["least_mwh_m_a"].to_numpy(dtype=np.float64), np.nan_to_num(linear_density), side="right") - 1
    return table["class"].to_numpy(dtype=str)[np.maximum(place, 0)]


def station_output_mwh_a(need: pd.DataFrame) -> pd.Series:
    """
    Heat that house stations give to pipes and tanks of their houses, and heat pumps would give in their place.

    Parameters
    ----------
    need : DataFrame
        Layer ``need`` as `at_stations` gives it.

    Returns
    -------
    Series
        On the index of `need`: rooms, hot water and its circulation. [MWh/a]
    """
    return need[["heat_need_kwh_a", *WATER]].sum(axis=1) / 1000.0


def delivered_mwh_a(need: pd.DataFrame) -> pd.Series:
    """
    Heat that buildings take from a network, as its meter counts and the accounts of final energy know it.

    Parameters
    ----------
    need : DataFrame
        Layer ``need`` as `at_stations` gives it.

    Returns
    -------
    Series
        On the index of `need`: rooms, hot water and its circulation, and what stations and tanks lose by TABULA's expenditure
        factors of district heat. [MWh/a]
    """
    rooms, water = (system(DISTRICT_HEAT, use)["expenditure"] for use in ("heating", "hot_water"))
    return (need["heat_need_kwh_a"] * rooms + need[WATER].sum(axis=1) * water) / 1000.0


def at_stations(need: pd.DataFrame, thermal_state: pd.DataFrame) -> pd.DataFrame:
    """
    Need as house stations must meet it: rooms take more from them than they need, by what pipes and valves of the house lose.

    Parameters
    ----------
    need, thermal_state : DataFrame
        Layers of these names.

    Returns
    -------
    DataFrame
        `need` with ``heat_need_kwh_a`` over the efficiency of heating in the building.
    """
    efficiency = thermal_state["heating_efficiency"].reindex(need.index)
    return need.assign(heat_need_kwh_a=need["heat_need_kwh_a"] / efficiency)


def effective_density(area_m2: pd.Series, plot_ratio: pd.Series, heat_mwh_a: pd.Series, study: Study) -> pd.DataFrame:
    """
    Linear heat density from the effective width alone, for any number of blocks, without streets and buildings.

    Parameters
    ----------
    area_m2, plot_ratio, heat_mwh_a : Series, shape (n,)
        Land of each block [m²], gross floor area over it [-] and the heat that its buildings would take [MWh/a], on one index.
    study : Study
        Its assumptions ``heat_network.*``.

    Returns
    -------
    DataFrame, shape (n, 5)
        ``heat_mwh_a``, ``trench_estimated_m``, ``linear_density_estimated_mwh_m_a``, ``density_class`` and
        ``distribution_cost_per_mwh``, as in the layer ``heat_density``; density and cost are not a number where there is no land.
    """
    import pandas as pd

    trench = area_m2.to_numpy(dtype=np.float64) / effective_width_m(plot_ratio.to_numpy(dtype=np.float64), study)
    heat = heat_mwh_a.to_numpy(dtype=np.float64)
    density = np.divide(heat, trench, out=np.full(len(heat), np.nan), where=trench > 0.0)
    return pd.DataFrame(
        {
            "heat_mwh_a": heat,
            "trench_estimated_m": trench,
            "linear_density_estimated_mwh_m_a": density,
            "density_class": pd.array(density_class(density), dtype="str"),
            "distribution_cost_per_mwh": _cost(density, study),
        },
        index=heat_mwh_a.index,
    )


def block_density(blocks: pd.DataFrame, heat: pd.DataFrame, study: Study, trench: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Linear heat density of each block in each package, with all heat connected and with a part of it.

    Parameters
    ----------
    blocks : DataFrame
        Layer ``blocks``.
    heat : DataFrame, shape (blocks, packages)
        Heat that the buildings of each block would take. [MWh/a]
    study : Study
        Its assumptions ``heat_network.*``.
    trench : DataFrame, optional
        Routed trenches by block: ``trunk_m`` in streets and ``connections_m`` to houses; a connection that is not made is not
        dug, a trunk is. Without it, and for blocks that it does not hold, the effective width alone speaks.

    Returns
    -------
    DataFrame
        Layer ``heat_density`` of the schema, by block, package and share of the heat that is connected.
    """
    import pandas as pd

    rates = sorted({1.0, study.assumed("heat_network.connection_rate")}, reverse=True)
    tables = {}
    for package in heat.columns:
        for rate in rates:
            delivered = heat[package].reindex(blocks.index).fillna(0.0) * rate
            table = effective_density(blocks["area_m2"], blocks["fsi"], delivered, study)
            routed = np.full(len(blocks), np.nan)
            if trench is not None:
                routed = (trench["trunk_m"] + rate * trench["connections_m"]).reindex(blocks.index).to_numpy(dtype=np.float64)
            table.insert(3, "trench_routed_m", routed)
            table.insert(4, "linear_density_routed_mwh_m_a", delivered / table["trench_routed_m"].where(table["trench_routed_m"] > 0.0))
            known = table["linear_density_routed_mwh_m_a"].fillna(table["linear_density_estimated_mwh_m_a"]).to_numpy()
            table["density_class"] = pd.array(density_class(known), dtype="str")
            table["distribution_cost_per_mwh"] = _cost(known, study)
            tables[str(package), rate] = table
    return pd.concat(tables, names=["package", "connection_rate"]).reorder_levels(["block_id", "package", "connection_rate"]).sort_index()


def connected_trenches(density: pd.DataFrame) -> pd.DataFrame:
    """
    Heat of blocks were all of it taken from a network, and the trenches that it would need; both add up over blocks.

    Parameters
    ----------
    density : DataFrame
        Layer ``heat_density``.

    Returns
    -------
    DataFrame, index (``block_id``, ``package``)
        ``connected_heat_mwh_a`` [MWh/a] and ``trench_m`` [m], routed along streets, else by the effective width; 0 where there is
        no heat, whose street then counts nowhere.
    """
    import pandas as pd

    rows = pd.DataFrame(density.xs(1.0, level="connection_rate"))
    heated = rows["heat_mwh_a"] > 0.0
    length = rows["trench_routed_m"].where(rows["trench_routed_m"] > 0.0, rows["trench_estimated_m"])
    return pd.DataFrame({"connected_heat_mwh_a": rows["heat_mwh_a"].where(heated, 0.0), "trench_m": length.where(heated, 0.0)})


def _cost(linear_density: Floats, study: Study) -> Floats:
    rate, years = study.assumed("heat_network.discount_rate"), study.assumed("heat_network.lifetime")
    annuity = rate / -np.expm1(-years * np.log1p(rate)) if abs(rate) > 1e-12 else 1.0 / years
    in_eur = distribution_cost_eur_mwh(linear_density, float(annuity), study)
    return in_eur * study.assumed("heat_network.price_level") * study.assumed("heat_network.exchange_rate")
