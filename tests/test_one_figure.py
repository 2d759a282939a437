"""One figure has one value: blocks against the district, and no value where there is nothing to measure."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from ped_geo.blocks import block_name
from ped_geo.districts import find_candidates
from ped_geo.language import text
from ped_geo.outputs import Results
from ped_geo.outputs.figures import block_figures
from ped_geo.outputs.report.candidates import candidate_pages, candidate_rows
from ped_geo.outputs.report.content import report_content
from ped_geo.outputs.web_map import content as web_map
from ped_geo.pipeline import STEPS
from ped_geo.remarks import remark_frame
from tests.hamlet import box, make_areas, make_footprints
from tests.steps import with_figures
from tests.uncertainty import chain

STUDY = chain.make_study(districts={"min_reference_area_m2": 500.0, "seconds": 4.0})
PANELS = {"power": "generator", "generator:source": "solar", "location": "roof"}
SHEDS = [(box(20 + 30 * number, 200, 40 + 30 * number, 212), {"building": "shed"}) for number in range(4)]


def results_of(layers, study=STUDY):
    """Results of layers of which some were changed, with figures made anew."""
    return with_figures(Results(study, chain.SITE, layers, {}, "file"))


def through_all_steps(footprints, areas=None):
    layers = {**chain.raw_layers(), "footprints": footprints, "told": remark_frame([])}
    if areas is not None:
        layers["areas"] = areas
    for step in STEPS:
        layers |= step.compute({"study": STUDY, "site": chain.SITE}, layers)
    return layers


@pytest.fixture(scope="module")
def place():
    """Flats with an array on the roof in one block, flats in another, sheds in a third."""
    flats = [(box(20, 20, 80, 30), chain.FLATS), (box(240, 20, 300, 30), chain.FLATS), (box(240, 60, 300, 70), chain.FLATS)]
    return through_all_steps(make_footprints(*flats, *SHEDS), make_areas((box(22, 22, 42, 28), PANELS)))


@pytest.fixture(scope="module")
def sheds():
    return through_all_steps(make_footprints(*SHEDS))


def test_a_block_without_heated_buildings_has_no_chance_and_no_value_per_heated_floor(place):
    cold = place["blocks"].index[place["blocks"]["reference_area_m2"] == 0]
    held = place["probabilities"].xs("today", level="variant")
    assert len(set(cold) & set(held.index)) == 1
    of_sheds = held.loc[sorted(set(cold) & set(held.index))]
    for column in ("p_positive", "p_error", "p_low", "p_high", "balance_kwh_m2a"):
        assert of_sheds[column].isna().all()
    assert held.drop(of_sheds.index)["p_positive"].between(0, 1).all()
    bands = place["bands"].xs("balance_kwh_m2a", level="quantity").loc[of_sheds.index]
    assert bands[["central", "p05", "p95"]].isna().all(axis=None)
    balance = place["balance"].loc[of_sheds.index]
    assert balance[[name for name in balance if name.endswith("_m2a")]].isna().all(axis=None)
    assert not set(of_sheds.index) & set(place["block_kpis"].index.get_level_values("block_id"))


def test_a_place_with_sheds_alone_runs_through_all_steps(sheds):
    assert sheds["probabilities"]["p_positive"].isna().all()
    assert sheds["block_kpis"].empty
    assert sheds["candidates"].empty
    kpis = sheds["kpis"]["value"].xs("today", level="variant")
    assert kpis[["fec", "ep_nren", "p_ped", "ued_h"]].isna().all()


def test_arrays_of_today_are_in_the_power_of_their_block(place):
    """The only new modules and the only arrays of today stand on one roof: yield by power is that of both together."""
    block = place["buildings"].loc["way/1", "block_id"]
    roof = place["pv_buildings"].loc["way/1"]
    assert roof["existing_kwp"] == pytest.approx(120 * STUDY.assumed("building.pv_existing_per_m2"), rel=0.01)
    power = roof["capacity_kwp"] + roof["existing_kwp"]
    found = place["block_kpis"].loc[(block, STUDY.shown_variant.key)]
    made = place["balance"].loc[(block, STUDY.shown_variant.key), "pv_kwh_a"]
    assert found["spec_yield_kwh_kwp"] == pytest.approx(made / power)


def test_a_district_of_one_block_has_the_figures_of_that_block():
    layers = through_all_steps(make_footprints((box(20, 20, 80, 30), chain.FLATS)), make_areas((box(22, 22, 42, 28), PANELS)))
    variant = STUDY.shown_variant.key
    district, block = layers["kpis"]["value"].xs(variant, level="variant"), layers["block_kpis"].xs(variant, level="variant").iloc[0]
    same = block.index.intersection(district.index).drop(["p_ped"])
    np.testing.assert_allclose(block[same].astype(float), district[same].astype(float), rtol=1e-6)


def test_payback_with_and_without_grants(place):
    money = place["variant_costs"].xs("pumps", level="variant").sum()
    kpis = place["kpis"]["value"].xs("pumps", level="variant")
    assert money["grant"] > 0
    assert kpis["payback_a"] == pytest.approx((money["investment"] - money["grant"]) / money["saving_a"])
    assert kpis["payback_without_grants_a"] == pytest.approx(money["investment"] / money["saving_a"])


def test_payback_of_blocks_candidates_and_district_is_one_figure(place):
    """Years times yearly saving are what is left to pay: of each block, their sum is the district's; a candidate is its blocks."""
    results = Results(STUDY, chain.SITE, place, {}, "file")
    costs, kpis = place["variant_costs"], place["kpis"]["value"]
    blocks = block_figures(results)["payback"]
    rows = {row["name"]: row for row in report_content(results, "en")["variants"]}
    for variant, row in zip(STUDY.variants, rows.values(), strict=True):
        money = costs.xs(variant.key, level="variant")
        left = (money["investment"] - money["grant"]).sum()
        years = kpis[variant.key, "payback_a"]
        assert row["payback"] == pytest.approx(years, nan_ok=True)
        if not left:
            assert np.isnan(years)
            continue
        assert years * money["saving_a"].sum() == pytest.approx(left)
        told = blocks.xs(variant.key, level="variant")
        cold = money.drop(told.index)
        assert (told * money["saving_a"]).sum() + (cold["investment"] - cold["grant"]).sum() == pytest.approx(left)
        assert told.min() * (1 - 1e-9) <= years <= told.max() * (1 + 1e-9) or len(cold)
    assert len(place["candidates"])
    for row in place["candidates"].itertuples():
        chosen = costs.reindex(list(json.loads(row.choices).items())).sum()
        assert row.grant == pytest.approx(chosen["grant"])
        assert row.payback_a == pytest.approx((row.investment - row.grant) / chosen["saving_a"])
    page = candidate_pages(results, "en")[0]["sentences"][0]
    assert f"the savings repay the rest in {place['candidates'].iloc[0]['payback_a']:.0f} years" in page


