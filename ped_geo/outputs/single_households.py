"""
What products tell of a building in which one household lives: what anybody sees from outside, and nothing else.

Its figures would be those of the household. All products ask here, so that none tells what another withholds.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs.tables import DocumentedLayer

__all__ = ["blanked", "is_single_household", "withhold_single_households", "without_single_households"]

SEEN_FROM_OUTSIDE = (
    *("in_district", "block_id", "use", "use_source", "use_probability", "heated", "heritage", "storeys_above_ground*", "height_m*"),
    *("roof_*", "footprint_area_m2", "perimeter_m", "party_wall_length_m", "exposed_perimeter_m", "wall_*", "gross_floor_area_m2"),
    *("pv_capacity_kwp", "pv_annual_yield_kwh_a", "pv_specific_yield_kwh_kwp_a", "pv_shading_loss", "pv_left_out", "geometry"),
)
"""Columns, or how they begin, that stay: shape and use of the building, and the sun on its roof."""


def is_single_household(buildings: pd.DataFrame) -> pd.Series:
    """
    Whether one household lives in a building: a single-family house, or one dwelling.

    Parameters
    ----------
    buildings : DataFrame
        With ``use``, and with ``dwellings`` where they are known.

    Examples
    --------
    >>> import pandas as pd
    >>> uses = ["residential_single", "residential_multi", "residential_multi", "school"]
    >>> is_single_household(pd.DataFrame({"use": uses, "dwellings": [1.2, 1.0, 12.0, 0.0]})).tolist()
    [True, True, False, False]
    """
    single = buildings["use"].astype("str") == "residential_single"
    if "dwellings" not in buildings:
        return single
    # below one and a half, a guessed number of dwellings is printed as one
    dwellings = buildings["dwellings"].to_numpy(dtype="float64", na_value=np.nan)
    return single | ((buildings["use"].astype("str") == "residential_multi") & (dwellings > 0.0) & (dwellings < 1.5))


def withhold_single_households(layer: DocumentedLayer) -> DocumentedLayer:
    """
    A layer of buildings in which values of single households are missing; their rows and shapes stay.

    Parameters
    ----------
    layer : DocumentedLayer
        Rows by ``building_id``, with ``use``.

    Examples
    --------
    >>> import pandas as pd
    >>> from ped_geo.outputs.tables import DocumentedLayer
    >>> told = {"use": ["residential_single", "school"], "street": ["Lipowa", "Szkolna"], "height_m": [8.0, 12.0]}
    >>> withhold_single_households(DocumentedLayer(pd.DataFrame(told), {})).frame.to_dict("list")
    {'use': ['residential_single', 'school'], 'street': [None, 'Szkolna'], 'height_m': [8.0, 12.0]}
    """
    hidden = is_single_household(layer.frame)
    if not hidden.any():
        return layer
    withheld = [name for name in layer.frame.columns if not any(fnmatch(str(name), seen) for seen in SEEN_FROM_OUTSIDE)]
    return replace(layer, frame=layer.frame.assign(**{str(name): blanked(layer.frame[name], hidden) for name in withheld}))


def without_single_households(layer: DocumentedLayer) -> DocumentedLayer:
    """A layer without the rows of single households: for lists of addresses, where the row itself is the value."""
    return replace(layer, frame=layer.frame[~is_single_household(layer.frame)])


def blanked(values: pd.Series, hidden: pd.Series) -> pd.Series:
    """A column without the hidden values, in a type that can say so."""
    import pandas as pd

    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return values.astype("boolean").mask(hidden)
    if pd.api.types.is_integer_dtype(kind):
        return values.astype("Int64").mask(hidden)
    if pd.api.types.is_float_dtype(kind):
        return values.mask(hidden)
    return values.astype("object").where(~hidden, None)
