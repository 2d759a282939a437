"""Packs of countries: each is whole and possible, whoever adds it; what a country has not said is not taken from another."""

from __future__ import annotations

import csv
import itertools
import math
import re
import sqlite3
import zipfile
from contextlib import closing
from importlib import resources
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from ped_geo import assumptions, schema, typology
from ped_geo.balance import factor_set
from ped_geo.balance.factors import factor_rows
from ped_geo.buildings import build_buildings
from ped_geo.countries import FORM_ONLY, HOME, SIZE_CLASSES, pack, pack_or_form, packs
from ped_geo.demand.losses import loss_coefficients
from ped_geo.demand.seasonal import seasonal_need, tabula_climate
from ped_geo.errors import SourceError, StudyError
from ped_geo.language import LANGUAGES, catalogue, in_currency, money_of, spoken, text
from ped_geo.outputs.report.content import _own_factors
from ped_geo.pipeline.preflight import preflight
from ped_geo.pipeline.run import report
from ped_geo.pipeline.words import summary
from ped_geo.scenarios import year_factors
from ped_geo.study import Study, parse_study
from tests import hamlet
from tests.demand.tabula_literal import literal

ALL = (*packs(), FORM_ONLY)
TABLES = [(code, name) for code in ALL for name in assumptions.table_names(code) if name != "words"]
CARRIERS = ("electricity", "district_heat", "district_heat_decarbonised", "gas", "coal", "oil", "biomass")


@pytest.mark.parametrize("code", ALL)
def test_the_periods_of_a_pack_cover_every_year_once(code):
    periods = pack_or_form(code).periods
    assert (periods[0].first, periods[-1].last) == (-math.inf, math.inf)
    assert [after.first - before.last for before, after in itertools.pairwise(periods)] == [1.0] * (len(periods) - 1)
    assert len({period.code for period in periods}) == len(periods)
    assert all(period.code.startswith(f"{code}.") for period in periods)
    found = pack_or_form(code).period_of(np.array([period.last for period in periods[:-1]] + [3000.0]))
    assert found.tolist() == [period.code for period in periods]


@pytest.mark.parametrize("code", packs())
def test_every_size_and_period_has_one_type_that_is_described(code):
    own = pack(code)
    chosen = own.table("type_choice")
    assert not chosen.duplicated(["size_class", "construction_period"]).any()
    assert set(zip(chosen["size_class"], chosen["construction_period"], strict=True)) == set(
        itertools.product(SIZE_CLASSES, own.period_codes)
    )
    types = typology.types(code)
    assert types.index.is_unique
    assert set(chosen["tabula_code"]) <= set(types.index)
    assert types.index.str.startswith(f"{code}.").all()
    better = own.table("refurbished")
    wanted = set(itertools.product(types.index, ("usual", "advanced")))
    assert wanted <= set(zip(better["tabula_code"], better["state"], strict=True))


@pytest.mark.parametrize("code", packs())
@pytest.mark.parametrize("reading", ["tabula", "code_consistent"])
def test_envelopes_of_a_pack_let_through_what_walls_and_glass_can(code, reading):
    codes = pd.Series(typology.types(code).index)
    for state in typology.STATES:
        found = typology.u_values(codes, state, typology=reading)
        for name in typology.U_VALUES:
            # doors of one sheet of metal, and a floor over air, of which the ground of the calculation takes half, reach 7
            assert found[name].between(0.05, 7.0).all(), (state, name)
        assert found["g_window"].between(0.1, 0.9).all()
        assert found["thermal_bridge_surcharge"].between(0.0, 0.3).all()
        assert found["infiltration_ach"].between(0.0, 1.0).all()


@pytest.mark.parametrize("code", packs())
@pytest.mark.parametrize("bound", ["low", "central", "high"])
def test_the_factors_of_every_year_ahead_can_be_told_and_do_not_rise(code, bound):
    study = Study(name="x", country=code)
    ahead = [year_factors(study, year, bound=bound).weight("electricity") for year in (2023, 2030, 2040, 2050)]
    assert np.isfinite(ahead).all()
    assert (np.diff(np.array(ahead)[:, 1:], axis=0) <= 1e-12).all()


@pytest.mark.parametrize(("page", "lang"), [("README.md", "en"), ("README.pl.md", "pl")])
def test_the_first_page_names_every_country_that_has_a_pack(page, lang):
    told = (Path(__file__).resolve().parents[1] / page).read_text(encoding="utf-8")
    assert [code for code in packs() if getattr(pack(code), f"name_{lang}") not in told] == []


