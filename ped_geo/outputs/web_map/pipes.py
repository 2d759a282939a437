"""Pipes of the routed heat network on the council map: lines as wide as the pipe, with what is said of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo import schema
from ped_geo.outputs.figures import FIGURES, printed, written_unit
from ped_geo.outputs.heat_network import PIPE_COLOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.outputs import Results

__all__ = ["coded_lines", "pipe_content"]

TOLERANCE_M = 0.3
"""A pipe is drawn with no more bends than these leave visible."""
PRECISION = 1e6
SAID = {
    "dn": ("network_dn", "dn"),
    "flow": ("network_flow", "flow_kg_s"),
    "heat": ("network_section_heat", "heat_mwh_a"),
    "density": ("network_beyond", "linear_density_mwh_m_a"),
    "cost": ("network_section", "investment"),
}
"""What is said of a pipe: figure and column."""
WIDTHS = (50, 150, 300)
"""Diameters that the legend shows. [mm]"""


def coded_lines(lines: NDArray[np.object_]) -> list[list[int]]:
    """
    Lines as differences of whole micro-degrees, latitude first, like the outlines of blocks.

    Parameters
    ----------
    lines : array of LineString
        In EPSG:4326.
    """
    points, line = shapely.get_coordinates(lines, return_index=True)
    yx = np.round(points[:, ::-1] * PRECISION).astype(np.int64)
    steps = np.diff(yx, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    first = np.diff(line, prepend=-1) != 0
    steps[first] = yx[first]
    return [part.ravel().tolist() for part in np.split(steps, np.flatnonzero(first)[1:])]


def pipe_content(results: Results) -> dict[str, Any]:
    """
    Pipes, widest last, so that they lie on top; nothing where none was routed.

    Parameters
    ----------
    results : Results
        The run.
    """
    pipes = results.layers.get("heat_network")
    if pipes is None or not len(pipes):
        return {}
    pipes = pipes.sort_values("dn", kind="stable")
    states = list(schema.columns("heat_network")["state"].values)
    owners = sorted(set(pipes["owner"].fillna("").astype("str")))
    lines = np.asarray(pipes.geometry.simplify(TOLERANCE_M).to_crs(4326).to_numpy(), dtype=object)
    laid = pipes["laid_year"]
    return {
        "pipes": {
            "lines": coded_lines(lines),
            **{name: printed(FIGURES[figure].told(pipes[column]), figure) for name, (figure, column) in SAID.items()},
            "said": {
                name: {
                    "digits": FIGURES[figure].digits,
                    **{lang: FIGURES[figure].label(lang) for lang in ("pl", "en")},
                    "unit": {lang: written_unit(FIGURES[figure].unit, lang) for lang in ("pl", "en")},
                }
                for name, (figure, _) in SAID.items()
            },
            "states": states,
            "state": [states.index(state) for state in pipes["state"].astype("str")],
            "owners": owners,
            "owner": [owners.index(owner) for owner in pipes["owner"].fillna("").astype("str")],
            "laid": [int(year) if np.isfinite(year) else None for year in laid],
            "colour": PIPE_COLOUR,
            "widths": [dn for dn in WIDTHS if dn <= pipes["dn"].max()] or [int(pipes["dn"].max())],
        }
    }
