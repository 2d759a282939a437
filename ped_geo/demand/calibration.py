"""Calibration with metered totals: explicit, bounded by the study, and shown as a table of factors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["CARRIERS", "LEVELS", "calibration_factors", "check_metered", "not_metered"]

LEVELS: Final = ("building", "block", "district")
"""From the finest to the coarsest; a finer total goes before a coarser one."""

CARRIERS: Final = ("heat", "space_heat", "electricity")
"""``heat`` is space heating, hot water and the losses of its circulation together, as a heat meter in the cellar counts them."""

_COLUMNS: Final = ("id", "level", "carrier", "kwh_a")


def check_metered(metered: pd.DataFrame) -> pd.DataFrame:
    """
    Refuse a table of metered totals that cannot be used; give it back unchanged otherwise.

    Parameters
    ----------
    metered : DataFrame
        ``id`` (building, block, or anything for the district), ``level``, ``carrier``, ``kwh_a`` [kWh/a].

    Raises
    ------
    LayerError
        With all problems at once.
    """
    missing = [name for name in _COLUMNS if name not in metered]
    if missing:
        raise LayerError(Sentence("error.metered_totals"), [Sentence("error.column_is_missing", name=name) for name in missing])
    problems = []
    for name, allowed in (("level", LEVELS), ("carrier", CARRIERS)):
        strange = metered.loc[~metered[name].isin(allowed), name]
        if len(strange):
            problems.append(Sentence("error.is_must_be_one", name=name, value=strange.iloc[0], names=", ".join(allowed)))
    values = pd.to_numeric(metered["kwh_a"], errors="coerce").to_numpy(dtype=float)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        problems.append(
            Sentence("error.kwh_a_is_must_be_number", value=metered["id"].iloc[wrong[0]], value_2=metered["kwh_a"].iloc[wrong[0]])
        )
    twice = metered.duplicated(["id", "level", "carrier"])
    if twice.any():
        problems.append(Sentence("error.stands_there_twice_for_same", value=metered.loc[twice, "id"].iloc[0]))
    if problems:
        raise LayerError(Sentence("error.metered_totals"), problems)
    return metered


def calibration_factors(calculated: pd.DataFrame, block_ids: pd.Series, metered: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Factors that bring the calculation of today's state to metered totals.

    Parameters
    ----------
    calculated : DataFrame, shape (n, 3)
        Today's ``space_heat``, ``hot_water`` with the losses of its circulation, and ``electricity`` of each building [kWh/a].
    block_ids : Series, shape (n,)
        ``block_id`` of each building; the district is all buildings that have one.
    metered : DataFrame
        Totals, see `check_metered`.
    study : Study
        ``demand.calibration_bounds``: least and greatest factor.

    Returns
    -------
    DataFrame, shape (n, 6)
        ``space_heat_factor``, ``electricity_factor`` [-], for each its ``…_wanted`` before the bounds and its ``…_level``
        (``""`` where nothing was metered). Hot water keeps its calculated level.

    Raises
    ------
    LayerError
        If the totals are invalid, or name a building or block that is not there.

    Examples
    --------
    Two buildings in one block, 100 each calculated, 150 metered together:

    >>> from ped_geo.study import Study
    >>> ids = pd.Index(["a", "b"], name="building_id")
    >>> calculated = pd.DataFrame({"space_heat": 100.0, "hot_water": 0.0, "electricity": 50.0}, index=ids)
    >>> total = pd.DataFrame({"id": ["k"], "level": "block", "carrier": "heat", "kwh_a": 150.0})
    >>> calibration_factors(calculated, pd.Series("k", index=ids), total, Study(name="x"))["space_heat_factor"].tolist()
    [0.75, 0.75]
    """
    check_metered(metered)
    groups = _groups(calculated.index, block_ids.reindex(calculated.index).fillna(""))
    heat = _fit(calculated, groups, metered, study, carriers=("heat", "space_heat"))
    electricity = _fit(calculated, groups, metered, study, carriers=("electricity",))
    return heat.add_prefix("space_heat_").join(electricity.add_prefix("electricity_"))


def not_metered(index: pd.Index) -> pd.DataFrame:
    """Factors of buildings that nothing was metered of."""
    number = pd.DataFrame({"factor": 1.0, "wanted": 1.0}, index=index)
    frame = number.assign(level=pd.array([""] * len(index), dtype="str"))
    return frame.add_prefix("space_heat_").join(frame.add_prefix("electricity_"))


Groups = Callable[[str, str], "NDArray[np.bool_]"]


def _groups(index: pd.Index, blocks: pd.Series) -> Groups:
    """Which buildings a level and an id mean."""

    def members(level: str, identifier: str) -> NDArray[np.bool_]:
        if level == "building":
            return np.asarray(index == identifier)
        return np.asarray(blocks == identifier) if level == "block" else np.asarray(blocks != "")

    return members


def _fit(calculated: pd.DataFrame, members: Groups, metered: pd.DataFrame, study: Study, *, carriers: tuple[str, ...]) -> pd.DataFrame:
    """Factors of one carrier, finest level first; a coarser total is shared by the buildings not metered more finely."""
    low, high = study.demand.calibration_bounds
    base = calculated["electricity" if carriers == ("electricity",) else "space_heat"].to_numpy(dtype=float)
    water = calculated["hot_water"].to_numpy(dtype=float)
    wanted = np.ones(len(calculated))
    level_of = np.full(len(calculated), "", dtype=object)
    rows = metered[metered["carrier"].isin(carriers)]
    for level in LEVELS:
        for row in rows[rows["level"] == level].to_dict("records"):
            group = members(level, str(row["id"]))
            if not group.any():
                raise LayerError(Sentence("error.metered_totals_name_which_has", level=level, row=row["id"]))
            total = float(row["kwh_a"]) - (water[group].sum() if row["carrier"] == "heat" else 0.0)
            free = group & (level_of == "")
            known = (base * np.clip(wanted, low, high))[group & ~free].sum()
            if base[free].sum() > 0:
                wanted[free] = max(total - known, 0.0) / base[free].sum()
                level_of[free] = level
    return pd.DataFrame(
        {"factor": np.clip(wanted, low, high), "wanted": wanted, "level": pd.array(level_of, dtype="str")}, index=calculated.index
    ).assign(factor=lambda frame: frame["factor"].where(frame["level"] != "", 1.0))
