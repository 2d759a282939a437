"""Summer: limits of EN 16798-1 by hand, the room of a type against its buildings one by one, and what measures must and must not do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo.demand.occupancy import by_schedule, gains_of, gains_share, presence
from ped_geo.demand.summer import adaptive_limit, hot_future, running_mean, summer_of
from ped_geo.site import Site
from ped_geo.study import Study

STUDY = Study(name="x")
SITE = Site(50.06, 19.94)


def local_hours(days: int = 365) -> pd.DatetimeIndex:
    return pd.date_range("2023-01-01", periods=24 * days, freq="h", tz="Europe/Warsaw")


def test_running_mean_follows_its_own_sum():
    """By hand from the definition: the sum of 0.2 · 0.8^k times the mean of k + 1 days before, the year taken to follow itself."""
    rng = np.random.default_rng(3)
    hours = pd.date_range("2023-01-01", periods=24 * 365, freq="h", tz="UTC")
    temperature = pd.Series(rng.normal(10, 8, len(hours)), index=hours)
    daily = temperature.to_numpy().reshape(365, 24).mean(axis=1)
    for day in (0, 1, 100, 364):
        by_hand = sum(0.2 * 0.8**back * daily[(day - 1 - back) % 365] for back in range(300))
        assert running_mean(temperature, 0.8)[24 * day + 5] == pytest.approx(by_hand, abs=1e-9)


def test_adaptive_limit_is_that_of_the_standard():
    """EN 16798-1, B.2.2, category II: 0.33 · 20 + 18.8 + 3 = 28.4 °C; not defined below 10 °C, that of 30 °C above."""
    limit = adaptive_limit(np.array([9.9, 10.0, 20.0, 30.0, 35.0]), STUDY)
    assert limit[0] > 1e5
    assert limit[1:] == pytest.approx([25.1, 28.4, 31.7, 31.7])


def test_hot_year_is_warmer_by_two_kelvin_in_winter_and_by_three_and_a_half_in_july():
    weather = pd.DataFrame({"temp_air": 0.0, "ghi": 1.0}, index=local_hours())
    found = hot_future(weather, STUDY)
    shift = found["temp_air"].groupby(found.index.month).mean()
    assert shift.loc[[1, 5, 7, 9, 12]].tolist() == pytest.approx([2.0, 2.75, 3.5, 2.75, 2.0])
    assert (found["ghi"] == 1.0).all()
    south = hot_future(weather, STUDY, southern=True)["temp_air"].groupby(weather.index.month).mean()
    assert south.loc[[1, 7]].tolist() == pytest.approx([3.5, 2.0])


def test_a_school_is_empty_at_night_on_sundays_and_in_july():
    hours = local_hours()
    there = pd.Series(presence("school", hours, STUDY), index=hours)
    assert there.loc["2023-06-05 09:00"].all()
    assert not there.loc["2023-06-05 20:00":"2023-06-05 23:00"].any()
    assert not there.loc["2023-06-04"].any()
    assert not there.loc["2023-07"].any()
    share = gains_share("school", there.to_numpy(), STUDY)
    assert set(np.round(share, 6)) == {1.0, round(1 / 15, 6)}


def test_gains_of_homes_are_even_and_those_of_the_study():
    uses = pd.Series(["residential_multi", "residential_single", "school"])
    study = Study(name="x", overrides={"building.internal_gains": 4.5})
    assert gains_of(uses, study).tolist() == [4.5, 4.5, 15.0]
    groups = by_schedule(uses, study)
    assert sorted(mask.tolist() for mask in groups.values()) == [[False, False, True], [True, True, False]]
    assert presence("residential_multi", local_hours(), study).all()
    assert (gains_share("residential_multi", np.zeros(9, dtype=bool), study) == 1.0).all()


@pytest.fixture(scope="module")
def place(weather_year):
    """Two houses of one type, twice as large the one as the other, and a school; as built and with better walls."""
    ids = pd.Index(["a", "b", "s"], name="building_id")
    size = np.array([1.0, 2.0, 3.0])
    buildings = pd.DataFrame(
        {
            "block_id": ["k", "k", "m"],
            "tabula_code": "PL.N.MFH.03",
            "use": ["residential_multi", "residential_multi", "school"],
            "height_m": 16.0,
            "reference_area_m2": 500.0 * size,
        },
        index=ids,
    )
    areas = {"wall": 400.0, "roof": 200.0, "floor": 200.0, "window": 80.0, "door": 4.0}
    envelope = pd.DataFrame({f"{name}_area_m2": area * size for name, area in areas.items()}, index=ids)
    envelope = envelope.assign(**{f"window_area_{side}_m2": 20.0 * size for side in ("north", "east", "south", "west")})
    envelope = envelope.assign(volume_m3=1250.0 * size)
    u = {"u_wall": 1.0, "u_roof": 0.8, "u_floor": 1.0, "u_window": 2.6, "u_door": 3.0, "g_window": 0.75}
    rest = {"thermal_bridge_surcharge": 0.05, "infiltration_ach": 0.2, "ventilation_ach": 0.4, "heat_recovery": 0.0}
    index = pd.MultiIndex.from_product([ids, ["existing", "usual"]], names=["building_id", "package"])
    state = pd.DataFrame({**u, **rest}, index=index)
    state.loc[(slice(None), "usual"), "u_wall"] = 0.2
    weather, irradiance = weather_year
    # the plain year is too cool for a room to become too warm
    return buildings, envelope, state, weather.assign(temp_air=weather["temp_air"] + 6.0), irradiance


@pytest.fixture(scope="module")
def summer(place):
    return summer_of(*place, SITE, STUDY)


def test_buildings_of_a_type_have_the_summer_of_each_of_them_alone(place, summer):
    """The two houses are one room; each run alone must find the same temperatures and cooling per floor."""
    buildings, envelope, state, weather, irradiance = place
    alone = summer_of(buildings.loc[["b"]], envelope, state.loc[["b"]], weather, irradiance, SITE, STUDY)
    kind = "PL.N.MFH.03|residential_multi"
    pd.testing.assert_frame_equal(
        alone.types.loc[kind].drop(columns=["reference_area_m2", "buildings"]),
        summer.types.loc[kind].drop(columns=["reference_area_m2", "buildings"]),
        rtol=1e-3,
        atol=1.0,
    )
    assert (summer.types.loc[kind, "buildings"] == 2).all()
    assert (summer.types.loc[kind, "reference_area_m2"] == 1500.0).all()


def test_no_measure_makes_a_room_warmer_and_all_together_help_most(summer):
    names = ["adaptive_degree_hours_kh", "fixed_degree_hours_kh", "t_operative_max_c", "cooling_need_kwh_m2a"]
    table = summer.types[names]
    plain, every = table.xs("none", level="measure"), table.xs("all", level="measure")
    for measure in table.index.unique("measure"):
        one = table.xs(measure, level="measure")
        # single precision of sums over thousands of hours
        assert (one <= plain * (1 + 1e-4) + 1e-3).to_numpy().all(), measure
        assert (every <= one * (1 + 1e-4) + 1e-3).to_numpy().all(), measure
    assert (every["fixed_degree_hours_kh"] < 0.9 * plain["fixed_degree_hours_kh"]).xs("hot_future", level="climate").all()


def test_measures_cost_what_their_windows_roofs_and_trees_cost(summer):
    costs = summer.types["measure_cost_m2"].xs(
        ("PL.N.MFH.03|residential_multi", "existing", "today"), level=("summer_type", "package", "climate")
    )
    # of 500 m² of floor: 80 m² of windows, 200 m² of roof, 400 m² of walls 16 m high, trees 7 m wide before two fifths of them
    blinds, night, roof, trees = 80 * 1000 / 500, 80 * 150 / 500, 200 * 70 / 500, 400 / 16 * 0.4 / 7 * 3000 / 500
    assert costs["external_shading"] == pytest.approx(blinds)
    assert costs["night_ventilation"] == pytest.approx(night)
    assert costs["reflective_roof"] == pytest.approx(roof)
    assert costs["trees"] == pytest.approx(trees)
    assert costs["none"] == 0.0
    assert costs["all"] == pytest.approx(blinds + night + roof + trees)
    assert "measure_cost_m2" not in summer.blocks


def test_the_hot_year_is_hotter_inside_by_about_as_much_as_outside(summer):
    plain = summer.types.xs("none", level="measure")
    today, hot = (plain.xs(climate, level="climate") for climate in ("today", "hot_future"))
    assert (hot["fixed_hours_h"] > today["fixed_hours_h"]).all()
    assert (hot["cooling_need_kwh_m2a"] > today["cooling_need_kwh_m2a"]).all()
    assert (hot["t_operative_max_c"] - today["t_operative_max_c"]).between(2.5, 5.5).all()


def test_blocks_and_the_place_are_means_over_floor_of_their_buildings(summer):
    """Block k holds the two houses alone, block m the school; the place is 1,500 m² of the one and 1,500 m² of the other."""
    types = summer.types.xs("none", level="measure")
    for package in ("existing", "usual"):
        homes = types.loc[("PL.N.MFH.03|residential_multi", package, "today")]
        school = types.loc[("PL.N.MFH.03|school", package, "today")]
        assert summer.blocks.loc[("k", package, "today"), "fixed_hours_h"] == pytest.approx(homes["fixed_hours_h"])
        assert summer.blocks.loc[("m", package, "today"), "cooling_need_kwh_m2a"] == pytest.approx(school["cooling_need_kwh_m2a"])
        by_hand = (1500 * homes["fixed_hours_h"] + 1500 * school["fixed_hours_h"]) / 3000
        assert summer.totals.loc[(package, "none", "today"), "fixed_hours_h"] == pytest.approx(by_hand)
    houses = summer.buildings["fixed_hours_h__today"]
    assert houses["a"] == houses["b"] == types.loc[("PL.N.MFH.03|residential_multi", "existing", "today"), "fixed_hours_h"]


def test_a_place_without_heated_floor_has_layers_without_rows(place):
    buildings, envelope, state, weather, irradiance = place
    found = summer_of(buildings.assign(reference_area_m2=0.0), envelope, state, weather, irradiance, SITE, STUDY)
    assert [len(table) for table in (found.types, found.buildings, found.blocks, found.totals)] == [0, 0, 0, 0]
