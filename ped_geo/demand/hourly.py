"""Space heating by the hour: the simple hourly method of EN ISO 13790 for all buildings and packages at once, kept as block sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from ped_geo.demand.envelope import APERTURES
from ped_geo.demand.losses import loss_coefficients, partial_heating_factor
from ped_geo.demand.seasonal import heating_hours
from ped_geo.demand.zone import response, zones
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["HourlyNeed", "check_weather", "drivers_of", "groups_of", "hourly_need", "hours_of", "set_points", "simulate"]

SMALLEST_FACTOR: Final = 1e-9
"""A level of nothing is kept above nothing, so that it can be divided by."""


@dataclass(frozen=True)
class HourlyNeed:
    """
    Result of the hourly method.

    Attributes
    ----------
    heat_hourly : DataFrame, shape (hours, packages · blocks), float32
        Heating of each ``(package, block_id)`` [kW], indexed by the hours of the weather.
    annual : DataFrame, index (building_id, package)
        ``heat_need_kwh_a``, ``cooling_need_kwh_a`` [kWh/a] and ``heat_peak_kw`` [kW] of each building.
    """

    heat_hourly: pd.DataFrame
    annual: pd.DataFrame


def hourly_need(
    thermal_state: pd.DataFrame,
    envelope: pd.DataFrame,
    buildings: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    study: Study,
) -> HourlyNeed:
    """
    Hourly need for space heating of all buildings in all states.

    Parameters
    ----------
    thermal_state, envelope, buildings : DataFrame
        As for `ped_geo.demand.losses.loss_coefficients`; ``buildings`` with ``block_id``.
    weather : DataFrame
        Hourly ``temp_air`` [°C].
    irradiance : DataFrame
        Hourly irradiance on vertical ``north``, ``east``, ``south``, ``west`` and on ``horizontal`` planes [W/m²], indexed as
        `weather`.
    study : Study
        Set-points, gains, heating limit, ``demand.intermittency``.

    Returns
    -------
    HourlyNeed

    Raises
    ------
    LayerError
        If weather or irradiance do not fit each other or hold missing values, or `thermal_state` does not fit.
    """
    coefficients = loss_coefficients(thermal_state, envelope, buildings, study)
    return simulate(coefficients, buildings["block_id"], weather, irradiance, study)


def simulate(
    coefficients: pd.DataFrame,
    block_ids: pd.Series,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    study: Study,
    *,
    factors: pd.Series | None = None,
    precision: Literal["double", "single"] = "double",
    tz: str = "Europe/Warsaw",
) -> HourlyNeed:
    r"""
    The hourly method on loss coefficients.

    Parameters
    ----------
    coefficients : DataFrame, index (building_id, package)
        `ped_geo.demand.losses.loss_coefficients`.
    block_ids : Series, index building_id
        Block of each building; ``""`` for none: its hours are not kept.
    weather, irradiance, study
        As in `hourly_need`.
    factors : Series, index as `coefficients`, optional
        Levels that the heating of each row is multiplied with (uses, metered totals).
    precision : {"double", "single"}
        Single precision is twice as fast and exact to about 1e-5.
    tz : str
        Time zone of the nights.

    Returns
    -------
    HourlyNeed

    Notes
    -----
    Each hour follows EN ISO 13790, C.3 and C.4 [1]_ in closed form. Heating runs on days whose mean temperature lies below
    ``demand.heating_limit``, as in the season of TABULA; windows and doors count as glazed, the factor of the ground is
    applied to the floor, sun on opaque walls is left out, as in the seasonal method. Intermittency ``tabula`` lowers the
    set-point to the mean that TABULA's reduction factor stands for,

    .. math:: \vartheta_{set} = \bar\vartheta_e + F_{red} (\vartheta_i - \bar\vartheta_e)

    with the mean outdoor temperature of the heating season; ``night`` lowers it by a fixed step at night. Cooling to
    ``demand.t_cooling`` is information: nobody cools these buildings today. The year is preceded by its own last two weeks.

    Against the seasonal method the need of the 26 Polish types is 0.75 (walls of solid brick and single glass) to 1.00 of the
    seasonal one: the network puts the coupling of air and inner surfaces in front of U-values that contain it already, so that
    leaky envelopes lose less. With that taken into account the two agree within 3 %; a test holds both statements.

    References
    ----------
    .. [1] EN ISO 13790:2008, annex C.
    """
    check_weather(weather, irradiance)
    heated = coefficients["reference_area_m2"].to_numpy() > 0
    factor = np.ones(len(coefficients)) if factors is None else factors.to_numpy(dtype=float)
    groups, labels = groups_of(coefficients.index, block_ids)
    order = np.flatnonzero(heated)
    order = order[np.argsort(groups[order], kind="stable")]
    dtype: type[np.floating] = np.float64 if precision == "double" else np.float32
    warm_up = min(int(study.assumed("demand.warm_up")), len(weather))
    drivers = drivers_of(weather, irradiance, study, tz)
    drivers = np.concatenate([drivers[len(drivers) - warm_up :], drivers]).astype(dtype)
    sums = np.zeros((len(labels), len(weather)), dtype=np.float32)
    annual = np.zeros((3, len(order)))
    if len(order):
        from ped_geo.demand._lanes import zone_years

        rows = _rows(coefficients.iloc[order], factor[order], weather, study).astype(dtype)
        zone_years(rows, drivers, warm_up, groups[order], sums, annual)
    return HourlyNeed(hours_of(sums, labels, weather.index), _annual(annual, order, factor, coefficients.index))


def set_points(coefficients: pd.DataFrame, weather: pd.DataFrame, study: Study) -> NDArray[np.float64]:
    """
    Room temperature that the heating holds in each row [°C], shape (n,).

    Lower than the study's room temperature where ``demand.intermittency`` is ``tabula``; see `simulate`.
    """
    inside = study.assumed("building.t_internal")
    area = coefficients["reference_area_m2"].to_numpy()
    on = heating_hours(weather, base_c=study.assumed("demand.heating_limit"))
    if study.demand.intermittency != "tabula" or not on.any():
        return np.full(len(area), inside)
    outside = float(weather["temp_air"].to_numpy()[on].mean())
    h_tr = np.divide((coefficients["h_opaque"] + coefficients["h_glazed"]).to_numpy(), area, out=np.zeros(len(area)), where=area > 0)
    return outside + partial_heating_factor(h_tr, coefficients["single_unit"].to_numpy()) * (inside - outside)


def check_weather(weather: pd.DataFrame, irradiance: pd.DataFrame) -> None:
    """Refuse weather and irradiance that do not fit each other or hold missing values."""
    problems = []
    if not weather.index.equals(irradiance.index):
        problems.append(Sentence("error.irradiance_has_hours_weather_other", count=len(irradiance), count_2=len(weather)))
    for name, values in (("temp_air", weather["temp_air"]), *((side, irradiance[side]) for side in APERTURES)):
        if not np.isfinite(values.to_numpy(dtype=float)).all():
            problems.append(Sentence("error.holds_missing_infinite_values", name=name))
    if problems:
        raise LayerError(Sentence("error.hourly_weather"), problems)


def groups_of(index: pd.Index, block_ids: pd.Series) -> tuple[NDArray[np.int64], pd.MultiIndex]:
    """Number of the (package, block) of each row, -1 without block, and the labels of the numbers."""
    packages = index.get_level_values(1).astype("str")
    blocks = block_ids.reindex(index.get_level_values(0)).fillna("").astype("str").to_numpy()
    block_codes, block_names = pd.factorize(blocks, sort=True)
    package_codes, package_names = pd.factorize(packages)
    named = np.asarray(block_names) != ""
    place = np.cumsum(named) - 1
    number = package_codes * int(named.sum()) + place[block_codes]
    labels = pd.MultiIndex.from_product([package_names, np.asarray(block_names)[named]], names=["package", "block_id"])
    return np.where(blocks != "", number, -1).astype(np.int64), labels


def drivers_of(weather: pd.DataFrame, irradiance: pd.DataFrame, study: Study, tz: str) -> NDArray[np.float64]:
    """What all zones see, hour by hour; columns as `ped_geo.demand._lanes.zone_years` wants them."""
    on = heating_hours(weather, base_c=study.assumed("demand.heating_limit"))
    change = np.zeros(len(weather))
    if study.demand.intermittency == "night":
        hour = pd.DatetimeIndex(weather.index).tz_convert(tz).hour.to_numpy()
        start, end = study.assumed("demand.night_start"), study.assumed("demand.night_end")
        night = (hour >= start) | (hour < end) if start > end else (hour >= start) & (hour < end)
        change[night] = -study.assumed("demand.night_setback")
    sun = [irradiance[side].to_numpy(dtype=float) for side in APERTURES]
    return np.stack([weather["temp_air"].to_numpy(dtype=float), *sun, change, on.astype(float)], axis=1)


def _rows(coefficients: pd.DataFrame, factor: NDArray[np.float64], weather: pd.DataFrame, study: Study) -> NDArray[np.float64]:
    r"""
    What each zone is; rows as `ped_geo.demand._lanes.ROWS` lists them.

    A zone whose heating counts with a factor is a zone that many times as large: power per kelvin is multiplied, the answer to
    power divided. With power per kelvin :math:`w`, the state is :math:`y = -w a_m \vartheta_m`, where :math:`a_m` is the response
    of the air to the mass; all other rows follow from the closed form by putting :math:`y` in the place of the mass temperature.
    """
    hour = response(zones(coefficients, study))
    gains = coefficients["reference_area_m2"].to_numpy() * study.assumed("building.internal_gains")
    scale = np.maximum(factor, SMALLEST_FACTOR)
    set_point = set_points(coefficients, weather, study)
    per_kelvin = scale / hour.air[4]
    of_state = -per_kelvin * hour.air[0]
    idle = per_kelvin * (set_point - hour.air[3] * gains)
    per_sun = -hour.mass[2] * of_state / (per_kelvin * hour.air[2])
    return np.stack(
        [
            *(-per_kelvin * hour.air[2] * coefficients[f"aperture_{side}"].to_numpy(dtype=float) for side in APERTURES),
            -per_kelvin * hour.air[1],
            per_kelvin,
            idle,
            per_kelvin * (study.assumed("demand.t_cooling") - set_point),
            hour.mass[0],
            of_state * hour.mass[1],
            per_sun,
            of_state * hour.mass[3] * gains - per_sun * idle,
            of_state * hour.mass[4] / scale,
            of_state * set_point,
        ]
    )


def hours_of(sums: NDArray[np.floating], labels: pd.MultiIndex, hours: pd.Index) -> pd.DataFrame:
    """Sums of the groups [W] as a table of hours and (package, block_id) [kW]."""
    sums *= 1e-3
    return pd.DataFrame(sums.T.astype(np.float32, copy=False), index=hours, columns=labels)


def _annual(annual: NDArray[np.float64], order: NDArray[np.int64], factor: NDArray[np.float64], index: pd.Index) -> pd.DataFrame:
    """Totals of the rows that were run, nothing for the others; the factor is meant for heating alone."""
    whole = np.zeros((3, len(index)))
    whole[:, order] = annual / 1000.0
    whole[1] /= np.maximum(factor, SMALLEST_FACTOR)
    # cooling is a difference of two sums: its rounding is not a need
    cooling = np.where(whole[1] > 1e-9 * whole[0], whole[1], 0.0)
    return pd.DataFrame({"heat_need_kwh_a": whole[0], "cooling_need_kwh_a": cooling, "heat_peak_kw": whole[2]}, index=index)
