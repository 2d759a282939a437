"""
Plans beside energy in all products: what each says of blocks as columns, themes, indicators of the council map and sheets.

Each plan is one `BlockPlan`; the products know none of them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.language import LANGUAGES, catalogue, text
from ped_geo.outputs.documented import DocumentedLayer
from ped_geo.outputs.figures import FIGURES, classes_of, printed, written_unit
from ped_geo.outputs.qml import LayerStyle
from ped_geo.outputs.single_households import is_single_household
from ped_geo.outputs.styles import NO_VALUE

if TYPE_CHECKING:
    from ped_geo.outputs import Results
    from ped_geo.schema import Column

__all__ = [
    "PLANS",
    "PLAN_LAYERS",
    "BlockPlan",
    "CodeTheme",
    "add_plan_columns",
    "code_words",
    "plan_indicators",
    "plan_layers",
    "plan_sheets",
    "plan_styles",
]

WARM = ("#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000")
"""ColorBrewer's OrRd, lowest first."""


@dataclass(frozen=True)
class CodeTheme:
    """A theme of codes: its column and a colour for each code, in their order; or the table of assumptions that has both."""

    column: str
    colours: Mapping[str, str] = field(default_factory=dict)
    table: str = ""

    def tones(self) -> Mapping[str, str]:
        """Codes and their colours."""
        if not self.table:
            return self.colours
        rows = assumptions.table(self.table)
        return dict(zip(rows[self.column], rows["map_colour"], strict=True)) | {f"{self.column}_unknown": NO_VALUE}


@dataclass(frozen=True)
class BlockPlan:
    """
    One plan.

    Attributes
    ----------
    layer : str
        Layer by block, whose columns go into the blocks under ``prefix``.
    prefix : str
        Of the columns, with an underscore after it.
    figures : mapping of str to str
        Figures of blocks that are themes, and the column in the layer that each is.
    codes : mapping of str to CodeTheme
        Themes of codes.
    sheets : tuple of str
        Layers with a sheet of their own; ``layer`` is among them.
    lists : mapping of str to str
        Columns that hold codes with semicolons, and how their words begin in the catalogue.
    """

    layer: str
    prefix: str
    figures: Mapping[str, str]
    codes: Mapping[str, CodeTheme] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    lists: Mapping[str, str] = field(default_factory=dict)


TRANSPORT = {
    "class_a": "#1a9850",
    "class_b": "#91cf60",
    "class_c": "#d9ef8b",
    "class_d": "#fee08b",
    "class_e": "#fc8d59",
    "class_f": "#d73027",
    "class_none": "#878787",
    "class_nobody": NO_VALUE,
    "class_unknown": NO_VALUE,
}
"""Green to red as on the maps of GOAT; letters stand in the legend for those who cannot tell them apart."""
GROUNDS: Final = CodeTheme(
    "kind",
    {
        "ground_education": "#e69f00",
        "ground_health": "#cc79a7",
        "ground_administration": "#0072b2",
        "ground_culture": "#882255",
        "ground_sport": "#56b4e9",
        "ground_green": "#8fd18f",
        "ground_playground": "#f0e442",
        "ground_cemetery": "#b0b0b0",
        "ground_market": "#d55e00",
    },
)

PLANS: Final = (
    BlockPlan("scorecard", "scorecard", {"priority": "priority"}, sheets=("scorecard",)),
    BlockPlan(
        "mobility_blocks",
        "mobility",
        {"reach_all": "reach_all_share", "proximity": "proximity_min"},
        {"transport_class": CodeTheme("transport_class", TRANSPORT)},
        ("mobility_blocks", "stops", "car_parks"),
    ),
    BlockPlan(
        "green_blocks",
        "green",
        {"active_share": "biologically_active_share"},
        {
            "warm_nights": CodeTheme("heat_island_step", {f"step_{number}": colour for number, colour in enumerate(WARM, 1)}),
            "climate_zone": CodeTheme("lcz", table="local_climate_zones"),
        },
        ("green_blocks", "green_roofs"),
        {"measures": "green.measure", "lcz_second": "code"},
    ),
    BlockPlan(
        "street_lighting",
        "lighting",
        {"lighting": "energy_today_mwh_a"},
        sheets=("street_lighting", "street_lighting_classes", "public_buildings", "public_duties", "public_grounds"),
    ),
)


