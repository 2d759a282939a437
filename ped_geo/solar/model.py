"""
From weather to PV power, for all tilts and azimuths at once, with pvlib's models.

What depends on sun and weather alone is computed once per site; a plane then costs a few multiplications per daylight hour.
The chain is that of pvlib's ``ModelChain.with_pvwatts``: Perez sky, physical incidence-angle losses, SAPM cell temperature,
PVWatts module and inverter.

References
----------
.. [1] R. Perez et al., "Modeling daylight availability and irradiance components from direct and global irradiance", Solar
   Energy 44 (1990).
.. [2] A. P. Dobos, "PVWatts Version 5 Manual", NREL/TP-6A20-62641 (2014).
.. [3] D. L. King et al., "Photovoltaic array performance model", SAND2004-3535 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["PlaneLight", "PvSystem", "SunHours", "normal", "plane_irradiance", "plane_power", "sun_hours"]

LEAST_COSINE = np.cos(np.radians(85.0))  # pvlib's bound of the circumsolar term


@dataclass(frozen=True)
class PvSystem:
    """
    Module, mounting and inverter, per kWp.

    Attributes
    ----------
    gamma_pdc : float
        Change of power with cell temperature. [1/K]
    loss : float
        Share lost in cables, mismatch and soiling.
    dc_ac_ratio : float
        Module power over inverter power.
    inverter_efficiency : float
        Nominal.
    a, b, delta_t : float
        SAPM temperature parameters. [-, s/m, K]
    """

    gamma_pdc: float
    loss: float
    dc_ac_ratio: float
    inverter_efficiency: float
    a: float
    b: float
    delta_t: float

    @classmethod
    def of(cls, study: Study, *, close: bool) -> PvSystem:
        """The study's system: modules close to a roof or facade, or on free-standing racks."""
        mount = "_close" if close else ""
        return cls(
            gamma_pdc=study.assumed("pv.gamma_pdc"),
            loss=study.assumed("pv.system_loss"),
            dc_ac_ratio=study.assumed("pv.dc_ac_ratio"),
            inverter_efficiency=study.assumed("pv.inverter_efficiency"),
            a=study.assumed(f"pv.sapm_a{mount}"),
            b=study.assumed(f"pv.sapm_b{mount}"),
            delta_t=study.assumed(f"pv.sapm_delta_t{mount}"),
        )


@dataclass(frozen=True)
class SunHours:
    """
    Sun and weather of the hours with light, all arrays of shape (n_hours,) unless said otherwise.

    Attributes
    ----------
    hour : array of int
        Row in the weather table.
    sun : array, shape (n_hours, 3)
        Unit vector to the sun: east, north, up.
    elevation, azimuth : array
        Degrees; azimuth from north over east.
    dni, dhi, ghi : array
        W/m².
    brightness : array, shape (n_hours, 2)
        Perez F1 (circumsolar) and F2 (horizon).
    temp_air, wind_speed : array
        °C, m/s.
    count : int
        Hours of the whole year.
    albedo : float
        Of the ground.
    """

    hour: NDArray[np.int64]
    sun: Array
    elevation: Array
    azimuth: Array
    dni: Array
    dhi: Array
    ghi: Array
    brightness: Array
    temp_air: Array
    wind_speed: Array
    count: int
    albedo: float


