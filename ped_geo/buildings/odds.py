r"""
Odds over the construction periods of the typology for each building whose year nobody tells.

.. math:: \ln p_k = \ln \pi_k + \beta\,n_k + \frac{\lambda}{1 + \rho N} \sum_j x_j w_{jk} + \mathrm{const}

with the share :math:`\pi_k` of the period among the buildings of the country and of those dated here, the evidence
:math:`n_k` of :math:`N` dated neighbours, the features of form :math:`x_j`, and the coefficients of ``tables/period_form.csv``: a
multinomial logistic regression whose coefficients are drawn towards what is known of building practice. Form counts less the more neighbours are dated,
since they mostly look alike and have told it already, and less in a place than where it was learned: :math:`\lambda` is the part with which places
left out of the training are told best, none of them worse than by the stock alone, and is another one where the place tells shares of its own;
what is the country's own practice (systems of large panels, tenements, monuments) is not carried from elsewhere and counts whole. What a country's or a
city's stock is made of so stands apart from what a form tells, and either can be replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo._rows import row_products
from ped_geo.buildings.form import FORM, Known, form_of, own_practice
from ped_geo.countries import HOME, pack, pack_or_form, shared_years
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Floats = NDArray[np.float64]

__all__ = [
    "NEIGHBOURS",
    "PERIODS",
    "TRANSFER",
    "TRANSFER_OF_SHARES",
    "coefficients",
    "dated_shares",
    "evidence_of_neighbours",
    "left_to_form",
    "odds_of",
    "period_odds",
    "prior_shares",
    "transferred",
]

PERIODS: Final = pack(HOME).period_codes
"""Periods in which the coefficients are learnt."""

NEIGHBOURS: Final = "neighbours"
"""Row of the coefficients that weighs the dated neighbours."""

TRANSFER: Final = "transfer"
"""Row of the part of the features' say that holds in places that nobody trained on."""

TRANSFER_OF_SHARES: Final = "transfer_of_shares"
"""Row of that part where the place tells the shares of its own stock, which say already what much of the form would."""

LEAST_SHARE: Final = 0.001
"""No period is so rare that a single house could not be of it."""

FADING: Final = 3
"""Power with which a neighbour's say fades with distance: the next house tells much, the next street little, but not nothing."""

_NEAREST: Final = 24
_KINDS: Final = {
    "residential_single": "single",
    "residential_multi": "multi",
    **dict.fromkeys(("school", "kindergarten"), "education"),
    "health": "health",
    "office": "office",
    "retail": "trade",
    "supermarket": "supermarket",
}
"""Kind of the stock by use; "other" where none is named or the country has no shares of its own."""


def period_odds(known: Known, period: NDArray[np.object_], study: Study, census: pd.DataFrame | None = None) -> Floats:
    """
    Odds of every construction period for every building.

    Parameters
    ----------
    known : Known
    period : array of str, shape (n,)
        Period of the dated buildings, "" where the year is not told.
    study : Study
        Its country and assumptions.
    census : DataFrame, optional
        Layer ``census``: numbers by ``place``, ``kind`` and ``construction_period``; what stands at a named estate or street has its numbers,
        else those of the whole place; kinds that it does not tell have the country's shares.

    Returns
    -------
    array, shape (n, periods)
        In the order of the country's periods; rows sum to one, those of dated buildings hold a single 1.
    """
    told = np.stack([period == code for code in pack_or_form(study.country).period_codes], axis=1).astype("float64")
    open_ = period == ""
    if open_.any():
        given, own = _stock(known, study, census)
        prior = dated_shares(given, known.use, told, study)
        evidence, heard = evidence_of_neighbours(known, told, prior, study)
        form = form_of(known, study)[list(FORM)].to_numpy() * left_to_form(heard, study)
        for rows, of_shares in ((open_ & ~own, False), (open_ & own, True)):
            told[rows] = odds_of(form[rows], evidence[rows], prior[rows], coefficients(study.country, of_shares=of_shares))
    return told


