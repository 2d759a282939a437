"""Geometry to envelope: how much wall, window, roof and floor a building shows to the outside, and which way it faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions, schema, typology
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["APERTURES", "ORIENTATIONS", "envelope"]

ORIENTATIONS: Final = ("north", "east", "south", "west")

APERTURES: Final = (*ORIENTATIONS, "horizontal")
"""Where windows lie: in the facades, and in the roof, which TABULA takes as horizontal."""

_NEEDED: Final = (
    *("footprint_area_m2", "height_m", "roof_height_m", "reference_area_m2", "heated", "use", "tabula_code", "roof_shape"),
    *(f"wall_{side}_m" for side in ORIENTATIONS),
    "party_wall_length_m",
)


def envelope(buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Areas of the thermal envelope of each building, party walls left out.

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        Layer ``buildings``: free wall lengths by direction [m], heights [m], areas [m²], use, type and roof shape.
    study : Study
        Gives the assumptions.

    Returns
    -------
    DataFrame, shape (n, 16)
        Layer ``envelope``, indexed as `buildings`: ``wall_area_m2`` (opaque), ``window_area_m2`` and its four directions,
        ``door_area_m2``, ``roof_area_m2``, ``floor_area_m2``, ``party_wall_area_m2`` [m²], ``volume_m3`` (heated air) and the
        gross free facade by direction. All zero for unheated buildings.

    Raises
    ------
    LayerError
        If a column is missing or a type is unknown.

    Notes
    -----
    A facade is its free wall length times the height up to the eaves. Windows and doors take the share of the facade that they
    have in the building's TABULA type (for other uses: that of ``tables/use_intensities.csv``), the same in every direction
    that the building has. The roof counts in its slope where it covers heated rooms, else as the flat ceiling below the attic.

    Examples
    --------
    A free-standing block of 40 m x 12 m, 15 m to the eaves:

    >>> from ped_geo.study import Study
    >>> block = pd.DataFrame(
    ...     {
    ...         "footprint_area_m2": [480.0],
    ...         "height_m": 15.0,
    ...         "roof_height_m": 0.0,
    ...         "reference_area_m2": 2040.0,
    ...         "heated": True,
    ...         "use": "residential_multi",
    ...         "tabula_code": "PL.N.MFH.03",
    ...         "roof_shape": "flat",
    ...         "roof_levels": 0.0,
    ...         "wall_north_m": 40.0,
    ...         "wall_east_m": 12.0,
    ...         "wall_south_m": 40.0,
    ...         "wall_west_m": 12.0,
    ...         "party_wall_length_m": 0.0,
    ...     },
    ...     index=pd.Index(["way/1"], name="building_id"),
    ... )
    >>> areas = envelope(block, Study(name="x"))
    >>> areas[["wall_area_m2", "window_area_m2", "door_area_m2"]].sum(axis=1).round(6).to_dict()  # (2 x 40 + 2 x 12) x 15
    {'way/1': 1560.0}
    """
    missing = [name for name in _NEEDED if name not in buildings]
    if missing:
        raise LayerError(
            Sentence("error.layer_buildings_cannot_give_envelope"), [Sentence("error.column_is_missing", name=name) for name in missing]
        )
    warm = (buildings["heated"].to_numpy(dtype=bool) & (buildings["reference_area_m2"].to_numpy() > 0)).astype(float)
    eaves = np.maximum((buildings["height_m"] - buildings["roof_height_m"]).to_numpy(dtype=float), study.assumed("demand.eaves_min"))
    facade = {side: warm * eaves * buildings[f"wall_{side}_m"].to_numpy(dtype=float) for side in ORIENTATIONS}
    glazed, doors = _opening_shares(buildings)
    gross = np.sum(list(facade.values()), axis=0)
    footprint = buildings["footprint_area_m2"].to_numpy(dtype=float)
    columns = {
        "wall_area_m2": gross * (1.0 - glazed - doors),
        "window_area_m2": gross * glazed,
        **{f"window_area_{side}_m2": area * glazed for side, area in facade.items()},
        "door_area_m2": gross * doors,
        "roof_area_m2": warm * footprint * _roof_stretch(buildings),
        "floor_area_m2": warm * footprint,
        "party_wall_area_m2": warm * eaves * buildings["party_wall_length_m"].to_numpy(dtype=float),
        **{f"facade_area_{side}_m2": area for side, area in facade.items()},
        "volume_m3": warm * buildings["reference_area_m2"].to_numpy(dtype=float) * study.assumed("building.room_height"),
        "eaves_height_m": eaves,
    }
    return schema.check_layer("envelope", pd.DataFrame(columns, index=buildings.index))


def _opening_shares(buildings: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of windows and of doors in the facade of each building [-]."""
    types = typology.types(typology.country_of(buildings["tabula_code"]))
    gross = types["wall_area_m2"] + types["window_area_m2"] + types["door_area_m2"]
    codes = buildings["tabula_code"].astype("str")
    unknown = codes[~codes.isin(types.index)]
    if len(unknown):
        raise LayerError(
            Sentence(
                "error.buildings_have_tabula_code_outside_typology",
                count=len(unknown),
                count_2=len(buildings),
                index=unknown.index[0],
                value=unknown.iloc[0],
                names=", ".join(types.index),
            )
        )
    windows = codes.map(types["window_area_m2"] / gross).to_numpy(dtype=float)
    doors = codes.map(types["door_area_m2"] / gross).to_numpy(dtype=float)
    by_use = assumptions.table("use_intensities").set_index("use")["window_share"]
    other = buildings["use"].astype("str").map(by_use).to_numpy(dtype=float)
    return np.where(np.isnan(other), windows, other), doors


def _roof_stretch(buildings: pd.DataFrame) -> NDArray[np.float64]:
    """Roof area over footprint: by the slope where rooms below are heated, else 1 [-]."""
    tilts = assumptions.table("roof_shapes").set_index("roof_shape")["tilt_deg"]
    tilt = np.radians(buildings["roof_shape"].astype("str").map(tilts).fillna(0.0).to_numpy(dtype=float))
    lived_in = buildings["roof_levels"].to_numpy(dtype=float) > 0 if "roof_levels" in buildings else np.zeros(len(buildings), bool)
    return np.where(lived_in, 1.0 / np.cos(tilt), 1.0)
