"""
Types of blocks by rule, so that a council can read why a block is called what it is called.

Each type has a use that must hold and bounds of form and age. Of the types whose use holds, that one counts whose bounds the block meets
best: the mean distance to them in ranges of the features, an estimated age counting as little as it does elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.language import number, text
from ped_geo.quarters.features import TOLD, feature_table

if TYPE_CHECKING:
    from ped_geo.study import Study

__all__ = ["NO_HEAT", "NO_TYPE", "block_types", "type_reasons", "value_words"]

NO_TYPE, NO_HEAT = "mixed_quarter", "unheated"
PERCENT = 100.0
SMALL = 1e-9

MET: Final = 1e-3
"""Distance to a bound, in ranges of the feature, that rounding makes [-]."""


@cache
def _criteria() -> pd.DataFrame:
    """Bounds of all types in the order of the table, with the range of each feature."""
    table, features = assumptions.table("quarter_types"), feature_table()
    span = (features["high"] - features["low"]).reindex(table["feature"]).to_numpy()
    told = features["told_by"].reindex(table["feature"]).map(TOLD).to_numpy()
    return table.assign(span=span, told=told, must=table["must"] == "yes")


def _outside(values: pd.Series, row: pd.Series) -> pd.Series:
    """How far values lie outside bounds, in ranges of the feature, at most 1; missing where the value is [-]."""
    low = -np.inf if pd.isna(row["low"]) else float(row["low"])
    high = np.inf if pd.isna(row["high"]) else float(row["high"])
    away = pd.Series(np.maximum(low - values, values - high), index=values.index) / float(row["span"])
    return away.where((away > MET) | away.isna(), 0.0).clip(upper=1.0)


def _distances(features: pd.DataFrame, criteria: pd.DataFrame, inferred: float) -> pd.DataFrame:
    """Mean distance of each block to the bounds of each type; not a number where its use does not hold [-]."""
    found = {}
    for kind, rows in criteria.groupby("type", sort=False):
        held = pd.Series(data=True, index=features.index)
        total, weight = pd.Series(0.0, index=features.index), pd.Series(0.0, index=features.index)
        for _, row in rows.iterrows():
            away = _outside(features[row["feature"]], row)
            if row["must"]:
                held &= away == 0.0
                continue
            sure = inferred + (1.0 - inferred) * features[row["told"]].fillna(0.0) if isinstance(row["told"], str) else 1.0
            mine = away.notna() * sure
            total, weight = total + (away * sure).fillna(0.0), weight + mine
        found[str(kind)] = (total / weight.where(weight > 0.0)).fillna(0.0).where(held)
    return pd.DataFrame(found)


def block_types(features: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Type of each block by rule, how far it is from the bounds, and the next type.

    Parameters
    ----------
    features : DataFrame, index ``block_id``
        Layer ``block_features``.
    study : Study
        Weight of estimated attributes and the distance up to which a block counts to a type are assumptions.

    Returns
    -------
    DataFrame, index ``block_id``
        Layer ``block_types`` without its reasons, which `type_reasons` tells.
    """
    criteria = _criteria()
    away = _distances(features, criteria, study.assumed("quarters.inferred_weight"))
    # equal distances go to the type that stands first, and rounding decides nothing
    order = away.round(9).fillna(np.inf).to_numpy()
    ranked = np.argsort(order, axis=1, kind="stable")
    rows = np.arange(len(away))
    best, best_away = away.columns.to_numpy()[ranked[:, 0]], order[rows, ranked[:, 0]]
    next_, next_away = away.columns.to_numpy()[ranked[:, 1]], order[rows, ranked[:, 1]]
    heated = features["heat_need_kwh_m2a"].notna().to_numpy()
    fits = best_away <= study.assumed("quarters.type_tolerance") + SMALL
    nearest = pd.Series(np.where(np.isfinite(best_away), best, ""), index=features.index, dtype="str")
    return pd.DataFrame(
        {
            "block_type": pd.Series(np.where(~heated, NO_HEAT, np.where(fits, best, NO_TYPE)), index=features.index, dtype="str"),
            "type_distance": np.where(np.isfinite(best_away) & heated, best_away, np.nan),
            "nearest_type": nearest.where(heated, ""),
            "next_type": pd.Series(np.where(np.isfinite(next_away) & heated, next_, ""), index=features.index, dtype="str"),
        },
        index=features.index,
    )


