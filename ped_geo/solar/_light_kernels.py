"""Compiled loop of the irradiation of pixels; tested against the hourly sum."""

from __future__ import annotations

from ped_geo._compiled import njit

__all__ = ["add_light"]


@njit(cache=True, nogil=True, error_model="numpy")
def add_light(tangent, member, beam, sky, steps, total_beam, total_sky):  # type: ignore[no-untyped-def]
    """
    Add one direction's light to every pixel.

    `beam[class, k]` is the year's beam that comes from this direction when the horizon there stands at step k, `sky[class, k]`
    the share of the sky. Steps are even in x = t / (1 + t) of the horizon's tangent t, which runs from 0 to 1 and needs no
    arctangent; between steps both are taken as straight.
    """
    for r in range(tangent.shape[0]):
        for c in range(tangent.shape[1]):
            t = tangent[r, c]
            at = t / (1.0 + t) * steps
            k = min(int(at), steps - 1)
            w = at - k
            m = member[r, c]
            total_beam[r, c] += beam[m, k] + (beam[m, k + 1] - beam[m, k]) * w
            total_sky[r, c] += sky[m, k] + (sky[m, k + 1] - sky[m, k]) * w
