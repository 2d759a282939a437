"""Figures of the roadmap: the planned scenario's emissions, its cost, and the verdict on targets of the milestone years."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ped_geo.figures import CURRENCY, place_figure

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Layers
    from ped_geo.study import Study

NAN = float("nan")
MILLION = 1e6
MILESTONES = (2030, 2040, 2050)
LATE = "late"


def _planned(layers: Layers) -> str:
    """Scenario that the action plan follows; empty where no roadmap was made."""
    table = layers["roadmap_scenarios"]
    return str(table.loc[table["planned"].astype(bool), "scenario"].iloc[0]) if len(table) else ""


def _cell(layers: Layers, layer: str, column: str, year: int = 0, scenario: str = "") -> float:
    """A column of the planned or another scenario, in a year where the layer has years; not a number where there is none."""
    table: pd.DataFrame = layers[layer]
    if not len(table):
        return NAN
    rows = table[table["scenario"].astype("str") == (scenario or _planned(layers))]
    rows = rows[rows["year"] == year] if year else rows
    return float(rows[column].iloc[0]) if len(rows) else NAN


def _of(layer: str, column: str, year: int = 0, scenario: str = "", *, says: str = "") -> Callable[[Layers, Study], float]:
    def value(layers: Layers, study: Study) -> float:
        del study
        return _cell(layers, layer, column, year, scenario)

    value.__doc__ = says
    return value


for milestone in (2018, *MILESTONES):
    place_figure(
        f"roadmap_co2_{milestone}",
        unit="t/a",
        label=(f"CO₂ in {milestone} on the roadmap", f"CO₂ w {milestone} r. według mapy drogowej"),
    )(_of("roadmap", "co2_t_a", milestone, says=f"CO₂ of all bought energy in {milestone} [t/a]."))

for milestone in MILESTONES:
    place_figure(
        f"roadmap_gap_{milestone}",
        unit="t/a",
        label=(f"CO₂ above the target of {milestone}", f"CO₂ ponad cel na {milestone} r."),
    )(_of("roadmap_targets", "gap_t_a", milestone, says=f"CO₂ above what the target of {milestone} allows; 0 where it is met [t/a]."))
    place_figure(
        f"roadmap_met_{milestone}",
        unit="",
        label=(f"Target of {milestone} met (1) or missed (0)", f"Cel na {milestone} r. osiągnięty (1) lub nie (0)"),
    )(_of("roadmap_targets", "met", milestone, says=f"1 where the target of {milestone} is met in its year, else 0."))
    place_figure(
        f"roadmap_chance_{milestone}",
        unit="%",
        label=(f"Chance of the target of {milestone}", f"Prawdopodobieństwo celu na {milestone} r."),
        times=100.0,
    )(_of("roadmap_targets", "p_met", milestone, says=f"Share of the draws that meet the target of {milestone} [-]."))


place_figure("roadmap_cumulative", unit="t", label=("CO₂ from 2026 to 2050", "CO₂ od 2026 do 2050 r."))(
    _of("roadmap_scenarios", "co2_cumulative_t", says="CO₂ of the planned scenario in all years from 2026 to 2050 [t].")
)
place_figure("roadmap_delay_co2", unit="t", label=("CO₂ by ten years of delay", "CO₂ wskutek dziesięciu lat zwłoki"))(
    _of("roadmap_scenarios", "more_co2_t", 0, LATE, says="CO₂ that a start ten years later emits more until 2050 [t].")
)
place_figure(
    "roadmap_delay_cost", unit=f"mln {CURRENCY}", digits=2, label=("Cost of ten years of delay", "Koszt dziesięciu lat zwłoki"), per=MILLION
)(_of("roadmap_scenarios", "more_social_cost", 0, LATE, says="What a start ten years later costs society more [money]."))
place_figure(
    "roadmap_investment_2050", unit=f"mln {CURRENCY}", digits=2, label=("Investment until 2050", "Inwestycje do 2050 r."), per=MILLION
)(_of("roadmap_scenarios", "investment", says="What all payers pay until 2050 [money]."))


@place_figure(
    "roadmap_investment_2030", unit=f"mln {CURRENCY}", digits=2, label=("Investment until 2030", "Inwestycje do 2030 r."), per=MILLION
)
def investment_2030(layers: Layers, study: Study) -> float:
    """What all payers pay until 2030 [money]."""
    del study
    table = layers["roadmap"]
    if not len(table):
        return NAN
    rows = table[(table["scenario"].astype("str") == _planned(layers)) & (table["year"] <= MILESTONES[0])]
    return float(rows["investment"].sum())
