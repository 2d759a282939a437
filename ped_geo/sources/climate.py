"""
The built-in climate: monthly means of the nearest station turned into a plausible hourly year.

It serves where there is no network and no weather file. The monthly means come out exactly; days and hours vary as the
cited methods say, from a fixed seed, so that the same place always gives the same year.

Notes
-----
Daily clearness follows the exponential distribution of Bendt et al. [1]_ in a first-order autoregressive order [2]_; hours
follow the time-dependent autoregressive Gaussian model [3]_, none clearer than the clearest of the satellite years of Warsaw
and Prague; diffuse light follows Erbs et al. [4]_; the daily course of temperature the cosine series of Erbs et al. [5]_, with the
station's mean daily range, around an autoregressive series of daily means. Ties of warmth to clearness, spreads and limits
stand in ``assumptions/climate.csv``. Daily means and not trends matter to annual balances; no heat wave or cold spell of a
certain year is meant. The station is the nearest one, however far; its name and distance go into ``attrs``.

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
from ped_geo.assumptions import Assumed, cited
from ped_geo.countries import pack, packs
from ped_geo.errors import SourceError
from ped_geo.language import position
from ped_geo.language.sentences import Sentence
from ped_geo.site import Site
from ped_geo.sources._providers import WEATHERS, WeatherSource

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["YEAR", "hourly_year", "nearest_station"]

YEAR = 2019
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
SOLAR_CONSTANT = 1366.1
ROUNDS = 8
KM_PER_DEGREE = 111.2


def nearest_station(site: Site, *, assumed: Assumed = cited) -> pd.DataFrame:
    """
    Monthly climate of the station nearest to a site, twelve rows.

    Parameters
    ----------
    site : Site
        Where the district lies.
    assumed : callable, optional
        Value of an assumption by its key, ``Study.assumed``; by default the cited ones.

    Returns
    -------
    DataFrame
        ``station``, ``temp_air_c`` [°C], ``temp_range_k`` (mean daily maximum minus mean daily minimum) [K],
        ``ghi_kwh_m2`` [kWh/m² and month], ``altitude_m`` [m], ``distance_km`` [km], source and confidence.

    Raises
    ------
    SourceError
        If the nearest station is too far to stand for the site.
    """
    table = _stations()
    table["distance_km"] = _distance_km(table, site.latitude, site.longitude)
    row = int(table["distance_km"].argmin())
    nearest, distance = table["station"].iloc[row], float(table["distance_km"].iloc[row])
    limit = assumed("climate.max_station_distance")
    if distance > limit:
        swapped = _distance_km(table, site.longitude, site.latitude).min() <= limit
        way_out = "its axes seem to be swapped, or " if swapped else ""
        raise SourceError(
            Sentence(
                "error.built_in_climate_knows_no",
                position=position(site.latitude, site.longitude),
                nearest=nearest,
                distance=distance,
                limit=limit,
                way_out=way_out,
            )
        )
    return table[table["station"] == nearest].sort_values("month").reset_index(drop=True)


def _stations() -> pd.DataFrame:
    """Stations of every country: the nearest one may lie beyond the border."""
    import pandas as pd

    own = [pack(code).table("climate_monthly") for code in packs() if pack(code).has("climate_monthly")]
    return pd.concat([assumptions.table("climate_monthly"), *own], ignore_index=True)


def _distance_km(table: pd.DataFrame, latitude: float, longitude: float) -> pd.Series:
    """Distance of the table's stations from a point, on a plane at the point [km]."""
    east = (table["longitude"] - longitude) * np.cos(np.radians(latitude))
    return KM_PER_DEGREE * np.hypot(east, table["latitude"] - latitude)


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


def _daily_clearness(month_clearness: Array, random: np.random.Generator, assumed: Assumed) -> Array:
    order = _autoregressive(365, assumed("climate.clearness_autocorrelation"), random)
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


