"""Whose data a product is made of, under which licence and of which day: what layouts, metadata and catalogues say alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from ped_geo.language import plain, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ped_geo.outputs import Results
    from ped_geo.study import Study

__all__ = ["UNDATED", "credit", "data_date", "date_stamp", "reference_system"]

UNDATED: Final = "1970-01-01T00:00:00.000Z"
"""In place of the time of writing, which would make two equal runs differ, where no source tells the day of its data."""


class _Known(Protocol):
    """A run or a scanned place."""

    @property
    def study(self) -> Study: ...

    @property
    def provenance(self) -> Mapping[str, Any]: ...


def data_date(results: _Known) -> str:
    """Day of the state of the data, ``YYYY-MM-DD``; empty where no source tells it."""
    place = results.provenance.get("place", {})
    told = (str(place.get(key, "") or "") for key in ("timestamp_osm_base", "data_date", "date", "timestamp"))
    return next((found.group() for stamp in told if (found := re.match(r"\d{4}-\d{2}-\d{2}", stamp))), "")


def date_stamp(results: Results) -> str:
    """Time that stands in files for the last change: midnight of the state of the data, `UNDATED` where no source tells it."""
    day = data_date(results)
    return f"{day}T00:00:00.000Z" if day else UNDATED


def credit(results: _Known, lang: str) -> str:
    """Whose data they are, in one line."""
    given = str(results.provenance.get("place", {}).get("attribution", ""))
    return text("map.sample", lang) if results.study.sample else plain(given)


def reference_system(results: Results) -> str:
    """Code and name of the reference system, such as ``EPSG:2178 ETRF2000-PL / CS2000/21``."""
    crs = results.layers["blocks"].crs
    return f"{':'.join(crs.to_authority() or ('', ''))} {crs.name}"
