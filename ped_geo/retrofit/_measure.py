"""
What a measure is: a row of ``tables/measures.csv`` on top of one measure type.

A measure type is one file of this package that says how an element changes and what the work costs. It registers itself in `MEASURE_TYPES`;
a new measure of a known type is a row, one of a new type a row and a file, which may bring a new element in `STATE_ELEMENTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo import assumptions, typology
from ped_geo._registry import Registry
from ped_geo.demand.state_elements import STATE_ELEMENTS
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = [
    "MEASURE_TYPES",
    "PARTS",
    "Level",
    "Measure",
    "MeasureType",
    "RetrofitContext",
    "allowed",
    "element_columns",
    "floor_cost",
    "measure",
    "measure_table",
    "measures",
    "worth",
]

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_ALWAYS = (
    *("u_wall", "u_roof", "u_floor", "u_window", "u_door", "thermal_bridge_surcharge"),
    *("infiltration_ach", "ventilation_ach", "heat_recovery", "g_window", "heating_efficiency", "circulation_factor"),
)


def element_columns() -> tuple[str, ...]:
    """
    Columns of the layer ``thermal_state``: what every building has, and what files of this package add to `STATE_ELEMENTS`.

    Examples
    --------
    >>> element_columns()[:2]
    ('u_wall', 'u_roof')
    """
    return (*_ALWAYS, *STATE_ELEMENTS.load())


PARTS = ("wall", "roof", "floor", "window", "door", "ventilation", "heating", "hot_water")
"""Parts of a building that money is spent on; ``investment_<part>`` of the layer ``packages_cost``."""


@dataclass(frozen=True)
class RetrofitContext:
    """
    The buildings that a measure is asked about.

    Attributes
    ----------
    buildings : DataFrame, shape (n, …)
        Layer ``buildings``.
    today : DataFrame, shape (n, elements)
        Elements as they are today, columns `element_columns`, indexed as `buildings`.
    study : Study
        Gives the assumptions.
    """

    buildings: pd.DataFrame
    today: pd.DataFrame
    study: Study

    def typology(self, state: str) -> pd.DataFrame:
        """Thermal properties of each building's type in a state of the typology."""
        return typology.u_values(self.buildings["tabula_code"], state, typology=self.study.demand.typology)


@dataclass(frozen=True)
class Level:
    """
    How far a measure goes.

    Attributes
    ----------
    rule : str
        ``target`` (a value to be reached), ``typology`` (as in a state of TABULA) or ``assumption`` (a key of the assumptions).
    value : str
        The number, the state or the key.
    """

    rule: str
    value: str

    def number(self, study: Study) -> float:
        """The value that is to be reached, in the unit of the column that changes."""
        return study.assumed(self.value) if self.rule == "assumption" else float(self.value)


