"""
One row for each block that planners can sort by: where energy, heat network, mobility, green, warm nights and public buildings ask for work.

Each part is a step among the blocks of the place, 1 for the fifth that asks least and 5 for the fifth that asks most. Their mean is
weighted by assumptions ``scorecard.*``, which are equal as long as nobody says otherwise; no part is hidden in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.language import LANGUAGES, number, text
from ped_geo.plans import recommended_variant

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.study import Study

__all__ = ["PARTS", "ScorecardInputs", "asking_steps", "scorecard"]

PARTS: Final = ("energy", "network", "mobility", "green", "heat", "public")
STEPS: Final = 5
TOLD_FROM: Final = 4
"""Step from which a part is a reason."""
DIGITS: Final = {"energy": 1, "network": 0, "mobility": 1, "green": 0, "heat": 1, "public": 0}


@dataclass(frozen=True)
class ScorecardInputs:
    """Layers that the scorecard reads, by their names in the schema."""

    blocks: gpd.GeoDataFrame
    balance: pd.DataFrame
    recommendation: pd.DataFrame
    heat_zones: pd.DataFrame
    mobility_blocks: pd.DataFrame
    green_blocks: pd.DataFrame
    public_buildings: pd.DataFrame


def asking_steps(values: pd.Series) -> pd.Series:
    """
    Step of each block among those that have a value: 5 for the fifth with the highest; blocks that are alike share one.

    Parameters
    ----------
    values : Series
        The higher, the more is asked for; missing where a part does not apply.

    Returns
    -------
    Series of float
        1 to 5, missing as `values`.

    Examples
    --------
    >>> import pandas as pd
    >>> asking_steps(pd.Series([0.0, 10.0, 20.0, 30.0, 40.0])).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    place = values.round(3).rank(method="average")
    return ((place - 0.5) / max(int(values.notna().sum()), 1) * STEPS).clip(0.0, STEPS - 0.5).floordiv(1.0) + 1.0


def _values(given: ScorecardInputs, study: Study) -> pd.DataFrame:
    """What each part is judged by, in its unit; missing where the part does not apply."""
    import pandas as pd

    index = given.blocks.index
    way = next(one for one in study.variants if one.key == recommended_variant(given.recommendation, study))
    rows = given.balance.xs(way.key, level="variant").reindex(index)
    floor = rows["reference_area_m2"].where(rows["reference_area_m2"] > LEAST_FLOOR_M2)
    zones = given.heat_zones.xs(way.package, level="package").reindex(index)
    public = given.public_buildings["reference_area_m2"].groupby(given.public_buildings["block_id"]).sum()
    return pd.DataFrame(
        {
            "energy": -rows["primary_energy_balance_kwh_a"] / floor,
            "network": zones["margin_per_mwh"],
            "mobility": given.mobility_blocks["proximity_min"].reindex(index),
            "green": 100.0 * (1.0 - given.green_blocks["biologically_active_share"].reindex(index)),
            "heat": given.green_blocks["heat_island_k"].reindex(index),
            "public": public.reindex(index),
        },
        index=index,
    ).astype("float64")


def scorecard(given: ScorecardInputs, study: Study) -> pd.DataFrame:
    """
    Layer ``scorecard``.

    Parameters
    ----------
    given : ScorecardInputs
        Layers of the run.
    study : Study
        Weights ``scorecard.<part>``.

    Returns
    -------
    DataFrame, index ``block_id``
        A value and a step for each of `PARTS`, ``priority`` (their weighted mean over the parts that apply), and the reasons in
        words.
    """
    import pandas as pd

    values = _values(given, study)
    steps = pd.DataFrame({part: asking_steps(values[part]) for part in PARTS})
    # degrees end where the formula does; the steps of warm nights rank what lies beyond too, and no block has two of them
    steps["heat"] = given.green_blocks["heat_island_step"].reindex(steps.index).str.removeprefix("step_").astype("float64")
    weights = pd.Series({part: study.assumed(f"scorecard.{part}") for part in PARTS})
    applied = steps.notna() * weights
    priority = (steps.fillna(0.0) * weights).sum(axis=1) / applied.sum(axis=1).where(applied.sum(axis=1) > 0.0)
    table = values.add_suffix("_value").join(steps.add_suffix("_step")).assign(priority=priority)
    return table.assign(**{f"reason_{lang}": _reasons(values, steps, lang) for lang in LANGUAGES})


def _reasons(values: pd.DataFrame, steps: pd.DataFrame, lang: str) -> list[str]:
    """Parts that ask most, with what they are judged by, in words."""
    found = []
    for told, asked in zip(values.to_dict("records"), steps.to_dict("records"), strict=True):
        # the block with the least surplus asks most among its like, and yet nothing is missing there
        most = [part for part in PARTS if asked[part] >= TOLD_FROM and told[part] > 0.0]
        found.append("; ".join(text(f"scorecard.reason.{part}", lang, value=number(told[part], lang, DIGITS[part])) for part in most))
    return found
