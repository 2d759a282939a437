"""What would close the gap of a group that is not positive, in amounts a council can picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ped_geo.blocks import block_name
from ped_geo.districts import search
from ped_geo.districts.graph import BlockGraph
from ped_geo.districts.search import Limits, Options
from ped_geo.flows import CANOPY, Groups
from ped_geo.language import LANGUAGES, number, text
from ped_geo.schema import check_layer
from ped_geo.study import Study

__all__ = ["Situation", "gap_measures", "gap_words", "situations"]


@dataclass(frozen=True)
class Situation:
    """
    A group of blocks that falls short, and what it has to work with.

    Attributes
    ----------
    name : str
        Of the group: a candidate, or ``district``.
    shortfall_kwh_a : float
        Non-renewable primary energy that is missing to zero. [kWh/a]
    reference_area_m2, parking_area_m2 : float
        Heated floor area, and area of car parks. [m²]
    specific_yield_kwh_kwp_a : float
        Of flat modules without shade. [kWh/(kWp·a)]
    export_credit : float
        Primary energy credited per kWh of exported electricity; more PV than today is taken as exported. [-]
    electricity_factor, district_heat_factor : float
        Non-renewable primary-energy factors of what is delivered. [-]
    district_heat_kwh_a, electricity_use_kwh_a : float
        Delivered by the network, and electricity used for whatever purpose. [kWh/a]
    choices : mapping
        Block → variant on which the shortfall stands.
    labels : mapping
        Block → name for people.
    """

    name: str
    shortfall_kwh_a: float
    reference_area_m2: float
    parking_area_m2: float
    specific_yield_kwh_kwp_a: float
    export_credit: float
    electricity_factor: float
    district_heat_factor: float
    district_heat_kwh_a: float
    electricity_use_kwh_a: float
    choices: Mapping[str, str]
    labels: Mapping[str, str]
    covered_parking_m2: float = 0.0


def situations(
    groups: Groups,
    blocks: pd.DataFrame,
    balance: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    factors: pd.DataFrame,
    study: Study,
) -> list[Situation]:
    """
    What each group falls short by and has to work with.

    Parameters
    ----------
    groups : Groups
        Which blocks, and each in which variant.
    blocks, balance, pv_buildings : DataFrame
        Layers of the schema.
    factors : DataFrame
        Indexed by (``variant``, ``carrier``): ``delivered`` and ``exported``, non-renewable primary-energy factors [-].
    study : Study
        Assumption ``pv.yield_ew10`` where no roof has modules. [kWh/(kWp·a)]

    Returns
    -------
    list of Situation
        One for each group, in the order of `groups`; a group that falls short of nothing has a shortfall of zero or less.

    Raises
    ------
    KeyError
        If a block of a group is in none of the layers.
    """
    sun = pv_buildings["specific_yield_kwh_kwp_a"][pv_buildings["shading_loss"] < pv_buildings["shading_loss"].median() + 1e-9]
    best = float(sun[sun > 0].median()) if (sun > 0).any() else study.assumed("pv.yield_ew10")
    covering = {variant.key for variant in study.variants if variant.pv and CANOPY in variant.places}
    falling_short = []
    for group in groups:
        choice = group.choice
        rows = balance.reindex(pd.MultiIndex.from_tuples(list(choice.items()), names=["block_id", "variant"]))
        usual = max(set(choice.values()), key=list(choice.values()).count)
        chosen = blocks.loc[list(choice)]
        falling_short.append(
            Situation(
                name=group.key,
                shortfall_kwh_a=-float(rows["primary_energy_balance_kwh_a"].sum()),
                reference_area_m2=float(chosen["reference_area_m2"].sum()),
                parking_area_m2=float(chosen["parking_area_m2"].sum()),
                covered_parking_m2=float(chosen.loc[[block for block in choice if choice[block] in covering], "parking_area_m2"].sum()),
                specific_yield_kwh_kwp_a=best,
                export_credit=float(factors["exported"][usual, "electricity"]),
                electricity_factor=float(factors["delivered"][usual, "electricity"]),
                district_heat_factor=float(factors["delivered"][usual, "district_heat"]),
                district_heat_kwh_a=float(rows["district_heat_delivered_kwh_a"].sum()),
                electricity_use_kwh_a=float(rows["electricity_use_kwh_a"].sum()),
                choices=choice,
                labels={str(block): str(label) for block, label in chosen["label"].items()},
            )
        )
    return falling_short


@dataclass(frozen=True)
class _GapMeasure:
    """What one measure needs, what there is of it, and what fills its sentence (value and decimals, or labels of blocks)."""

    amount: float
    unit: str
    available: float
    closes: float
    investment: float
    words: dict[str, tuple[float, int] | list[str]]


def gap_measures(situation: Situation, options: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Each measure that could close a gap: how much it takes, how much there is, and what that means in words.

    Parameters
    ----------
    situation : Situation
    options : DataFrame
        Indexed by (``block_id``, ``variant``): ``balance_kwh_a`` [kWh/a], ``investment`` [PLN].
    study : Study

    Returns
    -------
    DataFrame
        Layer ``gap_measures``; measures that make no sense here (no car parks and no sun, no district heat) are left out,
        and there is no row at all where nothing is missing.
    """
    rows = []
    for measure, measure_of in MEASURES.items():
        if situation.shortfall_kwh_a <= 0:
            continue
        sized = measure_of(situation, options, study)
        if sized is not None and (sized.closes >= LEAST_SHARE * situation.shortfall_kwh_a or measure == "car_park_pv"):
            rows.append(_row(measure, sized, situation))
    columns = {"group_id": "str", "measure": "str", "shortfall_kwh_a": "float64", "amount": "float64", "unit": "str"}
    columns |= {"available": "float64", "closes_kwh_a": "float64", "suffices": "bool", "investment": "float64"}
    columns |= {"sentence_en": "str", "sentence_pl": "str"}
    index = pd.Index([f"{situation.name}/{row['measure']}" for row in rows], dtype="str", name="gap_measure_id")
    return check_layer("gap_measures", pd.DataFrame(rows, index=index, columns=list(columns)).astype(columns))


