"""
Train and score the odds over construction periods on places whose buildings have years.

    python scripts/train_period_odds.py STUDY.toml STUDY.toml ...

Every study names a place that needs no network; those without years are told and left out. The coefficients are those of a
multinomial logistic regression, drawn towards ``tables/period_form_practice.csv`` by a normal prior, every place weighing the
same. In another place a part of them holds, the one with which places left out are told best, none of them worse than by the
stock; another part holds where a place tells the shares of its own stock. Both are fitted to the places that they are scored on, being
one figure for all. Written are ``tables/period_form.csv`` and, with places held out, ``tables/period_odds_scores.csv`` and
``tables/period_odds_calibration.csv``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import log_softmax

from ped_geo import assumptions
from ped_geo.buildings.ages import known_form, told_period
from ped_geo.buildings.attributes import read_draft
from ped_geo.buildings.footprints import clean_footprints
from ped_geo.buildings.form import FORM, form_of
from ped_geo.buildings.neighbours import commonest_of_neighbours
from ped_geo.buildings.odds import (
    LEAST_SHARE,
    NEIGHBOURS,
    PERIODS,
    TRANSFER,
    TRANSFER_OF_SHARES,
    dated_shares,
    evidence_of_neighbours,
    left_to_form,
    odds_of,
    prior_shares,
    transferred,
)
from ped_geo.buildings.surroundings import tags_around, tags_inside
from ped_geo.buildings.uses import infer_use
from ped_geo.countries import FORM_ONLY, HOME, pack_or_form, shared_years
from ped_geo.crs import to_working_crs
from ped_geo.pipeline.run import fetch
from ped_geo.pipeline.whereabouts import settled, working_system
from ped_geo.study import Study, parse_study

TABLES = Path(assumptions.__file__).parent / "tables"
LOOSENESS = 0.35
"""Standard deviation of a coefficient around practice, of the values 0.2, 0.35 and 0.7 the one with the best held-out log loss."""
TRUST = 0.25
"""Standard deviation of the weight of the neighbours around its face value: places with few years ask for care."""
ALIKE = 10.0
"""Buildings that count as one: those of a development share its year, so that a place has far fewer cases than buildings."""
SEEDS = range(8)
UNHEATED = ("garage", "outbuilding")
PARTS = np.linspace(0.0, 1.0, 21)
"""Parts of the say of form that are tried for other places."""
FLOOR = 0.005
"""Least chance that a rule without odds is given for what it excludes, so that its log loss is finite."""


@dataclass(frozen=True)
class Place:
    """Buildings of one place with what is known of them; `period` is empty where no year is told."""

    name: str
    study: Study
    known: object
    period: np.ndarray
    form: np.ndarray

    @property
    def dated(self) -> np.ndarray:
        """Rows of heated buildings with a year."""
        return np.flatnonzero((self.period != "") & ~np.isin(self.known.use, UNHEATED))


def load(path: Path) -> Place:
    """A place with its features."""
    study = parse_study(path.read_text(encoding="utf-8"), name=path.stem, folder=path.resolve().parent)
    with tempfile.TemporaryDirectory() as root:
        raw = fetch(study, Path(root))
    epsg = working_system(settled(study, raw), raw)
    layers = {name: to_working_crs(getattr(raw, name), epsg, layer=name) for name in ("footprints", "areas", "points_of_interest")}
    clean, _ = clean_footprints(layers["footprints"], study)
    draft = read_draft(clean)
    inside = tags_inside(clean, layers["points_of_interest"])
    alone = [tags[0] if len(tags) == 1 else {} for tags in inside]
    use, _ = infer_use(draft, alone, tags_around(clean, layers["areas"]), study)
    known = known_form(draft, clean.geometry.to_numpy(), use, study)
    _, _, period, _ = told_period(draft, study.model_copy(update={"country": HOME}))
    return Place(path.stem, study, known, period, form_of(known, study)[list(FORM)].to_numpy())


def stock_of(place: Place) -> np.ndarray:
    """
    Shares of the country's stock for every building, in the learnt periods.

    Those that stand in the learnt periods go before the pack's: a class of a national typology may span several (all before 1965 in
    the Netherlands), and its years are not even, so that spread evenly five sixths of that one would be of before 1946.
    """
    country = place.study.country
    learnt = pack_or_form(FORM_ONLY).table("period_shares")["country"]
    periods_of = FORM_ONLY if country in set(learnt) else country
    return prior_shares(place.known.use, country, periods_of) @ shared_years(periods_of).T


def own_stock_of(place: Place) -> np.ndarray:
    """Shares of the place's own dated buildings, the same for all, as a census of the place would tell them."""
    shares = np.bincount(truth(place, place.dated), minlength=len(PERIODS)) / len(place.dated)
    shares = np.maximum(shares, LEAST_SHARE)
    return np.tile(shares / shares.sum(), (len(place.period), 1))


