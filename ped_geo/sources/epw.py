"""Weather from an EnergyPlus file (``.epw``) that the user points to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.errors import SourceError
from ped_geo.sources._files import file_record
from ped_geo.sources._weather_frame import COLUMNS, as_year, check_weather

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_epw"]

# EPW's codes for "missing", EnergyPlus Auxiliary Programs, chapter "EPW CSV format"
MISSING = {"ghi": 9999.0, "dni": 9999.0, "dhi": 9999.0, "temp_air": 99.9, "wind_speed": 999.0}


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
        If the file is missing, is no EPW, or lacks hours; missing codes are told with their number.
    """
    from pvlib import iotools

    if not path.is_file():
        raise SourceError(f"[sources] weather_file {str(path)!r} is not a file; check the path, it starts at the district file.")
    try:
        table, meta = iotools.read_epw(str(path), coerce_year=1990)
    except (ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name} cannot be read as EPW ({error}); give an EnergyPlus weather file.") from None
    gaps = [
        f"{int((table[name] >= code).sum())} hours of {name} are marked missing"
        for name, code in MISSING.items()
        if (table[name] >= code).any()
    ]
    if len(table) != 8760:
        gaps.insert(0, f"there are {len(table)} hours, a year has 8760")
    if gaps:
        raise SourceError(path.name, gaps)
    # pvlib labels an EPW hour by its start, in local standard time
    frame = as_year(table[list(COLUMNS)], first_hour=-float(meta["TZ"]))
    frame.attrs = {
        "source": f"EPW {meta['city']}",
        "confidence": "read",
        "licence": "of the file's provider",
        "files": [file_record(path)],
        "latitude": float(meta["latitude"]),
        "longitude": float(meta["longitude"]),
    }
    return check_weather(frame, subject=path.name)