def test_no_two_tables_tell_the_same_factor_set():
    """Else the later one would silently weigh the country, and a network's own factor would change nothing."""
    rows = factor_rows()
    assert rows.loc[rows.duplicated(["set", "carrier", "origin", "use", "step"]), "set"].unique().tolist() == []


@pytest.mark.parametrize("code", packs())
def test_the_factor_of_the_place_s_own_network_weighs_its_heat(code):
    study = Study.model_validate({"name": "x", "country": code, "assumptions": {"carriers.pef_district_heat": 0.37}})
    assert factor_set(study.factor_set, study).weight("district_heat")[1] == 0.37


@pytest.mark.parametrize("code", packs())
def test_a_pack_weighs_every_carrier_and_pays_for_all_that_poland_pays_for(code):
    study = Study(name="x", country=code)
    factors = factor_set(study.factor_set, study)
    for carrier in CARRIERS:
        assert (factors.weight(carrier) >= 0.0).all(), carrier
    own, home = assumptions.scalars(code), assumptions.scalars(HOME)
    assert set(own) == set(home)
    currency = pack(code).currency
    for key, row in own.items():
        # what is common stands in the unit of its source, whatever the country
        common = row == home[key]
        assert common or row.unit.replace(currency, "¤") == home[key].unit.replace(pack(HOME).currency, "¤"), key
        assert row.low <= row.value <= row.high, key
        assert row.confidence in assumptions.CONFIDENCES
        assert len(row.source) > 3, key
        assert row.meaning_en, key
        assert row.meaning_pl, key
    assert len(currency) == 3


@pytest.mark.parametrize(("code", "name"), TABLES)
def test_every_row_of_a_pack_has_a_source_and_a_confidence(code, name):
    table = assumptions.table(name, code)
    assert len(table)
    assert table["source"].notna().all()
    assert not table["source"].str.contains("todo", case=False).any()
    assert set(table["confidence"]) <= set(assumptions.CONFIDENCES)


@pytest.mark.parametrize("code", ALL)
def test_what_a_pack_names_has_words(code):
    assert {f"code.{period}" for period in pack_or_form(code).period_codes} <= set(catalogue())
    if code != FORM_ONLY:
        own = pack(code)
        assert f"balance.factor_set.{own.factor_set}" in catalogue()
        if own.has("grants"):
            assert {f"finance.grant.{name}" for name in own.table("grants")["grant"]} <= set(catalogue())


@pytest.mark.parametrize(
    ("country", "flats", "houses"),
    [("PL", "district_heat", "gas"), ("NL", "gas", "gas"), ("ES", "gas", "gas"), ("DK", "district_heat", "district_heat")],
)
def test_what_heats_a_building_of_which_nobody_tells_it_is_its_countrys_custom(country, flats, houses):
    block = (hamlet.box(0, 0, 60, 12), {"building": "apartments", "building:levels": "5"})
    house = (hamlet.box(100, 0, 109, 9), {"building": "house", "building:levels": "1"})
    around = hamlet.make_boundary(hamlet.box(-500, -500, 900, 900))
    study = Study(name="x", country=country)
    drawn, _, _ = build_buildings(hamlet.make_footprints(block, house), around, hamlet.make_areas(), hamlet.make_places(), study)
    assert drawn["heat_supply"].tolist() == [flats, houses]
    rules = set(drawn["heat_supply_source"].str.removeprefix("inferred: "))
    assert len(rules) == 1
    assert {f"rule.{rule}" for rule in rules} <= set(catalogue())


def test_the_form_alone_says_nothing_of_heat_or_money():
    own = pack_or_form("PT")
    assert (own.code, own.currency, own.factor_set) == (FORM_ONLY, "", "")
    assert not {"types", "weighting_factors", "grants", "owners", "refurbished"} & set(assumptions.table_names(FORM_ONLY))
    assert own.type_of("AB", own.period_codes[2]) == ""


def test_a_country_without_a_pack_gets_no_number_of_poland():
    study = Study(name="x", country="PT")
    with pytest.raises(StudyError, match=r"country 'PT' has no pack .* packs exist for .*PL"):
        assert study.factor_set
    with pytest.raises(StudyError, match="'prices.gas_household' belongs to a country"):
        study.assumed("prices.gas_household")
    with pytest.raises(StudyError, match="unknown assumption table 'grants' for country 'PT'"):
        assumptions.table("grants", "PT")


