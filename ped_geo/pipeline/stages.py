"""
The stages of buildings and blocks in their order: each is a function whose parameters are the layers that it takes, and which
returns those it gives. Those of groups of blocks follow in `group_stages`.

After the ``*`` stand the study, of which a stage sees the sections that it names, and the site. Parameters that are no layers are
`views` of them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ped_geo.engine import step
from ped_geo.pipeline.views import VIEWS
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.balance import EnergyInputs

stage = partial(step, views=VIEWS)


@stage(["buildings_drawn", "rejected", "period_odds", "scaling"], ["buildings"])
def buildings(
    footprints: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    population: gpd.GeoDataFrame,
    registers: pd.DataFrame,
    census: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Footprints become buildings, at the totals that are known; what is none is set aside."""
    from ped_geo.buildings import build_buildings, scale_to_totals

    drawn, aside, odds = build_buildings(footprints, boundary, areas, points_of_interest, study, registers, census)
    scaled, scaling = scale_to_totals(drawn, boundary, population, study)
    return scaled, aside, odds, scaling


@stage(["remarks"])
def check(
    buildings_drawn: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    told: pd.DataFrame,
    scaling: pd.DataFrame,
    census: pd.DataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """What cannot be right stops here; what is odd is remarked."""
    import pandas as pd

    from ped_geo.plausibility import check_census, check_people, check_place
    from ped_geo.remarks import remark_frame

    remarks = check_place(buildings_drawn, footprints, boundary, weather, study)
    remarks += check_people(buildings_drawn, boundary, scaling) + check_census(census, study)
    return pd.concat([told, remark_frame(remarks)], ignore_index=True).rename_axis("remark")


@stage(["streets"])
def streets(ways: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ways become a planar network."""
    from ped_geo.streets import build_streets

    return build_streets(ways, boundary)


@stage(["blocks", "buildings", "adjacency", "metered", "register_report"], ["blocks"])
def blocks(
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame,
    buildings_drawn: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    registers: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Streets and boundary become blocks; each building gets its own, and what registers say of it."""
    from ped_geo import blocks
    from ped_geo.block_corrections import correct_blocks, name_blocks
    from ped_geo.registers import apply_registers, with_block_report

    cut = blocks.build_blocks(streets, ways, boundary, buildings_drawn, study)
    shapes, corrected = correct_blocks(cut, registers)
    inside = blocks.assign_blocks(buildings_drawn, shapes)
    described = name_blocks(blocks.describe_blocks(shapes, inside, streets, areas), registers, corrected)
    registered, metered, report = apply_registers(inside, described, registers, study)
    report = with_block_report(report, registers, corrected)
    return described, registered, blocks.adjacency(described), metered, report


@stage(["access"])
def access(
    points_of_interest: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    inside: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """Walking reach of services and stops from each block."""
    from ped_geo.access import build_access, destinations

    return build_access(blocks, inside, streets, destinations(points_of_interest, areas, buildings), study)


@stage(["roof_planes", "module_arrays"], ["solar"])
def roofs(
    inside: gpd.GeoDataFrame,
    standing: gpd.GeoDataFrame,
    surfaces: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Roof planes, façades where asked for, and the modules that fit."""
    import pandas as pd

    from ped_geo import roofs

    measured = surfaces[surfaces["building_id"].isin(standing.index)]
    planes = roofs.roof_planes(standing, measured if len(measured) else None, study=study)
    if study.solar.facades:
        planes = pd.concat([planes, roofs.facade_planes(standing, study, site.equator_azimuth)[planes.columns]])
    obstacles = roofs.roof_obstacles(footprints, inside, study)
    own = planes[planes["building_id"].isin(inside.index)]
    return planes, roofs.module_layout(own, inside, site, study, obstacles)


@stage(["trees"], ["solar"])
def trees(
    buildings: gpd.GeoDataFrame, points_of_interest: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, study: Study
) -> gpd.GeoDataFrame:
    """Trees of the map."""
    from ped_geo.shading import tree_crowns

    return tree_crowns(points_of_interest, ways, areas, buildings, study)


@stage(["horizons"], ["solar"])
def shading(
    roof_planes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    trees: gpd.GeoDataFrame,
    surface_model: pd.DataFrame,
    terrain_model: pd.DataFrame,
    hills: pd.DataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """Horizons of points on the planes."""
    from ped_geo.shading import Surroundings, plane_horizons

    around = Surroundings.of_layers(surface_model, terrain_model, hills, trees)
    return plane_horizons(roof_planes, buildings, study, around)


@stage(["pv_arrays", "pv_buildings", "pv_hourly", "pv_existing_hourly"], ["solar"])
def solar(
    module_arrays: gpd.GeoDataFrame,
    roof_planes: gpd.GeoDataFrame,
    horizons: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Yield by array, building, block and hour."""
    from ped_geo.solar import pv_yield

    return pv_yield(module_arrays, roof_planes, horizons, buildings, weather, site, study)


@stage(["irradiation"], ["solar"])
def irradiation(
    roof_planes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    trees: gpd.GeoDataFrame,
    surface_model: pd.DataFrame,
    terrain_model: pd.DataFrame,
    hills: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> pd.DataFrame:
    """Irradiation of a year on every pixel of roofs and ground; a layer without rows where nothing has a roof."""
    from ped_geo.shading import Surroundings
    from ped_geo.solar.irradiation import irradiation_map, irradiation_pixels

    around = Surroundings.of_layers(surface_model, terrain_model, hills, trees)
    return irradiation_pixels(irradiation_map(roof_planes, buildings, weather, site, study, around) if len(roof_planes) else None)


@stage(["pv_places", "pv_facade_hourly", "pv_canopy_hourly"], ["solar"])
def beyond_roofs(
    inside: gpd.GeoDataFrame,
    standing: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    trees: gpd.GeoDataFrame,
    surface_model: pd.DataFrame,
    terrain_model: pd.DataFrame,
    hills: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Modules on façades and over car parks, where a variant asks for them."""
    from ped_geo.shading import Surroundings
    from ped_geo.solar.places import places_beyond_roofs

    around = Surroundings.of_layers(surface_model, terrain_model, hills, trees)
    return places_beyond_roofs(inside, buildings, blocks, weather, around, site, study, standing)


@stage(["envelope", "elements_listed", "irradiance"], ["buildings", "demand", "retrofit"])
def envelope(
    inside: gpd.GeoDataFrame, period_odds: pd.DataFrame, weather: pd.DataFrame, *, site: Site, study: Study
) -> tuple[pd.DataFrame, ...]:
    """Walls, windows and roofs, their state in each package whose measures are listed, and light on walls."""
    from ped_geo import demand, retrofit
    from ped_geo.solar import vertical_irradiance

    shell = demand.envelope(inside, study)
    walls = vertical_irradiance(weather, site, albedo=study.assumed("climate.albedo"))
    return shell, retrofit.envelope_states(inside, shell, study, odds=period_odds), walls


@stage(["thermal_state", "packages_cost"], ["demand", "retrofit", "finance", "supply", "balance"])
def packages(
    inside: gpd.GeoDataFrame,
    envelope: pd.DataFrame,
    elements_listed: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    metered: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """The package that costs each building least beside the listed ones, and what all of them cost."""
    from ped_geo import demand, plans, retrofit

    thermal_state = elements_listed
    if retrofit.COST_OPTIMAL in study.retrofit.packages:
        today = thermal_state[thermal_state.index.get_level_values("package") == "existing"]
        need = demand.build_need(inside, envelope, today, weather, irradiance, site, study, _if_any(metered))[0]
        model = plans.heat_need_model(need, today, inside, envelope, irradiance, weather, study)
        stock = plans.package_evaluator(inside, envelope, today, need, weather, study, heat_need=model)
        thermal_state = retrofit.joined_states(thermal_state, plans.cost_optimal(stock))
    return thermal_state, plans.package_cost(inside, envelope, thermal_state, study)


@stage(["need", "heat_hourly", "hot_water_hourly", "electricity_hourly", "calibration"], ["demand"])
def demand(
    inside: gpd.GeoDataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    metered: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Heat, hot water and electricity of every building and package, at the level of metered totals where there are some."""
    from ped_geo.demand import demand_of

    made = demand_of(inside, envelope, thermal_state, weather, irradiance, site, study, _if_any(metered))
    return made.need, made.heat_hourly, made.hot_water_hourly, made.electricity_hourly, made.calibration


def _if_any(metered: pd.DataFrame) -> pd.DataFrame | None:
    return metered if len(metered) else None


@stage(["heat_profile"])
def heat_profile(heat_hourly: pd.DataFrame) -> pd.DataFrame:
    """Space heating of the whole place by the hour, which weighs the hours of heat pumps."""
    from ped_geo import supply

    return supply.heat_profile([heat_hourly])


@stage(["summer", "summer_buildings", "summer_blocks", "summer_totals"], ["demand", "retrofit"])
def summer(
    inside: gpd.GeoDataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """How warm rooms get in summer, by type, block and package, today and in a hot year of the future, and what measures do."""
    from ped_geo.demand.summer import summer_of

    made = summer_of(inside, envelope, thermal_state, weather, irradiance, site, study)
    return made.types, made.buildings, made.blocks, made.totals


@stage(["period_need", "use_need"], ["buildings", "demand", "retrofit"])
def ages(
    inside: gpd.GeoDataFrame,
    period_odds: pd.DataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    need: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Heat need of undated buildings in every period that they may be of, and needs of those of open use in every use."""
    from ped_geo import demand, plans

    model = plans.heat_need_model(need, thermal_state, inside, envelope, irradiance, weather, study)
    by_use = demand.need_by_use(inside, period_odds, envelope, thermal_state, weather, irradiance, study)
    return plans.need_by_period(inside, period_odds, thermal_state, model, study), by_use


@stage(["heat_network", "heat_density", "heat_levels", "heat_joins", "heat_reach", "heat_leaving", "heat_served", "trench_tree"])
def heat_routes(
    blocks: gpd.GeoDataFrame,
    inside: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    need_at_stations: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Linear heat density of blocks, pipes along streets, and what joining and leaving a heat network costs."""
    from ped_geo.networks import plan

    return plan.heat_routes(blocks, inside, streets, ways, need_at_stations, study)


@stage(["final_energy", "supply_electricity_hourly"], ["supply"])
def supply(
    inside: gpd.GeoDataFrame,
    need: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    heat_hourly: pd.DataFrame,
    hot_water_hourly: pd.DataFrame,
    heat_profile: pd.DataFrame,
    heat_levels: pd.DataFrame,
    heat_joins: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Carriers that each heat supply buys, and its electricity by the hour."""
    from ped_geo import supply

    network = supply.HeatNetwork(heat_levels, heat_joins)
    final = supply.final_energy(need, inside, weather, study, thermal_state=thermal_state, heat_hourly=heat_profile, network=network)
    return final, supply.electricity_hourly(final, heat_hourly, hot_water_hourly, inside, weather, study, joins=heat_joins)


@stage(["doubts"], ["demand", "solar"])
def plausibility(
    buildings: gpd.GeoDataFrame,
    need: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    register_report: pd.DataFrame,
    calibration: pd.DataFrame,
    surfaces: gpd.GeoDataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """Results that no real place has, and rows of registers that were not used, are remarked."""
    from ped_geo.plausibility import check_calibration, check_registers, check_results, check_surfaces
    from ped_geo.remarks import remark_frame

    odd = check_results(buildings, need, pv_buildings)
    unused = [*check_registers(register_report), *check_surfaces(surfaces, study)]
    return remark_frame([*odd, *unused, *check_calibration(calibration, study)])


@stage(["storage", "storage_hourly"], ["balance"])
def storage(
    inside: gpd.GeoDataFrame,
    final_energy: pd.DataFrame,
    electricity_hourly: pd.DataFrame,
    supply_electricity_hourly: pd.DataFrame,
    pv_hourly: pd.DataFrame,
    pv_existing_hourly: pd.DataFrame,
    pv_facade_hourly: pd.DataFrame,
    pv_canopy_hourly: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    pv_places: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Batteries and heat stores of the variants that have some, hour by hour."""
    from ped_geo import storage as stores
    from ped_geo.balance import EnergyInputs

    new = {"pv_facade_hourly": pv_facade_hourly, "pv_canopy_hourly": pv_canopy_hourly, "pv_existing_hourly": pv_existing_hourly}
    hours = EnergyInputs(inside, final_energy, electricity_hourly, supply_electricity_hourly, pv_hourly, **new)
    return stores.block_storage(hours, pv_buildings, pv_places, study)


@stage(["economics", "pv_economics", "pv_place_economics", "variant_costs"], ["finance", "supply", "balance"])
def finance(
    inside: gpd.GeoDataFrame,
    thermal_state: pd.DataFrame,
    need: pd.DataFrame,
    weather: pd.DataFrame,
    final_energy: pd.DataFrame,
    packages_cost: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    pv_places: pd.DataFrame,
    heat_joins: pd.DataFrame,
    storage: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Cost of packages, supplies, PV, storage and variants."""
    from ped_geo import finance as money
    from ped_geo import plans

    # the layout already leaves the room of arrays that are there today
    pv = money.pv_economics(pv_buildings.assign(existing_kwp=0.0), inside, study)
    cost = plans.economics(packages_cost, final_energy, need, inside, weather, study, thermal_state=thermal_state, joins=heat_joins)
    beyond = money.place_economics(pv_places, inside, study)
    return cost, pv, beyond, plans.variant_costs(cost, pv, inside, study, beyond, money.storage_money(storage, study))


@stage(["levers"])
def levers(
    inside: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    need: pd.DataFrame,
    pv_places: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    heat_reach: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """Which heat supplies, places of modules and stores each block allows."""
    from ped_geo import plans

    works = plans.sewage_works((areas, points_of_interest, ways, footprints))
    return plans.levers(inside, blocks, need, pv_places, pv_buildings, heat_reach, works, study)


@stage(["balance"], ["balance"])
def balance(energy: EnergyInputs, variant_costs: pd.DataFrame, *, study: Study) -> pd.DataFrame:
    """Delivered and exported energy of blocks and variants, weighted."""
    from ped_geo.balance import block_balance

    return block_balance(energy, study, money=variant_costs[["investment", "grant", "net_cost_a"]])


@stage(["green_blocks", "green_roofs"])
def green(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame,
    trees: gpd.GeoDataFrame,
    access: pd.DataFrame,
    roof_planes: gpd.GeoDataFrame,
    pv_buildings: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Land cover, rain, sky, local climate zone and warm nights of each block, and what plants on roofs would give."""
    from ped_geo.green import GreenInputs, green_of

    drawn = (areas, ways, points_of_interest, footprints)
    return green_of(GreenInputs(blocks, buildings, *drawn, trees, access, roof_planes, pv_buildings, weather), study)


@stage(["mobility_blocks", "stops", "car_parks"], ["solar"])
def mobility(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    timetable: gpd.GeoDataFrame,
    access: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Reach on foot, public transport by its timetable, cars, charging and car parks of each block."""
    from ped_geo.mobility import MobilityInputs, mobility_of

    given = MobilityInputs(blocks, buildings, streets, areas, ways, points_of_interest, timetable, access, weather)
    return mobility_of(given, site, study)
