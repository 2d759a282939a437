"""The seasonal method against the published typology, by hand and at its limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import typology
from ped_geo.demand.losses import loss_coefficients
from ped_geo.demand.seasonal import SeasonalClimate, heating_hours, seasonal_climate, seasonal_need, tabula_climate, utilisation
from ped_geo.errors import LayerError
from ped_geo.study import Study
from tests.demand.conftest import published_elements, published_types

BUILDINGS, ENVELOPE = published_types()


def need_of(state: str, study: Study) -> pd.DataFrame:
    coefficients = loss_coefficients(published_elements(state), ENVELOPE, BUILDINGS, study)
    return seasonal_need(coefficients, tabula_climate(), study).droplevel("package")


@pytest.mark.parametrize("code", typology.types().index)
def test_seasonal_need_reproduces_the_published_type(code, study):
    """C01-C04: within 0.01 kWh/(m²a)."""
    expected = typology.types().loc[code, "heat_need_kwh_m2a"]
    assert need_of("original", study).loc[code, "heat_need_kwh_m2a"] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("state", "tolerance"), [("usual", 1.0), ("advanced", 2.0)])
@pytest.mark.parametrize("code", typology.types().index)
def test_seasonal_need_reproduces_the_published_refurbished_state(code, state, tolerance, study, refurbished):
    """C39: the source's inputs are rounded."""
    expected = refurbished.loc[(code, state), "heat_need_kwh_m2a"]
    assert need_of(state, study).loc[code, "heat_need_kwh_m2a"] == pytest.approx(expected, abs=tolerance)


def test_seasonal_intermediate_values_match_the_published_ones(study):
    """C05, PL.N.MFH.03."""
    row = need_of("original", study).loc["PL.N.MFH.03"]
    assert row["h_transmission"] == pytest.approx(2.025, rel=0.002)
    assert row["f_red"] == pytest.approx(0.916, rel=0.002)
    assert row["q_ht"] == pytest.approx(231.92, rel=0.002)
    assert row["q_sol"] == pytest.approx(27.95, rel=0.002)
    assert row["q_int"] == pytest.approx(17.42, rel=0.002)
    assert row["eta"] == pytest.approx(0.915, rel=0.002)


def test_polish_heating_sum_is_the_published_one():
    """C08."""
    season = tabula_climate()
    assert season.heating_days * (20 - season.theta_e_c) == pytest.approx(4162.4, rel=1e-4)


