"""What each step does: it takes its layers, calls the stage and gives the new layers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.balance import EnergyInputs
    from ped_geo.verdicts import Case

Layers = Mapping[str, "pd.DataFrame"]


def _inside(layers: Layers) -> gpd.GeoDataFrame:
    """Buildings of the district, without the ring around it."""
    return layers["buildings"][layers["buildings"]["in_district"]]


def buildings(study: Study, _site: Site, layers: Layers) -> Layers:
    """Footprints become buildings; what is none is set aside."""
    from ped_geo.buildings import build_buildings

    drawn, aside = build_buildings(layers["footprints"], layers["boundary"], layers["areas"], layers["places"], study)
    return {"buildings_drawn": drawn, "set_aside": aside}


def check(study: Study, _site: Site, layers: Layers) -> Layers:
    """What cannot be right stops here; what is odd is remarked."""
    import pandas as pd

    from ped_geo.plausibility import check_place
    from ped_geo.remarks import remark_frame

    found = check_place(layers["buildings_drawn"], layers["footprints"], layers["boundary"], layers["weather"], study)
    return {"remarks": pd.concat([layers["told"], remark_frame(found)], ignore_index=True).rename_axis("remark")}


def streets(_study: Study, _site: Site, layers: Layers) -> Layers:
    """Ways become a planar network."""
    from ped_geo.streets import build_streets

    return {"streets": build_streets(layers["ways"], layers["boundary"])}


def blocks(study: Study, _site: Site, layers: Layers) -> Layers:
    """Streets and boundary become blocks; each building gets its own, and what registers say of it."""
    from ped_geo import blocks
    from ped_geo.registers import apply_registers

    drawn = layers["buildings_drawn"]
    shapes = blocks.build_blocks(layers["streets"], layers["ways"], layers["boundary"], drawn, study)
    buildings = blocks.assign_blocks(drawn, shapes)
    told = blocks.describe_blocks(shapes, buildings, layers["streets"], layers["areas"])
    buildings, metered, report = apply_registers(buildings, told, layers["registers"], study)
    return {"blocks": told, "buildings": buildings, "adjacency": blocks.adjacency(told), "metered": metered, "register_report": report}


def access(study: Study, _site: Site, layers: Layers) -> Layers:
    """Walking reach of services and stops from each block."""
    from ped_geo.access import build_access, destinations

    inside = _inside(layers)
    goals = destinations(layers["places"], layers["areas"], layers["buildings"])
    return {"access": build_access(layers["blocks"], inside, layers["streets"], goals, study)}


def roofs(study: Study, _site: Site, layers: Layers) -> Layers:
    """Roof planes, façades where asked for, and the modules that fit."""
    import pandas as pd

    from ped_geo import roofs

    inside = _inside(layers)
    surfaces = layers["surfaces"][layers["surfaces"]["building_id"].isin(inside.index)]
    planes = roofs.roof_planes(inside, surfaces if len(surfaces) else None, study=study)
    if study.solar.facades:
        planes = pd.concat([planes, roofs.facade_planes(inside, study)[planes.columns]])
    return {
        "roof_planes": planes,
        "modules": roofs.module_layout(planes, inside, study, roofs.roof_obstacles(layers["footprints"], inside, study)),
    }


def shading(study: Study, _site: Site, layers: Layers) -> Layers:
    """Trees of the map, and horizons of points on the planes."""
    from ped_geo.shading import Surroundings, plane_horizons, tree_crowns

    buildings = layers["buildings"]
    trees = tree_crowns(layers["places"], layers["ways"], layers["areas"], buildings, study)
    around = Surroundings.of_layers({**layers, "trees": trees})
    return {"trees": trees, "horizons": plane_horizons(layers["roof_planes"], buildings, study, around)}


def solar(study: Study, site: Site, layers: Layers) -> Layers:
    """Yield by array, building, block and hour."""
    from ped_geo.solar import pv_yield

    arrays, roofs, hourly, existing = pv_yield(
        layers["modules"], layers["roof_planes"], layers["horizons"], layers["buildings"], layers["weather"], site, study
    )
    return {"pv_arrays": arrays, "pv_buildings": roofs, "pv_hourly": hourly, "pv_existing_hourly": existing}


def irradiation(study: Study, site: Site, layers: Layers) -> Layers:
    """Irradiation of a year on every pixel of roofs and ground; a layer without rows where nothing has a roof."""
    from ped_geo.shading import Surroundings
    from ped_geo.solar.irradiation import irradiation_map, irradiation_pixels

    planes = layers["roof_planes"]
    around = Surroundings.of_layers(layers)
    light = irradiation_map(planes, layers["buildings"], layers["weather"], site, study, around) if len(planes) else None
    return {"irradiation": irradiation_pixels(light)}


def envelope(study: Study, site: Site, layers: Layers) -> Layers:
    """Walls, windows and roofs, their state in each package whose measures are listed, and light on walls."""
    from ped_geo import demand, retrofit
    from ped_geo.solar import vertical_irradiance

    inside = _inside(layers)
    shell = demand.envelope(inside, study)
    walls = vertical_irradiance(layers["weather"], site, albedo=study.assumed("climate.albedo"))
    return {"envelope": shell, "elements_listed": retrofit.envelope_states(inside, shell, study), "irradiance": walls}


def packages(study: Study, site: Site, layers: Layers) -> Layers:
    """The package that costs each building least beside the listed ones, and what all of them cost."""
    from ped_geo import demand, plans, retrofit

    inside, shell, elements, weather = _inside(layers), layers["envelope"], layers["elements_listed"], layers["weather"]
    if retrofit.COST_OPTIMAL in study.retrofit.packages:
        today = elements.xs("existing", level="package", drop_level=False)
        need = demand.build_need(inside, shell, today, weather, layers["irradiance"], site, study, _metered(layers))[0]
        model = plans.heat_need_model(need, today, inside, shell, layers["irradiance"], weather, study)
        stock = plans.package_evaluator(inside, shell, today, need, weather, study, heat_need=model)
        elements = retrofit.joined_states(elements, plans.cost_optimal(stock))
    return {"elements": elements, "packages_cost": plans.package_cost(inside, shell, elements, study)}


def demand(study: Study, site: Site, layers: Layers) -> Layers:
    """Heat, hot water and electricity of every building and package, at the level of metered totals where there are some."""
    from ped_geo.demand import demand_of

    inside, metered = _inside(layers), _metered(layers)
    found = demand_of(inside, layers["envelope"], layers["elements"], layers["weather"], layers["irradiance"], site, study, metered)
    names = ("need", "heat_hourly", "hot_water_hourly", "electricity_hourly", "calibration")
    return {name: getattr(found, name) for name in names}


def _metered(layers: Layers) -> pd.DataFrame | None:
    return layers["metered"] if len(layers["metered"]) else None


def supply(study: Study, _site: Site, layers: Layers) -> Layers:
    """Carriers that each heat supply buys, and its electricity by the hour."""
    from ped_geo import supply

    inside = _inside(layers)
    heat, water, weather = layers["heat_hourly"], layers["hot_water_hourly"], layers["weather"]
    final = supply.final_energy(layers["need"], inside, weather, study, elements=layers["elements"], heat_hourly=heat)
    return {"final_energy": final, "supply_electricity_hourly": supply.electricity_hourly(final, heat, water, inside, weather, study)}


def plausibility(study: Study, _site: Site, layers: Layers) -> Layers:
    """Results that no real place has, and rows of registers that were not used, are remarked."""
    from ped_geo.plausibility import check_calibration, check_registers, check_results, check_surfaces
    from ped_geo.remarks import remark_frame

    odd = check_results(layers["buildings"], layers["need"], layers["pv_buildings"])
    unused = [*check_registers(layers["register_report"]), *check_surfaces(layers["surfaces"], study)]
    return {"doubts": remark_frame([*odd, *unused, *check_calibration(layers["calibration"], study)])}


def finance(study: Study, _site: Site, layers: Layers) -> Layers:
    """Cost of packages, supplies and PV, who pays, and the abatement curve."""
    from ped_geo import finance as money
    from ped_geo import plans

    inside, weather = _inside(layers), layers["weather"]
    # the layout already leaves the room of arrays that are there today
    pv = money.pv_economics(layers["pv_buildings"].assign(existing_kwp=0.0), inside, study)
    need, shell, states = layers["need"], layers["envelope"], layers["elements"]
    cost = plans.economics(layers["packages_cost"], layers["final_energy"], need, inside, weather, study, elements=states)
    last = study.variants[-1]
    model = plans.heat_need_model(need, states, inside, shell, layers["irradiance"], weather, study)
    stock = plans.package_evaluator(inside, shell, states, need, weather, study, heat_need=model)
    curve = plans.abatement_curve(stock, package=last.package, supply=last.supply, pv_economics=pv)
    shares = money.parties(cost, inside, study, package=last.package, supply=last.supply)
    return {
        "economics": cost,
        "pv_economics": pv,
        "variant_costs": plans.variant_costs(cost, pv, inside, study),
        "abatement": curve,
        "parties": shares,
    }


def balance(study: Study, _site: Site, layers: Layers) -> Layers:
    """Delivered and exported energy of blocks and variants, weighted."""
    from ped_geo.balance import block_balance

    return {
        "balance": block_balance(
            _energy_inputs(layers), study, money=layers["variant_costs"][["investment_pln", "grant_pln", "net_cost_pln_a"]]
        )
    }


def _energy_inputs(layers: Layers) -> EnergyInputs:
    from ped_geo.balance import EnergyInputs

    inside = _inside(layers)
    names = (
        "final_energy", "electricity_hourly", "supply_electricity_hourly", "pv_hourly", "heat_hourly", "hot_water_hourly", "pv_existing_hourly",
    )  # fmt: skip
    return EnergyInputs(inside, *(layers[name] for name in names))


def _options(layers: Layers) -> pd.DataFrame:
    """Balance and investment of each block in each variant, as the search takes them."""
    names = {"primary_energy_balance_kwh_a": "balance_kwh_a", "investment_pln": "investment_pln"}
    return layers["balance"][list(names)].rename(columns=names)


def districts(study: Study, _site: Site, layers: Layers) -> Layers:
    """Candidate groups of blocks, and why the others are out."""
    from ped_geo.districts import find_candidates

    options = _options(layers)
    candidates, excluded = find_candidates(layers["blocks"], layers["adjacency"], options, study)
    return {"candidates": _with_money(candidates, layers["variant_costs"]), "excluded": excluded}


def _with_money(candidates: gpd.GeoDataFrame, costs: pd.DataFrame) -> gpd.GeoDataFrame:
    """Candidates with the grants and the payback of the variants chosen for their blocks."""
    import pandas as pd

    from ped_geo.plans import payback_with_grants

    names = ["investment_pln", "grant_pln", "saving_pln_a"]
    chosen = [list(json.loads(choice).items()) for choice in candidates["choices"]]
    sums = pd.DataFrame([costs[names].reindex(rows).sum() for rows in chosen], columns=names, index=candidates.index, dtype="float64")
    return candidates.assign(grant_pln=sums["grant_pln"], payback_a=payback_with_grants(sums))


def _choices(study: Study, layers: Layers) -> dict[str, dict[str, str]]:
    """Groups that are judged: the district with its best variant, and each candidate with its own choice of blocks' variants."""
    held = sorted(set(layers["buildings"]["block_id"]) - {""})
    totals = layers["balance"]["primary_energy_balance_kwh_a"].groupby(level="variant").sum()
    best = str(totals.reindex([variant.key for variant in study.variants]).idxmax())
    groups = {"district": dict.fromkeys(held, best)}
    return groups | {str(name): json.loads(row["choices"]) for name, row in layers["candidates"].iterrows()}


