"""Type of the typology and state of the envelope: for the likeliest construction period, and for every other one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo.buildings.element_works import ELEMENTS, element_shares
from ped_geo.countries import HOME, pack_or_form

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["if_built_in", "size_class", "state_chance", "state_today", "tabula_code"]


def size_class(
    single: NDArray[np.bool_], attached: NDArray[np.bool_], storeys: NDArray[np.float64], period: NDArray[np.object_], study: Study
) -> NDArray[np.str_]:
    """
    Size class of the type that stands for a building; one that the typology does not have in a period is that of its stand-in.

    Parameters
    ----------
    single, attached : array of bool, shape (n,)
        Whether it is a house for one family, and whether it stands in a row.
    storeys : array, shape (n,)
        Above ground.
    period : array of str, shape (n,)
    study : Study
        Gives the storeys from which a house is an apartment block, and the country whose typology it is.
    """
    own = pack_or_form(study.country)
    high = storeys >= study.assumed("building.high_rise_levels")
    size = np.where(single, np.where(attached, "TH", "SFH"), np.where(high, "AB", "MFH"))
    codes = (own.type_of(str(kind), str(code)) or f"..{kind}" for kind, code in zip(size, period, strict=True))
    return np.array([code.split(".")[2] for code in codes], dtype=str)


def tabula_code(size: NDArray[np.str_], period: NDArray[np.object_], country: str = HOME) -> NDArray[np.object_]:
    """
    Code of a type; "" where the country has no typology.

    Examples
    --------
    >>> tabula_code(np.array(["AB"]), np.array(["PL.03"], dtype=object)).tolist()
    ['PL.N.AB.03']
    """
    own = pack_or_form(country)
    return np.array([own.type_of(str(kind), str(code)) for kind, code in zip(size, period, strict=True)], dtype=object)


def state_today(
    period: NDArray[np.object_], use: NDArray[np.object_], listed: NDArray[np.bool_], study: Study
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """
    Likeliest state of the envelope, by whether most walls of its age and owner are insulated, and the rule that tells it.

    Most Polish panel blocks got their first outside insulation between 1995 and 2015 (trap T3).
    """
    if study.buildings.refurbishment_state:
        told = study.buildings.refurbishment_state
        return np.full(len(period), told, dtype=object), np.full(len(period), "inferred: study", dtype=object)
    insulated = _insulated_walls(period, use, listed, study.country) > 0.5
    state = np.where(insulated, "first_etics", "original").astype(object)
    panel = np.isin(period, pack_or_form(study.country).periods_with("insulated_since")) & (use == "residential_multi")
    rule = np.where(panel, "inferred: panel blocks insulated 1995-2015", "inferred: works of its age and owner")
    return state, np.where(insulated, rule, "inferred: no record of works").astype(object)


def _insulated_walls(period: NDArray[np.object_], use: NDArray[np.object_], listed: NDArray[np.bool_], country: str) -> NDArray[np.float64]:
    """Chance that the walls were insulated since. [0-1]."""
    return element_shares(period, use, listed, country)[:, list(ELEMENTS).index("walls")]


def state_chance(
    odds: NDArray[np.float64], state: NDArray[np.object_], use: NDArray[np.object_], listed: NDArray[np.bool_], study: Study
) -> NDArray[np.float64]:
    """
    Probability of the state that is shown, over the odds of the periods: that the walls were insulated, or that they were not [0-1].

    Parameters
    ----------
    odds : array, shape (n, periods)
    state, use : array of str, shape (n,)
    listed : array of bool, shape (n,)
    study : Study
        A state that it tells is sure.
    """
    if study.buildings.refurbishment_state:
        return np.ones(len(state))
    codes = (np.full(len(state), code, dtype=object) for code in pack_or_form(study.country).period_codes)
    walls = np.stack([_insulated_walls(code, use, listed, study.country) for code in codes], axis=1)
    insulated = (odds * walls).sum(axis=1)
    return np.where(state == "first_etics", insulated, 1.0 - insulated)


def if_built_in(buildings: pd.DataFrame, period: str | NDArray[np.object_], study: Study) -> pd.DataFrame:
    """
    The buildings with the type and the state that they would have had they been built in one period, or each in another.

    Parameters
    ----------
    buildings : DataFrame
        Layer ``buildings``: ``size_class``, ``storeys_above_ground``, ``use``, ``heritage`` and ``refurbishment_state`` with its source.
    period : str or array of str, shape (n,)
        Code of a period of the country, for all or for each.
    study : Study
    """
    codes = np.full(len(buildings), period, dtype=object)
    kind = buildings["size_class"].astype("str").to_numpy()
    single, attached = np.isin(kind, ("SFH", "TH")), kind == "TH"
    size = size_class(single, attached, buildings["storeys_above_ground"].to_numpy(dtype=float), codes, study)
    listed = buildings["heritage"].to_numpy(dtype=bool)
    state, _ = state_today(codes, buildings["use"].astype("str").to_numpy(dtype=object), listed, study)
    # a state that is told holds whatever the age
    told = ~buildings["refurbishment_state_source"].astype("str").str.startswith("inferred").to_numpy(dtype=bool)
    state = np.where(told, buildings["refurbishment_state"].astype("str").to_numpy(dtype=object), state)
    types = tabula_code(size, codes, study.country)
    return buildings.assign(construction_period=codes, size_class=size, tabula_code=types, refurbishment_state=state)
