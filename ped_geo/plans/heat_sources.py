"""
Where a heat network could take its heat: what the map shows nearby and what stands anywhere, with potential, distance and price.

Nobody's plans are known: a source on the map is one to ask about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from ped_geo import assumptions
from ped_geo.finance.annuity import annuity_factor
from ped_geo.finance.prices import price
from ped_geo.networks.density import delivered_mwh_a
from ped_geo.networks.pipes import linear_cost, study_capacity, water
from ped_geo.supply._heat_pumps import carnot_cop

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.study import Study

__all__ = ["heat_sources", "sewage_works"]

Row = dict[str, Any]

ANYWHERE = ("air", "solar_store", "biomass")
KWH_PER_M3_K = 1.163

MOST = 3
"""So many of each kind are listed, the nearest first."""

SOLAR_SHARE = 0.5
"""Of the yearly heat; plants with seasonal stores give up to about half."""

UNKNOWN = "unknown"
SERVED = ("population_equivalent", "capacity:persons")
"""Tags that tell how many people a sewage works serves."""

MOST_SERVED, WIDEST_M = 5e7, 5_000.0
SECONDS_PER_HOUR = 3600.0
LITRES_PER_M3, DAYS, KWH_PER_MWH = 1000.0, 365.0, 1000.0
NAMES = (
    "kind",
    "name",
    "distance_m",
    "potential_mwh_a",
    "potential_from",
    "performance",
    "investment",
    "pipe",
    "heat_cost_per_mwh",
    "share",
)

TAGGED = (
    ("waste_water", "man_made", ("wastewater_plant",)),
    ("data_centre", "telecom", ("data_center",)),
    ("data_centre", "building", ("data_center",)),
    ("supermarket_cooling", "shop", ("supermarket",)),
    ("river", "waterway", ("river", "canal")),
    ("existing_plant", "power", ("plant",)),
    ("existing_plant", "man_made", ("heating_plant",)),
    ("industry", "landuse", ("industrial",)),
)
"""Kind, and the tag of OpenStreetMap that tells it; BDOT10k is read under the same tags."""


class _Found(NamedTuple):
    kind: str
    name: str
    distance_m: float
    potential_mwh_a: float
    potential_from: str


def _number(text: str) -> float:
    """A number in a tag, not a number where it is none."""
    try:
        return float(text.strip())
    except ValueError:
        return float("nan")


def _seen(layers: tuple[gpd.GeoDataFrame, ...], place: shapely.Geometry) -> Iterator[tuple[str, dict[str, str], float, float]]:
    """Kind, tags, distance [m] and ground [m²] of everything on the map that may give heat."""
    for layer in layers:
        for tags, shape in zip(layer["tags"], layer.geometry, strict=True):
            told = json.loads(tags)
            kind = next((kind for kind, key, values in TAGGED if told.get(key) in values), None)
            if kind is not None:
                yield kind, told, float(shapely.distance(shape, place)), float(shape.area)


def sewage_works(layers: tuple[gpd.GeoDataFrame, ...]) -> list[shapely.Geometry]:
    """Shapes of the sewage works that are drawn in and around the place."""
    return [
        shape
        for layer in layers
        for tags, shape in zip(layer["tags"], layer.geometry, strict=True)
        if "wastewater_plant" in tags and json.loads(tags).get("man_made") == "wastewater_plant"
    ]


def _of_ground(kind: str, ground_m2: float, study: Study) -> tuple[float, str]:
    """Waste heat of a kind that is known by its floor or ground [MWh/a]; not a number for points."""
    known = {
        "data_centre": ("heat_network.data_centre_heat", "of_floor"),
        "supermarket_cooling": ("heat_network.supermarket_heat", "of_floor"),
        "industry": ("heat_network.industry_heat", "of_ground"),
    }
    if kind not in known or not ground_m2 > 0.0:
        return np.nan, UNKNOWN
    key, basis = known[kind]
    return ground_m2 * study.assumed(key), basis


def _of_river(tags: dict[str, str], hours: float, study: Study) -> tuple[float, str]:
    """
    Heat of a part of a river's water [MWh/a], by the width that the map tells; canals and rivers of unknown width are unknown.

    Notes
    -----
    .. math:: w = 7.2 \\sqrt{Q}

    with the width w in m and the mean flow Q in m³/s.
    """
    width = _number(tags.get("width", "").removesuffix("m"))
    if tags.get("waterway") != "river" or not 0.0 < width < WIDEST_M:
        return np.nan, UNKNOWN
    flow = (width / study.assumed("heat_network.river_width")) ** 2 * study.assumed("heat_network.river_share")
    return flow * SECONDS_PER_HOUR * hours * KWH_PER_M3_K * study.assumed("supply.source_cooling") / KWH_PER_MWH, "of_width"


def _of_works(tags: dict[str, str], study: Study) -> tuple[float, str]:
    """Heat in the sewage of all whom a works serves [MWh/a], where the map tells how many."""
    told = [_number(tags[key]) for key in SERVED if key in tags]
    return (_sewage(told[0], study), "of_capacity") if told and 0.0 < told[0] < MOST_SERVED else (np.nan, UNKNOWN)


def _potential(kind: str, tags: dict[str, str], ground_m2: float, hours: float, study: Study) -> tuple[float, str]:
    """Heat of a source on the map [MWh/a], and from what it is known."""
    if kind == "river":
        return _of_river(tags, hours, study)
    if kind == "waste_water":
        return _of_works(tags, study)
    return _of_ground(kind, ground_m2, study)


def _sewage(residents: float, study: Study) -> float:
    """Heat that the sewage of the place's own residents holds [MWh/a]."""
    volume = residents * study.assumed("heat_network.sewage_litres") / LITRES_PER_M3 * DAYS
    return volume * KWH_PER_M3_K * study.assumed("supply.source_cooling") / KWH_PER_MWH