def verdicts(study: Study, _site: Site, layers: Layers) -> Layers:
    """Every definition for the district and each candidate, and the years ahead."""
    from ped_geo.scenarios import scenario_balance
    from ped_geo.verdicts import verdict_table

    judged = verdict_table(_energy_inputs(layers), study, _choices(study, layers), blocks=layers["blocks"])
    return {"verdicts": judged, "scenarios": scenario_balance(layers["balance"], study)}


def uncertainty(study: Study, _site: Site, layers: Layers) -> Layers:
    """Chance of being positive, bands of headline numbers and the inputs that matter most."""
    from ped_geo.uncertainty import components_of, groups_of, simulate, variant_factors

    inside = _inside(layers)
    need, final, pv, cost, balance = (layers[name] for name in ("need", "final_energy", "pv_buildings", "packages_cost", "balance"))
    modules = layers["variant_costs"]["pv_investment_pln"].reindex(balance.index).fillna(0.0)
    components = components_of(inside, need, final, pv, cost, balance.assign(pv_investment_pln=modules), study)
    found = simulate(components, variant_factors(study), groups_of(components, layers["candidates"]), _fewer_draws(study, len(inside)))
    return {"probabilities": found.probabilities, "bands": found.bands, "sensitivity": found.sensitivity}


def _fewer_draws(study: Study, buildings: int) -> Study:
    """The study with fewer draws where there are thousands of buildings, whose errors average out; the error is told with each chance."""
    draws = min(study.uncertainty.draws, max(int(study.assumed("uncertainty.building_draws") / max(buildings, 1)), 200))
    return study.model_copy(update={"uncertainty": study.uncertainty.model_copy(update={"draws": draws})})


