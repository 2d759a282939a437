"""Ages that a table of the place tells: years spread by hand, one sentence for what cannot be, and the odds that follow."""

from __future__ import annotations

import numpy as np
import pytest

from ped_geo.buildings import build_buildings
from ped_geo.buildings.odds import PERIODS, prior_shares
from ped_geo.errors import PedGeoError, SourceError
from ped_geo.pipeline.preflight import preflight
from ped_geo.plausibility import check_census
from ped_geo.remarks import remark_frame, sentences
from ped_geo.sources.census import census_rows
from ped_geo.study import Study, parse_study
from tests import hamlet

# as the statistical office cuts the years: 1918, 1944, 1970, 1978, 1988, 2002, 2011
FLATS = """kind;year_from;year_to;number
multi;;1944;1 200
multi;1945;1970;2600
multi;1971;1988;900
multi;1989;2011;230
multi;2012;;70
"""


def study(path, text, **settings):
    path.write_text(text, encoding="utf-8")
    return Study.model_validate({"name": "x", "country": "PL", "sources": {"buildings": "sample", "census": path}} | settings)


def numbers(found, kind):
    return found[found["kind"] == kind].set_index("construction_period")["number"].reindex(list(PERIODS)).tolist()


def odds(study, census, use="apartments", **tags):
    alone = (hamlet.box(0, 0, 40, 30), {"building": use} | tags)
    around = hamlet.make_boundary(hamlet.box(-500, -500, 900, 900))
    return build_buildings(hamlet.make_footprints(alone), around, hamlet.make_areas(), hamlet.make_places(), study, None, census)[2].iloc[0]


def test_years_of_the_census_are_spread_over_the_periods_by_hand(tmp_path):
    """The typology cuts at 1945, 1966, 1985, 1992, 2002 and 2008."""
    found = census_rows(study(tmp_path / "a.csv", FLATS))
    by_hand = [
        1200 + 2600 * 1 / 26,
        2600 * 21 / 26,
        2600 * 4 / 26 + 900 * 15 / 18,
        900 * 3 / 18 + 230 * 4 / 23,
        230 * 10 / 23,
        230 * 6 / 23,
        230 * 3 / 23 + 70,
    ]
    assert numbers(found, "multi") == pytest.approx(by_hand)
    assert found["number"].sum() == pytest.approx(1200 + 2600 + 900 + 230 + 70)
    assert set(found["kind"]) == {"multi"}


def test_without_a_kind_the_table_is_for_all_and_without_a_file_there_is_none(tmp_path):
    found = census_rows(study(tmp_path / "a.csv", "year_from,year_to,number\n,1945,30\n1946,,70\n"))
    assert set(found["kind"]) == {"single", "multi", "other"}
    assert census_rows(Study(name="x")).empty
    assert check_census(census_rows(Study(name="x")), Study(name="x")) == []


def test_the_census_is_the_prior_of_its_kind_and_the_country_of_the_others(tmp_path):
    with_table = study(tmp_path / "a.csv", FLATS)
    census = census_rows(with_table)
    flats, offices = odds(with_table, census), odds(with_table, census, "office")
    other = census_rows(study(tmp_path / "b.csv", FLATS.replace("multi;;1944;1 200", "multi;;1944;120")))
    shares = [np.array(numbers(table, "multi")) / sum(numbers(table, "multi")) for table in (census, other)]
    # odds go with the shares of the stock
    ratio = np.log(flats / odds(with_table, other)).to_numpy() - np.log(shares[0] / shares[1])
    assert np.ptp(ratio) < 1e-9
    assert offices.to_numpy() == pytest.approx(odds(with_table, None, "office").to_numpy())
    assert flats["PL.02"] > prior_shares(np.array(["residential_multi"], dtype=object), "PL")[0, 1] + 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind;year_from;year_to\nmulti;1900;1910\n", "has no column 'number'"),
        (FLATS.replace("multi;2012", "castle;2012"), "kind is 'castle' in line 6, must be one of single, multi, other, or empty"),
        (FLATS.replace("1971;1988", "1988;1971"), "the years are '1988' to '1971' in line 4"),
        (FLATS.replace(";1944;", ";soon;"), "the years are '' to 'soon' in line 2"),
        (FLATS.replace("230", "many"), "number is 'many' in line 5, must be 0 or more"),
        (FLATS.replace("230", "-5"), "number is '-5' in line 5"),
        (FLATS.replace("1971;1988", "1970;1988"), "the years 1970 to 1988 of multi are also in another row"),
        ("year_from;year_to;number\n;1945;0\n1946;;0\n", "all numbers of single are 0"),
        ("", "holds no rows"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence_before_any_work(tmp_path, text, message):
    wrong = study(tmp_path / "a.csv", text)
    with pytest.raises(SourceError, match=message):
        census_rows(wrong)
    with pytest.raises(PedGeoError, match=message):
        preflight(wrong, tmp_path)


def test_all_problems_of_a_table_are_told_at_once(tmp_path):
    with pytest.raises(SourceError) as told:
        census_rows(study(tmp_path / "a.csv", FLATS.replace("230", "many").replace("multi;2012", "castle;2012")))
    assert len(told.value.problems) == 2


def test_two_tellers_of_the_same_are_one_too_many_and_paths_start_at_the_district_file(tmp_path):
    both = study(tmp_path / "a.csv", FLATS, buildings={"period_shares": [1, 1, 1, 1, 1, 1, 1]})
    with pytest.raises(PedGeoError, match="both tell the ages of the stock"):
        preflight(both, tmp_path)
    assert parse_study('[sources]\ncensus = "a.csv"', name="x", folder=tmp_path).sources.census == tmp_path / "a.csv"


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_the_report_says_whose_ages_they_are(tmp_path, lang):
    told = study(tmp_path / "a.csv", FLATS)
    words = sentences(remark_frame(check_census(census_rows(told), told)), lang)[0]
    assert "a.csv" in words
    assert "1946–1966" in words
    # 2600 x 21/26 of 5,000
    assert "42" in words


@pytest.mark.parametrize(
    "address", [{"addr:place": "Osiedle Złotego Wieku"}, {"addr:street": "os. złotego  wieku", "addr:place": "Mistrzejowice"}]
)
def test_an_estate_with_an_age_of_its_own_goes_before_the_place(tmp_path, address):
    told = study(
        tmp_path / "a.csv", FLATS.replace("\n", ";\n").replace("number;", "number;place") + "multi;1967;1985;9;os. Złotego Wieku\n"
    )
    census = census_rows(told)
    alone = study(tmp_path / "b.csv", "kind;year_from;year_to;number\nmulti;1967;1985;9\n")
    there = odds(told, census, **address)
    assert there.to_numpy() == pytest.approx(odds(alone, census_rows(alone), **address).to_numpy())
    assert there["PL.03"] > 0.95
    # and the rest of the place has what the table tells of the whole
    general = study(tmp_path / "c.csv", FLATS)
    assert odds(told, census).to_numpy() == pytest.approx(odds(general, census_rows(general)).to_numpy())
    assert odds(told, census, "detached", **address)["PL.03"] < 0.6


def test_years_may_overlap_between_places_but_not_within_one(tmp_path):
    text = "year_from;year_to;number;place\n;1980;5;\n1970;1980;3;ul. Długa\n1975;1990;4;Długa\n"
    with pytest.raises(SourceError, match="the years 1975 to 1990 of single in 'dluga' are also in another row"):
        census_rows(study(tmp_path / "a.csv", text))
