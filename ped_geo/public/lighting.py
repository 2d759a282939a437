"""
Street lighting: luminaires counted where they are mapped, else estimated by the class of the street, and what LED would save.

Who owns the poles no map tells; in many cities it is the grid company, and the city cannot simply replace the lamps.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo import assumptions
from ped_geo.finance.prices import price

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["lamp_energy", "street_lighting"]

STEP_M: Final = 10.0
NEAR_M: Final = 30.0
"""Streets and lamps as far from a block as this belong to it."""
MAPPED_WELL: Final = 0.5
"""Share of the estimate from which mapped lamps are believed to be all."""
W_PER_KW, KWH_PER_MWH, M_PER_KM = 1000.0, 1000.0, 1000.0
PRICE: Final = "public.led_price"


def lamp_energy(count: Array, lamp_w: Array, study: Study, *, sodium: bool, dimmed: bool = False) -> Array:
    """
    Electricity of luminaires in a year. [kWh/a].

    Parameters
    ----------
    count, lamp_w : array, shape (n,)
        Luminaires, and the power of a lamp. [W]
    study : Study
        Assumptions ``public.*``.
    sodium : bool
        Whether a ballast adds to the power.
    dimmed : bool
        Whether they are dimmed at night.

    Examples
    --------
    >>> from ped_geo.study import Study
    >>> one, study = np.ones(1), Study(name="x")
    >>> [round(float(lamp_energy(one, one * w, study, sodium=w == 100.0)[0]), 1) for w in (100.0, 60.5)]
    [462.8, 243.5]
    """
    factor = (study.assumed("public.ballast") if sodium else 1.0) * (study.assumed("public.dimming") if dimmed else 1.0)
    return np.asarray(count * lamp_w / W_PER_KW * factor * study.assumed("public.lamp_hours"))


def street_lighting(
    blocks: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, points_of_interest: gpd.GeoDataFrame, study: Study
) -> tuple[pd.DataFrame, pd.DataFrame, gpd.GeoDataFrame]:
    """
    Layers ``street_lighting`` by block, ``street_lighting_classes`` by class of street, and ``street_lamps`` that are mapped.

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``blocks``.
    ways, points_of_interest : GeoDataFrame
        Raw layers in metres with ``tags``.
    study : Study
        ``[sources] street_lamps``, the city's own number, to which estimates are scaled; assumptions ``public.*``.
    """
    import pandas as pd

    rules = assumptions.table("street_lighting").drop_duplicates("street_class").set_index("street_class")
    block, kind, metres = _lit_metres(blocks, ways)
    count, classes = len(blocks), len(rules)
    cells = np.bincount(block * classes + kind, weights=metres, minlength=count * classes).reshape(count, classes)
    estimate = cells / M_PER_KM * rules["luminaires_per_km"].to_numpy(dtype="float64")
    lamps = _mapped_lamps(blocks, points_of_interest)
    mapped = (
        np.bincount(blocks.index.get_indexer(lamps["block_id"]), weights=lamps["luminaires"].to_numpy(float), minlength=count).astype(float)
        if len(lamps)
        else np.zeros(count)
    )
    believed = mapped >= np.maximum(MAPPED_WELL * estimate.sum(axis=1), 1.0)
    luminaires = _calibrated(estimate, mapped, believed, study.sources.street_lamps)
    table = _energy_table(luminaires, rules, study)
    by_block = pd.DataFrame(
        {
            "street_km": cells.sum(axis=1) / M_PER_KM,
            **{name: values.sum(axis=1) for name, values in table.items()},
            "luminaires_source": np.where(believed, "osm", "inferred: class of street"),
        },
        index=blocks.index,
    )
    by_class = pd.DataFrame(
        {"street_km": cells.sum(axis=0) / M_PER_KM, **{name: values.sum(axis=0) for name, values in table.items()}}, index=rules.index
    )
    return _with_money(by_block, study), _with_money(by_class, study), lamps


def _lit_metres(blocks: gpd.GeoDataFrame, ways: gpd.GeoDataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Pieces of lit streets: row of the block, number of the class, and length [m]."""
    rules = assumptions.table("street_lighting")
    order = {name: number for number, name in enumerate(dict.fromkeys(rules["street_class"]))}
    known = {row.highway: (order[row.street_class], bool(row.lit_only)) for row in rules.itertuples()}
    kinds = np.full(len(ways), -1, dtype=np.int64)
    for number, text in enumerate(ways["tags"]):
        tags = json.loads(text)
        found = known.get(tags.get("highway", ""))
        lit = tags.get("lit", "")
        if found and lit != "no" and (lit or not found[1]) and tags.get("area") != "yes":
            kinds[number] = found[0]
    lines = ways.geometry.to_numpy()[kinds >= 0]
    pieces = np.maximum(np.ceil(shapely.length(lines) / STEP_M).astype(np.int64), 1)
    owner = np.repeat(np.arange(len(lines)), pieces)
    place = (np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[owner]
    points = shapely.line_interpolate_point(lines[owner], place, normalized=True)
    point, block = _nearest(blocks, points)
    return block, kinds[kinds >= 0][owner][point], (shapely.length(lines) / pieces)[owner][point]


def _nearest(blocks: gpd.GeoDataFrame, points: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the points that lie near a block, and of the block nearest to each; of two that are as near the first."""
    point, block = shapely.STRtree(blocks.geometry.to_numpy()).query_nearest(points, max_distance=NEAR_M, all_matches=False)
    return np.asarray(point), np.asarray(block)


def _mapped_lamps(blocks: gpd.GeoDataFrame, points_of_interest: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Mapped street lamps near the blocks, with the number of their luminaires."""
    import geopandas as gpd
    import pandas as pd

    tags = points_of_interest["tags"].astype("str")
    lamp = tags.str.contains('"highway": "street_lamp"', regex=False).to_numpy(dtype=bool)
    told = pd.to_numeric(tags[lamp].str.extract(r'"light:count": "(\d{1,2})"')[0], errors="coerce").fillna(1.0).clip(1.0, 12.0)
    led = tags[lamp].str.contains('"light:method": "LED"', regex=False)
    shapes = points_of_interest.geometry.to_numpy()[lamp]
    point, block = _nearest(blocks, shapes)
    frame = {
        "block_id": pd.array(blocks.index.to_numpy()[block].astype("str"), dtype="str"),
        "luminaires": told.to_numpy(dtype="float64")[point],
        "led": led.to_numpy(dtype=bool)[point],
    }
    names = pd.Index(tags.index[lamp][point].astype("str"), name="lamp_id")
    return gpd.GeoDataFrame(frame, geometry=shapes[point], crs=points_of_interest.crs, index=names).sort_index()


def _calibrated(estimate: Array, mapped: Array, believed: NDArray[np.bool_], total: float | None) -> Array:
    """Luminaires of blocks and classes: mapped ones spread as the estimate, others scaled so that all are the city's number."""
    whole = estimate.sum(axis=1)
    even = np.full(estimate.shape, 1.0 / estimate.shape[1])
    parts = np.divide(estimate, whole[:, None], out=even, where=whole[:, None] > 0.0)
    found = np.where(believed[:, None], parts * mapped[:, None], estimate)
    if total is None or not found.sum():
        return found
    left, guessed = total - float(found[believed].sum()), float(found[~believed].sum())
    if left > 0.0 and guessed > 0.0:
        return np.where(believed[:, None], found, found * left / guessed)
    return found * total / found.sum()


def _energy_table(luminaires: Array, rules: pd.DataFrame, study: Study) -> dict[str, Array]:
    """Luminaires and their energy by block and class, today, all LED, and all LED with dimming. [MWh/a]."""
    sodium_w, led_w = (rules[name].to_numpy(dtype="float64")[None, :] for name in ("sodium_w", "led_w"))
    share = study.assumed("public.led_share")
    sodium, led = (lamp_energy(luminaires, watt, study, sodium=old) for watt, old in ((sodium_w, True), (led_w, False)))
    dimmed = lamp_energy(luminaires, led_w, study, sodium=False, dimmed=True)
    return {
        "luminaires": luminaires,
        "energy_today_mwh_a": ((1.0 - share) * sodium + share * led) / KWH_PER_MWH,
        "energy_led_mwh_a": led / KWH_PER_MWH,
        "energy_dimmed_mwh_a": dimmed / KWH_PER_MWH,
    }


def _with_money(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """What lighting costs in a year, and what LED would cost once, save and take to pay back; none where the country has no price."""
    tariff = price("electricity", study) * KWH_PER_MWH
    known = PRICE in assumptions.scalars(study.country)
    once = table["luminaires"] * (1.0 - study.assumed("public.led_share")) * (study.assumed(PRICE) if known else np.nan)
    saved = {name: (table["energy_today_mwh_a"] - table[f"energy_{name}_mwh_a"]) * tariff for name in ("led", "dimmed")}
    return table.assign(
        cost_a=table["energy_today_mwh_a"] * tariff,
        co2_kg_a=table["energy_today_mwh_a"] * study.assumed("carriers.co2_electricity"),
        led_investment=once,
        led_saving_a=saved["led"],
        dimmed_saving_a=saved["dimmed"],
        payback_a=once / saved["led"].where(saved["led"] > 0.0),
    )
