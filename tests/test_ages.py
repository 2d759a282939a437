"""Odds over construction periods: what form, neighbours and the stock tell of a building without a year."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions
from ped_geo.buildings import build_buildings
from ped_geo.buildings.odds import PERIODS, TRANSFER, TRANSFER_OF_SHARES, dated_shares, prior_shares
from ped_geo.countries import FORM_ONLY, pack_or_form, packs
from ped_geo.crs import to_working_crs
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.pipeline.whereabouts import settled, working_system
from ped_geo.registers import apply_registers
from ped_geo.sources.registers import register_rows
from ped_geo.study import Buildings, Study, parse_study
from tests import hamlet

REAL = Path(__file__).parent / "real"
SLAB = {"building": "apartments", "building:levels": "5"}
TENEMENT = {"building": "apartments", "building:levels": "4"}
FREE_SLABS = [(hamlet.box(0, 45 * row, 60, 45 * row + 11.4), SLAB) for row in range(4)]
CLOSED_ROW = [(hamlet.box(15 * door, 22 * row, 15 * door + 15, 22 * row + 14), TENEMENT) for row in range(3) for door in range(12)]


def odds_of(*rows, **settings):
    footprints = hamlet.make_footprints(*rows)
    around = hamlet.make_boundary(hamlet.box(-500, -500, 900, 900))
    study = Study(name="x", buildings=Buildings(**settings))
    drawn, _, odds = build_buildings(footprints, around, hamlet.make_areas(), hamlet.make_places(), study)
    return drawn, odds


def dated(row, year):
    return row[0], row[1] | {"start_date": str(year)}


def test_a_building_with_a_year_has_one_period_and_no_doubt():
    last_years = {1945: "PL.01", 1946: "PL.02", 1966: "PL.02", 1967: "PL.03", 1992: "PL.04", 2002: "PL.05", 2008: "PL.06", 2009: "PL.07"}
    rows = [dated((hamlet.box(100 * n, 0, 100 * n + 20, 10), SLAB), year) for n, year in enumerate(last_years)]
    drawn, odds = odds_of(*rows)
    assert drawn["construction_period"].tolist() == list(last_years.values())
    assert (odds.to_numpy() == (drawn["construction_period"].to_numpy()[:, None] == np.array(PERIODS)[None, :])).all()
    assert (drawn["construction_period_probability"] == 1.0).all()


def test_odds_sum_to_one_and_the_likeliest_is_shown_with_its_probability():
    drawn, odds = odds_of(*FREE_SLABS, *[(hamlet.box(300, 30 * n, 309, 30 * n + 9), {"building": "house"}) for n in range(3)])
    assert odds.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert odds.to_numpy().min() > 0.0
    assert drawn["construction_period"].tolist() == odds.idxmax(axis=1).tolist()
    assert drawn["construction_period_probability"].to_numpy() == pytest.approx(odds.max(axis=1).to_numpy())
    assert (drawn["construction_period_source"] == "inferred: form and dated neighbours").all()


def test_a_period_of_the_study_leaves_no_odds():
    drawn, odds = odds_of(*FREE_SLABS, dated((hamlet.box(300, 0, 320, 20), SLAB), 2015), construction_period="PL.01")
    assert drawn["construction_period"].tolist() == ["PL.01"] * 4 + ["PL.07"]
    assert set(np.unique(odds)) == {0.0, 1.0}


def test_free_slabs_are_of_the_panel_era_and_closed_rows_are_older():
    _, slabs = odds_of(*FREE_SLABS)
    _, row = odds_of(*CLOSED_ROW)
    assert (slabs[["PL.03", "PL.04"]].sum(axis=1) > 0.8).all(), slabs
    before_1967 = row[["PL.01", "PL.02"]].sum(axis=1)
    assert before_1967.mean() > 0.6
    # a gable at the open end of a row tells less
    assert (before_1967.iloc[3:9] > 0.7).all()


def test_a_slab_of_untold_storeys_tells_a_panel_system_only_where_there_were_such():
    slab = (hamlet.box(0, 0, 60, 11.4), {"building": "apartments"})
    around = hamlet.make_boundary(hamlet.box(-500, -500, 900, 900))
    drawn = {
        country: build_buildings(
            hamlet.make_footprints(slab), around, hamlet.make_areas(), hamlet.make_places(), Study(name="x", country=country)
        )
        for country in ("PL", "NL")
    }
    gain = {}
    for country, (_, _, odds) in drawn.items():
        own = pack_or_form(country)
        time = own.period_of(np.array([1975.0]))[0]
        stock = prior_shares(np.array(["residential_multi"], dtype=object), country)[0, own.period_codes.index(time)]
        gain[country] = odds[time].iloc[0] / stock
    assert gain["PL"] > 1.5 > gain["NL"]


def test_staggered_and_angled_slabs_are_as_deep_as_their_sections():
    import shapely

    from ped_geo.buildings.form import _sides

    staggered = shapely.union_all([shapely.box(20 * n, 4 * n, 20 * n + 20, 4 * n + 11) for n in range(4)])
    angled = shapely.union_all([shapely.box(0, 0, 60, 12), shapely.box(0, 0, 12, 60)])
    short, long = _sides(np.array([shapely.box(0, 0, 60, 11), staggered, angled, shapely.Point(0, 0).buffer(10)], dtype=object))
    assert short[:3] == pytest.approx([11.0, 11.0, 12.0], rel=0.15)
    # the three steps of four metres are walls too
    assert long[:3] == pytest.approx([60.0, 92.0, 108.0], rel=0.1)
    assert short[3] == pytest.approx(long[3])


def test_one_known_year_in_a_row_of_equal_tenements_informs_the_row():
    rows = list(CLOSED_ROW)
    _, before = odds_of(*rows)
    rows[0] = dated(rows[0], 1952)
    _, after = odds_of(*rows)
    gain = after["PL.02"] - before["PL.02"]
    assert gain.iloc[1] > 0.25
    assert (gain.iloc[1:12] > 0).all()
    assert gain.iloc[1] > gain.iloc[5] > gain.iloc[11]


def row_with_addresses():
    """The closed row as Długa 1, 2, 3 …: footprints, boundary, areas and places."""
    rows = [(shape, tags | {"addr:street": "Długa", "addr:housenumber": str(n + 1)}) for n, (shape, tags) in enumerate(CLOSED_ROW)]
    around = hamlet.make_boundary(hamlet.box(-500, -500, 900, 900))
    return hamlet.make_footprints(*rows), around, hamlet.make_areas(), hamlet.make_places()


def test_years_of_a_register_inform_the_row_and_are_told_row_by_row(tmp_path):
    """A table as it comes back from field work: by address, one twice with two years, one unreadable, one of nowhere."""
    file = tmp_path / "lata.csv"
    file.write_text("ulica;nr;rok\nul. Długa;1;1952\nDługa;2;1931\nDługa;2;1974\nDługa;3;dawno\nKrótka;9;1952\n", encoding="utf-8")
    columns = {"street": "ulica", "housenumber": "nr", "year": "rok"}
    study = Study(name="x", sources={"registers": [{"file": file, "kind": "years", "columns": columns}]})
    raw = row_with_addresses()
    table = register_rows(study)
    without, _, before = build_buildings(*raw, study)
    drawn, _, after = build_buildings(*raw, study, table)
    assert drawn["construction_year"].dropna().to_dict() == {"way/1": 1952.0}
    assert drawn.loc["way/1", "construction_period_source"] == "register"
    assert after.loc["way/1", "PL.02"] == 1.0
    assert after.loc["way/2", "PL.02"] > before.loc["way/2", "PL.02"] + 0.2
    blocks = pd.DataFrame({"label": []}, index=pd.Index([], name="block_id"))
    _, _, report = apply_registers(drawn.assign(block_id="b"), blocks, table, study)
    assert report["result"].tolist() == ["matched", "contradicted", "contradicted", "unreadable_year", "not_found"]
    assert without["construction_year"].isna().all()


def test_works_of_a_register_hold_whatever_the_age(tmp_path):
    from ped_geo.buildings.types import if_built_in

    file = tmp_path / "prace.csv"
    file.write_text("ulica;nr;stan\nul. Długa;1;Docieplony\nDługa;2;usual\nDługa;3;chyba\nDługa;4;tak\nDługa;4;nie\n", encoding="utf-8")
    columns = {"street": "ulica", "housenumber": "nr", "refurbishment_state": "stan"}
    study = Study(name="x", sources={"registers": [{"file": file, "kind": "works", "columns": columns}]})
    table = register_rows(study)
    drawn, _, _ = build_buildings(*row_with_addresses(), study, table)
    told = drawn[drawn["refurbishment_state_source"] == "register"]
    assert told["refurbishment_state"].to_dict() == {"way/1": "first_etics", "way/2": "usual"}
    assert (told["refurbishment_state_probability"] == 1.0).all()
    older = if_built_in(drawn, "PL.01", study)["refurbishment_state"]
    assert older.loc[["way/1", "way/2", "way/5"]].tolist() == ["first_etics", "usual", "original"]
    blocks = pd.DataFrame({"label": []}, index=pd.Index([], name="block_id"))
    _, _, report = apply_registers(drawn.assign(block_id="b"), blocks, table, study)
    assert report["result"].tolist() == ["matched", "matched", "unknown_state", "contradicted", "contradicted"]


def test_a_neighbour_of_another_size_says_less():
    year = {"start_date": "1955"}
    alike = (hamlet.box(70, 0, 130, 11.4), SLAB | year)
    shed = (hamlet.box(97, 0, 103, 6), SLAB | year)
    told = [odds_of(FREE_SLABS[0], neighbour)[1]["PL.02"].iloc[0] for neighbour in (alike, shed)]
    assert told[0] > told[1]


def test_a_place_may_give_shares_of_its_own():
    alone = (hamlet.box(0, 0, 40, 30), {"building": "office"})
    given = [(10, 50, 20, 5, 5, 5, 5), (40, 5, 15, 10, 20, 5, 5)]
    one, other = (odds_of(alone, period_shares=shares)[1].iloc[0] for shares in given)
    ratio = np.log(one / other).to_numpy() - np.log(np.array(given[0]) / np.array(given[1]))
    # odds go with the shares of the stock: their ratio is that of the shares but for one factor
    assert np.ptp(ratio) < 1e-9
    assert one["PL.02"] > odds_of(alone)[1].iloc[0]["PL.02"] > other["PL.02"]


def test_what_form_tells_elsewhere_counts_less_where_a_place_tells_its_own_shares_and_its_countrys_practice_whole():
    from ped_geo.buildings.form import FORM
    from ped_geo.buildings.odds import coefficients

    stock, shares = coefficients("PL"), coefficients("PL", of_shares=True)
    learnt, own = FORM.index("party_share"), FORM.index("panel_slab")
    table = assumptions.table("period_form").set_index("feature")["PL.01"].astype(float)
    assert table[TRANSFER_OF_SHARES] < table[TRANSFER]
    assert (shares[learnt] / stock[learnt]).tolist() == pytest.approx([table[TRANSFER_OF_SHARES] / table[TRANSFER]] * 7)
    assert (shares[own] == stock[own]).all()
    assert (shares[-1] == stock[-1]).all()


def test_few_years_say_little_of_the_rest():
    """By hand: 20 buildings' worth of stock; 40 of 400 dated count as four, 400 of 400 as four hundred."""
    study, use = Study(name="x", country="PL"), np.full(400, "residential_multi", dtype=object)
    prior = prior_shares(use, "PL")
    for dated_here in (40, 400):
        told = np.zeros((400, 7))
        told[:dated_here, 6] = 1.0
        counted = dated_here * dated_here / 400
        expected = (20 * prior[0, 6] + counted) / (20 + counted)
        assert dated_shares(prior, use, told, study)[0, 6] == pytest.approx(expected)


