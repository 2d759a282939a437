"""How much of a plane's sky a horizon leaves free, in closed form per direction; and the horizon that the row in front makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["free_sky", "row_horizon", "sky_view"]


def _diffuse_above(elevation: Array, tilt: Array, turn: Array) -> Array:
    """Integral of cos(incidence) cos(e) over elevations from `elevation` to the zenith, for one direction."""
    straight = np.cos(tilt) * np.cos(elevation) ** 2 / 2.0
    leaning = np.sin(tilt) * np.cos(turn) * ((np.pi / 2.0 - elevation) / 2.0 - np.sin(2.0 * elevation) / 4.0)
    return straight + leaning


def sky_view(horizon: Array, tilt: Array, azimuth: Array) -> Array:
    """
    Share of a plane's sky that a horizon leaves free, for an evenly bright sky.

    Parameters
    ----------
    horizon : array, shape (n, n_directions)
        Elevation of the obstacles, degrees; directions from north over east.
    tilt, azimuth : array, shape (n,)
        Of the planes, degrees.

    Returns
    -------
    array, shape (n,)
        1 without obstacles, 0 when everything is hidden.

    Notes
    -----
    For a direction, the light above elevation e is the integral of cos θ cos e; it has a closed form. Below the plane's own
    horizon nothing arrives, so the lower bound is the higher of the two.

    Examples
    --------
    >>> sky_view(np.zeros((1, 36)), np.array([30.0]), np.array([180.0])).round(12).tolist()
    [1.0]
    """
    horizon = np.atleast_2d(horizon)
    direction = np.radians(np.arange(horizon.shape[1]) * 360.0 / horizon.shape[1])
    # many points lie on planes that lean alike
    planes, member = np.unique(np.column_stack([tilt, azimuth]), axis=0, return_inverse=True)
    member = member.ravel()
    t, turn = np.radians(planes[:, :1]), direction[None, :] - np.radians(planes[:, 1:])
    own = _own_horizon(t, turn)
    free = _diffuse_above(own, t, turn).sum(axis=1)
    seen = _diffuse_above(np.maximum(np.radians(horizon), own[member]), t[member], turn[member]).sum(axis=1)
    return np.clip(seen / free[member], 0.0, 1.0)


def _own_horizon(tilt: Array, turn: Array) -> Array:
    """Elevation below which a plane sees nothing, for directions turned from its own; radians."""
    return np.maximum(np.arctan(-np.tan(np.minimum(tilt, np.radians(89.999))) * np.cos(turn)), 0.0)


def free_sky(elevation: Array, tilt: Array, azimuth: Array, directions: int) -> Array:
    """
    Share of planes' sky that lies above each elevation of each direction.

    Parameters
    ----------
    elevation : array, shape (n_steps,)
        Degrees.
    tilt, azimuth : array, shape (n,)
        Of the planes, degrees.
    directions : int
        Number of directions, from north over east.

    Returns
    -------
    array, shape (n, directions, n_steps)
        Adds up to 1 over the directions for the elevation 0.
    """
    t = np.radians(tilt)[:, None, None]
    turn = np.radians(np.arange(directions) * 360.0 / directions)[None, :, None] - np.radians(azimuth)[:, None, None]
    own = _own_horizon(t, turn)
    above = _diffuse_above(np.maximum(np.radians(elevation)[None, None, :], own), t, turn)
    return np.asarray(above / _diffuse_above(own, t, turn).sum(axis=1, keepdims=True))


def row_horizon(azimuth: Array, height: Array, *, directions: int) -> Array:
    """
    Horizon that the parallel row in front makes.

    Parameters
    ----------
    azimuth : array, shape (n,)
        Direction that the modules face, degrees.
    height : array, shape (n,)
        Elevation of the top of the row in front, straight ahead, degrees.
    directions : int
        Number of directions.

    Returns
    -------
    array, shape (n, directions)
        Degrees; zero behind. A long row looks lower sideways: tan e = tan h cos Δ.
    """
    ahead = np.cos(np.radians(np.arange(directions) * 360.0 / directions)[None, :] - np.radians(azimuth)[:, None])
    return np.degrees(np.arctan(np.tan(np.radians(height))[:, None] * np.maximum(ahead, 0.0)))