def test_shares_of_periods_are_as_many_as_the_country_has():
    with pytest.raises(ValueError, match="holds 3 numbers, must be 7 in PL"):
        Study.model_validate({"name": "x", "country": "PL", "buildings": {"period_shares": [0.2, 0.3, 0.5]}})


def test_money_is_told_in_the_currency_of_the_run():
    assert (in_currency("3 ¤/kWh"), text("uncertainty.quantity.investment", "pl")) == ("3 PLN/kWh", "Nakłady (PLN)")
    for code in packs():
        with money_of(code):
            assert in_currency("1 ¤/kWh ¤¤") == f"1 {pack(code).currency}/kWh {pack(code).currency}"
            assert "¤" not in "".join(in_currency("¤ ¤¤ ¤¤¤", lang) for lang in ("", *LANGUAGES))


def test_schema_and_words_name_no_currency():
    units = {column.unit for layer in schema.layer_names() for column in schema.columns(layer).values()}
    units |= {column.unit for layer in schema.between().values() for column in layer.values()}
    assert not {unit for unit in units if re.search(r"PLN|zł|EUR|€", unit)}
    own = {f"finance.grant.{name}" for code in packs() if pack(code).has("grants") for name in pack(code).table("grants")["grant"]}
    told = {key for key, words in catalogue().items() if re.search(r"\bPLN\b|\bzł\b|\bEUR\b|€", f"{words['en']} {words['pl']}")}
    assert told - own == set()


PUBLISHED = {
    # results of the TABULA workbook for Germany, kWh/(m²a)
    "DE.N.TH.10": 61.978114080321504,
    "DE.N.TH.11": 69.84633596915211,
    "DE.N.TH.12": 58.76799289275799,
    "DE.N.MFH.12": 71.37841627310169,
    "DE.N.SFH.01": 282.7220163928315,
    "DE.N.SFH.05": 265.29245650955940,
    # and for Austria, as they are packaged in tsib 0.1.6: types whose doors are published with a U-value, or without doors
    "AT.N.AB.07": 73.327803,
    "AT.N.MFH.07": 84.567362,
    "AT.N.SFH.01": 260.252496,
    "AT.N.SFH.02": 322.257082,
    "AT.N.SFH.04": 304.350000,
    "AT.N.SFH.06": 115.951723,
    "AT.N.TH.07": 76.223831,
}


@pytest.mark.parametrize("country", ["AT", "DE"])
def test_types_need_the_heat_that_tabula_publishes(country):
    published = {code: need for code, need in PUBLISHED.items() if code.startswith(country)}
    study = Study(name="x", country=country)
    types = typology.types(country).loc[list(published)].rename_axis("building_id")
    buildings = types[["reference_area_m2"]].assign(tabula_code=types.index.astype("str"))
    areas = types[[name for name in types if name.endswith("_m2") and name != "reference_area_m2"]]
    areas = areas.assign(volume_m3=types["reference_area_m2"] * study.assumed("building.room_height"))
    state = typology.u_values(buildings["tabula_code"], typology="tabula").assign(ventilation_ach=0.4, heat_recovery=0.0)
    thermal_state = pd.concat({"existing": state}, names=["package"]).swaplevel()
    need = seasonal_need(loss_coefficients(thermal_state, areas, buildings, study), tabula_climate(country), study)["heat_need_kwh_m2a"]
    assert need.droplevel("package").to_dict() == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize("code", [code for code in packs() if pack(code).currency == "EUR"])
def test_money_abroad_is_no_polish_number(code):
    """A price that was forgotten would stand there as in Poland."""
    home, own = assumptions.scalars("PL"), assumptions.scalars(code)
    money = [key for key, row in home.items() if "PLN" in row.unit]
    assert len(money) > 35
    assert not [key for key in money if own[key].value == home[key].value]
    assert not [key for key in money if not own[key].value < home[key].value]


TABULA = {"CZ": "czechia", "DE": "germany", "DK": "denmark", "ES": "spain", "HU": "hungary", "NL": "netherlands"}


