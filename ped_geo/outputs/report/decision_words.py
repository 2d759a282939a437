"""Numbers and names as the sentences of the decision write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.language import number, text
from ped_geo.outputs.figures import FIGURES, is_heated
from ped_geo.outputs.tables import variant_name
from ped_geo.plans.recommendation import DISTRICT

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results

__all__ = ["balance_words", "bound_words", "district_ways", "kwh_price", "millions", "most_for_a_kwh", "way_figures", "way_name"]


def district_ways(results: Results) -> pd.DataFrame | None:
    """Rows of the layer ``recommendation`` for the whole place, indexed by variant; None where nothing is heated or no way was compared."""
    table = results.layers.get("recommendation")
    if table is None or not is_heated(results):
        return None
    return table[table["group_id"] == DISTRICT].set_index("variant")


def way_name(results: Results, key: str, lang: str) -> str:
    """Name of a variant by its key."""
    return next(variant_name(variant, lang) for variant in results.study.variants if variant.key == key)


def balance_words(row: pd.Series, lang: str) -> str:
    """Balance of a way, with its sign [kWh/(m²·a)]."""
    return FIGURES["balance"].words(row["balance_kwh_m2a"], lang)


def millions(amount: float, lang: str) -> str:
    """An amount of money [millions]."""
    return FIGURES["investment"].words(FIGURES["investment"].told(amount), lang)


def way_figures(results: Results, row: pd.Series, lang: str) -> dict[str, str]:
    """Name, balance, investment and net present value of a way, for a sentence."""
    figures = {name: millions(row[name], lang) for name in ("investment", "npv")}
    return figures | {"variant": way_name(results, str(row.name), lang), "balance": balance_words(row, lang)}


def most_for_a_kwh(results: Results) -> float:
    """What a further kilowatt-hour a year may cost net over the years."""
    return results.study.assumed("finance.balance_worth")


def kwh_price(amount: float, lang: str) -> str:
    """Money for a kilowatt-hour, with its hundredths."""
    return number(amount, lang, 2)


def bound_words(results: Results, lang: str) -> str:
    """Whether `most_for_a_kwh` is an assumption or the district file's own."""
    return text(f"decision.bound.{'own' if 'finance.balance_worth' in results.study.overrides else 'assumed'}", lang)
