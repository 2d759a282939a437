"""Weather from an EnergyPlus file (``.epw``) that the user points to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.errors import SourceError
from ped_geo.sources._files import file_record, one_line
from ped_geo.sources._weather_frame import COLUMNS, as_year, check_weather

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_epw"]

# EPW's codes for "missing", EnergyPlus Auxiliary Programs, chapter "EPW CSV format"
MISSING = {"ghi": 9999.0, "dni": 9999.0, "dhi": 9999.0, "temp_air": 99.9, "wind_speed": 999.0}
LONGEST_GAP = 6


def read_epw(path: Path) -> pd.DataFrame:
    """
    Hourly weather of an EPW file, as means over the hour that starts at the UTC index.

    Parameters
    ----------
    path : Path
        EPW file in local standard time, hours labelled by their end.

    Returns
    -------
    DataFrame, shape (8760, 5)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s].

    Raises
    ------
    SourceError
        If the file is missing, is no EPW, lacks hours or has gaps that are too long to fill; all of them are told.

    Notes
    -----
    Gaps of up to six hours are filled, temperature and wind along a line, light with the mean of the same hour of the day before
    and after; ``attrs["filled_hours"]`` counts them by name.
    """
    from pvlib import iotools

    if not path.is_file():
        raise SourceError(f"[sources] weather_file {str(path)!r} is not a file; check the path, it starts at the district file.")
    try:
        table, meta = iotools.read_epw(str(path), coerce_year=1990)
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        raise SourceError(f"{path.name} cannot be read as EPW ({one_line(error)}); give an EnergyPlus weather file.") from None
    if len(table) != 8760:
        raise SourceError(f"{path.name} holds {len(table)} hours, a year has 8760; give a whole year without 29 February.")
    table, filled = _without_gaps(table[list(COLUMNS)], path.name)
    # pvlib labels an EPW hour by its start, in local standard time
    frame = as_year(table, first_hour=-float(meta["TZ"]))
    frame.attrs = {
        "source": f"EPW {meta['city']}",
        "confidence": "read",
        "licence": "of the file's provider",
        "files": [file_record(path)],
        "latitude": float(meta["latitude"]),
        "longitude": float(meta["longitude"]),
        "altitude_m": float(meta["altitude"]),
        "filled_hours": filled,
    }
    return check_weather(frame, subject=path.name)


def _without_gaps(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """The year with short gaps filled, and how many hours of what were."""
    import numpy as np

    whole, filled, problems = table.astype("float64"), {}, []
    for column, code in MISSING.items():
        values = whole[column].to_numpy(copy=True)
        gap = (values >= code) | ~np.isfinite(values)
        if not gap.any():
            continue
        runs = np.diff(np.flatnonzero(np.diff(np.r_[0, gap.astype(int), 0])))[::2]
        if runs.max() > LONGEST_GAP:
            problems.append(
                f"{int(gap.sum())} hours of {column} are missing, {int(runs.max())} of them in a row; up to {LONGEST_GAP} are filled"
            )
            continue
        hours = np.arange(values.size)
        if column in ("temp_air", "wind_speed"):
            values[gap] = np.interp(hours[gap], hours[~gap], values[~gap], period=values.size)
        else:
            known = np.where(gap, np.nan, values)
            values[gap] = np.nanmean([np.roll(known, 24)[gap], np.roll(known, -24)[gap]], axis=0)
        whole[column] = values
        filled[column] = int(gap.sum())
    if problems:
        raise SourceError(name, problems)
    return whole, filled
