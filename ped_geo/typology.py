"""
A country's building typology (TABULA): what the envelope of a type lets through, in each state of refurbishment.

Two readings stand side by side. ``tabula`` is the typology as published. ``code_consistent`` corrects what contradicts the
building law of the time: walls after 1993 that the typology gives twice to three times too good, facades without any thermal
bridge, the roofs of two types, and Dutch values that are 1/Rc without the films of air (``type_corrections.csv`` of a pack); it
also sees to it that a better state is nowhere worse than the one before.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.countries import HOME, has_pack, pack
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PROPERTIES", "STATES", "U_VALUES", "country_of", "is_single_unit", "season", "types", "u_values"]

STATES: Final = ("original", "first_etics", "usual", "advanced")
"""States of refurbishment, from worst to best."""

U_VALUES: Final = ("u_wall", "u_roof", "u_floor", "u_window", "u_door")
"""Thermal transmittances of a state [W/(m²K)]."""

PROPERTIES: Final = (*U_VALUES, "g_window", "thermal_bridge_surcharge", "infiltration_ach")
"""All thermal properties of a state; see `u_values`."""


def types(country: str = HOME) -> pd.DataFrame:
    """
    The types of a country as published: areas [m²], U-values [W/(m²K)], heat need [kWh/(m²a)].

    Parameters
    ----------
    country : str
        Code of a country that has a pack.

    Returns
    -------
    DataFrame, shape (types, n)
        Indexed by ``tabula_code``, for example ``PL.N.AB.03``; 26 in Poland.

    Examples
    --------
    >>> types().loc["PL.N.AB.03", ["storeys", "u_wall"]].to_dict()
    {'storeys': 11.0, 'u_wall': 1.3}
    """
    return pack(country).table("types").set_index("tabula_code")


def country_of(tabula_codes: pd.Series) -> str:
    """Country whose types these are, by the code of the first; `HOME` where its typology is not known."""
    told = str(tabula_codes.iloc[0]).partition(".")[0] if len(tabula_codes) else HOME
    return told if told and has_pack(told) else HOME


def is_single_unit(tabula_codes: pd.Series) -> NDArray[np.bool_]:
    """
    Whether a type is a house for one family (TABULA's single-unit set of boundary conditions), shape (n,).

    Examples
    --------
    >>> is_single_unit(pd.Series(["PL.N.TH.02", "PL.N.MFH.02"])).tolist()
    [True, False]
    """
    single = {code: code.split(".")[2] in {"SFH", "TH"} for code in tabula_codes.unique()}
    return tabula_codes.map(single).to_numpy(dtype=bool)


def u_values(tabula_codes: pd.Series, states: pd.Series | str = "original", *, typology: str = "code_consistent") -> pd.DataFrame:
    """
    Thermal properties of buildings of given types and states.

    Parameters
    ----------
    tabula_codes : Series of str, shape (n,)
        Type of each building, for example ``PL.N.MFH.03``.
    states : Series of str or str
        State of each building, or of all: ``original``, ``first_etics``, ``usual`` or ``advanced``.
    typology : {"code_consistent", "tabula"}
        Corrected by the law of the time, or as published; ``study.demand.typology``.

    Returns
    -------
    DataFrame, shape (n, 8)
        Indexed as `tabula_codes`: ``u_wall``, ``u_roof``, ``u_floor`` (through the cellar, before the factor of 0.5 of the
        ground), ``u_window``, ``u_door`` [W/(m²K)], ``g_window`` [-], ``thermal_bridge_surcharge`` [W/(m²K)] and
        ``infiltration_ach`` [1/h].

    Raises
    ------
    LayerError
        If a type or a state is not in the typology.

    Examples
    --------
    >>> codes = pd.Series(["PL.N.AB.03", "PL.N.MFH.05"], index=["a", "b"])
    >>> u_values(codes)["u_wall"].to_dict()
    {'a': 1.3, 'b': 0.45}
    >>> u_values(codes, typology="tabula")["u_wall"].to_dict()
    {'a': 1.3, 'b': 0.19}
    >>> u_values(codes, "usual")["u_wall"].round(2).to_dict()
    {'a': 0.21, 'b': 0.16}
    """
    table = _state_table(typology, country_of(tabula_codes))
    wanted_states = np.broadcast_to(np.asarray(states, dtype=object), len(tabula_codes))
    wanted = pd.MultiIndex.from_arrays([tabula_codes.astype("str").to_numpy(dtype=object), wanted_states])
    rows = table.index.get_indexer(wanted)
    if (rows < 0).any():
        code, state = wanted[int(np.argmax(rows < 0))]
        known = ", ".join(sorted(table.index.unique(level=0)))
        raise LayerError(Sentence("error.no_envelope_is_known_for", code=code, state=state, known=known, names=", ".join(STATES)))
    found = table.iloc[rows].copy()
    found.index = tabula_codes.index
    return found


@cache
def _state_table(typology: str, country: str) -> pd.DataFrame:
    """Properties by type and state for one reading of the typology."""
    published = types(country)[list(PROPERTIES)]
    better = pack(country).table("refurbished").set_index("tabula_code")
    usual = better.loc[better["state"] == "usual", list(PROPERTIES)].loc[published.index]
    advanced = better.loc[better["state"] == "advanced", list(PROPERTIES)].loc[published.index]
    original = published
    if typology == "code_consistent":
        original = _corrected(published, country)
        usual = _never_worse(_reinsulated(usual, published, original), original, country)
        advanced = _never_worse(_reinsulated(advanced, published, original), usual, country)
    elif typology != "tabula":
        raise LayerError(Sentence("error.typology_is_must_be_code_consistent", typology=typology))
    frames = {"original": original, "first_etics": _first_insulation(original, country), "usual": usual, "advanced": advanced}
    stacked = pd.concat(frames, names=["state", "tabula_code"]).swaplevel().sort_index()
    return stacked[list(PROPERTIES)]


def _corrected(published: pd.DataFrame, country: str) -> pd.DataFrame:
    """The original state with what contradicts the law of its time replaced."""
    corrected = published.copy()
    for row in _corrections(country).itertuples():
        corrected.loc[str(row.tabula_code), str(row.quantity)] = float(str(row.value))
    return corrected


def _corrections(country: str) -> pd.DataFrame:
    """What contradicts the law of its time in a country's typology; nothing where nobody has looked."""
    own = pack(country)
    return own.table("type_corrections") if own.has("type_corrections") else pd.DataFrame()


def season(country: str) -> pd.Series:
    """The heating season in which a country's types are published: days, mean temperature [°C], sums of irradiation [kWh/m²]."""
    own = pack(country)
    table = own.table("tabula_climate").set_index("climate")
    return pd.Series(table.loc[own.climate])


def _reinsulated(state: pd.DataFrame, published: pd.DataFrame, original: pd.DataFrame) -> pd.DataFrame:
    """The state's added insulation put on the corrected wall and roof instead of the published ones."""
    placed = state.copy()
    for name in ("u_wall", "u_roof"):
        added = np.maximum(1.0 / state[name] - 1.0 / published[name], 0.0)
        placed[name] = np.where(original[name] == published[name], state[name], 1.0 / (1.0 / original[name] + added))
    return placed


def _never_worse(state: pd.DataFrame, before: pd.DataFrame, country: str) -> pd.DataFrame:
    """A measure that would make an element worse is not carried out; glass and frame are changed together."""
    kept = state.copy()
    for name in ("u_wall", "u_roof", "u_floor", "u_door", "thermal_bridge_surcharge", "infiltration_ach"):
        kept[name] = np.minimum(state[name], before[name])
    same_windows = _window_loss(state, country) >= _window_loss(before, country)
    for name in ("u_window", "g_window"):
        kept[name] = np.where(same_windows, before[name], state[name])
    return kept


def _window_loss(state: pd.DataFrame, country: str) -> pd.Series:
    """Seasonal loss less solar gain of a square metre of window, mean of four directions [kWh/(m²a)]."""
    climate = season(country)
    bounds = assumptions.table("tabula_boundary").set_index("set").loc["multi_unit"]
    degree_hours = climate["heating_days"] * (bounds["theta_i_c"] - climate["theta_e_c"]) * 0.024
    irradiation = climate[[f"irradiation_{side}_kwh_m2" for side in ("north", "east", "south", "west")]].mean()
    let_in = bounds["shading_vertical"] * (1.0 - bounds["frame_share"]) * bounds["incidence_factor"] * irradiation
    return degree_hours * state["u_window"] - let_in * state["g_window"]


def _first_insulation(original: pd.DataFrame, country: str) -> pd.DataFrame:
    """First wave of outside insulation and new windows, 1995-2015."""
    insulated = original.copy()
    for row in pack(country).table("first_insulation").itertuples():
        name, value = str(row.quantity), float(str(row.value))
        if row.rule == "added_resistance":
            insulated[name] = 1.0 / (1.0 / original[name] + value)
        else:
            insulated[name] = np.minimum(original[name], value)
    insulated["g_window"] = insulated["g_window"].where(insulated["u_window"] < original["u_window"], original["g_window"])
    return insulated
