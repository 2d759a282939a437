"""What the report says of heat networks: the map of pipes and zones, density, temperatures and cost per heat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo import assumptions, schema
from ped_geo.language import number, text
from ped_geo.outputs.heat_columns import package_words
from ped_geo.outputs.heat_network import PIPE_COLOUR
from ped_geo.outputs.report.network_accounts import network_accounts
from ped_geo.outputs.tables import shown_variant

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results

__all__ = ["draw_network", "network_page"]

ZONE_COLOURS = {"heat_network": "#fdae61", "undecided": "#ffffbf", "heat_pumps": "#abd9e9", "not_routed": "#d9d9d9", "no_heat": "#f7f7f7"}
SHOWN = "high_temperature"


def _packages(results: Results) -> list[str]:
    """Today, and after the package of the recommended way."""
    return list(dict.fromkeys(("existing", shown_variant(results).package)))


def draw_network(axes: Any, results: Results, draw: Callable[..., None]) -> None:
    """
    Zones of blocks after retrofit, houses, and pipes as wide as they are.

    Parameters
    ----------
    axes : Axes
        Of matplotlib.
    results : Results
        The run.
    draw : callable
        ``draw(axes, shapes, **style)`` for polygons.
    """
    from matplotlib.collections import LineCollection

    blocks, pipes = results.layers["blocks"], results.layers["heat_network"]
    zones = results.layers["heat_zones"]["zone"].xs(_packages(results)[-1], level="package").reindex(blocks.index)
    draw(axes, blocks.geometry, facecolors=[ZONE_COLOURS[str(zone)] for zone in zones], edgecolors="#999999", linewidths=0.4)
    buildings = results.layers["buildings"]
    draw(axes, buildings[buildings["in_district"]].geometry, facecolors="#00000040", linewidths=0)
    if len(pipes):
        lines = [shapely.get_coordinates(line) for line in pipes.geometry]
        axes.add_collection(LineCollection(lines, colors=PIPE_COLOUR, linewidths=0.4 + pipes["dn"].to_numpy() / 70.0, capstyle="round"))
    axes.set_aspect("equal")


def _class_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """Blocks and heat of each class of linear heat density, in each package shown."""
    table = results.layers["heat_density"].xs(1.0, level="connection_rate")
    table = table[table["heat_mwh_a"] > 0.0]
    limits = assumptions.table("heat_density_classes")
    found = []
    for place, row in enumerate(limits.itertuples()):
        above = limits["least_mwh_m_a"].iloc[place + 1] if place + 1 < len(limits) else None
        low, high = (None if value is None else number(float(value), lang, 1) for value in (row.least_mwh_m_a, above))
        limit = f"≥ {low}" if high is None else f"< {high}" if place == 0 else f"{low} – {high}"
        cells = []
        for package in _packages(results):
            mine = table.xs(package, level="package")
            chosen = mine["density_class"] == row[1]
            cells += [int(chosen.sum()), 100.0 * _share(mine["heat_mwh_a"], chosen)]
        found.append({"name": text(f"code.{row[1]}", lang), "limit": limit, "cells": cells})
    return found


def _share(heat: pd.Series, chosen: pd.Series) -> float:
    whole = float(heat.sum())
    return float(heat[chosen].sum()) / whole if whole > 0.0 else 0.0


def _zone_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """Blocks, heat and margin of each zone, in each package shown."""
    table = results.layers["heat_zones"]
    found = []
    for zone in schema.columns("heat_zones")["zone"].values:
        cells: list[float] = []
        for package in _packages(results):
            mine = table.xs(package, level="package")
            chosen = mine["zone"] == zone
            cells += [int(chosen.sum()), float(mine["heat_mwh_a"][chosen].sum())]
        if zone != "no_heat" and any(cells[::2]):
            found.append({"name": text(f"code.{zone}", lang), "colour": ZONE_COLOURS[zone], "cells": cells})
    return found


def _level_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """Every temperature and package for which the network was sized."""
    table = results.layers["heat_levels"]
    shown = [(SHOWN, "existing"), *((level, _packages(results)[-1]) for level in table.index.unique(level="level"))]
    table = table.loc[[pair for pair in dict.fromkeys(shown) if pair in table.index]]
    return [
        {
            "name": text(f"code.{level}", lang),
            "package": package_words(str(package), lang),
            "density": float(row["linear_density_mwh_m_a"]),
            "peak": float(row["peak_kw"]) / 1000.0,
            "dn": int(row["dn_most"]),
            "loss": 100.0 * float(row["heat_loss_share"]),
            "pump": float(row["pump_mwh_a"]),
            "last": float(row["last_flow_c"]),
            "investment": float(row["investment"]) / 1e6,
            "cost": float(row["distribution_cost_per_mwh"]),
        }
        for (level, package), row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def _district_heat_share(results: Results) -> float:
    """Share of today's heat in buildings that district heat supplies, in percent."""
    buildings = results.layers["buildings"]
    inside = buildings[buildings["in_district"]]
    need = results.layers["need"].xs("existing", level="package").reindex(inside.index)
    heat = need[["heat_need_kwh_a", "hot_water_need_kwh_a"]].sum(axis=1)
    return 100.0 * _share(heat, inside["heat_supply"].astype(str) == "district_heat")


def _sentences(results: Results, lang: str) -> list[str]:
    levels = results.layers["heat_levels"]
    if not len(levels):
        return [text("report.network.unrouted", lang)]
    today = levels.loc[(SHOWN, "existing")]
    pipes = results.layers["heat_network"]
    gap = float(today["length_gap"])
    shortest = text("report.network.proven", lang) if gap <= 0.0 else text("report.network.gap", lang, gap=number(100.0 * gap, lang, 0))
    values = {
        "count": number(float((pipes["kind"] == "connection").sum()), lang),
        "peak": number(results.study.assumed("heat_network.least_peak"), lang),
        "length": number(float(today["length_m"]) / 1000.0, lang, 1),
        "feed_in": text(f"code.{today['feed_in']}", lang),
    }
    return [
        text("report.network.text", lang, **values),
        shortest,
        text("report.network.prices", lang, share=number(_district_heat_share(results), lang)),
    ]


def network_page(results: Results, lang: str) -> dict[str, Any] | None:
    """
    Everything that the report says of heat networks, in one language; None where nothing was planned or nothing is heated.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    zones = results.layers.get("heat_zones")
    if zones is None or not np.isfinite(zones["heat_mwh_a"]).any() or float(zones["heat_mwh_a"].sum()) <= 0.0:
        return None
    zone_rows = _zone_rows(results, lang)
    return {
        "sentences": _sentences(results, lang),
        "packages": [package_words(package, lang) for package in _packages(results)],
        "classes": _class_rows(results, lang),
        "zones": zone_rows,
        "levels": _level_rows(results, lang),
        **network_accounts(results, lang, _packages(results)),
        "caption": text("report.network.map", lang, package=package_words(_packages(results)[-1], lang)),
    }