def coefficients(country: str = HOME, *, of_shares: bool = False) -> Floats:
    """
    Coefficients of the features `FORM`, as far as they hold elsewhere, and, in the last row, of the neighbours' evidence.

    Parameters
    ----------
    country : str
    of_shares : bool
        Whether the place tells the shares of its own stock.

    Returns
    -------
    array
        Shape (22, periods of the country). A period of a country says of a form what the learnt periods say, in proportion to the
        years that they share.
    """
    table = assumptions.table("period_form").set_index("feature")[list(PERIODS)].astype("float64")
    learnt = table.loc[[*FORM, NEIGHBOURS]].to_numpy()
    return transferred(learnt, float(table[PERIODS[0]][TRANSFER_OF_SHARES if of_shares else TRANSFER]), country) @ shared_years(country)


def transferred(weights: Floats, part: float, country: str) -> Floats:
    """
    Coefficients of which a part holds in places that nobody trained on.

    What tells a practice of the building's own country is not carried from elsewhere, and neither is what neighbours tell: both stay whole.

    Examples
    --------
    >>> transferred(np.ones((22, 7)), 0.6, "PL")[[0, FORM.index("panel_slab"), -1], 0].tolist()
    [0.6, 1.0, 1.0]
    """
    own = [name in own_practice(country) for name in FORM]
    return weights * np.append(np.where(own, 1.0, part), 1.0)[:, None]


def odds_of(form: Floats, evidence: Floats, prior: Floats, weights: Floats) -> Floats:
    """
    Odds from features, evidence of neighbours and prior shares, shape (n, periods).

    Examples
    --------
    A building of which nothing is known has the shares of the stock:

    >>> stock = np.array([[0.4, 0.3, 0.1, 0.05, 0.05, 0.05, 0.05]])
    >>> odds_of(np.zeros((1, 21)), np.zeros((1, 7)), stock, np.ones((22, 7))).round(6).tolist() == stock.tolist()
    True
    """
    from scipy.special import softmax

    return softmax(np.log(prior) + evidence * weights[-1] + row_products(form, weights[:-1]), axis=1)


def prior_shares(use: NDArray[np.object_], country: str, periods_of: str = "") -> Floats:
    """
    Shares of the periods in the stock of a country, by kind of building, shape (n, periods); those of all Europe where a country has none.

    Parameters
    ----------
    use : array of str, shape (n,)
    country : str
    periods_of : str
        Pack in whose periods the shares are told, the country's own where it is empty.

    Examples
    --------
    >>> prior_shares(np.array(["worship"], dtype=object), "PL").round(2).tolist()
    [[0.3, 0.24, 0.22, 0.08, 0.08, 0.02, 0.05]]
    """
    own = pack_or_form(periods_of or country)
    table = own.table("period_shares").set_index(["country", "kind"])[list(own.period_codes)].astype("float64")
    told = table.index.get_level_values("country")
    shares = pd.DataFrame(table.loc[country if country in told else own.code])
    shares = shares.div(shares.sum(axis=1), axis=0)
    kinds = pd.Series(_kinds(use))
    return shares.loc[kinds.where(kinds.isin(shares.index), "other")].to_numpy()


def _stock(known: Known, study: Study, census: pd.DataFrame | None) -> tuple[Floats, NDArray[np.bool_]]:
    """Shares of the stock for each building, the country's unless the place tells its own, and whether it does."""
    codes, shares = pack_or_form(study.country).period_codes, study.buildings.period_shares
    if shares:
        return _given_shares(shares, len(known), len(codes)), np.ones(len(known), dtype=bool)
    stock, own = prior_shares(known.use, study.country).copy(), np.zeros(len(known), dtype=bool)
    if census is None or census.empty:
        return stock, own
    kind = _census_kind(known.use)
    # the whole place, whose name is empty, comes first, so that an estate's own numbers go before it
    for (place, name), mine in census.groupby([census["place"].astype("str"), census["kind"].astype("str")], sort=True):
        rows = (kind == name) & ((known.named == place).any(axis=1) | (place == ""))
        numbers = mine.set_index(mine["construction_period"].astype("str"))["number"].reindex(list(codes)).fillna(0.0)
        stock[rows], own[rows] = _given_shares(tuple(numbers), int(rows.sum()), len(codes)), True
    return stock, own


