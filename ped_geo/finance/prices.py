"""What a unit of each carrier costs, and the arithmetic of tariffs: taxes, gigajoules, euros."""

from __future__ import annotations

from functools import cache

from ped_geo import assumptions
from ped_geo.errors import StudyError
from ped_geo.flows import CARRIERS
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

__all__ = ["CARRIERS", "gross_price", "price", "price_growth", "price_per_kwh"]

GJ_PER_KWH = 0.0036


@cache
def _tariffs() -> dict[str, dict[str, str]]:
    """Key of the price, its unit and the key of its growth, empty where it has none, of what is bought or sold."""
    table = assumptions.table("carriers").set_index("carrier")[["price", "price_per", "price_growth"]].fillna("").astype("str")
    return {str(carrier): {str(name): str(key) for name, key in row.items()} for carrier, row in table.to_dict("index").items()}


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
    if carrier not in _tariffs():
        raise StudyError(Sentence("error.no_price_is_known_for", carrier=carrier, names=", ".join(_tariffs())))
    tariff = _tariffs()[carrier]
    value = study.assumed(tariff["price"])
    return price_per_kwh(value) if tariff["price_per"] == "GJ" else value


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
    own = _tariffs().get(carrier, {}).get("price_growth", "")
    return study.assumed("finance.energy_price_growth") + (study.assumed(own) if own else 0.0)
