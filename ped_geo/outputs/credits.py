"""Whose data a product is made of, under which licence and of which day: what layouts, metadata and catalogues say alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ped_geo.language import plain, text

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["credit", "data_date", "reference_system"]


def data_date(results: Results) -> str:
    """Day of the state of the data, ``YYYY-MM-DD``; empty where no source tells it."""
    place = results.provenance.get("place", {})
    told = (str(place.get(key, "") or "") for key in ("timestamp_osm_base", "date", "timestamp"))
    return next((found.group() for stamp in told if (found := re.match(r"\d{4}-\d{2}-\d{2}", stamp))), "")


def credit(results: Results, lang: str) -> str:
    """Whose data they are, in one line."""
    given = str(results.provenance.get("place", {}).get("attribution", ""))
    return text("map.sample", lang) if results.study.sample else plain(given)


def reference_system(results: Results) -> str:
    """Code and name of the reference system, such as ``EPSG:2178 ETRF2000-PL / CS2000/21``."""
    crs = results.layers["blocks"].crs
    return f"{':'.join(crs.to_authority() or ('', ''))} {crs.name}"
