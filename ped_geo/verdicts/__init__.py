"""
Verdicts side by side: is a group of blocks a positive energy district, by each definition, by how much, and what would flip it.

`definitions` holds the rules, `case` what they need, `flips` the switches, `peq` the Austrian benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ped_geo.balance import EnergyInputs
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.study import Study
from ped_geo.verdicts.case import Case
from ped_geo.verdicts.definitions import DEFINITIONS, Definition, Judgement
from ped_geo.verdicts.flips import SWITCHES, Flip, alternatives
from ped_geo.verdicts.peq import FLEXIBILITY, brochure_target, density_credit, mobility_budget, peq_balance

__all__ = [
    "DEFINITIONS",
    "SWITCHES",
    "Case",
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


def _applicable(case: Case) -> list[Definition]:
    """Definitions that the case has data for: hours of heat for horizons, plots for the density target, uses, a credit for flexibility."""

    def fits(definition: Definition) -> bool:
        if definition.key.startswith("peq") and not np.isfinite(case.fsi):
            return False
        if definition.key.endswith("flexible") and case.study.assumed(FLEXIBILITY) <= 0:
            return False
        if definition.key.startswith("peq_mobility") and "use" not in case.inputs.buildings:
            return False
        return not (definition.key.startswith("nren_") and case.inputs.heat_hourly is None)

    return [definition for definition in DEFINITIONS.values() if fits(definition)]


def _row(definition: Definition, judgement: Judgement, case: Case) -> dict[str, object]:
    own, area = case.study.balance, case.reference_area_m2
    return {
        "definition": definition.key,
        "positive": judgement.positive,
        "margin_kwh_a": judgement.margin_kwh_a,
        "margin_kwh_m2a": judgement.margin_kwh_a / area if area > 0 else np.nan,
        "ratio": judgement.ratio,
        "unmet": judgement.unmet,
        "basis": definition.basis,
        "boundary": own.boundary if definition.boundary == "study" else definition.boundary,
        "horizon": definition.horizon,
        "factor_set": case.factor_label,
        "k_exp": own.k_exp,
        "export_credit": own.export_credit,
        "wording": definition.wording,
    }


def _flip_columns(judgement: Judgement, area: float, judged: list[tuple[Flip, Judgement]]) -> dict[str, object]:
    """The least drastic switch that turns the verdict, and all that do."""
    turning = [(flip, new) for flip, new in judged if new.positive != judgement.positive]
    turning.sort(key=lambda pair: abs(pair[1].margin_kwh_a - judgement.margin_kwh_a))
    if not turning:
        return {"flip_switch": "none", "flip_from": "", "flip_to": "", "flip_margin_kwh_m2a": np.nan, "other_flips": ""}
    flip, new = turning[0]
    others = dict.fromkeys(f"{other.switch}={other.becomes}" for other, _ in turning[1:])
    return {
        "flip_switch": flip.switch,
        "flip_from": flip.was,
        "flip_to": flip.becomes,
        "flip_margin_kwh_m2a": new.margin_kwh_a / area if area > 0 else np.nan,
        "other_flips": ";".join(others),
    }


def verdicts(case: Case, *, flips: bool = True) -> pd.DataFrame:
    """
    One group of blocks judged by every definition.

    Parameters
    ----------
    case : Case
        Inputs, study, the variant of each block and, for the density target, the blocks.
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
    the inputs hold no hours of heat, horizons within the year are left out; without floor areas and plot areas of the blocks,
    the density target is; where the district file credits no flexible operation, the benchmarks with flexibility are.
    """
    definitions = _applicable(case)
    rows = []
    heated = case.reference_area_m2 > LEAST_FLOOR_M2
    changed = alternatives(case) if flips and heated else []
    for definition in definitions:
        judgement = definition.judge(case)
        row = _row(definition, judgement, case)
        if flips:
            judged = [(flip, definition.judge(flip.case)) for flip in changed]
            row |= _flip_columns(judgement, case.reference_area_m2, judged)
        rows.append(row)
    table = pd.DataFrame(rows).set_index("definition")
    return table if heated else table.iloc[:0]


def verdict_table(
    inputs: EnergyInputs,
    study: Study,
    scopes: Mapping[str, Mapping[str, str]],
    *,
    blocks: pd.DataFrame | None = None,
    flips: bool = True,
    southern: bool = False,
) -> pd.DataFrame:
    """
    Verdicts of several groups of blocks: the district, candidates, single blocks.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Settings.
    scopes : mapping
        Name of the scope (``district``, a ``district_id`` or a ``block_id``) → ``block_id`` → variant.
    blocks : DataFrame, optional
        Layer ``blocks``.
    flips : bool
        Whether to search switches.
    southern : bool
        Whether the place lies south of the equator, see `Case`.

    Returns
    -------
    DataFrame
        Layer ``verdicts``, index (``scope``, ``definition``).
    """
    parts = {name: verdicts(Case(inputs, study, dict(choice), blocks, southern), flips=flips) for name, choice in scopes.items()}
    return pd.concat(parts, names=["scope"])
