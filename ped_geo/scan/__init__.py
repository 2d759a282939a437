"""
A whole city, or several places at once, block by block on one machine.

::

    steps     which of the district's own stages run for the whole place, and which tile by tile
    place     one place: its layers, its tiles, what tiles give put together again
    workers   tiles in processes of their own: those that raise are told, the others go on
    roadmap   types of blocks on their way to 2050
    ranking   blocks in their order, with the reason of each; totals of a place
    report    the full district report of some blocks of a finished scan
    products  tables partitioned by tile, a GeoPackage, a ranking, a map
    city      its report and its council map
    run       all of it

There is no second model: a tile runs the stages of a district (`ped_geo.pipeline.stages`) on its own blocks and what stands around
them (`ped_geo.tiles`), so that a block comes out of a scan as it comes out of a district report.
"""

from __future__ import annotations

from ped_geo.scan.finished import Scan
from ped_geo.scan.run import scan

__all__ = ["Scan", "scan"]
