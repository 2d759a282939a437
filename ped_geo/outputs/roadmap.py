"""The roadmap as files: the years of all scenarios as Parquet, and the action plan as CSV with titles in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo import schema
from ped_geo.language import catalogue, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.tables import DocumentedLayer
from ped_geo.roadmap.holdings import LEVERS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "action_title",
    "actor_words",
    "cars_are_counted",
    "has_roadmap",
    "roadmap_years",
    "titled_actions",
    "unit_words",
    "works_title",
    "write_roadmap",
]


def has_roadmap(results: Results) -> bool:
    """Whether a roadmap was made that has something to show."""
    table = results.layers.get("roadmap")
    return table is not None and len(table) > 0


def cars_are_counted(results: Results) -> bool:
    """Whether targets count the cars of the residents."""
    return bool(results.layers["roadmap_cars"]["counted"].any())


def unit_words(unit: str, lang: str) -> str:
    """Unit of an action's quantity as the language writes it."""
    key = f"roadmap.unit.{unit}"
    return text(key, lang) if key in catalogue() else unit


def actor_words(codes: str, lang: str) -> str:
    """Names of actors that a semicolon parts."""
    found = []
    for code in filter(None, codes.split(";")):
        key = next((key for key in (f"finance.party.{code}", f"roadmap.actor.{code}") if key in catalogue()), None)
        found.append(text(key, lang) if key else code)
    return ", ".join(found)


def works_title(lever: str, owner: str, lang: str) -> str:
    """What works are called, with whose buildings they are about where each owner has their own."""
    words = text(f"roadmap.action.{lever}", lang)
    return text("roadmap.action.of", lang, works=words, owner=actor_words(owner, lang)) if lever in LEVERS else words


def action_title(row: Any, lang: str, *, owner: bool = True) -> str:
    """What an action is called, with its stage, and with its owner unless that is told beside it."""
    words = works_title(str(row.lever), str(row.responsible), lang) if owner else text(f"roadmap.action.{row.lever}", lang)
    return f"{words} – {text(f'code.{row.stage}', lang)}" if row.stage in {"pilot", "scale"} else words


def titled_actions(results: Results) -> pd.DataFrame:
    """Layer ``roadmap_actions`` with ``title_pl`` and ``title_en`` first."""
    table = results.layers["roadmap_actions"].copy()
    for place, lang in enumerate(("pl", "en")):
        table.insert(place, f"title_{lang}", [action_title(row, lang) for row in table.itertuples()])
    return table


def roadmap_years(results: Results) -> DocumentedLayer | None:
    """Layer ``roadmap_blocks`` with the shapes of the blocks: a row for each block, scenario and year; None where no roadmap was made."""
    import geopandas as gpd

    if not has_roadmap(results):
        return None
    table, blocks = results.layers["roadmap_blocks"], results.layers["blocks"]
    shapes = blocks.geometry.reindex(table["block_id"]).to_numpy()
    return DocumentedLayer(gpd.GeoDataFrame(table, geometry=shapes, crs=blocks.crs), schema.columns("roadmap_blocks"))


def write_roadmap(results: Results, folder: Path) -> list[Path]:
    """
    Write ``roadmap.parquet``, a row for each scenario and year, and ``roadmap_actions.csv``; nothing where no roadmap was made.

    Returns
    -------
    list of Path
    """
    if not has_roadmap(results):
        return []
    years, actions = folder / "roadmap.parquet", folder / "roadmap_actions.csv"
    results.layers["roadmap"].to_parquet(years, compression="zstd")
    titled_actions(results).to_csv(actions, lineterminator="\n", float_format="%.10g")
    return [years, actions]


OUTPUTS.add("roadmap", Output("roadmap", "processed", write_roadmap, order=35))
