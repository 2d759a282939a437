"""Numbers of a raster as heights in metres: scale, offset, unit, and what stands for "unknown"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Encoding", "metres_of"]

LOWEST_M, HIGHEST_M = -500.0, 9_000.0
# what bands call their unit, in metres
UNITS = {
    **dict.fromkeys(["", "m", "metre", "metres", "meter", "meters"], 1.0),
    **dict.fromkeys(["dm", "decimetre", "decimeter"], 0.1),
    **dict.fromkeys(["cm", "centimetre", "centimeter"], 0.01),
    **dict.fromkeys(["mm", "millimetre", "millimeter"], 0.001),
    **dict.fromkeys(["km", "kilometre", "kilometer"], 1000.0),
    **dict.fromkeys(["ft", "foot", "feet", "international foot"], 0.3048),
    **dict.fromkeys(["us-ft", "ftus", "us survey foot", "us survey feet", "foot_us"], 1200.0 / 3937.0),
}
# written for "unknown" by programs that do not say so in the file
BLANKS = (-9999.0, -99999.0, -32768.0, -32767.0)


@dataclass(frozen=True)
class Encoding:
    """How a raster writes heights: metres are its numbers times `scale` plus `offset`."""

    scale: float
    offset: float
    blanks: tuple[float, ...]

    def metres(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """
        Heights in metres, NaN where unknown.

        What a file means by "unknown" differs; no place on earth is as low or high as what is left out here.
        """
        values = stored * self.scale + self.offset
        unknown = (values < LOWEST_M) | (values > HIGHEST_M)
        if self.blanks:
            unknown |= np.isin(stored, self.blanks)
        return np.where(unknown, np.nan, values).astype(np.float32)


def metres_of(data: Any, name: str) -> Encoding:
    """
    The encoding of a raster's first band.

    Parameters
    ----------
    data : rasterio dataset
        Open; a warped one is asked for the one below.
    name : str
        Named in messages.

    Raises
    ------
    SourceError
        If scale, offset or unit mean nothing.
    """
    source = getattr(data, "src_dataset", data)
    scale, offset, unit = float(source.scales[0]), float(source.offsets[0]), str(source.units[0] or "").strip().casefold()
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale == 0.0:
        raise SourceError(Sentence("error.writes_heights_with_scale_and", name=name, scale=scale, offset=offset))
    if unit not in UNITS:
        raise SourceError(Sentence("error.gives_heights_in_unknown_unit", name=name, unit=unit[:40]))
    # a file that says what is unknown may hold any other number
    blanks = BLANKS if source.nodata is None and scale != 1.0 else ()
    return Encoding(scale * UNITS[unit], offset * UNITS[unit], blanks)
