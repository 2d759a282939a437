"""What the report says of heat networks: the map of pipes and zones, density, temperatures and cost per heat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo import assumptions, schema
from ped_geo.figures.heat_networks import network_owners
from ped_geo.language import number, text
from ped_geo.networks.reach import REACHED
from ped_geo.outputs.figures import FIGURES, rows_of, written_unit
from ped_geo.outputs.heat_columns import package_words
from ped_geo.outputs.heat_network import PIPE_COLOUR
from ped_geo.outputs.report.network_accounts import network_accounts
from ped_geo.outputs.styles import QUALITATIVE
from ped_geo.outputs.tables import shown_variant

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.outputs import Results

__all__ = ["block_margins", "draw_density", "draw_network", "network_page"]

ZONE_COLOURS = {"heat_network": "#fdae61", "undecided": "#ffffbf", "heat_pumps": "#abd9e9", "not_routed": "#d9d9d9", "no_heat": "#f7f7f7"}
DENSITY_COLOURS = {"very_low": "#ffffd4", "low": "#fed98e", "borderline": "#fe9929", "good": "#d95f0e", "very_good": "#993404"}
SHOWN = "high_temperature"
DENSEST_SHOWN = 12.0
"""Three times the limit of the highest class: a short house beside a pipe would press all others to the ground. [MWh/(m a)]"""
NO_BLOCKS = {"blocks": 0, "heat_mwh_a": 0.0, "heat_share": 0.0}


def _packages(results: Results) -> list[str]:
    """Today, and after the package of the recommended way."""
    return list(dict.fromkeys(("existing", shown_variant(results).package)))


def draw_network(axes: Any, results: Results, draw: Callable[..., None]) -> None:
    """
    Zones of blocks after retrofit, houses, and pipes as wide as they are; classes of linear heat density where nothing was routed.

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
    draw(axes, blocks.geometry, facecolors=_colours(results), edgecolors="#999999", linewidths=0.4)
    buildings = results.layers["buildings"]
    draw(axes, buildings[buildings["in_district"]].geometry, facecolors="#00000040", linewidths=0)
    if len(pipes):
        lines = [shapely.get_coordinates(line) for line in pipes.geometry]
        axes.add_collection(LineCollection(lines, colors=PIPE_COLOUR, linewidths=0.4 + pipes["dn"].to_numpy() / 70.0, capstyle="round"))
    axes.set_aspect("equal")


def _colours(results: Results) -> list[str]:
    """Colour of each block: its zone, or its class of density where no zone could be told."""
    blocks, package = results.layers["blocks"], _packages(results)[-1]
    zones = results.layers["heat_zones"]["zone"].xs(package, level="package").reindex(blocks.index)
    if len(results.layers["heat_network"]):
        return [ZONE_COLOURS[str(zone)] for zone in zones]
    classes = results.layers["heat_density"]["density_class"].xs((package, 1.0), level=("package", "connection_rate")).reindex(blocks.index)
    heated = zones.astype(str) != "no_heat"
    return [DENSITY_COLOURS[str(one)] if warm else ZONE_COLOURS["no_heat"] for one, warm in zip(classes, heated, strict=True)]


def block_margins(results: Results) -> pd.Series:
    """Margin of the network over heat pumps in each block after retrofit, as it is written on the map; empty where none is known."""
    blocks = results.layers["blocks"]
    margins = results.layers["heat_zones"]["margin_per_mwh"].xs(_packages(results)[-1], level="package").reindex(blocks.index)
    # spaces between thousands are read in both languages
    return margins.map(lambda value: number(FIGURES["network_margin"].told(value), "pl") if np.isfinite(value) else "")


