"""Type of the typology and state of the envelope: for the likeliest construction period, and for every other one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo import assumptions
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


def state_today(period: NDArray[np.object_], use: NDArray[np.object_], study: Study) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """
    Likeliest state of the envelope, and the rule that tells it.

    Most Polish panel blocks got their first outside insulation between 1995 and 2015 (trap T3).
    """
    if study.buildings.refurbishment_state:
        told = study.buildings.refurbishment_state
        return np.full(len(period), told, dtype=object), np.full(len(period), "inferred: study", dtype=object)
    panel = np.isin(period, pack_or_form(study.country).periods_with("insulated_since")) & (use == "residential_multi")
    state = np.where(panel, "first_etics", "original").astype(object)
    rule = np.where(panel, "inferred: panel blocks insulated 1995-2015", "inferred: no record of works").astype(object)
    return state, rule


def state_chance(odds: NDArray[np.float64], state: NDArray[np.object_], use: NDArray[np.object_], study: Study) -> NDArray[np.float64]:
    """
    Probability of the state that is shown, over the odds of the periods [0-1].

    Parameters
    ----------
    odds : array, shape (n, periods)
    state, use : array of str, shape (n,)
    study : Study

    Notes
    -----
    Of the envelopes that the rule takes for bare, some were insulated already, and of those it takes for insulated some were not:
    the chances of ``tables/uncertain_inputs.csv``, with which the balance is drawn too.
    """
    table = assumptions.table("uncertain_inputs").set_index("key")["probability"]
    wrong = {"original": float(table["refurbished_already"]), "first_etics": float(table["not_refurbished_yet"])}
    chance = np.zeros(len(state))
    for number, code in enumerate(pack_or_form(study.country).period_codes):
        ruled, _ = state_today(np.full(len(state), code, dtype=object), use, study)
        miss = np.array([wrong.get(str(name), 0.0) for name in ruled])
        bare_for_bare = np.where(ruled == state, 1.0 - miss, np.where(np.isin(state, list(wrong)), miss, 0.0))
        chance += odds[:, number] * bare_for_bare
    return chance


def if_built_in(buildings: pd.DataFrame, period: str, study: Study) -> pd.DataFrame:
    """
    The buildings with the type and the state that they would have had they been built in one period.

    Parameters
    ----------
    buildings : DataFrame
        Layer ``buildings``: ``size_class``, ``storeys_above_ground``, ``use`` and ``refurbishment_state`` with its source.
    period : str
        Code of a period of the country.
    study : Study
    """
    codes = np.full(len(buildings), period, dtype=object)
    kind = buildings["size_class"].astype("str").to_numpy()
    single, attached = np.isin(kind, ("SFH", "TH")), kind == "TH"
    size = size_class(single, attached, buildings["storeys_above_ground"].to_numpy(dtype=float), codes, study)
    state, _ = state_today(codes, buildings["use"].astype("str").to_numpy(dtype=object), study)
    # a state that is told holds whatever the age
    told = ~buildings["refurbishment_state_source"].astype("str").str.startswith("inferred").to_numpy(dtype=bool)
    state = np.where(told, buildings["refurbishment_state"].astype("str").to_numpy(dtype=object), state)
    types = tabula_code(size, codes, study.country)
    return buildings.assign(construction_period=codes, size_class=size, tabula_code=types, refurbishment_state=state)
