"""Mobility of every block: the layers ``mobility_blocks``, ``stops`` and ``car_parks``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo.access import KINDS, destinations, walking_distances
from ped_geo.mobility import charging, transit
from ped_geo.mobility.parking import car_parks
from ped_geo.solar.places import canopies

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.site import Site
    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["MobilityInputs", "mobility_of"]

UNKNOWN: Final = "unknown"
NOBODY: Final = "nobody"
"""Code of blocks without homes, which no timetable can class."""
SAME_STOP_M: Final = 200.0
CYCLE_EDGE_M: Final = 15.0
"""Ways along the edge of a block belong to it."""
KWH_PER_MWH, M_PER_KM, M2_PER_KM2 = 1000.0, 1000.0, 1e6
HIGH_CLASSES: Final = ("a", "b")


@dataclass(frozen=True)
class MobilityInputs:
    """Layers that the mobility room reads, by their names in the schema."""

    blocks: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    ways: gpd.GeoDataFrame
    points_of_interest: gpd.GeoDataFrame
    timetable: gpd.GeoDataFrame
    access: pd.DataFrame
    weather: pd.DataFrame


@dataclass(frozen=True)
class _Homes:
    """Heated buildings of the blocks, weighed by their residents; where nobody lives all count alike."""

    frame: gpd.GeoDataFrame
    block: pd.Series
    weight: pd.Series
    index: pd.Index

    @classmethod
    def of(cls, buildings: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame) -> _Homes:
        homes = buildings[buildings["block_id"].isin(blocks.index) & buildings["heated"].astype(bool)]
        block = homes["block_id"].astype("str")
        lived = homes["residents"].groupby(block).transform("sum") > 0.0
        return cls(homes, block, homes["residents"].where(lived, 1.0).astype("float64"), blocks.index)

    def mean(self, values: pd.Series) -> pd.Series:
        """Mean of each block; not a number where nothing is heated."""
        sums = (values * self.weight).groupby(self.block).sum()
        return (sums / self.weight.groupby(self.block).sum()).reindex(self.index)


def mobility_of(given: MobilityInputs, site: Site, study: Study) -> tuple[pd.DataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Layers ``mobility_blocks``, ``stops`` and ``car_parks``.

    Parameters
    ----------
    given : MobilityInputs
        Layers of the run.
    site, study : Site, Study
        Where the sun is computed; assumptions ``mobility.*`` and ``demand.*``.
    """
    homes = _Homes.of(given.buildings[given.buildings["in_district"]], given.blocks)
    goals = destinations(given.points_of_interest, given.areas, given.buildings)
    stops = stop_areas(given)
    parks = car_parks(given.areas, given.blocks, study)
    table = _reach(homes, goals, given, study)
    table = table.join([_transport(homes, stops, given, study), _cars(given, parks, study), _canopies(given, parks, site, study)])
    return table.assign(cycle_km_km2=_cycle_ways(given)), stops, parks


def _reach(homes: _Homes, goals: gpd.GeoDataFrame, given: MobilityInputs, study: Study) -> pd.DataFrame:
    """Who has everything within a walk of 15 minutes, and what is missing most."""
    import pandas as pd

    walks = walking_distances(homes.frame, given.streets, goals, detour=study.assumed("access.detour"))
    far = pd.DataFrame({kind: ~(walks[f"{kind}_walk_m"] <= study.assumed("mobility.reach")) for kind in KINDS})
    missing = pd.DataFrame({kind: homes.mean(far[kind].astype("float64")) for kind in KINDS})
    known = missing.notna().all(axis=1)
    worst = missing.fillna(0.0).idxmax(axis=1).where(missing.max(axis=1) > 0.0, "none").where(known, UNKNOWN)
    minutes = walks[[f"{kind}_walk_m" for kind in KINDS]].mean(axis=1) / study.assumed("mobility.walk_speed")
    return pd.DataFrame(
        {
            "reach_all_share": homes.mean((~far.any(axis=1)).astype("float64")),
            "missing_kind": "reach_" + worst,
            "proximity_min": homes.mean(minutes),
            "school_1500_share": homes.mean((walks["school_walk_m"] <= study.assumed("mobility.school_reach")).astype("float64")),
            "stop_500_share": given.access["residents_near_stop"].reindex(homes.index),
        },
        index=homes.index,
    )


