"""What the method of EN ISO 52016-1 would say where a scan takes a simpler one: measured on a tile of each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo.language import number, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ped_geo.site import Site
    from ped_geo.study import Study

__all__ = ["EXACT", "NEEDED", "method_differences", "method_sentence"]

EXACT: Final = "iso52016"
"""Method of district reports."""

NEEDED: Final = ("buildings", "envelope", "thermal_state", "weather", "irradiance", "metered", "need")
"""Layers of a tile that the comparison is made of."""

PACKAGES: Final = ("existing", "usual", "advanced", "near_zero")
"""States that are compared; what is least in cost hangs on the method itself."""


def method_differences(layers: Mapping[str, pd.DataFrame], site: Site, study: Study) -> pd.DataFrame:
    """
    Space heating of the same buildings by the method that ran and by that of EN ISO 52016-1.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        `NEEDED`, of one tile.
    site, study
        Of the place.

    Returns
    -------
    DataFrame, index ``package``
        ``simple_kwh_a`` and ``exact_kwh_a`` [kWh/a], ``simple_peak_kw`` and ``exact_peak_kw``, the sums of the peaks of buildings [kW],
        ``buildings`` [-].
    """
    from ped_geo.demand import demand_of

    states = layers["thermal_state"]
    states = states[states.index.get_level_values("package").isin(PACKAGES)]
    inside = layers["buildings"][layers["buildings"]["in_district"]]
    other = study.model_copy(update={"demand": study.demand.model_copy(update={"method": EXACT})})
    metered = layers["metered"] if len(layers["metered"]) else None
    exact = demand_of(inside, layers["envelope"], states, layers["weather"], layers["irradiance"], site, other, metered).need
    parts = {
        f"{kind}_{unit}": need.loc[states.index, name].groupby(level="package", sort=False).sum()
        for kind, need in (("simple", layers["need"]), ("exact", exact))
        for name, unit in (("heat_need_kwh_a", "kwh_a"), ("heat_peak_kw", "peak_kw"))
    }
    return pd.DataFrame(parts).assign(buildings=states.index.get_level_values(0).nunique())


def method_sentence(place: str, method: str, differences: pd.DataFrame, lang: str) -> str:
    """
    One sentence of what the other method would say.

    Parameters
    ----------
    place, method : str
        Name of the place and the method of its heat.
    differences : DataFrame
        `method_differences`.
    lang : str
        ``pl`` or ``en``.
    """
    change, peaks = (100.0 * (differences[f"exact_{unit}"] / differences[f"simple_{unit}"] - 1.0) for unit in ("kwh_a", "peak_kw"))
    named = [
        f"{text(f'variant.package.{package}', lang).lower()} {_signed(float(change[package]), lang)}"
        for package in PACKAGES
        if package in change.index
    ]
    return text(
        "scan.method",
        lang,
        place=place,
        method=text(f"scan.method.{method}", lang),
        buildings=number(int(differences["buildings"].iloc[0]), lang),
        changes=", ".join(named),
        peak=_signed(float(peaks["existing"]), lang),
    )


def _signed(percent: float, lang: str) -> str:
    """A change in hundredths with its sign; a dash where nothing was heated."""
    return f"{'+' if percent > 0 else ''}{number(percent, lang, 1)}%" if np.isfinite(percent) else "–"
