"""What the planning of heat networks says of each block, as columns of the blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from ped_geo import schema
from ped_geo.language import catalogue, text

if TYPE_CHECKING:
    from ped_geo.outputs import Results
    from ped_geo.schema import Column

__all__ = ["add_heat_columns", "package_words"]

OF_ZONES = ("zone", "margin_per_mwh")
OF_REACH = ("reach",)
OF_DENSITY = ("linear_density_routed_mwh_m_a", "linear_density_estimated_mwh_m_a")


def package_words(package: str, lang: str) -> str:
    """Name of a package for people."""
    key = f"variant.package.{package}"
    return text(key, lang) if key in catalogue() else package


def add_heat_columns(results: Results, index: pd.Index, added: dict[str, pd.Series], columns: dict[str, Column]) -> None:
    """Zone, margin, linear heat density and reach of the network of each block today and after the package of the recommended way."""
    zones, density = results.layers.get("heat_zones"), results.layers.get("heat_density")
    if zones is None or density is None:
        return
    whole = pd.DataFrame(density.xs(1.0, level="connection_rate"))
    tables: dict[str, tuple[pd.DataFrame, tuple[str, ...]]]
    tables = {"heat_zones": (zones, OF_ZONES), "heat_density": (whole, OF_DENSITY)}
    if "heat_reach" in results.layers:
        tables["heat_reach"] = (results.layers["heat_reach"], OF_REACH)
    for package in dict.fromkeys(zones.index.get_level_values("package")):
        for layer, (table, names) in tables.items():
            rows = table.xs(package, level="package").reindex(index)
            for name in names:
                declared = schema.columns(layer)[name]
                column = replace(
                    declared,
                    name=f"heat_{name.removesuffix('_mwh_m_a')}__{package}",
                    label_en=f"{declared.label_en} – {package_words(str(package), 'en')}",
                    label_pl=f"{declared.label_pl} – {package_words(str(package), 'pl')}",
                    required=False,
                )
                added[column.name], columns[column.name] = rows[name], column
