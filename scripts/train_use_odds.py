"""
Train and score the odds over uses on places where most buildings have a told use.

    python scripts/train_use_odds.py STUDY.toml STUDY.toml ...

Every study names a place that needs no network. The told buildings of a place are blinded in halves: one half is asked, with nothing
but its form, the other informs its neighbours. Places where less than `LEAST_TOLD` of the buildings are told are left out, since
mappers type what stands out. Every place weighs the same. Written are ``tables/use_form.csv`` and, with every place left out of the
training in turn and with half of it held out, ``tables/use_odds_scores.csv`` and ``tables/use_odds_calibration.csv``. The part of the
hints' say that holds elsewhere is found, for each place that is scored, with the other places alone.
"""

from __future__ import annotations

import copy
import sys
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import log_softmax

from ped_geo import assumptions
from ped_geo.buildings.ages import known_form
from ped_geo.buildings.attributes import read_draft
from ped_geo.buildings.footprints import clean_footprints
from ped_geo.buildings.use_odds import HINTS, TRANSFER, USES, class_of, hints_of, odds_of
from ped_geo.buildings.uses import infer_use
from ped_geo.buildings.words import use_of_tags, word
from ped_geo.crs import to_working_crs
from ped_geo.pipeline.run import fetch
from ped_geo.pipeline.whereabouts import settled, working_system
from ped_geo.study import parse_study

TABLES = Path(assumptions.__file__).parent / "tables"
LEAST_TOLD = assumptions.scalar("building.least_told_uses").value
LOOSENESS = 1.0
"""Standard deviation of a coefficient around nought."""
ALIKE = 10.0
"""Buildings that count as one: those of a street or an estate are alike."""
SIZE_TAGS = ("building:levels", "levels", "height", "building:height", "est_height", "roof:height", "roof:shape", "building:roof:shape")
PARTS = np.linspace(0.0, 1.0, 21)
"""Parts of the hints' say that are tried. Above 1, surer than where it was learnt, other places choose 1.1 to 1.2 and three of five are told worse."""
FLOOR = 0.01
"""Least chance that a rule without odds is given for what it excludes, so that its log loss is finite."""
SEEDS = range(2)


@dataclass(frozen=True)
class Asked:
    """Blinded buildings of a place: hints, the uses that the truth allows, and what the rule of thumb says."""

    hints: np.ndarray
    truth: np.ndarray
    said: np.ndarray


@dataclass(frozen=True)
class Place:
    """Both halves of a place, for every seed; and each half by itself, its quarters asked of each other, as if the other half were unknown."""

    halves: list[Asked]
    within: list[list[Asked]]
    share: float

    @property
    def count(self) -> int:
        """Buildings of told use."""
        return sum(len(one.truth) for one in self.halves) // len(SEEDS)