def test_the_shares_of_the_stock_and_of_the_practice_are_complete():
    for code in (*packs(), FORM_ONLY):
        own = pack_or_form(code)
        shares = own.table("period_shares")
        assert shares[list(own.period_codes)].sum(axis=1).to_numpy() == pytest.approx(1.0, abs=0.011)
    trained, practice = (assumptions.table(name)["feature"].tolist() for name in ("period_form", "period_form_practice"))
    assert trained == [*practice, TRANSFER, TRANSFER_OF_SHARES]


# --- the scores that the training script wrote


@pytest.fixture(scope="module")
def scores():
    return assumptions.table("period_odds_scores").set_index(["how", "place", "rule"])


@pytest.mark.parametrize("place", ["delft", "karlsruhe"])
def test_held_out_halves_are_told_better_than_by_neighbours_or_by_one_commonest_period(scores, place):
    told = scores.loc["held-out half"].loc[place]
    for other in ("neighbours alone", "commonest neighbour", "commonest of the country", "shares of the stock"):
        assert told.loc["form and neighbours", "log_loss"] < told.loc[other, "log_loss"], other
    for other in ("commonest neighbour", "commonest of the country", "shares of the stock"):
        assert told.loc["form and neighbours", "accuracy"] > told.loc[other, "accuracy"], other
    # neighbours name the likeliest period about as often; what form adds is how sure one may be
    assert told.loc["form and neighbours", "accuracy"] > told.loc["neighbours alone", "accuracy"] - 0.01


