"""
Prague-Bubeneč: the real neighbourhood that ships inside the momepy package, 144 buildings and 35 streets without tags.

Its coordinates are Web Mercator (EPSG:3857) and lie at 14.40 E, 50.10 N; lengths and areas are computed after reprojection.
"""

from __future__ import annotations

from pathlib import Path

from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._files import file_record
from ped_geo.sources.footprints_file import as_layer, place_of_layers, read_vector
from ped_geo.study import Study

__all__ = ["read_bubenec"]

LICENCE = "as packaged in momepy (BSD-3-Clause)"
ATTRIBUTION = "Bubeneč data of the momepy package"


def read_bubenec(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    """Buildings and streets of Bubeneč, offline."""
    from momepy import datasets

    path = Path(datasets.get_path("bubenec"))
    footprints = as_layer(read_vector(path, ("buildings",)), source="momepy", index="building_id", default={"building": "yes"})
    ways = as_layer(
        read_vector(path, ("streets",), geometry="LineString"), source="momepy", index="way_id", default={"highway": "residential"}
    )
    provenance = {"source": "bubenec", "licence": LICENCE, "attribution": ATTRIBUTION, "files": [file_record(path)]}
    return place_of_layers(study, footprints, ways, provenance)


SOURCES.add("bubenec", PlaceSource("bubenec", LICENCE, ATTRIBUTION, read_bubenec))
