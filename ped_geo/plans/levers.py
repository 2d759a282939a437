"""
What is possible where: of each block, which heat supplies and which places of modules it allows, by data and with the reason.

A way of the default set is closed in a block that one of its levers is not possible in, and closed for the whole place where less than
`MOST` of the heated floor could follow it. What the data do not show (sewers, rivers as a source, permits) closes nothing in silence:
it stands in the table as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from ped_geo.flows import CANOPY, FACADE, today_and_new
from ped_geo.networks.reach import REACHED, borehole_ground_m2
from ped_geo.study import BATTERY, HEAT_STORE

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.study import Study

__all__ = ["LEVERS", "MOST", "levers"]

BOREHOLES = "heat_pump_ground"
MOST = 0.5
"""Share of the heated floor from which a lever counts as possible in the whole place, and a place as one on the heat network. [-]"""

FIGURES = ("network_distance_m", "unprotected_share", "ground_m2", "ground_asked_m2", "modules_kwp", "storage_kwh")
"""What the rules looked at; missing where a rule asks for something else."""


@dataclass(frozen=True)
class _Place:
    """What the rules look at, one row for each block with heated floor."""

    blocks: pd.DataFrame
    inside: pd.DataFrame
    load_kw: pd.Series
    borehole_load_kw: pd.Series
    reach: pd.DataFrame
    pv_places: pd.DataFrame
    roofs_kwp: pd.Series
    study: Study

    def floor_share(self, those: pd.Series) -> pd.Series:
        """Share of each block's heated floor in buildings that meet a condition."""
        floor, block = self.inside["reference_area_m2"], self.inside["block_id"]
        mine = (floor * those).groupby(block).sum().reindex(self.blocks.index).fillna(0.0)
        return mine / floor.groupby(block).sum().reindex(self.blocks.index)


def _answer(possible: pd.Series, reason: str, **figures: pd.Series) -> pd.DataFrame:
    closed = ~possible.fillna(True).astype(bool)
    return pd.DataFrame({"possible": possible, "reason": pd.Series(reason, possible.index, dtype="str").where(closed), **figures})


def _near(place: _Place) -> pd.Series:
    """Whether a network lies in the block or within reach of a street main."""
    return place.reach["network_distance_m"] <= place.study.assumed("districts.network_reach")


def _network(place: _Place) -> pd.DataFrame:
    """A network in the block, or near a block with heat enough for its trenches, in a package of a variant that asks for it."""
    far = pd.Series("no_network", place.reach.index)
    return _answer(place.reach["reached"] & _near(place), "", network_distance_m=place.reach["network_distance_m"]).assign(
        reason=far.where(~_near(place), "too_loose").where(~(place.reach["reached"] & _near(place)))
    )


def _wood(place: _Place) -> pd.DataFrame:
    """Wood is burnt where no network is near: a chimney more in a served quarter is what clean-air plans forbid."""
    return _answer(~_near(place), "network_near", network_distance_m=place.reach["network_distance_m"])


def _air(place: _Place) -> pd.DataFrame:
    """Outdoor units stand on no protected building."""
    free = 1.0 - place.floor_share(place.inside["heritage"].astype(bool))
    return _answer(free > 0, "protected", unprotected_share=free)


def _ground(place: _Place) -> pd.DataFrame:
    """Boreholes under the ground that neither buildings nor car parks cover, for the load after the package that has them."""
    study = place.study
    room = borehole_ground_m2(place.blocks, study)
    asked = place.borehole_load_kw / study.assumed("districts.borehole_kw_per_m2")
    return _answer(room >= asked, "no_ground", ground_m2=room, ground_asked_m2=asked)


def _own_network(place: _Place) -> pd.DataFrame:
    """A low-temperature network of the place's own, where blocks ask for enough heat per metre of trench."""
    return _answer(place.reach["dense"], "too_loose")


def _sewers(place: _Place) -> pd.DataFrame:
    """A sewage works near a block that is worth a network; no map of sewers is read, so that elsewhere it is neither yes nor no."""
    dense, near = place.reach["dense"], place.reach["works_distance_m"] <= place.study.assumed("heat_network.source_reach")
    possible = dense.astype("boolean").where(near | ~dense)
    return _answer(possible, "").assign(
        reason=pd.Series("not_mapped", dense.index).where(dense, "too_loose").where(possible.isna() | ~dense)
    )


def _modules(kind: str, reason: str) -> Callable[[_Place], pd.DataFrame]:
    def rule(place: _Place) -> pd.DataFrame:
        mine = place.pv_places[place.pv_places.index.get_level_values("place") == kind]["capacity_kwp"].droplevel("place")
        block = place.inside["block_id"].reindex(mine.index)
        room = mine.groupby(block.to_numpy()).sum().reindex(place.blocks.index).fillna(0.0)
        return _answer(room > 0, reason, modules_kwp=room)

    return rule


def _battery(place: _Place) -> pd.DataFrame:
    """Something must charge it: the modules on the roofs, of today and new."""
    size = place.roofs_kwp * place.study.assumed("balance.battery_kwh_per_kwp")
    return _answer(place.roofs_kwp > 0, "no_modules", storage_kwh=size)


