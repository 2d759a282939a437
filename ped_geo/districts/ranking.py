"""
Which candidates deserve the name, and which of them comes first: certainty and cost together.

A candidate is advised where its balance is not negative, its chance of that is at least ``[districts] min_probability``, and it has at
least ``min_residents`` residents and ``min_reference_area_m2`` of heated floor. Those that are come before those that are not; then
the least investment for each square metre over the chance comes first, what a square metre costs for each time that it succeeds. Groups that
stay negative come last, the nearest first.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.language import number, text
from ped_geo.study import Study

__all__ = ["FLOORS", "failure_words", "ranking"]

FLOORS = ("not_positive", "probability", "residents", "floor")
"""What a candidate may miss; words stand in the catalogue as ``ranking.fails.<floor>``."""


def ranking(candidates: pd.DataFrame, chances: pd.Series, study: Study) -> pd.DataFrame:
    """
    Place of each candidate, and which floors it misses.

    Parameters
    ----------
    candidates : DataFrame
        Layer ``candidates``.
    chances : Series
        Chance of a positive balance by ``candidate_id``; a candidate that is missing misses no floor of it. [-]
    study : Study
        Its section ``districts``.

    Returns
    -------
    DataFrame
        Layer ``ranking``, index ``candidate_id``, best first.
    """
    section = study.districts
    chance = chances.reindex(candidates.index).astype("float64")
    area = candidates["reference_area_m2"].astype("float64")
    misses = pd.DataFrame(
        {
            "not_positive": ~candidates["positive"].astype(bool),
            "probability": chance < section.min_probability,
            "residents": candidates["residents"] < section.min_residents,
            "floor": (area < section.min_reference_area_m2) if section.cover == "reference_area_m2" else False,
        },
        index=candidates.index,
        columns=list(FLOORS),
    )
    sure = chance.fillna(1.0).clip(lower=1e-3)
    ranked = pd.DataFrame(
        {
            "advised": ~misses.any(axis=1),
            "fails": [";".join(name for name in FLOORS if missed[name]) for missed in misses.to_dict("records")],
            "p_positive": chance,
            "cost_by_chance_per_m2": candidates["investment"] / area.where(area > 0) / sure,
        },
        index=candidates.index,
    ).astype({"advised": "bool", "fails": "str"})
    cost = ranked["cost_by_chance_per_m2"].where(~misses["not_positive"], np.inf).fillna(np.inf)
    order = np.lexsort((np.arange(len(ranked)), candidates["gap_kwh_m2a"].fillna(np.inf), cost, ~ranked["advised"]))
    ranked = ranked.iloc[order]
    ranked.insert(0, "place", np.arange(1, len(ranked) + 1, dtype=np.int64))
    return ranked


def failure_words(row: pd.Series, candidate: pd.Series, study: Study, lang: str) -> str:
    """
    Why a candidate is not advised, each floor with what it has and what it would need; empty where it is.

    Parameters
    ----------
    row : Series
        Row of the layer ``ranking``.
    candidate : Series
        Row of the layer ``candidates``.
    study : Study
        Its section ``districts``.
    lang : str
        ``pl`` or ``en``.
    """
    section = study.districts
    values = {
        "not_positive": {"value": number(candidate["gap_kwh_m2a"], lang, 1)},
        "probability": _shares(row["p_positive"], section.min_probability, lang),
        "residents": {"value": number(candidate["residents"], lang), "least": number(section.min_residents, lang)},
        "floor": {"value": number(candidate["reference_area_m2"], lang), "least": number(section.min_reference_area_m2, lang)},
    }
    return "; ".join(text(f"ranking.fails.{name}", lang, **values[name]) for name in str(row["fails"]).split(";") if name)


def _shares(value: float, least: float, lang: str) -> dict[str, str]:
    """A share below a least one in percent, with as many decimals as tell them apart."""
    digits = next((digits for digits in range(3) if round(100.0 * value, digits) < round(100.0 * least, digits)), 3)
    return {"value": number(100.0 * value, lang, digits), "least": number(100.0 * least, lang, digits)}