def stop_areas(given: MobilityInputs) -> gpd.GeoDataFrame:
    """
    Stops: those of the timetable with their lines, else those of the map; what has one name within 200 m is one.

    Parameters
    ----------
    given : MobilityInputs
        ``timetable``, ``points_of_interest``, ``areas``.

    Returns
    -------
    GeoDataFrame
        Layer ``stops``: ``name``, ``mode`` (``unknown`` on the map), ``departures`` from 6 to 20 h, ``headway_min`` of one
        direction, ``category`` (0 where it is not known) and ``stop_source``.
    """
    import geopandas as gpd
    import pandas as pd

    rows = given.timetable
    if len(rows):
        of_mode = rows.groupby(["area", "mode"]).agg(
            name=("name", "first"), departures=("departures", "sum"), one_way=("one_way", "sum"), lines=("route", "nunique")
        )
        middle = rows.groupby("area").geometry.first().reindex(of_mode.index.get_level_values("area"))
        table = of_mode.reset_index()
        headway = transit.headways(table["one_way"].to_numpy())
        category = transit.stop_categories(table["mode"], headway)
        table = table.assign(
            headway_min=np.where(np.isfinite(headway), headway, np.nan),
            category=category,
            stop_source="gtfs",
            stop_id=table["area"] + "/" + table["mode"],
        )
        return gpd.GeoDataFrame(table.drop(columns=["area", "one_way"]).set_index("stop_id"), geometry=middle.to_numpy(), crs=rows.crs)
    shapes, names = _mapped_stops(given)
    group = _one_name(shapes, names)
    xy = pd.DataFrame(shapely.get_coordinates(shapes), columns=["x", "y"]).groupby(group).mean()
    table = pd.DataFrame({"name": pd.Series(names, dtype="str").groupby(group).first()})
    plain = table.assign(mode=UNKNOWN, departures=np.nan, headway_min=np.nan, lines=0, category=0, stop_source="osm")
    found = gpd.GeoDataFrame(plain, geometry=gpd.points_from_xy(xy["x"], xy["y"]), crs=given.areas.crs)
    return found.set_index(pd.Index([f"stop/{number}" for number in range(len(found))], dtype="str", name="stop_id"))


def _mapped_stops(given: MobilityInputs) -> tuple[NDArray[np.object_], list[str]]:
    """Middles and names of all that the map calls a stop."""
    from ped_geo import assumptions

    rules = assumptions.table("access_kinds")
    stop = rules[rules["kind"] == "stop"]
    pairs = set(zip(stop["key"], stop["value"], strict=True))
    shapes: list[shapely.Geometry] = []
    names: list[str] = []
    for layer in (given.points_of_interest, given.areas):
        for shape, text in zip(layer.geometry, layer["tags"], strict=True):
            tags = json.loads(text)
            if pairs.intersection(tags.items()):
                shapes.append(shapely.centroid(shape))
                names.append(str(tags.get("name", "")))
    return np.array(shapes, dtype=object), names


