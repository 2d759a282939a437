"""Figures of heat networks, and how columns of their layers are said to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import CURRENCY, figure, told

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts

MILLION = 1e6

told("network_pipes", unit=f"mln {CURRENCY}", digits=2, label=("New pipes", "Nowe rury"), per=MILLION)
told("network_plant", unit=f"mln {CURRENCY}", digits=2, label=("New sources", "Nowe źródła"), per=MILLION)
told("source_share", unit="%", label=("Share of the heat", "Udział w cieple"), times=100.0)
told("leaving_share", unit="%", label=("Share that leaves", "Udział odchodzących"), times=100.0)


@figure(
    "linear_density",
    unit="MWh/(m·a)",
    digits=2,
    label=("Linear heat density", "Liniowa gęstość ciepła"),
    limits=(0.0, 0.9, 1.5, 2.0, 4.0, 20.0),
)
def linear_density(amounts: Amounts) -> pd.Series:
    """Heat per metre of trench, were all heat taken from a network [MWh/(m·a)]."""
    return amounts["connected_heat_mwh_a"] / amounts["trench_m"].where(amounts["trench_m"] > 0.0)