@pytest.mark.shared
@pytest.mark.parametrize("country", TABULA)
def test_all_types_and_states_abroad_need_what_the_literal_calculation_says(shared_data, country):
    """Every type of the pack against TABULA's own calculation, written down line by line, within 0.01 kWh/(m²a)."""
    with (shared_data / "cities" / "tabula" / f"{TABULA[country]}.csv").open(encoding="utf-8-sig", newline="") as file:
        told = {row["Code_BuildingVariant"]: literal(row).need for row in csv.DictReader(file)}
    study, types = Study(name="x", country=country), typology.types(country).rename_axis("building_id")
    buildings = types[["reference_area_m2"]].assign(tabula_code=types.index.astype("str"))
    areas = types[[name for name in types if name.endswith("_m2") and name != "reference_area_m2"]]
    areas = areas.assign(volume_m3=types["reference_area_m2"] * 2.5)
    for number, state in enumerate(("original", "usual", "advanced"), start=1):
        found = typology.u_values(buildings["tabula_code"], state, typology="tabula").assign(ventilation_ach=0.4, heat_recovery=0.0)
        coefficients = loss_coefficients(pd.concat({state: found}, names=["package"]).swaplevel(), areas, buildings, study)
        need = seasonal_need(coefficients, tabula_climate(country), study)["heat_need_kwh_m2a"].droplevel("package").to_dict()
        # large panels are types of their own, whose states count from eleven
        published = {
            code: told.get(f"{code}.Gen.ReEx.001.{number:03d}", told.get(f"{code}.Ind.ReEx.001.{number + 10:03d}")) for code in need
        }
        unpublished = {code for code, value in published.items() if value is None}
        # the newest Dutch houses have no usual refurbishment
        assert unpublished <= {f"NL.N.{size}.06" for size in SIZE_CLASSES if state == "usual"}
        assert {code: need[code] for code in need.keys() - unpublished} == pytest.approx(
            {code: value for code, value in published.items() if value is not None}, abs=0.01
        )


@pytest.mark.slow
@pytest.mark.shared
def test_a_german_town_is_told_in_euros_alone(tmp_path, without_pango):
    """Every product of Hoyerswerda, opened as text: no currency of Poland, no Polish type and no sign that was left unfilled."""
    path = Path(__file__).parent / "real" / "hoyerswerda.toml"
    run = report(parse_study(path.read_text(encoding="utf-8"), name=path.stem, folder=path.parent), tmp_path)
    assert set(run.results.layers["buildings"]["tabula_code"].str.split(".").str[0]) == {"DE"}
    told = {file.name: opened(file) for file in run.files if file.suffix not in {".pdf", ".tif", ".parquet"}}
    wrong = {
        name: found
        for name, text in told.items()
        if (found := re.findall(r"\bPLN\b|\bzł\b|PL\.N\.|¤[/ ¤]|poziomu WT|to WT 2021|net-billing|\bURE\b", text))
    }
    assert wrong == {}
    assert all(
        re.search(r"\bEUR\b|\beuro\b", told[name])
        for name in ("kpis.csv", "hoyerswerda.xlsx", "hoyerswerda-report.html", "hoyerswerda.html")
    )


def opened(file):
    """Text of a product; archives with all that they hold, and of databases what is text in them: bytes of numbers may spell anything."""
    if file.suffix == ".gpkg":
        with closing(sqlite3.connect(file)) as base:
            names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            values = (value for name in names for row in base.execute(f'SELECT * FROM "{name}"') for value in row)
            return "\n".join([*names, *(value for value in values if isinstance(value, str))])
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return re.sub(r"data:[^\"')]*", "", file.read_text(encoding="utf-8", errors="replace"))


SMALL = """
title = "{title}"
country = "{country}"
[place]
bbox = [{west}, {south}, {east}, {north}]
[sources]
buildings = "footprints_file"
files = ["{name}.geojson"]
weather = "builtin"
[uncertainty]
draws = 100
"""

PANELS = {
    "HU": ("Újpalota", 19.1380, 47.5400, "Europe/Budapest", "HUF"),
    "AT": ("Großfeldsiedlung", 16.4400, 48.2700, "Europe/Vienna", "EUR"),
}


