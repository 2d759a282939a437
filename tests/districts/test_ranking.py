"""Candidates that deserve the name: floors, the order by certainty and cost, and which sentence may call a group the best."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.districts import failure_words, ranking
from ped_geo.language import LANGUAGES
from ped_geo.outputs.report.candidates import proof_key
from ped_geo.study import Study

STUDY = Study(name="x")
GOOD = {"reference_area_m2": 6_000.0, "residents": 200.0, "investment": 6e6, "gap_kwh_m2a": 0.0, "positive": True}


def make(*rows):
    """Candidates c0, c1, … that differ from a good one, and their chances."""
    frame = pd.DataFrame([GOOD | {name: value for name, value in row.items() if name != "chance"} for row in rows])
    frame.index = pd.Index([f"c{number}" for number in range(len(rows))], name="candidate_id", dtype="str")
    return frame, pd.Series([row.get("chance", 0.9) for row in rows], index=frame.index, dtype="float64")


def test_a_sure_group_for_a_little_more_goes_before_a_doubtful_one():
    """84 % for 8.6 million before 49 % for 8.4, and before 60 % for 8.4 too: 10.2 against 14.0 million a success."""
    frame, chance = make(
        {"investment": 8.4e6, "chance": 0.49}, {"investment": 8.4e6, "chance": 0.60}, {"investment": 8.6e6, "chance": 0.84}
    )
    found = ranking(frame, chance, STUDY)
    assert list(found.index) == ["c2", "c1", "c0"]
    assert found["place"].tolist() == [1, 2, 3]
    assert found["advised"].tolist() == [True, True, False]
    assert found.loc["c2", "cost_by_chance_per_m2"] == pytest.approx(8.6e6 / 6_000 / 0.84)
    schema.check_layer("ranking", found)


@pytest.mark.parametrize(
    ("change", "floor"),
    [
        ({"residents": 30.0}, "residents"),
        ({"chance": 0.44}, "probability"),
        ({"reference_area_m2": 77.0}, "floor"),
        ({"positive": False, "gap_kwh_m2a": 15.0, "chance": 0.9}, "not_positive"),
    ],
)
def test_each_floor_alone_keeps_a_group_from_being_advised_and_is_told_with_its_numbers(change, floor):
    frame, chance = make(change, {})
    found = ranking(frame, chance, STUDY)
    assert found.loc["c0", "fails"] == floor
    assert list(found.index) == ["c1", "c0"]
    for lang in LANGUAGES:
        assert failure_words(found.loc["c1"], frame.loc["c1"], STUDY, lang) == ""
        assert any(sign.isdigit() for sign in failure_words(found.loc["c0"], frame.loc["c0"], STUDY, lang))


def test_a_group_without_residents_is_advised_only_where_it_is_asked_for():
    frame, chance = make({"residents": 0.0})
    assert not ranking(frame, chance, STUDY)["advised"].iloc[0]
    asked = Study.model_validate({"name": "x", "districts": {"min_residents": 0}})
    assert ranking(frame, chance, asked)["advised"].iloc[0]


def test_where_none_is_positive_the_nearest_comes_first():
    gaps = [{"positive": False, "gap_kwh_m2a": gap, "chance": 0.0, "investment": cost} for gap, cost in ((59, 1e6), (15, 9e6), (62, 2e6))]
    frame, chance = make(*gaps)
    assert list(ranking(frame, chance, STUDY).index) == ["c1", "c0", "c2"]
    assert ranking(frame.iloc[:0], chance.iloc[:0], STUDY).empty


def test_no_other_order_puts_a_dearer_or_less_sure_group_first():
    frame, chance = make(*({"investment": cost, "chance": p} for cost, p in itertools.product((5e6, 6e6, 9e6), (0.55, 0.7, 0.95))))
    order = list(ranking(frame, chance, STUDY).index)
    for one, other in itertools.permutations(frame.index, 2):
        if frame.at[one, "investment"] <= frame.at[other, "investment"] and chance[one] >= chance[other]:
            assert order.index(one) < order.index(other) or (frame.at[one, "investment"], chance[one]) == (
                frame.at[other, "investment"],
                chance[other],
            )


def test_only_the_first_of_its_goal_that_is_positive_is_called_the_best():
    """Three negative groups of −15, −59 and −62 were all called proven to have no better: none may be."""
    for rank, proven, positive in itertools.product((1, 2, 3), (True, False), (True, False)):
        key = proof_key(pd.Series({"rank": rank, "proven": proven, "positive": positive}))
        assert (key == "report.candidate.proven") == (rank == 1 and proven and positive)
        assert (key == "report.candidate.nearest") == (rank == 1 and proven and not positive)
        assert (key == "report.candidate.alternative") == (rank > 1)