def _densities(results: Results, package: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Heat of each heated block in a package [MWh/a], and its linear heat density [MWh/(m a)]."""
    rows = results.layers["heat_density"].xs((package, 1.0), level=("package", "connection_rate"))
    rows = rows[rows["heat_mwh_a"] > 0.0]
    known = rows["linear_density_routed_mwh_m_a"].fillna(rows["linear_density_estimated_mwh_m_a"])
    return rows["heat_mwh_a"].to_numpy(dtype=np.float64), known.to_numpy(dtype=np.float64)


def _curve_words(results: Results, lang: str) -> str:
    """What the chart of densities shows, and how many blocks it has no room for."""
    said = text("report.network.density.curve", lang)
    beyond = max(int((_densities(results, package)[1] > DENSEST_SHOWN).sum()) for package in _packages(results))
    if not beyond:
        return said
    return f"{said}. {text('report.network.density.beyond', lang, count=number(beyond, lang), limit=number(DENSEST_SHOWN, lang))}"


def draw_density(axes: Any, results: Results, lang: str) -> None:
    """
    Linear heat density over the heat of the blocks that have it, the densest first: a line for each package shown.

    Parameters
    ----------
    axes : Axes
        Of matplotlib.
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    limits = assumptions.table("heat_density_classes")
    edges = [*limits["least_mwh_m_a"].to_numpy(dtype=np.float64), np.inf]
    highest = 0.0
    for package, colour in zip(_packages(results), ("black", QUALITATIVE[1]), strict=False):
        heat, density = _densities(results, package)
        order = np.argsort(-density, kind="stable")
        so_far = np.append(0.0, np.cumsum(heat[order]))
        axes.stairs(density[order], so_far, baseline=None, color=colour, linewidth=1.6, label=package_words(package, lang))
        highest = max(highest, float(density.max(initial=0.0)))
    top = min(1.05 * highest, DENSEST_SHOWN)
    for name, low, high in zip(limits["class"], edges[:-1], edges[1:], strict=True):
        if low < top:
            axes.axhspan(low, min(high, top), color=DENSITY_COLOURS[str(name)], alpha=0.35, linewidth=0, zorder=0)
    axes.set_ylim(0.0, top)
    axes.set_xlim(0.0)
    axes.legend(frameon=False, fontsize=8, loc="upper right")


def _counted(results: Results, column: str, package: str) -> dict[str, dict[str, float]]:
    """Blocks, heat and share of heat by code of a column, in a package."""
    table = rows_of(rows_of(results.layers["network_totals"], "column", column), "package", package)
    return dict(zip(map(str, table.index), table.to_dict("records"), strict=True))


def _class_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """Blocks and share of heat of each class of linear heat density, in each package shown."""
    counted = [_counted(results, "density_class", package) for package in _packages(results)]
    limits = assumptions.table("heat_density_classes")
    share = FIGURES["network_heat_share"]
    found = []
    for place, row in enumerate(limits.itertuples()):
        above = limits["least_mwh_m_a"].iloc[place + 1] if place + 1 < len(limits) else None
        low, high = (None if value is None else number(float(value), lang, 1) for value in (row.least_mwh_m_a, above))
        limit = f"≥ {low}" if high is None else f"< {high}" if place == 0 else f"{low} – {high}"
        chosen = [blocks.get(str(row[1]), NO_BLOCKS) for blocks in counted]
        cells = [cell for one in chosen for cell in (int(one["blocks"]), share.told(one["heat_share"]))]
        found.append({"name": text(f"code.{row[1]}", lang), "limit": limit, "cells": cells})
    return found


def _zone_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """Blocks and heat of each zone, in each package shown."""
    counted = [_counted(results, "zone", package) for package in _packages(results)]
    found = []
    for zone in schema.columns("heat_zones")["zone"].values:
        chosen = [blocks.get(zone, NO_BLOCKS) for blocks in counted]
        cells = [cell for one in chosen for cell in (int(one["blocks"]), one["heat_mwh_a"])]
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
            "name": text(
                "report.network.level_at",
                lang,
                level=text(f"code.{level}", lang),
                flow=number(float(row["design_flow_c"]), lang),
                back=number(float(row["design_return_c"]), lang),
            ),
            "package": package_words(str(package), lang),
            "density": float(row["linear_density_mwh_m_a"]),
            "peak": FIGURES["peak_mw"].told(float(row["peak_kw"])),
            "dn": int(row["dn_most"]),
            "loss": FIGURES["network_loss"].told(float(row["heat_loss_share"])),
            "pump": float(row["pump_mwh_a"]),
            "last": float(row["last_flow_c"]),
            "investment": FIGURES["investment"].told(float(row["investment"])),
            "cost": float(row["distribution_cost_per_mwh"]),
        }
        for (level, package), row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def _sentences(results: Results, lang: str) -> list[str]:
    levels = results.layers["heat_levels"]
    if not len(levels):
        return [text("report.network.unrouted", lang)]
    today = levels.loc[(SHOWN, "existing")]
    length, longer = FIGURES["network_length"], FIGURES["network_gap"]
    gap = float(today["length_gap"])
    open_ = text("report.network.gap", lang, gap=longer.words(longer.told(gap), lang))
    shortest = text("report.network.proven", lang) if gap <= 0.0 else open_
    values = {
        "count": results.figures.words("network_connections", lang),
        "peak": number(results.study.assumed("heat_network.least_peak"), lang),
        "length": length.words(length.told(float(today["length_m"])), lang),
        "feed_in": text(f"code.{today['feed_in']}", lang),
    }
    return [
        text("report.network.text", lang, **values),
        shortest,
        _pipes_today(results, lang),
        *_history(results, lang),
    ]


