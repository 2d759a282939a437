"""
The built-in climate: monthly means of the nearest station turned into a plausible hourly year.

It serves where there is no network and no weather file. The monthly means come out exactly; days and hours vary as the
cited methods say, from a fixed seed, so that the same place always gives the same year.

Notes
-----
Daily clearness follows the exponential distribution of Bendt et al. [1]_ in a first-order autoregressive order [2]_; hours
follow the time-dependent autoregressive Gaussian model [3]_; diffuse light Erbs et al. [4]_; the daily course of temperature
the cosine series of Erbs et al. [5]_, around an autoregressive series of daily means.

References
----------
.. [1] P. Bendt, M. Collares-Pereira, A. Rabl, "The frequency distribution of daily insolation values", Solar Energy 27 (1981).
.. [2] V. A. Graham, K. G. T. Hollands, T. E. Unny, "A time series model for Kt", Solar Energy 40 (1988).
.. [3] R. Aguiar, M. Collares-Pereira, "TAG: a time-dependent, autoregressive, Gaussian model", Solar Energy 49 (1992).
.. [4] D. G. Erbs, S. A. Klein, J. A. Duffie, "Estimation of the diffuse radiation fraction", Solar Energy 28 (1982).
.. [5] D. G. Erbs, S. A. Klein, W. A. Beckman, "Estimation of degree-days and ambient temperature bin data", ASHRAE J. 25 (1983).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo import assumptions
from ped_geo.site import Site

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["YEAR", "hourly_year", "nearest_station"]

YEAR = 2019
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
SOLAR_CONSTANT = 1366.1


def nearest_station(site: Site) -> pd.DataFrame:
    """
    Monthly climate of the station nearest to a site, twelve rows.

    Returns
    -------
    DataFrame
        ``station``, ``temp_air_c`` [°C], ``ghi_kwh_m2`` [kWh/m² and month], ``altitude_m`` [m], source and confidence.
    """
    table = assumptions.table("climate_monthly")
    east = (table["longitude"] - site.longitude) * np.cos(np.radians(site.latitude))
    near = np.hypot(east, table["latitude"] - site.latitude)
    return table[table["station"] == table["station"].iloc[int(near.argmin())]].sort_values("month").reset_index(drop=True)


def _autoregressive(count: int, correlation: float, random: np.random.Generator) -> Array:
    noise = random.standard_normal(count)
    series = np.empty(count)
    series[0] = noise[0]
    for index in range(1, count):
        series[index] = correlation * series[index - 1] + np.sqrt(1.0 - correlation**2) * noise[index]
    return series


def _clearness_of_ranks(mean: float, ranks: Array) -> Array:
    """Daily clearness at given probabilities: the exponential distribution between its limits with this mean."""
    from scipy.optimize import brentq

    low = 0.05
    high = min(0.6313 + 0.267 * mean - 11.9 * (mean - 0.75) ** 8, 0.82)

    def quantile(gamma: float) -> Array:
        if abs(gamma) < 1e-9:
            return low + (high - low) * ranks
        return np.log((1.0 - ranks) * np.exp(gamma * low) + ranks * np.exp(gamma * high)) / gamma

    gamma = brentq(lambda value: float(quantile(value).mean()) - mean, -60.0, 60.0)
    return quantile(gamma)


def _daily_clearness(month_clearness: Array, random: np.random.Generator) -> Array:
    order = _autoregressive(365, assumptions.scalar("climate.clearness_autocorrelation").value, random)
    days = np.empty(365)
    start = 0
    for month, count in enumerate(DAYS):
        part = order[start : start + count]
        ranks = (part.argsort().argsort() + 0.5) / count
        days[start : start + count] = _clearness_of_ranks(month_clearness[month], ranks)
        start += count
    return days


def _hourly_clearness(daily: Array, sin_height: Array, random: np.random.Generator) -> Array:
    """TAG: mean course over the day, and its autocorrelated fluctuation, both functions of the day's clearness."""
    k = np.repeat(daily, 24)
    day = sin_height > 0
    s = np.where(day, np.maximum(sin_height, 0.02), 1.0)
    mean = -0.19 + 1.12 * k + 0.24 * np.exp(-8.0 * k)
    mean += (0.32 - 1.60 * (k - 0.5) ** 2) * np.exp(-(0.19 + 2.27 * k**2 - 2.51 * k**3) / s)
    spread = 0.14 * np.exp(-20.0 * (k - 0.35) ** 2) * np.exp((3.0 * (k - 0.45) ** 2 + 16.0 * k**5) * (1.0 - s))
    correlation = 0.38 + 0.06 * np.cos(7.4 * k - 2.5)
    noise = random.standard_normal(k.size)
    wave = np.zeros(k.size)
    for index in range(1, k.size):
        wave[index] = correlation[index] * wave[index - 1] + np.sqrt(1.0 - correlation[index] ** 2) * noise[index]
    return np.where(day, np.clip(mean + spread * wave, 0.02, 0.85), 0.0)


