"""Measures: physics by hand, limits, and the contract that none makes a building worse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import plans, retrofit, schema, typology
from ped_geo.errors import LayerError, StudyError
from ped_geo.language import catalogue
from ped_geo.retrofit import Level, RetrofitContext, measure, measures
from ped_geo.retrofit.insulation import added_thickness, insulated, thickness_for
from ped_geo.study import Study
from tests.retrofit.houses import envelopes, houses, needs, seasonal_heat

STUDY = Study(name="x")
PUBLISHED = Study(name="x", demand={"typology": "tabula"})


def steps() -> list[tuple[str, str, Level]]:
    return [(package, key, level) for package in retrofit.package_names() for key, level in retrofit.package_steps(package)]


def after(key: str, level: Level, **changes: object) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    buildings = houses(**changes)
    today = retrofit.elements_today(buildings, STUDY)
    return buildings, today, measure(key).apply(today, RetrofitContext(buildings, today, STUDY), level)


def packed(state: pd.DataFrame, package: str = "state") -> pd.DataFrame:
    return pd.concat({package: state}, names=["package"]).swaplevel()


def test_insulated_wall_equals_check_c07():
    assert insulated(1.16, 0.15, 0.036) == pytest.approx(0.199, rel=0.005)


def test_insulated_adds_resistances_whatever_the_order():
    assert insulated(insulated(1.3, 0.05, 0.04), 0.1, 0.036) == pytest.approx(insulated(insulated(1.3, 0.1, 0.036), 0.05, 0.04))


def test_added_thickness_is_the_inverse_of_insulated():
    assert added_thickness(1.3, insulated(1.3, 0.17, 0.036), 0.036) == pytest.approx(0.17)


def test_thickness_is_in_whole_centimetres_reaches_the_target_and_keeps_within_the_room_there_is():
    depth = thickness_for(np.linspace(0.21, 3, 50), 0.2, 0.036, 0.25)
    assert np.allclose(depth * 100, np.round(depth * 100))
    assert (insulated(np.linspace(0.21, 3, 50), depth, 0.036) <= 0.2 + 1e-12).all()
    assert thickness_for(1.0, 0.05, 0.036, 0.12) == pytest.approx(0.12)


@pytest.mark.parametrize("state", ["usual", "advanced"])
@pytest.mark.parametrize("study", [STUDY, PUBLISHED], ids=["code_consistent", "tabula"])
def test_packages_of_the_typology_equal_its_states(state, study):
    buildings = houses()
    found = retrofit.envelope_states(buildings, envelopes(), study, packages=[state]).xs(state, level="package")
    today = retrofit.elements_today(buildings, study)
    wanted = typology.u_values(buildings["tabula_code"], state, typology=study.demand.typology)
    for name in ("u_wall", "u_roof", "u_floor", "u_door", "thermal_bridge_surcharge"):
        worth = wanted[name] < today[name] * (1 - study.assumed("retrofit.worth_share"))
        if name == "thermal_bridge_surcharge":
            worth = (found["u_wall"] < today["u_wall"]) & (wanted[name] < today[name])
        assert np.allclose(found[name], np.where(worth, wanted[name], today[name])), name
        assert worth.sum() >= 15, name


@pytest.mark.parametrize(("package", "key", "level"), steps(), ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("state", ["original", "first_etics", "usual"])
def test_no_measure_increases_heat_need_or_a_loss(package, key, level, state):
    buildings, today, then = after(key, level, refurbishment_state=state)
    before, afterwards = (seasonal_heat(packed(each), buildings, STUDY).to_numpy() for each in (today, then))
    assert (afterwards <= before * (1 + 1e-9)).all()
    losses = ["u_wall", "u_roof", "u_floor", "u_window", "u_door", "thermal_bridge_surcharge", "infiltration_ach", "circulation_factor"]
    assert (then[losses] <= today[losses] + 1e-12).all(axis=None)
    assert (then[["heat_recovery", "heating_efficiency"]] >= today[["heat_recovery", "heating_efficiency"]]).all(axis=None)


@pytest.mark.parametrize("typology_name", ["code_consistent", "tabula"])
def test_measures_together_never_save_more_than_the_need(typology_name):
    study = Study(name="x", demand={"typology": typology_name})
    buildings = houses()
    thermal_state = retrofit.envelope_states(buildings, envelopes(), study)
    need = seasonal_heat(thermal_state, buildings, study).unstack()
    assert (need >= 0).all(axis=None)
    assert (need.drop(columns="existing").le(need["existing"] * (1 + 1e-9), axis=0)).all(axis=None)


@pytest.mark.parametrize("key", list(measures()))
def test_every_measure_has_words_type_life_and_a_price_or_shares_one(key):
    each = measure(key)
    assert f"retrofit.measure.{key}" in catalogue()
    assert f"retrofit.part.{each.part}" in catalogue()
    assert each.measure_type in retrofit.MEASURE_TYPES.load()
    assert each.part in retrofit.PARTS
    assert each.changes in retrofit.element_columns()
    assert 10 <= each.lifetime_a <= 60
    assert not each.price or STUDY.assumed(each.price) > 0


@pytest.mark.parametrize("key", list(measures()))
def test_every_measure_belongs_to_a_package(key):
    assert any(key == used for _, used, _ in steps())


def test_measure_that_changes_nothing_costs_nothing():
    buildings = houses()
    today = retrofit.elements_today(buildings, STUDY)
    assert (plans.measure_costs(today, today, buildings, envelopes(), STUDY) == 0).all(axis=None)


def test_heritage_keeps_its_facade_and_may_still_insulate_the_cellar():
    buildings = houses(heritage=True)
    found = retrofit.envelope_states(buildings, envelopes(), STUDY, packages=["near_zero"])
    now, then = (found.xs(name, level="package") for name in ("existing", "near_zero"))
    for name in ("u_wall", "u_door", "thermal_bridge_surcharge", "heat_recovery"):
        assert (now[name] == then[name]).all()
    assert (then["u_floor"] < now["u_floor"]).all()


def test_what_was_done_before_is_not_done_again():
    buildings = houses(refurbishment_state="usual")
    thermal_state = retrofit.envelope_states(buildings, envelopes(), STUDY, packages=["usual"])
    cost = plans.package_cost(buildings, envelopes(), thermal_state, STUDY)
    assert (cost["investment_wall"] == 0).all()
    assert (cost["investment_window"] == 0).all()
    assert (cost["investment_heating"] == 0).all()


def test_unheated_buildings_are_left_alone():
    buildings = houses(heated=False)
    thermal_state = retrofit.envelope_states(buildings, envelopes(), STUDY)
    cost = plans.package_cost(buildings, envelopes(), thermal_state, STUDY)
    assert (cost["investment"] == 0).all()


def test_windows_are_not_replaced_where_they_would_cost_more_sun_than_heat():
    buildings, today, _ = after("windows", Level("target", "0.9"))
    clear = today.assign(u_window=1.05, g_window=0.75)
    then = measure("windows").apply(clear, RetrofitContext(buildings, clear, STUDY), Level("target", "0.93"))
    assert (then["u_window"] == 1.05).all()
    assert (then["g_window"] == 0.75).all()


def test_sealing_goes_only_as_far_as_the_windows_are_tight():
    buildings, today, then = after("airtightness", Level("target", "0.05"))
    assert then["infiltration_ach"][today["u_window"] > 1.6].min() == 0.2
    new = today.assign(u_window=0.9)
    assert (
        measure("airtightness").apply(new, RetrofitContext(buildings, new, STUDY), Level("target", "0.05"))["infiltration_ach"] == 0.05
    ).all()


def test_wall_cost_by_hand_for_a_five_storey_block():
    buildings, today, then = after("wall_insulation", Level("target", "0.2"))
    code = "PL.N.MFH.03"
    depth_cm = 100 * 0.036 * (1 / then["u_wall"][code] - 1 / today["u_wall"][code])
    wanted = (350 + (depth_cm - 17.5) * 8.2) * envelopes()["wall_area_m2"][code]
    assert measure("wall_insulation").cost(today, then, buildings, envelopes(), STUDY)[code] == pytest.approx(wanted)


def test_walls_above_25_m_are_insulated_with_wool_and_old_insulation_is_dearer():
    buildings, today, then = after("wall_insulation", Level("target", "0.15"), refurbishment_state="first_etics")
    cost = measure("wall_insulation").cost(today, then, buildings, envelopes(), STUDY) / envelopes()["wall_area_m2"]
    low, high = cost["PL.N.MFH.03"], cost["PL.N.AB.03"]
    assert high > low > 300
    plain = after("wall_insulation", Level("target", "0.15"))
    depth = added_thickness(plain[1]["u_wall"], plain[2]["u_wall"], 0.036)
    first = measure("wall_insulation").cost(plain[1], plain[2], plain[0], envelopes(), STUDY) / envelopes()["wall_area_m2"]
    later = added_thickness(today["u_wall"], then["u_wall"], 0.036)
    extra = (first["PL.N.MFH.03"] - 8.2 * 100 * depth[houses().index.get_loc("PL.N.MFH.03")]) - (
        low - 8.2 * 100 * later[houses().index.get_loc("PL.N.MFH.03")]
    )
    assert extra == pytest.approx(350 - 420)


def test_party_walls_cost_nothing_because_they_have_no_area():
    buildings = houses()
    areas = envelopes().assign(wall_area_m2=0.0, party_wall_area_m2=1000.0)
    thermal_state = retrofit.envelope_states(buildings, areas, STUDY, packages=["near_zero"])
    assert (plans.package_cost(buildings, areas, thermal_state, STUDY)["investment_wall"] == 0).all()


@pytest.mark.parametrize(("package", "low", "high"), [("wt2021", 350, 1000), ("near_zero", 800, 1500)])
def test_cost_of_a_panel_block_lies_in_the_range_of_polish_practice(package, low, high):
    buildings = houses()
    thermal_state = retrofit.envelope_states(buildings, envelopes(), STUDY)
    cost = plans.package_cost(buildings, envelopes(), thermal_state, STUDY)["investment"].unstack()[package]
    per_floor = cost / buildings["reference_area_m2"]
    assert low <= per_floor["PL.N.MFH.03"] <= high


def test_layers_pass_the_schema_and_inputs_stay_unchanged():
    buildings, areas = houses(), envelopes()
    copies = buildings.copy(deep=True), areas.copy(deep=True)
    thermal_state = retrofit.envelope_states(buildings, areas, STUDY)
    cost = plans.package_cost(buildings, areas, thermal_state, STUDY)
    schema.check_layer("thermal_state", thermal_state)
    schema.check_layer("packages_cost", cost)
    schema.check_layer("measures", retrofit.measure_table())
    pd.testing.assert_frame_equal(buildings, copies[0])
    pd.testing.assert_frame_equal(areas, copies[1])
    assert list(thermal_state.index.unique(level="package")) == list(retrofit.package_names())


def test_parts_sum_to_the_investment_and_grants_never_exceed_it():
    buildings = houses()
    thermal_state = retrofit.envelope_states(buildings, envelopes(), STUDY)
    cost = plans.package_cost(buildings, envelopes(), thermal_state, STUDY)
    assert np.allclose(cost.filter(regex="investment_.*").drop(columns="investment", errors="ignore").sum(axis=1), cost["investment"])
    assert (cost["grant"] <= cost["investment"]).all()
    assert np.allclose(cost["own"] + cost["grant"], cost["investment"])


def test_envelope_states_name_what_is_unknown():
    with pytest.raises(StudyError, match="unknown retrofit package 'passive'; known: existing, usual"):
        retrofit.envelope_states(houses(), envelopes(), STUDY, packages=["passive"])
    with pytest.raises(LayerError, match="which is not in layer 'buildings'"):
        retrofit.envelope_states(houses().iloc[1:], envelopes(), STUDY)
    thermal_state = retrofit.envelope_states(houses(), envelopes(), STUDY).drop("existing", level="package")
    with pytest.raises(LayerError, match="lacks package 'existing'"):
        plans.package_cost(houses(), envelopes(), thermal_state, STUDY)
    with pytest.raises(StudyError, match="unknown measure 'paint'"):
        measure("paint")


def test_circulation_and_balancing_are_of_the_state_today():
    flats, fresh = houses(), houses(refurbishment_state="advanced")
    assert set(retrofit.elements_today(flats, STUDY)["circulation_factor"]) == {1.65, 1.25}
    assert retrofit.elements_today(fresh, STUDY)["circulation_factor"].max() == 1.35
    assert (retrofit.elements_today(fresh, STUDY)["heating_efficiency"] == 0.85).all()


def test_needs_fall_from_package_to_package_for_the_panel_block():
    buildings = houses()
    thermal_state = retrofit.envelope_states(buildings, envelopes(), STUDY)
    need = needs(thermal_state, buildings, STUDY)["heat_need_kwh_a"].unstack()
    row = need.loc["PL.N.MFH.03"] / buildings["reference_area_m2"]["PL.N.MFH.03"]
    assert row["existing"] > row["usual"] > row["wt2021"] > row["near_zero"]
    assert 60 < row["usual"] < 95
