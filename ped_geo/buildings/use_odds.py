r"""
Odds over uses for each building of which neither its tags nor what stands in and around it tell the use.

.. math:: \ln p_k = \lambda \sum_j x_j w_{jk} + c_k + \mathrm{const}

with hints :math:`x_j` (what a rule of thumb says, size, storeys, party walls, density, what the neighbours are), the coefficients of
``tables/use_form.csv`` and the part :math:`\lambda` with which places left out of the training are told best: a multinomial logistic
regression on places where most buildings have a told use, each of them blinded in halves (``scripts/train_use_odds.py``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo._rows import row_products
from ped_geo.buildings.form import Known, form_of
from ped_geo.buildings.words import use_of_tags

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Floats = NDArray[np.float64]

__all__ = ["HINTS", "TRANSFER", "USES", "class_of", "hints_of", "likeliest_use", "odds_of", "open_uses", "use_is_open"]

USES: Final = ("residential_single", "residential_multi", "other", "industrial", "outbuilding")
"""Kinds of use that are told apart; "other" stands for offices, shops, schools and all services, "outbuilding" for garages too."""

TRANSFER: Final = "transfer"
"""Row of the part of the hints' say that holds in places that nobody trained on."""

FORM_HINTS: Final = ("party_share", "small", "large", "elongated", "tall", "built_share", "regular")
SAID: Final = ("residential_single", "residential_multi", "other", "outbuilding")
"""What a rule of thumb may say."""

HINTS: Final = (
    "constant",
    *(f"said_{use}" for use in SAID),
    *("said_by_neighbours", "said_by_storeys", "tiny", "one_storey", "two_or_three_storeys"),
    *FORM_HINTS,
    *(f"near_{use}" for use in USES),
)
"""Columns of `hints_of`."""

RULES: Final = ("inferred: size", "inferred: storeys", "inferred: neighbours")
BY_ODDS: Final = "inferred: form and surroundings"
NEAREST: Final = 12
"""Neighbours of told use that are asked."""

KEPT: Final = 0.001
"""Chances below are left out of what is written down."""


