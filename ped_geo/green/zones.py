"""
Local climate zones (Stewart and Oke 2012) from the form of blocks, by the method of GeoClimate (Bocher et al. 2021).

Ground with hardly any building is classed by its cover; ground of industry and large low halls by its uses; all else by the
nearest of the types 1 to 7 and 9, in the space of seven indicators each scaled by the spread of the types' own limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ped_geo import assumptions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["INDICATORS", "local_climate_zones"]

INDICATORS: Final = ("svf", "aspect", "building_fraction", "impervious_fraction", "pervious_fraction", "height", "roughness_length")
WEIGHTS: Final = {
    "geoclimate": (4.0, 3.0, 8.0, 0.0, 0.0, 6.0, 0.5),
    "equal": (1.0,) * 7,
}
"""Weights of the indicators: those that GeoClimate uses, and all alike."""
BUILT: Final = tuple(f"lcz_{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9))
BY_COVER: Final = ("lcz_a", "lcz_b", "lcz_d", "lcz_e", "lcz_g")
"""Types of ground that is hardly built."""
HARDLY_BUILT: Final = 0.1
TALL_LEVELS: Final = 10.0
"""Levels from which compact buildings can be high-rise."""
LEADING: Final = 0.33


def _limits() -> tuple[Array, Array, Array, Array]:
    """Low and high of the built types, shape (types, indicators), scaled, and the mean and spread by which."""
    table = assumptions.table("local_climate_zones").set_index("lcz")
    numbered = table.loc[[f"lcz_{number}" for number in range(1, 11)]]

    def side(frame: pd.DataFrame, end: str) -> Array:
        names = [f"{name}_{end}_m" if name in {"height", "roughness_length"} else f"{name}_{end}" for name in INDICATORS]
        return frame[names].to_numpy(dtype="float64")

    # all limits of the types that distances are drawn to
    spread = numbered.loc[list(BUILT)]
    every = np.concatenate([side(spread, "low"), side(spread, "high")])
    mean, deviation = np.nanmean(every, axis=0), np.nanstd(every, axis=0)
    low, high = ((side(numbered.loc[list(BUILT)], end) - mean) / deviation for end in ("low", "high"))
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high), mean, deviation


def _by_cover(blocks: pd.DataFrame) -> NDArray[np.object_]:
    """Land-cover type of ground that is hardly built."""
    trees, low = blocks["high_vegetation"].to_numpy(), blocks["low_vegetation"].to_numpy()
    water, sealed = blocks["water"].to_numpy(), blocks["impervious_fraction"].to_numpy()
    green = trees + low
    share = np.divide(trees, green, out=np.zeros(len(blocks)), where=green > 0.0)
    paved = (sealed > green) & (sealed > water) & (sealed > HARDLY_BUILT)
    blue = (water >= green) & (water > 0.31)
    return np.select([paved, blue, share < 0.05, share < 0.75], ["lcz_e", "lcz_g", "lcz_d", "lcz_b"], "lcz_a")


def local_climate_zones(blocks: pd.DataFrame, *, weights: Literal["geoclimate", "equal"] = "geoclimate") -> pd.DataFrame:
    """
    Local climate zone of each row.

    Parameters
    ----------
    blocks : DataFrame
        ``svf``, ``aspect_ratio``, ``building_fraction``, ``impervious_fraction``, ``pervious_fraction`` [-], ``height_m``,
        ``roughness_length_m`` [m]; ``high_vegetation``, ``low_vegetation`` and ``water`` [-] of the ground;
        ``heavy_industry_share``, ``light_industry_share``, ``commercial_share``, ``residential_share`` of the buildings [-],
        ``mean_levels`` and ``ground_svf`` [-].
    weights : str
        ``geoclimate`` or ``equal``.

    Returns
    -------
    DataFrame
        ``lcz`` and ``lcz_second`` (``lcz_1`` … ``lcz_10``, ``lcz_a`` … ``lcz_g``); ``lcz_distance`` to the first and
        ``lcz_uniqueness`` (d₂ − d₁)/(d₁ + d₂) [-]. Types that a rule gives have no second, distance or uniqueness;
        the distance is -1 where the rule rests on cover of which less than half is told.
    """
    import pandas as pd

    names = ["svf", "aspect_ratio", "building_fraction", "impervious_fraction", "pervious_fraction", "height_m", "roughness_length_m"]
    low, high, mean, deviation = _limits()
    value = ((blocks[names].to_numpy(dtype="float64") - mean) / deviation)[:, None, :]
    outside = np.maximum(np.maximum(low[None] - value, value - high[None]), 0.0)
    distance = np.sqrt((np.array(WEIGHTS[weights]) * outside**2).sum(axis=2))
    distance[blocks["mean_levels"].to_numpy(dtype="float64") < TALL_LEVELS, 0] = np.inf
    order = np.argsort(distance, axis=1, kind="stable")
    row = np.arange(len(blocks))
    nearest, next_one = distance[row, order[:, 0]], distance[row, order[:, 1]]
    types, both = np.array(BUILT), nearest + next_one
    unlike = np.divide(next_one - nearest, both, out=np.zeros(len(blocks)), where=both > 0.0)
    flat = (blocks["building_fraction"] < HARDLY_BUILT) & (blocks["aspect_ratio"] < HARDLY_BUILT)
    halls = blocks["commercial_share"] + blocks["light_industry_share"]
    heavy = (blocks["heavy_industry_share"] > LEADING) & (blocks["heavy_industry_share"] > halls)
    green = blocks["high_vegetation"] + blocks["low_vegetation"]
    low_halls = (halls > blocks["residential_share"]) & (halls > LEADING) & (blocks["mean_levels"] < 3.0)
    low_halls &= (green < 0.2) & (blocks["ground_svf"] > 0.7)
    ruled = (flat | heavy | low_halls).to_numpy()
    untold = flat & (blocks["impervious_fraction"] + blocks["pervious_fraction"] < 0.5)
    first = np.select([flat, heavy, low_halls], [_by_cover(blocks), "lcz_10", "lcz_8"], types[order[:, 0]])
    return pd.DataFrame(
        {
            "lcz": first,
            "lcz_second": np.where(ruled, "", types[order[:, 1]]),
            "lcz_distance": np.where(ruled, np.where(untold, -1.0, np.nan), nearest),
            "lcz_uniqueness": np.where(ruled, np.nan, unlike),
        },
        index=blocks.index,
    )