def _all(
    layers: tuple[gpd.GeoDataFrame, ...], place: shapely.Geometry, residents: float, need_mwh: float, table: dict[str, Row], study: Study
) -> list[_Found]:
    nearest: dict[str, list[_Found]] = {}
    for kind, tags, distance, ground in _seen(layers, place):
        hours = float(table[kind]["hours_a"]) if kind in table else np.nan
        heat, basis = _potential(kind, tags, ground, hours, study)
        nearest.setdefault(kind, []).append(_Found(kind, tags.get("name", ""), distance, heat, basis))
    found = [one for kind in nearest for one in sorted(nearest[kind], key=lambda one: (one.distance_m, one.name))[:MOST]]
    found.append(_Found("sewer", "", 0.0, _sewage(residents, study), "of_residents"))
    found += [_Found(kind, "", np.nan, need_mwh * (SOLAR_SHARE if kind == "solar_store" else 1.0), "of_need") for kind in ANYWHERE]
    return found


def _performance(row: Row, study: Study) -> float:
    """Heat given per energy driven; not a number where nothing drives it."""
    if row["drive"] == "electricity":
        flow = study.assumed("supply.network_flow")
        return float(carnot_cop(np.array([float(row["source_c"])]), np.array([flow]), study)[0])
    return float(row["performance"])


def _price(row: Row, performance: float, study: Study) -> float:
    """Capital and drive of a unit of heat at the source [money/MWh]."""
    rate = study.assumed("heat_network.discount_rate")
    yearly = (
        float(row["investment_eur_kw"])
        * float(annuity_factor(rate, float(row["lifetime_a"])))
        * study.assumed("heat_network.exchange_rate")
    )
    capital = yearly / float(row["hours_a"]) * KWH_PER_MWH
    if row["drive"] == "electricity":
        return capital + study.assumed("heat_network.pump_electricity") / performance
    if row["drive"] == "biomass":
        return capital + price("biomass", study) * KWH_PER_MWH / performance
    return capital


def _pipe_price(distance_m: float, heat_mwh_a: float, hours: float, study: Study) -> tuple[float, float]:
    """Pipe from a source to the place [money], and its yearly cost per heat [money/MWh]."""
    if not distance_m > 0.0 or not heat_mwh_a > 0.0:
        return 0.0, 0.0
    slope, constant = linear_cost(study_capacity(water("low_temperature"), study), heat_mwh_a * KWH_PER_MWH / hours)
    per_m = constant + slope * heat_mwh_a * KWH_PER_MWH / hours
    money = per_m * distance_m * study.assumed("heat_network.price_level") * study.assumed("heat_network.exchange_rate")
    rate, years = study.assumed("heat_network.discount_rate"), study.assumed("heat_network.lifetime")
    return money, money * float(annuity_factor(rate, years)) / heat_mwh_a


