"""A crossing of streets with something of all that an assumption speaks of, and the ways in which it is computed."""

from __future__ import annotations

from typing import Any

from ped_geo.study import Study
from tests.hamlet import HAMLET, box, line, make_areas, make_boundary, make_footprints, make_places, make_ways
from tests.test_settings_run import hamlet_place

FLAT = {"roof:shape": "flat"}
MORE: tuple[tuple[tuple[float, float, float, float], dict[str, str]], ...] = (
    ((240, 70, 285, 100), {"building": "office"}),
    ((300, 70, 340, 100), {"building": "hospital", "building:levels": "4"} | FLAT),
    ((350, 60, 380, 80), {"building": "kindergarten"}),
    ((60, 220, 140, 290), {"building": "yes"}),
    ((150, 200, 156, 205), {"building": "yes"}),
    ((160, 200, 172, 212), {"building": "yes"}),
    ((160, 230, 185, 242), {"building": "yes", "height": "9"}),
    ((100, 90, 124, 112), {"building": "apartments", "start_date": "1910", "heritage": "2", "building:levels": "4"}),
    ((130, 90, 150, 110), {"building": "apartments", "height": "42", "start_date": "1985"} | FLAT),
    ((124, 20, 160, 32), {"building": "apartments", "building:levels": "11", "start_date": "1978"} | FLAT),
    ((345, 90, 375, 120), {"building": "industrial", "telecom": "data_center"}),
    ((300, 110, 330, 140), {"building": "industrial"}),
    ((240, 110, 270, 140), {"building": "church"}),
    ((275, 110, 295, 125), {"building": "school"}),
    ((20, 110, 90, 122), {"building": "apartments", "roof:shape": "gabled", "building:levels": "5"}),
    ((60, 170, 70, 180), {"building": "house", "building:levels": "4"}),
    ((75, 170, 85, 180), {"building": "house", "height": "17"}),
    ((90, 170, 100, 180), {"building": "garage", "building:levels": "2"}),
    ((105, 170, 115, 180), {"building": "detached", "roof:shape": "gabled", "roof:height": "3", "start_date": "2012"}),
    ((120, 170, 130, 180), {"building": "detached", "building:levels": "2", "roof:shape": "hipped", "start_date": "1935"}),
    # at the edge of what is taken for a building's own: shapes that overlap by 3 and by 85 %, heights and storeys near their bounds
    ((135, 170, 145, 180), {"building": "house"}),
    ((144.7, 170, 154.7, 180), {"building": "house"}),
    ((165, 170, 175, 180), {"building": "house"}),
    ((166.5, 170, 176.5, 180), {"building": "house"}),
    ((240, 160, 250, 170), {"building": "apartments", "building:levels": "57"}),
    ((260, 160, 270, 170), {"building": "apartments", "height": "240"}),
    ((280, 160, 290, 170), {"building": "garage", "height": "1.6"}),
    ((300, 160, 310, 170), {"building": "house", "height": "9", "building:levels": "3", "start_date": "1000"}),
    ((320, 160, 330, 170), {"building": "yes", "start_date": "2029"}),
    ((345, 160, 359, 174), {"building": "yes", "building:levels": "2"}),
    ((370, 160, 387, 175), {"building": "yes", "building:levels": "2"}),
)
PANELS = {"power": "generator", "generator:source": "solar", "location": "roof"}
AREAS: tuple[tuple[tuple[float, float, float, float], dict[str, str]], ...] = (
    ((100, 40, 190, 85), {"amenity": "parking"}),
    ((25, 62, 35, 68), PANELS),
    ((300, 230, 390, 290), {"landuse": "industrial"}),
    ((335, 255, 385, 290), {"man_made": "wastewater_plant"}),
    ((60, 130, 120, 148), {"leisure": "park"}),
    ((210, 220, 270, 235), {"natural": "wood"}),
)
POINTS: tuple[tuple[tuple[float, float], dict[str, str]], ...] = (
    ((90, 60), {"natural": "tree"}),
    ((205, 155), {"highway": "bus_stop"}),
    ((310, 30), {"shop": "supermarket"}),
    ((25, 25), {"amenity": "doctors"}),
    ((45, 25), {"shop": "bakery"}),
)


def crossing() -> Any:
    """The hamlet with more buildings, and with areas, places and a river."""
    from dataclasses import replace

    streets = [(line((-50, 150), (450, 150)), {"highway": "residential", "name": "Polna"})]
    streets += [(line((200, -50), (200, 350)), {"highway": "tertiary", "name": "Szkolna"})]
    streets += [(line((-50, 300), (450, 300)), {"waterway": "river", "width": "12"})]
    return replace(
        hamlet_place(),
        boundary=make_boundary(),
        footprints=make_footprints(*((box(*extent), tags) for extent, tags in (*HAMLET.values(), *MORE))),
        ways=make_ways(*streets),
        areas=make_areas(*((box(*extent), tags) for extent, tags in AREAS)),
        points_of_interest=make_places(*((box(x, y, x + 1, y + 1).centroid, tags) for (x, y), tags in POINTS)),
    )


ALL = ["existing", "usual", "advanced", "near_zero", "cost_optimal"]
SUPPLIES = [
    *("today", "biomass", "coal", "data_centre_heat", "district_heat", "district_heat_cogeneration", "district_heat_decarbonised"),
    *("electric", "gas_condensing", "heat_pump_air", "heat_pump_ground", "oil", "solar_thermal", "waste_water_heat"),
]
VARIANTS = [
    {"key": "today", "package": "existing"},
    {"key": "pump", "package": "usual", "supply": "heat_pump_air", "pv": True, "storage": "battery"},
    {"key": "store", "package": "advanced", "supply": "heat_pump_ground", "pv": True, "storage": "heat_store", "modules": "canopies"},
    {"key": "clean", "package": "cost_optimal", "supply": "district_heat_decarbonised", "pv": True},
    {"key": "engine", "package": "near_zero", "supply": "district_heat_cogeneration"},
]
SETTINGS: dict[str, Any] = {
    "name": "crossing",
    "country": "PL",
    "sources": {"weather": "builtin"},
    "solar": {"points_per_plane": 1, "directions": 36},
    "demand": {"electric_cars_share": 0.2},
    "retrofit": {"packages": ALL},
    "supply": {"options": SUPPLIES},
    "uncertainty": {"draws": 200},
    "roadmap": {"draws": 60, "mobility": True},
    "districts": {"min_reference_area_m2": 100.0},
    "variants": VARIANTS,
}


def changed(**sections: dict[str, Any]) -> Study:
    """The crossing's study with other settings."""
    return Study.model_validate({**SETTINGS, **{name: {**SETTINGS.get(name, {}), **values} for name, values in sections.items()}})


WAYS: dict[str, tuple[Study, tuple[str, ...]]] = {
    "": (changed(), ()),
    "by the hour, cooler nights": (changed(demand={"method": "hourly", "intermittency": "night"}), ("demand",)),
    "by the season": (changed(demand={"method": "seasonal"}), ("envelope", "demand")),
    "façades": (changed(solar={"facades": True}), ("roofs",)),
    "exports for less": (changed(balance={"export_credit": "asymmetric", "load_matching": True, "timestep": "monthly"}), ("balance",)),
    "gas of engines by exergy": (changed(balance={"cogeneration": "carnot"}), ("balance",)),
    "gas of engines by alternatives": (changed(balance={"cogeneration": "alternative"}), ("balance",)),
}
"""Studies whose settings choose other calculations, and the steps that are taken with them; all of them where none is named."""
