"""What closes a gap: amounts that can be worked out on paper, and sentences in both languages."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from ped_geo.districts import Situation, gap_measures, gap_words
from ped_geo.study import Study

STUDY = Study(name="x")


def make_situation(**changes):
    base = Situation(
        name="c-1",
        shortfall_kwh_a=1_125_000.0,
        reference_area_m2=100_000.0,
        parking_area_m2=9_000.0,
        specific_yield_kwh_kwp_a=900.0,
        export_credit=2.5,
        electricity_factor=2.5,
        district_heat_factor=0.8,
        district_heat_kwh_a=5_000_000.0,
        electricity_use_kwh_a=2_000_000.0,
        choices={"block/1": "usual", "block/2": "usual"},
        labels={"block/1": "1 Long Street", "block/2": "2 Short Street"},
    )
    return dataclasses.replace(base, **changes)


def make_options(gain_1=900_000.0, gain_2=400_000.0):
    index = pd.MultiIndex.from_product([["block/1", "block/2"], ["usual", "advanced", "near_zero"]], names=["block_id", "variant"])
    return pd.DataFrame(
        {
            "balance_kwh_a": [-900_000.0, -900_000 + gain_1 / 2, -900_000 + gain_1, -225_000.0, -225_000 + gain_2 / 2, -225_000 + gain_2],
            "investment": [1e6, 2e6, 5e6, 1e6, 1.5e6, 3e6],
        },
        index=index,
    )


def test_car_park_pv_matches_hand_calculation():
    """1,125 MWh / (900 kWh/kWp × 2.5) = 0.5 MWp; 9,000 m² × 0.5 × 0.225 kWp/m² = 1.0125 MWp."""
    row = gap_measures(make_situation(), make_options(), STUDY).loc["c-1/car_park_pv"]
    assert row["amount"] == pytest.approx(0.5)
    assert row["available"] == pytest.approx(1.0125)
    assert row["suffices"]
    assert row["investment"] == pytest.approx(500 * 5_500)
    assert "0.50 MWp" in row["sentence_en"]
    assert "0,50 MWp" in row["sentence_pl"]


def test_saving_electricity_closes_the_gap_with_the_grids_factor():
    """1,125 MWh / 2.5 = 450 MWh, of 2,000 MWh a year 22.5 %; with 400 MWh of use all of it saves 1,000 of 1,125 MWh."""
    row = gap_measures(make_situation(), make_options(), STUDY).loc["c-1/less_electricity"]
    assert row["amount"] == pytest.approx(450.0)
    assert row["suffices"]
    assert "450 MWh" in row["sentence_en"]
    thrifty = gap_measures(make_situation(electricity_use_kwh_a=400_000.0), make_options(), STUDY).loc["c-1/less_electricity"]
    assert not thrifty["suffices"]
    assert "89%" in thrifty["sentence_en"]


def test_saving_electricity_is_not_named_where_exports_are_worth_nothing():
    found = gap_measures(make_situation(export_credit=0.0), make_options(), STUDY)
    assert "c-1/less_electricity" not in found.index


def test_district_heat_factor_is_lowered_by_the_gap_per_kwh_of_heat():
    row = gap_measures(make_situation(), make_options(), STUDY).loc["c-1/district_heat_factor"]
    assert row["amount"] == pytest.approx(0.8 - 1_125 / 5_000)
    assert row["suffices"]
    assert "0.57 instead of 0.80" in row["sentence_en"] or "0.58 instead of 0.80" in row["sentence_en"]


def test_heat_pump_saves_the_factor_of_heat_less_that_of_its_electricity():
    """0.8 − 2.5 / 3.5 saves 0.0857 per kWh: even all 5,000 MWh bring 429 MWh."""
    row = gap_measures(make_situation(), make_options(), STUDY).loc["c-1/sewage_heat_pump"]
    assert row["closes_kwh_a"] == pytest.approx(5_000_000 * (0.8 - 2.5 / 3.5))
    assert row["available"] == pytest.approx(1.0)
    assert not row["suffices"]
    assert "38%" in row["sentence_pl"]


def test_next_packages_are_the_cheapest_that_bring_enough():
    """For 600 MWh: block 1 to near zero brings 900 for 4 million, both to advanced 650 for 1.5 million."""
    row = gap_measures(make_situation(shortfall_kwh_a=600_000.0), make_options(), STUDY).loc["c-1/next_packages"]
    assert row["amount"] == 2
    assert row["investment"] == pytest.approx(1.5e6)
    assert "1 Long Street, 2 Short Street" in row["sentence_en"]


def test_next_packages_that_do_not_suffice_say_how_much_they_bring():
    row = gap_measures(make_situation(shortfall_kwh_a=2_600_000.0), make_options(), STUDY).loc["c-1/next_packages"]
    assert not row["suffices"]
    assert row["closes_kwh_a"] == pytest.approx(1_300_000)
    assert row["investment"] == pytest.approx(6e6)
    assert "50%" in row["sentence_en"]


def test_every_measure_that_suffices_covers_the_gap_and_no_other_does():
    table = gap_measures(make_situation(), make_options(), STUDY)
    assert (table["suffices"] == (table["closes_kwh_a"] >= table["shortfall_kwh_a"])).all()


def test_no_gap_needs_nothing_and_nothing_is_offered_where_there_is_nothing():
    assert gap_measures(make_situation(shortfall_kwh_a=0.0), make_options(), STUDY).empty
    bare = make_situation(specific_yield_kwh_kwp_a=0.0, district_heat_kwh_a=0.0, electricity_use_kwh_a=0.0)
    assert gap_measures(bare, make_options(0.0, 0.0), STUDY).empty


def test_gap_is_told_per_area_and_in_all():
    """1,125 MWh on 100,000 m² are 11.25 kWh/m²; halves are rounded as spreadsheets do."""
    assert gap_words(make_situation(), "pl", "Osiedle") == (
        "Osiedle: do zrównoważenia bilansu brakuje 11,3 kWh/(m²·rok) energii pierwotnej, łącznie 1\xa0125 MWh rocznie."
    )


def test_blocks_that_close_the_gap_are_named_in_the_language_of_the_sentence():
    situation = make_situation(labels={"block/1": "1", "block/2": "2. Krótka"}, parking_area_m2=0.0)
    row = gap_measures(situation, make_options(), STUDY).loc["c-1/next_packages"]
    assert "block 1" in row["sentence_en"]
    assert "kwartał 1" in row["sentence_pl"]


def test_a_place_without_car_parks_is_told_so_without_zeros():
    row = gap_measures(make_situation(parking_area_m2=0.0), make_options(), STUDY).loc["c-1/car_park_pv"]
    for sentence in (row["sentence_en"], row["sentence_pl"]):
        assert "0 m²" not in sentence
        assert "0.00" not in sentence
        assert "0,00" not in sentence


def test_better_variants_that_close_nothing_are_left_out():
    """Gains of 2,000 and 1,000 kWh against 1,125 MWh are 0.3 %: "0 % of the gap" would be no help."""
    found = gap_measures(make_situation(), make_options(gain_1=2_000.0, gain_2=1_000.0), STUDY)
    assert "c-1/next_packages" not in found.index
    assert "c-1/next_packages" in gap_measures(make_situation(), make_options(gain_1=20_000.0, gain_2=10_000.0), STUDY).index


def test_a_better_variant_that_costs_less_is_never_told_as_costing_minus_so_much_more():
    """From near zero to a clean network the investment falls: the sentence says less, and no sentence advises deeper works."""
    dear = make_options()
    dear["investment"] = 9e6 - dear["investment"]
    for shortfall in (600_000.0, 2_600_000.0):
        row = gap_measures(make_situation(shortfall_kwh_a=shortfall), dear, STUDY).loc["c-1/next_packages"]
        assert row["investment"] < 0
        assert "less" in row["sentence_en"]
        assert "mniejszych" in row["sentence_pl"]
        for sentence in (row["sentence_en"], row["sentence_pl"]):
            assert not {"-", "−"} & set(sentence.replace("c-1", ""))
            assert "deeper" not in sentence
            assert "głęb" not in sentence.lower()


@pytest.mark.parametrize("heat_kwh_a", [0.0, 1.0, 1_000.0, 20_000.0, 5_000_000.0])
def test_no_measure_is_named_that_would_close_less_than_half_a_per_cent(heat_kwh_a):
    """A heat pump of 0.00 MW that closes 0 % helps nobody; only the car parks are spoken of where there are none."""
    found = gap_measures(make_situation(district_heat_kwh_a=heat_kwh_a, parking_area_m2=0.0), make_options(), STUDY)
    others = found[found["measure"] != "car_park_pv"]
    assert (others["closes_kwh_a"] >= 0.005 * others["shortfall_kwh_a"]).all()
    for sentence in [*found["sentence_en"], *found["sentence_pl"]]:
        assert " 0%" not in sentence
        assert "0.00 MW" not in sentence


def test_canopies_are_not_advised_where_no_car_park_is_mapped():
    row = gap_measures(make_situation(parking_area_m2=0.0), make_options(), STUDY).loc["c-1/car_park_pv"]
    assert row["closes_kwh_a"] == 0
    assert row["sentence_en"] == "No car parks are mapped here, so PV over car parks was left out."
