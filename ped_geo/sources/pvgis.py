"""
The typical meteorological year of PVGIS, fetched once, frozen, and parsed by pvlib.

PVGIS © European Union, 2001-2026; free reuse with the source named.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.errors import SourceError
from ped_geo.site import Site
from ped_geo.sources._http import Client
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources._weather_frame import COLUMNS, as_year, check_weather
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ATTRIBUTION", "load_pvgis", "parse_pvgis_tmy"]

ATTRIBUTION = "PVGIS © European Union, 2001–2026"
LICENCE = "free reuse with the source named"


def parse_pvgis_tmy(content: bytes) -> pd.DataFrame:
    """
    Hourly weather of a PVGIS TMY answer in JSON.

    Parameters
    ----------
    content : bytes
        The answer, as received.

    Returns
    -------
    DataFrame, shape (8760, 5)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s]. The twelve months come from different years
        and are set onto one; PVGIS's instantaneous values stand for their hour.

    Raises
    ------
    SourceError
        If the answer is cut off or is not a TMY.
    """
    import tempfile

    from pvlib import iotools

    try:
        parsed = json.loads(content)
        latitude, longitude = (float(parsed["inputs"]["location"][key]) for key in ("latitude", "longitude"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tmy.json"
            path.write_bytes(content)
            table = iotools.read_pvgis_tmy(str(path), map_variables=True)[0]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SourceError(f"the PVGIS answer is not a whole typical year ({error}); run again with --refresh.") from None
    if len(table) != 8760:
        raise SourceError(f"the PVGIS answer holds {len(table)} hours, a year has 8760; run again with --refresh.")
    frame = as_year(table[list(COLUMNS)], first_hour=0.0)
    frame.attrs = {"source": "PVGIS TMY", "confidence": "read", "licence": LICENCE, "attribution": ATTRIBUTION}
    frame.attrs |= {"latitude": latitude, "longitude": longitude}
    return check_weather(frame, subject="the PVGIS answer")


def load_pvgis(study: Study, site: Site, raw_root: Path, *, refresh: bool = False) -> pd.DataFrame:
    """
    The PVGIS year of a site: from the frozen snapshot, else fetched and frozen.

    Raises
    ------
    SourceError
        If PVGIS cannot be reached or its answer is not whole; nothing is frozen then.
    """
    snapshot = Snapshot(raw_root / study.name / "weather")
    if snapshot.exists() and not refresh:
        frame = parse_pvgis_tmy(snapshot.read("tmy.json"))
        frame.attrs["files"] = snapshot.records()
        return frame
    query = {"lat": f"{site.latitude:.4f}", "lon": f"{site.longitude:.4f}", "outputformat": "json"}
    url = study.sources.pvgis_url.rstrip("/") + "/tmy"
    content = Client.of(study).get(url, query, check=parse_pvgis_tmy)
    snapshot.write({"tmy.json": content}, {"source": "pvgis", "licence": LICENCE, "attribution": ATTRIBUTION, "url": url, "query": query})
    frame = parse_pvgis_tmy(content)
    frame.attrs["files"] = snapshot.records()
    return frame
