"""The sample estate: our own hand-made plan of a panel estate, not a real place; see ``scripts/draw_sample_estate.py``."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources.osm_file import read_place
from ped_geo.study import Study

__all__ = ["read_sample"]

LICENCE = "MIT"
ATTRIBUTION = "Sample data, not a real place · Dane przykładowe, nie prawdziwe miejsce"


def read_sample(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    """The sample estate, read by the same parser as real OpenStreetMap files."""
    with resources.as_file(resources.files("ped_geo.sources") / "data" / "sample-estate.osm.gz") as path:
        place = read_place(study, path, origin="sample")
    return replace(place, provenance={**place.provenance, "source": "sample", "licence": LICENCE, "attribution": ATTRIBUTION})


SOURCES.add("sample", PlaceSource("sample", LICENCE, ATTRIBUTION, read_sample))