def _heat_store(place: _Place) -> pd.DataFrame:
    """A store shifts the electricity of heat pumps, so that these must be possible; it stands in cellars, which no data show."""
    pumps = _air(place)["possible"] | _ground(place)["possible"]
    return _answer(pumps, "no_heat_pump", storage_kwh=place.load_kw * place.study.assumed("balance.heat_store_hours"))


CLEAN_NETWORK: Final = "district_heat_decarbonised"
"""Heat of the city's network, on blocks that it reaches."""

LEVERS: Final[dict[str, Callable[[_Place], pd.DataFrame]]] = {
    CLEAN_NETWORK: _network,
    "heat_pump_air": _air,
    BOREHOLES: _ground,
    "waste_water_heat": _sewers,
    "low_temperature_network": _own_network,
    "biomass": _wood,
    FACADE: _modules(FACADE, "no_wall"),
    CANOPY: _modules(CANOPY, "no_car_park"),
    BATTERY: _battery,
    HEAT_STORE: _heat_store,
}
"""Rule of each lever that has one; a supply without a rule is possible everywhere."""


def levers(
    inside: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    need: pd.DataFrame,
    pv_places: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    reach: pd.DataFrame,
    works: Sequence[shapely.Geometry],
    study: Study,
) -> pd.DataFrame:
    """
    Which levers each block with heated floor allows.

    Parameters
    ----------
    inside : GeoDataFrame
        Layer ``buildings`` of the district: ``heat_supply``, ``heritage``, ``reference_area_m2``, ``block_id``.
    blocks : GeoDataFrame
        Layer ``blocks``.
    need : DataFrame
        Layer ``need``, index (``building_id``, ``package``): ``heat_load_kw``.
    pv_places : DataFrame
        Layer ``pv_places``.
    pv_buildings : DataFrame
        Layer ``pv_buildings``: ``capacity_kwp`` and ``existing_kwp``.
    reach : DataFrame
        Layer ``heat_reach``.
    works : sequence of Geometry
        Sewage works on the map.
    study : Study
        Reach of a network and room of boreholes are assumptions.

    Returns
    -------
    DataFrame
        Layer ``levers``, index (``block_id``, ``lever``).
    """
    held = inside[(inside["block_id"] != "") & (inside["reference_area_m2"] > 0)]
    heated = blocks.loc[blocks.index.isin(held["block_id"])]
    least = need["heat_load_kw"].groupby(level="building_id").min().reindex(held.index).fillna(0.0)
    load = least.groupby(held["block_id"]).sum().reindex(heated.index).fillna(0.0)
    kwp = today_and_new(pv_buildings["existing_kwp"], pv_buildings["capacity_kwp"], True).reindex(held.index).fillna(0.0)
    roofs = kwp.groupby(held["block_id"]).sum().reindex(heated.index).fillna(0.0)
    place = _Place(
        heated, held, load, _borehole_load(need, held, load, study), _reach(reach, heated, works, study), pv_places, roofs, study
    )
    parts = {lever: rule(place) for lever, rule in LEVERS.items()}
    found = pd.concat(parts, names=["lever", "block_id"]).reorder_levels(["block_id", "lever"]).sort_index()
    columns = {"possible": "boolean", "reason": "str", **dict.fromkeys(FIGURES, "float64")}
    # no table holds an endless distance
    return found.reindex(columns=list(columns)).astype(columns).replace(np.inf, np.nan)


def _reach(reach: pd.DataFrame, blocks: gpd.GeoDataFrame, works: Sequence[shapely.Geometry], study: Study) -> pd.DataFrame:
    """Distances of each block to network and sewage works, endless where there is none; reached, and dense, in a package that may ask for it."""
    packages = {variant.package for variant in study.variants if variant.supply == CLEAN_NETWORK} or {study.variants[0].package}
    rows = reach[reach.index.get_level_values("package").isin(packages)]
    reached = rows["reach"].isin(REACHED).groupby(level="block_id").any().reindex(blocks.index).fillna(False)
    distance = rows["network_distance_m"].groupby(level="block_id").first().reindex(blocks.index).fillna(np.inf)
    dense = (reach["linear_density_mwh_m_a"] >= study.assumed("heat_network.reach_density")).groupby(level="block_id").any()
    away = np.full(len(blocks), np.inf)
    if len(works):
        away = np.min([shapely.distance(blocks.geometry.to_numpy(), one) for one in works], axis=0)
    return pd.DataFrame(
        {
            "network_distance_m": distance,
            "reached": reached.astype(bool),
            "dense": dense.reindex(blocks.index).fillna(False).astype(bool),
            "works_distance_m": away,
        }
    )


def _borehole_load(need: pd.DataFrame, held: gpd.GeoDataFrame, least: pd.Series, study: Study) -> pd.Series:
    """Heat load of each block that boreholes must carry: of the greatest package that a variant gives them, else of the deepest [kW]."""
    packages = {variant.package for variant in study.variants if variant.supply == BOREHOLES}
    rows = need["heat_load_kw"][need.index.get_level_values("package").isin(packages)]
    if rows.empty:
        return least
    most = rows.groupby(level="building_id").max().reindex(held.index).fillna(0.0)
    return most.groupby(held["block_id"]).sum().reindex(least.index).fillna(0.0)
