"""Performance of heat pumps, flow temperatures of radiators and temperatures of sources."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.study import Study

__all__ = [
    "air_source",
    "carnot_cop",
    "data_centre_source",
    "flow_temperature",
    "ground_source",
    "regression_cop_air",
    "regression_cop_ground",
    "waste_water_source",
]

Floats = npt.NDArray[np.float64]
KELVIN = 273.15


def _regression(kind: str, source_c: Floats, flow_c: Floats, study: Study) -> Floats:
    c0, c1, c2 = (study.assumed(f"supply.cop_{kind}_c{power}") for power in range(3))
    # beyond it the parabola would rise again; a straight line never does
    lowest = -c1 / (2 * c2) if c2 > 0 else np.inf
    lift = np.clip(np.asarray(flow_c) - np.asarray(source_c), study.assumed(f"supply.cop_lift_min_{kind}"), lowest)
    cop = (c0 + c1 * lift + c2 * lift**2) * study.assumed("supply.cop_field_factor")
    return np.maximum(cop, study.assumed("supply.cop_min"))


def regression_cop_air(source_c: Floats, flow_c: Floats, study: Study) -> Floats:
    r"""
    Measured-level performance of an air heat pump.

    Parameters
    ----------
    source_c, flow_c : ndarray
        Outdoor air and heating water, shapes that broadcast. [°C]
    study : Study
        Gives the coefficients.

    Returns
    -------
    ndarray
        Coefficient of performance, at least that of the electric back-up. [-]

    Notes
    -----
    Catalogue performance over the temperature lift [1]_, corrected to measured seasonal performance [2]_:

    .. math:: COP = 0.85 \, (6.81 - 0.121 \Delta T + 0.000630 \Delta T^2)

    References
    ----------
    .. [1] Staffell, Brett, Brandon, Hawkes, "A review of domestic heat pumps", Energy Environ. Sci. 5 (2012) 9291.
    .. [2] Ruhnau, Hirth, Praktiknjo, "Time series of heat demand and heat pump efficiency", Sci. Data 6 (2019) 189.

    Examples
    --------
    >>> regression_cop_air(np.array([7.0, -20.0]), np.array([35.0, 70.0]), Study(name="x")).round(2).tolist()
    [3.33, 1.0]
    """
    return _regression("air", source_c, flow_c, study)


def regression_cop_ground(source_c: Floats, flow_c: Floats, study: Study) -> Floats:
    r"""
    Measured-level performance of a ground heat pump.

    Parameters
    ----------
    source_c, flow_c : ndarray
        Brine and heating water. [°C]
    study : Study
        Gives the coefficients.

    Returns
    -------
    ndarray
        Coefficient of performance. [-]

    Notes
    -----
    As `regression_cop_air`, with the curve of ground heat pumps of the same sources:

    .. math:: COP = 0.85 \, (8.77 - 0.150 \Delta T + 0.000734 \Delta T^2)

    Examples
    --------
    >>> regression_cop_ground(np.array([5.0]), np.array([35.0]), Study(name="x")).round(2).tolist()
    [4.19]
    """
    return _regression("ground", source_c, flow_c, study)


def carnot_cop(source_c: Floats, flow_c: Floats, study: Study) -> Floats:
    r"""
    Performance of a large heat pump: a share of what nature allows.

    Parameters
    ----------
    source_c, flow_c : ndarray
        Source before it is cooled, and network flow. [°C]
    study : Study
        Gives the quality grade and how far the source is cooled.

    Returns
    -------
    ndarray
        Coefficient of performance. [-]

    Notes
    -----
    .. math:: COP = \eta \frac{T_{flow}}{T_{flow} - T_{source}}, \quad T \text{ in kelvin}

    Examples
    --------
    >>> carnot_cop(np.array([14.0]), np.array([65.0]), Study(name="x")).round(2).tolist()
    [2.77]
    """
    cold = np.asarray(source_c, float) - study.assumed("supply.source_cooling")
    lift = np.maximum(np.asarray(flow_c, float) - cold, study.assumed("supply.cop_lift_min_air"))
    return np.maximum(study.assumed("supply.quality_grade") * (np.asarray(flow_c) + KELVIN) / lift, study.assumed("supply.cop_min"))


def flow_temperature(temp_air: Floats, load_ratio: Floats, study: Study) -> Floats:
    r"""
    Flow temperature that the radiators need.

    Parameters
    ----------
    temp_air : ndarray
        Outdoor temperature. [°C]
    load_ratio : ndarray
        Heat load over the load for which the radiators were made; falls with retrofit. Shapes broadcast. [-]
    study : Study
        Gives the design point of the radiators and the climate.

    Returns
    -------
    ndarray
        Flow temperature. [°C]

    Notes
    -----
    Heat of a radiator grows with the n-th power of its excess over the room (EN 442):

    .. math:: T_f = T_i + (T_{f,0} - T_i) \left( \varphi \, \frac{T_h - T_e}{T_h - T_{e,0}} \right)^{1/n}

    Examples
    --------
    >>> flow_temperature(np.array([-20.0, -20.0]), np.array([1.0, 0.5]), Study(name="x")).round(1).tolist()
    [70.0, 49.3]
    """
    room, limit = study.assumed("building.t_internal"), study.assumed("supply.heating_limit")
    part = np.clip((limit - np.asarray(temp_air)) / (limit - study.assumed("climate.t_design")), 0.0, None)
    load = np.clip(part * np.asarray(load_ratio), 0.0, 1.0)
    excess = (study.assumed("supply.flow_design") - room) * load ** (1 / study.assumed("supply.radiator_exponent"))
    return np.maximum(room + excess, study.assumed("supply.flow_min"))


def _damped(weather: pd.DataFrame, swing: float) -> tuple[float, Floats]:
    """Mean of the air's year, and its monthly-scale swing around it times `swing` [°C]."""
    air = weather["temp_air"].to_numpy(float)
    hours = np.arange(len(air))
    phase = 2 * np.pi * hours / len(air)
    mean = float(air.mean())
    first = 2 / len(air) * np.array([(air * np.cos(phase)).sum(), (air * np.sin(phase)).sum()])
    return mean, swing * (first[0] * np.cos(phase) + first[1] * np.sin(phase))


def air_source(weather: pd.DataFrame, study: Study) -> Floats:
    """Outdoor air, hour by hour. [°C]."""
    del study
    return weather["temp_air"].to_numpy(float)


def ground_source(weather: pd.DataFrame, study: Study) -> Floats:
    """Brine of boreholes: the year's mean air temperature, a small swing, less what the exchange takes. [°C]."""
    mean, swing = _damped(weather, study.assumed("supply.ground_swing"))
    return mean + swing - study.assumed("supply.ground_exchange")


def waste_water_source(weather: pd.DataFrame, study: Study) -> Floats:
    """Sewage: its own mean and a part of the air's yearly swing. [°C]."""
    _, swing = _damped(weather, study.assumed("supply.waste_water_swing"))
    return study.assumed("supply.waste_water_mean") + swing


def data_centre_source(weather: pd.DataFrame, study: Study) -> Floats:
    """Waste heat of servers, the same all year. [°C]."""
    return np.full(len(weather), study.assumed("supply.data_centre_source"))
