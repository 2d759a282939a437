"""Maps and charts of the report as pictures with scale bars and units; the same colours as everywhere else. Legends are words of the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.language import LANGUAGES, in_currency, text
from ped_geo.outputs import Results
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, rows_of, written_unit
from ped_geo.outputs.report.blocks import passport_blocks
from ped_geo.outputs.report.candidates import variant_colours
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
from ped_geo.outputs.report.findings import action_name
from ped_geo.outputs.report.legends import map_classes
from ped_geo.outputs.report.networks import block_margins, draw_density, draw_network
from ped_geo.outputs.report.roadmap_pictures import roadmap_charts
from ped_geo.outputs.single_households import is_single_household
from ped_geo.outputs.styles import QUALITATIVE, action_colour
from ped_geo.outputs.tables import shown_variant

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.outputs.styles import Classes

    Floats = NDArray[np.float64]

__all__ = ["report_pictures"]

MAP_IN, PASSPORT_IN, CANDIDATE_IN = (5.6, 3.0), (5.3, 2.4), (5.2, 2.0)
"""Width and height as they are set on the page, so that letters keep their size. [in]"""


def _map(results: Results, frame: gpd.GeoDataFrame, values: pd.Series, classes: Classes, numbered: list[int]) -> str:
    figure, axes = map_figure(*MAP_IN)
    colours = [classes.colour(value) for value in values.to_numpy(dtype="float64")]
    # outlines of thousands of small shapes would cover their colours
    draw_shapes(axes, frame.geometry, facecolors=colours, edgecolors="#444", linewidths=0.3 if len(frame) < 500 else 0.05)
    buildings = results.layers["buildings"]
    if frame.index.name == "block_id":
        draw_shapes(axes, buildings.geometry[buildings["in_district"]], facecolors="#00000033", linewidths=0)
        candidates = results.layers["candidates"]
        if len(candidates):
            candidates.boundary.plot(ax=axes, color="#d55e00", linewidth=1.4, linestyle=(0, (4, 2)))
    else:
        results.layers["blocks"].boundary.plot(ax=axes, color="#bbbbbb", linewidth=0.4)
    results.layers["boundary"].boundary.plot(ax=axes, color="black", linewidth=0.9)
    axes.set_aspect("equal")
    scale_bar(axes, results.layers["boundary"].total_bounds)
    if frame.index.name == "block_id":
        _numbers(axes, frame, results.layers["candidates"], numbered)
    return png_address(figure)


def _numbers(axes: Any, blocks: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame, numbered: list[int]) -> None:
    """
    Numbers of the blocks in a finished map, first those of candidates, then of the largest; one that would lie on another is left out.

    Rows that have their number are put into `numbered`; where it holds some, as for a second map of the same size, no other is tried.
    """
    import shapely

    chosen = blocks.index.isin({block for listed in candidates["blocks"] for block in listed.split(";")})
    places = shapely.get_coordinates(shapely.point_on_surface(blocks.geometry.to_numpy()))
    words = blocks["label"].str.split(".").str[0].tolist()
    known = list(numbered)
    if known:
        for row in known:
            axes.annotate(words[row], places[row], ha="center", va="center", fontsize=6)
    else:
        numbered += write_without_overlap(axes, places, words, np.lexsort((-blocks.area.to_numpy(), ~chosen)).tolist())


def _maps(results: Results) -> dict[str, str]:
    blocks, buildings = results.layers["blocks"], results.layers["buildings"]
    inside, figures, classes = buildings[buildings["in_district"]], building_figures(results), map_classes(results)
    of_blocks, today = block_figures(results), results.study.variants[0].key
    balance = rows_of(of_blocks, "variant", shown_variant(results).key)["balance"].reindex(blocks.index)
    # of a block, as everywhere: a house of its own shows nobody's figures
    heat = rows_of(of_blocks, "variant", today)["heat"].reindex(blocks.index)
    numbered: list[int] = []
    return {
        "map_balance": _map(results, blocks, balance, classes["map_balance"], numbered),
        "map_heat": _map(results, blocks, heat, classes["map_heat"], numbered),
        "map_pv": _map(results, inside, figures["roof_yield"], classes["map_pv"], numbered),
    }


def _charts(results: Results, lang: str) -> dict[str, str]:
    monthly, energy = results.layers["monthly"].loc[shown_variant(results).key], FIGURES["month_energy"]
    figure, axes = chart_figure(7.2, 2.9)
    width = 0.4
    positions = np.arange(12)
    axes.bar(positions - width / 2, energy.told(monthly["use_kwh"]), width, color=QUALITATIVE[0], label=text("chart.use", lang))
    axes.bar(positions + width / 2, energy.told(monthly["pv_kwh"]), width, color=action_colour("pv"), label="PV")
    axes.set_xticks(positions, [text(f"chart.month.{number_of}", lang) for number_of in range(1, 13)])
    finish_chart(axes, energy.unit, lang)
    axes.legend(frameon=False, fontsize=8)
    months = svg_address(figure)
    figure, axes = chart_figure(7.2, 2.9)
    net = results.layers["load_duration"]["net_kw"].to_numpy()
    axes.plot(np.arange(len(net)), net, color=QUALITATIVE[0], linewidth=1.6)
    axes.axhline(0.0, color="black", linewidth=0.7)
    axes.set_xlim(0, len(net))
    write_numbers(axes.xaxis, lang)
    axes.set_xlabel(text("chart.hours", lang), fontsize=8)
    finish_chart(axes, "kW", lang)
    found = {"months": months, "duration": svg_address(figure)}
    found |= {name: svg_address(made) for name, made in roadmap_charts(results, lang, figure=chart_figure, finish=finish_chart).items()}
    abatement = _abatement(results, lang)
    return found | ({"abatement": abatement} if abatement else {})


def _abatement(results: Results, lang: str) -> str | None:
    """Marginal abatement cost curve of the district; None where there is none."""
    table = results.layers.get("abatement")
    if table is None or table.empty or "cost_per_t" not in table:
        return None
    rows = table[table["group_id"] == "district"]
    rows = rows[rows["co2_saving_t_a"] > 0].sort_values("cost_per_t")
    figure, axes = chart_figure(7.2, 3.4)
    left = 0.0
    for row in rows.itertuples():
        width = float(row.co2_saving_t_a)
        cost = float(np.clip(row.cost_per_t, -5_000, 20_000))
        axes.bar(
            left,
            cost,
            width,
            align="edge",
            color=action_colour(str(row.action)),
            edgecolor="white",
            linewidth=0.4,
            label=action_name(str(row.action), lang),
        )
        left += width
    axes.axhline(0.0, color="black", linewidth=0.7)
    low, high = axes.get_ylim()
    if rows["cost_per_t"].max() <= 0.0:
        # where all measures pay off the legend needs room above them
        axes.set_ylim(low, max(high, 0.0) + 0.4 * (high - low))
    axes.set_xlabel(text("chart.saved", lang), fontsize=8)
    write_numbers(axes.xaxis, lang)
    finish_chart(axes, in_currency("¤/t CO₂"), lang)
    axes.legend(frameon=False, fontsize=7, ncols=2, loc="upper left")
    return svg_address(figure)


def _passport_maps(results: Results) -> dict[str, str]:
    """Buildings of each block with a passport, coloured by their heat need today."""
    import shapely

    buildings, heat, classes = results.layers["buildings"], building_figures(results)["heat"], map_classes(results)["passport"]
    found = {}
    for name in passport_blocks(results):
        figure, axes = map_figure(*PASSPORT_IN)
        mine = buildings[buildings["block_id"] == name]
        hidden = is_single_household(mine)
        colours = [classes.colour(value) for value in heat.reindex(mine.index).where(~hidden)]
        draw_shapes(axes, results.layers["blocks"].geometry.loc[[name]], facecolors="#f7f7f2", edgecolors="black", linewidths=0.9)
        draw_shapes(axes, mine.geometry, facecolors=colours, edgecolors="#444", linewidths=0.4)
        arrays = results.layers["pv_arrays"]
        arrays = arrays[arrays["building_id"].isin(mine.index)]
        if len(arrays):
            draw_shapes(axes, arrays.geometry, facecolors="#d55e00", linewidths=0)
        axes.set_aspect("equal")
        # buildings reach over the edge of their block
        scale_bar(axes, shapely.total_bounds([results.layers["blocks"].geometry[name], *mine.geometry]))
        found[f"block_{name}"] = png_address(figure)
    return found


def _candidate_maps(results: Results) -> dict[str, str]:
    """Each candidate's blocks in the colour of the variant chosen for them, among their neighbours."""
    blocks, buildings, colours = results.layers["blocks"], results.layers["buildings"], variant_colours(results)
    found = {}
    for name, row in results.layers["candidates"].iterrows():
        choices = json.loads(row["choices"])
        mine = blocks.geometry.loc[list(choices)]
        west, south, east, north = mine.total_bounds
        margin = 0.15 * max(east - west, north - south)
        figure, axes = map_figure(*CANDIDATE_IN)
        around = blocks.geometry.cx[west - margin : east + margin, south - margin : north + margin]
        draw_shapes(axes, around, facecolors="#f2f2ee", edgecolors="#999999", linewidths=0.5)
        draw_shapes(axes, mine, facecolors=[colours[variant] for variant in choices.values()], edgecolors="black", linewidths=1.0)
        houses = buildings.geometry.cx[west - margin : east + margin, south - margin : north + margin]
        draw_shapes(axes, houses, facecolors="#00000055", linewidths=0)
        axes.set_xlim(west - margin, east + margin)
        scale_bar(axes, (west - margin, south - margin, east + margin, north))
        # a white strip, or the bar would lie on houses
        axes.axhspan(south - 3 * margin, south - margin, color="white", zorder=1.5)
        axes.set_ylim(south - 1.6 * margin, north + margin)
        axes.set_aspect("equal")
        found[f"candidate_{name}"] = png_address(figure)
    return found


