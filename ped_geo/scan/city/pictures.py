"""Maps and charts of a city's report, in the colours of every other product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo.language import LANGUAGES, text
from ped_geo.outputs.block_types import type_categories
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.report.drawing import (
    chart_figure,
    draw_shapes,
    finish_chart,
    map_figure,
    png_address,
    scale_bar,
    svg_address,
    write_numbers,
    write_without_overlap,
)
from ped_geo.outputs.styles import NO_VALUE, QUALITATIVE, Classes, amount_classes, signed_classes
from ped_geo.roadmap.programmes import FIXED

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.scan.city.replicas import CityReplication
    from ped_geo.scan.finished import Scan
    from ped_geo.scan.place import ScanPlace

__all__ = ["COLOURS", "MAPPED", "block_colours", "city_classes", "city_pictures"]

COLOURS: Final = {
    "scan_positive": "#1b7837",
    "scan_in_group": "#7fbf7b",
    "scan_short": "#e7d4b0",
    "scan_form": "#a6cee3",
    "scan_empty": "#eeeeee",
}
"""By the reason of the rank; the darkest stands apart for colour-blind readers too."""

MAP_IN: Final = (6.8, 4.4)
SMALL_IN: Final = (6.8, 3.1)
LETTER_PT: Final = 8.0
ALIKE, PILOT = "#0072b2", "#d55e00"

MAPPED: Final = {"best": "best_balance_kwh_m2a", "pv": "pv_yield_kwh_m2", "density": "linear_density_mwh_m_a", "known": "known_share"}
"""Maps of amounts and the columns they show."""


def city_classes(blocks: gpd.GeoDataFrame) -> dict[str, Classes]:
    """
    Classes of the maps of amounts, over all places, so that these can be compared.

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``scan_blocks``.
    """
    return {
        "best": signed_classes(blocks[MAPPED["best"]], 0),
        "pv": amount_classes(blocks[MAPPED["pv"]], 0),
        "density": amount_classes(blocks[MAPPED["density"]], 1),
        "known": amount_classes(100.0 * blocks[MAPPED["known"]], 0),
    }


def city_pictures(found: Scan, replicas: CityReplication | None) -> dict[str, dict[str, str]]:
    """
    All pictures of the report.

    Parameters
    ----------
    found : Scan
        The finished scan.
    replicas : CityReplication or None
        Where the first group can be repeated.

    Returns
    -------
    dict
        Language → name → address with the picture inside; maps, named ``<map>/<place>``, are the same in both languages.
    """
    classes = city_classes(found.blocks)
    maps: dict[str, str] = {}
    for place in found.places:
        maps |= _maps(place, found, classes, replicas)
    return {lang: maps | _charts(found, lang) for lang in LANGUAGES}


def _maps(place: ScanPlace, found: Scan, classes: dict[str, Classes], replicas: CityReplication | None) -> dict[str, str]:
    """Maps of one place, in its own metres."""
    name, system = place.study.name, place.layers["blocks"].crs
    blocks = found.blocks[found.blocks["place"] == name].to_crs(system)
    groups = found.candidates[found.candidates["place"] == name].to_crs(system)
    colours = block_colours(blocks, classes)
    maps = {}
    for one, filled in colours.items():
        size = SMALL_IN if one in {"pv", "density", "known"} else MAP_IN
        maps[f"{one}/{name}"] = _map(place, blocks, filled, groups if one in {"reason", "best"} else None, size)
    maps[f"groups/{name}"] = _map(place, blocks, ["#f2f2ee"] * len(blocks), groups, MAP_IN, filled=True)
    if replicas is not None and name in replicas.about.places:
        alike = set(replicas.found.blocks.xs(name, level="place").query("accepted").index.astype("str"))
        own = set(replicas.found.pilot_blocks) if str(found.candidates.loc[replicas.pilot, "place"]) == name else set()
        shade = [PILOT if block in own else ALIKE if block in alike else "#f2f2ee" for block in blocks["block_id"]]
        maps[f"replicas/{name}"] = _map(place, blocks, shade, None, MAP_IN)
    return maps


def block_colours(blocks: gpd.GeoDataFrame, classes: dict[str, Classes]) -> dict[str, list[str]]:
    """
    Colour of each block on each map.

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``scan_blocks``.
    classes : dict of str to Classes
        From `city_classes`, of all places.
    """
    kinds = {value: colour for value, _, colour in type_categories(blocks["block_type"])}
    colours: dict[str, list[str]] = {
        "reason": [COLOURS[str(reason)] for reason in blocks["reason"]],
        "type": [kinds.get(str(kind), NO_VALUE) for kind in blocks["block_type"]],
    }
    for one, column in MAPPED.items():
        values = blocks[column].to_numpy(dtype="float64") * (100.0 if one == "known" else 1.0)
        colours[one] = [classes[one].colour(value) for value in values]
    return colours


def _map(
    place: ScanPlace,
    blocks: gpd.GeoDataFrame,
    colours: list[str],
    groups: gpd.GeoDataFrame | None,
    size: tuple[float, float],
    *,
    filled: bool = False,
) -> str:
    """Blocks in their colours with the boundary of the place; groups as outlines with their letters."""
    figure, axes = map_figure(*size)
    draw_shapes(axes, blocks.geometry, facecolors=colours, edgecolors="#444444", linewidths=0.3 if len(blocks) < 500 else 0.05)
    boundary = place.layers["boundary"].geometry
    boundary.boundary.plot(ax=axes, color="black", linewidth=0.9)
    if groups is not None and len(groups):
        if filled:
            shade = [f"{QUALITATIVE[number % len(QUALITATIVE)]}66" for number in range(len(groups))]
            draw_shapes(axes, groups.geometry, facecolors=shade, edgecolors="black", linewidths=0.9)
        else:
            groups.boundary.plot(ax=axes, color="#d55e00", linewidth=1.3, linestyle=(0, (4, 2)))
    axes.set_aspect("equal")
    scale_bar(axes, shapely.total_bounds([*blocks.geometry, *boundary]))
    if groups is not None and len(groups):
        letters = groups["label"].astype("str").str.split(":").str[0].tolist()
        points = shapely.get_coordinates(shapely.point_on_surface(groups.geometry.to_numpy()))
        write_without_overlap(axes, points, letters, list(range(len(groups))), LETTER_PT)
    return png_address(figure)


def _charts(found: Scan, lang: str) -> dict[str, str]:
    """Floor by balance, and emissions year by year of each place."""
    charts = {"floor": _floor_by_balance(found.blocks, lang)}
    for place, years in found.roadmap.groupby(level="place", sort=False):
        charts[f"roadmap/{place}"] = _roadmap(years, lang)
    return charts


def _floor_by_balance(blocks: gpd.GeoDataFrame, lang: str) -> str:
    """How much heated floor lies in blocks of at least a balance: today, the recommended way and the best way of each block."""
    figure, axes = chart_figure(7.2, 3.4, bottom=0.16)
    axes.set_position((0.1, 0.16, 0.88, 0.72))
    floor = blocks["reference_area_m2"].to_numpy(dtype="float64")
    columns = {"today": "balance_today_kwh_m2a", "way": "way_balance_kwh_m2a", "best": "best_balance_kwh_m2a"}
    low, high = 0.0, 0.0
    for number, (key, column) in enumerate(columns.items()):
        balance = blocks[column].to_numpy(dtype="float64")
        kept = np.isfinite(balance) & (floor > 0)
        order = np.argsort(-balance[kept], kind="stable")
        share = np.concatenate([[0.0], np.cumsum(floor[kept][order])]) / max(floor[kept].sum(), 1e-9) * 100.0
        axes.stairs(
            balance[kept][order], share, baseline=None, color=QUALITATIVE[number], linewidth=1.7, label=text(f"city.chart.{key}", lang)
        )
        if kept.any():
            low = min(low, float(np.quantile(balance[kept], 0.02)))
            high = max(high, float(np.quantile(balance[kept], 0.98)))
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xlim(0.0, 100.0)
    room = 0.05 * max(high - low, 1.0)
    axes.set_ylim(low - room, high + room)
    write_numbers(axes.xaxis, lang)
    axes.set_xlabel(text("city.chart.floor", lang), fontsize=8)
    finish_chart(axes, "kWh/(m²a)", lang)
    # above the lines, which may run anywhere
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0.0, 0.99), ncols=3)
    return svg_address(figure)


def _roadmap(years: pd.DataFrame, lang: str) -> str:
    """Emissions of a place year by year in each scenario, the band of the main one."""
    figure, axes = chart_figure(7.2, 2.9, right=0.76, bottom=0.14)
    for number, scenario in enumerate(FIXED):
        rows = years[years["scenario"] == scenario]
        if rows.empty:
            continue
        at = rows["year"].to_numpy(dtype=int)
        axes.plot(at, rows["co2_t_a"], color=QUALITATIVE[number], linewidth=1.7, label=text(f"code.{scenario}", lang))
        axes.fill_between(
            at, rows["co2_low_t_a"].astype(float), rows["co2_high_t_a"].astype(float), color=QUALITATIVE[number], alpha=0.12, linewidth=0
        )
        axes.set_xlim(at[0], at[-1])
    axes.set_ylim(0.0)
    finish_chart(axes, written_unit("t/a", lang), lang)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return svg_address(figure)