def seen_by(place: Place, shown: np.ndarray, stock: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prior shares, neighbours' evidence and form of every building when only the years of the rows `shown` are told; stock of the country or given."""
    told = np.zeros((len(place.period), len(PERIODS)))
    told[shown] = place.period[shown, None] == np.array(PERIODS)[None, :]
    prior = dated_shares(stock_of(place) if stock is None else stock, place.known.use, told, place.study)
    evidence, heard = evidence_of_neighbours(place.known, told, prior, place.study)
    return prior, evidence, place.form * left_to_form(heard, place.study)


def truth(place: Place, rows: np.ndarray) -> np.ndarray:
    """Number of the period of each row."""
    return pd.Index(PERIODS).get_indexer(place.period[rows])


def fit(examples: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> np.ndarray:
    """Coefficients from (prior, evidence, form, truth) of several places, every place weighing the same."""
    practice = assumptions.table("period_form_practice").set_index("feature")
    centre = practice.loc[list(FORM), list(PERIODS)].to_numpy(float)
    heaviest = np.mean([len(example[3]) for example in examples])
    weights = [heaviest / len(example[3]) / ALIKE for example in examples]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        own, trust = flat[:-1].reshape(centre.shape), flat[-1]
        value = 0.5 * np.sum((own - centre) ** 2) / LOOSENESS**2 + 0.5 * (trust - 1.0) ** 2 / TRUST**2
        slope, slope_trust = (own - centre) / LOOSENESS**2, (trust - 1.0) / TRUST**2
        for (prior, evidence, form, right), weight in zip(examples, weights, strict=True):
            logs = log_softmax(np.log(prior) + trust * evidence + form @ own, axis=1)
            value -= weight * logs[np.arange(len(right)), right].sum()
            wrong = np.exp(logs)
            wrong[np.arange(len(right)), right] -= 1.0
            slope = slope + weight * form.T @ wrong
            slope_trust += weight * np.sum(wrong * evidence)
        return value, np.append(slope.ravel(), slope_trust)

    found = minimize(loss, np.append(centre.ravel(), 1.0), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    own, trust = found.x[:-1].reshape(centre.shape), found.x[-1]
    return np.vstack([own - own.mean(axis=1, keepdims=True), np.full(len(PERIODS), trust)])


def example(place: Place, shown: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What `fit` takes: the rows as they look when `shown` are told."""
    prior, evidence, form = seen_by(place, shown)
    return prior[rows], evidence[rows], form[rows], truth(place, rows)


def halves(place: Place, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The dated buildings of a place in two random halves."""
    mixed = np.random.default_rng(seed).permutation(place.dated)
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def examples_of(place: Place, rows: np.ndarray, seed: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Training examples of the rows: once without any year told, once with the other half of them told."""
    mixed = np.random.default_rng([seed, 7]).permutation(rows)
    first, second = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
    return [example(place, rows[:0], rows), example(place, first, second), example(place, second, first)]


def one_hot(codes: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Odds of a rule that names one period and lets nothing else be."""
    found = np.full(prior.shape, FLOOR)
    found[np.arange(len(codes)), codes] = 1.0 - FLOOR * (len(PERIODS) - 1)
    return found


def commonest_rule(place: Place, shown: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rule that was: the commonest period of similar neighbours with years, else the commonest of the country."""
    told = np.full(len(place.period), "", dtype=object)
    told[shown] = place.period[shown]
    near = commonest_of_neighbours(
        place.known.xy, place.known.area, place.known.use, told,
        radius_m=place.study.assumed("building.neighbour_radius"), least=int(place.study.assumed("building.neighbour_least")),
    )  # fmt: skip
    return one_hot(pd.Index(PERIODS).get_indexer(np.where(near == "", "PL.03", near))[rows], np.zeros((len(rows), len(PERIODS))))


def scores(odds: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Log loss [nat] and accuracy of odds."""
    rows = np.arange(len(right))
    return {
        "log_loss": float(-np.log(np.maximum(odds[rows, right], 1e-12)).mean()),
        "accuracy": float((odds.argmax(axis=1) == right).mean()),
        "stated": float(odds.max(axis=1).mean()),
        "buildings": len(right),
    }


def compare(
    place: Place, shown: np.ndarray, rows: np.ndarray, weights: np.ndarray, stock: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Odds of every rule for the rows."""
    prior, evidence, form = seen_by(place, shown, stock)
    alone = np.exp(log_softmax(np.log(prior) + evidence, axis=1))
    commonest = np.full(len(rows), PERIODS.index("PL.03"))
    return {
        "form and neighbours": odds_of(form, evidence, prior, weights)[rows],
        "neighbours alone": alone[rows],
        "shares of the stock": prior[rows],
        "commonest neighbour": commonest_rule(place, shown, rows),
        "commonest of the country": one_hot(commonest, prior[rows]),
    }


Told = dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]]
"""Odds and truth by how the place was held out and by rule."""


def in_halves(place: Place, elsewhere: list, pooled: Told) -> None:
    """Half of the place held out, the other half trained on and told."""
    for seed in SEEDS:
        for shown, rows in (halves(place, seed), halves(place, seed)[::-1]):
            weights = fit(elsewhere + examples_of(place, shown, seed))
            for rule, odds in compare(place, shown, rows, weights).items():
                pooled.setdefault(("held-out half", rule), []).append((odds, truth(place, rows)))


def elsewhere_of(place: Place, places: list[Place]) -> list:
    """Training examples of all other places."""
    return [part for one in places if one is not place for part in examples_of(one, one.dated, 0)]


def sides(place: Place) -> list[tuple[np.ndarray, np.ndarray]]:
    """The dated buildings of a place west and east, and south and north of their middle: whole quarters without a year."""
    found = []
    for along in place.known.xy[place.dated].T:
        far = along > np.median(along)
        found += [(place.dated[~far], place.dated[far]), (place.dated[far], place.dated[~far])]
    return found


def transfer_part(places: list[Place], stock: Callable[[Place], np.ndarray]) -> float:
    """Part of form with the least summed log loss over places left out without a year, among those that leave none worse than the stock."""
    told = []
    for place in places:
        weights = fit(elsewhere_of(place, places))
        prior, evidence, form = seen_by(place, place.dated[:0], stock(place))
        odds = [odds_of(form, evidence, prior, transferred(weights, part, place.study.country))[place.dated] for part in PARTS]
        told.append([scores(found, truth(place, place.dated))["log_loss"] for found in odds])
    losses = np.array(told)
    fair = (losses <= losses[:, :1]).all(axis=0)
    return float(PARTS[np.where(fair, losses.sum(axis=0), np.inf).argmin()])


def left_out(place: Place, elsewhere: list, part: float, part_of_shares: float, pooled: Told) -> None:
    """The place held out, trained on the others; none of its years, the shares of its stock, one side and half of its years told."""
    learnt = fit(elsewhere)
    weights = transferred(learnt, part, place.study.country)
    of_shares = transferred(learnt, part_of_shares, place.study.country)
    for rule, odds in compare(place, place.dated[:0], place.dated, of_shares, own_stock_of(place)).items():
        pooled["place left out, shares of its stock told", rule] = [(odds, truth(place, place.dated))]
    for shown, rows in sides(place):
        for rule, odds in compare(place, shown, rows, weights).items():
            pooled.setdefault(("place left out, years of one side told", rule), []).append((odds, truth(place, rows)))
    for rule, odds in compare(place, place.dated[:0], place.dated, weights).items():
        pooled["place left out, no year told", rule] = [(odds, truth(place, place.dated))]
    for shown, rows in (halves(place, 0), halves(place, 0)[::-1]):
        for rule, odds in compare(place, shown, rows, weights).items():
            pooled.setdefault(("place left out, half of its years told", rule), []).append((odds, truth(place, rows)))


def held_out(places: list[Place], part: float, part_of_shares: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of every rule, and what was stated against what was right."""
    told: list[dict[str, object]] = []
    stated: dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]] = {}
    for place in places:
        elsewhere = elsewhere_of(place, places)
        pooled: Told = {}
        in_halves(place, elsewhere, pooled)
        if elsewhere:
            left_out(place, elsewhere, part, part_of_shares, pooled)
        for (how, rule), parts in pooled.items():
            odds, right = (np.concatenate(part) for part in zip(*parts, strict=True))
            told.append({"place": place.name, "how": how, "rule": rule, **scores(odds, right)})
            if rule == "form and neighbours":
                for name in ("all", place.name):
                    stated.setdefault((how, name), []).append((odds.max(axis=1), odds.argmax(axis=1) == right))
    return pd.DataFrame(told).round(4), calibration(stated)


def calibration(stated: dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]]) -> pd.DataFrame:
    """Share that was right by what was stated for the likeliest period, of all places and of each."""
    edges = np.array([0.0, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0001])
    rows = []
    for (how, place), parts in sorted(stated.items(), key=lambda one: one[0][1] != "all"):
        chance, right = (np.concatenate(part) for part in zip(*parts, strict=True))
        for low, high in pairwise(edges):
            inside = (chance >= low) & (chance < high)
            if inside.any():
                row = {
                    "how": how,
                    "place": place,
                    "from": low,
                    "to": min(high, 1.0),
                    "stated": chance[inside].mean(),
                    "right": right[inside].mean(),
                }
                rows.append({**row, "buildings": int(inside.sum())})
    return pd.DataFrame(rows).round(4)


def main(paths: list[str]) -> None:
    """Train on all places, score with each held out, write the tables."""
    places = []
    for path in paths:
        place = load(Path(path))
        print(f"{place.name}: {len(place.dated)} of {len(place.period)} buildings are heated and dated")
        if len(place.dated) >= 100:
            places.append(place)
    weights = fit([part for place in places for part in examples_of(place, place.dated, 0)])
    names = ", ".join(f"{place.name} ({len(place.dated)})" for place in places)
    parts = [transfer_part(places, stock) if len(places) > 1 else 0.0 for stock in (stock_of, own_stock_of)]
    rows = np.vstack([weights, *(np.full(len(PERIODS), part) for part in parts)]).round(3)
    names_of_rows = pd.Index([*FORM, NEIGHBOURS, TRANSFER, TRANSFER_OF_SHARES], name="feature")
    table = pd.DataFrame(rows, index=names_of_rows, columns=list(PERIODS))
    seen = np.abs(np.vstack([place.form[place.dated] for place in places])).sum(axis=0)
    counts = [f"{value:.0f} seen" for value in seen] + [
        "all",
        "places left out without a year",
        "places left out, shares of their stock told",
    ]
    table["source"] = [f"scripts/train_period_odds.py on {names}; {count}" for count in counts]
    table["confidence"] = ["read" if value >= 30 else "assumed" for value in seen] + ["read"] * 3
    score, curve = held_out(places, *parts)
    table.to_csv(TABLES / "period_form.csv")
    source = {"source": f"scripts/train_period_odds.py on {names}", "confidence": "read"}
    score.assign(**source).to_csv(TABLES / "period_odds_scores.csv", index=False)
    curve.assign(**source).to_csv(TABLES / "period_odds_calibration.csv", index=False)
    print(table[list(PERIODS)].to_string(), score.to_string(), curve.to_string(), sep="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
