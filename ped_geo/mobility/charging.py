"""Electric cars of the residents to 2050: their share, energy and the power that charging takes at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ped_geo import assumptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["YEARS", "charging_peak", "depot_energy", "electric_share", "logistic_through", "public_power"]

YEARS: Final = (2030, 2035, 2040, 2050)
LEAST_SHARE: Final = 1e-4
"""No curve goes through none or all of its ceiling: shares are held so much of it apart from both. [-]"""
Path = Literal["low", "central", "high"]
PLUG_IN_HYBRID_KW: Final = 0.8
"""Public charging power asked for by plug-in hybrid, Regulation (EU) 2023/1804, art. 3."""


def logistic_through(ceiling: float, first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """
    Rate [1/a] and middle year of the logistic curve through two points.

    Parameters
    ----------
    ceiling : float
        Share in the end. [-]
    first, second : tuple of float
        Year and share.

    Examples
    --------
    >>> rate, middle = logistic_through(0.95, (2030.0, 0.035), (2035.0, 0.11))
    >>> round(rate, 4), round(middle, 2)
    (0.2461, 2043.26)
    """
    least = LEAST_SHARE * ceiling
    shares = [min(max(share, least), ceiling - least) for _, share in (first, second)]
    logit = [math.log(share / (ceiling - share)) for share in shares]
    rate = (logit[1] - logit[0]) / (second[0] - first[0])
    # shares that do not change lie on no curve with a middle
    return (rate, first[0] - logit[0] / rate) if rate else (0.0, first[0])


def electric_share(year: float, study: Study, path: Path = "central") -> float:
    """
    Share of cars that drive on electricity. [-].

    Parameters
    ----------
    year : float
        Calendar year.
    study : Study
        Assumptions ``mobility.electric_*``; the study may override the central path.
    path : str
        ``low`` and ``high`` take the bounds of the assumptions.

    Examples
    --------
    >>> from ped_geo.study import Study
    >>> round(electric_share(2050, Study(name="x")), 3)
    0.798
    """

    def told(key: str) -> float:
        return study.assumed(key) if path == "central" else float(getattr(assumptions.scalar(key, study.country), path))

    ceiling = study.assumed("mobility.electric_most")
    if ceiling <= 0.0:
        return 0.0
    rate, middle = logistic_through(ceiling, (2030.0, told("mobility.electric_2030")), (2035.0, told("mobility.electric_2035")))
    return float(ceiling / (1.0 + np.exp(-rate * (year - middle))))


def charging_peak(cars: Array, charger_kw: float) -> Array:
    """
    Highest power that charging in the evening takes at once, without control. [kW].

    Parameters
    ----------
    cars : array, shape (n,)
        Electric cars that charge at one place.
    charger_kw : float
        Power of a charging point. [kW]

    Examples
    --------
    >>> charging_peak(np.array([30.0, 0.0]), 11.0).tolist()
    [82.5, 0.0]
    """
    table = assumptions.table("charging_coincidence")
    known, share = (table[name].to_numpy(dtype="float64") for name in ("cars", "coincidence"))
    at_once = np.interp(np.log(np.maximum(cars, 1.0)), np.log(known), share)
    return np.asarray(cars * charger_kw * at_once)


def public_power(battery: float, hybrid: float, study: Study) -> float:
    """
    Public charging power that the European rule asks a whole country for. [kW].

    Examples
    --------
    >>> from ped_geo.study import Study
    >>> public_power(100.0, 50.0, Study(name="x"))
    170.0
    """
    return battery * study.assumed("mobility.public_power_per_car") + hybrid * PLUG_IN_HYBRID_KW


def depot_energy(distance_km: float, kwh_per_km: float) -> float:
    """
    Electricity of a bus in a year. [MWh/a].

    Examples
    --------
    >>> depot_energy(65_000.0, 1.25)
    81.25
    """
    return distance_km * kwh_per_km / 1000.0