def closers(study: Study, _site: Site, layers: Layers) -> Layers:
    """What would close the gap of the district and of each candidate that is not positive."""
    import pandas as pd

    from ped_geo.districts import Situation, gap_closers
    from ped_geo.uncertainty import variant_factors

    balance, blocks, factors = layers["balance"], layers["blocks"], variant_factors(study)
    options = _options(layers)
    pv = layers["pv_buildings"]
    sun = pv["specific_yield_kwh_kwp_a"][pv["shading_loss"] < pv["shading_loss"].median() + 1e-9]
    best = float(sun[sun > 0].median()) if (sun > 0).any() else study.assumed("pv.yield_ew10")
    found = []
    for name, choice in _choices(study, layers).items():
        keys = pd.MultiIndex.from_tuples(list(choice.items()), names=["block_id", "variant"])
        rows = balance.reindex(keys)
        weight = factors.xs(max(set(choice.values()), key=list(choice.values()).count), level="variant")
        chosen = blocks.loc[list(choice)]
        situation = Situation(
            name=name,
            shortfall_kwh_a=-float(rows["primary_energy_balance_kwh_a"].sum()),
            reference_area_m2=float(chosen["reference_area_m2"].sum()),
            parking_area_m2=float(chosen["parking_area_m2"].sum()),
            specific_yield_kwh_kwp_a=best,
            export_credit=float(weight.loc["electricity", "exported"]),
            electricity_factor=float(weight.loc["electricity", "delivered"]),
            district_heat_factor=float(weight.loc["district_heat", "delivered"]),
            district_heat_kwh_a=float(rows["district_heat_delivered_kwh_a"].sum()),
            electricity_use_kwh_a=float(rows["electricity_use_kwh_a"].sum()),
            choices=choice,
            labels=chosen["label"].to_dict(),
        )
        found.append(gap_closers(situation, options, study))
    return {"gap_closers": pd.concat(found)}


