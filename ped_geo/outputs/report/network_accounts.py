"""What the report says of the accounts of heat networks: each variant's network, what leaving does, and where heat could come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.language import number, text
from ped_geo.outputs.figures import FIGURES
from ped_geo.outputs.tables import variant_name

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["network_accounts"]


def network_accounts(results: Results, lang: str, packages: list[str]) -> dict[str, Any]:
    """
    Tables of the layers ``heat_books``, ``heat_leaving`` and ``heat_sources`` in one language.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    packages : list of str
        For which the cost of leaving is shown.
    """
    return {"books": _books(results, lang), "leaving": _leaving(results, lang, packages), "sources": _sources(results, lang)}


def _books(results: Results, lang: str) -> list[dict[str, Any]]:
    table = results.layers.get("heat_books")
    if table is None:
        return []
    names = {variant.key: variant_name(variant, lang) for variant in results.study.variants}
    return [
        {
            "name": names[str(key)],
            "network": text(f"code.{row['network']}", lang),
            "counted": text(f"code.{row['counted']}", lang),
            **_row_of(row),
        }
        for key, row in zip(table.index, table.to_dict("records"), strict=True)
        if row["heat_mwh_a"] > 0.0
    ]


def _row_of(row: dict[Any, Any]) -> dict[str, float]:
    """Numbers of one variant's network as they are printed: heat in MWh, money in millions."""
    return {
        "connected": row["connected"],
        "heat": row["heat_mwh_a"],
        "loss": row["heat_loss_mwh_a"],
        "pump": row["pump_mwh_a"],
        "pipes": FIGURES["network_pipes"].told(row["pipes"]),
        "plant": FIGURES["network_plant"].told(row["plant"]),
    }


def _leaving(results: Results, lang: str, packages: list[str]) -> list[dict[str, Any]]:
    table = results.layers.get("heat_leaving")
    if table is None or not len(table):
        return []
    shares = table.index.get_level_values("leaving").unique()
    return [
        {
            "name": f"{number(FIGURES['leaving_share'].told(float(share)), lang)}%",
            "cells": [
                float(table.at[(package, share), column])
                for package in packages
                for column in ("distribution_cost_per_mwh", "rise_per_mwh")
            ],
        }
        for share in shares
    ]


def _sources(results: Results, lang: str) -> list[dict[str, Any]]:
    table = results.layers.get("heat_sources")
    if table is None:
        return []
    return [
        {
            "name": ": ".join(filter(None, (text(f"code.{row['kind']}", lang), row["name"]))),
            "distance": row["distance_m"],
            "potential": row["potential_mwh_a"],
            "basis": text(f"code.{row['potential_from']}", lang),
            "share": FIGURES["source_share"].told(row["share"]),
            "plant": FIGURES["network_plant"].told(row["investment"]),
            "pipe": FIGURES["network_pipes"].told(row["pipe"]),
            "cost": row["heat_cost_per_mwh"],
        }
        for row in table.to_dict("records")
    ]
