"""Figures of the roadmap: the planned scenario's emissions, its cost, and the verdict on targets of the milestone years."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ped_geo.figures import CURRENCY, place_figure
from ped_geo.plans import recommended_variant

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


def _met_year(milestone: int) -> Callable[[Layers, Study], float]:
    def value(layers: Layers, study: Study) -> float:
        del study
        found = _cell(layers, "roadmap_targets", "met_year", milestone)
        return found if found > 0 else NAN

    value.__doc__ = f"First year on the level of the target of {milestone}; none where it is not reached until 2050."
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
        f"roadmap_met_year_{milestone}",
        unit="",
        label=(f"Year in which the level of the target of {milestone} is reached", f"Rok osiągnięcia poziomu celu na {milestone} r."),
        calendar=True,
    )(_met_year(milestone))
    place_figure(
        f"roadmap_chance_{milestone}",
        unit="%",
        label=(f"Chance of the target of {milestone}", f"Prawdopodobieństwo celu na {milestone} r."),
        times=100.0,
        chance=True,
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


for bound, (word, slowo) in {"low": ("low", "dolna granica"), "high": ("high", "górna granica")}.items():
    place_figure(
        f"roadmap_investment_{bound}",
        unit=f"mln {CURRENCY}",
        digits=2,
        label=(f"Investment until 2050, {word}", f"Inwestycje do 2050 r., {slowo}"),
        per=MILLION,
    )(_of("roadmap_scenarios", f"investment_{bound}", says="Tenth or nine tenths of the draws of what all payers pay until 2050 [money]."))
    place_figure(
        f"roadmap_bills_{bound}",
        unit=f"mln {CURRENCY}/a",
        digits=2,
        label=(f"Saved on bills in 2050, {word}", f"Oszczędność na rachunkach w 2050 r., {slowo}"),
        per=MILLION,
    )(_of("roadmap", f"bills_saved_{bound}_a", 2050, says="Tenth or nine tenths of the draws of what bills are lower in 2050 [money/a]."))

place_figure(
    "roadmap_bills",
    unit=f"mln {CURRENCY}/a",
    digits=2,
    label=("Saved on bills in 2050", "Oszczędność na rachunkach w 2050 r."),
    per=MILLION,
)(_of("roadmap", "bills_saved_a", 2050, says="What bills are lower than today in 2050, before running cost [money/a]."))
place_figure(
    "roadmap_running", unit=f"mln {CURRENCY}/a", digits=2, label=("Running cost in 2050", "Koszt eksploatacji w 2050 r."), per=MILLION
)(_of("roadmap", "running_cost_a", 2050, says="Running cost of all that is new in 2050 [money/a]."))
place_figure("roadmap_locked_co2", unit="t/a", label=("CO₂ bound by lighter works in 2050", "Emisja związana lżejszymi pracami w 2050 r."))(
    _of("roadmap", "co2_locked_t_a", 2050, says="CO₂ of 2050 that the furthest works would take off where lighter ones were done [t/a].")
)


@place_figure(
    "roadmap_locked_share",
    unit="%",
    label=("Floor bound to lighter works in 2050", "Powierzchnia związana lżejszymi pracami w 2050 r."),
    times=100.0,
)
def locked_share(layers: Layers, study: Study) -> float:
    """Share of the heated floor that has had lighter works than the furthest by 2050, and is not opened again yet [-]."""
    del study
    names = ("area_untouched_m2", "area_usual_m2", "area_further_m2")
    whole = sum(_cell(layers, "roadmap", name, 2050) for name in names)
    return _cell(layers, "roadmap", "area_locked_m2", 2050) / whole if whole > 0 else NAN


def _positive_blocks(year: int) -> Callable[[Layers, Study], float]:
    def value(layers: Layers, study: Study) -> float:
        table: pd.DataFrame = layers["scenarios"]
        if not len(table):
            return NAN
        way = recommended_variant(layers["recommendation"], study)
        years = table.index.get_level_values("year")
        rows = table[(table.index.get_level_values("variant") == way) & (years == (year or years.min()))]
        return float(rows["positive"].sum())

    value.__doc__ = f"Blocks whose balance on the recommended way is positive with the factors of {year or 'today'}."
    return value


for milestone in (0, *MILESTONES):
    place_figure(
        f"positive_blocks_{milestone or 'today'}",
        unit="",
        label=(
            f"Blocks positive with the factors of {milestone or 'today'}",
            f"Kwartały dodatnie ze współczynnikami {f'z {milestone} r.' if milestone else 'dzisiejszymi'}",
        ),
    )(_positive_blocks(milestone))


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
