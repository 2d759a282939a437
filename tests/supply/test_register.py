"""City registers of heat sources go before what was inferred."""

from __future__ import annotations

import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.errors import LayerError
from ped_geo.study import Study
from ped_geo.supply import apply_register, heat_supply_word
from tests.retrofit.houses import houses

STUDY = Study(name="x")


def test_register_by_identifier_replaces_the_supply_and_says_so():
    buildings = houses()
    register = pd.DataFrame({"building_id": ["PL.N.SFH.01", "way/404"], "heat_supply": ["pompa ciepła", "gaz"]})
    found, report = apply_register(buildings, register, STUDY)
    assert found.loc["PL.N.SFH.01", ["heat_supply", "heat_supply_source"]].tolist() == ["heat_pump_air", "register"]
    assert (found.drop("PL.N.SFH.01")["heat_supply_source"] == "inferred: test").all()
    assert report["result"].tolist() == ["matched", "not_found"]
    assert buildings.loc["PL.N.SFH.01", "heat_supply"] == "coal"


def test_register_by_address_forgives_case_spaces_and_accents():
    buildings = houses(street="Złotego Wieku")
    register = pd.DataFrame({"street": ["  zlotego  WIEKU "], "housenumber": ["3"], "heat_supply": ["Ciepło  systemowe"]})
    found, report = apply_register(buildings, register, STUDY)
    assert report["building_id"].tolist() == [buildings.index[2]]
    assert found["heat_supply"].iloc[2] == "district_heat"


def test_register_with_unknown_words_or_contradictions_changes_nothing():
    buildings = houses()
    register = pd.DataFrame({"building_id": ["PL.N.SFH.01", "PL.N.SFH.02", "PL.N.SFH.02"], "heat_supply": ["=CMD()", "gaz", "węgiel"]})
    found, report = apply_register(buildings, register, STUDY)
    assert report["result"].tolist() == ["unknown_word", "contradicted", "contradicted"]
    pd.testing.assert_frame_equal(found[["heat_supply"]], buildings[["heat_supply"]], check_dtype=False)


def test_two_buildings_of_one_address_are_not_guessed_at():
    buildings = houses(housenumber="7")
    _, report = apply_register(buildings, pd.DataFrame({"street": ["Polna"], "housenumber": ["7"], "heat_supply": ["gaz"]}), STUDY)
    assert report["result"].tolist() == ["ambiguous"]


def test_every_word_of_the_register_means_a_code_of_buildings():
    codes = set(schema.columns("buildings")["heat_supply"].values)
    from ped_geo import assumptions

    words = assumptions.table("stove_register_words")
    assert set(words["heat_supply"]) <= codes
    assert heat_supply_word(words["word"]).tolist() == words["heat_supply"].tolist()


def test_register_without_the_needed_columns_is_refused_with_all_reasons():
    with pytest.raises(LayerError, match="has 2 problems"):
        apply_register(houses(), pd.DataFrame({"flat": [1]}), STUDY)
