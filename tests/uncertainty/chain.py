"""A street crossing with flats, houses and services, taken through the real stages as often as a test asks."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from ped_geo.pipeline import MODEL_LAYERS, STEPS
from ped_geo.site import Site
from ped_geo.sources.census import census_rows
from ped_geo.sources.climate import hourly_year
from ped_geo.sources.population import population_cells
from ped_geo.sources.registers import no_rows
from ped_geo.sources.timetable import timetable_rows
from ped_geo.study import Study
from tests.hamlet import box, make_areas, make_boundary, make_footprints, make_places, make_ways

SITE = Site(50.06, 20.0, 220.0)
ORDER = (
    *("buildings", "streets", "blocks", "trees", "roofs", "shading", "solar", "beyond_roofs", "envelope", "packages", "demand"),
    *("heat_profile", "ages", "heat_routes", "supply", "storage", "finance", "balance"),
)
VARIANTS = (
    {"key": "today", "package": "existing", "pv": True},
    {"key": "network", "package": "usual", "supply": "district_heat", "pv": True},
    {"key": "pumps", "package": "advanced", "supply": "heat_pump_air", "pv": True},
)
# old houses of four storeys would be drawn with a pitched roof, ones of five with a flat one
FLATS = {"building": "apartments", "building:levels": "5", "start_date": "1974", "roof:shape": "flat"}
HOUSE = {"building": "house", "building:levels": "3", "start_date": "1974", "roof:shape": "gabled"}
SERVICE = {"building:levels": "5", "start_date": "1974"}
ROWS = (
    # one kind for each of the four blocks: flats, older flats, houses, services
    ((20, 20, 80, 30), FLATS),
    ((20, 60, 80, 70), FLATS),
    ((20, 100, 60, 112), FLATS),
    ((240, 20, 300, 30), FLATS | {"start_date": "1955"}),
    ((240, 60, 290, 70), FLATS | {"start_date": "1955"}),
    *((((20 + 25 * number, 200, 31 + 25 * number, 209)), HOUSE) for number in range(5)),
    ((240, 200, 280, 225), SERVICE | {"building": "school"}),
    ((300, 200, 330, 220), SERVICE | {"building": "office"}),
    ((240, 250, 270, 265), SERVICE | {"building": "hospital"}),
)


def make_study(**sections: object) -> Study:
    """Today, a network and heat pumps, all with PV; every home on district heat."""
    base: dict[str, object] = {
        "name": "chain",
        "variants": VARIANTS,
        "buildings": {"heat_supply": "district_heat"},
        "retrofit": {"packages": ["usual", "advanced"]},
        "supply": {"options": ["today", "district_heat", "heat_pump_air"]},
    }
    return Study.model_validate(base | sections)


def raw_layers(tags: Mapping[str, str] | None = None) -> dict[str, pd.DataFrame]:
    """The place's raw layers; `tags` replaces values of tags, ``{"5": "6"}`` makes every five storeys six."""
    swap = dict(tags or {})
    rows = [(box(*extent), {key: swap.get(f"{key}={value}", value) for key, value in own.items()}) for extent, own in ROWS]
    boundary = make_boundary()
    empty = boundary.iloc[:0][["geometry"]].assign(building_id=pd.Series(dtype="str"), ground_m=pd.Series(dtype="float64"))
    layers: dict[str, pd.DataFrame] = {
        "boundary": boundary,
        "footprints": make_footprints(*rows),
        "ways": make_ways(),
        "areas": make_areas(),
        "points_of_interest": make_places(),
        "surfaces": empty[["building_id", "ground_m", "geometry"]],
        "weather": hourly_year(SITE),
        "registers": no_rows(),
        "population": population_cells(Study(name="x"), boundary.crs.to_epsg()),
        "census": census_rows(Study(name="x")),
        "timetable": timetable_rows(Study(name="x"), boundary),
    }
    return layers | {name: pd.DataFrame() for name in MODEL_LAYERS}


def run(layers: Mapping[str, pd.DataFrame], study: Study, first: str = "buildings", *, money: bool = False) -> dict[str, pd.DataFrame]:
    """Layers after the real stages from `first` on to the balance; without `money` the costs stay what they were."""
    steps = {step.name: step for step in STEPS}
    found = dict(layers)
    for name in ORDER[ORDER.index(first) :]:
        if name == "finance" and not money:
            continue
        step = steps[name]
        found |= step.compute({"study": study, "site": SITE}, found)
    return found


def retagged(layers: Mapping[str, pd.DataFrame], key: str, swap: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """The raw layers with values of one tag replaced."""
    footprints = layers["footprints"].copy()
    tags = [json.loads(text) for text in footprints["tags"]]
    footprints["tags"] = pd.array(
        [json.dumps(tag | ({key: swap.get(tag[key], tag[key])} if key in tag else {})) for tag in tags], dtype="str"
    )
    return {**layers, "footprints": footprints}
