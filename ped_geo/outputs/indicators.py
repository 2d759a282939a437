"""``kpis.csv``: every indicator of every variant with unit, formula and source; ``figures.csv``: every figure that products print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.figures import FIGURES
from ped_geo.outputs import OUTPUTS, Output, Results

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["declared_figures", "write_indicators"]


def declared_figures(figures: pd.DataFrame) -> pd.DataFrame:
    """
    The layer ``figures`` with the names and the printed decimals of each.

    Parameters
    ----------
    figures : DataFrame
        The layer.

    Returns
    -------
    DataFrame
        ``label_en``, ``label_pl``, ``unit``, ``digits``, ``value``, ``low``, ``high``; index as it was.
    """
    declared, names = FIGURES.load(), figures.index.get_level_values("figure")
    told = {attribute: names.map({name: getattr(one, attribute) for name, one in declared.items()}) for attribute in _DECLARED}
    return figures.assign(**told)[["label_en", "label_pl", "unit", "digits", "value", "low", "high"]]


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """Fractions as text of ten digits, which is what pandas would write one by one and many times slower."""
    fractions = table.select_dtypes("floating")
    return table.assign(
        **{str(name): ["" if value != value else f"{value:.10g}" for value in fractions[name].tolist()] for name in fractions}
    )


_DECLARED = ("label_en", "label_pl", "digits")


def write_indicators(results: Results, folder: Path) -> list[Path]:
    """
    Write ``kpis.csv``, ``figures.csv``, ``verdicts.csv``, ``balance.csv``, ``sharing.csv`` and ``energy_communities.csv``.

    All are UTF-8 with commas, points and the index columns first.

    Returns
    -------
    list of Path
    """
    written = []
    for name in ("kpis", "figures", "verdicts", "balance", "sharing", "energy_communities"):
        path, table = folder / f"{name}.csv", results.layers[name]
        _written(declared_figures(table) if name == "figures" else table).to_csv(path, lineterminator="\n")
        written.append(path)
    return written


OUTPUTS.add("indicators", Output("indicators", "processed", write_indicators, order=30))