def test_where_nothing_is_heated_nothing_is_judged(sheds):
    """Modules on sheds export and balance above zero, yet there is no district to be positive."""
    assert sheds["verdicts"].empty
    assert sheds["scenarios"]["positive"].isna().all()
    assert sheds["candidates"].empty


def test_a_block_of_sheds_is_not_judged_within_a_heated_place(place):
    floor = place["blocks"]["reference_area_m2"]
    years = place["scenarios"]["positive"].groupby(level="block_id")
    assert set(place["verdicts"].index.get_level_values("group_id")) >= {"district"}
    for block, judged in years:
        assert judged.isna().all() if floor[block] == 0 else judged.notna().all()
    cold = floor.index[floor == 0]
    layers = {name: place[name] for name in ("blocks", "adjacency")}
    options = place["balance"][["primary_energy_balance_kwh_a", "investment"]].set_axis(["balance_kwh_a", "investment"], axis=1)
    free = chain.make_study(districts={"min_reference_area_m2": 0.0, "seconds": 4.0})
    groups, _ = find_candidates(**layers, options=options, study=free)
    assert (groups["reference_area_m2"] > 0).all()
    assert not set(cold) & set(groups["blocks"])


def test_a_block_that_is_positive_but_too_small_is_not_denied(place):
    """The sentence says from which size on no group is positive, and names the blocks below it that are."""
    wide = chain.make_study(districts={"min_reference_area_m2": 1e6, "seconds": 4.0})
    blocks, balance = place["blocks"], place["balance"].copy()
    positive = {blocks["reference_area_m2"].idxmax()}
    cold = set(blocks.index[blocks["reference_area_m2"] == 0]) & set(balance.index.get_level_values("block_id"))
    balance.loc[[*positive, *cold], "primary_energy_balance_kwh_a"] = 1.0
    layers = {**place, "candidates": place["candidates"].iloc[:0], "balance": balance}
    _, sentence = candidate_rows(results_of(layers, wide), "en")
    assert "with at least 1,000,000 m² of heated floor" in sentence
    for block, label in blocks["label"].items():
        assert (block_name(label, "en") in sentence) == (block in positive)
    proof = candidate_pages(Results(STUDY, chain.SITE, place, {}, "file"), "en")[0]["sentences"][1]
    assert "at least 500 m² of heated floor" in proof or "may exist" in proof


def test_a_group_that_answers_two_questions_is_one_candidate_with_one_page(place):
    """The cheapest positive group may be the widest too; it is counted, listed and drawn once, and both questions stand with it."""
    first = place["candidates"].iloc[[0]].assign(goal="least_cost", balance_kwh_a=1.0)
    twice = pd.concat([first, first.assign(goal="largest_area").set_axis([f"{first.index[0]}-a"])])
    other = first.assign(goal="largest_area", choices="{}").set_axis(["other"])
    results = results_of({**place, "candidates": twice})
    rows, sentence = candidate_rows(results, "en")
    [page] = candidate_pages(results, "en")
    assert len(rows) == len(web_map._candidates(results)) == 1
    assert rows[0]["goal"] == page["goal"] == f"{text('code.least_cost', 'en')}; {text('code.largest_area', 'en')}"
    assert "positive balance (candidates): 1." in sentence
    alone, wide = (results_of({**place, "candidates": first.assign(radius_m=far)}) for far in (0.0, 159.4))
    assert "walking from" not in candidate_pages(alone, "en")[0]["sentences"][0]
    assert "residents, all within 159 m of walking from the middle;" in candidate_pages(wide, "en")[0]["sentences"][0]
    both = results_of({**place, "candidates": pd.concat([twice, other])})
    assert len(candidate_rows(both, "en")[0]) == 2


def test_nitrogen_oxides_of_the_district_are_one_figure(place):
    """The sum over the blocks is more than the district's: what one block sends another within an hour is not bought."""
    results = Results(STUDY, chain.SITE, place, {}, "file")
    rows = report_content(results, "en")["variants"]
    told = {row["name"]: row for row in rows}
    kpis = place["kpis"]["value"]
    assert len(told) == len(STUDY.variants)
    for row, variant in zip(rows, STUDY.variants, strict=True):
        assert row["nox_total"] == kpis[variant.key, "nox_kg"]
        assert row["pm10_total"] == kpis[variant.key, "pm10_kg"]
        blocks = place["balance"].xs(variant.key, level="variant")["nox_kg_a"].sum()
        assert row["nox_total"] <= blocks * (1 + 1e-6)