def use_is_open(source: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether a use rests on a rule of thumb alone."""
    return np.isin(source.astype(str), RULES)


def class_of(use: NDArray[np.object_]) -> NDArray[np.int64]:
    """Place in `USES` of each use."""
    kinds = {"garage": "outbuilding", **{name: name for name in USES}}
    return np.array([USES.index(kinds.get(str(name), "other")) for name in use], dtype=np.int64)


def hints_of(known: Known, use: NDArray[np.object_], source: NDArray[np.object_], study: Study) -> Floats:
    """
    Hints on the use of each building, shape (n, 22), in the order of `HINTS`.

    Parameters
    ----------
    known : Known
        Form of the buildings.
    use, source : array of str
        From `ped_geo.buildings.uses.infer_use`; what a rule of thumb said is a hint, what is told informs the neighbours.
    study : Study
    """
    form = form_of(known, study)
    columns: dict[str, NDArray[Any]] = {"constant": np.ones(len(known))}
    columns |= {f"said_{name}": use.astype(str) == name for name in SAID}
    columns |= {"said_by_neighbours": source.astype(str) == RULES[2], "said_by_storeys": source.astype(str) == RULES[1]}
    columns["tiny"] = np.clip(np.log10(40.0 / np.maximum(known.area, 4.0)), 0.0, 1.0)
    columns |= {"one_storey": known.storeys <= 1.0, "two_or_three_storeys": (known.storeys > 1.0) & (known.storeys <= 3.0)}
    columns |= {name: form[name].to_numpy() for name in FORM_HINTS}
    near = _told_nearby(known, use, ~use_is_open(source), study)
    columns |= {f"near_{name}": near[:, place] for place, name in enumerate(USES)}
    return np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in HINTS])


def _told_nearby(known: Known, use: NDArray[np.object_], told: NDArray[np.bool_], study: Study) -> Floats:
    """Share of each kind among the nearest buildings of told use, over the kinds' mean; 0 where there are none, shape (n, 5)."""
    from scipy.spatial import cKDTree

    donors = np.flatnonzero(told)
    found = np.zeros((len(known), len(USES)))
    if not len(donors):
        return found
    kind = np.eye(len(USES))[class_of(use[donors])]
    count = min(NEAREST + 1, len(donors))
    reach = study.assumed("building.neighbour_radius")
    distance, nearest = cKDTree(known.xy[donors]).query(known.xy, k=count, distance_upper_bound=reach)
    distance, nearest = distance.reshape(len(known), -1), nearest.reshape(len(known), -1)
    seen = np.isfinite(distance)
    place = np.where(seen, nearest, 0)
    weight = (seen & (donors[place] != np.arange(len(known))[:, None])).astype("float64")
    heard = weight.sum(axis=1, keepdims=True)
    # one neighbour of the same weight for each kind, so that a single one does not tell for sure
    shares = (np.einsum("ij,ijk->ik", weight, kind[place]) + 1.0 / len(USES)) / (heard + 1.0)
    return np.where(heard > 0, shares - 1.0 / len(USES), 0.0)


def odds_of(hints: Floats, weights: Floats, part: float) -> Floats:
    """
    Odds over `USES` from hints and coefficients of which a part holds, shape (n, 5).

    Examples
    --------
    >>> odds_of(np.zeros((1, 22)), np.ones((22, 5)), 0.5).round(6).tolist()
    [[0.2, 0.2, 0.2, 0.2, 0.2]]
    """
    from scipy.special import softmax

    kept = np.where(np.arange(len(weights)) == 0, 1.0, part)[:, None]
    return np.asarray(softmax(row_products(hints, weights * kept), axis=1), dtype=np.float64)


def likeliest_of(odds: Floats) -> NDArray[np.int64]:
    """
    Place in `USES` of what is shown: whether it is heated is asked first, then the likeliest use of that kind.

    Examples
    --------
    >>> USES[likeliest_of(np.array([[0.28, 0.1, 0.17, 0.1, 0.35]]))[0]]
    'residential_single'
    """
    heated = odds[:, :-1].argmax(axis=1)
    return np.where(odds[:, -1] > odds[:, :-1].sum(axis=1), len(USES) - 1, heated)


def likeliest_use(
    known: Known, use: NDArray[np.object_], source: NDArray[np.object_], tags: list[dict[str, str]], study: Study
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.float64], NDArray[np.object_]]:
    """
    The likeliest use of each building, where it is known from, its probability, and the odds over `USES`.

    Parameters
    ----------
    known, use, source, study
        As for `hints_of`.
    tags : list of dict
        Tags of the buildings: where they tell that people live in one, its size alone tells a house from flats.

    Returns
    -------
    use, source : array of str
        Told uses stay; of the others the likeliest.
    probability : array, shape (n,)
        1 where the use is told. [0-1]
    odds : array of str
        The odds in JSON, the highest first; "" where the use is told.

    Notes
    -----
    Where less than ``building.least_told_uses`` of the buildings tell their use, shops do and homes do not. Such places were left out
    of the training, so nothing says how the odds would do there: the rules of thumb stay, with the share of buildings of which
    they were right in the places of ``tables/use_odds_scores.csv``.
    """
    open_ = use_is_open(source)
    open_[open_] = [not use_of_tags(tags[row]).use for row in np.flatnonzero(open_)]
    use, source = use.copy(), source.copy()
    probability, written = np.ones(len(use)), np.full(len(use), "", dtype=object)
    if not open_.any():
        return use, source, probability, written
    if np.mean(~use_is_open(source)) < study.assumed("building.least_told_uses"):
        return use, source, np.where(open_, _rule_of_thumb_right(), probability), written
    table = assumptions.table("use_form").set_index("feature")[list(USES)].astype("float64")
    odds = odds_of(hints_of(known, use, source, study), table.loc[list(HINTS)].to_numpy(), float(table[USES[0]][TRANSFER]))
    shown = likeliest_of(odds)
    changed = open_ & (class_of(use) != shown)
    use[changed], source[changed] = np.array(USES, dtype=object)[shown[changed]], BY_ODDS
    probability[open_] = odds[np.arange(len(use)), shown][open_]
    for row in np.flatnonzero(open_):
        order = np.argsort(-odds[row], kind="stable")
        written[row] = json.dumps({USES[place]: round(float(odds[row, place]), 3) for place in order if odds[row, place] >= KEPT})
    return use, source, probability, written


def _rule_of_thumb_right() -> float:
    """How often a rule of thumb was right, mean of the places where it was tried [0-1]."""
    scores = assumptions.table("use_odds_scores")
    return float(scores.loc[scores["rule"] == "rule of thumb", "accuracy"].astype(float).mean())


def open_uses(buildings: pd.DataFrame) -> pd.DataFrame:
    """
    Chances of the heated uses of the heated buildings whose use nobody tells.

    Parameters
    ----------
    buildings : DataFrame
        ``use_odds`` and ``heated`` of the layer ``buildings``; without odds every use is told.

    Returns
    -------
    DataFrame
        Columns `USES` but for the last, which is not heated; rows sum to one: whether a building is heated is decided by what is shown. [0-1]

    Examples
    --------
    >>> open_uses(pd.DataFrame({"use_odds": ['{"other": 0.6, "outbuilding": 0.4}', ""], "heated": True}))["other"].tolist()
    [1.0]
    """
    heated = list(USES[:-1])
    if "use_odds" not in buildings:
        return pd.DataFrame(columns=heated, index=buildings.index[:0], dtype="float64")
    written = buildings.loc[(buildings["use_odds"].astype("str") != "") & buildings["heated"].astype(bool), "use_odds"]
    chances = (
        pd.DataFrame([json.loads(text) for text in written], index=written.index).reindex(columns=heated).fillna(0.0).astype("float64")
    )
    return chances.div(chances.sum(axis=1), axis=0)