@pytest.mark.slow
@pytest.mark.parametrize("country", PANELS)
def test_a_small_estate_of_hungary_and_austria_is_told_by_their_packs_alone(tmp_path, country, without_pango):
    """Four slabs of 1975 and two houses, from the file to every product, without network."""
    title, longitude, latitude, zone, currency = PANELS[country]
    slabs = [box(longitude + x, latitude + y, longitude + x + 0.0009, latitude + y + 0.00011) for x in (0, 0.0013) for y in (0, 0.0005)]
    houses = [box(longitude + x, latitude + 0.0009, longitude + x + 0.00013, latitude + 0.001) for x in (0, 0.0005)]
    columns = {
        "building": [*["apartments"] * 4, *["house"] * 2],
        "building:levels": [*[8] * 4, 1, 1],
        "start_date": [*[1975] * 4, 1935, 1995],
    }
    gpd.GeoDataFrame(columns, geometry=[*slabs, *houses], crs=4326).to_file(tmp_path / "estate.geojson")
    ends = {"west": longitude - 0.001, "south": latitude - 0.001, "east": longitude + 0.003, "north": latitude + 0.002}
    settings = SMALL.format(title=title, country=country, name="estate", **ends)
    run = report(parse_study(settings, name="estate", folder=tmp_path), tmp_path)
    buildings = run.results.layers["buildings"]
    assert set(buildings["tabula_code"].str.split(".").str[0]) == {country}
    assert run.results.site.tz == zone
    # what Újpalota and the estates of Vienna need today by their typologies, insulated in part
    need = run.results.figures.value("heat", run.results.study.variants[0].key)
    assert 50.0 < need < 200.0
    told = {file.name: opened(file) for file in run.files if file.suffix in {".html", ".csv", ".xlsx", ".txt", ".qgz", ".gpkg"}}
    foreign = r"\bPLN\b|\bzł\b|PL\.N\.|¤[/ ¤]|WT 2021|net-billing|\bURE\b|\bNAPE\b|NFOŚ"
    assert {name: found for name, text in told.items() if (found := set(re.findall(foreign, text)))} == {}
    # the workbook's sheet of all assumptions names the Polish sources of what no pack replaces
    assert {name for name, text in told.items() if re.search(r"\bGUS\b|Kraków", text)} <= {"estate.xlsx"}
    # whoever opens the council map abroad reads English first
    assert '<html lang="en">' in told["estate.html"]
    page = told["estate-report.en.html"]
    assert f"million {currency}" in page
    assert f"The national data ({pack(country).name_en}) lack" in page


@pytest.mark.parametrize("factors", ["", "es_rite_2016_canarias"])
def test_the_report_prints_the_factor_by_which_a_place_is_weighed(factors):
    """Electricity of the Canary Islands takes 2.924 of non-renewable primary energy by the RITE, that of the mainland 1.954."""
    own = _own_factors(Study(name="x", country="ES", balance={"factor_set": factors} if factors else {}))
    told = {key: (row.value, row.meaning_en.partition(", ")[2], row.meaning_pl.rpartition(", ")[2]) for key, row in own.items()}
    islands = (2.924, "Spanish factors of final energy (RITE) of 2016, Canary Islands", "Wyspy Kanaryjskie")
    assert told == ({"carriers.pef_electricity": islands} if factors else {})


PORTO = """
title = "Porto"
[place]
bbox = [-8.6125, 41.1485, -8.6095, 41.1505]
[sources]
buildings = "footprints_file"
files = ["houses.geojson"]
weather = "epw"
weather_file = "year.epw"
"""


def write_houses(folder):
    """A few houses in Porto, and a year of weather that is as good as any."""
    houses = [box(-8.612 + 0.0003 * n, 41.149, -8.6118 + 0.0003 * n, 41.1492) for n in range(6)]
    frame = gpd.GeoDataFrame({"building": ["apartments"] * 6, "building:levels": "4"}, geometry=houses, crs=4326)
    frame.to_file(folder / "houses.geojson")


