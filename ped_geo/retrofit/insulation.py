"""A layer of insulation on a wall, a roof or below the cellar ceiling."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.countries import pack
from ped_geo.retrofit._measure import MEASURE_TYPES, Level, Measure, MeasureType, RetrofitContext, allowed, worth
from ped_geo.study import Study

__all__ = ["added_thickness", "insulated", "thickness_for"]

Floats = npt.NDArray[np.float64]
CM = 0.01


def insulated(u_value: npt.ArrayLike, thickness_m: npt.ArrayLike, lambda_w_mk: float) -> Floats:
    r"""
    Thermal transmittance after a layer is added.

    Parameters
    ----------
    u_value : float or array
        Before. [W/(m²K)]
    thickness_m : float or array
        Thickness of the layer. [m]
    lambda_w_mk : float
        Its conductivity. [W/(m·K)]

    Returns
    -------
    ndarray
        After. [W/(m²K)]

    Notes
    -----
    EN ISO 6946, resistances in series:

    .. math:: U = \frac{1}{1/U_0 + d/\lambda}

    Examples
    --------
    >>> insulated(1.16, 0.15, 0.036).round(3).tolist()
    0.199
    """
    return np.asarray(1.0 / (1.0 / np.asarray(u_value, float) + np.asarray(thickness_m, float) / lambda_w_mk))


def added_thickness(before: npt.ArrayLike, after: npt.ArrayLike, lambda_w_mk: float) -> Floats:
    """
    Thickness of the layer that leads from one transmittance to another.

    Parameters
    ----------
    before, after : float or array
        [W/(m²K)]
    lambda_w_mk : float
        Conductivity of the layer. [W/(m·K)]

    Returns
    -------
    ndarray
        Never negative. [m]

    Examples
    --------
    >>> added_thickness(1.16, 0.2, 0.036).round(3).tolist()
    0.149
    """
    return np.maximum(lambda_w_mk * (1.0 / np.asarray(after, float) - 1.0 / np.asarray(before, float)), 0.0)


def thickness_for(u_value: npt.ArrayLike, target: float, lambda_w_mk: float, thickness_max_m: float) -> Floats:
    """
    Thickness, in whole centimetres, that reaches a target, within what there is room for.

    Parameters
    ----------
    u_value : float or array
        Before. [W/(m²K)]
    target : float
        Transmittance to be reached. [W/(m²K)]
    lambda_w_mk : float
        Conductivity of the layer. [W/(m·K)]
    thickness_max_m : float
        Most that can be added. [m]

    Returns
    -------
    ndarray
        [m]

    Examples
    --------
    >>> thickness_for([1.16, 0.19], 0.2, 0.036, 0.25).round(6).tolist()
    [0.15, 0.0]
    """
    whole = np.ceil(added_thickness(u_value, target, lambda_w_mk) / CM - 1e-9) * CM
    return np.minimum(whole, thickness_max_m) + 0.0  # no negative zero


def _apply(measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    if level.rule == "typology":
        after = np.minimum(case.typology(level.value)[measure.changes].to_numpy(float), before)
    else:
        thickness = thickness_for(before, level.number(case.study), measure.lambda_w_mk, measure.thickness_max_m)
        after = insulated(before, thickness, measure.lambda_w_mk)
    done = allowed(measure, case.buildings) & worth(before, after, case.study)
    return state.assign(**{measure.changes: np.where(done, after, before)})


def _price(measure: Measure, before: Floats, buildings: pd.DataFrame, envelope: pd.DataFrame, study: Study) -> Floats:
    """Price at the thickness that the source names [money/m²]."""
    if measure.part == "wall":
        high = envelope["eaves_height_m"].to_numpy(float) > study.assumed("retrofit.wool_above_height")
        again = before < study.assumed("retrofit.insulated_already_u")
        plain = np.where(high, study.assumed("prices.wall_etics_wool"), study.assumed("prices.wall_etics"))
        return np.where(again, np.maximum(plain, study.assumed("prices.wall_etics_again")), plain)
    if measure.part == "roof":
        flat = buildings["roof_shape"].astype("str").eq("flat").to_numpy()
        panel = flat & buildings["use"].astype("str").eq("residential_multi").to_numpy()
        ventilated = (
            panel & buildings["construction_period"].astype("str").isin(pack(study.country).periods_with("ventilated_roofs")).to_numpy()
        )
        covered = np.where(flat, study.assumed("prices.roof_flat"), study.assumed("prices.roof_pitched"))
        return np.where(ventilated, study.assumed("prices.roof_ventilated"), covered)
    return np.full(len(before), study.assumed(measure.price))


def _cost(
    measure: Measure, before: pd.DataFrame, after: pd.DataFrame, buildings: pd.DataFrame, envelope: pd.DataFrame, study: Study
) -> Floats:
    old, new = before[measure.changes].to_numpy(float), after[measure.changes].to_numpy(float)
    extra_cm = added_thickness(old, new, measure.lambda_w_mk) / CM - study.assumed(f"retrofit.cost_thickness_{measure.part}")
    per_m2 = _price(measure, old, buildings, envelope, study) + extra_cm * study.assumed(f"retrofit.cost_per_cm_{measure.part}")
    least = _price(measure, old, buildings, envelope, study) / 2  # scaffold and finish are paid for however thin the layer is
    area = envelope[f"{measure.part}_area_m2"].to_numpy(float)
    return np.where(new < old, np.maximum(per_m2, least) * area, 0.0)


MEASURE_TYPES.add("insulation", MeasureType(_apply, _cost))
