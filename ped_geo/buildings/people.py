"""How many dwellings a building holds and how many people live in them: usable floor, size of flats, households, vacancy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.buildings.use_odds import open_uses
from ped_geo.countries import pack_or_form
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Homes", "dwellings_and_residents", "home_area", "home_shares", "homes_at", "joined_range"]


@dataclass(frozen=True)
class Homes:
    """
    Homes of one kind at a place, as its statistics tell them.

    Attributes
    ----------
    dwelling_size_m2 : float
        Mean usable floor area of a dwelling. [m²]
    household_size : float
        Residents of a dwelling that is lived in.
    vacant_share : float
        Share of the dwellings that nobody lives in.
    size_ranges, people_ranges : tuple of (float, float)
        Low and high over the mean of what decides the dwellings per floor, and the residents per dwelling. [-]
    """

    dwelling_size_m2: float
    household_size: float
    vacant_share: float
    size_ranges: tuple[tuple[float, float], ...] = ()
    people_ranges: tuple[tuple[float, float], ...] = ()

    @property
    def persons_per_dwelling(self) -> float:
        """Residents per dwelling, lived in or not."""
        return self.household_size * (1.0 - self.vacant_share)


def homes_at(kind: str, longitude: float, latitude: float, study: Study) -> Homes:
    """
    Homes of a kind at a place: its district's, else its city's, its country's, the assumptions; what a district file overrides goes first.

    Parameters
    ----------
    kind : str
        ``flats`` or ``houses`` of ``tables/dwelling_places.csv``.
    longitude, latitude : float
        Place in degrees.
    study : Study
        Country and overrides.

    Examples
    --------
    >>> homes_at("flats", 21.01, 52.18, Study(name="x", country="PL")).dwelling_size_m2
    59.0
    >>> round(homes_at("flats", 21.01, 52.18, Study(name="x", country="PL")).persons_per_dwelling, 2)
    1.75
    >>> homes_at("flats", 2.3, 48.9, Study(name="x", country="FR")).persons_per_dwelling
    2.0
    """
    own = pack_or_form(study.country)
    size, persons = study.assumed("building.flat_size"), study.assumed("demand.persons_per_dwelling")
    own_size, own_persons = (_assumed_range(key, study) for key in ("building.flat_size", "demand.persons_per_dwelling"))
    if not own.has("dwelling_places"):
        return Homes(size, persons, 0.0, own_size, own_persons)
    table = own.table("dwelling_places")
    rows = table[(table["homes"] == kind) & (table["country"] == study.country)]
    around = rows["west"].le(longitude) & rows["east"].ge(longitude) & rows["south"].le(latitude) & rows["north"].ge(latitude)
    # a district goes before its city
    extent = (rows["east"] - rows["west"]) * (rows["north"] - rows["south"])
    chosen = rows.loc[extent[around].sort_values().index] if around.any() else rows[rows["place"].isna()]
    if chosen.empty:
        return Homes(size, persons, 0.0, own_size, own_persons)
    first = chosen.iloc[0]
    told = Homes(
        float(first["dwelling_size_m2"]), float(first["household_size"]), float(first["vacant_share"]), (_range(first, "dwelling_size", "_m2"),),
        (_range(first, "household", "_size"), _lived_in_range(first)),
    )  # fmt: skip
    if "building.flat_size" in study.overrides:
        told = replace(told, dwelling_size_m2=size, size_ranges=())
    if "demand.persons_per_dwelling" in study.overrides:
        told = replace(told, household_size=persons, vacant_share=0.0, people_ranges=())
    return told


def _range(row: pd.Series, name: str, ending: str) -> tuple[float, float]:
    """Low and high of a column over its mean. [-]."""
    return float(row[f"{name}_low"] / row[f"{name}{ending}"]), float(row[f"{name}_high"] / row[f"{name}{ending}"])


def _lived_in_range(row: pd.Series) -> tuple[float, float]:
    """Low and high of the share of dwellings that are lived in, over its mean. [-]."""
    lived = 1.0 - float(row["vacant_share"])
    return (1.0 - float(row["vacant_high"])) / lived, (1.0 - float(row["vacant_low"])) / lived


def _assumed_range(key: str, study: Study) -> tuple[tuple[float, float], ...]:
    """Range of an assumption over its value; none where the district file tells it."""
    known = assumptions.scalar(key)
    return () if key in study.overrides else ((known.low / known.value, known.high / known.value),)


def joined_range(ranges: Iterable[tuple[Floats | float, Floats | float]]) -> tuple[Floats | float, Floats | float]:
    """
    Low and high of a product whose factors vary by themselves: their logarithms add up as the sides of a right angle do.

    Examples
    --------
    >>> low, high = joined_range([(0.9, 1.2), (0.9, 1.2)])
    >>> round(float(low), 3), round(float(high), 3)
    (0.862, 1.294)
    """
    squares = [(np.square(np.log(low)), np.square(np.log(high))) for low, high in ranges]
    down, up = (sum(parts, start=np.zeros(())) for parts in zip(*squares, strict=True))
    return np.exp(-np.sqrt(down)), np.exp(np.sqrt(up))


def home_area(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Heated floor area of dwellings in buildings of dwellings: what no second use takes. [m²]."""
    return (frame["reference_area_m2"] - frame["second_use_area_m2"]).to_numpy(dtype=float)


