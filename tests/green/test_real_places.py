"""Green and mobility on real input, by the steps of the run: what one change of the map moves, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.green.cover import COVERS
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import inputs
from ped_geo.shading import tree_crowns
from ped_geo.sources import load_place
from ped_geo.study import parse_study

pytestmark = [pytest.mark.shared, pytest.mark.slow]

REAL = Path(__file__).resolve().parents[1] / "real"
SHARES = [f"cover_{name}" for name in COVERS]
GREEN, TRANSPORT = "green_blocks", "mobility_blocks"


def steps_for(*layers):
    """Steps that these layers hang on, in their order."""
    wanted, found = set(layers), []
    for step in reversed(STEPS):
        if wanted.intersection(step.gives):
            found.append(step)
            wanted |= set(step.needs)
    return tuple(reversed(found))


def told(path, changes):
    """A district file of the real places, with texts of it replaced."""
    text = (REAL / path).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return parse_study(text, name="real", folder=REAL)


@pytest.fixture(scope="module")
def warsaw(shared_data, tmp_path_factory):
    """Around the terminus of the WKD in Warsaw: land cover of BDOT10k and the timetable of the railway."""
    feed = shared_data / "cities" / "gtfs" / "wkd-warsaw_pl_2023.zip"
    changes = {"[21.0155, 52.2225]": "[21.0035, 52.2275]", "radius_m = 200": "radius_m = 80"}
    study = told("warszawa-srodmiescie.toml", changes | {'weather = "builtin"': f'weather = "builtin"\ntimetable = ["{feed}"]'})
    root = tmp_path_factory.mktemp("warsaw")
    site, layers, _ = inputs(study, load_place(study, root), root, refresh=False)
    return study, site, layers, run_steps(steps_for(GREEN, TRANSPORT), study, site, layers, store=None)


def again(warsaw, **changed):
    """Green and mobility anew with input changed; the buildings and all that stands on them stay."""
    study, site, layers, found = warsaw
    fresh = {**layers, **found, **changed}
    fresh["trees"] = tree_crowns(fresh["points_of_interest"], fresh["ways"], fresh["areas"], fresh["buildings"], study)
    steps = tuple(step for step in STEPS if step.name in {"access", "green", "mobility"})
    return run_steps(steps, study, site, fresh, store=None)


def moved(before, after):
    """Columns in which any block differs."""
    same = before.columns.intersection(after.columns)
    return {name for name in same if not before[name].equals(after[name].reindex(before.index))}


def with_row(layer, shape, tags, name):
    """A raw layer with an object more, like its first row but for shape and tags."""
    row = layer.iloc[[0]].copy()
    row.index = pd.Index([name], name=layer.index.name)
    row["tags"] = json.dumps(tags)
    return gpd.GeoDataFrame(pd.concat([layer, row.set_geometry([shape], crs=layer.crs)]), crs=layer.crs)


def test_the_land_cover_of_the_centre_of_warsaw_drives_green(warsaw):
    green = warsaw[3][GREEN]
    assert green[SHARES].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(green)), abs=1e-9)
    assert warsaw[2]["areas"]["source"].astype("str").str.startswith("bdot10k").all()


def test_the_timetable_of_the_railway_drives_the_classes_of_its_blocks(warsaw):
    found = warsaw[3][TRANSPORT]
    known = found[found["transport_class"] != "class_unknown"]
    assert len(known) > 0
    # WKD leaves every 20 to 30 minutes: nothing is better than class B, and something is near
    assert set(known["transport_class"]) - {"class_none"}
    assert (known["ptal_index"] > 0.0).any()
    assert set(warsaw[3]["stops"]["stop_source"]) == {"gtfs"}


def test_a_tree_more_moves_shade_and_cooling_and_nothing_of_the_ground(warsaw):
    _, _, layers, found = warsaw
    blocks, buildings = found["blocks"], found["buildings"]
    block = blocks["area_m2"].idxmax()
    free = blocks.geometry[block].difference(shapely.union_all(buildings.geometry).buffer(6.0))
    free = free.difference(shapely.union_all(found["trees"].geometry)) if len(found["trees"]) else free
    place = shapely.maximum_inscribed_circle(free)
    at = shapely.get_point(place, 0)
    more = with_row(layers["points_of_interest"], at, {"natural": "tree", "diameter_crown": "6"}, "node/999999999999")
    after = again(warsaw, points_of_interest=more)
    green = moved(found[GREEN], after[GREEN])
    assert after[GREEN].at[block, "canopy_share"] > found[GREEN].at[block, "canopy_share"]
    assert not green & {*SHARES, "runoff_coefficient", "biologically_active_share", "biotope_area_factor", "sky_view"}
    assert not moved(found[TRANSPORT], after[TRANSPORT])
    others = blocks.index.drop(block)
    assert after[GREEN].loc[others, "canopy_share"].equals(found[GREEN].loc[others, "canopy_share"])


def test_a_stop_that_moves_away_moves_transport_and_nothing_green(warsaw):
    found = warsaw[3]
    rows = found["timetable"].copy() if "timetable" in found else warsaw[2]["timetable"].copy()
    after = again(warsaw, timetable=rows.set_geometry(rows.geometry.translate(xoff=5_000.0), crs=rows.crs))
    changed = moved(found[TRANSPORT], after[TRANSPORT])
    assert changed
    assert changed <= {"transport_class", "transport_ab_share", "ptal_index", "ptal_band"}
    assert (after[TRANSPORT]["ptal_index"].dropna() == 0.0).all()
    assert not moved(found[GREEN], after[GREEN])
