"""What a unit of each carrier costs, and the arithmetic of tariffs: taxes, gigajoules, euros."""

from __future__ import annotations

from ped_geo.errors import StudyError
from ped_geo.flows import CARRIERS
from ped_geo.study import Study

__all__ = ["CARRIERS", "gross_price", "price", "price_growth", "price_per_kwh"]

GJ_PER_KWH = 0.0036

_KEYS = {
    "district_heat": "prices.district_heat",
    "district_heat_decarbonised": "prices.district_heat_decarbonised",
    "district_heat_cogeneration": "prices.district_heat_cogeneration",
    "gas": "prices.gas_household",
    "coal": "prices.coal",
    "biomass": "prices.biomass",
    "oil": "prices.oil",
    "electricity": "prices.electricity_household",
    "electricity_export": "prices.electricity_export",
}
_GROWTH = {
    "district_heat": "finance.district_heat_price_growth",
    "district_heat_cogeneration": "finance.district_heat_price_growth",
    "district_heat_decarbonised": "finance.district_heat_decarbonised_price_growth",
}
_PER_GJ = ("district_heat", "district_heat_decarbonised", "district_heat_cogeneration")


def price_per_kwh(price_per_gj: float) -> float:
    """
    A price per gigajoule as a price per kilowatt-hour.

    Parameters
    ----------
    price_per_gj : float
        [PLN/GJ]

    Examples
    --------
    >>> price_per_kwh(125.0)
    0.45
    """
    return price_per_gj * GJ_PER_KWH


def gross_price(net: float, *, excise: float = 0.0, vat: float) -> float:
    """
    Price with excise and value-added tax.

    Parameters
    ----------
    net, excise : float
        Net price and excise. [PLN/kWh]
    vat : float
        Rate of value-added tax. [-]

    Examples
    --------
    >>> round(gross_price(0.5000, excise=0.0050, vat=0.23), 5)  # households, maximum price of 2025
    0.62115
    """
    return (net + excise) * (1 + vat)


def price(carrier: str, study: Study) -> float:
    """
    What the consumer pays for a carrier, or earns for exported electricity.

    Parameters
    ----------
    carrier : str
        One of `CARRIERS`, ``district_heat_decarbonised``, ``district_heat_cogeneration`` or ``electricity_export``.
    study : Study
        Its ``[assumptions]`` may replace the prices.

    Returns
    -------
    float
        Price with taxes and variable grid charges. [PLN/kWh]

    Raises
    ------
    StudyError
        If the carrier has no price; the message lists those that have.

    Examples
    --------
    >>> price("district_heat", Study(name="x"))
    0.45
    """
    if carrier not in _KEYS:
        raise StudyError(f"no price is known for carrier {carrier!r}; known: {', '.join(_KEYS)}.")
    value = study.assumed(_KEYS[carrier])
    return price_per_kwh(value) if carrier in _PER_GJ else value


def price_growth(carrier: str, study: Study) -> float:
    """
    Real yearly growth of a carrier's price: that of all energy, and for district heat what its CO₂ allowances add.

    Parameters
    ----------
    carrier : str
        As for `price`.
    study : Study
        Gives ``finance.energy_price_growth`` and the growth of heat from networks.

    Returns
    -------
    float
        [1/a]

    Examples
    --------
    >>> price_growth("gas", Study(name="x")), price_growth("district_heat", Study(name="x"))
    (0.0, 0.005)
    """
    return study.assumed("finance.energy_price_growth") + (study.assumed(_GROWTH[carrier]) if carrier in _GROWTH else 0.0)
