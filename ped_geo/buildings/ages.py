"""When a building was built: the year that a source tells, else odds over the construction periods of the typology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ped_geo.buildings.attributes import Draft
from ped_geo.buildings.form import Known
from ped_geo.buildings.odds import period_odds
from ped_geo.buildings.tags import Bounds, parse_year
from ped_geo.buildings.uses import told_size
from ped_geo.buildings.words import is_said, meaning, roof_shapes
from ped_geo.countries import pack_or_form
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["infer_age", "known_form", "told_period"]

YEAR_KEYS: Final = ("start_date", "building:start_date", "construction_date", "year_of_construction")
HERITAGE_KEYS: Final = ("heritage", "ref:nid", "historic")


def infer_age(
    draft: Draft, shapes: NDArray[np.object_], use: NDArray[np.object_], study: Study, census: pd.DataFrame | None = None
) -> tuple[dict[str, NDArray[np.object_]], NDArray[np.float64]]:
    """
    Year and TABULA construction period; order: tag, study, odds from form and dated neighbours.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings.
    shapes : array of Polygon
        Their footprints, metres.
    use : array of str
        Use of each building.
    study : Study
        Settings.
    census : DataFrame, optional
        See `ped_geo.buildings.odds.period_odds`.

    Returns
    -------
    columns : dict
        ``construction_year`` (NaN where unknown), ``construction_period``, the likeliest, with its
        ``construction_period_probability``, and their ``_source`` columns.
    odds : array, shape (n, periods)
        Of every period; see `ped_geo.buildings.odds.period_odds`.
    """
    year, year_source, period, source = told_period(draft, study)
    open_ = period == ""
    odds = period_odds(known_form(draft, shapes, use, study), period, study, census)
    period[open_] = np.array(pack_or_form(study.country).period_codes, dtype=object)[odds.argmax(axis=1)][open_]
    source[open_] = "inferred: form and dated neighbours"
    columns = {
        "construction_year": year,
        "construction_year_source": year_source,
        "construction_period": period,
        "construction_period_probability": odds.max(axis=1),
        "construction_period_source": source,
    }
    return columns, odds


def told_period(draft: Draft, study: Study) -> tuple[NDArray[np.float64], NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    """Year, its source, and the period that a tag or else the study tells, with its source; NaN and "" where nobody does."""
    bounds = Bounds(study.assumed("building.year_min"), study.assumed("building.year_max"))
    year, year_source = draft.numbers(YEAR_KEYS, parse_year, bounds)
    known = np.isfinite(year)
    period = np.where(known, pack_or_form(study.country).period_of(np.where(known, year, 0.0)), "")
    source = np.where(known, year_source, "").astype(object)
    if study.buildings.construction_period:
        period[~known], source[~known] = study.buildings.construction_period, "inferred: study"
    return year, year_source, period, source


def known_form(draft: Draft, shapes: NDArray[np.object_], use: NDArray[np.object_], study: Study) -> Known:
    """What is told of each building before its age is inferred."""
    roof = [tags.get("roof:shape", tags.get("building:roof:shape", "")) for tags in draft.tags]
    size = told_size(draft, study)
    by_height = np.round(np.where(np.isfinite(size.eaves_m), size.eaves_m, size.height_m) / study.assumed("building.storey_of_told_height"))
    return Known(
        shapes,
        use,
        np.where(np.isfinite(size.storeys), size.storeys, np.maximum(by_height, 1.0)),
        np.array([meaning(text, roof_shapes()).value for text in roof], dtype=object),
        np.array([any(is_said(tags, key) for key in HERITAGE_KEYS) for tags in draft.tags]),
    )
