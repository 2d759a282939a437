"""Types of blocks in products: their colours, columns of the blocks, and what the council map shows of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ped_geo import schema
from ped_geo.language import LANGUAGES, text
from ped_geo.outputs.styles import NO_VALUE
from ped_geo.quarters.types import NO_HEAT

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results
    from ped_geo.schema import Column

__all__ = ["add_block_types", "type_categories", "type_indicator", "type_reasons_of"]

OF_BLOCKS = ("block_type", "reason_pl", "reason_en")

COLOURS: Final = {
    "tenements": "#882255",
    "socialist_realist": "#cc6677",
    "slab_estate": "#88ccee",
    "panel_estate": "#332288",
    "developer_estate": "#aa4499",
    "detached_houses": "#117733",
    "row_houses": "#44aa99",
    "village": "#999933",
    "campus": "#ddcc77",
    "centre_services": "#d55e00",
    "retail_boxes": "#e69f00",
    "industrial_quarter": "#555555",
    "mixed_quarter": "#eeeeee",
    "unheated": NO_VALUE,
}
"""Colours of P. Tol's muted scheme, which differ for colour-blind readers too, and two more."""


def type_categories(types: pd.Series) -> tuple[tuple[str, str, str], ...]:
    """Value, words in both languages and colour of each type that occurs, in the order of the schema."""
    here = set(types.dropna().astype(str))
    values = [value for value in schema.columns("block_types")["block_type"].values if value in here]
    return tuple((value, f"{text(f'code.{value}', 'pl')} | {text(f'code.{value}', 'en')}", COLOURS[value]) for value in values)


def add_block_types(results: Results, index: pd.Index, added: dict[str, pd.Series], columns: dict[str, Column]) -> None:
    """Type of each block and the reason in both languages."""
    table = results.layers.get("block_types")
    if table is None:
        return
    declared, rows = schema.columns("block_types"), table.reindex(index)
    for name in OF_BLOCKS:
        own = f"type_{name}" if name.startswith("reason") else name
        added[own], columns[own] = rows[name], replace(declared[name], name=own, required=False)


def type_reasons_of(results: Results) -> dict[str, dict[str, str]]:
    """Block → why it has its type, in both languages."""
    table = results.layers.get("block_types")
    if table is None:
        return {}
    rows = zip(table.index, table["reason_pl"], table["reason_en"], strict=True)
    return {str(name): {"pl": str(pl), "en": str(en)} for name, pl, en in rows}


def type_indicator(results: Results) -> list[dict[str, Any]]:
    """The types as an indicator of the council map whose values are places in a list of names; empty where there are none."""
    table = results.layers.get("block_types")
    if table is None:
        return []
    types = table["block_type"].astype("str").reindex(results.layers["blocks"].index)
    # where nothing is heated the map says so itself
    shown = type_categories(types[types != NO_HEAT])
    order = {value: place for place, (value, _, _) in enumerate(shown)}
    numbers = [order.get(value) for value in types]
    names = {lang: [text(f"code.{value}", lang) for value, _, _ in shown] for lang in LANGUAGES}
    return [
        {
            "key": "type",
            "unit": dict.fromkeys(LANGUAGES, ""),
            "digits": 0,
            "values": [numbers for _ in results.study.variants],
            "limits": list(range(len(shown) + 1)),
            "colours": [colour for _, _, colour in shown],
            "labels": names,
            "names": names,
        }
    ]