def _network_map(results: Results) -> dict[str, str]:
    """Pipes along streets over the zones of heat supply; nothing where none was planned."""
    if "heat_network" not in results.layers:
        return {}
    import shapely

    figure, axes = map_figure(*MAP_IN)
    draw_network(axes, results, draw_shapes)
    blocks, margins = results.layers["blocks"], block_margins(results)
    told = np.flatnonzero((margins != "").to_numpy())
    order = told[np.argsort(-blocks.area.to_numpy()[told], kind="stable")].tolist()
    write_without_overlap(axes, shapely.get_coordinates(shapely.point_on_surface(blocks.geometry.to_numpy())), margins.tolist(), order)
    scale_bar(axes, results.layers["blocks"].total_bounds)
    return {"heat_network": png_address(figure)}


def _density_chart(results: Results, lang: str) -> dict[str, str]:
    """Linear heat density of the blocks, the densest first; nothing where no block is heated."""
    totals = results.layers.get("network_totals")
    if totals is None or not (totals["heat_mwh_a"] > 0.0).any():
        return {}
    figure, axes = chart_figure(7.2, 2.2, bottom=0.2)
    draw_density(axes, results, lang)
    write_numbers(axes.xaxis, lang)
    axes.set_xlabel(text("chart.heat_so_far", lang, unit=written_unit(FIGURES["network_section_heat"].unit, lang)), fontsize=8)
    finish_chart(axes, FIGURES["linear_density"].unit, lang)
    return {"density": svg_address(figure)}


def report_pictures(results: Results) -> dict[str, dict[str, str]]:
    """
    All pictures of the report.

    Parameters
    ----------
    results : Results
        The run.

    Returns
    -------
    dict
        Language → name → address with the picture inside; maps are the same in both languages.
    """
    maps = _maps(results) | _passport_maps(results) | _candidate_maps(results) | _network_map(results)
    return {lang: maps | _charts(results, lang) | _density_chart(results, lang) for lang in LANGUAGES}
