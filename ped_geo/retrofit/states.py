"""Packages: which measures are taken together, and what the thermal state of each building is afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from ped_geo import assumptions, typology
from ped_geo.buildings.element_works import ELEMENTS, done_after, element_shares, state_open
from ped_geo.buildings.types import if_built_in
from ped_geo.demand.state_elements import STATE_ELEMENTS
from ped_geo.errors import LayerError, StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.retrofit._measure import Level, RetrofitContext, element_columns, measure
from ped_geo.study import Study

__all__ = [
    "COST_OPTIMAL",
    "elements_today",
    "envelope_states",
    "joined_states",
    "meets_wt2021",
    "package_names",
    "package_steps",
    "stacked",
]

COST_OPTIMAL = "cost_optimal"
"""The package that needs the heat need of every alternative; see `ped_geo.plans.cost_optimal`."""

_STOOD = ("size_class", "storeys_above_ground", "use", "heritage", "refurbishment_state", "refurbishment_state_source")
"""What tells type and state of a building in another period."""

_NEEDED = ("tabula_code", "refurbishment_state", "heritage", "heated", "use")


def package_names() -> tuple[str, ...]:
    """
    Packages that can be asked for by name, the state of today first.

    Examples
    --------
    >>> package_names()
    ('existing', 'usual', 'advanced', 'wt2021', 'near_zero')
    """
    return ("existing", *_steps())


@cache
def _steps() -> dict[str, tuple[tuple[str, Level], ...]]:
    """Measures and levels of every package of ``tables/packages.csv``."""
    rows = assumptions.table("packages").astype("str")
    found: dict[str, tuple[tuple[str, Level], ...]] = {}
    for package, key, rule, value in zip(rows["package"], rows["measure"], rows["rule"], rows["value"], strict=True):
        found[package] = (*found.get(package, ()), (key, Level(rule, value)))
    return found


def package_steps(package: str) -> tuple[tuple[str, Level], ...]:
    """
    Measures of a package in the order in which they are applied, each with its level; none for ``existing``.

    Raises
    ------
    StudyError
        If there is no such package; the message lists those there are.

    Examples
    --------
    >>> package_steps("wt2021")[0]
    ('wall_insulation', Level(rule='target', value='0.2'))
    """
    if package not in package_names():
        raise StudyError(
            Sentence("error.unknown_retrofit_package_known", package=package, names=", ".join((*package_names(), COST_OPTIMAL)))
        )
    return _steps().get(package, ())


def elements_today(buildings: pd.DataFrame, study: Study, odds: pd.DataFrame | None = None, *, works: int | None = None) -> pd.DataFrame:
    """
    Thermal properties of each building as it stands today: the mean over the odds of its age and of works that nobody recorded.

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        Layer ``buildings``.
    study : Study
        Its ``demand.typology`` and the assumptions.
    odds : DataFrame, optional
        Layer ``period_odds``; without it every building is of the period and in the state that are shown.
    works : int, optional
        How many of the elements were worked on where nobody tells it, the commonest first; see `ped_geo.buildings.element_works`.

    Returns
    -------
    DataFrame, shape (n, elements)
        Indexed as `buildings`; columns of the layer ``thermal_state``.

    Notes
    -----
    Losses and gains are linear in these properties, so that their means give the expected losses and gains.

    Raises
    ------
    LayerError
        If a column is missing, or a type or state is not in the typology.
    """
    missing = [name for name in _NEEDED if name not in buildings]
    if missing:
        raise LayerError(
            Sentence("error.layer_buildings_cannot_be_retrofitted"), [Sentence("error.column_is_missing", name=name) for name in missing]
        )
    state = buildings["refurbishment_state"].astype("str")
    today = typology.u_values(buildings["tabula_code"], state, typology=study.demand.typology)
    if odds is not None:
        today = _expected(today, buildings, odds.loc[buildings.index], study)
    elif works is not None:
        today = _worked_on(buildings, study, works)
    balanced = state.isin(["usual", "advanced"]).to_numpy()
    flats = buildings["use"].astype("str").eq("residential_multi").to_numpy()
    old = np.where(flats, study.assumed("retrofit.circulation_today_multi"), study.assumed("retrofit.circulation_today_single"))
    new = np.minimum(old, study.assumed("retrofit.circulation_better"))
    today = today.assign(
        ventilation_ach=study.assumed("building.air_change_use"),
        heat_recovery=0.0,
        heating_efficiency=np.where(
            balanced, study.assumed("retrofit.heating_efficiency_balanced"), study.assumed("retrofit.heating_efficiency_today")
        ),
        circulation_factor=np.where(state.eq("advanced").to_numpy(), new, old),
        **{one.column: one.today(buildings, study) for one in STATE_ELEMENTS.load().values()},
    )
    return today[list(element_columns())].astype(float)


def _expected(today: pd.DataFrame, buildings: pd.DataFrame, odds: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Properties of the shown types and states, and where age or state is open their mean over all periods and works."""
    open_ = (odds.max(axis=1) < 1.0).to_numpy() | state_open(buildings, study)
    if not open_.any():
        return today
    expected = today.to_numpy(dtype=float, copy=True)
    expected[open_] = 0.0
    plain = pd.DataFrame(buildings[list(_STOOD)])
    for period in odds.columns:
        chance = np.where(open_, odds[period].to_numpy(dtype=float), 0.0)
        rows = chance > 0.0
        then = if_built_in(plain[rows], str(period), study)
        expected[rows] += _worked_on(then, study)[today.columns].to_numpy() * chance[rows, None]
    return pd.DataFrame(expected, index=today.index, columns=today.columns)


