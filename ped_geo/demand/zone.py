"""The simple hourly building of EN ISO 13790 (five resistances, one capacity): its equations and their closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["Response", "Zones", "response", "step", "zones"]


@dataclass(frozen=True)
class Zones:
    """
    Conductances and areas of n buildings, one thermal zone each.

    Attributes
    ----------
    h_glazed, h_ventilation : array, shape (n,)
        Windows and doors; air change [W/K].
    h_mass_outdoor : array, shape (n,)
        From the mass to outdoors, the opaque envelope less its coupling to the inner surface (EN ISO 13790, 12.2.2) [W/K].
    h_mass_surface, h_surface_air : array, shape (n,)
        From mass to inner surface, from surface to air [W/K].
    mass_share, glass_share : array, shape (n,)
        Effective mass area and glazed conductance per total inner area, the parts in which radiant gains split [-].
    capacity : array, shape (n,)
        Heat capacity of the mass [Wh/K].
    air_share : float
        Share of the internal gains that reaches the air at once [-].
    """

    h_glazed: NDArray[np.float64]
    h_ventilation: NDArray[np.float64]
    h_mass_outdoor: NDArray[np.float64]
    h_mass_surface: NDArray[np.float64]
    h_surface_air: NDArray[np.float64]
    mass_share: NDArray[np.float64]
    glass_share: NDArray[np.float64]
    capacity: NDArray[np.float64]
    air_share: float


def zones(coefficients: pd.DataFrame, study: Study) -> Zones:
    """
    Zones of buildings with a reference area, from `ped_geo.demand.losses.loss_coefficients`.

    Notes
    -----
    A building without any air change would have an infinite resistance to the air outside; it is kept at a millionth of a watt
    per kelvin and square metre, which changes nothing that can be seen. So is an envelope without loss.
    """
    area = coefficients["reference_area_m2"].to_numpy(dtype=float)
    tiny = 1e-6 * area
    mass_area = study.assumed("demand.mass_area") * area
    inner_area = study.assumed("demand.inner_area") * area
    coupling = study.assumed("demand.mass_coupling")
    h_mass_surface = coupling * mass_area
    # an envelope as leaky as the coupling itself has no meaning in this model; it is held just below
    h_opaque = np.clip(coefficients["h_opaque"].to_numpy(dtype=float), tiny, 0.99 * h_mass_surface)
    h_glazed = coefficients["h_glazed"].to_numpy(dtype=float)
    return Zones(
        h_glazed=h_glazed,
        h_ventilation=np.maximum(coefficients["h_ventilation"].to_numpy(dtype=float), tiny),
        h_mass_outdoor=1.0 / (1.0 / h_opaque - 1.0 / h_mass_surface),
        h_mass_surface=h_mass_surface,
        h_surface_air=study.assumed("demand.surface_coupling") * inner_area,
        mass_share=mass_area / inner_area,
        glass_share=h_glazed / (coupling * inner_area),
        capacity=study.assumed("demand.heat_capacity") * area,
        air_share=study.assumed("demand.gains_to_air"),
    )


def step(
    zone: Zones,
    mass: NDArray[np.float64] | float,
    outdoor: NDArray[np.float64] | float,
    solar: NDArray[np.float64] | float,
    internal: NDArray[np.float64] | float,
    heating: NDArray[np.float64] | float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""
    One hour of EN ISO 13790, C.3: temperatures of the mass at its end and of the air during it.

    Parameters
    ----------
    zone : Zones
        The buildings.
    mass : array or float
        Mass temperature at the start of the hour [°C].
    outdoor : array or float
        Outdoor and supply-air temperature [°C].
    solar, internal, heating : array or float
        Solar gains, internal gains, heating (cooling negative) [W].

    Returns
    -------
    tuple of array, shape (n,)
        Mass temperature at the end, air temperature [°C].

    References
    ----------
    .. [1] EN ISO 13790:2008, annex C.2 and C.3, equations C.1 to C.11.
    """
    h1 = 1.0 / (1.0 / zone.h_ventilation + 1.0 / zone.h_surface_air)
    h2 = h1 + zone.h_glazed
    h3 = 1.0 / (1.0 / h2 + 1.0 / zone.h_mass_surface)
    to_air = zone.air_share * internal + heating
    radiant = (1.0 - zone.air_share) * internal + solar
    to_mass = zone.mass_share * radiant
    to_surface = (1.0 - zone.mass_share - zone.glass_share) * radiant
    warmed = outdoor + to_air / zone.h_ventilation
    total = to_mass + zone.h_mass_outdoor * outdoor + h3 * (to_surface + zone.h_glazed * outdoor + h1 * warmed) / h2
    half = 0.5 * (h3 + zone.h_mass_outdoor)
    after = (mass * (zone.capacity - half) + total) / (zone.capacity + half)
    mean = 0.5 * (mass + after)
    surface = (zone.h_mass_surface * mean + to_surface + zone.h_glazed * outdoor + h1 * warmed) / (zone.h_mass_surface + zone.h_glazed + h1)
    air = (zone.h_surface_air * surface + zone.h_ventilation * outdoor + to_air) / (zone.h_surface_air + zone.h_ventilation)
    return after, air


@dataclass(frozen=True)
class Response:
    """
    The hour in closed form: both temperatures are linear in the five inputs.

    Attributes
    ----------
    mass, air : array, shape (5, n)
        Change of the mass temperature at the hour's end and of the air temperature per unit of mass temperature, outdoor
        temperature [-], solar gains, internal gains and heating [K/W].
    """

    mass: NDArray[np.float64]
    air: NDArray[np.float64]


def response(zone: Zones) -> Response:
    """
    Closed form of `step`, found by asking it for unit inputs one at a time.

    Notes
    -----
    The trial with 10 W/m² of C.4.2 then is needless: heating that holds a set-point is the missing temperature divided by the
    air's response to a watt.
    """
    unit = np.eye(5)
    answers = [step(zone, *unit[row]) for row in range(5)]
    count = len(zone.capacity)
    mass = np.stack([np.broadcast_to(after, count) for after, _ in answers])
    air = np.stack([np.broadcast_to(during, count) for _, during in answers])
    return Response(mass, air)