PLAN_LAYERS: Final = ("street_lamps", "stops", "car_parks", "public_buildings", "public_grounds")
"""Layers with shapes of their own, points above areas."""


def code_words(codes: str, prefix: str, lang: str) -> str:
    """Words of codes that semicolons part; a code without words stays."""
    keys = [(f"{prefix}.{code}", code) for code in codes.split(";") if code]
    return ", ".join(text(key, lang) if key in catalogue() else code for key, code in keys)


def _both(codes: object, prefix: str) -> str:
    words = dict.fromkeys(code_words(str(codes), prefix, lang) for lang in LANGUAGES)
    return " | ".join(words)


def _here(results: Results) -> Iterator[tuple[BlockPlan, pd.DataFrame]]:
    """Plans that the run has, with their layers."""
    for plan in PLANS:
        table = results.layers.get(plan.layer)
        if table is not None:
            yield plan, table


def _worded(plan: BlockPlan, table: pd.DataFrame) -> pd.DataFrame:
    """A layer with its lists of codes in words."""
    told: dict[str, Any] = {
        name: [_both(value, prefix) for value in table[name].tolist()] for name, prefix in plan.lists.items() if name in table
    }
    return table.assign(**told)


def add_plan_columns(results: Results, index: pd.Index, added: dict[str, pd.Series], columns: dict[str, Column]) -> None:
    """Columns of every plan, for the layer of blocks."""
    for plan, table in _here(results):
        rows, declared = _worded(plan, table).reindex(index), schema.columns(plan.layer)
        for name in table:
            own = replace(declared[str(name)], name=f"{plan.prefix}_{name}", required=False)
            added[own.name], columns[own.name] = rows[name], own


def _categories(theme: CodeTheme, values: pd.Series) -> tuple[tuple[str, str, str], ...]:
    """Value, words in both languages and colour of each code that occurs."""
    here = set(values.dropna().astype("str"))
    return tuple((code, _both(code, "code"), colour) for code, colour in theme.tones().items() if code in here)


def plan_styles(results: Results) -> Iterator[tuple[str, str, LayerStyle]]:
    """Key, title in both languages and style of each theme of blocks."""
    for plan, table in _here(results):
        for figure, column in plan.figures.items():
            about, values = FIGURES[figure], table[column].astype("float64")
            if not _differ(printed(about.told(values), figure)):
                continue
            titles = [f"{text(f'theme.{figure}', lang)}{_bracketed(written_unit(about.unit, lang))}" for lang in LANGUAGES]
            style = LayerStyle(
                figure,
                kind="graduated",
                column=f"{plan.prefix}_{column}",
                factor=about.told(1.0),
                classes=classes_of(figure, about.told(values)),
                # what is told of the ground is told of every block
                nothing=(text("figure.none.block", "pl"), text("figure.none.block", "en")) if values.isna().any() else (),
            )
            yield figure, " | ".join(titles), style
        for key, theme in plan.codes.items():
            title = " | ".join(text(f"theme.{key}", lang) for lang in LANGUAGES)
            categories = _categories(theme, table[theme.column])
            if _differ(_told(table[theme.column])):
                yield key, title, LayerStyle(key, kind="categorised", column=f"{plan.prefix}_{theme.column}", categories=categories)


def _differ(values: Iterable[object]) -> bool:
    """Whether values differ: a map of one colour says nothing."""
    return len({value for value in values if value is not None and value == value}) > 1


def _told(codes: pd.Series) -> pd.Series:
    """Codes that tell something."""
    return codes[~codes.astype("str").str.endswith(("_unknown", "_nobody"))]