def sun_hours(weather: pd.DataFrame, site: Site, *, albedo: float) -> SunHours:
    """
    Sun position at the middle of each hour, and Perez' brightness coefficients.

    Parameters
    ----------
    weather : DataFrame, shape (8760, 5)
        Hour means, see `ped_geo.sources.climate.hourly_year`.
    site : Site
        Where.
    albedo : float
        Share of light that the ground reflects.
    """
    import pandas as pd
    from pvlib import atmosphere, irradiance, solarposition

    middle = pd.DatetimeIndex(weather.index) + pd.Timedelta(minutes=30)
    position = solarposition.get_solarposition(
        middle, site.latitude, site.longitude, altitude=site.altitude_m, temperature=weather["temp_air"].to_numpy()
    )
    zenith = position["apparent_zenith"].to_numpy()
    extra = irradiance.get_extra_radiation(middle.day_of_year.to_numpy())
    airmass = atmosphere.get_relative_airmass(zenith)
    dni, dhi, ghi = (weather[name].to_numpy(dtype="float64") for name in ("dni", "dhi", "ghi"))
    light = (ghi > 0) | (dhi > 0) | (dni > 0)
    rows = np.flatnonzero(light)
    z, a = np.radians(zenith[rows]), np.radians(position["azimuth"].to_numpy()[rows])
    return SunHours(
        hour=rows,
        sun=np.column_stack([np.sin(z) * np.sin(a), np.sin(z) * np.cos(a), np.cos(z)]),
        elevation=90.0 - zenith[rows],
        azimuth=np.degrees(a),
        dni=dni[rows],
        dhi=dhi[rows],
        ghi=ghi[rows],
        brightness=_brightness(z, dhi[rows], dni[rows], extra[rows], airmass[rows]),
        temp_air=weather["temp_air"].to_numpy(dtype="float64")[rows],
        wind_speed=weather["wind_speed"].to_numpy(dtype="float64")[rows],
        count=len(weather),
        albedo=albedo,
    )


def _brightness(zenith: Array, dhi: Array, dni: Array, extra: Array, airmass: Array) -> Array:
    """Perez F1 and F2, which depend on sun and weather alone; zero where pvlib gives none."""
    from pvlib import irradiance

    kappa = 1.041  # for zenith in radians [1]_
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = dhi * airmass / extra
        clearness = ((dhi + dni) / dhi + kappa * zenith**3) / (1.0 + kappa * zenith**3)
    edges = np.array([0.0, 1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2])
    known = np.isfinite(clearness) & np.isfinite(delta)
    bins = np.where(known, np.digitize(np.where(known, clearness, 1.0), edges) - 1, 0)
    first, second = irradiance._get_perez_coefficients("allsitescomposite1990")  # noqa: SLF001 the published table, which pvlib holds
    f1 = np.maximum(first[bins, 0] + first[bins, 1] * delta + first[bins, 2] * zenith, 0.0)
    f2 = second[bins, 0] + second[bins, 1] * delta + second[bins, 2] * zenith
    return np.where(known[:, None], np.nan_to_num(np.column_stack([f1, f2])), 0.0)


def normal(tilt: Array, azimuth: Array) -> Array:
    """
    Unit normals of planes.

    Parameters
    ----------
    tilt, azimuth : array, shape (n,)
        Degrees; azimuth from north over east.

    Returns
    -------
    array, shape (n, 3)
        East, north, up.
    """
    t, a = np.radians(tilt), np.radians(azimuth)
    return np.column_stack([np.sin(t) * np.sin(a), np.sin(t) * np.cos(a), np.cos(t)])


@dataclass(frozen=True)
class PlaneLight:
    """
    Light on planes by where it comes from, all arrays of shape (n_hours, n) [W/m²]; obstacles enter afterwards.

    Attributes
    ----------
    beam : array
        From the sun.
    taken : array
        Part of `beam` that passes the glass.
    circumsolar : array
        From around the sun.
    sky : array
        From the rest of the sky, when all of it is free.
    ground : array
        Reflected by the ground.
    """

    beam: Array
    taken: Array
    circumsolar: Array
    sky: Array
    ground: Array

    @classmethod
    def on(cls, hours: SunHours, tilt: Array, azimuth: Array) -> PlaneLight:
        """Light on planes of a tilt and azimuth in degrees, shape (n,)."""
        t = np.radians(np.atleast_1d(tilt))
        facing = normal(np.atleast_1d(tilt), np.atleast_1d(azimuth)).T
        # written out: a matrix product may add in another order where there are other classes beside this one
        cosine = np.maximum(hours.sun[:, :1] * facing[0] + hours.sun[:, 1:2] * facing[1] + hours.sun[:, 2:] * facing[2], 0.0)
        f1, f2 = hours.brightness[:, :1], hours.brightness[:, 1:]
        beam = hours.dni[:, None] * cosine
        return cls(
            beam=beam,
            taken=beam * incidence_modifier(cosine),
            circumsolar=hours.dhi[:, None] * f1 * cosine / np.maximum(hours.sun[:, 2:], LEAST_COSINE),
            sky=hours.dhi[:, None] * ((1.0 - f1) * (1.0 + np.cos(t)) / 2.0 + f2 * np.sin(t)),
            ground=hours.ghi[:, None] * hours.albedo * (1.0 - np.cos(t)) / 2.0,
        )

    def diffuse(self, sky_view: Array | float = 1.0, *, lit: bool = True) -> Array:
        """All light but the beam; without the sun there is none around it either."""
        sky = self.sky * sky_view
        return np.maximum(sky + self.circumsolar if lit else sky, 0.0) + self.ground

    def power(self, hours: SunHours, system: PvSystem, sky_view: Array | float = 1.0, *, lit: bool = True) -> Array:
        """AC power per kWp, see `plane_power`."""
        diffuse = self.diffuse(sky_view, lit=lit)
        warming = (np.exp(system.a + system.b * hours.wind_speed) + system.delta_t / 1000.0)[:, None]
        cell = hours.temp_air[:, None] + (self.beam + diffuse if lit else diffuse) * warming
        effective = self.taken + diffuse if lit else diffuse
        dc = effective / 1000.0 * (1.0 + system.gamma_pdc * (cell - 25.0)) * (1.0 - system.loss)
        return _inverter(dc, system)