def _district_case(study: Study, layers: Layers, variant: str) -> Case:
    from ped_geo.verdicts import Case

    held = sorted(set(layers["buildings"]["block_id"]) - {""})
    return Case(_energy_inputs(layers), study, dict.fromkeys(held, variant), layers["blocks"])


def kpis(study: Study, _site: Site, layers: Layers) -> Layers:
    """Indicators of the district in every variant, and of each block in the one that is shown first."""
    from ped_geo.kpis import accounts_of, block_kpis, kpi_table
    from ped_geo.kpis.blocks import accounts_of_blocks, pv_sizes

    today = _district_case(study, layers, study.variants[0].key)
    need, pv = layers["need"], layers["pv_buildings"]
    roofs = pv.select_dtypes("number").sum().to_frame().T
    chances = layers["probabilities"].reset_index()
    district = chances[chances["scope"] == "district"].set_index("variant")["p_positive"]
    accounts = {}
    for variant in study.variants:
        wants = need.xs(variant.package, level="package").sum(numeric_only=True)
        money = layers["variant_costs"].xs(variant.key, level="variant").sum(numeric_only=True)
        known = {
            "heat_need_kwh_a": float(wants["heat_need_kwh_a"]),
            "hot_water_need_kwh_a": float(wants["hot_water_need_kwh_a"]),
            "cooling_need_kwh_a": float(wants["cooling_need_kwh_a"]),
            **{str(name): float(size) for name, size in pv_sizes(roofs, variant, study).iloc[0].items()},
            "roof_area_m2": float(roofs["roof_area_m2"].iloc[0]),
            "investment_pln": float(money["investment_pln"]),
            "grant_pln": float(money["grant_pln"]),
            "saving_pln_a": float(money["saving_pln_a"]),
            "net_present_value_pln": float(money["npv_pln"]),
            "pv_annual_cost_pln": float(money["pv_annual_cost_pln_a"]),
            "heat_annual_cost_pln": float(money["heat_annual_cost_pln_a"]),
            "probability_positive": float(district.get(variant.key, float("nan"))),
        }
        accounts[variant.key] = accounts_of(_district_case(study, layers, variant.key), today=today, **known)
    of_blocks = accounts_of_blocks(_energy_inputs(layers), study, study.shown_variant, layers)
    return {"kpis": kpi_table(accounts), "block_kpis": block_kpis(of_blocks)}


def sharing(study: Study, _site: Site, layers: Layers) -> Layers:
    """Own use of buildings, blocks and communities, storage, and the legal forms open to the district and each candidate."""
    from ped_geo.sharing import sharing_of_groups

    levels, forms = sharing_of_groups(_energy_inputs(layers), study, _choices(study, layers), layers["pv_buildings"])
    return {"sharing": levels, "energy_communities": forms}
