"""What the page adds up when its reader chooses a variant for each block: the amounts of blocks, and the choices of candidates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ped_geo.figures.amounts import CHOSEN
from ped_geo.language import LANGUAGES
from ped_geo.outputs.figures import FIGURES, written_unit
from ped_geo.outputs.styles import QUALITATIVE

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["candidate_choice", "choice_content"]

AMOUNTS = {
    "floor": "reference_area_m2",
    "balance": "primary_energy_balance_kwh_a",
    "co2": "co2_kg_a",
    "investment": "investment",
    "grant": "grant",
    "saving": "saving_a",
}
"""Amounts that a group has the sum of its blocks of, and their columns; all figures of a choice follow from them."""
SHOWN = {"balance": "balance", "co2": "co2_total", "investment": "investment", "grant": "grant", "payback": "payback"}
"""Figures that the page shows of a choice, and the figure whose unit and digits they have."""
DIGITS = 3
"""Decimals of an amount [kWh/a, kg/a, money]: far below what any figure prints."""


def choice_content(results: Results) -> dict[str, Any]:
    """
    Amounts by variant and block, how the figures made of them are written, and a colour for each variant.

    Parameters
    ----------
    results : Results
        The run.
    """
    variants, blocks = [variant.key for variant in results.study.variants], results.layers["blocks"].index
    costs = results.layers["variant_costs"]
    amounts = results.layers["balance"].drop(columns=[name for name in costs if name in results.layers["balance"]]).join(costs)
    values = {
        name: [amounts[column].xs(key, level="variant").reindex(blocks).fillna(0.0).round(DIGITS).tolist() for key in variants]
        for name, column in AMOUNTS.items()
        if column in amounts
    }
    return {
        "amounts": values,
        "written": {name: _written(figure) for name, figure in SHOWN.items()},
        "tones": [QUALITATIVE[number % len(QUALITATIVE)] for number in range(len(variants))],
    }


def _written(name: str) -> dict[str, Any]:
    figure = FIGURES[name]
    return {
        "digits": figure.digits,
        "times": figure.times,
        "per": figure.per,
        "unit": {lang: written_unit(figure.unit, lang) for lang in LANGUAGES},
    }


def candidate_choice(results: Results, identity: str) -> dict[str, Any]:
    """
    Which block of a candidate has which variant, by their places in the page's lists, and the candidate's chance and money as printed.

    Parameters
    ----------
    results : Results
        The run.
    identity : str
        ``candidate_id``.
    """
    places = {variant.key: number for number, variant in enumerate(results.study.variants)}
    chosen: dict[str, str] = json.loads(str(results.layers["candidates"].at[identity, "choices"]))
    blocks = results.layers["blocks"].index.get_indexer(list(chosen)).tolist()
    figures = {
        name: results.figures.printed(figure, CHOSEN, "candidate", identity)
        for name, figure in (("chance", "p_positive"), ("investment", "investment"), ("grant", "grant"), ("payback", "payback"))
    }
    return {"choice": [[block, places[key]] for block, key in zip(blocks, chosen.values(), strict=True)], **figures}