def _row(measure: str, sized: _GapMeasure, situation: Situation) -> dict[str, object]:
    suffices = bool(sized.closes >= situation.shortfall_kwh_a * (1.0 - ROUNDING))
    words = {**sized.words, "share": (100.0 * max(0.0, sized.closes) / situation.shortfall_kwh_a, 0)}
    answer = "yes" if suffices else "none" if measure == "car_park_pv" and not sized.available else "no"
    if measure == "next_packages" and sized.investment < LEAST_COST:
        answer += "_less"
    key = f"districts.gap.{measure}.{answer}"
    sentences = {f"sentence_{lang}": text(key, lang, **{name: _said(part, lang) for name, part in words.items()}) for lang in LANGUAGES}
    return {
        "group_id": situation.name,
        "measure": measure,
        "shortfall_kwh_a": situation.shortfall_kwh_a,
        "amount": sized.amount,
        "unit": sized.unit,
        "available": sized.available,
        "closes_kwh_a": sized.closes,
        "suffices": suffices,
        "investment": sized.investment,
        **sentences,
    }


def _said(part: tuple[float, int] | list[str], lang: str) -> str:
    if isinstance(part, tuple):
        return number(part[0], lang, part[1])
    return ", ".join(block_name(label, lang) for label in part[:MOST_NAMES]) + ("…" if len(part) > MOST_NAMES else "")


ROUNDING = 1e-9
"""Share of the shortfall by which a measure may miss it and still count as enough."""


