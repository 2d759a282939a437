"""How pictures of reports are drawn: maps as pixels with a scale bar, charts as drawing commands, numbers as the language writes them."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ped_geo.language import number
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.styles import round_length

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "chart_figure",
    "draw_shapes",
    "finish_chart",
    "map_figure",
    "png_address",
    "scale_bar",
    "svg_address",
    "write_numbers",
    "write_without_overlap",
]

MARGIN_PX: Final = 12
DPI: Final = 140


def chart_figure(width: float, height: float, *, right: float = 0.98, bottom: float = 0.17) -> tuple[Any, Any]:
    """A figure whose axes end at `right` and begin at `bottom`, as shares of it; what is left is for legends and numbers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI)
    return figure, figure.add_axes((0.1, bottom, right - 0.1, 0.97 - bottom))


def map_figure(width: float, height: float) -> tuple[Any, Any]:
    """A figure that is one map, in inches, without axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), anchor="E")
    axes.set_axis_off()
    return figure, axes


def png_address(figure: Any) -> str:
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


def svg_address(figure: Any) -> str:
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


def scale_bar(axes: Any, bounds: Any) -> None:
    """A bar of a round length under a map whose bounds are in metres."""
    west, south, east, north = bounds
    span = max(east - west, north - south)
    length = round_length(span / 4)
    y = south - 0.04 * span
    axes.plot([west, west + length], [y, y], color="black", linewidth=2.5, solid_capstyle="butt")
    axes.text(west + length + 0.0125 * span, y, f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m", va="center", fontsize=8)


def draw_shapes(axes: Any, shapes: gpd.GeoSeries, **style: Any) -> None:
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


def write_without_overlap(axes: Any, places: Floats, words: list[str], order: list[int], size: float = 6.0) -> list[int]:
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


def write_numbers(axis: Any, lang: str) -> None:
    """Marks of an axis as the language writes numbers."""
    from matplotlib.ticker import FuncFormatter

    steps = np.diff(axis.get_majorticklocs())
    step = float(steps.min()) if len(steps) else 1.0
    # as many decimals as the steps between the marks have, or two marks would read alike
    digits = next((digits for digits in range(9) if abs(round(step, digits) - step) < 1e-9 * step), 9)
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, digits)))


def finish_chart(axes: Any, unit: str, lang: str) -> None:
    """Numbers, unit and quiet lines of a chart."""
    write_numbers(axes.yaxis, lang)
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
