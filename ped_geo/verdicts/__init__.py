"""
Verdicts side by side: is a group of blocks a positive energy district, by each definition, by how much, and what would flip it.

`definitions` holds the rules, `flips` the switches, `peq` the Austrian benchmark; what a rule needs is asked of `ped_geo.accounts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.accounts import Accounts, ratio
from ped_geo.balance import EnergyInputs
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.flows import Groups
from ped_geo.study import Study
from ped_geo.verdicts.definitions import DEFINITIONS, Definition, Judgement
from ped_geo.verdicts.flips import SWITCHES, Flip, alternatives
from ped_geo.verdicts.peq import brochure_target, density_credit, mobility_budget, peq_balance

__all__ = [
    "DEFINITIONS",
    "SWITCHES",
    "Definition",
    "Flip",
    "Judgement",
    "alternatives",
    "brochure_target",
    "density_credit",
    "mobility_budget",
    "peq_balance",
    "verdict_table",
    "verdicts",
]


CHUNK = 32
"""Groups whose hours are held at a time."""


def _applicable(accounts: Accounts) -> list[tuple[Definition, npt.NDArray[np.bool_]]]:
    """Definitions and the groups for which all is known that they need."""
    answered = [(definition, accounts.answers(definition.rule)) for definition in DEFINITIONS.declared()]
    return [(definition, those) for definition, those in answered if those.any()]


def _rows(definition: Definition, judgement: Judgement, accounts: Accounts) -> pd.DataFrame:
    own, area = accounts.study.balance, accounts.reference_area_m2
    return pd.DataFrame(
        {
            "definition": definition.key,
            "positive": judgement.positive,
            "margin_kwh_a": judgement.margin_kwh_a,
            "margin_kwh_m2a": ratio(judgement.margin_kwh_a, area),
            "ratio": judgement.ratio,
            "unmet": pd.array(judgement.unmet, dtype="str"),
            "basis": definition.basis,
            "boundary": own.boundary if definition.boundary == "study" else definition.boundary,
            "balance_period": definition.balance_period,
            "factor_set": accounts.factor_labels,
            "k_exp": own.k_exp,
            "export_credit": own.export_credit,
            "wording": definition.wording,
        },
        index=accounts.groups.keys.rename("group_id"),
    )


@dataclass(frozen=True)
class _Turn:
    """A switch that turns a verdict of one group."""

    switch: str
    was: str
    becomes: str
    margin_kwh_a: float


def _turns(flip: Flip, definition: Definition, judgement: Judgement) -> Iterator[tuple[int, _Turn]]:
    """Groups whose verdict a changed switch turns, and how."""
    new = definition.judge(flip.accounts)
    places = np.flatnonzero(flip.open_to)
    for position in np.flatnonzero(new.positive != judgement.positive[places]):
        yield int(places[position]), _Turn(flip.switch, flip.was[position], flip.becomes, float(new.margin_kwh_a[position]))


def _flip_columns(turning: list[_Turn], margin_kwh_a: float, area: float) -> dict[str, object]:
    """The least drastic switch that turns the verdict, and all that do."""
    if not turning:
        return {"flip_switch": "none", "flip_from": "", "flip_to": "", "flip_margin_kwh_m2a": np.nan, "other_flips": ""}
    turning = sorted(turning, key=lambda turn: abs(turn.margin_kwh_a - margin_kwh_a))
    least = turning[0]
    others = dict.fromkeys(f"{other.switch}={other.becomes}" for other in turning[1:])
    return {
        "flip_switch": least.switch,
        "flip_from": least.was,
        "flip_to": least.becomes,
        "flip_margin_kwh_m2a": least.margin_kwh_a / area if area > 0 else np.nan,
        "other_flips": ";".join(others),
    }


def _table(accounts: Accounts, *, flips: bool) -> pd.DataFrame:
    """All verdicts of the groups, group by group; index (``group_id``, ``definition``)."""
    definitions, area = _applicable(accounts), accounts.reference_area_m2
    judged = {definition.key: definition.judge(accounts) for definition, _ in definitions}
    parts = {definition.key: _rows(definition, judged[definition.key], accounts) for definition, _ in definitions}
    if flips:
        turning: dict[str, list[list[_Turn]]] = {key: [[] for _ in area] for key in judged}
        for flip in alternatives(accounts):
            for definition, _ in definitions:
                for position, turn in _turns(flip, definition, judged[definition.key]):
                    turning[definition.key][position].append(turn)
        for key, of_groups in turning.items():
            margins = judged[key].margin_kwh_a
            columns = [_flip_columns(turns, float(margins[position]), float(area[position])) for position, turns in enumerate(of_groups)]
            parts[key] = parts[key].join(pd.DataFrame(columns, index=parts[key].index))
    kept = [parts[definition.key][those & (area > LEAST_FLOOR_M2)] for definition, those in definitions]
    order = np.argsort(np.concatenate([accounts.groups.keys.get_indexer(part.index) for part in kept]), kind="stable")
    return pd.concat(kept).iloc[order].set_index("definition", append=True)


def verdicts(accounts: Accounts, *, flips: bool = True) -> pd.DataFrame:
    """
    One group of blocks judged by every definition.

    Parameters
    ----------
    accounts : Accounts
        Inputs, study, one group and, for the density target, the blocks.
    flips : bool
        Whether to search the switch that would flip each verdict; one changed setting at a time.

    Returns
    -------
    DataFrame
        Layer ``verdicts``, index ``definition``: ``positive``, ``margin_kwh_a`` and ``margin_kwh_m2a`` (below zero: what is
        missing, in the definition's own basis), the definition's terms, ``flip_switch``, ``flip_from``, ``flip_to``,
        ``flip_margin_kwh_m2a`` and ``other_flips``. No row at all where nothing is heated: there is nothing to be judged.

    Notes
    -----
    The switch named is the one that moves the margin least and still turns the verdict; ``other_flips`` lists the rest. Where
    the inputs hold no hours of heat, balance periods within the year are left out; without floor areas and plot areas of the blocks,
    the density target is; where the district file credits no flexible operation, the benchmarks with flexibility are.
    """
    return _table(accounts, flips=flips).droplevel("group_id")


def verdict_table(
    inputs: EnergyInputs,
    study: Study,
    groups: Groups,
    *,
    blocks: pd.DataFrame | None = None,
    flips: bool = True,
    southern: bool = False,
) -> pd.DataFrame:
    """
    Verdicts of many groups of blocks: the district, candidates, single blocks.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Settings.
    groups : Groups
        What is judged; memory holds the hours of `CHUNK` of them at a time.
    blocks : DataFrame, optional
        Layer ``blocks``.
    flips : bool
        Whether to search switches.
    southern : bool
        Whether the place lies south of the equator, see `Accounts`.

    Returns
    -------
    DataFrame
        Layer ``verdicts``, index (``group_id``, ``definition``), as `verdicts` says.
    """
    return pd.concat([_table(Accounts(inputs, study, some, blocks, southern), flips=flips) for some in groups.chunks(CHUNK)])
