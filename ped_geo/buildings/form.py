"""What the form of a building and of what stands around it tells of its age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo import assumptions
from ped_geo.buildings.walls import party_edges

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["FORM", "Known", "form_of", "own_practice"]

FORM: Final = (
    *("party_share", "small", "large", "elongated", "deep", "regular", "courtyard", "low", "tall", "tower"),
    *("built_share", "floor_ratio", "roof_flat", "roof_pitched", "heritage"),
    *("low_slab", "panel_slab", "panel_point", "estate", "tenement", "row_house"),
)
"""Columns of `form_of`, each between 0 and 1 or close to it."""

AROUND_M: Final = 90.0
"""About an urban block, m: within it the density of the surroundings and the slabs of an estate are counted."""

UNTOLD: Final = 0.7
"""Part of the say of a slab's dimensions that is left where its storeys are not told, in countries whose systems have these dimensions."""


class Known:
    """
    What is known of buildings before their age is.

    Parameters
    ----------
    shapes : array of Polygon, shape (n,)
        Footprints in metres.
    use : array of str, shape (n,)
    storeys : array, shape (n,)
        Told storeys above ground, NaN where none are told.
    roof : array of str, shape (n,)
        Told shape of the roof, "" where none is told.
    heritage : array of bool, shape (n,)
        Whether a tag or register protects the building.
    named : array of str, shape (n, k), optional
        Streets and estates of its address, each in one spelling; "" where none is told.
    """

    def __init__(
        self,
        shapes: NDArray[np.object_],
        use: NDArray[np.object_],
        storeys: NDArray[np.float64],
        roof: NDArray[np.object_],
        heritage: NDArray[np.bool_],
        named: NDArray[np.object_] | None = None,
    ) -> None:
        self.shapes, self.use, self.storeys, self.roof, self.heritage = shapes, use, storeys, roof, heritage
        self.named = np.full((len(shapes), 1), "", dtype=object) if named is None else named
        self.area = shapely.area(shapes)
        middles = shapely.centroid(shapes)
        self.xy = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])

    def __len__(self) -> int:
        return len(self.shapes)


def own_practice(country: str) -> frozenset[str]:
    """Features that tell a practice of the country itself: its panel systems, tenements, monuments; those of Poland where no country is told."""
    table = assumptions.table("period_form_practice").set_index("feature")["countries"].dropna()
    return frozenset(str(feature) for feature, codes in table.items() if (country or "PL") in str(codes).split())


