"""A stand-in for OpenStreetMap's servers, and studies that ask it."""

from __future__ import annotations

import pytest

from ped_geo.study import Study
from tests.servers import FakeOsm

BOX = (20.0, 50.09, 20.0022, 50.0922)


@pytest.fixture
def osm(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with FakeOsm().running() as server:
        yield server


@pytest.fixture
def study_of(osm):
    def make(*, place=None, **sources):
        settings = {"timeout_s": 5.0, "longest_wait_s": 0.0, "attempts": 3} | osm.sources | sources
        return Study(name="hamlet", title="Hamlet", place={"bbox": BOX} if place is None else place, sources=settings)

    return make
