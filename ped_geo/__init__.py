"""
ped_geo finds positive energy districts: parts of a city that can produce, over a year, more energy than they use.

`Place` answers for buildings of one's own, in memory. The stages stand at one level: `ped_geo.buildings`, `ped_geo.streets`,
`ped_geo.blocks`, `ped_geo.roofs`, `ped_geo.shading`, `ped_geo.solar`, `ped_geo.demand`, `ped_geo.retrofit`, `ped_geo.supply`,
`ped_geo.balance`, `ped_geo.kpis`, `ped_geo.districts`. Each takes frames and a frozen `ped_geo.study.Study` and gives a new frame.

Examples
--------
>>> import ped_geo
>>> sorted(ped_geo.__all__)
['PedGeoError', 'Place', '__version__']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ped_geo._version import __version__

if TYPE_CHECKING:
    from ped_geo.errors import PedGeoError
    from ped_geo.place import Place

__all__ = ["PedGeoError", "Place", "__version__"]

_HOMES = {"PedGeoError": "ped_geo.errors", "Place": "ped_geo.place"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that the command line starts quickly."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Public names, those too that are not loaded yet."""
    return sorted({*globals(), *__all__})
