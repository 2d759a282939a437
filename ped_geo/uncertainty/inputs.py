"""
The inputs that are guessed: their distributions, and draws that anyone can repeat.

Every input is a factor around 1 on what it concerns. Its draws come from streams of its own: one shared by the whole place
and one per block, so that adding an input, a block or a building elsewhere changes no other number.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ped_geo import assumptions, schema
from ped_geo.demand import small_need_band
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

__all__ = ["UncertainInput", "common_draws", "factor_at", "normal_draws", "place_by_odds", "problems_of", "uncertain_inputs"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UncertainInput:
    """
    One row of ``assumptions/tables/uncertain_inputs.csv``.

    Attributes
    ----------
    key : str
    distribution : str
        ``triangular`` (low, mode, high), ``uniform`` (low, high), ``normal`` (mode, standard deviation) or ``two_point``
        (`high` with `probability`, else `mode`); all of a factor without unit. ``odds`` has other factors in every building, see
        `place_by_odds`.
    low, mode, high, probability, standard_deviation : float
        Parameters; nan where the distribution has none.
    correlation : float
        Of the normal scores of two buildings: 1 for the same draw everywhere, 0 for independent ones.
    guessed : str
        The attribute whose ``<attribute>_source`` must begin with ``inferred`` for the input to vary; empty: always.
    where : str
        ``column=value`` or ``column=value|value`` that a building must have; empty: every building.
    applies_to : tuple of (str, float)
        Component and the power with which the factor acts on it.
    meaning_en, meaning_pl : str
    by_use : tuple of (str, str, float)
        Use of the building, component and the power that holds there instead; of the table ``uncertain_powers``.
    """

    key: str
    distribution: str
    low: float
    mode: float
    high: float
    probability: float
    standard_deviation: float
    correlation: float
    guessed: str
    where: str
    applies_to: tuple[tuple[str, float], ...]
    meaning_en: str
    meaning_pl: str
    by_use: tuple[tuple[str, str, float], ...] = ()

    @property
    def gate(self) -> tuple[str, tuple[str, ...]]:
        """Column and values of `where`; both empty where every building varies."""
        column, _, values = self.where.partition("=")
        return column, tuple(filter(None, values.split("|")))

    def powers(self) -> dict[str, float]:
        """Power of the factor by component."""
        return dict(self.applies_to)


SMALL_NEED = "small_need"
"""Input whose band is that of the method of heat that runs, measured where little heat is needed."""


def uncertain_inputs(study: Study | None = None) -> tuple[UncertainInput, ...]:
    """
    All inputs that vary, in the order of the table.

    Parameters
    ----------
    study : Study, optional
        Its method of heat has the band of `ped_geo.demand.small_need_band`; default: the method that runs by default.

    Raises
    ------
    StudyError
        If the tables name an attribute, a value or an input that does not exist.

    Examples
    --------
    >>> [found.key for found in uncertain_inputs()][:2]
    ['storeys', 'heated_share']
    """
    powers = assumptions.table("uncertain_powers").fillna("")
    rows = assumptions.table("uncertain_inputs").to_dict("records")
    band = small_need_band(Study(name="default") if study is None else study)
    of_method: dict[Hashable, Any] = {"low": band.low, "mode": band.middle, "high": band.high}
    bands = {SMALL_NEED: of_method}
    found = tuple(_input(row | bands.get(str(row["key"]), {}), powers[powers["input"] == row["key"]]) for row in rows)
    problems = problems_of(found)
    problems += [
        Sentence("error.power_which_is_no_input", name=name) for name in sorted(set(powers["input"]) - {given.key for given in found})
    ]
    if problems:
        raise StudyError(Sentence("error.tables_uncertain_inputs_hold", names="; ".join(problems)))
    return found


def problems_of(inputs: tuple[UncertainInput, ...]) -> list[str]:
    """
    What inputs name that the layer ``buildings`` does not have: a gate on it would never open, and nobody would notice.

    Examples
    --------
    >>> from dataclasses import replace
    >>> problems_of((replace(uncertain_inputs()[0], where="refurbishment_state=existing"),))
    ["input 'storeys' waits for refurbishment_state = 'existing', known are original, first_etics, usual, advanced"]
    """
    columns = schema.columns("buildings")
    problems: list[str] = []
    for given in inputs:
        if given.guessed and f"{given.guessed}_source" not in columns:
            problems.append(Sentence("error.input_waits_for_guess_which", given=given.key, estimate=given.guessed))
        column, values = given.gate
        if column and not (column in columns and columns[column].values):
            problems.append(Sentence("error.input_waits_for_which_is", given=given.key, where=given.where))
            continue
        domain = columns[column].values if column else ()
        strange = [f"{column} = {value!r}, known are {', '.join(domain)}" for value in values if value not in domain]
        uses = columns["use"].values
        strange += [f"use = {use!r}, known are {', '.join(uses)}" for use, _, _ in given.by_use if use not in uses]
        problems += [Sentence("error.input_waits_for", given=given.key, words=words) for words in strange]
    return problems


def _input(row: dict[Hashable, Any], powers: pd.DataFrame) -> UncertainInput:
    words = {name: "" if pd.isna(row[name]) else str(row[name]) for name in _WORDS}
    figures = {name: float(row[name]) for name in _FIGURES}
    parts = [part.split(":") for part in str(row["applies_to"]).split(";")]
    applies_to = tuple((name, float(power)) for name, power in parts)
    rules = zip(powers["use"].astype("str"), powers["component"].astype("str"), powers["power"].to_numpy(dtype=float), strict=True)
    by_use = tuple((use, component, float(power)) for uses, component, power in rules for use in uses.split("|"))
    return UncertainInput(**words, **figures, applies_to=applies_to, by_use=by_use)  # type: ignore[arg-type]


_WORDS = ("key", "distribution", "guessed", "where", "meaning_en", "meaning_pl")
_FIGURES = ("low", "mode", "high", "probability", "standard_deviation", "correlation")


def factor_at(given: UncertainInput, scores: Floats) -> Floats:
    """
    The factor at given normal scores: the inverse of the distribution at the scores' probabilities.

    Parameters
    ----------
    given : UncertainInput
    scores : ndarray
        Standard normal. [-]

    Raises
    ------
    StudyError
        If the distribution is not known.
    """
    from scipy.special import ndtr

    if given.distribution == "normal":
        return np.maximum(given.mode + given.standard_deviation * scores, np.finfo(float).tiny)
    level = ndtr(scores)
    if given.distribution == "uniform":
        return given.low + (given.high - given.low) * level
    if given.distribution == "two_point":
        return np.where(level > 1.0 - given.probability, given.high, given.mode)
    if given.distribution == "triangular":
        return _triangular(given, level)
    if given.distribution == "odds":
        return np.full_like(level, given.mode)
    raise StudyError(Sentence("error.uncertain_input_has_distribution_known", given=given.key, distribution=given.distribution))


def _triangular(given: UncertainInput, level: Floats) -> Floats:
    width = given.high - given.low
    if not width > 0.0:
        return np.full_like(level, given.mode)
    rising = given.low + np.sqrt(level * width * (given.mode - given.low))
    falling = given.high - np.sqrt((1.0 - level) * width * (given.high - given.mode))
    return np.where(level < (given.mode - given.low) / width, rising, falling)


def place_by_odds(scores: Floats, chance: Floats) -> NDArray[np.intp]:
    """
    Which of several each building is at given normal scores, by its chances.

    Parameters
    ----------
    scores : ndarray, shape (draws, n) or (draws, 1)
        Standard normal. [-]
    chance : ndarray, shape (n, k) or (draws, n, k)
        In an order that neighbours share, summing to one. [-]

    Returns
    -------
    ndarray, shape (draws, n)

    Examples
    --------
    >>> place_by_odds(np.array([[-3.0], [0.0], [3.0]]), np.array([[0.2, 0.5, 0.3]])).ravel().tolist()
    [0, 1, 2]
    """
    from scipy.special import ndtr

    level = ndtr(scores)
    place = np.zeros((len(level), chance.shape[-2]), dtype=np.intp)
    for bound in np.moveaxis(chance.cumsum(axis=-1)[..., :-1], -1, 0):
        place += level > bound
    return place


def normal_draws(given: UncertainInput, seed: int, draws: int, place: str, count: int) -> Floats:
    """
    Standard normal scores of one input for the buildings of one block, correlated as the input says.

    Parameters
    ----------
    given : UncertainInput
    seed : int
        Of the study.
    draws : int
    place : str
        Name of the block.
    count : int
        Buildings in the block.

    Returns
    -------
    ndarray, shape (draws, count)
        One column for all where the correlation is 1, shape (draws, 1).
    """
    common = common_draws(given.key, seed, draws)[:, None]
    if given.correlation >= 1.0:
        return common
    own = _stream(seed, given.key, place).standard_normal((draws, count))
    return math.sqrt(given.correlation) * common + math.sqrt(1.0 - given.correlation) * own


@lru_cache(maxsize=64)
def common_draws(key: str, seed: int, draws: int) -> Floats:
    """Standard normal scores of an input that the whole place shares, shape (draws,)."""
    found = _stream(seed, key).standard_normal(draws)
    found.flags.writeable = False
    return found


def _stream(seed: int, *names: str) -> np.random.Generator:
    """A stream of random numbers that depends on the seed and the names alone."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])