def _flats_per_m2(odds: pd.DataFrame, mean_m2: float, study: Study) -> NDArray[np.float64]:
    """Flats per usable floor area, expected over what age a building may have; the place's mean flat where its age is open, 1/m²."""
    own = pack_or_form(study.country)
    sizes = pd.Series(dtype="float64")
    if own.has("flat_sizes") and "building.flat_size" not in study.overrides:
        table = own.table("flat_sizes")
        sizes = table[table["country"] == study.country].set_index("construction_period")["dwelling_size_m2"]
    per_m2 = 1.0 / sizes.reindex(odds.columns).fillna(mean_m2).to_numpy(dtype=float)
    chances = odds.to_numpy(dtype=float)
    # row by row, so that equal buildings are equal to the last digit
    return (chances * per_m2).sum(axis=1) + (1.0 - chances.sum(axis=1)) / mean_m2


def dwellings_and_residents(
    frame: gpd.GeoDataFrame, odds: pd.DataFrame, flats: NDArray[np.float64], study: Study
) -> dict[str, NDArray[np.float64]]:
    """
    Dwellings and residents of each building.

    Parameters
    ----------
    frame : GeoDataFrame
        ``use``, ``use_odds``, ``heated``, ``storeys_above_ground_source``, ``reference_area_m2`` and ``second_use_area_m2`` [m²]; geometry in metres.
    odds : DataFrame
        Chance of each construction period (columns) of each building; a row that adds up to less than 1 leaves the rest open.
    flats : array, shape (n,)
        Dwellings that tags tell, NaN where they tell none.
    study : Study
        Country and assumptions.

    Returns
    -------
    dict
        ``dwellings`` and ``residents``, 0 where nobody lives, each with its ``…_low`` and ``…_high``.

    Notes
    -----
    Low and high go through the ranges of the size of flats, of households and of vacancy, and of storeys that are guessed. They concern a whole
    place at once (its flats are larger than the city's), so that those of buildings add up to those of blocks and districts.
    Flats are the usable part of the floor area that no second use takes, over the size of a flat, which is that of the building's age where statistics
    tell one, else the mean of its city or country. A single-family house is one dwelling. Where nobody tells the use, both are expected over its odds. Residents are dwellings that are
    lived in, times the size of their households.
    """
    middle = frame.geometry.iloc[:1].centroid.set_crs(frame.crs).to_crs(4326).iloc[0]
    of_flats, of_houses = (homes_at(kind, middle.x, middle.y, study) for kind in ("flats", "houses"))
    in_flats, in_house = home_shares(frame)
    lived = in_flats + in_house
    multi = in_flats > in_house
    homes = home_area(frame)
    lived_in = frame["heated"].to_numpy(dtype=bool) & (homes > 0)
    usable = homes / study.assumed("building.reference_area_share") * study.assumed("building.usable_share")
    by_area = np.maximum(usable * _flats_per_m2(odds, of_flats.dwelling_size_m2, study), 1.0)
    by_rule = (in_flats * by_area, in_house * study.assumed("building.house_dwellings"))
    # told dwellings are those of flats and houses as their chances stand
    told = np.divide(flats, lived, out=np.full(len(flats), np.nan), where=lived > 0)
    counts = [np.where(np.isfinite(told), share * told, count) for share, count in zip((in_flats, in_house), by_rule, strict=True)]
    persons = (of_flats.persons_per_dwelling, of_houses.persons_per_dwelling)
    found = {
        "dwellings": np.where(lived_in, counts[0] + counts[1], 0.0),
        "residents": np.where(lived_in, counts[0] * persons[0] + counts[1] * persons[1], 0.0),
    }
    counted = multi & np.isnan(flats)
    guessed = counted & frame["storeys_above_ground_source"].astype("str").str.startswith("inferred").to_numpy(dtype=bool)
    of_size = [(1.0 / high, 1.0 / low) for low, high in of_flats.size_ranges]
    homes_range = joined_range([*(_where(counted, one) for one in of_size), _where(guessed, _storeys_range())])
    people = [_where(multi, one) for one in of_flats.people_ranges] + [_where(~multi, one) for one in of_houses.people_ranges]
    for name, ends in {"dwellings": homes_range, "residents": joined_range([homes_range, *people])}.items():
        found |= {f"{name}_low": found[name] * ends[0], f"{name}_high": found[name] * ends[1]}
    return found


def home_shares(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Share of blocks of flats and of houses in the use of each building: 0 or 1 where it is told, else their chance. [0-1]."""
    use = frame["use"].astype("str")
    chances = open_uses(frame)
    shares: list[Floats] = []
    for name in ("residential_multi", "residential_single"):
        share = (use == name).astype("float64")
        share.loc[chances.index] = chances[name]
        shares.append(np.asarray(share, dtype=np.float64))
    return shares[0], shares[1]


def _where(rows: NDArray[np.bool_], ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """A range in some rows, none in the others."""
    return np.where(rows, ends[0], 1.0), np.where(rows, ends[1], 1.0)


def _storeys_range() -> tuple[float, float]:
    """Range of guessed storeys over the guess, as the balance draws them. [-]."""
    table = assumptions.table("uncertain_inputs")
    low, high = table.loc[table["key"] == "storeys", ["low", "high"]].to_numpy(dtype="float64")[0]
    return float(low), float(high)