def _one_name(shapes: NDArray[np.object_], names: list[str]) -> NDArray[np.int64]:
    """Number of the stop that each shape belongs to; shapes without a name stand alone."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(shapes):
        return np.zeros(0, dtype=np.int64)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=SAME_STOP_M)
    word = np.array(names, dtype=object)
    same = (word[one] == word[other]) & (word[one] != "")
    links = coo_array((np.ones(int(same.sum())), (one[same], other[same])), shape=(len(shapes), len(shapes)))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _transport(homes: _Homes, stops: gpd.GeoDataFrame, given: MobilityInputs, study: Study) -> pd.DataFrame:
    """Class and access index of each block; unknown without a timetable."""
    import geopandas as gpd
    import pandas as pd

    index = homes.index
    if not len(given.timetable):
        unknown = {"transport_class": f"class_{UNKNOWN}", "ptal_band": f"ptal_{UNKNOWN}"}
        return pd.DataFrame({**unknown, "transport_ab_share": np.nan, "ptal_index": np.nan}, index=index)
    detour = study.assumed("access.detour")
    numbers = [str(number) for number in range(1, 8)]
    goals = gpd.GeoDataFrame({"kind": stops["category"].astype("str").to_numpy()}, geometry=stops.geometry.to_numpy(), crs=stops.crs)
    walks = walking_distances(homes.frame, given.streets, goals, detour=detour, kinds=numbers)
    place = transit.transport_classes(walks[[f"{number}_walk_m" for number in numbers]].to_numpy(dtype="float64"))
    of_class = pd.DataFrame(
        {
            letter: homes.mean(pd.Series((place == code).astype("float64"), index=homes.frame.index))
            for code, letter in enumerate(transit.CLASSES)
        }
    )
    known = of_class.notna().all(axis=1)
    usual = "class_" + of_class.fillna(0.0).idxmax(axis=1).where(known, NOBODY)
    access = homes.mean(_access(homes, given, detour, study))
    return pd.DataFrame(
        {
            "transport_class": usual,
            "transport_ab_share": of_class[list(HIGH_CLASSES)].sum(axis=1, min_count=1),
            "ptal_index": access,
            "ptal_band": transit.access_bands(access.fillna(0.0)).where(access.notna(), f"ptal_{NOBODY}"),
        },
        index=index,
    )


def _access(homes: _Homes, given: MobilityInputs, detour: float, study: Study) -> pd.Series:
    """Access index of each home: each line once, at its nearest stop, as often as it leaves there in the peak hour."""
    import geopandas as gpd
    import pandas as pd

    rows = given.timetable[given.timetable["peak_per_hour"] > 0.0]
    none = pd.Series(0.0, index=homes.frame.index)
    if not len(rows) or not len(homes.frame):
        return none
    # a line that leaves from two stops is taken where it is nearest; it leaves there about as often as anywhere
    line = rows["mode"] + "/" + rows["route"]
    often = rows["peak_per_hour"].groupby(line).max()
    goals = gpd.GeoDataFrame({"kind": line.to_numpy()}, geometry=rows.geometry.to_numpy(), crs=rows.crs)
    walks = walking_distances(homes.frame, given.streets, goals, detour=detour, kinds=list(often.index))
    lengths = walks[[f"{name}_walk_m" for name in often.index]].to_numpy(dtype="float64")
    modes = np.array([str(name).partition("/")[0] for name in often.index], dtype=object)
    return pd.Series(transit.access_index(np.nan_to_num(lengths, nan=np.inf), often.to_numpy(), modes, study), index=homes.frame.index)


def _cars(given: MobilityInputs, parks: gpd.GeoDataFrame, study: Study) -> pd.DataFrame:
    """Cars of the residents, stalls that are mapped for them, and what charging asks of the grid."""
    import pandas as pd

    blocks = given.blocks
    cars = blocks["residents"] * study.assumed("demand.cars_per_resident")
    stalls = parks["stalls"].groupby(parks["block_id"]).sum().reindex(blocks.index).fillna(0.0)
    flats = blocks["dwellings"].where(blocks["dwellings"] >= 1.0)
    found = {"cars": cars, "stalls_mapped": stalls, "stalls_per_flat": stalls / flats}
    charged, power = study.assumed("demand.ev_kwh_per_year"), study.assumed("mobility.charger")
    for year in charging.YEARS:
        electric = cars * charging.electric_share(year, study)
        found[f"charging_{year}_mwh_a"] = electric * charged / KWH_PER_MWH
        found[f"charging_peak_{year}_kw"] = pd.Series(charging.charging_peak(electric.to_numpy(), power), index=blocks.index)
    last = charging.YEARS[-1]
    low, high = (cars * charging.electric_share(last, study, path) * charged / KWH_PER_MWH for path in ("low", "high"))
    found |= {f"charging_{last}_low_mwh_a": low, f"charging_{last}_high_mwh_a": high}
    return pd.DataFrame(found).assign(charging_kw_per_100_flats=100.0 * found[f"charging_peak_{last}_kw"] / flats)


def _canopies(given: MobilityInputs, parks: gpd.GeoDataFrame, site: Site, study: Study) -> pd.DataFrame:
    """Modules over the car parks of each block, their yield in a year and their price."""
    import pandas as pd

    inside = given.buildings[given.buildings["in_district"]]
    modules, _ = canopies(inside, given.blocks, given.weather, site, study)
    power = parks["canopy_kwp"].groupby(parks["block_id"]).sum().reindex(given.blocks.index).fillna(0.0)
    total = float(modules["capacity_kwp"].sum())
    # all canopies of a place face alike
    specific = float(modules["annual_yield_kwh_a"].sum()) / total if total > 0.0 else 0.0
    once = parks["canopy_investment"].groupby(parks["block_id"]).sum(min_count=1).reindex(given.blocks.index).where(power > 0.0, 0.0)
    return pd.DataFrame({"canopy_kwp": power, "canopy_mwh_a": power * specific / KWH_PER_MWH, "canopy_investment": once})


def _cycle_ways(given: MobilityInputs) -> pd.Series:
    """Length of cycle ways and lanes in and along each block by its area. [km/km²]."""
    import pandas as pd

    lines = given.ways.geometry.to_numpy()[[_for_cycles(json.loads(text)) for text in given.ways["tags"]]]
    shapes = shapely.buffer(given.blocks.geometry.to_numpy(), CYCLE_EDGE_M)
    block, line = shapely.STRtree(lines).query(shapes, predicate="intersects")
    length = shapely.length(shapely.intersection(shapes[block], lines[line]))
    summed = np.bincount(block, weights=length, minlength=len(shapes))
    return pd.Series(summed / M_PER_KM / (shapely.area(shapes) / M2_PER_KM2), index=given.blocks.index)


def _for_cycles(tags: dict[str, str]) -> bool:
    """Whether a way is made for cycles."""
    if tags.get("highway") == "cycleway" or (tags.get("highway") in {"path", "footway"} and tags.get("bicycle") == "designated"):
        return True
    keys = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    return any(tags.get(key) in {"lane", "track", "opposite_lane", "opposite_track"} for key in keys)