def _row(one: _Found, table: dict[str, Row], need_mwh: float, study: Study) -> dict[str, object]:
    told = {"kind": one.kind, "name": one.name, "distance_m": one.distance_m, "potential_from": one.potential_from}
    if one.kind == "existing_plant":
        plain = {"potential_mwh_a": np.nan, "performance": np.nan, "investment": np.nan, "pipe": np.nan}
        return told | plain | {"heat_cost_per_mwh": study.assumed("heat_network.source_heat"), "share": np.nan}
    row = table["waste_water" if one.kind == "sewer" else one.kind]
    performance = _performance(row, study)
    given = one.potential_mwh_a
    if row["drive"] == "electricity" and one.kind not in ANYWHERE:
        # a pump that gives no more than its electricity draws nothing, so that its source sets no limit
        given = given * performance / (performance - 1.0) if performance > 1.0 else np.nan
    taken = min(given, need_mwh) if np.isfinite(given) else np.nan
    hours = float(row["hours_a"])
    pipe, per_heat = _pipe_price(one.distance_m, taken if np.isfinite(taken) else need_mwh, hours, study)
    power = taken * KWH_PER_MWH / hours
    return told | {
        "potential_mwh_a": given,
        "performance": performance,
        "investment": power * float(row["investment_eur_kw"]) * study.assumed("heat_network.exchange_rate"),
        "pipe": pipe,
        "heat_cost_per_mwh": _price(row, performance, study) + per_heat,
        "share": taken / need_mwh if need_mwh > 0.0 else np.nan,
    }


def heat_sources(
    buildings: gpd.GeoDataFrame,
    need: pd.DataFrame,
    layers: tuple[gpd.GeoDataFrame, ...],
    study: Study,
    *,
    package: str,
) -> pd.DataFrame:
    """
    Sources of heat for a network of the place, nearest of each kind first.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``, of the place.
    need : DataFrame
        Layer ``need``.
    layers : tuple of GeoDataFrame
        What is drawn in and around the place, with ``tags`` as JSON: areas, points of interest, ways, footprints.
    study : Study
        Its assumptions.
    package : str
        Whose heat the shares are of.

    Returns
    -------
    DataFrame
        Layer ``heat_sources``. Potential is heat given to the network in a year, so that of a heat pump holds its electricity; not a
        number where open data do not tell it, and where a plant stands already; ``potential_from`` says from what it is known.

    Notes
    -----
    Heat costs capital over hours at full load, electricity or fuel over the performance, and the pipe from the source to the nearest
    building of the place. Prices are the heat company's, before tax, but for biomass, whose price is that of the variants.

    References
    ----------
    .. [1] Moody, Troutman (2002), "Characterization of the spatial variability of channel morphology", Earth Surface Processes and
       Landforms 27: width by flow.
    .. [2] Papapetrou, Kosmadakis, Cipollina, La Commare, Micale (2018), "Industrial waste heat: estimation of the technically available
       resource in the EU per industrial sector, temperature level and country", Applied Thermal Engineering 138.
    """
    heated = buildings[buildings["heated"].astype(bool)]
    place = shapely.union_all(np.asarray(heated.geometry.to_numpy(), dtype=object)) if len(heated) else shapely.MultiPoint()
    need_mwh = float(delivered_mwh_a(pd.DataFrame(need.xs(package, level="package")).reindex(heated.index)).sum()) if len(heated) else 0.0
    if need_mwh <= 0.0:
        return pd.DataFrame({name: [] for name in NAMES}, index=pd.Index([], dtype="str", name="source_id"))
    table = {
        str(row["kind"]): {str(key): value for key, value in row.items()} for row in assumptions.table("heat_sources").to_dict("records")
    }
    rows = [_row(one, table, need_mwh, study) for one in _all(layers, place, float(heated["residents"].sum()), need_mwh, table, study)]
    frame = pd.DataFrame(rows).sort_values(["heat_cost_per_mwh", "kind", "distance_m", "name"], kind="stable", ignore_index=True)
    frame = frame.astype({"kind": "str", "name": "str", "potential_from": "str"})[list(NAMES)]
    frame.index = pd.Index([f"source-{number}" for number in range(1, len(frame) + 1)], dtype="str", name="source_id")
    return frame