def _at_odds(results: Results, lang: str) -> list[str]:
    """Why zones and variants call a block differently, each way in which they do."""
    package, found = _packages(results)[-1], []
    values = {
        "package": package_words(package, lang),
        "reach": number(results.study.assumed("districts.network_reach"), lang),
        "density": number(results.study.assumed("heat_network.reach_density"), lang, 1),
        "density_unit": written_unit(FIGURES["linear_density"].unit, lang),
        "heat_unit": written_unit(FIGURES["network_section_heat"].unit, lang),
    }
    for column, key in (("on_network_in_pump_zone", "on_in_pumps"), ("beyond_in_network_zone", "beyond_in_network")):
        counted = _counted(results, column, package)
        if counted:
            here = {name: number(counted[name]["blocks"], lang) for name in REACHED if name in counted}
            reasons = "; ".join(text(f"report.network.on.{name}", lang, blocks=blocks, **values) for name, blocks in here.items())
            whole = {name: number(sum(one[name] for one in counted.values()), lang) for name in ("blocks", "heat_mwh_a")}
            found.append(text(f"report.network.{key}", lang, blocks=whole["blocks"], heat=whole["heat_mwh_a"], reasons=reasons, **values))
    return found


def _history(results: Results, lang: str) -> list[str]:
    """What the pipes that are there tell: temperatures, owner, and those whose life is over."""
    pipes, today, found = results.layers["heat_network"], results.layers["heat_levels"].loc[(SHOWN, "existing")], []
    usual = assumptions.table("heat_network_levels").set_index("level").loc[SHOWN]
    pair = [float(today[name]) for name in ("design_flow_c", "design_return_c")]
    if pair != [float(usual["design_flow_c"]), float(usual["design_return_c"])]:
        flow, back = (number(one, lang) for one in pair)
        found.append(text("report.network.temperatures", lang, flow=flow, back=back))
    if owners := network_owners(pipes):
        found.append(text("report.network.owner", lang, owner=", ".join(owners)))
    if (pipes["renewal"] > 0.0).any():
        values = {
            "length": results.figures.words("network_old", lang),
            "life": number(results.study.assumed("heat_network.lifetime"), lang),
            "year": f"{results.study.assumed('heat_network.renewal_by'):.0f}",
            "money": results.figures.words("network_renewal", lang),
            "unit": written_unit(FIGURES["network_renewal"].unit, lang),
        }
        found.append(text("report.network.old", lang, **values))
    return found


def _pipes_today(results: Results, lang: str) -> str:
    """What of the network lies already, or that all of it is priced as new."""
    share = results.figures.words("district_heat_share", lang)
    if (results.layers["heat_network"]["state"].astype(str) == "new").all():
        return text("report.network.prices", lang, share=share)
    there, narrow = (results.figures.words(name, lang) for name in ("network_there", "network_narrow"))
    return text("report.network.there", lang, there=there, narrow=narrow, share=share)


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
    totals = results.layers.get("network_totals")
    if totals is None or not (totals["heat_mwh_a"] > 0.0).any():
        return None
    return {
        "sentences": _sentences(results, lang),
        "packages": [package_words(package, lang) for package in _packages(results)],
        "classes": _class_rows(results, lang),
        "curve": _curve_words(results, lang),
        "zones": _zone_rows(results, lang),
        "at_odds": _at_odds(results, lang),
        "levels": _level_rows(results, lang),
        **network_accounts(results, lang, _packages(results)),
        **_picture(results, lang),
    }


def _picture(results: Results, lang: str) -> dict[str, Any]:
    """Legend and caption of the map."""
    package = package_words(_packages(results)[-1], lang)
    if not len(results.layers["heat_network"]):
        classes = [{"colour": colour, "name": text(f"code.{name}", lang)} for name, colour in DENSITY_COLOURS.items()]
        return {"legend": classes, "caption": text("report.network.map_unrouted", lang, package=package)}
    unit = written_unit(FIGURES["network_margin"].unit, lang)
    return {"legend": _zone_rows(results, lang), "caption": text("report.network.map", lang, package=package, unit=unit)}
