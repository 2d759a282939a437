"""Emissions: factors by hand, what is local, and the dates of the grid."""

from __future__ import annotations

import pandas as pd
import pytest

from ped_geo import emissions
from ped_geo.errors import LayerError, StudyError
from ped_geo.study import Study

STUDY = Study(name="x")
GJ = 1 / 0.0036  # kWh


def of(**energy: float) -> pd.Series:
    return emissions.air_pollutants(pd.DataFrame({f"{carrier}_kwh_a": [value] for carrier, value in energy.items()})).iloc[0]


@pytest.mark.parametrize(
    ("carrier", "pollutant", "grams_per_gj"),
    [
        ("coal", "nox", 110),
        ("coal", "so2", 900),
        ("coal", "pm10", 404),
        ("coal", "pm25", 398),
        ("coal", "bap", 0.23),
        ("gas", "nox", 51),
        ("biomass", "pm10", 760),
        ("oil", "so2", 70),
    ],
)
def test_fuels_emit_what_the_guidebook_says_per_gigajoule(carrier, pollutant, grams_per_gj):
    assert of(**{carrier: GJ})[f"{pollutant}_kg_a"] * 1000 == pytest.approx(grams_per_gj, rel=1e-6)


def test_emissions_are_linear_and_parts_sum_to_the_whole():
    whole, parts = of(gas=100.0, coal=50.0, electricity=10.0), of(gas=100.0) + of(coal=50.0) + of(electricity=10.0)
    pd.testing.assert_series_equal(whole, parts, check_names=False)


def test_only_what_is_burnt_in_the_building_is_local():
    away = of(electricity=1000.0, district_heat=1000.0)
    assert away.filter(like="_local_").sum() == 0
    assert away["nox_kg_a"] > 0
    here = of(coal=1000.0, gas=10.0, oil=5.0, biomass=3.0)
    for pollutant in emissions.POLLUTANTS:
        assert here[f"{pollutant}_local_kg_a"] == pytest.approx(here[f"{pollutant}_kg_a"])


def test_pellet_boilers_emit_less_dust_than_stoves():
    """29 g/GJ against 760 g/GJ."""
    wood = pd.DataFrame({"biomass_kwh_a": [1000.0]})
    stoves, boiler = (emissions.air_pollutants(wood, supply=supply)["pm10_kg_a"].iloc[0] for supply in ("today", "biomass"))
    assert boiler == pytest.approx(1000 * 29 * 3.6e-6)
    assert stoves == pytest.approx(1000 * 760 * 3.6e-6)


def test_grid_factor_falls_as_check_c36_says():
    end, plants = (
        emissions.grid_co2(year, kind=kind) / emissions.grid_co2(start, kind=kind) - 1
        for year, start, kind in ((2023, 2021, "end_user"), (2023, 2015, "combustion_plants"))
    )
    assert 100 * end == pytest.approx(-15.7, abs=0.2)
    assert 100 * plants == pytest.approx(-8.3, abs=0.2)


def test_grid_factor_is_the_end_users_and_never_the_misdated_one():
    assert emissions.grid_co2(2023) == 597 == STUDY.assumed("carriers.co2_electricity")
    assert emissions.grid_co2(2024) != 683
    assert emissions.grid_co2(2030) == 350
    assert emissions.grid_co2(2060) == emissions.grid_co2(2050) == 40


def test_lighthouse_totals_are_no_factors():
    """1,340 MWh, 1,700 t and 23 t of one project's leaflet: no pair of them may appear as a factor of energy."""
    assert (emissions.pollutant_factors() < 23 / 1700).all(axis=None)


def test_errors_name_what_is_missing():
    with pytest.raises(LayerError, match="at least one of the columns district_heat_kwh_a"):
        emissions.air_pollutants(pd.DataFrame({"heat": [1.0]}))
    with pytest.raises(StudyError, match="unknown kind of grid factor 'night'; known: end_user"):
        emissions.grid_co2(2023, kind="night")