def _within_limit(hourly: Array, daily_sums: Array, outside: Array, clearest: float) -> Array:
    """Hours scaled so that each day has its sum and no hour is clearer than the limit; what is cut goes to the day's other hours."""
    limit = clearest * outside.reshape(365, 24)
    shape = hourly.reshape(365, 24)
    for _ in range(ROUNDS):
        shape = np.minimum(shape * (daily_sums / shape.sum(axis=1))[:, None], limit)
    return shape.reshape(-1) * np.repeat(daily_sums / shape.sum(axis=1), 24)


def _scaled_by_month(values: Array, month: NDArray[np.int64], sums: Array) -> Array:
    reached = np.bincount(month, weights=values, minlength=12)
    return values * (sums / reached)[month]


def _hat_weights(position: Array) -> Array:
    """Weight of each month's middle in a periodic broken line, at days of the year; shape (n, 12)."""
    middles = np.cumsum(DAYS) - DAYS / 2.0
    knots = np.r_[middles[-1] - 365, middles, middles[0] + 365]
    return np.column_stack([np.interp(position, knots, np.r_[unit[-1], unit, unit[0]]) for unit in np.eye(12)])


def _smooth_through_months(means: Array, position: Array, month: NDArray[np.int64]) -> Array:
    """The broken line between the months' middles whose monthly means are exactly these."""
    weights = _hat_weights(position)
    matrix = np.stack([weights[month == number].mean(axis=0) for number in range(12)])
    return weights @ np.linalg.solve(matrix, means)


def _daily_anomaly(clearness: Array, random: np.random.Generator, assumed: Assumed) -> Array:
    """Departure of each day's mean temperature: autocorrelated, colder on clear winter days and warmer on clear summer days."""
    from scipy.special import ndtri

    day = np.arange(365)
    season = {
        name: np.interp(day, [0, 182, 364], [assumed(f"climate.{name}_{part}") for part in _SEASONS])
        for name in ("daily_spread", "daily_skew", "sun_and_warmth")
    }
    order = _autoregressive(365, assumed("climate.temperature_autocorrelation"), random)
    clear = np.empty(365)
    for part in np.split(day, np.cumsum(DAYS)[:-1]):
        clear[part] = ndtri((clearness[part].argsort().argsort() + 0.5) / part.size)
    tie = season["sun_and_warmth"]
    mixed = tie * clear + np.sqrt(1.0 - tie**2) * order
    parts = np.split(mixed, np.cumsum(DAYS)[:-1])
    mixed = mixed / (_hat_weights(np.arange(0.5, 365.0)) @ np.array([part.std() for part in parts]))
    return season["daily_spread"] * (mixed + season["daily_skew"] * (mixed**2 - 1.0) / 6.0)


def _temperature(
    monthly: Array,
    ranges: Array,
    clearness: Array,
    solar_hour: Array,
    month: NDArray[np.int64],
    random: np.random.Generator,
    assumed: Assumed,
) -> Array:
    """Hours whose monthly means are `monthly` exactly and whose mean daily range comes to `ranges`."""
    position = np.arange(0.5, 8760.0) / 24.0
    anomaly = np.interp(position, np.arange(365) + 0.5, _daily_anomaly(clearness, random, assumed))
    t = 2.0 * np.pi * (solar_hour - 1.0) / 24.0
    course = 0.4632 * np.cos(t - 3.805) + 0.0984 * np.cos(2 * t - 0.360) + 0.0168 * np.cos(3 * t - 0.822) + 0.0138 * np.cos(4 * t - 3.513)
    day_month = month[::24]
    swing = np.sqrt(clearness) * np.exp(assumed("climate.daily_range_spread") * random.standard_normal(365))
    amplitude = ranges.copy()
    temperature = np.zeros(8760)
    for _ in range(ROUNDS):
        swing *= (amplitude / (np.bincount(day_month, weights=swing) / DAYS))[day_month]
        bare = anomaly + np.repeat(swing, 24) * course
        means = np.bincount(month, weights=bare) / np.bincount(month)
        temperature = bare + _smooth_through_months(monthly - means, position, month)
        reached = np.bincount(day_month, weights=np.ptp(temperature.reshape(365, 24), axis=1)) / DAYS
        amplitude *= ranges / reached
    return temperature


_SEASONS = ("winter", "summer", "winter")


