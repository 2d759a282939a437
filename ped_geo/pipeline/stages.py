"""
The stages in their order: each is a function whose parameters are the layers that it takes, and which returns those it gives.

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
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from ped_geo.balance import EnergyInputs

    Choices = Mapping[str, Mapping[str, str]]

stage = partial(step, views=VIEWS)


@stage(["buildings_drawn", "rejected", "period_odds", "scaling"], ["buildings"])
def buildings(
    footprints: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    population: gpd.GeoDataFrame,
    registers: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Footprints become buildings, at the totals that are known; what is none is set aside."""
    from ped_geo.buildings import build_buildings, scale_to_totals

    drawn, aside, odds = build_buildings(footprints, boundary, areas, points_of_interest, study, registers)
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
    *,
    study: Study,
) -> pd.DataFrame:
    """What cannot be right stops here; what is odd is remarked."""
    import pandas as pd

    from ped_geo.plausibility import check_people, check_place
    from ped_geo.remarks import remark_frame

    found = check_place(buildings_drawn, footprints, boundary, weather, study)
    found += check_people(buildings_drawn, boundary, scaling)
    return pd.concat([told, remark_frame(found)], ignore_index=True).rename_axis("remark")


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
    from ped_geo.registers import apply_registers

    shapes = blocks.build_blocks(streets, ways, boundary, buildings_drawn, study)
    inside = blocks.assign_blocks(buildings_drawn, shapes)
    described = blocks.describe_blocks(shapes, inside, streets, areas)
    registered, metered, report = apply_registers(inside, described, registers, study)
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


@stage(["roof_planes", "modules"], ["solar"])
def roofs(
    inside: gpd.GeoDataFrame, surfaces: gpd.GeoDataFrame, footprints: gpd.GeoDataFrame, *, site: Site, study: Study
) -> tuple[pd.DataFrame, ...]:
    """Roof planes, façades where asked for, and the modules that fit."""
    import pandas as pd

    from ped_geo import roofs

    own = surfaces[surfaces["building_id"].isin(inside.index)]
    planes = roofs.roof_planes(inside, own if len(own) else None, study=study)
    if study.solar.facades:
        planes = pd.concat([planes, roofs.facade_planes(inside, study, site.equator_azimuth)[planes.columns]])
    obstacles = roofs.roof_obstacles(footprints, inside, study)
    return planes, roofs.module_layout(planes, inside, study, obstacles, site.equator_azimuth)