@pytest.mark.parametrize("place", ["delft", "karlsruhe"])
def test_a_place_left_out_is_told_better_than_by_the_commonest_period(scores, place):
    told = scores.loc["place left out, no year told"].loc[place]
    assert told.loc["form and neighbours", "accuracy"] > told.loc["commonest of the country", "accuracy"]
    assert told.loc["form and neighbours", "log_loss"] < told.loc["commonest of the country", "log_loss"]


@pytest.mark.parametrize("place", ["delft", "karlsruhe"])
def test_a_place_left_out_is_never_told_worse_than_by_the_stock(scores, place):
    told = scores.loc["place left out, no year told"].loc[place, "log_loss"]
    assert told["form and neighbours"] <= told["shares of the stock"]
    # what is missing is not the form: the place's own shares, as a census tells them, take most of the loss away where it is odd
    with_shares = scores.loc["place left out, shares of its stock told"].loc[place, "log_loss"]
    assert with_shares["form and neighbours"] <= with_shares["shares of the stock"] + 1e-4
    assert with_shares["form and neighbours"] < told["form and neighbours"]


@pytest.mark.parametrize("place", ["delft", "karlsruhe"])
def test_half_of_the_years_of_a_place_left_out_do_better_with_form_than_alone(scores, place):
    told = scores.loc["place left out, half of its years told"].loc[place]
    assert told.loc["form and neighbours", "log_loss"] < told.loc["neighbours alone", "log_loss"]


