"""Envelope areas by hand, by identity and at their limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions, schema, typology
from ped_geo.countries import pack, packs
from ped_geo.demand import envelope
from ped_geo.errors import LayerError
from tests.demand.conftest import make_buildings


def test_envelope_matches_the_hand_calculation(study):
    """A block of 40 m x 12 m x 15 m: facade 1,560 m²; PL.N.MFH.03 has 341 of 1,545.2 m² windows and 2.2 m² doors."""
    areas = envelope(make_buildings(1), study).iloc[0]
    gross = (40 + 12 + 40 + 12) * 15
    share = 341 / (1202 + 341 + 2.2)
    assert areas["window_area_m2"] == pytest.approx(gross * share)
    assert areas["window_area_south_m2"] == pytest.approx(40 * 15 * share)
    assert areas["window_area_east_m2"] == pytest.approx(12 * 15 * share)
    assert areas["door_area_m2"] == pytest.approx(gross * 2.2 / 1545.2)
    assert areas["wall_area_m2"] == pytest.approx(gross * 1202 / 1545.2)
    assert areas["roof_area_m2"] == areas["floor_area_m2"] == 480
    assert areas["volume_m3"] == pytest.approx(2040 * 2.5)


def test_parts_of_the_facade_add_up_to_it(study):
    areas = envelope(make_buildings(4, use=["school", "supermarket", "residential_multi", "worship"]), study)
    facade = areas[[f"facade_area_{side}_m2" for side in ("north", "east", "south", "west")]].sum(axis=1)
    assert np.allclose(areas[["wall_area_m2", "window_area_m2", "door_area_m2"]].sum(axis=1), facade)
    assert np.allclose(
        areas[[f"window_area_{side}_m2" for side in ("north", "east", "south", "west")]].sum(axis=1), areas["window_area_m2"]
    )
    assert (areas >= 0).all().all()


def test_party_walls_are_no_part_of_the_envelope(study):
    row_house = make_buildings(1, wall_east_m=0.0, wall_west_m=0.0, party_wall_length_m=24.0)
    areas = envelope(row_house, study).iloc[0]
    assert areas["facade_area_east_m2"] == areas["window_area_east_m2"] == 0
    assert areas["party_wall_area_m2"] == pytest.approx(24 * 15)
    assert areas["facade_area_south_m2"] == pytest.approx(600)


def test_roof_counts_in_its_slope_only_above_heated_rooms(study):
    cold = envelope(make_buildings(1, roof_shape="gabled", height_m=19.0, roof_height_m=4.0), study).iloc[0]
    warm = envelope(make_buildings(1, roof_shape="gabled", height_m=19.0, roof_height_m=4.0, roof_levels=1.0), study).iloc[0]
    assert cold["roof_area_m2"] == 480
    assert warm["roof_area_m2"] == pytest.approx(480 / np.cos(np.radians(35)))
    assert cold["facade_area_south_m2"] == warm["facade_area_south_m2"] == pytest.approx(600)


def test_unheated_buildings_have_no_envelope(study):
    areas = envelope(make_buildings(2, heated=[True, False]), study)
    assert (areas.loc["way/2"].drop("eaves_height_m") == 0).all()


def test_envelope_follows_its_schema_and_leaves_its_input(study):
    buildings = make_buildings(3)
    before = buildings.copy()
    schema.check_layer("envelope", envelope(buildings, study))
    pd.testing.assert_frame_equal(buildings, before)
    assert len(envelope(buildings.iloc[:0], study)) == 0


def test_envelope_names_missing_columns_and_strange_types(study):
    with pytest.raises(LayerError, match="column 'wall_south_m' is missing"):
        envelope(make_buildings(1).drop(columns="wall_south_m"), study)
    with pytest.raises(LayerError, match=r"way/1 has 'PL.N.AB.99'"):
        envelope(make_buildings(2, tabula_code="PL.N.AB.99"), study)


@pytest.mark.parametrize("state", typology.STATES)
@pytest.mark.parametrize("reading", ["tabula", "code_consistent"])
def test_u_values_are_complete_and_plausible(state, reading):
    codes = pd.Series(typology.types().index)
    found = typology.u_values(codes, state, typology=reading)
    assert list(found.columns) == list(typology.PROPERTIES)
    assert found.notna().all().all()
    assert found[list(typology.U_VALUES)].gt(0.05).all().all()
    assert found[list(typology.U_VALUES)].lt(6).all().all()


def test_published_reading_is_the_published_table(refurbished):
    codes = pd.Series(typology.types().index)
    for state in ("usual", "advanced"):
        found = typology.u_values(codes, state, typology="tabula").set_axis(pd.Index(codes))
        published = refurbished.xs(state, level="state").loc[codes, list(typology.PROPERTIES)]
        assert np.allclose(found, published)


def test_better_states_are_nowhere_worse_in_the_corrected_reading():
    codes = pd.Series(typology.types().index)
    names = [name for name in typology.PROPERTIES if name not in ("g_window", "u_window")]
    original, first, usual, advanced = (typology.u_values(codes, state) for state in typology.STATES)
    for better, worse in ((first, original), (usual, original), (advanced, usual)):
        assert (better[names] <= worse[names] + 1e-12).all().all()
        assert (better["u_window"] <= worse["u_window"]).all()


def test_walls_after_1993_follow_the_law_of_their_time():
    """Trap T1: published 0.18-0.19; the law asked 0.55, then 0.30 to 0.50, then 0.30 and less."""
    codes = pd.Series([code for code in typology.types().index if code[-2:] in ("05", "06", "07")])
    walls = typology.u_values(codes)["u_wall"]
    assert walls.between(0.25, 0.55).all()
    assert typology.u_values(codes, typology="tabula")["u_wall"].lt(0.41).all()


@pytest.mark.parametrize("country", [code for code in packs() if pack(code).has("type_corrections")])
def test_corrections_lie_in_their_ranges_and_repeat_what_was_published(country):
    table = assumptions.table("type_corrections", country)
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    for row in table.itertuples():
        assert typology.types(country).loc[row.tabula_code, row.quantity] == pytest.approx(row.published)


@pytest.mark.parametrize("country", packs())
def test_no_wall_and_no_roof_lets_through_more_than_the_air_that_clings_to_it(country):
    """EN ISO 6946: 0.13 inside and 0.04 outside of a wall, 0.10 and 0.04 of a roof, 0.17 above a floor [m²K/W]."""
    found = typology.u_values(pd.Series(typology.types(country).index))
    for name, films in {"u_wall": 0.17, "u_roof": 0.14, "u_floor": 0.17}.items():
        assert (found[name] < 1.0 / films).all(), name


def test_dutch_houses_of_2015_have_the_resistances_of_the_bouwbesluit():
    """Rc of at least 4.5 of walls and 6.0 of roofs [m²K/W] since 2015, between the films of EN ISO 6946."""
    newest = pd.Series(["NL.N.SFH.06", "NL.N.TH.06", "NL.N.MFH.06", "NL.N.AB.06"])
    found = typology.u_values(newest)
    assert (1.0 / found["u_wall"] - 0.17).to_numpy() == pytest.approx(4.5, abs=0.05)
    assert (1.0 / found["u_roof"] - 0.14).to_numpy() == pytest.approx(6.0, abs=0.05)


def test_u_values_name_unknown_types_states_and_readings():
    codes = pd.Series(["PL.N.AB.03"])
    with pytest.raises(LayerError, match="state 'perfect'"):
        typology.u_values(codes, "perfect")
    with pytest.raises(LayerError, match=r"type 'PL.N.AB.01'"):
        typology.u_values(pd.Series(["PL.N.AB.01"]))
    with pytest.raises(LayerError, match="must be 'code_consistent' or 'tabula'"):
        typology.u_values(codes, typology="guess")