@stage(["trees", "horizons"], ["solar"])
def shading(
    roof_planes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    surface_model: pd.DataFrame,
    terrain_model: pd.DataFrame,
    hills: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Trees of the map, and horizons of points on the planes."""
    from ped_geo.shading import Surroundings, plane_horizons, tree_crowns

    trees = tree_crowns(points_of_interest, ways, areas, buildings, study)
    around = Surroundings.of_layers(surface_model, terrain_model, hills, trees)
    return trees, plane_horizons(roof_planes, buildings, study, around)


@stage(["pv_arrays", "pv_buildings", "pv_hourly", "pv_existing_hourly"], ["solar"])
def solar(
    modules: gpd.GeoDataFrame,
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

    return pv_yield(modules, roof_planes, horizons, buildings, weather, site, study)


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


@stage(["period_need"], ["buildings", "demand", "retrofit"])
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
) -> pd.DataFrame:
    """Heat need of undated buildings in every period that they may be of."""
    from ped_geo import plans

    model = plans.heat_need_model(need, thermal_state, inside, envelope, irradiance, weather, study)
    return plans.need_by_period(inside, period_odds, thermal_state, model, study)


@stage(["final_energy", "supply_electricity_hourly"], ["supply"])
def supply(
    inside: gpd.GeoDataFrame,
    need: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    heat_hourly: pd.DataFrame,
    hot_water_hourly: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Carriers that each heat supply buys, and its electricity by the hour."""
    from ped_geo import supply

    final = supply.final_energy(need, inside, weather, study, thermal_state=thermal_state, heat_hourly=heat_hourly)
    return final, supply.electricity_hourly(final, heat_hourly, hot_water_hourly, inside, weather, study)


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


@stage(["economics", "pv_economics", "variant_costs"], ["finance", "supply", "balance"])
def finance(
    inside: gpd.GeoDataFrame,
    thermal_state: pd.DataFrame,
    need: pd.DataFrame,
    weather: pd.DataFrame,
    final_energy: pd.DataFrame,
    packages_cost: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Cost of packages, supplies, PV and variants."""
    from ped_geo import finance as money
    from ped_geo import plans

    # the layout already leaves the room of arrays that are there today
    pv = money.pv_economics(pv_buildings.assign(existing_kwp=0.0), inside, study)
    cost = plans.economics(packages_cost, final_energy, need, inside, weather, study, thermal_state=thermal_state)
    return cost, pv, plans.variant_costs(cost, pv, inside, study)


@stage(["balance"], ["balance"])
def balance(energy: EnergyInputs, variant_costs: pd.DataFrame, *, study: Study) -> pd.DataFrame:
    """Delivered and exported energy of blocks and variants, weighted."""
    from ped_geo.balance import block_balance

    return block_balance(energy, study, money=variant_costs[["investment", "grant", "net_cost_a"]])


@stage(["candidates", "excluded"], ["districts"])
def districts(
    inside: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    adjacency: pd.DataFrame,
    offered: pd.DataFrame,
    variant_costs: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Candidate groups of blocks, and why the others are out."""
    from ped_geo.districts import find_candidates
    from ped_geo.districts.labels import block_labels
    from ped_geo.finance.grants import owners
    from ped_geo.plans import candidates_with_money

    labelled = blocks.join(block_labels(inside, owners(inside, study.country), blocks.index))
    candidates, excluded = find_candidates(labelled, adjacency, offered, study)
    return candidates_with_money(candidates, variant_costs), excluded


@stage(["recommendation"], ["finance"])
def recommendation(
    inside: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    balance: pd.DataFrame,
    variant_costs: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """The way to go, the farthest and the cheapest, of the whole place and of each candidate."""
    from ped_geo import plans

    ways = plans.ways_of_groups(balance, variant_costs, blocks, candidates, study)
    return plans.recommend(ways, plans.impossible_variants(inside, study), study)


@stage(["abatement", "parties"], ["finance", "supply", "balance", "demand", "retrofit"])
def payers(
    inside: gpd.GeoDataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    need: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    economics: pd.DataFrame,
    pv_economics: pd.DataFrame,
    recommendation: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Who pays and gains on the recommended way, and every measure of the farthest by what a tonne of CO₂ costs."""
    from ped_geo import finance as money
    from ped_geo import plans
    from ped_geo.retrofit import package_names

    ways = {variant.key: variant for variant in study.variants}
    way = ways[plans.recommended_variant(recommendation, study)]
    listed = ways[plans.farthest_listed(recommendation, set(package_names()), study)]
    model = plans.heat_need_model(need, thermal_state, inside, envelope, irradiance, weather, study)
    stock = plans.package_evaluator(inside, envelope, thermal_state, need, weather, study, heat_need=model)
    package = listed.package if listed.package in package_names() else "existing"
    curve = plans.abatement_curve(stock, package=package, supply=listed.supply, pv_economics=pv_economics)
    modules = pv_economics if way.pv else None
    shares = money.parties(economics, inside, study, package=way.package, supply=way.supply, pv_economics=modules)
    return curve, shares


@stage(["verdicts", "scenarios"], ["balance"])
def verdicts(
    energy: EnergyInputs,
    heat_hourly: pd.DataFrame,
    hot_water_hourly: pd.DataFrame,
    blocks: gpd.GeoDataFrame,
    balance: pd.DataFrame,
    choices: Choices,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Every definition for the district and each candidate, and the years ahead."""
    from dataclasses import replace

    from ped_geo.flows import Groups
    from ped_geo.scenarios import scenario_balance
    from ped_geo.verdicts import verdict_table

    # balances within the year alone need the hours of heat, and no later stage does
    within_year = replace(energy, heat_hourly=heat_hourly, hot_water_hourly=hot_water_hourly)
    judged = verdict_table(within_year, study, Groups.named(choices), blocks=blocks, southern=site.southern)
    return judged, scenario_balance(balance, study)


@stage(["gap_measures"], ["balance", "districts"])
def gap_measures(
    inside: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    balance: pd.DataFrame,
    options: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    choices: Choices,
    *,
    study: Study,
) -> pd.DataFrame:
    """What would close the gap of the district and of each candidate that is not positive."""
    import pandas as pd

    from ped_geo.districts import gap_measures, situations
    from ped_geo.plans import impossible_variants
    from ped_geo.uncertainty import variant_factors

    open_ = options[~options.index.get_level_values("variant").isin(impossible_variants(inside, study))]

    falling_short = situations(choices, blocks, balance, pv_buildings, variant_factors(study), study)
    return pd.concat([gap_measures(situation, open_, study) for situation in falling_short])


@stage(["probabilities", "bands", "sensitivity", "field_work"], ["uncertainty", "balance"])
def uncertainty(
    inside: gpd.GeoDataFrame,
    final_energy: pd.DataFrame,
    need: pd.DataFrame,
    balance: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    packages_cost: pd.DataFrame,
    variant_costs: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    period_need: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Chance of being positive, bands of headline numbers, the inputs that matter most, and whose year would tell most."""
    from ped_geo.uncertainty import components_of, draws_for, field_work, groups_of, simulate, variant_factors

    modules = variant_costs["pv_investment"].reindex(balance.index).fillna(0.0)
    components = components_of(inside, need, final_energy, pv_buildings, packages_cost, balance.assign(pv_investment=modules), study)
    factors, groups, fewer = variant_factors(study), groups_of(components, candidates), draws_for(study, len(inside))
    drawn = simulate(components, factors, groups, fewer, periods=period_need)
    visits = field_work(inside, components, factors, period_need, study)
    return drawn.probabilities, drawn.bands, drawn.sensitivity, visits


@stage(["ranking"], ["districts"])
def ranking(candidates: gpd.GeoDataFrame, probabilities: pd.DataFrame, *, study: Study) -> pd.DataFrame:
    """Which candidates keep the floors, and their order by certainty and cost."""
    from ped_geo import districts

    chances = probabilities[probabilities["scope"] == "candidate"].droplevel("variant")["p_positive"]
    return districts.ranking(candidates, chances[~chances.index.duplicated()], study)


@stage(["kpis", "block_kpis"], ["balance"])
def kpis(
    energy: EnergyInputs,
    blocks: gpd.GeoDataFrame,
    need: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    probabilities: pd.DataFrame,
    variant_costs: pd.DataFrame,
    balance: pd.DataFrame,
    recommendation: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Indicators of the district in every variant, and of each block in the recommended one."""
    from ped_geo.blocks import LEAST_FLOOR_M2
    from ped_geo.flows import Groups
    from ped_geo.kpis import block_kpis, kpi_table
    from ped_geo.kpis.groups import GroupLayers, kpis_of_groups
    from ped_geo.plans import recommended_variant

    known = GroupLayers(balance, blocks, need, pv_buildings, variant_costs, probabilities)
    shown = recommended_variant(recommendation, study)
    area = balance["reference_area_m2"].xs(shown, level="variant")
    district = Groups.together(energy.blocks, [variant.key for variant in study.variants])
    heated = Groups.alone(area.index[area > LEAST_FLOOR_M2], shown)
    return (
        kpi_table(kpis_of_groups(energy, study, district, known)),
        block_kpis(kpis_of_groups(energy, study, heated, known), shown),
    )


@stage(["sharing", "energy_communities"], ["balance", "sharing"])
def sharing(energy: EnergyInputs, pv_buildings: pd.DataFrame, choices: Choices, *, study: Study) -> tuple[pd.DataFrame, ...]:
    """Own use of buildings, blocks and communities, storage, and the legal forms open to the district and each candidate."""
    from ped_geo.sharing import sharing_of_groups

    return sharing_of_groups(energy, study, choices, pv_buildings)


@stage(["figures", "building_figures", "attribute_sources", "outlook", "variant_totals", "package_totals"], ["districts", "balance"])
def figures(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    need: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    pv_arrays: gpd.GeoDataFrame,
    pv_hourly: pd.DataFrame,
    variant_costs: pd.DataFrame,
    balance: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    scenarios: pd.DataFrame,
    probabilities: pd.DataFrame,
    bands: pd.DataFrame,
    field_work: pd.DataFrame,
    calibration: pd.DataFrame,
    kpis: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """All that products print, once for all of them."""
    from ped_geo.figures import houses, table

    known = {"blocks": blocks, "buildings": buildings, "boundary": boundary, "weather": weather, "need": need, "balance": balance}
    known |= {"pv_buildings": pv_buildings, "pv_arrays": pv_arrays, "pv_hourly": pv_hourly, "variant_costs": variant_costs}
    known |= {"candidates": candidates, "probabilities": probabilities, "bands": bands, "field_work": field_work, "kpis": kpis}
    known["calibration"] = calibration
    return (
        table.figure_table(known, study),
        houses.building_figures(known),
        houses.attribute_sources(buildings),
        table.outlook(scenarios, blocks),
        table.variant_totals(balance, kpis),
        table.package_totals(need),
    )


@stage(["monthly", "load_duration"])
def months(
    electricity_hourly: pd.DataFrame,
    supply_electricity_hourly: pd.DataFrame,
    pv_hourly: pd.DataFrame,
    pv_existing_hourly: pd.DataFrame,
    recommendation: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Electricity of the district by the month in every variant, and its net load in the recommended one."""
    from ped_geo.figures.hours import load_duration, monthly
    from ped_geo.plans import recommended_variant

    hours = {"electricity_hourly": electricity_hourly, "supply_electricity_hourly": supply_electricity_hourly}
    hours |= {"pv_hourly": pv_hourly, "pv_existing_hourly": pv_existing_hourly}
    way = recommended_variant(recommendation, study)
    return monthly(hours, study), load_duration(hours, next(one for one in study.variants if one.key == way))


@stage(["heat_network", "heat_density", "heat_zones", "heat_levels"])
def networks(
    blocks: gpd.GeoDataFrame,
    inside: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    need: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Linear heat density of blocks, pipes along streets, and whom a network serves better than heat pumps."""
    from ped_geo.networks.plan import heat_networks

    return heat_networks(blocks, inside, streets, ways, need, study)
