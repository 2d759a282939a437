"""Green and mobility on real input, by the steps of the run: what one change of the map moves, and what it leaves."""

from __future__ import annotations

import csv
import io
import json
import zipfile
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


def test_whose_word_the_ground_is(warsaw):
    """No map but the register is read here, whatever it leaves untold."""
    assert set(warsaw[3][GREEN]["land_cover_source"]) == {"bdot10k"}


def test_a_car_park_that_is_unsealed_moves_rain_and_stalls_and_no_walk(warsaw):
    _, _, layers, found = warsaw
    blocks, buildings = found["blocks"], found["buildings"]
    block = blocks["area_m2"].idxmax()
    free = blocks.geometry[block].difference(shapely.union_all(buildings.geometry).buffer(6.0))
    circle = shapely.maximum_inscribed_circle(free)
    ground = shapely.get_point(circle, 0).buffer(0.9 * circle.length)
    before, after = (
        again(warsaw, areas=with_row(layers["areas"], ground, tags, "area/999999999999"))
        for tags in ({"amenity": "parking"}, {"landuse": "grass"})
    )
    green, transport = moved(before[GREEN], after[GREEN]), moved(before[TRANSPORT], after[TRANSPORT])
    share = ground.area / blocks.at[block, "area_m2"]
    # as far as other classes do not lie above: paved ground lets a tenth in, a lawn nine tenths
    fall = before[GREEN].at[block, "runoff_coefficient"] - after[GREEN].at[block, "runoff_coefficient"]
    assert 0.0 < fall <= 0.8 * share * 1.02
    assert {"cover_paved", "cover_low_green", "runoff_coefficient", "biologically_active_share"} <= green
    assert not green & {"cover_building", "cover_road", "cover_water", "canopy_share", "sky_view"}
    assert (after[GREEN][SHARES].sum(axis=1) - 1.0).abs().max() < 1e-9
    assert "stalls_mapped" in transport
    assert transport <= {"stalls_mapped", "stalls_per_flat", "canopy_kwp", "canopy_mwh_a", "canopy_investment"}
    assert len(before["car_parks"]) == len(after["car_parks"]) + 1


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


KUOPIO, KARHULA = (27.6782, 62.8925), (26.9465, 60.5215)
"""Market square of the one, middle of the other; degrees."""


def test_the_buses_of_a_finnish_town_drive_its_classes(shared_data, tmp_path):
    """
    A whole timetable of 1355 stops over a real town: the market square of Kuopio on the middle of Karhula, whose buildings are at hand.

    The busiest pole is counted another way, by the standard library alone, from the services of a Wednesday in winter.
    """
    package, feed = tmp_path / "feed.zip", shared_data / "cities" / "gtfs" / "kuopio_fi_2016.zip"
    with zipfile.ZipFile(feed) as old, zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as new:
        tables = {name: list(csv.DictReader(io.TextIOWrapper(old.open(name), "utf-8-sig"))) for name in old.namelist()}
        narrower = np.cos(np.radians(KUOPIO[1])) / np.cos(np.radians(KARHULA[1]))
        lines = ["stop_id,stop_name,stop_lat,stop_lon"]
        for row in tables["stops.txt"]:
            lon, lat = float(row["stop_lon"]) - KUOPIO[0], float(row["stop_lat"]) - KUOPIO[1]
            lines.append(f"{row['stop_id']},{row['stop_name']},{KARHULA[1] + lat:.7f},{KARHULA[0] + lon * narrower:.7f}")
        new.writestr("stops.txt", "\n".join(lines))
        for name in old.namelist():
            if name != "stops.txt":
                new.writestr(name, old.read(name))
    study = told("kotka.toml", {"[sources]": f'[sources]\ntimetable = ["{package}"]'})
    site, layers, _ = inputs(study, load_place(study, tmp_path), tmp_path, refresh=False)
    found = run_steps(steps_for(TRANSPORT), study, site, layers, store=None)
    day = layers["timetable"]["day"].iloc[0].replace("-", "")
    weekday = pd.Timestamp(day).day_name().lower()
    runs = {row["service_id"] for row in tables["calendar.txt"] if row["start_date"] <= day <= row["end_date"] and row[weekday] == "1"}
    for row in tables["calendar_dates.txt"]:
        if row["date"] == day:
            (runs.add if row["exception_type"] == "1" else runs.discard)(row["service_id"])
    way = {row["trip_id"]: (row["route_id"], row["direction_id"]) for row in tables["trips.txt"] if row["service_id"] in runs}
    ends = {}
    for row in tables["stop_times.txt"]:
        ends[row["trip_id"]] = max(ends.get(row["trip_id"], 0), int(row["stop_sequence"]))
    stops = found["stops"]
    busiest = stops["departures"].idxmax()
    poles = {row["stop_id"] for row in tables["stops.txt"] if row["stop_name"] == stops.at[busiest, "name"]}
    calls = [
        way[row["trip_id"]]
        for row in tables["stop_times.txt"]
        if row["stop_id"] in poles
        and row["trip_id"] in way
        and "06:00:00" <= row["departure_time"].zfill(8) < "20:00:00"
        and int(row["stop_sequence"]) < ends[row["trip_id"]]
    ]
    assert stops.at[busiest, "departures"] == len(calls) > 200
    # poles of either side have names of their own here: nearly all that leaves goes one way, and half of it were too little
    one_way = sum(max(calls.count((line, "0")), calls.count((line, "1"))) for line, _ in set(calls))
    assert stops.at[busiest, "headway_min"] == pytest.approx(840.0 / one_way)
    assert one_way > 0.9 * len(calls)
    blocks = found[TRANSPORT]
    lived = found["blocks"].loc[blocks.index, "residents"] > 0.0
    assert {"class_b", "class_none"} <= set(blocks.loc[lived, "transport_class"]) <= {f"class_{one}" for one in "abcdef"} | {"class_none"}
    # the index ends 640 m from a bus and the classes 1000 m
    mean = blocks.groupby("transport_class")["ptal_index"].mean()
    assert mean["class_b"] > mean["class_c"] > mean["class_d"] > mean["class_f"]
    assert (blocks.loc[blocks["transport_class"] == "class_b", "ptal_index"] > 0.0).all()
    assert blocks["transport_ab_share"].dropna().between(0.0, 1.0).all()