def hourly_year(site: Site, *, seed: int = 20_180_101, assumed: Assumed = cited) -> pd.DataFrame:
    """
    An hourly year with the monthly climate of the station nearest to the site.

    Parameters
    ----------
    site : Site
        Where the sun is computed.
    seed : int
        The same seed gives the same year.
    assumed : callable, optional
        Value of an assumption by its key, ``Study.assumed``; by default the cited ones.

    Returns
    -------
    DataFrame, shape (8760, 5)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s], means over the hour that starts at the
        UTC index. Monthly sums of ``ghi`` and means of ``temp_air`` are those of the station.
    """
    import pandas as pd
    from pvlib import irradiance, solarposition

    station = nearest_station(site, assumed=assumed)
    random = np.random.default_rng(seed)
    index = pd.date_range(f"{YEAR}-01-01", periods=8760, freq="h", tz="UTC", name="time")
    middle = index + pd.Timedelta(minutes=30)
    sun = solarposition.get_solarposition(middle, site.latitude, site.longitude, altitude=site.altitude_m)
    zenith = sun["zenith"].to_numpy()
    sin_height = np.cos(np.radians(zenith))
    day_of_year = middle.day_of_year.to_numpy()
    outside = irradiance.get_extra_radiation(day_of_year, solar_constant=SOLAR_CONSTANT) * np.maximum(sin_height, 0.0)
    month = index.month.to_numpy() - 1
    sums = station["ghi_kwh_m2"].to_numpy() * 1000.0
    day_outside = outside.reshape(365, 24).sum(axis=1)
    daily = _daily_clearness(sums / np.bincount(month, weights=outside), random, assumed)
    daily_sums = _scaled_by_month(daily * day_outside, month[::24], sums)
    hourly = _hourly_clearness(daily, sin_height, random) * outside
    ghi = _scaled_by_month(_within_limit(hourly, daily_sums, outside, assumed("climate.clearness_limit")), month, sums)
    dhi = irradiance.erbs(ghi, zenith, day_of_year)["dhi"]
    dhi = np.where(sin_height < 0.065, ghi, np.minimum(dhi, ghi))
    dni = np.where(sin_height < 0.065, 0.0, (ghi - dhi) / np.maximum(sin_height, 0.065))
    solar_hour = (index.hour.to_numpy() + 0.5 + site.longitude / 15.0) % 24.0
    temperature = _temperature(
        station["temp_air_c"].to_numpy(), station["temp_range_k"].to_numpy(), daily_sums / day_outside, solar_hour, month, random, assumed
    )
    wind = _wind(random, assumed)
    distance, usual = float(station["distance_km"].iloc[0]), assumptions.scalar("check.weather_distance").high
    frame = pd.DataFrame({"ghi": ghi, "dni": dni, "dhi": dhi, "temp_air": temperature, "wind_speed": wind}, index=index)
    frame.attrs = {
        "source": f"built-in climate, station {station['station'].iloc[0]}",
        "confidence": str(station["confidence"].iloc[0]),
        "licence": "see the tables climate_monthly.csv",
        "latitude": site.latitude,
        "longitude": site.longitude,
        "altitude_m": site.altitude_m,
        "station_altitude_m": float(station["altitude_m"].iloc[0]),
        "year": YEAR,
        "seed": seed,
        "station_distance_km": round(distance, 1),
        "remarks": [("climate_far", {"value": distance, "high": usual})] if distance > usual else [],
    }
    return frame


def _wind(random: np.random.Generator, assumed: Assumed) -> Array:
    """Rayleigh-distributed speeds with an hourly autocorrelation, around the mean wind inside the city."""
    from scipy.special import ndtr

    mean = assumed("climate.wind_speed_city")
    series = _autoregressive(8760, assumed("climate.wind_autocorrelation"), random)
    speed = np.sqrt(-2.0 * np.log(np.clip(1.0 - ndtr(series), 1e-9, 1.0)))
    return speed * mean / speed.mean()


def _builtin(study: Study, site: Site, raw_root: Path) -> pd.DataFrame:
    del raw_root
    return hourly_year(site, assumed=study.assumed)


WEATHERS.add("builtin", WeatherSource("builtin", _builtin, turn=9))
