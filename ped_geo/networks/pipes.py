"""
Pipes of a tree: how much flows in each section, how wide it is, what it loses, pumps and costs.

Flow and return lie in one trench and have one size. Friction follows Haaland's formula.

References
----------
.. [1] Haaland (1983), "Simple and explicit formulas for the friction factor in turbulent pipe flow", J. Fluids Eng. 105.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ped_geo import assumptions

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.study import Study

__all__ = [
    "HOURS",
    "NetworkWater",
    "RootedTree",
    "annuity",
    "capacity_kw",
    "dug_share_soft",
    "friction",
    "linear_cost",
    "outlet_c",
    "pressure_gradient_pa_m",
    "pump_share",
    "simultaneity",
    "size_pipes",
    "study_capacity",
    "told_water",
    "water",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
HOURS = 8760.0
LAMINAR = 2300.0
USUAL_DN = 80


@dataclass(frozen=True)
class NetworkWater:
    """
    Temperatures and water of a network.

    Attributes
    ----------
    design_flow_c, design_return_c : float
        On the coldest day. [°C]
    mean_flow_c, mean_return_c : float
        Means of the year. [°C]
    density_kg_m3, viscosity_pa_s : float
        Of the water at the mean of the design. [kg/m³], [Pa s]
    """

    design_flow_c: float
    design_return_c: float
    mean_flow_c: float
    mean_return_c: float
    density_kg_m3: float
    viscosity_pa_s: float

    @property
    def spread_k(self) -> float:
        """Flow less return on the coldest day, K."""
        return self.design_flow_c - self.design_return_c


def water(level: str) -> NetworkWater:
    """Water of a temperature level of ``tables/heat_network_levels.csv``."""
    rows = assumptions.table("heat_network_levels").set_index("level").to_dict("index")
    return NetworkWater(**{name: float(rows[level][name]) for name in NetworkWater.__dataclass_fields__})


def told_water(level: str, flow_c: float, return_c: float, soil_c: float) -> NetworkWater:
    """
    Water of a network whose temperatures on the coldest day are told.

    Parameters
    ----------
    level : str
        Of ``tables/heat_network_levels.csv``: means of the year stand as high above the soil as its own do, in proportion.
    flow_c, return_c : float
        On the coldest day. [°C]
    soil_c : float
        [°C]

    Returns
    -------
    NetworkWater
        Density and viscosity lie between those of the table's levels.

    Examples
    --------
    >>> same, cooler = (told_water("high_temperature", *pair, 9.0) for pair in ((121.0, 65.0), (95.0, 55.0)))
    >>> round(same.mean_flow_c, 6), round(same.mean_return_c, 6), round(cooler.mean_flow_c, 1), round(cooler.mean_return_c, 1)
    (85.0, 50.0, 67.4, 42.7)
    """
    usual, table = water(level), assumptions.table("heat_network_levels")
    middle = (table["design_flow_c"] + table["design_return_c"]).to_numpy(dtype=np.float64) / 2.0
    order, at = np.argsort(middle), (flow_c + return_c) / 2.0
    density, viscosity = (table[name].to_numpy(dtype=np.float64)[order] for name in ("density_kg_m3", "viscosity_pa_s"))
    return NetworkWater(
        design_flow_c=flow_c,
        design_return_c=return_c,
        mean_flow_c=soil_c + (flow_c - soil_c) * ((usual.mean_flow_c - soil_c) / (usual.design_flow_c - soil_c)),
        mean_return_c=soil_c + (return_c - soil_c) * ((usual.mean_return_c - soil_c) / (usual.design_return_c - soil_c)),
        density_kg_m3=float(np.interp(at, middle[order], density)),
        # viscosity falls with temperature about as an exponential does
        viscosity_pa_s=float(np.exp(np.interp(at, middle[order], np.log(viscosity)))),
    )


@cache
def _catalogue() -> pd.DataFrame:
    """Sizes of pipes, narrowest first; civils of sizes that a source leaves out lie between those of their neighbours."""
    table = assumptions.table("heat_network_pipes")
    priced = ["pipe_gbp_m", "hard_gbp_m", "soft_gbp_m"]
    table[priced] = table[priced].interpolate()
    return table


def annuity(study: Study) -> float:
    """Yearly payment of a heat company per money put into pipes. [1/a]."""
    rate, years = study.assumed("heat_network.discount_rate"), study.assumed("heat_network.lifetime")
    return float(rate / -np.expm1(-years * np.log1p(rate))) if abs(rate) > 1e-12 else 1.0 / years


def simultaneity(connections: npt.ArrayLike, study: Study) -> Floats:
    """
    Peak of several connections together over the sum of their peaks.

    Examples
    --------
    >>> from ped_geo.study import Study
    >>> simultaneity([1, 2, 10], Study(name="x")).round(3).tolist()
    [1.0, 0.81, 0.658]
    """
    constant = study.assumed("heat_network.simultaneity_constant")
    return constant + (1.0 - constant) / np.maximum(np.asarray(connections, dtype=np.float64), 1.0)


def friction(reynolds: npt.ArrayLike, relative_roughness: npt.ArrayLike) -> Floats:
    """Darcy friction factor by Haaland, of laminar flow below a Reynolds number of 2300. [-]."""
    number = np.maximum(np.asarray(reynolds, dtype=np.float64), 1e-9)
    turbulent = (-1.8 * np.log10((np.asarray(relative_roughness) / 3.7) ** 1.11 + 6.9 / np.maximum(number, LAMINAR))) ** -2
    return np.where(number > LAMINAR, turbulent, 64.0 / number)


def pressure_gradient_pa_m(velocity: npt.ArrayLike, inner_m: npt.ArrayLike, roughness_m: float, fluid: NetworkWater) -> Floats:
    """
    Pressure drop of a metre of one pipe.

    Parameters
    ----------
    velocity : float or array
        [m/s]
    inner_m : float or array
        Inner diameter. [m]
    roughness_m : float
        [m]
    fluid : NetworkWater

    Returns
    -------
    ndarray
        [Pa/m]
    """
    speed, width = np.asarray(velocity, dtype=np.float64), np.asarray(inner_m, dtype=np.float64)
    reynolds = fluid.density_kg_m3 * speed * width / fluid.viscosity_pa_s
    return friction(reynolds, roughness_m / width) * fluid.density_kg_m3 * speed**2 / (2.0 * width)


def capacity_kw(gradient_pa_m: float, roughness_m: float, fluid: NetworkWater, water_heat: float) -> Floats:
    """
    Heat that each size carries at a pressure drop.

    Parameters
    ----------
    gradient_pa_m : float
        Specific pressure drop. [Pa/m]
    roughness_m : float
        [m]
    fluid : NetworkWater
    water_heat : float
        [J/(kg K)]

    Returns
    -------
    ndarray
        By size, narrowest first. [kW]
    """
    inner = _catalogue()["inner_mm"].to_numpy(dtype=np.float64) / 1000.0
    low, high = np.zeros_like(inner), np.full_like(inner, 100.0)
    for _ in range(60):
        middle = (low + high) / 2.0
        above = pressure_gradient_pa_m(middle, inner, roughness_m, fluid) > gradient_pa_m
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return low * np.pi / 4.0 * inner**2 * fluid.density_kg_m3 * water_heat * fluid.spread_k / 1000.0


def study_capacity(fluid: NetworkWater, study: Study) -> Floats:
    """Heat that each size carries at the study's pressure drop, narrowest first. [kW]."""
    roughness = study.assumed("heat_network.roughness") / 1000.0
    return capacity_kw(study.assumed("heat_network.pressure_gradient"), roughness, fluid, study.assumed("heat_network.water_heat"))