def form_of(known: Known, study: Study) -> pd.DataFrame:
    """
    Features of form of each building.

    Parameters
    ----------
    known : Known
    study : Study
        Gives its country and the gap up to which two walls are one.

    Returns
    -------
    DataFrame, shape (n, 21)
        Columns `FORM` [-]; what is not told (storeys, roof) is 0 and so says nothing, but for the density of floors, which counts untold
        storeys as the place's middle ones, and the dimensions of slabs in countries whose systems have them.
    """
    import pandas as pd
    from scipy.spatial import cKDTree

    shapes, area, storeys = known.shapes, np.maximum(known.area, 1.0), known.storeys
    short, long = _sides(shapes)
    owner, _, _, shared = party_edges(shapes, np.ones(len(shapes)), gap_m=study.assumed("building.party_gap"))
    party = np.bincount(owner, weights=shared, minlength=len(shapes)) / np.maximum(shapely.length(shapes), 1.0)
    around = cKDTree(known.xy).query_pairs(AROUND_M, output_type="ndarray")
    ground, floors = _density(known, around)
    told = np.isfinite(storeys)
    levels = np.where(told, storeys, 3.0)
    flats = known.use == "residential_multi"
    log_area = np.log10(area / 200.0)
    slab = flats & _between(short, 9.0, 14.5) & (long >= 25.0) & ((party < 0.3) | (levels >= 9)) & (~told | _panel_storeys(levels))
    lifted = told & (levels >= 9)
    point = flats & _between(short, 14.0, 30.0) & (long < 1.6 * short) & (party < 0.3) & told & (levels >= 9)
    panel = np.where(told, 1.0, UNTOLD * ("panel_slab" in own_practice(study.country))) * (slab | point)
    columns = {
        "party_share": np.minimum(party / 0.4, 1.5),
        "small": np.clip(-log_area, 0.0, 1.0),
        "large": np.clip(log_area, 0.0, 1.5),
        "elongated": np.clip(np.log2(long / np.maximum(short, 1.0)) / 2.0, 0.0, 1.5),
        "deep": np.clip((short - 14.0) / 14.0, 0.0, 1.5),
        "regular": np.clip((area / np.maximum(shapely.area(shapely.oriented_envelope(shapes)), 1.0) - 0.7) / 0.3, 0.0, 1.0),
        "courtyard": _has_court(shapes),
        "low": told & (levels <= 2),
        "tall": told & (levels >= 5),
        "tower": told & (levels >= 9),
        "built_share": np.clip((ground - 0.2) / 0.4, -0.5, 1.0),
        "floor_ratio": np.clip(np.log2(np.maximum(floors, 0.1) / 0.8) / 2.0, -1.0, 1.5),
        "roof_flat": known.roof == "flat",
        "roof_pitched": (known.roof != "flat") & (known.roof != ""),
        "heritage": known.heritage,
        "low_slab": panel * (slab & ~lifted),
        "panel_slab": panel * (slab & lifted),
        "panel_point": panel * point,
        "estate": _mean_around(panel, known.area * flats, around),
        "tenement": ((party >= 0.2) & _between(area, 120.0, 2500.0) & told & _between(levels, 3, 7))
        * np.clip((ground - 0.1) / 0.15, 0.0, 1.0),
        "row_house": (party >= 0.2) & (area < 130.0) & (~told | (levels <= 3)),
    }
    return pd.DataFrame({name: np.asarray(columns[name], dtype="float64") for name in FORM})


def _between(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return (values >= low) & (values <= high)


def _panel_storeys(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Storeys of the large-panel systems: four or five without a lift, nine to sixteen with one."""
    return np.isin(levels, (4, 5)) | _between(levels, 9, 16)


def _sides(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Depth and length of the rectangle that has the area and the perimeter of each footprint, m.

    A staggered or angled slab so keeps the depth of its sections; what is rounder than a square counts as one.
    """
    area, half = shapely.area(shapes), shapely.length(shapely.get_exterior_ring(_outline(shapes))) / 2.0
    half = np.maximum(half, 2.0 * np.sqrt(area))
    root = np.sqrt(np.maximum(half**2 - 4.0 * area, 0.0))
    return (half - root) / 2.0, (half + root) / 2.0


def _outline(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Largest polygon of each footprint."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((shapely.area(parts), owner))
    last = np.append(owner[order][1:] != owner[order][:-1], True)
    return parts[order[last]]


def _has_court(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether a footprint encloses a yard."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings = np.bincount(owner, weights=shapely.get_num_interior_rings(parts), minlength=len(shapes))
    return rings > 0


def _summed_around(values: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of the values of each building and of those around it."""
    here, there = pairs.T
    count = len(values)
    return values + np.bincount(here, values[there], count) + np.bincount(there, values[here], count)


def _mean_around(values: NDArray[np.float64], weight: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weighted mean of each building and those around it; 0 where nothing weighs."""
    total = _summed_around(weight, pairs)
    return np.divide(_summed_around(values * weight, pairs), total, out=np.zeros_like(total), where=total > 0)


def _density(known: Known, pairs: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ground that is built on and floor area, both per ground within `AROUND_M` of each building (GSI and FSI) [-]."""
    told = known.storeys[np.isfinite(known.storeys)]
    floors = known.area * np.where(np.isfinite(known.storeys), known.storeys, np.median(told) if len(told) else 1.0)
    ground = np.pi * AROUND_M**2
    return _summed_around(known.area, pairs) / ground, _summed_around(floors, pairs) / ground