def _bracketed(unit: str) -> str:
    return f" [{unit}]" if unit else ""


def plan_indicators(results: Results, indicator: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Indicators of the council map; a plan says the same in every variant, and of blocks without buildings too.

    Parameters
    ----------
    results : Results
        The run.
    indicator : callable
        Makes an indicator of key, figure, values by variant and classes.
    """
    blocks, found = results.layers["blocks"].index, []
    variants = results.study.variants
    for plan, table in _here(results):
        rows = table.reindex(blocks)
        for figure, column in plan.figures.items():
            values = FIGURES[figure].told(rows[column].astype("float64"))
            if _differ(shown := printed(values, figure)):
                found.append(indicator(figure, figure, [shown for _ in variants], classes_of(figure, values)) | {"ground": True})
        for key, theme in plan.codes.items():
            if _differ(_told(rows[theme.column])):
                found.append(_named(key, rows[theme.column], theme, len(variants)))
    return found


def _named(key: str, codes: pd.Series, theme: CodeTheme, variants: int) -> dict[str, Any]:
    """An indicator whose values are places in a list of names."""
    shown = _categories(theme, codes)
    order = {value: place for place, (value, _, _) in enumerate(shown)}
    numbers = [order.get(str(value)) for value in codes.tolist()]
    names = {lang: [text(f"code.{value}", lang) for value, _, _ in shown] for lang in LANGUAGES}
    return {
        "key": key,
        "ground": True,
        "unit": dict.fromkeys(LANGUAGES, ""),
        "digits": 0,
        "values": [numbers for _ in range(variants)],
        "limits": list(range(len(shown) + 1)),
        "colours": [colour for _, _, colour in shown],
        "labels": names,
        "names": names,
    }


def plan_layers(results: Results) -> dict[str, tuple[DocumentedLayer, LayerStyle]]:
    """Layers of the plans that have shapes of their own, with their styles; those that hold nothing are left out."""
    styles = {
        "street_lamps": LayerStyle("street_lamps", colour="#f0e442", outline="#000000", geometry="point"),
        "stops": LayerStyle("stops", colour="#cc79a7", outline="#000000", geometry="point"),
        "car_parks": LayerStyle("car_parks", colour="#56b4e9", outline="#1f5f8b", width_mm=0.2),
        "public_buildings": LayerStyle("public_buildings", colour="#009e73", outline="#00543d", width_mm=0.2),
    }
    grounds = results.layers.get("public_grounds")
    if grounds is not None:
        styles["public_grounds"] = LayerStyle(
            "public_grounds", kind="categorised", column="kind", categories=_categories(GROUNDS, grounds["kind"]), width_mm=0.2
        )
    here = {name: results.layers.get(name) for name in styles}
    return {
        name: (DocumentedLayer(frame, schema.columns(name)), styles[name])
        for name, frame in here.items()
        if frame is not None and len(frame)
    }


def plan_sheets(results: Results) -> Iterator[tuple[str, DocumentedLayer, str]]:
    """Key, rows and name of the index of each sheet of the workbook; blocks by their names."""
    labels = results.layers["blocks"]["label"].astype("str").to_dict()
    private = is_single_household(results.layers["buildings"])
    hidden = set(private.index[private])
    for plan, _ in _here(results):
        for name in plan.sheets:
            rows = _worded(plan, results.layers[name])
            # where no street is known there is no lamp to tell of
            if not len(rows) or ("luminaires" in rows and not rows["luminaires"].any()):
                continue
            # figures of a house would be those of one household
            rows = rows[~rows.index.isin(hidden)] if rows.index.name == "building_id" else rows
            if "block_id" in rows:
                rows = rows.assign(block_id=rows["block_id"].map(labels).fillna(""))
            shown = rows.rename(index=labels) if rows.index.name == "block_id" else rows
            shown = shown.rename(index=lambda code: _both(code, "code")) if rows.index.name == "street_class" else shown
            yield name, DocumentedLayer(shown, schema.columns(name)), str(rows.index.name)