def load(path: Path) -> Place:
    """The blinded halves of a place, and the share of its buildings that are told."""
    study = parse_study(path.read_text(encoding="utf-8"), name=path.stem, folder=path.resolve().parent)
    with tempfile.TemporaryDirectory() as root:
        raw = fetch(study, Path(root))
    study = settled(study, raw)
    clean, _ = clean_footprints(to_working_crs(raw.footprints, working_system(study, raw), layer="footprints"), study)
    draft = read_draft(clean)
    shapes = clean.geometry.to_numpy()
    use = np.array([use_of_tags(tags).use for tags in draft.tags], dtype=object)
    told = np.flatnonzero(use != "")

    def asked(rows: np.ndarray, unknown: np.ndarray) -> Asked:
        blind = copy.deepcopy(draft)
        for row in unknown:
            blind.tags[row] = {key: text for key, text in draft.tags[row].items() if key in SIZE_TAGS} | {"building": "yes"}
        nothing = [{}] * len(draft.tags)
        said, source = infer_use(blind, nothing, nothing, study)
        hints = hints_of(known_form(blind, shapes, said, study), said, source, study)
        return Asked(hints[rows], truth(draft.tags, use, rows), class_of(said[rows]))

    halves: list[Asked] = []
    within: list[list[Asked]] = []
    for seed in SEEDS:
        mixed = np.random.default_rng(seed).permutation(told)
        for held, kept in ((mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]), (mixed[len(mixed) // 2 :], mixed[: len(mixed) // 2])):
            halves.append(asked(held, held))
            quarters = (kept[: len(kept) // 2], kept[len(kept) // 2 :])
            within.append([asked(quarter, np.concatenate([held, quarter])) for quarter in quarters])
    return Place(halves, within, len(told) / max(len(use), 1))


def truth(tags: list, use: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Uses that are right for each row, shape (n, 5): both of houses and flats where a tag only says that it is lived in."""
    right = np.eye(len(USES), dtype=bool)[class_of(use[rows])]
    homes = np.array([word(tags[row].get("building", "")) == "residential" for row in rows], dtype=bool)
    right[homes, :2] = True
    return right


def fit(places: list[list[Asked]]) -> np.ndarray:
    """Coefficients, shape (22, 5), every place weighing the same."""
    count = np.mean([sum(len(one.truth) for one in place) for place in places]) / len(SEEDS)
    parts = [(one, count / sum(len(each.truth) for each in place) / ALIKE) for place in places for one in place]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(len(HINTS), len(USES))
        value, slope = 0.5 * np.sum(weights**2) / LOOSENESS**2, weights / LOOSENESS**2
        for one, weight in parts:
            chance = np.exp(log_softmax(one.hints @ weights, axis=1))
            right = (chance * one.truth).sum(axis=1, keepdims=True)
            value -= weight * np.log(right).sum()
            slope = slope + weight * one.hints.T @ (chance - chance * one.truth / right)
        return value, slope.ravel()

    found = minimize(loss, np.zeros(len(HINTS) * len(USES)), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    weights = found.x.reshape(len(HINTS), len(USES))
    return weights - weights.mean(axis=1, keepdims=True)


def one_hot(said: np.ndarray) -> np.ndarray:
    """Odds of a rule that names one use and lets nothing else be."""
    odds = np.full((len(said), len(USES)), FLOOR)
    odds[np.arange(len(said)), said] = 1.0 - FLOOR * (len(USES) - 1)
    return odds


def log_loss(odds: np.ndarray, right: np.ndarray) -> float:
    """Mean over the buildings [nat]."""
    return float(-np.log(np.maximum((odds * right).sum(axis=1), 1e-12)).mean())


def shares_of(places: list[list[Asked]]) -> np.ndarray:
    """Mean over places of the shares of the uses; what is only known to be lived in is split evenly."""
    return np.mean(
        [np.mean([(one.truth / one.truth.sum(axis=1, keepdims=True)).mean(axis=0) for one in place], axis=0) for place in places], axis=0
    )


Learnt = dict[tuple[str, ...], np.ndarray]
"""Coefficients by the names of the places that they were learnt from."""


def joined(asked: list[Asked]) -> Asked:
    """All of them below each other."""
    return Asked(*(np.concatenate([getattr(one, name) for one in asked]) for name in ("hints", "truth", "said")))


def learnt_from(places: dict[str, list[Asked]], learnt: Learnt) -> np.ndarray:
    """Coefficients from places, fitted once."""
    key = tuple(sorted(places))
    if key not in learnt:
        learnt[key] = fit([places[name] for name in key])
    return learnt[key]


def best_part(places: dict[str, list[Asked]], learnt: Learnt) -> float:
    """Part with the least summed log loss over places, each left out of the training in turn."""
    losses = np.zeros(len(PARTS))
    for name, place in places.items():
        weights, one = learnt_from({key: other for key, other in places.items() if key != name}, learnt), joined(place)
        losses += [log_loss(odds_of(one.hints, weights, part), one.truth) for part in PARTS]
    return float(PARTS[int(np.argmin(losses))])


def held_out(places: dict[str, Place], learnt: Learnt) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of every rule, and what was stated against what was right, with the place and with half of it held out."""
    rows, stated = [], []
    for name, place in places.items():
        others = {key: other.halves for key, other in places.items() if key != name}
        whole = joined(place.halves)
        left_out = odds_of(whole.hints, learnt_from(others, learnt), best_part(others, learnt))
        halves = [odds_of(half.hints, fit([*others.values(), kept]), 1.0) for half, kept in zip(place.halves, place.within, strict=True)]
        rules = {
            ("place left out", "form and surroundings"): left_out,
            ("held-out half", "form and surroundings"): np.vstack(halves),
            ("place left out", "rule of thumb"): one_hot(whole.said),
            ("place left out", "shares of other places"): np.tile(shares_of(list(others.values())), (len(whole.said), 1)),
        }
        for (how, rule), odds in rules.items():
            hit = whole.truth[np.arange(len(odds)), odds.argmax(axis=1)]
            row = {"log_loss": log_loss(odds, whole.truth), "accuracy": float(hit.mean()), "stated": float(odds.max(axis=1).mean())}
            rows.append({"place": name, "how": how, "rule": rule, **row, "buildings": place.count})
            if rule == "form and surroundings":
                stated.append(judged(odds, whole.truth).assign(how=how, place=name))
    return pd.DataFrame(rows).round(4), calibration(pd.concat(stated))


def judged(odds: np.ndarray, right: np.ndarray) -> pd.DataFrame:
    """What was stated for the likeliest use and whether it was right; houses and flats count as one where the truth is only that people live there."""
    lived_in = right.sum(axis=1) > 1
    homes = np.hstack([odds[:, :2].sum(axis=1, keepdims=True), np.zeros((len(odds), 1)), odds[:, 2:]])
    seen = np.where(lived_in[:, None], homes, odds)
    hit = right[np.arange(len(right)), seen.argmax(axis=1)]
    return pd.DataFrame({"stated": seen.max(axis=1), "right": hit, "weight": 1.0 / len(right)})


def calibration(stated: pd.DataFrame) -> pd.DataFrame:
    """Share that was right by what was stated for the likeliest use, of every place and of all, every place weighing the same."""
    rows = []
    edges = np.array([0.0, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0001])
    for (how, place), mine in pd.concat([stated.assign(place="all"), stated]).groupby(["how", "place"], sort=False):
        for low, high in pairwise(edges):
            one = mine[(mine["stated"] >= low) & (mine["stated"] < high)]
            if len(one):
                means = {name: float(np.average(one[name], weights=one["weight"])) for name in ("stated", "right")}
                rows.append({"how": how, "place": place, "from": low, "to": min(high, 1.0), **means, "buildings": len(one) // len(SEEDS)})
    return pd.DataFrame(rows).round(4)


def main(paths: list[str]) -> None:
    """Train on all places, score with each left out, write the tables."""
    places: dict[str, Place] = {}
    for path in map(Path, paths):
        place = load(path)
        print(f"{path.stem}: the use of {place.count} buildings is told, {place.share:.0%}", flush=True)
        if place.share >= LEAST_TOLD and place.count >= 100:
            places[path.stem] = place
    halves = {name: place.halves for name, place in places.items()}
    learnt: Learnt = {}
    weights, part = learnt_from(halves, learnt), best_part(halves, learnt)
    score, curve = held_out(places, learnt)
    counts = {name: place.count for name, place in places.items()}
    source = "scripts/train_use_odds.py on " + ", ".join(f"{name} ({count})" for name, count in counts.items())
    rows = np.vstack([weights, np.full(len(USES), part)]).round(3)
    table = pd.DataFrame(rows, index=pd.Index([*HINTS, TRANSFER], name="feature"), columns=list(USES))
    table.assign(source=source, confidence="read").to_csv(TABLES / "use_form.csv")
    score.assign(source=source, confidence="read").to_csv(TABLES / "use_odds_scores.csv", index=False)
    curve.assign(source=source, confidence="read").to_csv(TABLES / "use_odds_calibration.csv", index=False)
    print(table.to_string(), score.to_string(), curve.to_string(), sep="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