def cube(**changes: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """One building of 100 m² floor, 200 m² wall, 100 m² roof, 100 m² ground and no windows: by hand h_tr = 2 + 1 + 0.5."""
    index = pd.Index(["b"], name="building_id")
    buildings = pd.DataFrame({"reference_area_m2": [100.0], "tabula_code": ["PL.N.MFH.03"]}, index=index)
    areas = dict.fromkeys(["window_area_north_m2", "window_area_east_m2", "window_area_south_m2", "window_area_west_m2"], 0.0)
    areas |= {"wall_area_m2": 200.0, "roof_area_m2": 100.0, "floor_area_m2": 100.0, "window_area_m2": 0.0, "door_area_m2": 0.0}
    envelope = pd.DataFrame({**areas, "volume_m3": 250.0}, index=index)
    values = {"u_wall": 1.0, "u_roof": 1.0, "u_floor": 1.0, "u_window": 1.0, "u_door": 1.0, "g_window": 0.7}
    values |= {"thermal_bridge_surcharge": 0.0, "infiltration_ach": 0.0, "ventilation_ach": 0.4, "heat_recovery": 0.0}
    thermal_state = pd.DataFrame({**values, **changes}, index=pd.MultiIndex.from_tuples([("b", "p")], names=["building_id", "package"]))
    return thermal_state, envelope, buildings


def test_loss_coefficients_match_the_hand_calculation(study):
    row = loss_coefficients(*cube(thermal_bridge_surcharge=0.1), study).iloc[0]
    assert row["h_opaque"] == pytest.approx(200 + 100 + 0.5 * 100 + 0.1 * 400)
    assert row["h_ventilation"] == pytest.approx(0.34 * 0.4 * 250)


def test_heat_recovery_saves_its_share_of_the_use_ventilation_only(study):
    bare = loss_coefficients(*cube(infiltration_ach=0.2), study)["h_ventilation"].iloc[0]
    with_it = loss_coefficients(*cube(infiltration_ach=0.2, heat_recovery=0.75), study)["h_ventilation"].iloc[0]
    assert bare - with_it == pytest.approx(0.34 * 0.4 * 0.75 * 250)


def test_no_season_and_no_loss_need_no_heat(study):
    coefficients = loss_coefficients(*cube(), study)
    assert seasonal_need(coefficients, SeasonalClimate(0, 12, tabula_climate().irradiation), study)["heat_need_kwh_m2a"].iloc[0] == 0
    sealed = loss_coefficients(*cube(u_wall=0, u_roof=0, u_floor=0, ventilation_ach=0), study)
    assert seasonal_need(sealed, tabula_climate(), study)["heat_need_kwh_m2a"].iloc[0] == 0


def test_without_gains_the_need_is_the_loss():
    study = Study(name="x", overrides={"building.internal_gains": 0.0})
    row = seasonal_need(loss_coefficients(*cube(), study), tabula_climate(), study).iloc[0]
    assert row["heat_need_kwh_m2a"] == pytest.approx(row["q_ht"], rel=1e-12)


def test_partial_heating_is_off_where_the_study_says_so():
    study = Study(name="x", demand={"intermittency": "none"})
    assert (need_of("original", study)["f_red"] == 1.0).all()


def test_utilisation_falls_from_one_to_nothing_and_is_smooth_at_one():
    gamma = np.array([0.0, 0.3, 0.999999, 1.0, 1.000001, 5.0, 1e6])
    eta = utilisation(gamma, np.full(7, 1.7))
    assert eta[0] == 1.0
    assert (np.diff(eta) < 0).all()
    assert eta[2] == pytest.approx(eta[4], abs=1e-5)
    assert eta[5] == pytest.approx((1 - 5**1.7) / (1 - 5**2.7), rel=1e-12)
    assert eta[6] == pytest.approx(1e-6, rel=1e-3)


def test_season_of_a_site_is_counted_from_its_daily_means(weather_year):
    weather, irradiance = weather_year
    season = seasonal_climate(weather, irradiance, base_c=12.0)
    daily = weather["temp_air"].to_numpy().reshape(365, 24).mean(axis=1)
    assert season.heating_days == (daily < 12).sum()
    assert season.theta_e_c == pytest.approx(daily[daily < 12].mean())
    on = np.repeat(daily < 12, 24)
    assert season.irradiation["south"] == pytest.approx(irradiance["south"].to_numpy()[on].sum() / 1000)
    assert (heating_hours(weather, base_c=12.0) == on).all()


def test_loss_coefficients_name_what_is_wrong(study):
    thermal_state, envelope, buildings = cube(u_wall=np.nan)
    with pytest.raises(LayerError, match=r"u_wall = nan, must be 0 or more"):
        loss_coefficients(thermal_state, envelope, buildings, study)
    thermal_state, envelope, buildings = cube()
    with pytest.raises(LayerError, match=r"without envelope \(first: b\)"):
        loss_coefficients(thermal_state, envelope.rename({"b": "c"}), buildings, study)


def test_stages_leave_their_inputs_unchanged(study):
    thermal_state, envelope, buildings = cube()
    before = [frame.copy() for frame in (thermal_state, envelope, buildings)]
    seasonal_need(loss_coefficients(thermal_state, envelope, buildings, study), tabula_climate(), study)
    for frame, old in zip((thermal_state, envelope, buildings), before, strict=True):
        pd.testing.assert_frame_equal(frame, old)