def plane_irradiance(
    hours: SunHours, tilt: Array, azimuth: Array, *, sky_view: Array | float = 1.0, lit: bool = True
) -> tuple[Array, Array]:
    """
    Irradiance on planes, per daylight hour.

    Parameters
    ----------
    hours : SunHours
        Sun and weather.
    tilt, azimuth : array, shape (n,)
        Degrees.
    sky_view : array, shape (n,), or float
        Share of the plane's sky that is not obstructed.
    lit : bool
        Whether the sun is above the horizon of obstacles; without it there is no beam and no circumsolar light.

    Returns
    -------
    beam, diffuse : array, shape (n_hours, n)
        Beam and diffuse (sky and ground) irradiance [W/m²].
    """
    light = PlaneLight.on(hours, tilt, azimuth)
    return light.beam * float(lit), light.diffuse(sky_view, lit=lit)


def incidence_modifier(cosine: Array) -> Array:
    """Physical incidence-angle modifier of glass (De Soto), with pvlib's parameters n = 1.526, K = 4/m, L = 2 mm."""
    n, k, thickness = 1.526, 4.0, 0.002
    c = np.clip(cosine, 1e-9, 1.0)
    inner = np.sqrt(1.0 - (1.0 - c**2) / n**2)
    perpendicular = ((c - n * inner) / (c + n * inner)) ** 2
    parallel = ((inner - n * c) / (inner + n * c)) ** 2
    straight = 1.0 - ((1.0 - n) / (1.0 + n)) ** 2
    return (1.0 - (perpendicular + parallel) / 2.0) * np.exp(-k * thickness / inner) / (straight * np.exp(-k * thickness))


def plane_power(
    hours: SunHours, system: PvSystem, tilt: Array, azimuth: Array, *, sky_view: Array | float = 1.0, lit: bool = True
) -> Array:
    """
    AC power of planes per kWp, per daylight hour.

    Parameters
    ----------
    hours : SunHours
        Sun and weather.
    system : PvSystem
        Module, mounting, inverter.
    tilt, azimuth, sky_view, lit
        As in `plane_irradiance`.

    Returns
    -------
    array, shape (n_hours, n)
        kW per kWp.
    """
    return PlaneLight.on(hours, tilt, azimuth).power(hours, system, sky_view, lit=lit)


def _inverter(dc: Array, system: PvSystem) -> Array:
    """PVWatts inverter [2]_, per kWp of modules; nothing is drawn at night."""
    eta = system.inverter_efficiency
    rated = 1.0 / (system.dc_ac_ratio * eta)
    zeta = dc / rated
    ac = eta / 0.9637 * (-0.0162 * zeta**2 - 0.0059 + 0.9858 * zeta) * rated
    return np.where(dc > 0, np.clip(ac, 0.0, eta * rated), 0.0)