def linear_cost(capacity: Floats, most_kw: float = np.inf) -> tuple[float, float]:
    """
    Straight line through the trench costs of the sizes that can be needed.

    Parameters
    ----------
    capacity : ndarray
        See `capacity_kw`. [kW]
    most_kw : float
        Largest power of a section; the sizes up to the first that carries it count, at least three.

    Returns
    -------
    tuple of float
        Cost per power and metre [EUR/(kW m)], cost per metre [EUR/m].
    """
    used = max(int(np.searchsorted(capacity, most_kw)) + 1, 3)
    cost = _catalogue()["trench_eur_m"].to_numpy(dtype=np.float64)[:used]
    slope, constant = np.polyfit(capacity[:used], cost, 1)
    return float(slope), float(constant)


def _soft_over_hard() -> Floats:
    """Cost of a trench in soft ground over that in a street, by size."""
    table = _catalogue()
    pipe = table["pipe_gbp_m"]
    return ((pipe + table["soft_gbp_m"]) / (pipe + table["hard_gbp_m"])).to_numpy(dtype=np.float64)


def dug_share_soft() -> float:
    """Cost of a trench of usual size in soft ground over that in a street. [-]."""
    return float(_soft_over_hard()[_catalogue()["dn"].to_numpy() == USUAL_DN][0])


def outlet_c(inlet_c: float, soil_c: float, length_m: float, loss_w_mk: float, flow_kg_s: float, water_heat: float) -> float:
    """
    Temperature at which water leaves a pipe in cooler soil.

    Examples
    --------
    >>> round(outlet_c(130.0, 10.0, 200.0, 0.21 * 3.14159265 * 0.125, 0.68, 4190.0), 3)
    129.307
    """
    if flow_kg_s <= 0.0:
        return soil_c
    return soil_c + (inlet_c - soil_c) * float(np.exp(-loss_w_mk * length_m / (flow_kg_s * water_heat)))


