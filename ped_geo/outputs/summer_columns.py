"""Summer of buildings and blocks as columns of their layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ped_geo import schema
from ped_geo.language import text
from ped_geo.outputs.heat_columns import package_words

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results
    from ped_geo.schema import Column

__all__ = ["add_summer_of_blocks", "add_summer_of_buildings"]

OF_BLOCKS = ("adaptive_hours_h", "fixed_hours_h", "cooling_need_kwh_m2a")


def add_summer_of_buildings(results: Results, buildings: pd.DataFrame, columns: dict[str, Column]) -> None:
    """Hours too warm, warmest temperature and cooling need of each building as it stands, today and in the hot year."""
    table = results.layers.get("summer_buildings")
    if table is None:
        return
    rows = table.reindex(buildings.index)
    for name, column in schema.columns("summer_buildings").items():
        own = replace(column, name=f"summer_{name.removeprefix('summer_')}", required=False)
        buildings[own.name], columns[own.name] = rows[name], own


def add_summer_of_blocks(results: Results, index: pd.Index, added: dict[str, pd.Series], columns: dict[str, Column]) -> None:
    """Hours too warm and cooling need of each block in every package, today and in the hot year."""
    table = results.layers.get("summer_blocks")
    if table is None:
        return
    declared = schema.columns("summer_blocks")
    for package, climate in table.index.droplevel("block_id").unique():
        rows = table.xs((package, climate), level=("package", "climate")).reindex(index)
        words = {lang: f"{package_words(str(package), lang)}, {text(f'summer.climate.{climate}', lang)}" for lang in ("en", "pl")}
        for name in OF_BLOCKS:
            own = replace(
                declared[name],
                name=f"summer_{name}__{package}__{climate}",
                label_en=f"{declared[name].label_en} – {words['en']}",
                label_pl=f"{declared[name].label_pl} – {words['pl']}",
                required=False,
            )
            added[own.name], columns[own.name] = rows[name], own