def _car_park_pv(situation: Situation, _options: pd.DataFrame, study: Study) -> _GapMeasure | None:
    """PV on canopies over car parks, all of it exported."""
    worth = situation.specific_yield_kwh_kwp_a * situation.export_credit
    if worth <= 0:
        return None
    needed = situation.shortfall_kwh_a / worth
    per_area = study.assumed("districts.carport_cover") * study.assumed("pv.module_wp") / 1000.0 / study.assumed("pv.module_area")
    room = (situation.parking_area_m2 - situation.covered_parking_m2) * per_area
    if room <= 0 < situation.covered_parking_m2:
        return None
    return _GapMeasure(
        amount=needed / 1000.0,
        unit="MWp",
        available=room / 1000.0,
        closes=room * worth,
        investment=min(needed, room) * study.assumed("districts.carport_price"),
        words={"amount": (needed / 1000.0, 2), "available": (room / 1000.0, 2), "parking": (situation.parking_area_m2, 0)},
    )


def _district_heat_factor(situation: Situation, _options: pd.DataFrame, _study: Study) -> _GapMeasure | None:
    """The factor that the network would have to reach."""
    heat, today = situation.district_heat_kwh_a, situation.district_heat_factor
    if heat <= 0 or today <= 0:
        return None
    needed = today - situation.shortfall_kwh_a / heat
    return _GapMeasure(
        amount=needed,
        unit="-",
        available=0.0,
        closes=heat * today,
        investment=np.nan,
        words={"amount": (needed, 2), "today": (today, 2)},
    )


def _less_electricity(situation: Situation, _options: pd.DataFrame, _study: Study) -> _GapMeasure | None:
    """Thriftier lamps, lifts, ventilation and appliances; what is not used is not delivered or is exported, whichever is worth less."""
    use, factor = situation.electricity_use_kwh_a, min(situation.electricity_factor, situation.export_credit)
    if use <= 0 or factor <= 0:
        return None
    needed = situation.shortfall_kwh_a / factor
    return _GapMeasure(
        amount=needed / 1000.0,
        unit="MWh/a",
        available=use / 1000.0,
        closes=use * factor,
        investment=np.nan,
        words={"amount": (needed / 1000.0, 0), "part": (100.0 * needed / use, 0)},
    )


def _sewage_heat_pump(situation: Situation, _options: pd.DataFrame, study: Study) -> _GapMeasure | None:
    """A large heat pump that takes the place of the network's heat; its electricity counts with the grid's factor."""
    saved = situation.district_heat_factor - situation.electricity_factor / study.assumed("districts.sewage_heat_pump_cop")
    hours = study.assumed("districts.sewage_heat_pump_hours")
    if situation.district_heat_kwh_a <= 0 or saved <= 0:
        return None
    needed, most = situation.shortfall_kwh_a / saved / hours, situation.district_heat_kwh_a / hours
    return _GapMeasure(
        amount=needed / 1000.0,
        unit="MW",
        available=most / 1000.0,
        closes=situation.district_heat_kwh_a * saved,
        investment=min(needed, most) * study.assumed("districts.sewage_heat_pump_price"),
        words={"amount": (needed / 1000.0, 2), "available": (most / 1000.0, 2)},
    )


def _next_packages(situation: Situation, options: pd.DataFrame, _study: Study) -> _GapMeasure | None:
    """Better variants in some blocks: the cheapest set that closes the gap, or the best everywhere."""
    steps = _steps(situation, options)
    if not (steps["gain"] > 0).any():
        return None
    taken = _cheapest_steps(steps, situation.shortfall_kwh_a)
    names = [situation.labels.get(str(block), str(block)) for block in taken.index.get_level_values("block_id")]
    best = steps[steps["gain"] > 0].groupby(level="block_id")["gain"].max()
    return _GapMeasure(
        amount=float(len(taken)),
        unit="blocks",
        available=float(len(best)),
        closes=float(best.sum()),
        investment=float(taken["cost"].sum()),
        words={"amount": (len(taken), 0), "investment": (abs(float(taken["cost"].sum())) / 1e6, 1), "blocks": names},
    )


