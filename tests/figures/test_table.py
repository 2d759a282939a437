"""The layer of figures: sums of blocks, hand calculations from the layers, and how a value is printed."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from ped_geo.figures import FIGURES, Figure
from ped_geo.figures.amounts import NETTED
from ped_geo.figures.hours import load_duration, monthly
from ped_geo.figures.houses import attribute_sources, known_share
from ped_geo.figures.reader import FigureReader
from ped_geo.figures.table import figure_table, outlook, variant_totals
from ped_geo.language import catalogue
from ped_geo.pipeline import STEPS
from ped_geo.remarks import remark_frame
from tests.hamlet import box, make_areas, make_footprints
from tests.uncertainty import chain

STUDY = chain.make_study(districts={"min_reference_area_m2": 500.0, "seconds": 4.0})
PANELS = {"power": "generator", "generator:source": "solar", "location": "roof"}


@pytest.fixture(scope="module")
def place():
    """Flats in two blocks, one with an array of today, and sheds in a third."""
    flats = [(box(20, 20, 80, 30), chain.FLATS), (box(240, 20, 300, 30), chain.FLATS), (box(240, 60, 300, 70), chain.FLATS)]
    sheds = [(box(20 + 30 * number, 200, 40 + 30 * number, 212), {"building": "shed"}) for number in range(4)]
    layers = {**chain.raw_layers(), "footprints": make_footprints(*flats, *sheds), "told": remark_frame([])}
    layers["areas"] = make_areas((box(22, 22, 42, 28), PANELS))
    for step in STEPS:
        layers |= step.compute({"study": STUDY, "site": chain.SITE}, layers)
    return layers


def of(place, scope, name):
    """Values of a figure of all groups of a scope."""
    table = place["figures"]["value"]
    return table.xs((scope, name), level=("scope", "figure"))


@pytest.mark.parametrize("name", sorted(name for name, one in FIGURES.load().items() if one.additive))
def test_a_district_has_the_sum_of_its_blocks(place, name):
    blocks, district = of(place, "block", name).groupby(level="variant").sum(), of(place, "district", name).droplevel("group_id")
    assert len(district)
    pd.testing.assert_series_equal(blocks.reindex(district.index), district, check_names=False, rtol=1e-9)


@pytest.mark.parametrize(
    ("intensity", "amount", "units"),
    [
        ("pv_m2", "pv", 1e3),
        ("co2", "co2_total", 1e3),
        ("nox", "nox_total", 1e3),
        ("pm10", "pm10_total", 1e3),
        ("investment_m2", "investment", 1e6),
    ],
)
@pytest.mark.parametrize("scope", ["district", "block", "candidate"])
def test_an_intensity_is_the_amount_over_the_heated_floor(place, scope, intensity, amount, units):
    found = FigureReader(place["figures"])
    rows, area = found.wide(scope, [intensity, amount]), found.facts(scope, ["area"])["area"]
    floor = rows.index.get_level_values("group_id").map(area)
    heated = floor > 0
    assert rows.loc[~heated, intensity].isna().all()
    assert (rows.loc[heated, intensity] * floor[heated]).to_numpy() == pytest.approx((rows.loc[heated, amount] * units).to_numpy())


def test_figures_of_the_district_are_those_that_the_layers_give_by_hand(place):
    area = place["blocks"]["reference_area_m2"].sum()
    for variant in STUDY.variants:
        rows = place["balance"].xs(variant.key, level="variant")
        need = place["need"].xs(variant.package, level="package")["heat_need_kwh_a"].sum()
        told = of(place, "district", "heat").droplevel("group_id")[variant.key]
        assert told == pytest.approx(need / area)
        balance = of(place, "district", "balance").droplevel("group_id")[variant.key]
        assert balance == pytest.approx(rows["primary_energy_balance_kwh_a"].sum() / area)


def test_a_flat_costs_its_tenant_the_energy_and_its_owner_the_works_by_the_month(place):
    """By hand from the money of each building: that of houses with flats alone, over their flats and twelve months."""
    homes = place["buildings"][place["buildings"]["use"].astype("str").str.startswith("residential") & place["buildings"]["in_district"]]
    for variant in STUDY.variants:
        money = place["economics"].xs((variant.package, variant.supply), level=("package", "supply")).loc[homes.index]
        for name, column in (("flat_bill", "energy_cost_a"), ("flat_works", "annual_cost_a")):
            told = of(place, "district", name).droplevel("group_id")[variant.key]
            assert told == pytest.approx(money[column].sum() / homes["dwellings"].sum() / 12.0)
        npv = place["variant_costs"]["npv"].xs(variant.key, level="variant").sum()
        assert of(place, "district", "npv").droplevel("group_id")[variant.key] == pytest.approx(npv / 1e6)


def test_figures_agree_with_the_indicators_of_the_same_name(place):
    pairs = {"heat": "ued_h", "primary": "ep_nren", "balance": "peb_nren_m2", "final": "fec", "co2": "ghg_op", "nox_total": "nox_kg"}
    pairs |= {"pm10_total": "pm10_kg", "payback": "payback_a", "pm25_total": "pm25_kg", "payback_plain": "payback_without_grants_a"}
    for name, kpi in pairs.items():
        known = place["kpis"]["value"].xs(kpi, level="kpi").dropna()
        mine = of(place, "district", name).droplevel("group_id")
        pd.testing.assert_series_equal(mine.reindex(known.index), known, check_names=False, rtol=1e-6)


def test_a_candidate_is_the_sum_of_its_blocks_in_their_variants(place):
    blocks = place["figures"]["value"].xs("block", level="scope")
    assert len(place["candidates"])
    for name, row in place["candidates"].iterrows():
        chosen = json.loads(row["choices"])
        for figure in ("pv", "investment", "grant", "co2_total"):
            parts = sum(blocks[block, variant, figure] for block, variant in chosen.items())
            assert of(place, "candidate", figure)[name, "chosen"] == pytest.approx(parts)
        assert of(place, "candidate", "area")[name, ""] == pytest.approx(sum(blocks[block, "", "area"] for block in chosen))
        assert of(place, "candidate", "balance")[name, "chosen"] == pytest.approx(row["balance_kwh_m2a"])
        assert of(place, "candidate", "payback")[name, "chosen"] == pytest.approx(row["payback_a"])


def test_low_and_high_are_those_of_the_draws(place):
    figures, bands = place["figures"], place["bands"]
    for variant in STUDY.variants:
        row = figures.loc[("district", "district", variant.key, "balance")]
        told = bands.loc[("district", variant.key, "balance_kwh_m2a")]
        assert (row["low"], row["high"]) == (told["p05"], told["p95"])
        power = figures.loc[("district", "district", variant.key, "pv")]
        assert power["high"] == pytest.approx(bands.loc[("district", variant.key, "pv_kwh_a"), "p95"] / 1000)
        chance = figures.loc[("district", "district", variant.key, "p_positive")]
        assert chance["low"] <= chance["value"] <= chance["high"]


def test_a_block_without_heated_floor_has_amounts_and_no_intensities(place):
    cold = place["blocks"].index[place["blocks"]["reference_area_m2"] == 0]
    names = set(place["figures"].xs("block", level="scope").loc[list(cold)].index.get_level_values("figure"))
    per_floor = {name for name, one in FIGURES.load().items() if "(m²·a)" in one.unit or one.unit.endswith("/m²")}
    assert {"pv", "investment", "area"} <= names
    assert names & (per_floor | {"p_positive"}) == set()


def test_totals_of_variants_have_what_goes_into_the_air_as_the_figures_have_it(place):
    totals = variant_totals(place["balance"], place["kpis"])
    sums = place["balance"].groupby(level="variant").sum(numeric_only=True)
    for name in ("nox", "pm10", "pm25"):
        told = of(place, "district", f"{name}_total").droplevel("group_id")
        assert totals.loc[told.index, f"{name}_kg_a"].to_numpy() == pytest.approx(told.to_numpy())
    other = [column for column in totals if column not in NETTED]
    pd.testing.assert_frame_equal(totals[other], sums[other])


def test_months_add_up_to_the_year_and_exchange_is_use_less_pv(place):
    months = monthly(place, STUDY)
    net = months["use_kwh"] - months["pv_kwh"]
    assert (months["import_kwh"] - months["export_kwh"]).to_numpy() == pytest.approx(net.to_numpy())
    for variant in STUDY.variants:
        rows = place["balance"].xs(variant.key, level="variant")
        mine = months.loc[variant.key]
        assert mine["pv_kwh"].sum() == pytest.approx(rows["pv_kwh_a"].sum(), rel=1e-4)
        assert mine["use_kwh"].sum() == pytest.approx(rows["electricity_use_kwh_a"].sum(), rel=1e-4)
    duration = load_duration(place, STUDY.shown_variant)["net_kw"]
    assert duration.is_monotonic_decreasing
    assert duration.sum() == pytest.approx(net.loc[STUDY.shown_variant.key].sum())


def test_the_years_ahead_begin_with_the_balance_of_today(place):
    years = outlook(place["scenarios"], place["blocks"])
    first = years[min(years)]
    assert first.to_numpy() == pytest.approx(of(place, "district", "balance").droplevel("group_id").reindex(first.index).to_numpy())


def test_a_place_where_nothing_is_heated_has_no_figure_by_floor():
    sheds = [(box(20 + 30 * number, 200, 40 + 30 * number, 212), {"building": "shed"}) for number in range(4)]
    layers = {**chain.raw_layers(), "footprints": make_footprints(*sheds), "told": remark_frame([])}
    for step in STEPS:
        layers |= step.compute({"study": STUDY, "site": chain.SITE}, layers)
    found = FigureReader(layers["figures"])
    assert np.isnan(found.value("balance", "today"))
    assert found.printed("heat_existing") is None
    assert found.words("balance", "pl", "today") == "–"
    assert found.value("area") == 0.0
    assert layers["outlook"].isna().all(axis=None)
    assert layers["building_figures"][["heat", "saving", "known"]].isna().all(axis=None)


def test_a_value_is_printed_by_the_decimals_of_its_figure_alone(place):
    found = FigureReader(place["figures"])
    variant = STUDY.shown_variant.key
    digits = {"balance": 1, "pv": 0, "investment": 2, "kwp": 1, "area": 0}
    for name, count in digits.items():
        key = "" if FIGURES[name].kind == "fact" else variant
        value = found.value(name, key)
        assert found.printed(name, key) == pytest.approx(value, abs=0.5 * 10.0**-count + 1e-12)
        assert len(found.words(name, "en", key).partition(".")[2]) == count


def test_a_figure_that_nobody_declared_is_refused(place):
    with pytest.raises(Exception, match="unknown figure 'balanse'"):
        FigureReader(place["figures"]).value("balanse")


def test_rounding_knows_halves_and_conversion_is_done_once():
    one = Figure("x", "%", 0, "X", "X", "told", times=100.0)
    assert one.told(0.625) == 62.5
    assert one.printed(62.5) == 63.0
    assert one.printed(float("nan")) is None
    assert one.words(None, "en") == "–"


@pytest.mark.parametrize("name", sorted(FIGURES.load()))
def test_every_figure_has_names_in_both_languages_and_a_docstring_of_its_unit(name):
    one = FIGURES[name]
    assert one.label_en
    assert one.label_pl
    assert one.digits >= 0
    assert one.kind == "told" or (one.value is not None and one.value.__doc__)
    assert one.value is None or one.kind != "told"


def test_every_step_that_figures_need_stands_before_them():
    names = [step.name for step in STEPS]
    assert names[-1] == "figures"
    assert "step.figures" in catalogue()


def test_what_is_known_of_attributes_is_counted_by_their_sources(place):
    inside = place["buildings"][place["buildings"]["in_district"]]
    counted = sum(not source.startswith("inferred") for source in inside["use_source"]) / len(inside)
    assert attribute_sources(place["buildings"]).at["use", "from_data"] == pytest.approx(counted)
    shares = known_share(inside)
    assert shares[~inside["heated"]].isna().all()
    assert shares.dropna().between(0, 1).all()


def test_the_table_is_the_same_whenever_it_is_made(place):
    pd.testing.assert_frame_equal(figure_table(place, STUDY), place["figures"])


def test_modules_that_would_close_a_gap_make_as_much_as_is_missing(place):
    """Power times yield times factor of electricity is the deficit; where there is none no modules are told."""
    found = FigureReader(place["figures"])
    rows = found.wide("block", ["balance", "missing_kwp", "missing_m2"])
    area = rows.index.get_level_values("group_id").map(found.facts("block", ["area"])["area"])
    short = (rows["balance"] < 0).to_numpy()
    assert short.any()
    roofs = place["pv_buildings"]
    each = roofs["annual_yield_kwh_a"].sum() / roofs["capacity_kwp"].sum() * STUDY.assumed("carriers.pef_electricity")
    assert (rows["missing_kwp"] * each)[short].to_numpy() == pytest.approx((-rows["balance"] * area)[short].to_numpy())
    assert rows.loc[~short, ["missing_kwp", "missing_m2"]].isna().all(axis=None)
    per_kwp = STUDY.assumed("pv.module_area") / STUDY.assumed("pv.module_wp") * 1000
    assert rows["missing_m2"][short].to_numpy() == pytest.approx((rows["missing_kwp"] * per_kwp)[short].to_numpy())