def pump_share(pressure_pa: float, spread_k: float, density_kg_m3: float, efficiency: float, water_heat: float) -> float:
    """
    Electricity of pumps per heat that the water carries.

    Examples
    --------
    >>> round(100 * pump_share(500e3, 30.0, 977.76, 0.6, 4187.0), 2)
    0.68
    """
    return pressure_pa / (efficiency * density_kg_m3 * water_heat * spread_k)


@dataclass(frozen=True)
class RootedTree:
    """
    A tree of trenches, leaves first.

    Attributes
    ----------
    root : int
        Node that feeds in.
    parents, children : ndarray of int, shape (sections,)
        Nodes of each section, on the side of the root and beyond; a child comes before its parent.
    lengths : ndarray, shape (sections,)
        [m]
    soft : ndarray of bool, shape (sections,)
        Whether the ground is soft.
    """

    root: int
    parents: Ints
    children: Ints
    lengths: Floats
    soft: npt.NDArray[np.bool_]

    def downstream(self, values: Floats) -> Floats:
        """Sum of node values beyond each section; `values` by node."""
        total = np.array(values, dtype=np.float64)
        for parent, child in zip(self.parents, self.children, strict=True):
            total[parent] += total[child]
        return total[self.children]

    def from_root(self, values: Floats, nodes: int) -> Floats:
        """Sum of section values on the way from the root to each node."""
        total = np.full(nodes, np.nan)
        total[self.root] = 0.0
        for parent, child, value in zip(self.parents[::-1], self.children[::-1], values[::-1], strict=True):
            total[child] = total[parent] + value
        return total


def size_pipes(tree: RootedTree, power_kw: Floats, fluid: NetworkWater, study: Study) -> pd.DataFrame:
    """
    Narrowest pipes that keep the specific pressure drop, section by section from the leaves.

    Parameters
    ----------
    tree : RootedTree
        Trenches.
    power_kw : ndarray, shape (nodes,)
        Peak of the house at each node, 0 elsewhere. [kW]
    fluid : NetworkWater
        Temperatures.
    study : Study
        Its assumptions ``heat_network.*``.

    Returns
    -------
    DataFrame, shape (sections, 10)
        ``connections``, ``peak_kw`` (losses of the way included), ``flow_kg_s``, ``dn``, ``velocity_m_s``,
        ``pressure_drop_pa_m``, ``heat_loss_w_m`` (mean of the year, both pipes), ``loss_w_mk`` (one pipe), ``trench_eur_m`` and
        ``too_narrow`` where even the widest pipe drops more.
    """
    import pandas as pd

    table = _catalogue()
    loss = table["loss_w_mk_pipe"].to_numpy(dtype=np.float64)
    soil = study.assumed("heat_network.soil_c")
    cold_day = (fluid.design_flow_c + fluid.design_return_c) / 2.0 - soil
    capacity = study_capacity(fluid, study)
    connections = tree.downstream((power_kw > 0.0).astype(np.float64))
    together = tree.downstream(power_kw) * simultaneity(connections, study)
    lost = np.zeros(len(power_kw))
    size, peak = np.zeros(len(together), dtype=np.int64), np.zeros(len(together))
    for section, (parent, child) in enumerate(zip(tree.parents, tree.children, strict=True)):
        wanted = together[section] + lost[child]
        size[section] = min(int(np.searchsorted(capacity, wanted)), len(capacity) - 1)
        own = 2.0 * loss[size[section]] * cold_day * tree.lengths[section] / 1000.0
        peak[section] = wanted + own
        lost[parent] += lost[child] + own
    inner = table["inner_mm"].to_numpy(dtype=np.float64)[size] / 1000.0
    flow = peak * 1000.0 / (study.assumed("heat_network.water_heat") * fluid.spread_k)
    velocity = flow / (fluid.density_kg_m3 * np.pi / 4.0 * inner**2)
    warm = (fluid.mean_flow_c + fluid.mean_return_c) / 2.0 - soil
    cost = table["trench_eur_m"].to_numpy(dtype=np.float64)[size]
    return pd.DataFrame(
        {
            "connections": connections.astype(np.int64),
            "peak_kw": peak,
            "flow_kg_s": flow,
            "dn": table["dn"].to_numpy(dtype=np.int64)[size],
            "velocity_m_s": velocity,
            "pressure_drop_pa_m": pressure_gradient_pa_m(velocity, inner, study.assumed("heat_network.roughness") / 1000.0, fluid),
            "heat_loss_w_m": 2.0 * loss[size] * warm,
            "loss_w_mk": loss[size],
            "trench_eur_m": np.where(tree.soft, cost * _soft_over_hard()[size], cost),
            "too_narrow": peak > capacity[-1],
        }
    )
