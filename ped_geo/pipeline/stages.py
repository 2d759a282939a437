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


@stage(["economics", "pv_economics", "variant_costs", "abatement", "parties"], ["finance", "supply", "balance", "demand", "retrofit"])
def finance(
    inside: gpd.GeoDataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    need: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    final_energy: pd.DataFrame,
    packages_cost: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Cost of packages, supplies and PV, who pays, and the abatement curve."""
    from ped_geo import finance as money
    from ped_geo import plans

    # the layout already leaves the room of arrays that are there today
    pv = money.pv_economics(pv_buildings.assign(existing_kwp=0.0), inside, study)
    cost = plans.economics(packages_cost, final_energy, need, inside, weather, study, thermal_state=thermal_state)
    last = study.variants[-1]
    model = plans.heat_need_model(need, thermal_state, inside, envelope, irradiance, weather, study)
    stock = plans.package_evaluator(inside, envelope, thermal_state, need, weather, study, heat_need=model)
    curve = plans.abatement_curve(stock, package=last.package, supply=last.supply, pv_economics=pv)
    shares = money.parties(cost, inside, study, package=last.package, supply=last.supply)
    return cost, pv, plans.variant_costs(cost, pv, inside, study), curve, shares


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
    options: pd.DataFrame,
    variant_costs: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Candidate groups of blocks, and why the others are out."""
    from ped_geo.districts import find_candidates
    from ped_geo.districts.labels import block_labels
    from ped_geo.finance.grants import owners
    from ped_geo.plans import candidates_with_money

    labelled = blocks.join(block_labels(inside, owners(inside), blocks.index))
    candidates, excluded = find_candidates(labelled, adjacency, options, study)
    return candidates_with_money(candidates, variant_costs), excluded


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

    from ped_geo.scenarios import scenario_balance
    from ped_geo.verdicts import verdict_table

    # balances within the year alone need the hours of heat, and no later stage does
    within_year = replace(energy, heat_hourly=heat_hourly, hot_water_hourly=hot_water_hourly)
    return verdict_table(within_year, study, choices, blocks=blocks, southern=site.southern), scenario_balance(balance, study)


@stage(["gap_measures"], ["balance", "districts"])
def gap_measures(
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
    from ped_geo.uncertainty import variant_factors

    falling_short = situations(choices, blocks, balance, pv_buildings, variant_factors(study), study)
    return pd.concat([gap_measures(situation, options, study) for situation in falling_short])


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


@stage(["kpis", "block_kpis"], ["balance"])
def kpis(
    energy: EnergyInputs,
    blocks: gpd.GeoDataFrame,
    need: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    probabilities: pd.DataFrame,
    variant_costs: pd.DataFrame,
    balance: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Indicators of the district in every variant, and of each block in the one that is shown first."""
    from ped_geo.kpis import block_kpis, kpi_table
    from ped_geo.kpis.groups import GroupLayers, accounts_of_blocks, accounts_of_district

    known = GroupLayers(balance, blocks, need, pv_buildings, variant_costs, probabilities)
    return (
        kpi_table(accounts_of_district(energy, study, known)),
        block_kpis(accounts_of_blocks(energy, study, study.shown_variant, known)),
    )


@stage(["sharing", "energy_communities"], ["balance", "sharing"])
def sharing(energy: EnergyInputs, pv_buildings: pd.DataFrame, choices: Choices, *, study: Study) -> tuple[pd.DataFrame, ...]:
    """Own use of buildings, blocks and communities, storage, and the legal forms open to the district and each candidate."""
    from ped_geo.sharing import sharing_of_groups

    return sharing_of_groups(energy, study, choices, pv_buildings)