class Apply(Protocol):
    """How a measure changes the thermal state."""

    def __call__(self, measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
        """Elements after the measure; `state` is not changed."""
        ...


@dataclass(frozen=True)
class MeasureType:
    """
    How one kind of work acts and what it costs.

    Attributes
    ----------
    apply : callable
        (measure, state, case, level) → new state.
    cost : callable
        (measure, before, after, buildings, envelope, study) → cost per building [PLN].
    """

    apply: Apply
    cost: Callable[[Measure, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, Study], Floats]


MEASURE_TYPES: Registry[MeasureType] = Registry("ped_geo.retrofit", "measure type")


@dataclass(frozen=True)
class Measure:
    """
    One measure on a building.

    Attributes
    ----------
    key : str
        Name; the words for people stand in the catalogue as ``retrofit.measure.<key>``.
    measure_type : str
        Entry of `MEASURE_TYPES`.
    part : str
        Entry of `PARTS` that the money counts to.
    changes : str
        Column of the thermal state that the measure improves.
    price : str
        Key of the price in the assumptions, empty where the cost is part of another measure.
    lambda_w_mk : float
        Conductivity of the insulation [W/(m·K)].
    thickness_max_m : float
        Most that can be added [m].
    g_after : float
        Solar transmittance of new glass [-].
    lifetime_a : float
        Economic lifetime [a].
    heritage : bool
        Whether listed buildings may have it.
    source : str
        Where the numbers come from.
    """

    key: str
    measure_type: str
    part: str
    changes: str
    price: str
    lambda_w_mk: float
    thickness_max_m: float
    g_after: float
    lifetime_a: float
    heritage: bool
    source: str

    def apply(self, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
        """
        Elements after the measure.

        Parameters
        ----------
        state : DataFrame, shape (n, elements)
            Elements before, columns `element_columns`.
        case : RetrofitContext
            The buildings, their state today and the study.
        level : Level
            How far to go.

        Returns
        -------
        DataFrame, shape (n, elements)
            A new frame; no heat loss is greater than before.
        """
        return MEASURE_TYPES[self.measure_type].apply(self, state, case, level)

    def cost(self, before: pd.DataFrame, after: pd.DataFrame, buildings: pd.DataFrame, envelope: pd.DataFrame, study: Study) -> pd.Series:
        """
        Cost of going from one state to another, with value-added tax.

        Parameters
        ----------
        before, after : DataFrame, shape (n, elements)
            Elements.
        buildings, envelope : DataFrame, shape (n, …)
            Layers of the same buildings.
        study : Study
            Gives the prices.

        Returns
        -------
        Series, shape (n,)
            Cost, 0 where nothing changes. [PLN]
        """
        spent = MEASURE_TYPES[self.measure_type].cost(self, before, after, buildings, envelope, study)
        return pd.Series(spent, index=before.index, name=f"cost_{self.key}")


def _measure(row: dict[Hashable, object]) -> Measure:
    def number(name: str) -> float:
        return float(str(row[name]))

    def words(name: str) -> str:
        return "" if pd.isna(row[name]) else str(row[name])  # type: ignore[call-overload]

    return Measure(
        key=words("measure"),
        measure_type=words("measure_type"),
        part=words("part"),
        changes=words("changes"),
        price=words("price"),
        lambda_w_mk=number("lambda_w_mk"),
        thickness_max_m=number("thickness_max_m"),
        g_after=number("g_after"),
        lifetime_a=number("lifetime_a"),
        heritage=words("heritage") == "yes",
        source=words("source"),
    )


@cache
def measures() -> dict[str, Measure]:
    """
    All measures by key, in the order of ``tables/measures.csv``.

    Examples
    --------
    >>> measures()["wall_insulation"].lambda_w_mk
    0.036
    """
    found = [_measure(row) for row in assumptions.table("measures").to_dict("records")]
    return {each.key: each for each in found}


def measure_table() -> pd.DataFrame:
    """
    All measures as a table for people.

    Returns
    -------
    DataFrame
        Layer ``measures``, indexed by ``measure``.

    Examples
    --------
    >>> measure_table()["lifetime_a"].to_dict()["windows"]
    35.0
    """
    names = ("measure_type", "part", "changes", "lifetime_a", "heritage", "source")
    rows = {key: {name: getattr(each, name) for name in names} for key, each in measures().items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(names)).rename_axis("measure")


def measure(key: str) -> Measure:
    """
    One measure by key.

    Raises
    ------
    StudyError
        If there is no such measure; the message lists those there are.
    """
    if key not in measures():
        raise StudyError(Sentence("error.unknown_measure_known", key=key, names=", ".join(measures())))
    return measures()[key]


def allowed(measure: Measure, buildings: pd.DataFrame) -> Booleans:
    """Whether each building may have the measure: heated, and not listed where the measure would be seen, shape (n,)."""
    warm = buildings["heated"].to_numpy(bool)
    return warm if measure.heritage else warm & ~buildings["heritage"].to_numpy(bool)


def worth(before: Floats, after: Floats, study: Study) -> Booleans:
    """Whether a U-value falls by enough for the work to be done, shape (n,)."""
    return after < before * (1 - study.assumed("retrofit.worth_share"))


def floor_cost(
    measure: Measure, before: pd.DataFrame, after: pd.DataFrame, buildings: pd.DataFrame, envelope: pd.DataFrame, study: Study
) -> Floats:
    """Cost per heated floor area wherever the measure's column has changed [money]."""
    del envelope
    changed = before[measure.changes].to_numpy(float) != after[measure.changes].to_numpy(float)
    return changed * buildings["reference_area_m2"].to_numpy(float) * study.assumed(measure.price)