def _census_kind(use: NDArray[np.object_]) -> NDArray[np.object_]:
    """Kind of a census that each use belongs to: houses, flats, and all else."""
    return np.array([kind if kind in {"single", "multi"} else "other" for kind in _kinds(use)], dtype=object)


def _given_shares(shares: tuple[float, ...], count: int, periods: int) -> Floats:
    """Shares that the study gives, the same for every kind of building; a share of nought leaves a building in a thousand."""
    if len(shares) != periods:
        raise StudyError(Sentence("error.buildings_period_shares_holds_numbers_must", count=len(shares), periods=periods))
    given = np.maximum(np.array(shares) / sum(shares), LEAST_SHARE)
    return np.tile(given / given.sum(), (count, 1))


def _kinds(use: NDArray[np.object_]) -> NDArray[np.object_]:
    """Kind of the stock that each use belongs to."""
    return np.array([_KINDS.get(str(name), "other") for name in use], dtype=object)


def dated_shares(prior: Floats, use: NDArray[np.object_], told: Floats, study: Study) -> Floats:
    """
    Prior shares after the dated buildings of the place are counted, by kind of building.

    Parameters
    ----------
    prior : array, shape (n, periods)
        Shares of the country.
    use : array of str, shape (n,)
    told : array, shape (n, periods)
        A single 1 in the rows of dated buildings, 0 elsewhere.
    study : Study
        ``dating.stock_weight``: how many dated buildings weigh as much as the country's shares.

    Notes
    -----
    Dated buildings count for the undated only in the proportion in which buildings are dated at all: mappers date what is new or old, in
    one quarter rather than another, so that few years say little of the rest.
    """
    weight = study.assumed("dating.stock_weight")
    kind = _kinds(use)
    counted = prior * weight
    for name in set(kind.tolist()):
        rows = kind == name
        counted[rows] += told[rows].sum(axis=0) * told[rows].any(axis=1).mean()
    return counted / counted.sum(axis=1, keepdims=True)


def evidence_of_neighbours(known: Known, told: Floats, prior: Floats, study: Study) -> tuple[Floats, Floats]:
    r"""
    Logarithm of what dated neighbours make of the shares, over the shares: 0 where there are none.

    Returns
    -------
    evidence : array, shape (n, periods)
    heard : array, shape (n,)
        Dated neighbours that count, as the sum of their weights.

    Notes
    -----
    A neighbour counts :math:`s / (1 + (d/L)^3)` buildings: less with the distance, and less where its footprint or its storeys differ. The
    shares weigh as ``dating.neighbour_prior`` buildings.
    """
    from scipy.spatial import cKDTree

    donors = np.flatnonzero(told.any(axis=1))
    if not len(donors):
        return np.zeros_like(told), np.zeros(len(told))
    reach = study.assumed("building.neighbour_radius")
    count = min(_NEAREST + 1, len(donors))
    distance, nearest = cKDTree(known.xy[donors]).query(known.xy, k=count, distance_upper_bound=reach)
    distance, nearest = distance.reshape(len(known), -1), nearest.reshape(len(known), -1)
    near = np.isfinite(distance)
    donor = donors[np.where(near, nearest, 0)]
    size = np.exp(-np.abs(np.log(np.maximum(known.area, 1.0)[donor] / np.maximum(known.area, 1.0)[:, None])))
    differs = np.abs(known.storeys[donor] - known.storeys[:, None])
    storeys = np.where(np.isnan(differs), 1.0, np.exp(-np.maximum(differs - 1.0, 0.0) / 2.0))
    fits = near & (donor != np.arange(len(known))[:, None])
    apart = np.where(near, distance, 0.0) / study.assumed("dating.neighbour_distance")
    weight = np.where(fits, size * storeys / (1.0 + apart**FADING), 0.0)
    counts = np.einsum("ij,ijk->ik", weight, told[donor])
    kept = study.assumed("dating.neighbour_prior")
    heard = counts.sum(axis=1)
    shares = (kept * prior + counts) / (kept + heard[:, None])
    return np.log(shares / prior), heard


def left_to_form(heard: Floats, study: Study) -> Floats:
    """Part of the features' say that is left where neighbours are dated, shape (n, 1)."""
    return 1.0 / (1.0 + study.assumed("dating.form_told_by_neighbour") * heard[:, None])
