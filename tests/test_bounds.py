"""Assumptions stay within what physics and meaning allow, texts within what people read; all problems of a file are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ped_geo import assumptions
from ped_geo.bounds import RANGES, assumption_bounds
from ped_geo.errors import StudyError
from ped_geo.study import parse_study


def parse(text):
    return parse_study(text, name="here", folder=Path("/some/where"))


@pytest.mark.parametrize("key", sorted(assumptions.scalars()))
def test_every_assumption_has_bounds_that_hold_its_range_and_are_refused_beyond(key):
    low, high = assumption_bounds(key)
    row = assumptions.scalar(key)
    assert low <= row.low <= row.high <= high
    refused = "is a range" if key.startswith(RANGES) else "must lie between"
    for value in (low - 1.0, high * 2.0 + 1.0):
        with pytest.raises(StudyError, match=f"{key}.*{refused}"):
            parse(f'[assumptions]\n"{key}" = {value!r}\n')


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pv.module_wp", -400),
        ("pv.module_wp", 0),
        ("building.t_internal", -300),
        ("building.t_internal", 293),
        ("prices.electricity_household", -1),
        ("prices.windows", -1350),
        ("prices.wall_etics", -1),
        ("building.room_height", 0),
        ("building.flat_size", 0),
        ("demand.persons_per_dwelling", 0),
        ("demand.water_heat_capacity", 0),
        ("demand.mass_coupling", 0),
        ("finance.pv_lifetime", 0),
        ("supply.heat_pump_air_life", 0),
        ("supply.quality_grade", 0),
        ("pv.module_length", 0),
        ("pv.inverter_efficiency", 0),
        ("pv.dc_ac_ratio", 0),
        ("storeys.school", 0),
        ("climate.albedo", 2),
        ("climate.wind_speed_city", 0),
        ("climate.altitude", 90_000),
        ("supply.network_loss", 1),
        ("supply.chp_thermal", 0),
        ("supply.chp_boiler", 0),
        ("supply.chp_electric_reference", 0),
        ("supply.chp_heat_c", 5),
        ("balance.heating_season_first_month", 13),
    ],
)
def test_nonsense_is_refused(key, value):
    with pytest.raises(StudyError, match=key):
        parse(f'[assumptions]\n"{key}" = {value}\n')


def test_all_nonsense_of_a_file_is_told_at_once_beside_wrong_settings():
    with pytest.raises(StudyError) as told:
        parse(
            'title = "a\\u001b[2J"\n[solar]\nflat_tilt = 95\n[assumptions]\n"pv.module_wp" = -400\n"building.t_internal" = -300\n'
            '"pv.modul_wp" = 3\n"trees.least_height" = 70\n'
        )
    lines = str(told.value).splitlines()
    assert lines[0] == "district file 'here' has 6 problems:"
    for part in (
        "[solar] flat_tilt is 95",
        "title holds the control character U+001B at letter 2; remove it",
        "[assumptions] 'pv.module_wp' is -400, must lie between 50 and 1500 Wp; correct it",
        "[assumptions] 'building.t_internal' is -300, must lie between 5 and 40 degC; correct it",
        "[assumptions] 'pv.modul_wp' is not a known assumption; did you mean 'pv.module_wp'?",
        "[assumptions] 'trees.least_height' is 70 and 'trees.most_height' 60, the first must be less; correct one",
    ):
        assert any(part in line for line in lines), part


def test_a_range_that_data_are_held_against_is_no_number_to_be_set():
    with pytest.raises(StudyError, match="'check.ghi_annual' is a range that data and results are held against"):
        parse('[assumptions]\n"check.ghi_annual" = 1100\n')


def test_a_value_that_is_odd_but_possible_passes():
    assert parse('[assumptions]\n"building.t_internal" = 25\n"pv.module_wp" = 700\n').assumed("pv.module_wp") == 700.0


@pytest.mark.parametrize("pair", assumptions.table("assumption_order")[["lower", "upper"]].to_numpy().tolist(), ids=str)
def test_pairs_are_in_order_as_they_are_shipped(pair):
    assert assumptions.scalar(pair[0]).value < assumptions.scalar(pair[1]).value


@pytest.mark.parametrize(
    "letter", ["\\u0000", "\\u0007", "\\u001b", "\\u007f", "\\u0085", "\\u202e", "\\u2028", "\\ufffe", "\\uffff", "\\ufdd0", "\\n"]
)
@pytest.mark.parametrize(
    ("file", "where"),
    [
        ('title = "a{}"', "title"),
        ('name = "a{}"', "name"),
        ('[place]\nquery = "a{}"', "[place] query"),
        ('[sources]\nfiles = ["a{}"]', "[sources] files.1"),
        ('[[sources.registers]]\nfile = "a.csv"\nkind = "public"\ncolumns = {{ street = "a{}" }}', "[sources] registers.1.columns.street"),
        ('[[variants]]\nkey = "a{}"\npackage = "usual"', "[variants] 1.key"),
        ('[districts]\nmust_include = ["a{}"]', "[districts] must_include.1"),
        ('[assumptions]\n"a{}" = 1', "[assumptions] a name"),
    ],
)
def test_a_control_character_in_any_text_is_refused_with_its_place(letter, file, where):
    with pytest.raises(StudyError) as told:
        parse(file.format(letter) + "\n")
    assert f"{where} holds the control character U+" in str(told.value)


@pytest.mark.parametrize("title", ["Złoty Róg – os. „A”", "[% 1+1 %]", "Île-de-France 🏘", "a\u00a0b", "كراكوف", "x" * 200])
def test_what_people_write_passes(title):
    assert parse(f'title = "{title}"\n').title == title


def test_a_coordinate_system_may_run_over_lines():
    for name in ("elevation_crs", "citygml_crs", "files_crs"):
        assert "\n" in getattr(parse(f'[sources]\n{name} = """PROJCS["x",\n\tGEOGCS["y"]]"""\n').sources, name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[blocks]\ntile_m = 1e-9", "tile_m"),
        ("[blocks]\nmin_area_m2 = 5000\nmax_area_m2 = 4000", "the first must be less"),
        ("[buildings]\nperiod_shares = [0.5, 0.5]", "period_shares"),
        ("[buildings]\nperiod_shares = [0, 0, 0, 0, 0, 0, 0]", "period_shares"),
        ("[buildings]\nperiod_shares = [1, 1, 1, -1, 1, 1, 1]", "period_shares"),
        ("[demand]\ncalibration_bounds = [-1.0, 0.0]", "calibration_bounds"),
        ("[demand]\ncalibration_bounds = [1.5, 0.5]", "calibration_bounds"),
        ("[uncertainty]\nseed = -1", "seed"),
        ("variants = []", "variants"),
        ("[retrofit]\npackages = []", "packages"),
        ("[place]\nepsg = -5", "epsg"),
        ("[solar]\nraster_m = 1e-6", "raster_m"),
        ("[districts]\nmax_walk_m = 1e-9", "max_walk_m"),
    ],
)
def test_settings_without_meaning_are_refused(text, told):
    with pytest.raises(StudyError, match=told):
        parse(text + "\n")


@pytest.mark.parametrize("address", ["", "ftp://x.org", "//x.org", "http://", "javascript:1", "http://[::1", "file:///etc/passwd"])
def test_an_address_that_is_none_is_told_before_any_work(tmp_path, address):
    from ped_geo.pipeline.preflight import preflight
    from ped_geo.study import Study

    with pytest.raises(StudyError, match=r"\[sources\] overpass_url .* is no address of a server"):
        preflight(Study(name="x", sources={"overpass_url": address}), tmp_path)