def _scaled_by_month(values: Array, month: NDArray[np.int64], sums: Array) -> Array:
    reached = np.bincount(month, weights=values, minlength=12)
    return values * (sums / reached)[month]


def _temperature(monthly: Array, daily_clearness: Array, solar_hour: Array, random: np.random.Generator) -> Array:
    spread = np.interp(np.arange(365), [0, 182, 364], [assumptions.scalar(f"climate.daily_spread_{season}").value for season in _SEASONS])
    anomaly = spread * _autoregressive(365, assumptions.scalar("climate.temperature_autocorrelation").value, random)
    amplitude = np.repeat(np.clip(25.8 * daily_clearness - 5.21, 1.0, 14.0), 24)
    t = 2.0 * np.pi * (solar_hour - 1.0) / 24.0
    course = 0.4632 * np.cos(t - 3.805) + 0.0984 * np.cos(2 * t - 0.360) + 0.0168 * np.cos(3 * t - 0.822) + 0.0138 * np.cos(4 * t - 3.513)
    middles = np.cumsum(DAYS) - DAYS / 2.0
    smooth = np.interp(np.arange(365) + 0.5, np.r_[middles[-1] - 365, middles, middles[0] + 365], np.r_[monthly[-1], monthly, monthly[0]])
    return np.repeat(smooth + anomaly, 24) + amplitude * course


_SEASONS = ("winter", "summer", "winter")


def hourly_year(site: Site, *, seed: int = 20_180_101) -> pd.DataFrame:
    """
    An hourly year with the monthly climate of the station nearest to the site.

    Parameters
    ----------
    site : Site
        Where the sun is computed.
    seed : int
        The same seed gives the same year.

    Returns
    -------
    DataFrame, shape (8760, 5)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s], means over the hour that starts at the
        UTC index. Monthly sums of ``ghi`` and means of ``temp_air`` are those of the station.
    """
    import pandas as pd
    from pvlib import irradiance, solarposition

    station = nearest_station(site)
    random = np.random.default_rng(seed)
    index = pd.date_range(f"{YEAR}-01-01", periods=8760, freq="h", tz="UTC", name="time")
    middle = index + pd.Timedelta(minutes=30)
    sun = solarposition.get_solarposition(middle, site.latitude, site.longitude, altitude=site.altitude_m)
    zenith = sun["zenith"].to_numpy()
    sin_height = np.cos(np.radians(zenith))
    outside = irradiance.get_extra_radiation(middle, solar_constant=SOLAR_CONSTANT).to_numpy() * np.maximum(sin_height, 0.0)
    month = index.month.to_numpy() - 1
    sums = station["ghi_kwh_m2"].to_numpy() * 1000.0
    daily = _daily_clearness(sums / np.bincount(month, weights=outside), random)
    hourly = _hourly_clearness(daily, sin_height, random) * outside
    day_sums = hourly.reshape(365, 24).sum(axis=1)
    hourly *= np.repeat(daily * outside.reshape(365, 24).sum(axis=1) / day_sums, 24)
    ghi = np.minimum(_scaled_by_month(hourly, month, sums), 0.95 * outside)
    ghi = _scaled_by_month(ghi, month, sums)
    dhi = irradiance.erbs(ghi, zenith, middle.dayofyear.to_numpy())["dhi"]
    dhi = np.where(sin_height < 0.065, ghi, np.minimum(dhi, ghi))
    dni = np.where(sin_height < 0.065, 0.0, (ghi - dhi) / np.maximum(sin_height, 0.065))
    solar_hour = (index.hour.to_numpy() + 0.5 + site.longitude / 15.0) % 24.0
    temperature = _temperature(station["temp_air_c"].to_numpy(), daily, solar_hour, random)
    hours = np.bincount(month)
    temperature += (station["temp_air_c"].to_numpy() - np.bincount(month, weights=temperature) / hours)[month]
    wind = _wind(random)
    frame = pd.DataFrame({"ghi": ghi, "dni": dni, "dhi": dhi, "temp_air": temperature, "wind_speed": wind}, index=index)
    frame.attrs = {
        "source": f"built-in climate, station {station['station'].iloc[0]}",
        "confidence": str(station["confidence"].iloc[0]),
        "licence": "see assumptions/tables/climate_monthly.csv",
    }
    return frame


def _wind(random: np.random.Generator) -> Array:
    """Rayleigh-distributed speeds with an hourly autocorrelation, around the mean wind inside the city."""
    from scipy.special import ndtr

    mean = assumptions.scalar("climate.wind_speed_city").value
    series = _autoregressive(8760, assumptions.scalar("climate.wind_autocorrelation").value, random)
    speed = np.sqrt(-2.0 * np.log(np.clip(1.0 - ndtr(series), 1e-9, 1.0)))
    return speed * mean / speed.mean()