def type_reasons(types: pd.DataFrame, features: pd.DataFrame, lang: str) -> pd.Series:
    """
    What was compared with which bounds, as a sentence for each block.

    Parameters
    ----------
    types, features : DataFrame, index ``block_id``
        As `block_types` and `ped_geo.quarters.features.block_features` give them.
    lang : str
        ``pl`` or ``en``.
    """
    rules: dict[str, list[_Rule]] = {}
    table = _criteria()
    edges = table[["low", "high", "span"]].to_numpy(dtype="float64")
    for kind, feature, (low, high, span) in zip(table["type"], table["feature"], edges.tolist(), strict=True):
        rules.setdefault(str(kind), []).append(_Rule(str(feature), low, high, span, lang))
    values = features.to_dict("index")
    said = [_reason(row, values[row.Index], rules, lang) for row in types.itertuples()]
    return pd.Series(said, index=types.index, dtype="str")


@dataclass(frozen=True)
class _Rule:
    """A bound of a type; missing ends are not numbers."""

    feature: str
    low: float
    high: float
    span: float
    lang: str

    @cached_property
    def bounds(self) -> str:
        """Such as “0.13–0.20”."""
        low, high = value_words(self.feature, self.low, self.lang), value_words(self.feature, self.high, self.lang)
        if np.isnan(self.low):
            return text("quarter.at_most", self.lang, value=high)
        if np.isnan(self.high):
            return text("quarter.at_least", self.lang, value=low)
        number_of_low = low.removesuffix(_unit(self.feature, self.lang)).removesuffix("\u00a0").removesuffix("%")
        return f"{number_of_low}–{high}"

    def met(self, value: float) -> bool:
        """Whether a value lies within."""
        slack = MET * self.span
        return not (value < self.low - slack or value > self.high + slack)

    def words(self, value: float) -> str:
        """Such as “GSI: 0.17 (0.13–0.20)”."""
        label = schema.columns("block_features")[self.feature].label(self.lang)
        return f"{label}: {value_words(self.feature, value, self.lang)} ({self.bounds})"


def _reason(row: Any, block: Mapping[Any, float], rules: Mapping[str, list[_Rule]], lang: str) -> str:
    if row.block_type == NO_HEAT:
        return text("quarter.reason.unheated", lang)
    if not row.nearest_type:
        return text("quarter.reason.no_use", lang)
    known = [(rule, float(block[rule.feature])) for rule in rules[row.nearest_type] if np.isfinite(block[rule.feature])]
    met = [rule.words(value) for rule, value in known if rule.met(value)]
    missed = [rule.words(value) for rule, value in known if not rule.met(value)]
    key = "nearest" if row.block_type == NO_TYPE else "some" if missed else "all"
    words = {"type": text(f"code.{row.nearest_type}", lang), "met": "; ".join(met) or "–", "missed": "; ".join(missed)}
    return text(f"quarter.reason.{key}", lang, **words)


def value_words(name: str, value: float | None, lang: str) -> str:
    """
    Value of a feature as people read it, shares in per cent.

    Examples
    --------
    >>> value_words("use_flats", 0.874, "en"), value_words("construction_year", 1971.6, "en"), value_words("fsi", 1.02, "pl")
    ('87%', '1972', '1,02')
    """
    if value is None or not np.isfinite(value):
        return "–"
    if name == "construction_year":
        return str(round(value))
    row = feature_table().loc[name]
    if row["kind"] == "share" or name.endswith("_share"):
        return f"{number(value * PERCENT, lang)}%"
    digits = 2 if row["high"] <= 5 else 1 if row["high"] <= 15 else 0
    unit = _unit(name, lang)
    return number(value, lang, digits) + (f"\u00a0{unit}" if unit else "")


def _unit(name: str, lang: str) -> str:
    unit = schema.columns("block_features")[name].unit
    return text("quarter.unit.energy", lang) if unit == "kWh/(m²·a)" else unit.removeprefix("-")
