"""``kpis.csv``: every indicator of every variant with unit, formula and source; and the indicators' meaning for people."""

from __future__ import annotations

from pathlib import Path

from ped_geo.outputs import OUTPUTS, Output, Results

__all__ = ["write_indicators"]


def write_indicators(results: Results, folder: Path) -> list[Path]:
    """
    Write ``kpis.csv``, ``verdicts.csv``, ``balance.csv``, ``sharing.csv`` and ``energy_communities.csv``: UTF-8, comma, point, index columns first.

    Returns
    -------
    list of Path
    """
    written = []
    for name in ("kpis", "verdicts", "balance", "sharing", "energy_communities"):
        path = folder / f"{name}.csv"
        results.layers[name].to_csv(path, float_format="%.10g", lineterminator="\n")
        written.append(path)
    return written


OUTPUTS.add("indicators", Output("indicators", "processed", write_indicators, order=30))
