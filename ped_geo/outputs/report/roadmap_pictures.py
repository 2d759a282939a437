"""Charts of the roadmap: emissions by cause, who pays in which year, and the actions along the years."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ped_geo.figures import FIGURES
from ped_geo.language import text
from ped_geo.outputs.report.roadmap import planned_scenario
from ped_geo.outputs.roadmap import action_title, actor_words, cars_are_counted, has_roadmap
from ped_geo.outputs.styles import QUALITATIVE, action_colour

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["roadmap_charts"]

CAUSES = {
    "mobility": "#7b6bb1",
    "pv": action_colour("pv"),
    "heat_supply": "#cc79a7",
    "retrofit": "#009e73",
    "network": "#e69f00",
    "grid": "#56b4e9",
}
LATE = "#0072b2"
LEVERS = CAUSES | {"prepare": "#999999", "monitor": "#999999", "replicate": "#999999"}
FIRST_PAID = 2026
LONGEST_TITLE = 78
LONGEST_PAYER = 38
HEIGHTS_IN = {"roadmap_wedges": 2.0, "roadmap_budget": 1.4}
"""Both charts and five actions stand on one page. [in]"""


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _wedges(axes: Any, results: Results, lang: str) -> None:
    key = planned_scenario(results)
    prefix = "together_" if cars_are_counted(results) else ""
    years = results.layers["roadmap_cars" if prefix else "roadmap"]
    rows = years[years["scenario"] == key]
    at, low = rows["year"].to_numpy(int), rows[f"{prefix}co2_t_a"].to_numpy(float)
    path = low.copy()
    for cause, colour in CAUSES.items():
        named = text(f"roadmap.cause.{cause}", lang)
        for part in _parts(results, key, cause):
            if np.abs(part).max() > 0.0:
                axes.fill_between(at, low, low + part, color=colour, linewidth=0, label=named)
                named = "_nolegend_"
            low = low + part
    axes.fill_between(at, 0.0, path, color="#e8e8e8", linewidth=0, label=text("roadmap.left", lang))
    band = rows[[f"{prefix}co2_low_t_a", f"{prefix}co2_high_t_a"]].to_numpy(float)
    axes.plot(at, path, color="black", linewidth=1.6)
    axes.plot(at, band, color="black", linewidth=0.6, linestyle=":")
    late = years[years["scenario"] == "late"]
    axes.plot(late["year"], late[f"{prefix}co2_t_a"], color=LATE, linewidth=1.2, linestyle="--", label=text("code.late", lang))
    targets = results.layers["roadmap_targets"]
    targets = targets[targets["scenario"] == key] if len(targets) else targets
    if len(targets):
        axes.plot(
            targets["year"], targets["allowed_t_a"], "v", color="#d55e00", markersize=7, label=text("roadmap.target", lang), clip_on=False
        )
    axes.set_xlim(at[0], at[-1])
    axes.set_ylim(0.0)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles, labels, frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1.0))


def _parts(results: Results, scenario: str, cause: str) -> list[npt.NDArray[np.float64]]:
    """The fall by a cause year by year, of the buildings and of the cars where these are counted."""
    layers = ("roadmap", "roadmap_cars") if cars_are_counted(results) else ("roadmap",)
    tables = [results.layers[name] for name in layers]
    column = f"fall_{cause}_t_a"
    return [table.loc[table["scenario"] == scenario, column].to_numpy(float) for table in tables if column in table]


def _budget(axes: Any, results: Results, lang: str) -> None:
    table, money = results.layers["roadmap_payers"], FIGURES["party_pays"]
    rows = table[(table["scenario"] == planned_scenario(results)) & (table["year"] >= FIRST_PAID)]
    wide = rows.pivot(index="year", columns="payer", values="pays").fillna(0.0)
    below = np.zeros(len(wide))
    for place, payer in enumerate(sorted(wide.columns, key=lambda name: -float(wide[name].sum()))):
        paid = money.told(wide[payer]).to_numpy(float)
        if paid.max() > 0.0:
            axes.bar(
                wide.index,
                paid,
                0.8,
                bottom=below,
                color=QUALITATIVE[place % len(QUALITATIVE)],
                label=_short(actor_words(str(payer), lang), LONGEST_PAYER),
            )
            below = below + paid
    axes.set_xlim(FIRST_PAID - 0.6, int(wide.index.max()) + 0.6)
    axes.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1.0))


def _gantt(axes: Any, results: Results, lang: str) -> None:
    table = results.layers["roadmap_actions"].sort_values(["start", "end"], kind="stable")
    titles = [action_title(row, lang) for row in table.itertuples()]
    short = [_short(title, LONGEST_TITLE) for title in titles]
    colours = [LEVERS[str(lever)] for lever in table["lever"]]
    start, end = table["start"].to_numpy(int), table["end"].to_numpy(int)
    hatch = ["////" if stage == "pilot" else "" for stage in table["stage"].astype(str)]
    axes.barh(np.arange(len(table)), end - start + 1, left=start, height=0.7, color=colours, edgecolor="white", hatch=hatch)
    axes.set_yticks(np.arange(len(table)), short, fontsize=6.2)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(FIRST_PAID, 2051)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)


def roadmap_charts(results: Results, lang: str, *, figure: Callable[..., Any], finish: Callable[..., None]) -> dict[str, Any]:
    """
    Figures of matplotlib by the names of their pictures; none where no roadmap was made.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    figure, finish : callable
        How the report begins and ends a chart.
    """
    if not has_roadmap(results):
        return {}
    found = {}
    for name, draw, unit in (("roadmap_wedges", _wedges, "t CO₂/a"), ("roadmap_budget", _budget, FIGURES["party_pays"].unit)):
        made, axes = figure(7.2, HEIGHTS_IN[name], right=0.66, bottom=0.14)
        draw(axes, results, lang)
        finish(axes, unit.replace("M¤", "M"), lang)
        found[name] = made
    count = len(results.layers["roadmap_actions"])
    made, axes = figure(7.2, 0.6 + 0.19 * count, right=0.98, bottom=min(0.5, 0.35 / (0.6 + 0.19 * count)))
    _gantt(axes, results, lang)
    axes.set_position((0.58, axes.get_position().y0, 0.4, axes.get_position().height))
    found["roadmap_gantt"] = made
    return found