def test_a_stated_chance_is_right_about_as_often():
    table = assumptions.table("period_odds_calibration")
    halves = table[table["how"] == "held-out half"].set_index(["place", "from"])
    for place in ("all", "delft", "karlsruhe"):
        assert 0.65 <= halves.loc[(place, 0.65), "right"] <= 0.75, place
    curve = halves.loc["all"]
    off = (curve["right"] - curve["stated"]).abs()
    # a bin holds a few hundred of 10,304, each building about eight times
    assert off.max() < 0.08
    assert off[curve.index >= 0.65].max() < 0.06
    assert np.average(off, weights=curve["buildings"]) < 0.03


def test_the_shipped_coefficients_tell_a_half_of_delft_from_the_other(shared_data):
    """Real years: the odds of one half, with the other half dated, against those of neighbours alone."""
    from ped_geo.buildings.form import FORM, Known, form_of
    from ped_geo.buildings.odds import coefficients, dated_shares, evidence_of_neighbours, left_to_form, odds_of, prior_shares

    drawn, study = real("delft")
    use = drawn["use"].to_numpy(dtype=object)
    known = Known(drawn.geometry.to_numpy(), use, np.full(len(drawn), np.nan), np.full(len(drawn), "", object), np.zeros(len(drawn), bool))
    heated = np.flatnonzero(~np.isin(use, ("garage", "outbuilding")))
    right = pd.Index(pack_or_form(study.country).period_codes).get_indexer(drawn["construction_period"])
    form, plain = form_of(known, study)[list(FORM)].to_numpy(), np.vstack([np.zeros((len(FORM), 7)), np.ones((1, 7))])
    losses, losses_alone, hits = [], [], []
    for seed in range(6):
        mixed = np.random.default_rng([seed, 3]).permutation(heated)
        shown, asked = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
        told = np.zeros((len(drawn), len(PERIODS)))
        told[shown, right[shown]] = 1.0
        prior = dated_shares(prior_shares(use, study.country), use, told, study)
        evidence, heard = evidence_of_neighbours(known, told, prior, study)
        odds, alone = (
            odds_of(form * left_to_form(heard, study), evidence, prior, weights)[asked] for weights in (coefficients(study.country), plain)
        )
        losses.append(-np.log(odds[np.arange(len(asked)), right[asked]]).mean())
        losses_alone.append(-np.log(alone[np.arange(len(asked)), right[asked]]).mean())
        hits.append((odds.argmax(axis=1) == right[asked]).mean())
    assert np.mean(losses) < np.mean(losses_alone)
    assert np.mean(hits) > 0.78


