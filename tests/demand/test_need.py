"""The whole demand: sums, levels, calibration and what must never happen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.demand import build_need, demand_of, envelope
from ped_geo.demand.calibration import calibration_factors, check_metered
from ped_geo.demand.levels import metered_level
from ped_geo.errors import LayerError
from ped_geo.site import Site
from ped_geo.study import Study
from tests.demand.conftest import make_buildings, make_elements

SITE = Site(50.1, 20.0)


def built(weather_year, study: Study, buildings: pd.DataFrame | None = None, metered: pd.DataFrame | None = None):
    buildings = make_buildings() if buildings is None else buildings
    thermal_state = make_elements(buildings, "original", "usual", "advanced")
    return build_need(buildings, envelope(buildings, study), thermal_state, *weather_year, SITE, study, metered)


@pytest.mark.parametrize("method", ["seasonal", "hourly", "iso52016"])
def test_hours_of_a_block_are_the_sum_of_its_buildings_years(method, weather_year):
    study = Study(name="x", demand={"method": method, "electric_cars_share": 0.3})
    buildings = make_buildings(5, use=["residential_multi", "school", "supermarket", "residential_multi", "worship"])
    need, heat, water, power = built(weather_year, study, buildings)
    blocks = buildings["block_id"]
    for package in ("original", "usual", "advanced"):
        rows = need.xs(package, level="package")
        for hours, name in ((heat[package], "heat_need_kwh_a"), (water, "hot_water_need_kwh_a"), (power, "electricity_kwh_a")):
            assert np.allclose(hours.astype(float).sum(), rows[name].groupby(blocks).sum(), rtol=1e-5)
    for hours in (heat, water, power):
        assert len(hours) == 8760
        assert (hours.to_numpy() >= 0).all()
        assert (hours.dtypes == np.float32).all()


@pytest.mark.parametrize("method", ["seasonal", "hourly", "iso52016"])
def test_need_follows_its_schema_and_its_parts_add_up(method, weather_year):
    study = Study(name="x", demand={"method": method})
    need, *_ = built(weather_year, study)
    schema.check_layer("need", need)
    assert need.index.names == ["building_id", "package"]
    assert np.isfinite(need.to_numpy()).all()
    assert (need.to_numpy() >= 0).all()
    parts = [name for name in need if name.startswith("electricity_") and name != "electricity_kwh_a"]
    assert np.allclose(need[parts].sum(axis=1), need["electricity_kwh_a"])
    assert np.allclose(need["heat_need_kwh_m2a"] * 2040, need["heat_need_kwh_a"])
    assert np.allclose(need["hot_water_circulation_kwh_a"], 0.5 * need["hot_water_need_kwh_a"])


BANDS = {"hourly": (0.75, 1.0), "iso52016": (1.0, 1.15)}
"""Need by the hour over that of the season, as the tests of the two methods explain it [-]."""


def test_districts_are_computed_element_by_element_where_nobody_asks_for_another_method():
    assert Study(name="x").demand.method == "iso52016"


@pytest.mark.parametrize("method", BANDS)
def test_seasonal_method_gives_the_seasonal_need_and_hourly_lies_in_its_band(method, weather_year):
    seasonal = built(weather_year, Study(name="x", demand={"method": "seasonal"}))[0]
    hourly = built(weather_year, Study(name="x", demand={"method": method}))[0]
    assert np.allclose(seasonal["heat_need_kwh_a"], seasonal["heat_need_seasonal_kwh_a"])
    assert np.allclose(hourly["heat_need_seasonal_kwh_a"], seasonal["heat_need_kwh_a"])
    assert (hourly["heat_need_kwh_a"] / seasonal["heat_need_kwh_a"]).between(*BANDS[method]).all()


def test_design_load_matches_the_hand_calculation(weather_year, study):
    """(20 + 20) K times transmission and air change of the plain block."""
    need = built(weather_year, study)[0].loc[("way/1", "original")]
    gross = 104 * 15
    window, wall, door = gross * 341 / 1545.2, gross * 1202 / 1545.2, gross * 2.2 / 1545.2
    floor = 1 / (1 / 1.3 + 0.3)
    h = wall * 1.3 + window * 2.6 + door * 4.0 + 480 * 0.6 + 0.5 * 480 * floor + 0.1 * (gross + 960)
    h += 0.34 * 0.6 * 2040 * 2.5
    assert need["heat_load_kw"] == pytest.approx(h * 40 / 1000, rel=1e-9)
    assert need["heat_peak_kw"] <= need["heat_load_kw"] * (1 + 1e-9)


@pytest.mark.parametrize("use", ["school", "church_like", "supermarket", "office"])
def test_unrefurbished_building_of_the_seventies_needs_what_its_use_is_known_for(use, weather_year):
    use = {"church_like": "worship"}.get(use, use)
    known = {"school": 90, "worship": 60, "supermarket": 60, "office": 90}[use]
    study = Study(name="x", demand={"method": "seasonal"})
    need = built(weather_year, study, make_buildings(1, use=use))[0]
    assert need.loc[("way/1", "original"), "heat_need_kwh_m2a"] == pytest.approx(known, rel=1e-9)
    assert need["heat_need_kwh_m2a"].is_monotonic_decreasing


@pytest.mark.parametrize(("use", "known"), [("school", 90), ("supermarket", 60), ("office", 90)])
def test_gains_of_a_use_lower_its_need_once_and_not_twice(use, known, weather_year):
    """The level that a use is known for holds its own gains: by elements and hours it stays where it is, within a tenth."""
    need = built(weather_year, Study(name="x"), make_buildings(1, use=use))[0].loc[("way/1", "original")]
    assert need["heat_need_seasonal_kwh_a"] == pytest.approx(known * 2040, rel=1e-9)
    assert need["heat_need_kwh_m2a"] == pytest.approx(known, rel=0.12)


def test_no_better_state_needs_more_heat_with_or_without_the_metered_level(weather_year):
    for metered_on in (False, True):
        study = Study(name="x", demand={"metered_level": metered_on})
        codes = ["PL.N.SFH.01", "PL.N.TH.05", "PL.N.MFH.07", "PL.N.AB.04", "PL.N.AB.06"]
        need = built(weather_year, study, make_buildings(5, tabula_code=codes))[0]["heat_need_kwh_a"].unstack()
        assert (need["usual"] <= need["original"]).all()
        assert (need["advanced"] <= need["usual"]).all()


def test_metered_level_is_the_published_one_and_never_turns_a_saving_into_a_loss():
    published = {0: 1.10, 100: 0.95, 200: 0.795, 300: 0.65, 400: 0.55, 500: 0.475}
    assert metered_level(np.array(list(published))).tolist() == list(published.values())
    need = np.linspace(0, 500, 5001)
    assert (np.diff(need * metered_level(need)) > 0).all()


def test_metered_level_is_applied_only_where_the_study_asks(weather_year):
    off = built(weather_year, Study(name="x"))[0]
    on = built(weather_year, Study(name="x", demand={"metered_level": True}))[0]
    assert (off["metered_factor"] == 1).all()
    assert np.allclose(on["heat_need_kwh_a"], off["heat_need_kwh_a"] * metered_level(off["heat_need_kwh_m2a"].to_numpy()))


def test_calibration_meets_the_metered_totals_and_shows_its_factors(weather_year, study):
    plain = built(weather_year, study)[0].xs("original", level="package")
    # the pipes lose half of what is used, and the meter in the cellar counts that too
    cellar = 1.5 * plain.loc[["way/1", "way/3"], "hot_water_need_kwh_a"].sum()
    total = 0.8 * plain.loc[["way/1", "way/3"], "heat_need_kwh_a"].sum() + cellar
    metered = pd.DataFrame(
        {
            "id": ["k0", "way/2"],
            "level": ["block", "building"],
            "carrier": ["heat", "electricity"],
            "kwh_a": [total, 1.2 * plain.loc["way/2", "electricity_kwh_a"]],
        }
    )
    need, heat, _, power = built(weather_year, study, metered=metered)
    today = need.xs("original", level="package")
    assert today["calibration_factor"].round(9).tolist() == [0.8, 1.0, 0.8]
    counted = ["heat_need_kwh_a", "hot_water_need_kwh_a", "hot_water_circulation_kwh_a"]
    assert today.loc[["way/1", "way/3"], counted].sum().sum() == pytest.approx(total)
    assert today.loc["way/2", "electricity_kwh_a"] == pytest.approx(1.2 * plain.loc["way/2", "electricity_kwh_a"])
    assert float(power["k1"].astype(float).sum()) == pytest.approx(today.loc["way/2", "electricity_kwh_a"], rel=1e-5)
    assert float(heat["original"]["k0"].astype(float).sum()) == pytest.approx(
        0.8 * plain.loc[["way/1", "way/3"], "heat_need_kwh_a"].sum(), rel=1e-5
    )
    # what is saved keeps its share
    share = need["heat_need_kwh_a"].unstack()
    before = built(weather_year, study)[0]["heat_need_kwh_a"].unstack()
    assert np.allclose(share["usual"] / share["original"], before["usual"] / before["original"])


def test_a_meter_of_space_heat_counts_no_hot_water_and_a_later_package_does_not_change_what_was_metered(weather_year, study):
    buildings = make_buildings(1)
    thermal_state = make_elements(buildings, "original", "usual")
    # balanced pipes lose a tenth later on; today's loss is the half that was metered
    thermal_state.loc[("way/1", "usual"), "circulation_factor"] = 1.1
    areas = envelope(buildings, study)
    plain = build_need(buildings, areas, thermal_state, *weather_year, SITE, study)[0].loc["way/1"]
    space, water = plain.loc["original", ["heat_need_kwh_a", "hot_water_need_kwh_a"]]
    for carrier, total in (("heat", 0.9 * space + 1.5 * water), ("space_heat", 0.9 * space)):
        metered = frame_of(id=["way/1"], level=["building"], carrier=[carrier], kwh_a=[total])
        found = build_need(buildings, areas, thermal_state, *weather_year, SITE, study, metered)[0].loc["way/1"]
        assert found["calibration_factor"].tolist() == pytest.approx([0.9, 0.9])
        assert found["hot_water_circulation_kwh_a"].tolist() == pytest.approx([0.5 * water, 0.1 * water])


def frame_of(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"id": ["k"], "level": ["district"], "carrier": ["heat"], "kwh_a": [100.0], **columns})


def test_calibration_is_bounded_and_says_what_it_wanted(study):
    ids = pd.Index(["a", "b"], name="building_id")
    calculated = pd.DataFrame({"space_heat": 100.0, "hot_water": 10.0, "electricity": 50.0}, index=ids)
    found = calibration_factors(calculated, pd.Series("k", index=ids), frame_of(kwh_a=[1020.0]), study)
    assert found["space_heat_wanted"].tolist() == [5.0, 5.0]
    assert found["space_heat_factor"].tolist() == [1.5, 1.5]
    assert found["space_heat_level"].tolist() == ["district", "district"]
    assert found["electricity_factor"].tolist() == [1.0, 1.0]


def test_finer_totals_go_first_and_the_coarser_one_takes_the_rest(study):
    ids = pd.Index(["a", "b", "c"], name="building_id")
    calculated = pd.DataFrame({"space_heat": 100.0, "hot_water": 0.0, "electricity": 0.0}, index=ids)
    metered = pd.DataFrame({"id": ["x", "a"], "level": ["district", "building"], "carrier": "space_heat", "kwh_a": [290.0, 120.0]})
    found = calibration_factors(calculated, pd.Series(["k", "k", "j"], index=ids), metered, study)
    assert found["space_heat_factor"].tolist() == pytest.approx([1.2, 0.85, 0.85])


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"level": ["city"]}, "level is 'city', must be one of building, block, district"),
        ({"carrier": ["peat"]}, "carrier is 'peat'"),
        ({"kwh_a": [-1.0]}, "must be a number, 0 or more"),
        ({"kwh_a": ["a lot"]}, "'a lot', must be a number"),
    ],
)
def test_metered_totals_that_cannot_be_used_are_refused(columns, words):
    with pytest.raises(LayerError, match=words):
        check_metered(frame_of(**columns))


def test_metered_totals_name_places_that_exist_and_only_once(study):
    ids = pd.Index(["a"], name="building_id")
    calculated = pd.DataFrame({"space_heat": [1.0], "hot_water": 0.0, "electricity": 0.0}, index=ids)
    with pytest.raises(LayerError, match="block 'nowhere', which has no building"):
        calibration_factors(calculated, pd.Series("k", index=ids), frame_of(id=["nowhere"], level=["block"]), study)
    with pytest.raises(LayerError, match="twice"):
        check_metered(pd.concat([frame_of(), frame_of()]))
    with pytest.raises(LayerError, match="column 'kwh_a' is missing"):
        check_metered(frame_of().drop(columns="kwh_a"))


def test_unheated_buildings_need_nothing_and_break_nothing(weather_year, study):
    buildings = make_buildings(
        3, heated=[True, False, True], reference_area_m2=[2040.0, 0.0, 2040.0], use=["residential_multi", "garage", "school"]
    )
    buildings = buildings.assign(dwellings=[40.0, 0.0, 0.0], residents=[80.0, 0.0, 0.0])
    need = built(weather_year, study, buildings)[0]
    energies = [name for name in need if name.endswith(("_kwh_a", "_kw", "_kwh_m2a"))]
    assert (need.loc["way/2", energies] == 0).all().all()
    assert np.isfinite(need.to_numpy()).all()


def test_only_buildings_of_the_elements_are_computed_and_inputs_stay(weather_year, study):
    buildings = make_buildings(4)
    areas = envelope(buildings, study)
    thermal_state = make_elements(buildings.iloc[:2], "original")
    before = [frame.copy() for frame in (buildings, areas, thermal_state)]
    found = demand_of(buildings, areas, thermal_state, *weather_year, SITE, study)
    assert list(found.need.index.unique(level=0)) == ["way/1", "way/2"]
    for frame, old in zip((buildings, areas, thermal_state), before, strict=True):
        pd.testing.assert_frame_equal(frame, old)


def test_shaded_windows_need_more_heat(weather_year, study):
    buildings = make_buildings(1)
    areas, thermal_state = envelope(buildings, study), make_elements(buildings, "original")
    free = build_need(buildings, areas.assign(window_shading=0.9), thermal_state, *weather_year, SITE, study)[0]["heat_need_kwh_a"].iloc[0]
    usual = build_need(buildings, areas, thermal_state, *weather_year, SITE, study)[0]["heat_need_kwh_a"].iloc[0]
    dark = build_need(buildings, areas.assign(window_shading=0.0), thermal_state, *weather_year, SITE, study)[0]["heat_need_kwh_a"].iloc[0]
    assert free < usual < dark


@pytest.mark.parametrize("method", ["seasonal", "hourly", "iso52016"])
def test_district_without_buildings_has_no_demand_and_no_error(method, weather_year):
    study = Study(name="x", demand={"method": method})
    buildings = make_buildings(1)
    thermal_state = make_elements(buildings, "original").rename(index={"original": "existing"}, level="package").iloc[:0]
    need, heat, water, power = build_need(buildings, envelope(buildings, study), thermal_state, *weather_year, SITE, study)
    assert need.empty
    assert heat.shape == water.shape == power.shape == (8760, 0)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("method", BANDS)
def test_hourly_need_lies_in_its_band_in_the_measured_year_of_warsaw(method, shared_data):
    """A real weather file: all three published states of the 26 types, and the season as counted by TABULA (242 days, 2.8 °C)."""
    from ped_geo.demand.seasonal import seasonal_climate
    from ped_geo.solar import vertical_irradiance
    from ped_geo.sources.epw import read_epw
    from ped_geo.typology import types

    weather = read_epw(shared_data / "weather" / "POL_Warsaw.123750_IWEC.epw")
    site = Site(weather.attrs["latitude"], weather.attrs["longitude"], 106.0)
    irradiance = vertical_irradiance(weather, site)
    season = seasonal_climate(weather, irradiance, base_c=12.0)
    assert season.heating_days == pytest.approx(242, rel=0.1)
    assert season.theta_e_c == pytest.approx(2.8, abs=1.0)
    codes = list(types().index)
    study = Study(name="x", demand={"method": method})
    need = built((weather, irradiance), study, make_buildings(len(codes), tabula_code=codes))[0]
    # a sunny measured winter leaves well insulated rooms up to 3 % less by elements and hours
    band = {"hourly": (0.75, 1.0), "iso52016": (0.97, 1.1)}[method]
    assert (need["heat_need_kwh_a"] / need["heat_need_seasonal_kwh_a"]).between(*band).all()
    assert np.isfinite(need.to_numpy()).all()


@pytest.mark.shared
@pytest.mark.slow
def test_real_footprints_of_bienczyce_get_a_plausible_demand(shared_data):
    """342 surveyed outlines: panel blocks with their first insulation need 40 to 110 kWh/(m²a), houses more, nobody a negative amount."""
    from pathlib import Path

    from ped_geo import retrofit
    from ped_geo.buildings import build_buildings
    from ped_geo.crs import to_working_crs, working_epsg
    from ped_geo.solar import vertical_irradiance
    from ped_geo.sources import load_place
    from ped_geo.sources.climate import hourly_year
    from ped_geo.study import parse_study

    toml = Path(__file__).resolve().parents[1] / "real" / "bienczyce.toml"
    study = parse_study(toml.read_text(encoding="utf-8"), name="bienczyce", folder=toml.parent)
    place = load_place(study, Path("unused"))
    middle = place.boundary.geometry.iloc[0].centroid
    epsg = working_epsg(middle.x, middle.y, study.country)
    layers = [to_working_crs(getattr(place, name), epsg, layer=name) for name in ("footprints", "boundary", "areas", "points_of_interest")]
    buildings, *_ = build_buildings(*layers, study)
    buildings = buildings[buildings["in_district"]].assign(block_id="k1")
    areas = envelope(buildings, study)
    thermal_state = retrofit.envelope_states(buildings, areas, study)
    site = Site(50.09, 20.02)
    weather = hourly_year(site)
    need, heat, _, _ = build_need(buildings, areas, thermal_state, weather, vertical_irradiance(weather, site), site, study)
    assert np.isfinite(need.to_numpy()).all()
    assert (need.to_numpy() >= 0).all()
    today = need.xs("existing", level="package").loc[buildings.index]
    panel = (
        (buildings["use"] == "residential_multi")
        & (buildings["refurbishment_state"] == "first_etics")
        & (buildings["reference_area_m2"] > 300)
    )
    assert panel.sum() > 50
    mean = today.loc[panel, "heat_need_kwh_a"].sum() / buildings.loc[panel, "reference_area_m2"].sum()
    assert 40 < mean < 110
    assert float(heat["existing"].astype(float).sum().sum()) == pytest.approx(today["heat_need_kwh_a"].sum(), rel=1e-5)


def test_estate_of_four_thousand_insulated_flats_needs_about_what_is_metered(study):
    """C38: 4,000 flats of 48 m², metered 85 + 35 kWh/(m²a), 23.0 GWh/a within 30 %, in the built-in climate of Kraków."""
    from ped_geo import retrofit
    from ped_geo.solar import vertical_irradiance
    from ped_geo.sources.climate import hourly_year

    weather = hourly_year(SITE)
    buildings = make_buildings(2, tabula_code=["PL.N.MFH.03", "PL.N.AB.03"], refurbishment_state="first_etics")
    areas = envelope(buildings, study)
    thermal_state = retrofit.envelope_states(buildings, areas, study, packages=("existing",))
    need = build_need(buildings, areas, thermal_state, weather, vertical_irradiance(weather, SITE), SITE, study)[0]
    columns = ["heat_need_kwh_a", "hot_water_need_kwh_a", "hot_water_circulation_kwh_a"]
    per_area = need[columns].sum(axis=1).mean() / 2040
    assert per_area * 4000 * 48 == pytest.approx(23.0e6, rel=0.3)
