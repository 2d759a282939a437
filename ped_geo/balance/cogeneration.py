"""
Heat of a network that gas engines feed: how much of their gas the heat answers for, by a named method.

The engines stand at the network's plant, or at a block with a network of its own (then without losses); boilers make the rest of
the heat. All gas and all electricity of the plant belong to its heat and its power, and the method says how they are shared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo import assumptions
from ped_geo.study import Study

__all__ = ["CARRIER", "METHODS", "Plant", "heat_weight"]

Floats = npt.NDArray[np.floating]

CARRIER = "district_heat_cogeneration"
"""Supply option and carrier whose factors `heat_weight` gives."""

METHODS = ("power_bonus", "carnot", "alternative")

KELVIN = 273.15


@dataclass(frozen=True)
class Plant:
    """
    Gas engines and boilers that feed a network.

    Attributes
    ----------
    electric, thermal : float
        Efficiencies of the engines. [-]
    engine_share : float
        Share of the heat fed in that the engines make. [-]
    boiler : float
        Efficiency of the boilers. [-]
    loss : float
        Heat lost in the network, share of what is fed in. [-]
    pumping : float
        Electricity of the pumps per heat fed in. [-]
    electric_reference, thermal_reference : float
        Efficiencies of separate production. [-]
    heat_c, ambient_c : float
        Mean temperature at which heat leaves the plant, and of the surroundings. [°C]
    """

    electric: float
    thermal: float
    engine_share: float
    boiler: float
    loss: float
    pumping: float
    electric_reference: float
    thermal_reference: float
    heat_c: float
    ambient_c: float

    @classmethod
    def of(cls, study: Study | None) -> Plant:
        """The plant of a study's assumptions ``supply.chp_*``, the network's of its ``supply.network_*``."""

        def value(key: str) -> float:
            return assumptions.scalar(key).value if study is None else study.assumed(key)

        own = ("electric", "thermal", "engine_share", "boiler", "electric_reference", "thermal_reference", "heat_c", "ambient_c")
        network = {"loss": value("supply.network_loss"), "pumping": value("supply.network_pumping")}
        return cls(**{name: value(f"supply.chp_{name}") for name in own}, **network)

    def heat_share(self, method: str) -> float:
        r"""
        Share of the engines' gas that their heat answers for; not a number for the power bonus, which shares out no gas.

        Notes
        -----
        ``carnot``: by exergy, :math:`\eta_{th}\theta / (\eta_{el} + \eta_{th}\theta)` with :math:`\theta = 1 - T_0/T`.
        ``alternative``: by the fuel of separate production,
        :math:`(\eta_{th}/\eta_{th,ref}) / (\eta_{th}/\eta_{th,ref} + \eta_{el}/\eta_{el,ref})`.

        Examples
        --------
        >>> plant = Plant(0.4, 0.4, 1.0, 0.9, 0.0, 0.0, 0.5, 1.0, 100.0, 0.0)
        >>> round(plant.heat_share("alternative"), 4), round(plant.heat_share("carnot"), 4)
        (0.3333, 0.2113)
        """
        quality = 1.0 - (self.ambient_c + KELVIN) / (self.heat_c + KELVIN)
        weights = {
            "carnot": (self.thermal * quality, self.electric),
            "alternative": (self.thermal / self.thermal_reference, self.electric / self.electric_reference),
        }
        heat, power = weights.get(method, (np.nan, np.nan))
        return heat / (heat + power)


def heat_weight(plant: Plant, gas: Floats, electricity: Floats, method: str) -> tuple[float, float, float]:
    r"""
    Factors of a unit of heat that such a network delivers.

    Parameters
    ----------
    plant : Plant
    gas, electricity : ndarray, shape (3,)
        Factors of gas and of grid electricity: renewable and non-renewable primary energy [kWh/kWh], CO₂ [kg/kWh].
    method : str
        One of `METHODS`. ``power_bonus``: all gas, less the grid electricity that the engines' power replaces; not below zero.

    Returns
    -------
    tuple of float
        Renewable and non-renewable primary energy [kWh/kWh], CO₂ [kg/kWh].

    Notes
    -----
    With the heat fed in per heat delivered :math:`1 / (1 - loss)`, the engines' share `s` of it and their gas
    :math:`g = s / \eta_{th}`, the power bonus is
    :math:`f_{heat} = (f_{gas} (g + (1 - s)/\eta_b) + f_{el} (pumps - g \eta_{el})) / (1 - loss)`; the other methods put
    a share of `g` to the heat and credit no power.

    References
    ----------
    .. [1] EN ISO 52000-1:2017, 9.6; EN 15316-4-5:2017, methods of allocation: power bonus, Carnot, alternative production.
    .. [2] Directive 2012/27/EU, annex II; Delegated Regulation (EU) 2015/2402: reference efficiencies.

    Examples
    --------
    >>> plant = Plant(0.4, 0.5, 1.0, 0.9, 0.0, 0.0, 0.53, 0.92, 80.0, 10.0)
    >>> [round(part, 3) for part in heat_weight(plant, np.array([0.0, 1.1, 0.2]), np.array([0.0, 2.5, 0.6]), "power_bonus")]
    [0.0, 0.2, 0.0]
    """
    fed = 1.0 / (1.0 - plant.loss)
    engines = fed * plant.engine_share / plant.thermal
    boilers = fed * (1.0 - plant.engine_share) / plant.boiler
    pumps = fed * plant.pumping
    if method == "power_bonus":
        bought = gas * (engines + boilers) + electricity * (pumps - engines * plant.electric)
    else:
        bought = gas * (engines * plant.heat_share(method) + boilers) + electricity * pumps
    ren, nren, co2 = (float(part) for part in np.maximum(bought, 0.0))
    return ren, nren, co2
