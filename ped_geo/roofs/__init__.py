"""
Roofs as planes, and real modules laid on them.

Planes come from LoD2 surfaces where there are any, else from the roof's tagged or inferred shape; they tile the footprint.
Modules are whole, keep a set-back from the edges, lie in the plane's own axes and leave room for obstacles.
"""

from __future__ import annotations

from ped_geo.roofs.facades import facade_planes
from ped_geo.roofs.layout import module_layout
from ped_geo.roofs.obstacles import roof_obstacles
from ped_geo.roofs.planes import planes_of_surfaces, roof_planes, surface_faults

__all__ = ["facade_planes", "module_layout", "planes_of_surfaces", "roof_obstacles", "roof_planes", "surface_faults"]
