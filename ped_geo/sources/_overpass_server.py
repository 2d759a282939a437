"""
Asking an Overpass server as it wants to be asked: in its slots, within its memory, never twice in the same words.

Measured on a server of version 0.7.62: the fourth identical text is refused as ``duplicate_query``; a request waits up to 15 s for
a slot before it is answered 429, without a Retry-After; 512 MB are reserved for a query that says nothing of its memory.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ped_geo.errors import SourceError
from ped_geo.sources._http import Client
from ped_geo.sources._overpass import check_overpass, overpass_query, seconds_to_slot

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["OverpassServer", "around_simply"]

SLOT_WAIT_S: Final = 30.0
"""What the client waits longer than the query may take: the server's queue, and the way."""
FEW_CORNERS, MORE_CORNERS = 16, 64
LARGEST_GROWTH: Final = 0.10
"""So much more than the place is asked at most for the sake of few corners."""


@dataclass(frozen=True)
class OverpassServer:
    """
    One server.

    Attributes
    ----------
    client : Client
        Attempts and pauses.
    address : str
        As in the settings, for example ``https://overpass-api.de/api``.
    timeout_s : float
        Seconds that a query may take.
    """

    client: Client
    address: str
    timeout_s: float

    @property
    def url(self) -> str:
        """Where queries are sent."""
        return self.address.rstrip("/") + "/interpreter"

    def ask(self, shape: Polygon, area_km2: float) -> bytes:
        """
        The whole answer about a polygon.

        Parameters
        ----------
        shape : Polygon
            In EPSG:4326.
        area_km2 : float
            Its area. [km²]

        Raises
        ------
        NetworkUnreachable, SourceError
            As `Client.post` does.
        """
        short_of_memory = 0

        def form() -> Mapping[str, str]:
            query = overpass_query(shape, self.timeout_s, area_km2=area_km2, doublings=short_of_memory)
            # the server refuses words that it has just had
            return {"data": f"{query}/* {time.time_ns()} */"}

        def check(content: bytes) -> None:
            nonlocal short_of_memory
            try:
                check_overpass(content)
            except SourceError as error:
                short_of_memory += "out of memory" in str(error)
                raise

        patient = replace(self.client, timeout_s=max(self.timeout_s, 1.0) + SLOT_WAIT_S)
        return patient.post(self.url, form, check=check, slot=self._seconds_to_slot, passing="duplicate_query")

    def _seconds_to_slot(self) -> float | None:
        once = replace(self.client, attempts=1)
        try:
            return seconds_to_slot(once.get(self.address.rstrip("/") + "/status", {}, check=lambda _: None))
        except SourceError:
            # not every server has that page
            return None


def around_simply(shape: Polygon) -> Polygon:
    """
    A polygon of few corners that holds another: each selector of a query repeats all corners.

    Parameters
    ----------
    shape : Polygon
        In metres; holes are filled.

    Returns
    -------
    Polygon
        Of 16 corners, or of 64 where 16 would make it more than a tenth larger; more where even those would.
    """
    import shapely

    solid = shapely.Polygon(shape.exterior)
    for corners in (FEW_CORNERS, MORE_CORNERS):
        if len(solid.exterior.coords) - 1 <= corners:
            return solid
        found = _wrapped(solid, corners)
        if found.area <= solid.area * (1.0 + LARGEST_GROWTH):
            return found
    return _wrapped(solid, 4 * MORE_CORNERS)


def _wrapped(solid: Polygon, corners: int) -> Polygon:
    """The tightest of ever coarser wraps that has no more than so many corners."""
    import shapely

    west, south, east, north = solid.bounds
    size = math.hypot(east - west, north - south)
    step = size / 2000.0
    while step < size:
        # what simplifying may cut off, the buffer adds before
        wrap = shapely.simplify(shapely.buffer(solid, step, join_style="mitre", mitre_limit=2.0), step)
        if isinstance(wrap, shapely.Polygon):
            wrap = shapely.Polygon(wrap.exterior)
            if len(wrap.exterior.coords) - 1 <= corners and wrap.contains(solid):
                return wrap
        step *= 1.25
    return shapely.box(west, south, east, north)