def real(name):
    """Buildings of a real place, and its study."""
    path = REAL / f"{name}.toml"
    study = parse_study(path.read_text(encoding="utf-8"), name=name, folder=REAL)
    place = fetch(study, Path("unused"))
    epsg = working_system(settled(study, place), place)
    layers = [
        to_working_crs(getattr(place, layer), epsg, layer=layer) for layer in ("footprints", "boundary", "areas", "points_of_interest")
    ]
    return build_buildings(*layers, study)[0], study


def shares_by_floor(drawn):
    homes = drawn[drawn["in_district"] & drawn["heated"]]
    return homes.groupby("construction_period")["reference_area_m2"].sum() / homes["reference_area_m2"].sum()


def test_bienczyce_stays_an_estate_of_the_sixties_and_seventies(shared_data):
    drawn, _ = real("bienczyce")
    flats = drawn[drawn["use"] == "residential_multi"]
    assert shares_by_floor(flats).get("PL.03", 0.0) > 0.8


@pytest.mark.slow
def test_the_whole_centre_of_warsaw_has_the_people_and_the_ages_of_its_statistics(shared_data):
    """
    Some 84,000 dwellings, 97,073 residents (GUS 2024); of the census it is told that years before 1946 and the two decades after prevail.

    The dwellings are an independent check. The residents are not: the district's row of ``dwelling_places`` takes its households from those
    published residents. With the city's 1.75 residents per dwelling they would be 152,000, because a fourth of these dwellings are not lived in
    and the households of the centre are the smallest.
    """
    study = parse_study((REAL / "warszawa.toml").read_text(encoding="utf-8"), name="warszawa", folder=REAL)
    place = fetch(study, Path("unused"))
    study = settled(study, place)
    epsg = working_system(study, place)
    names = ("footprints", "boundary", "areas", "points_of_interest")
    drawn, _, odds = build_buildings(*[to_working_crs(getattr(place, name), epsg, layer=name) for name in names], study)
    assert drawn["dwellings"].sum() == pytest.approx(84_000, rel=0.1)
    assert 90_000 < drawn["residents"].sum() < 130_000
    assert 1.75 * drawn["dwellings"].sum() > 130_000
    assert drawn["residents_low"].sum() < 97_073 < drawn["residents_high"].sum()
    floor = drawn.loc[drawn["heated"], "reference_area_m2"]
    shares = odds.loc[floor.index].mul(floor, axis=0).sum() / floor.sum()
    assert shares["PL.01"] + shares["PL.02"] > 0.5
    assert shares.idxmax() == "PL.01"


