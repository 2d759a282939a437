"""When a building was built: the year that a source tells, else odds over the construction periods of the typology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo.addresses import street_key
from ped_geo.buildings.attributes import Draft
from ped_geo.buildings.form import Known
from ped_geo.buildings.odds import period_odds
from ped_geo.buildings.tags import Bounds, parse_year
from ped_geo.buildings.uses import told_size
from ped_geo.buildings.words import is_said, meaning, roof_shapes
from ped_geo.countries import pack_or_form
from ped_geo.study import Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["infer_age", "known_form", "standing_by", "told_period"]

YEAR_KEYS: Final = ("start_date", "building:start_date", "construction_date", "year_of_construction")
HERITAGE_KEYS: Final = ("heritage", "ref:nid", "historic")
PLACE_KEYS: Final = ("addr:place", "addr:street")
SEEN_KEYS: Final = ("source:date", "survey:date", "check_date")
"""When a source or a mapper saw the building, which therefore stood by then."""


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
    odds[open_] = standing_by(odds, _seen(draft, study), study)[open_]
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


def standing_by(odds: NDArray[np.float64], year: NDArray[np.float64], study: Study) -> NDArray[np.float64]:
    """
    Odds of the periods, given that each building stood in some year: what was built later is excluded.

    Parameters
    ----------
    odds : array, shape (n, periods)
        Rows sum to one.
    year : array, shape (n,)
        Year in which the building was seen; NaN where nobody tells.
    study : Study
        Its country has the periods, within which every year is as likely as another; the last ends with ``dating.stock_year``, the year of
        the country's shares.

    Examples
    --------
    Of the years from 2009 to 2016 a building that stood in 2012 leaves four out of eight, one that stood in 2004 none:

    >>> from ped_geo.study import Study
    >>> odds = np.array([[0.5, 0, 0, 0, 0, 0, 0.5]] * 2)
    >>> standing_by(odds, np.array([2012.0, 2004.0]), Study(name="x", country="PL"))[:, 6].round(4).tolist()
    [0.3333, 0.0]
    """
    periods = pack_or_form(study.country).periods
    first = np.array([period.first for period in periods])
    last = np.minimum([period.last for period in periods], np.maximum(first, study.assumed("dating.stock_year")))
    with np.errstate(invalid="ignore"):
        part = np.clip((year[:, None] - first + 1.0) / (last - first + 1.0), 0.0, 1.0)
    # an open beginning has no first year to count from: it holds whatever stood
    left = odds * np.where(np.isnan(year)[:, None], 1.0, np.where(np.isfinite(first), part, 1.0))
    total = left.sum(axis=1, keepdims=True)
    return np.divide(left, total, out=odds.copy(), where=total > 0)


def _seen(draft: Draft, study: Study) -> NDArray[np.float64]:
    """Earliest year in which a source or mapper saw each building; NaN where none tells one."""
    bounds = Bounds(study.assumed("building.year_min"), study.assumed("building.year_max"))
    told = [[parse_year(tags[key], bounds)[0] for key in SEEN_KEYS if key in tags] for tags in draft.tags]
    return np.array([min((year for year in years if year == year), default=np.nan) for years in told])


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
        np.array([street_key(pd.Series([tags.get(key, "") for tags in draft.tags], dtype="str")) for key in PLACE_KEYS], dtype=object).T,
    )