def _worked_on(buildings: pd.DataFrame, study: Study, works: int | None = None) -> pd.DataFrame:
    """Properties in the told states, and where none is told after so many works, or the mean over their odds."""
    code, state = buildings["tabula_code"], buildings["refurbishment_state"].astype("str")
    open_ = state_open(buildings, study)
    built = typology.u_values(code, state.mask(open_, "original"), typology=study.demand.typology)
    done = typology.u_values(code, state.mask(open_, "first_etics"), typology=study.demand.typology)
    use = buildings["use"].astype("str").to_numpy(dtype=object)
    period = buildings["construction_period"].astype("str").to_numpy(dtype=object)
    share = element_shares(period, use, buildings["heritage"].to_numpy(dtype=bool), study.country)
    share = share if works is None else done_after(share, works).astype("float64")
    for place, columns in enumerate(ELEMENTS.values()):
        for name in columns:
            built[name] = built[name] + (done[name] - built[name]) * share[:, place]
    return built


def _after(package: str, case: RetrofitContext) -> pd.DataFrame:
    state = case.today
    for key, level in package_steps(package):
        state = measure(key).apply(state, case, level)
    return state


def stacked(states: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """
    Elements of several packages as one layer.

    Parameters
    ----------
    states : dict of str to DataFrame
        Package → thermal state, all indexed by the same buildings.

    Returns
    -------
    DataFrame
        Index (``building_id``, ``package``), building by building in the order given.
    """
    first = next(iter(states.values()))
    index = pd.MultiIndex.from_product([first.index, list(states)], names=["building_id", "package"])
    block = np.stack([state[list(element_columns())].to_numpy(float) for state in states.values()], axis=1)
    return pd.DataFrame(block.reshape(-1, len(element_columns())), index=index, columns=list(element_columns()))


def joined_states(thermal_state: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """
    Further packages of the same buildings put into a layer ``thermal_state``.

    Parameters
    ----------
    thermal_state, more : DataFrame, index (``building_id``, ``package``)
        Layer ``thermal_state``, and rows of other packages.

    Returns
    -------
    DataFrame
        Building by building, the packages of `more` last.
    """
    parts = {
        str(name): pd.DataFrame(frame.xs(name, level="package"))
        for frame in (thermal_state, more)
        for name in frame.index.unique("package")
    }
    first = next(iter(parts.values()))
    return stacked({name: part.loc[first.index] for name, part in parts.items()})


def envelope_states(
    buildings: pd.DataFrame,
    envelope: pd.DataFrame,
    study: Study,
    *,
    packages: Sequence[str] | None = None,
    odds: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Thermal properties of each building today and after each package.

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        Layer ``buildings``: type, state of refurbishment, use, heritage.
    envelope : DataFrame, shape (n, …)
        Layer ``envelope``; its buildings are those of the result.
    study : Study
        Its ``retrofit.packages`` and the assumptions.
    packages : sequence of str, optional
        Other packages than the study's. ``existing`` is always the first.
    odds : DataFrame, optional
        Layer ``period_odds``, see `elements_today`.

    Returns
    -------
    DataFrame, shape (n · packages, elements)
        Layer ``thermal_state``, index (``building_id``, ``package``): U-values and thermal-bridge surcharge [W/(m²K)], air changes
        [1/h], heat recovery and solar transmittance [-], efficiency of the heating inside the building and hot water made per
        hot water used [-]. ``cost_optimal`` is left out here; see `ped_geo.plans.cost_optimal`.

    Raises
    ------
    StudyError
        If a package is unknown.
    LayerError
        If a building is unknown or lacks an attribute.

    Notes
    -----
    Measures are applied one after the other to the state of today. They leave alone what is listed (outside insulation), what
    would gain too little (``retrofit.worth_share``: done before), and glass that would cost more sun than it saves; party walls
    are not part of the envelope's areas.
    """
    wanted = study.retrofit.packages if packages is None else packages
    names = list(dict.fromkeys(("existing", *(name for name in wanted if name != COST_OPTIMAL))))
    stranger = envelope.index.difference(buildings.index)
    if len(stranger):
        raise LayerError(Sentence("error.layer_envelope_holds_building_which", stranger=stranger[0]))
    chosen = buildings.loc[envelope.index]
    case = RetrofitContext(chosen, elements_today(chosen, study, odds), study)
    return stacked({name: _after(name, case) for name in names})


def meets_wt2021(thermal_state: pd.DataFrame) -> np.ndarray:
    """
    Whether wall, roof and windows reach the level that the deep-retrofit grant asks for.

    Parameters
    ----------
    thermal_state : DataFrame
        Layer ``thermal_state``.

    Returns
    -------
    ndarray of bool, shape (rows,)
        With half a percent of tolerance for whole centimetres.
    """
    limits = {"u_wall": "wall_insulation", "u_roof": "roof_insulation", "u_window": "windows"}
    targets = {key: float(level.value) for key, level in package_steps("wt2021") if level.rule == "target"}
    met = [thermal_state[column].to_numpy(float) <= targets[key] * 1.005 for column, key in limits.items()]
    return np.logical_and.reduce(met)
