"""Space heating by the season: the TABULA method (EN ISO 13790, seasonal), in closed form for all buildings and states at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo import typology
from ped_geo.countries import HOME
from ped_geo.demand.envelope import APERTURES
from ped_geo.demand.losses import partial_heating_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["SeasonalClimate", "heating_hours", "seasonal_climate", "seasonal_need", "tabula_climate", "utilisation"]


@dataclass(frozen=True)
class SeasonalClimate:
    """
    A heating season in four numbers.

    Attributes
    ----------
    heating_days : float
        Days whose mean temperature lies below the base temperature [d].
    theta_e_c : float
        Mean outdoor temperature of these days [°C].
    irradiation : mapping of str to float
        Sum over these days on vertical ``north``, ``east``, ``south``, ``west`` and on ``horizontal`` planes [kWh/m²].
    """

    heating_days: float
    theta_e_c: float
    irradiation: Mapping[str, float]


def tabula_climate(country: str = HOME) -> SeasonalClimate:
    """
    The season of a country's TABULA tables, for comparison with published results only (Poland's solar sums are high, trap T2).

    Examples
    --------
    >>> season = tabula_climate()
    >>> round(season.heating_days * (20 - season.theta_e_c), 1)
    4162.4
    """
    row = typology.season(country).to_dict()
    sums = {side: float(row[f"irradiation_{side}_kwh_m2"]) for side in APERTURES}
    return SeasonalClimate(float(row["heating_days"]), float(row["theta_e_c"]), sums)


def heating_hours(weather: pd.DataFrame, *, base_c: float) -> NDArray[np.bool_]:
    """
    Hours of the days on which buildings are heated, shape (hours,).

    Parameters
    ----------
    weather : DataFrame
        Hourly ``temp_air`` [°C].
    base_c : float
        A day is a heating day when its mean temperature lies below this [°C].
    """
    temperature = weather["temp_air"]
    daily = temperature.groupby(pd.DatetimeIndex(weather.index).floor("D")).transform("mean")
    return (daily < base_c).to_numpy()


def seasonal_climate(weather: pd.DataFrame, irradiance: pd.DataFrame, *, base_c: float) -> SeasonalClimate:
    """
    The heating season of a site, from its hourly weather.

    Parameters
    ----------
    weather : DataFrame
        Hourly ``temp_air`` [°C].
    irradiance : DataFrame
        Hourly irradiance on vertical ``north``, ``east``, ``south``, ``west`` and on ``horizontal`` planes [W/m²], indexed as
        `weather`.
    base_c : float
        Base temperature of heating days [°C], 12 in TABULA.
    """
    on = heating_hours(weather, base_c=base_c)
    if not on.any():
        return SeasonalClimate(0.0, base_c, dict.fromkeys(APERTURES, 0.0))
    sums = {side: float(irradiance[side].to_numpy()[on].sum()) / 1000.0 for side in APERTURES}
    return SeasonalClimate(float(on.sum()) / 24.0, float(weather["temp_air"].to_numpy()[on].mean()), sums)


def utilisation(gamma: NDArray[np.float64], a: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Share of the gains that saves heat (EN ISO 13790, 12.2.1.1) [-].

    Parameters
    ----------
    gamma : array
        Gains over losses, not negative.
    a : array
        Exponent that grows with thermal inertia.

    Examples
    --------
    >>> utilisation(np.array([0.0, 1.0, 1e9]), np.array([2.0, 2.0, 2.0])).round(3).tolist()
    [1.0, 0.667, 0.0]
    """
    near_one = np.abs(gamma - 1.0) < 1e-9
    safe = np.clip(np.where(near_one, 0.5, gamma), 0.0, 1e30)
    small = safe <= 1.0
    # above 1 the quotient is taken in powers of 1/gamma, so that it never overflows
    inverse = 1.0 / np.where(small, 1.0, safe)
    power = np.where(small, safe, inverse) ** a
    below = (1.0 - power) / (1.0 - power * np.where(small, safe, 0.0))
    above = (1.0 - power) * inverse / (1.0 - power * inverse)
    return np.where(near_one, a / (a + 1.0), np.where(small, below, above))


def seasonal_need(coefficients: pd.DataFrame, climate: SeasonalClimate, study: Study) -> pd.DataFrame:
    r"""
    Annual need for space heating by the TABULA method.

    Parameters
    ----------
    coefficients : DataFrame, shape (n, …)
        `ped_geo.demand.losses.loss_coefficients`; an optional ``gains_w_m2`` takes the place of the inner gains of homes.
    climate : SeasonalClimate
        Heating season.
    study : Study
        Gives room temperature, internal gains, thermal mass; ``study.demand.intermittency`` says whether the reduction for
        partial heating applies.

    Returns
    -------
    DataFrame, shape (n, 8)
        ``h_transmission``, ``h_ventilation`` [W/(m²K)], ``f_red`` [-], ``q_ht``, ``q_sol``, ``q_int`` [kWh/(m²a)], ``eta`` [-],
        ``heat_need_kwh_m2a``; indexed as `coefficients`. Zero where there is no reference area.

    Notes
    -----
    .. math::

        q_{ht} = 0.024\, t_H (\vartheta_i - \bar\vartheta_e) F_{red} (h_{tr} + h_{ve}), \qquad
        q_h = q_{ht} - \eta (q_{sol} + q_{int})

    References
    ----------
    .. [1] IWU, "TABULA Common Calculation Method", Darmstadt 2013.
    .. [2] EN ISO 13790:2008, 12.2.
    """
    area = coefficients["reference_area_m2"].to_numpy()
    per_area = np.divide(1.0, area, out=np.zeros_like(area), where=area > 0)
    h_tr = (coefficients["h_opaque"] + coefficients["h_glazed"]).to_numpy() * per_area
    h_ve = coefficients["h_ventilation"].to_numpy() * per_area
    partly = study.demand.intermittency == "tabula"
    f_red = partial_heating_factor(h_tr, coefficients["single_unit"].to_numpy()) if partly else np.ones_like(h_tr)
    warmer = max(study.assumed("building.t_internal") - climate.theta_e_c, 0.0)
    q_ht = 0.024 * climate.heating_days * warmer * f_red * (h_tr + h_ve)
    sun = sum(coefficients[f"aperture_{side}"].to_numpy() * climate.irradiation[side] for side in APERTURES)
    q_sol = sun * per_area
    gains = coefficients["gains_w_m2"].to_numpy() if "gains_w_m2" in coefficients else study.assumed("building.internal_gains")
    q_int = np.where(area > 0, 0.024 * gains * climate.heating_days, 0.0)
    h_sum = h_tr + h_ve
    tau = np.divide(study.assumed("demand.heat_capacity"), h_sum, out=np.full_like(h_sum, 1e9), where=h_sum > 0)
    exponent = study.assumed("demand.seasonal_a_0") + tau / study.assumed("demand.seasonal_tau_0")
    gamma = np.divide(q_sol + q_int, q_ht, out=np.full_like(q_ht, 1e30), where=q_ht > 0)
    eta = utilisation(gamma, exponent)
    need = np.maximum(np.where(q_ht > 0, q_ht - eta * (q_sol + q_int), 0.0), 0.0)
    return pd.DataFrame(
        {
            "h_transmission": h_tr,
            "h_ventilation": h_ve,
            "f_red": f_red,
            "q_ht": q_ht,
            "q_sol": q_sol,
            "q_int": q_int,
            "eta": eta,
            "heat_need_kwh_m2a": need,
        },
        index=coefficients.index,
    )