@pytest.mark.slow
def test_the_heat_need_of_the_centre_of_warsaw_lies_between_its_ages_and_its_band_holds_them(shared_data, tmp_path):
    """One commonest period makes it 90 kWh/(m2 a), the period before the war 138: the truth is between, and the band says how sure."""

    def run(period):
        text = (REAL / "warszawa-srodmiescie.toml").read_text(encoding="utf-8")
        text = text.replace("[buildings]", f'[buildings]\nconstruction_period = "{period}"') if period else text
        study = parse_study(text, name="warszawa", folder=REAL)
        place = fetch(study, tmp_path)
        site, layers, _ = inputs(study, place, tmp_path, refresh=False)
        apart = (
            "irradiation",
            "sharing",
            "kpis",
            "access",
            "gap_measures",
            "verdicts",
            "networks",
            "figures",
            "roadmap",
            "summer",
            "green",
            "mobility",
            "scorecards",
        )
        found = run_steps(tuple(step for step in STEPS if step.name not in apart), settled(study, place), site, layers, store=None)
        inside = found["buildings"][found["buildings"]["in_district"]]
        need = found["need"].xs("existing", level="package")["heat_need_kwh_a"].sum() / inside["reference_area_m2"].sum()
        band = found["bands"].xs(("district", study.variants[0].key, "heat_kwh_a"), level=("group_id", "variant", "quantity")).iloc[0]
        return need, band[["central", "p05", "p95"]].astype(float), found

    (panel, panel_band, _), (old, _, _), (need, band, found) = (run(period) for period in ("PL.03", "PL.01", ""))
    assert panel < 100 < 110 < need < old
    assert band["p05"] < panel_band["p95"]
    assert band["p95"] - band["p05"] > 1.5 * (panel_band["p95"] - panel_band["p05"])
    # tenements of a told age are as wide for themselves: of their works as little is known as of all the ages together
    assert (band["p95"] - band["p05"]) / band["central"] > (panel_band["p95"] - panel_band["p05"]) / panel_band["central"]
    assert len(found["field_work"]) == 20


def test_a_building_that_was_seen_standing_is_of_no_later_period():
    def odds(**tags):
        alone = (hamlet.box(0, 0, 40, 30), {"building": "apartments"} | tags)
        around = hamlet.make_boundary(hamlet.box(-500, -500, 900, 900))
        study = Study(name="x", country="PL")
        return build_buildings(hamlet.make_footprints(alone), around, hamlet.make_areas(), hamlet.make_places(), study, None)[2].iloc[0]

    free, seen, late = odds(), odds(**{"source:date": "2004-07-01", "check_date": "2024"}), odds(**{"survey:date": "2024-05-01"})
    assert (free > 0).all()
    assert seen["PL.07"] == 0
    # 2003 and 2004 of the six years from 2003 to 2008; the odds of the older periods keep their ratios
    assert seen["PL.06"] / seen["PL.03"] == pytest.approx(free["PL.06"] / free["PL.03"] * 2 / 6)
    assert seen["PL.01"] / seen["PL.03"] == pytest.approx(free["PL.01"] / free["PL.03"])
    assert seen.sum() == pytest.approx(1)
    assert late.to_numpy() == pytest.approx(free.to_numpy())
    # a year goes before what was seen, and nonsense says nothing
    assert odds(**{"start_date": "2010", "source:date": "1999"})["PL.07"] == 1
    assert odds(**{"source:date": "Bing"}).to_numpy() == pytest.approx(free.to_numpy())
