"""
Air pollutants of the energy used: NOx, SO₂, PM10, PM2.5 and benzo(a)pyrene; and the CO₂ of the grid by year.

Air pollutants follow carrier and appliance (``pollutant_factors.csv`` of the country, ``tables/appliance_factors.csv``). What leaves
chimneys in the district counts a second time as *local*: in Polish cities it is the argument that moves councils. CO₂ is weighed
with the study's set of factors, in `ped_geo.balance`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo._rows import row_products
from ped_geo.countries import HOME, pack
from ped_geo.errors import LayerError, StudyError
from ped_geo.flows import BURNT_CARRIERS, CARRIERS
from ped_geo.language.sentences import Sentence

__all__ = ["POLLUTANTS", "air_pollutants", "grid_co2", "pollutant_factors"]

POLLUTANTS: Final = ("nox", "so2", "pm10", "pm25", "bap")
"""Air pollutants; columns ``<pollutant>_kg_a`` and ``<pollutant>_local_kg_a``."""


def grid_co2(year: float, *, kind: str = "end_user") -> float:
    """
    CO₂ of grid electricity in a year, measured or projected.

    Parameters
    ----------
    year : float
        Calendar year; between years of the table the value runs linearly, before and after it stays.
    kind : {"end_user", "combustion_plants"}
        With renewables and grid losses, or of fuel-burning plants alone. The two are never to be mixed; balances use the first.

    Returns
    -------
    float
        [kg/MWh]

    Raises
    ------
    StudyError
        If there is no such kind.

    Examples
    --------
    >>> grid_co2(2023), grid_co2(2023, kind="combustion_plants"), grid_co2(2045)
    (597.0, 743.0, 80.0)
    """
    table = assumptions.table("grid_co2")
    rows = table[table["kind"] == kind].sort_values("year")
    if rows.empty:
        raise StudyError(Sentence("error.unknown_kind_grid_factor_known", kind=kind, names=", ".join(dict.fromkeys(table["kind"]))))
    return float(np.interp(year, rows["year"].to_numpy(float), rows["kg_mwh"].to_numpy(float)))


def pollutant_factors(supply: str = "today", country: str = HOME) -> pd.DataFrame:
    """
    Air pollutants per unit of each carrier, as burnt by the appliance of a supply.

    Parameters
    ----------
    supply : str
        ``biomass`` burns pellets in an automatic boiler; wood of today is burnt in stoves.
    country : str
        Whose power stations and networks.

    Returns
    -------
    DataFrame, shape (carriers, 5)
        Carriers by `POLLUTANTS`. [kg/kWh]

    Examples
    --------
    >>> float(pollutant_factors().loc["coal", "pm10"] / pollutant_factors().loc["gas", "pm10"]) > 100
    True
    """
    return _pollutant_factors(supply, country).copy()


@cache
def _pollutant_factors(supply: str, country: str) -> pd.DataFrame:
    table = pack(country).table("pollutant_factors").pivot(index="carrier", columns="pollutant", values="kg_kwh")
    found = table.reindex(index=list(CARRIERS), columns=list(POLLUTANTS)).fillna(0.0)
    own = assumptions.table("appliance_factors")
    for row in own[own["supply"] == supply].to_dict("records"):
        found.loc[str(row["carrier"]), str(row["pollutant"])] = float(row["kg_kwh"])
    return found


def air_pollutants(energy: pd.DataFrame, *, supply: str = "today", country: str = HOME) -> pd.DataFrame:
    """
    Air pollutants of energy by carrier.

    Parameters
    ----------
    energy : DataFrame
        ``<carrier>_kwh_a`` of any index (buildings, blocks, variants); a missing carrier counts as none. [kWh/a]
    supply : str
        Heat supply whose appliances apply.
    country : str
        Whose power stations and networks.

    Returns
    -------
    DataFrame
        Index as `energy`: ``<pollutant>_kg_a`` and ``<pollutant>_local_kg_a``. [kg/a]

    Raises
    ------
    LayerError
        If no carrier is among the columns.

    Examples
    --------
    >>> air_pollutants(pd.DataFrame({"gas_kwh_a": [1000.0]})).loc[0, ["nox_kg_a", "nox_local_kg_a"]].round(4).to_dict()
    {'nox_kg_a': 0.1836, 'nox_local_kg_a': 0.1836}
    """
    names = [f"{carrier}_kwh_a" for carrier in CARRIERS]
    if not set(names) & set(energy.columns):
        raise LayerError(Sentence("error.emissions_need_at_least_one", names=", ".join(names)))
    used = energy.reindex(columns=names, fill_value=0.0).fillna(0.0).to_numpy(float)
    factors = _pollutant_factors(supply, country)
    local = np.isin(factors.index, BURNT_CARRIERS)
    everywhere = row_products(used, factors.to_numpy(float))
    here = row_products(used[:, local], factors.to_numpy(float)[local])
    columns = {f"{name}_kg_a": everywhere[:, place] for place, name in enumerate(POLLUTANTS)}
    columns |= {f"{name}_local_kg_a": here[:, place] for place, name in enumerate(POLLUTANTS)}
    return pd.DataFrame(columns, index=energy.index)