LEAST_SHARE = 0.005
"""Share of a gap below which a measure closes nothing that a sentence could tell."""

LEAST_COST = 50_000.0
"""Investment that is printed as none or as less than none. [PLN]"""

MOST_NAMES = 6
"""Most blocks that a sentence names."""

SECONDS = 5.0
"""Work, in seconds of one ordinary core, for choosing the cheapest steps. [s]"""


def _steps(situation: Situation, options: pd.DataFrame) -> pd.DataFrame:
    """Gain [kWh/a] and cost [PLN] of every other variant of every block against the chosen one."""
    chosen = pd.MultiIndex.from_tuples(list(situation.choices.items()), names=["block_id", "variant"])
    base = options.loc[chosen].droplevel("variant")
    ours = options[options.index.get_level_values("block_id").isin(base.index)]
    blocks = ours.index.get_level_values("block_id")
    return pd.DataFrame(
        {
            "gain": ours["balance_kwh_a"].to_numpy() - base["balance_kwh_a"].reindex(blocks).to_numpy(),
            "cost": ours["investment"].to_numpy() - base["investment"].reindex(blocks).to_numpy(),
        },
        index=ours.index,
    )


def _cheapest_steps(steps: pd.DataFrame, shortfall: float) -> pd.DataFrame:
    """The cheapest steps that bring the shortfall, exactly; where all together do not, the best of each block."""
    better = steps[steps["gain"] > 0]
    best = better.loc[better.groupby(level="block_id")["gain"].idxmax()]
    if best["gain"].sum() < shortfall:
        return best
    gain = steps["gain"].unstack("variant")
    cost = steps["cost"].unstack("variant").reindex_like(gain)
    count = len(gain)
    # a complete graph: the blocks are a group already, only their variants are open; the shortfall is spread over them
    pairs = np.array([[one, other] for one in range(count) for other in range(count) if one != other], dtype=np.int64).reshape(-1, 2)
    first = np.arange(count + 1) * max(count - 1, 0)
    graph = BlockGraph(tuple(map(str, gain.index)), first, pairs[:, 1], np.ones(len(pairs)))
    options = Options(
        np.nan_to_num(gain.to_numpy()) - shortfall / count, np.nan_to_num(cost.to_numpy()), np.ones(count), gain.notna().to_numpy()
    )
    answer = search.cheapest(graph, options, Limits(required=np.ones(count, dtype=bool)), seconds=SECONDS)
    if answer.choice is None:
        return best
    rows = pd.MultiIndex.from_arrays([gain.index, gain.columns[answer.choice]], names=["block_id", "variant"])
    taken = steps.loc[rows]
    return taken[taken["gain"] != 0]


MEASURES: dict[str, Callable[[Situation, pd.DataFrame, Study], _GapMeasure | None]] = {
    "car_park_pv": _car_park_pv,
    "district_heat_factor": _district_heat_factor,
    "less_electricity": _less_electricity,
    "next_packages": _next_packages,
    "sewage_heat_pump": _sewage_heat_pump,
}


def gap_words(situation: Situation, lang: str, name: str = "") -> str:
    """
    The gap itself as a sentence.

    Examples
    --------
    >>> situation = Situation("c-1", 120_000.0, 10_000.0, 0.0, 900.0, 2.5, 2.5, 0.8, 0.0, 0.0, {}, {})
    >>> gap_words(situation, "en", "Estate")
    'Estate falls short of a positive balance by 12.0 kWh/(m²·a) of primary energy, 120 MWh a year in all.'
    """
    area = situation.reference_area_m2
    return text(
        "districts.gap",
        lang,
        name=name or situation.name,
        gap=number(situation.shortfall_kwh_a / area if area > 0 else None, lang, 1),
        total=number(situation.shortfall_kwh_a / 1000.0, lang),
    )
