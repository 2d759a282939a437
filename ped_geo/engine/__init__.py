"""
The engine: binds steps to their layers, keeps what they gave, resumes, writes whole or not at all. It knows nothing of energy.

`graph` reads from a function's signature what a step takes and gives, `run` runs steps here or in forked copies, `store` keeps
finished ones on disk under the `keys` of all that they were computed from, `files` locks folders and moves files into place.
"""

from __future__ import annotations

from ped_geo.engine.free import let_go
from ped_geo.engine.graph import Given, Layers, Step, View, step, steps_to, view
from ped_geo.engine.keys import code_key, frame_key, package_key
from ped_geo.engine.run import Progress, SideBySide, Silent, run_steps
from ped_geo.engine.store import Store

__all__ = [
    "Given",
    "Layers",
    "Progress",
    "SideBySide",
    "Silent",
    "Step",
    "Store",
    "View",
    "code_key",
    "frame_key",
    "let_go",
    "package_key",
    "run_steps",
    "step",
    "steps_to",
    "view",
]