@pytest.mark.slow
@pytest.mark.shared
def test_a_place_without_a_pack_has_form_and_pv_and_says_what_is_missing(tmp_path, shared_data, without_pango):
    write_houses(tmp_path)
    weather = shared_data / "weather" / "pvgis_example" / "tmy_45.000_8.000_2005_2023.epw"
    text_of_file = PORTO.replace("year.epw", str(weather))
    run = report(parse_study(text_of_file, name="porto", folder=tmp_path), tmp_path)
    with pytest.raises(KeyError):
        _ = run.results.layers["balance"]
    assert run.results.study.country == "PT"
    told = summary(run, "en")
    missing = [
        line
        for line in told["remarks"]
        if line.startswith(f"country PT has no pack of national data (packs exist for {', '.join(packs())})")
    ]
    assert len(missing) == 1
    assert {file.name for file in run.files} >= {"porto.gpkg", "porto.xlsx", "porto_irradiation.tif", "blocks.parquet", "manifest.json"}
    assert not [file.name for file in run.files if file.suffix in {".html", ".csv", ".qgz"}]
    blocks, buildings = (gpd.read_parquet(file.parent / f"{name}.parquet") for file in run.files[-1:] for name in ("blocks", "buildings"))
    assert blocks["pv_annual_yield_kwh_a"].sum() == pytest.approx(buildings["pv_annual_yield_kwh_a"].sum())
    assert blocks["pv_annual_yield_kwh_a"].sum() > 0
    of_country = re.compile("tabula|refurbish|heat_supply|heat_need|primary|co2|investment|grant|resident|dwelling")
    assert not [name for frame in (blocks, buildings) for name in frame if of_country.search(name)]
    everything = "".join(opened(file) for file in run.files if file.suffix in {".gpkg", ".xlsx"})
    assert not re.search(r"\bPLN\b|\bzł\b|PL\.N\.|\bEUR\b", everything)


def test_a_code_of_no_country_is_refused_with_the_packs_there_are(tmp_path):
    write_houses(tmp_path)
    study = parse_study(f'country = "XX"\n{PORTO}', name="porto", folder=tmp_path)
    with pytest.raises(SourceError, match="country 'XX' is the code of no country; packs .* exist for .*DE, .*PL") as told:
        preflight(study, tmp_path)
    assert told.value.exit_code == 2


POLISH = re.compile(r"WT ?2021|net-billing|\bURE\b|Dz\.U\.|\bGUS\b|GUGiK|BDOT|TERYT|NFOŚ|\bBGK\b|Czyste Pow|Poland|Polsk|polsk|Polish")
SAID_IN_POLAND = (
    # settings and sources for Poland, whose words say so; its factor sets, grants, legal forms and their assumptions
    *("settings.", "licence.bdot10k", "source.", "balance.factor_set.pl_", "code.pl_", "finance.grant.", "sharing.", "station.poland"),
    *("check.quarter_density", "report.communities", "demand.profiles", "guide.fill_in"),
    # "in Polish" is a language, and what a pack lacks is taken from Poland: both are so abroad
    *("check.pack_lacks", "decision.data.lacks"),
    # refusals of files and registers that are Poland's own, and help that lists what may be given
    *("error.class_has_none_attributes_bdot10k", "error.holds_no_class_bdot10k_that", "error.holds_no_class_bubd_buildings"),
    *("error.lies_at_axes_swapped_by", "error.register_boundaries_", "cli.help.places"),
)


@pytest.mark.parametrize("code", [code for code in packs() if code != HOME])
def test_no_law_level_or_institution_of_poland_is_named_abroad(code):
    """Every text that a run of that country can say, and what its pack's numbers mean."""
    with money_of(code):
        told = {key: f"{words['en']} {words['pl']}" for key, words in spoken("").items() if not key.startswith(SAID_IN_POLAND)}
    told |= {key: f"{row.meaning_en} {row.meaning_pl}" for key, row in assumptions.scalars(code).items()}
    languages = re.compile(r"(?i)in polish|po polsku|polskim arkuszu|polish spreadsheet|\(polski\)|\(polish\)|^polski polski$")
    assert {key: words for key, words in told.items() if POLISH.search(languages.sub("", words))} == {}


@pytest.mark.parametrize("file", sorted(resources.files("ped_geo").joinpath("countries").glob("*/**/*.csv")), ids=lambda file: file.name)
def test_every_row_has_as_many_fields_as_its_table(file):
    """A comma that stands outside quotes would shift what a number means."""
    head, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
    assert [row for row in rows if len(row) != len(head)] == []


def test_words_and_codes_of_a_country_are_its_own_in_its_runs():
    with money_of("DE"):
        assert text("variant.package.wt2021", "en") == "Retrofit to low U-values"
    with money_of("PL"):
        assert text("variant.package.wt2021", "en") == "Retrofit to WT 2021"
    for country, prefix in (("DE", "DE."), ("PL", "PL."), ("LI", "EU.")):
        codes = schema.columns_in("buildings", country)["construction_period"].values
        assert codes
        assert all(code.startswith(prefix) for code in codes)
    assert schema.columns_in("buildings", "DE")["use"] == schema.columns("buildings")["use"]
