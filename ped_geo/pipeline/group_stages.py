"""
The stages about groups of blocks, in their order: candidates, the decision, verdicts, chances, indicators and what products print.

Each is a function of the layers that it takes, as in `stages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.pipeline.stages import stage
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.balance import EnergyInputs
    from ped_geo.flows import Groups


@stage(["balance_spread"], ["uncertainty", "balance", "demand"])
def balance_spread(
    inside: gpd.GeoDataFrame, components: pd.DataFrame, period_need: pd.DataFrame, use_need: pd.DataFrame, *, study: Study
) -> pd.DataFrame:
    """Mean and spread of each block's balance when the guessed inputs are drawn, from which candidates are put together."""
    from ped_geo import uncertainty

    fewer = uncertainty.draws_for(study, len(inside))
    return uncertainty.balance_spread(components, uncertainty.variant_factors(study), fewer, periods=period_need, uses=use_need)


@stage(["candidates", "excluded"], ["districts", "uncertainty"])
def districts(
    inside: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    adjacency: pd.DataFrame,
    offered: pd.DataFrame,
    variant_costs: pd.DataFrame,
    balance_spread: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Candidate groups of blocks, and why the others are out."""
    from ped_geo.districts import find_candidates
    from ped_geo.districts.labels import block_labels
    from ped_geo.finance.grants import owners
    from ped_geo.plans import candidates_with_money
    from ped_geo.uncertainty import draws_for

    labelled = blocks.join(block_labels(inside, owners(inside, study.country), blocks.index))
    candidates, excluded = find_candidates(labelled, adjacency, offered.join(balance_spread), draws_for(study, len(inside)))
    return candidates_with_money(candidates, variant_costs), excluded


@stage(["recommendation"], ["finance"])
def recommendation(
    levers: pd.DataFrame,
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
    return plans.recommend(ways, plans.impossible_variants(levers, blocks, study), study)


@stage(["abatement", "parties", "grant_programmes"], ["finance", "supply", "balance", "demand", "retrofit"])
def payers(
    inside: gpd.GeoDataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    need: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    economics: pd.DataFrame,
    pv_economics: pd.DataFrame,
    pv_place_economics: pd.DataFrame,
    recommendation: pd.DataFrame,
    heat_joins: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Who pays and gains on the recommended way, and every measure of the farthest by what a tonne of CO₂ costs."""
    import pandas as pd

    from ped_geo import finance as money
    from ped_geo import plans
    from ped_geo.retrofit import package_names

    ways = {variant.key: variant for variant in study.variants}
    way = ways[plans.recommended_variant(recommendation, study)]
    listed = ways[plans.farthest_listed(recommendation, set(package_names()), study)]
    model = plans.heat_need_model(need, thermal_state, inside, envelope, irradiance, weather, study)
    stock = plans.package_evaluator(inside, envelope, thermal_state, need, weather, study, heat_need=model)
    package = listed.package if listed.package in package_names() else "existing"
    joins = pd.DataFrame(heat_joins.xs(package, level="package"))
    curve = plans.abatement_curve(stock, package=package, supply=listed.supply, pv_economics=pv_economics, joins=joins)
    modules = money.pv_money(pv_economics, pv_place_economics, way) if way.pv else None
    shares = money.parties(economics, inside, study, package=way.package, supply=way.supply, pv_economics=modules)
    return curve, shares, plans.grant_programmes(economics, modules, inside, thermal_state, way, study)


@stage(["verdicts", "scenarios"], ["balance"])
def verdicts(
    energy: EnergyInputs,
    heat_hourly: pd.DataFrame,
    hot_water_hourly: pd.DataFrame,
    blocks: gpd.GeoDataFrame,
    balance: pd.DataFrame,
    judged: Groups,
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
    table = verdict_table(within_year, study, judged, blocks=blocks, southern=site.southern)
    return table, scenario_balance(balance, study)


@stage(["gap_measures"], ["balance", "districts"])
def gap_measures(
    levers: pd.DataFrame,
    blocks: gpd.GeoDataFrame,
    balance: pd.DataFrame,
    options: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    judged: Groups,
    *,
    study: Study,
) -> pd.DataFrame:
    """What would close the gap of the district and of each candidate that is not positive."""
    import pandas as pd

    from ped_geo.districts import gap_measures, situations
    from ped_geo.plans import impossible_variants
    from ped_geo.uncertainty import variant_factors

    open_ = options[~options.index.get_level_values("variant").isin(impossible_variants(levers, blocks, study))]

    falling_short = situations(judged, blocks, balance, pv_buildings, variant_factors(study), study)
    return pd.concat([gap_measures(situation, open_, study) for situation in falling_short])


@stage(["probabilities", "bands", "sensitivity", "field_work"], ["uncertainty", "balance", "demand"])
def uncertainty(
    inside: gpd.GeoDataFrame,
    components: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    period_need: pd.DataFrame,
    use_need: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Chance of being positive, bands of headline numbers, the inputs that matter most, and whose year would tell most."""
    from ped_geo.flows import Groups
    from ped_geo.uncertainty import draws_for, field_work, groups_of, simulate, variant_factors

    factors, groups, fewer = variant_factors(study), groups_of(components, Groups.chosen(candidates)), draws_for(study, len(inside))
    drawn = simulate(components, factors, groups, fewer, periods=period_need, uses=use_need)
    visits = field_work(inside, components, factors, period_need, study)
    return drawn.probabilities, drawn.bands, drawn.sensitivity, visits


@stage(["data_requests"])
def requests(
    sensitivity: pd.DataFrame, bands: pd.DataFrame, recommendation: pd.DataFrame, field_work: gpd.GeoDataFrame, *, study: Study
) -> pd.DataFrame:
    """Which tables of others, and which visits, would narrow the band of the recommended way most."""
    from ped_geo.plans import recommended_variant
    from ped_geo.uncertainty import data_requests

    visits = int(study.assumed("uncertainty.site_visits"))
    return data_requests(sensitivity, bands, recommended_variant(recommendation, study), field_work, visits)


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
    pv_places: pd.DataFrame,
    heat_density: pd.DataFrame,
    summer_blocks: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Indicators of the district in every variant, and of each block in the recommended one."""
    from ped_geo.blocks import LEAST_FLOOR_M2
    from ped_geo.flows import Groups
    from ped_geo.kpis import block_kpis, kpi_table
    from ped_geo.kpis.groups import GroupLayers, kpis_of_groups
    from ped_geo.plans import recommended_variant

    known = GroupLayers(balance, blocks, need, pv_buildings, variant_costs, probabilities, pv_places, heat_density, summer_blocks)
    shown = recommended_variant(recommendation, study)
    area = balance["reference_area_m2"].xs(shown, level="variant")
    district = Groups.together(energy.blocks, [variant.key for variant in study.variants])
    heated = Groups.alone(area.index[area > LEAST_FLOOR_M2], shown)
    return (
        kpi_table(kpis_of_groups(energy, study, district, known)),
        block_kpis(kpis_of_groups(energy, study, heated, known), shown),
    )


@stage(["block_features", "block_types"])
def block_types(
    blocks: gpd.GeoDataFrame, inside: gpd.GeoDataFrame, need: pd.DataFrame, pv_buildings: pd.DataFrame, *, study: Study
) -> tuple[pd.DataFrame, ...]:
    """What kind of quarter each block is, by form, age, use and supply, and why."""
    from ped_geo import quarters
    from ped_geo.language import LANGUAGES

    sums = quarters.block_sums(blocks, inside, need, pv_buildings, study.country, study.assumed("finance.base_year"))
    features = quarters.block_features(sums)
    types = quarters.block_types(features, study)
    return features, types.assign(**{f"reason_{lang}": quarters.type_reasons(types, features, lang) for lang in LANGUAGES})


@stage(["sharing", "energy_communities"], ["balance", "finance", "sharing", "supply"])
def sharing(
    energy: EnergyInputs, pv_buildings: pd.DataFrame, pv_places: pd.DataFrame, judged: Groups, *, study: Study
) -> tuple[pd.DataFrame, ...]:
    """Own use of buildings, blocks and communities, storage, and the legal forms open to the district and each candidate."""
    from ped_geo.sharing import sharing_of_groups

    return sharing_of_groups(energy, study, judged, pv_buildings, pv_places)


@stage(
    ["figures", "building_figures", "attribute_sources", "outlook", "variant_totals", "package_totals", "network_totals"],
    ["districts", "balance"],
)
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
    economics: pd.DataFrame,
    pv_economics: pd.DataFrame,
    balance: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    scenarios: pd.DataFrame,
    recommendation: pd.DataFrame,
    probabilities: pd.DataFrame,
    bands: pd.DataFrame,
    field_work: pd.DataFrame,
    calibration: pd.DataFrame,
    kpis: pd.DataFrame,
    heat_network: gpd.GeoDataFrame,
    heat_density: pd.DataFrame,
    heat_levels: pd.DataFrame,
    heat_zones: pd.DataFrame,
    heat_reach: pd.DataFrame,
    summer_buildings: pd.DataFrame,
    summer_totals: pd.DataFrame,
    pv_places: pd.DataFrame,
    roadmap: pd.DataFrame,
    roadmap_scenarios: pd.DataFrame,
    roadmap_targets: pd.DataFrame,
    green_blocks: pd.DataFrame,
    mobility_blocks: pd.DataFrame,
    public_buildings: gpd.GeoDataFrame,
    street_lighting: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """All that products print, once for all of them."""
    from ped_geo.figures import heat_networks, houses, table

    known = {"blocks": blocks, "buildings": buildings, "boundary": boundary, "weather": weather, "need": need, "balance": balance}
    known |= {"pv_buildings": pv_buildings, "pv_arrays": pv_arrays, "pv_hourly": pv_hourly, "variant_costs": variant_costs}
    known |= {"candidates": candidates, "probabilities": probabilities, "bands": bands, "field_work": field_work, "kpis": kpis}
    known |= {"calibration": calibration, "heat_network": heat_network, "heat_density": heat_density, "heat_levels": heat_levels}
    known |= {"summer_buildings": summer_buildings, "summer_totals": summer_totals}
    known |= {"pv_places": pv_places, "heat_reach": heat_reach, "economics": economics, "pv_economics": pv_economics}
    known |= {"scenarios": scenarios, "recommendation": recommendation}
    known |= {"roadmap": roadmap, "roadmap_scenarios": roadmap_scenarios, "roadmap_targets": roadmap_targets}
    known |= {"green_blocks": green_blocks, "mobility_blocks": mobility_blocks}
    known |= {"public_buildings": public_buildings, "street_lighting": street_lighting}
    return (
        table.figure_table(known, study),
        houses.building_figures(known, study),
        houses.attribute_sources(buildings),
        table.outlook(scenarios, blocks),
        table.variant_totals(balance, kpis),
        table.package_totals(need),
        heat_networks.network_totals(heat_density, heat_zones, heat_reach),
    )


@stage(["monthly", "load_duration"])
def months(
    electricity_hourly: pd.DataFrame,
    supply_electricity_hourly: pd.DataFrame,
    pv_hourly: pd.DataFrame,
    pv_existing_hourly: pd.DataFrame,
    pv_facade_hourly: pd.DataFrame,
    pv_canopy_hourly: pd.DataFrame,
    storage_hourly: pd.DataFrame,
    recommendation: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Electricity of the district by the month in every variant, and its net load in the recommended one."""
    from ped_geo.figures.hours import load_duration, monthly
    from ped_geo.plans import recommended_variant

    hours = {"electricity_hourly": electricity_hourly, "supply_electricity_hourly": supply_electricity_hourly}
    hours |= {"pv_hourly": pv_hourly, "pv_existing_hourly": pv_existing_hourly}
    hours |= {"pv_facade_hourly": pv_facade_hourly, "pv_canopy_hourly": pv_canopy_hourly, "storage_hourly": storage_hourly}
    way = recommended_variant(recommendation, study)
    return monthly(hours, study), load_duration(hours, next(one for one in study.variants if one.key == way))


@stage(["heat_zones", "heat_books", "heat_sources"], ["finance"])
def networks(
    blocks: gpd.GeoDataFrame,
    inside: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame,
    need_at_stations: pd.DataFrame,
    trench_tree: pd.DataFrame,
    heat_levels: pd.DataFrame,
    heat_served: pd.DataFrame,
    final_energy: pd.DataFrame,
    economics: pd.DataFrame,
    recommendation: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Whom a network serves better than heat pumps, the accounts of each variant's network, and where its heat could come from."""
    from ped_geo import plans
    from ped_geo.networks import plan

    way = next(one for one in study.variants if one.key == plans.recommended_variant(recommendation, study))
    zones = plan.heat_zones(blocks, inside, streets, ways, need_at_stations, trench_tree, study, package=way.package)
    books = plans.network_books(final_energy, economics, (heat_levels, heat_served), inside, study)
    drawn = (areas, points_of_interest, ways, footprints)
    return zones, books, plans.heat_sources(inside, need_at_stations, drawn, study, package=way.package)


@stage(
    [
        *("roadmap", "roadmap_scenarios", "roadmap_payers", "roadmap_targets", "roadmap_closers", "roadmap_actions", "roadmap_blocks"),
        "roadmap_cars",
    ],
    ["balance", "demand", "finance", "retrofit", "roadmap", "supply", "uncertainty"],
)
def roadmap(
    inside: gpd.GeoDataFrame,
    final_energy: pd.DataFrame,
    economics: pd.DataFrame,
    pv_economics: pd.DataFrame,
    balance: pd.DataFrame,
    heat_zones: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    ranking: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Every scenario to 2050: emissions by cause, who pays in which year, the verdict on targets and the action plan."""
    from ped_geo.roadmap.holdings import PlaceLayers
    from ped_geo.roadmap.plan import roadmaps

    place_layers = PlaceLayers(inside, final_energy, economics, pv_economics, balance, heat_zones)
    return roadmaps(place_layers, candidates, ranking, study)


@stage(["public_buildings", "public_duties", "public_grounds"], ["balance", "finance"])
def public(
    inside: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    need: pd.DataFrame,
    final_energy: pd.DataFrame,
    economics: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    pv_hourly: pd.DataFrame,
    electricity_hourly: pd.DataFrame,
    *,
    site: Site,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """Public buildings as a group, how it is known that they are public, what the law asks of them, and public grounds."""
    from ped_geo.public import PublicInputs, public_grounds, public_of

    given = PublicInputs(inside, footprints, areas, need, final_energy, economics, pv_buildings, pv_hourly, electricity_hourly)
    return *public_of(given, site, study), public_grounds(areas, blocks)


@stage(["street_lighting", "street_lighting_classes", "street_lamps"], ["sources", "finance"])
def lighting(
    blocks: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, points_of_interest: gpd.GeoDataFrame, *, study: Study
) -> tuple[pd.DataFrame, ...]:
    """Luminaires of each block and class of street, their energy and what LED would save."""
    from ped_geo.public import street_lighting

    return street_lighting(blocks, ways, points_of_interest, study)


@stage(["scorecard"])
def scorecards(
    blocks: gpd.GeoDataFrame,
    balance: pd.DataFrame,
    recommendation: pd.DataFrame,
    heat_zones: pd.DataFrame,
    mobility_blocks: pd.DataFrame,
    green_blocks: pd.DataFrame,
    public_buildings: gpd.GeoDataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """What asks for work in each block, part by part, and why."""
    from ped_geo.scorecard import ScorecardInputs, scorecard

    given = ScorecardInputs(blocks, balance, recommendation, heat_zones, mobility_blocks, green_blocks, public_buildings)
    return scorecard(given, study)
