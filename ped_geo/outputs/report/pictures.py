"""Maps and charts of the report as pictures with scale bars and units; the same colours as everywhere else. Legends are words of the page."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.language import LANGUAGES, in_currency, number, text
from ped_geo.outputs import Results
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, rows_of, written_unit
from ped_geo.outputs.report.blocks import passport_blocks
from ped_geo.outputs.report.candidates import variant_colours
from ped_geo.outputs.report.findings import action_name
from ped_geo.outputs.report.legends import map_classes
from ped_geo.outputs.report.networks import block_margins, draw_density, draw_network
from ped_geo.outputs.report.roadmap_pictures import roadmap_charts
from ped_geo.outputs.single_households import is_single_household
from ped_geo.outputs.styles import QUALITATIVE, action_colour, round_length
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


MARGIN_PX = 12
DPI = 140


def _figure(width: float, height: float, *, right: float = 0.98, bottom: float = 0.17) -> tuple[Any, Any]:
    """A figure whose axes end at `right` and begin at `bottom`, as shares of it; what is left is for legends and numbers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI)
    return figure, figure.add_axes((0.1, bottom, right - 0.1, 0.97 - bottom))


def _map_figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), anchor="E")
    axes.set_axis_off()
    return figure, axes


def _png(figure: Any) -> str:
    """
    A figure without its empty margins.

    Maps are pixels: thousands of outlines would make a document of drawing commands slow to set and to open. The margins are
    cut off the drawn picture, because matplotlib's own tight layout draws everything twice.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
    rows, columns = (np.flatnonzero((pixels < 255).any(axis=(2, axis))) for axis in (1, 0))
    top, left = max(rows[0] - MARGIN_PX, 0), max(columns[0] - MARGIN_PX, 0)
    drawn = Image.fromarray(pixels[top : rows[-1] + MARGIN_PX, left : columns[-1] + MARGIN_PX])
    target = io.BytesIO()
    drawn.save(target, format="png", dpi=(DPI, DPI))
    return _as_address("image/png", target.getvalue())


def _svg(figure: Any) -> str:
    """A chart as drawing commands, sharp at every size; letters are outlines, so that no reader needs the typeface."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas: Any = FigureCanvasSVG(figure)
    target = io.BytesIO()
    # names inside the drawing follow from what is drawn, or two runs would differ
    with rc_context({"svg.hashsalt": "ped_geo", "svg.fonttype": "path"}):
        canvas.print_svg(target, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _as_address("image/svg+xml", target.getvalue())


def _as_address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _scale_bar(axes: Any, bounds: Any) -> None:
    west, south, east, north = bounds
    span = max(east - west, north - south)
    length = round_length(span / 4)
    y = south - 0.04 * span
    axes.plot([west, west + length], [y, y], color="black", linewidth=2.5, solid_capstyle="butt")
    axes.text(west + length + 0.0125 * span, y, f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m", va="center", fontsize=8)


def _draw(axes: Any, shapes: gpd.GeoSeries, **style: Any) -> None:
    """Polygons as one collection of paths: a patch for each of thousands of buildings takes seconds."""
    import shapely
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    # normalised rings of holes run the other way round, so that holes stay empty
    parts, shape = shapely.get_parts(shapely.normalize(shapes.to_numpy()), return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    starts = np.flatnonzero(np.diff(ring, prepend=-1))
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[np.append(starts[1:], len(points)) - 1] = Path.CLOSEPOLY
    codes[starts] = Path.MOVETO
    cuts = np.flatnonzero(np.diff(shape[part[ring]])) + 1
    paths = [Path(xy, code) for xy, code in zip(np.split(points, cuts), np.split(codes, cuts), strict=True)]
    axes.add_collection(PathCollection(paths, **style))
    axes.autoscale_view()


def _map(results: Results, frame: gpd.GeoDataFrame, values: pd.Series, classes: Classes, numbered: list[int]) -> str:
    figure, axes = _map_figure(*MAP_IN)
    colours = [classes.colour(value) for value in values.to_numpy(dtype="float64")]
    # outlines of thousands of small shapes would cover their colours
    _draw(axes, frame.geometry, facecolors=colours, edgecolors="#444", linewidths=0.3 if len(frame) < 500 else 0.05)
    buildings = results.layers["buildings"]
    if frame.index.name == "block_id":
        _draw(axes, buildings.geometry[buildings["in_district"]], facecolors="#00000033", linewidths=0)
        candidates = results.layers["candidates"]
        if len(candidates):
            candidates.boundary.plot(ax=axes, color="#d55e00", linewidth=1.4, linestyle=(0, (4, 2)))
    else:
        results.layers["blocks"].boundary.plot(ax=axes, color="#bbbbbb", linewidth=0.4)
    results.layers["boundary"].boundary.plot(ax=axes, color="black", linewidth=0.9)
    axes.set_aspect("equal")
    _scale_bar(axes, results.layers["boundary"].total_bounds)
    if frame.index.name == "block_id":
        _numbers(axes, frame, results.layers["candidates"], numbered)
    return _png(figure)


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
        numbered += _without_overlap(axes, places, words, np.lexsort((-blocks.area.to_numpy(), ~chosen)).tolist())


def _without_overlap(axes: Any, places: Floats, words: list[str], order: list[int], size: float = 6.0) -> list[int]:
    """Write words in their order where no other word stands; which of them were written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    axes.apply_aspect()
    canvas: Any = FigureCanvasAgg(axes.figure)
    pen = canvas.get_renderer()
    taken = np.empty((0, 4))
    found = []
    for row in order:
        drawn = axes.annotate(words[row], places[row], ha="center", va="center", fontsize=size)
        left, low, right, high = drawn.get_window_extent(pen).extents
        if ((taken[:, 0] < right) & (left < taken[:, 2]) & (taken[:, 1] < high) & (low < taken[:, 3])).any():
            drawn.remove()
        else:
            taken = np.vstack([taken, (left, low, right, high)])
            found.append(row)
    return found


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
    figure, axes = _figure(7.2, 2.9)
    width = 0.4
    positions = np.arange(12)
    axes.bar(positions - width / 2, energy.told(monthly["use_kwh"]), width, color=QUALITATIVE[0], label=text("chart.use", lang))
    axes.bar(positions + width / 2, energy.told(monthly["pv_kwh"]), width, color=action_colour("pv"), label="PV")
    axes.set_xticks(positions, [text(f"chart.month.{number_of}", lang) for number_of in range(1, 13)])
    _finish(axes, energy.unit, lang)
    axes.legend(frameon=False, fontsize=8)
    months = _svg(figure)
    figure, axes = _figure(7.2, 2.9)
    net = results.layers["load_duration"]["net_kw"].to_numpy()
    axes.plot(np.arange(len(net)), net, color=QUALITATIVE[0], linewidth=1.6)
    axes.axhline(0.0, color="black", linewidth=0.7)
    axes.set_xlim(0, len(net))
    _written(axes.xaxis, lang)
    axes.set_xlabel(text("chart.hours", lang), fontsize=8)
    _finish(axes, "kW", lang)
    found = {"months": months, "duration": _svg(figure)}
    found |= {name: _svg(made) for name, made in roadmap_charts(results, lang, figure=_figure, finish=_finish).items()}
    abatement = _abatement(results, lang)
    return found | ({"abatement": abatement} if abatement else {})


def _written(axis: Any, lang: str) -> None:
    from matplotlib.ticker import FuncFormatter

    steps = np.diff(axis.get_majorticklocs())
    step = float(steps.min()) if len(steps) else 1.0
    # as many decimals as the steps between the marks have, or two marks would read alike
    digits = next((digits for digits in range(9) if abs(round(step, digits) - step) < 1e-9 * step), 9)
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, digits)))


def _finish(axes: Any, unit: str, lang: str) -> None:
    _written(axes.yaxis, lang)
    axes.set_ylabel(written_unit(unit, lang), fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    _room_beside(axes)


def _room_beside(axes: Any) -> None:
    """Axes that begin where their numbers and unit end: those of a whole city are longer than those of an estate."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(axes.figure)
    beyond = -axes.yaxis.get_tightbbox(canvas.get_renderer()).x0 / axes.figure.bbox.width
    if beyond > 0.0:
        left, low, width, height = axes.get_position().bounds
        axes.set_position((left + beyond, low, width - beyond, height))


def _abatement(results: Results, lang: str) -> str | None:
    """Marginal abatement cost curve of the district; None where there is none."""
    table = results.layers.get("abatement")
    if table is None or table.empty or "cost_per_t" not in table:
        return None
    rows = table[table["group_id"] == "district"]
    rows = rows[rows["co2_saving_t_a"] > 0].sort_values("cost_per_t")
    figure, axes = _figure(7.2, 3.4)
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
    _written(axes.xaxis, lang)
    _finish(axes, in_currency("¤/t CO₂"), lang)
    axes.legend(frameon=False, fontsize=7, ncols=2, loc="upper left")
    return _svg(figure)


def _passport_maps(results: Results) -> dict[str, str]:
    """Buildings of each block with a passport, coloured by their heat need today."""
    import shapely

    buildings, heat, classes = results.layers["buildings"], building_figures(results)["heat"], map_classes(results)["passport"]
    found = {}
    for name in passport_blocks(results):
        figure, axes = _map_figure(*PASSPORT_IN)
        mine = buildings[buildings["block_id"] == name]
        hidden = is_single_household(mine)
        colours = [classes.colour(value) for value in heat.reindex(mine.index).where(~hidden)]
        _draw(axes, results.layers["blocks"].geometry.loc[[name]], facecolors="#f7f7f2", edgecolors="black", linewidths=0.9)
        _draw(axes, mine.geometry, facecolors=colours, edgecolors="#444", linewidths=0.4)
        arrays = results.layers["pv_arrays"]
        arrays = arrays[arrays["building_id"].isin(mine.index)]
        if len(arrays):
            _draw(axes, arrays.geometry, facecolors="#d55e00", linewidths=0)
        axes.set_aspect("equal")
        # buildings reach over the edge of their block
        _scale_bar(axes, shapely.total_bounds([results.layers["blocks"].geometry[name], *mine.geometry]))
        found[f"block_{name}"] = _png(figure)
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
        figure, axes = _map_figure(*CANDIDATE_IN)
        around = blocks.geometry.cx[west - margin : east + margin, south - margin : north + margin]
        _draw(axes, around, facecolors="#f2f2ee", edgecolors="#999999", linewidths=0.5)
        _draw(axes, mine, facecolors=[colours[variant] for variant in choices.values()], edgecolors="black", linewidths=1.0)
        houses = buildings.geometry.cx[west - margin : east + margin, south - margin : north + margin]
        _draw(axes, houses, facecolors="#00000055", linewidths=0)
        axes.set_xlim(west - margin, east + margin)
        _scale_bar(axes, (west - margin, south - margin, east + margin, north))
        # a white strip, or the bar would lie on houses
        axes.axhspan(south - 3 * margin, south - margin, color="white", zorder=1.5)
        axes.set_ylim(south - 1.6 * margin, north + margin)
        axes.set_aspect("equal")
        found[f"candidate_{name}"] = _png(figure)
    return found


def _network_map(results: Results) -> dict[str, str]:
    """Pipes along streets over the zones of heat supply; nothing where none was planned."""
    if "heat_network" not in results.layers:
        return {}
    import shapely

    figure, axes = _map_figure(*MAP_IN)
    draw_network(axes, results, _draw)
    blocks, margins = results.layers["blocks"], block_margins(results)
    told = np.flatnonzero((margins != "").to_numpy())
    order = told[np.argsort(-blocks.area.to_numpy()[told], kind="stable")].tolist()
    _without_overlap(axes, shapely.get_coordinates(shapely.point_on_surface(blocks.geometry.to_numpy())), margins.tolist(), order)
    _scale_bar(axes, results.layers["blocks"].total_bounds)
    return {"heat_network": _png(figure)}


def _density_chart(results: Results, lang: str) -> dict[str, str]:
    """Linear heat density of the blocks, the densest first; nothing where no block is heated."""
    totals = results.layers.get("network_totals")
    if totals is None or not (totals["heat_mwh_a"] > 0.0).any():
        return {}
    figure, axes = _figure(7.2, 2.2, bottom=0.2)
    draw_density(axes, results, lang)
    _written(axes.xaxis, lang)
    axes.set_xlabel(text("chart.heat_so_far", lang, unit=written_unit(FIGURES["network_section_heat"].unit, lang)), fontsize=8)
    _finish(axes, FIGURES["linear_density"].unit, lang)
    return {"density": _svg(figure)}


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
