"""What cannot be right is refused all at once; what is odd is remarked with object, value, bound and what to do."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo import assumptions
from ped_geo.buildings import build_buildings
from ped_geo.countries import pack, packs
from ped_geo.errors import LayerError, RunError, StudyError
from ped_geo.pipeline.preflight import preflight
from ped_geo.plausibility import check_place, check_results
from ped_geo.remarks import remark_frame, sentences
from ped_geo.study import Study, parse_study
from tests import hamlet

WEATHER = pd.DataFrame({"ghi": np.full(8760, 120.0), "temp_air": np.full(8760, 8.5)})


def built(shapes, study=None):
    study = study or Study(name="x", title="Hamlet")
    footprints = hamlet.make_footprints(*((hamlet.box(*corners), tags) for corners, tags in shapes.values()))
    footprints.index = pd.Index(list(shapes), name="building_id")
    boundary = hamlet.make_boundary()
    return build_buildings(footprints, boundary, hamlet.make_areas(), hamlet.make_places(), study)[0], footprints, boundary


def remarks(shapes, study=None, weather=WEATHER):
    study = study or Study(name="x", title="Hamlet")
    return check_place(*built(shapes, study), weather, study)


def one(**tags):
    return {"way/1": ((20, 20, 80, 30), hamlet.SLAB | tags), "way/2": ((20, 60, 80, 70), hamlet.SLAB)}


def test_an_ordinary_place_is_passed_without_a_word():
    assert remarks(one()) == []


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"building:levels": "2;3"}, "building:levels holds several values, and the greatest was used (buildings: 1): way/1 (2;3)"),
        ({"building:levels": "-1"}, "building:levels is outside 1 to 60 and was not used (buildings: 1): way/1 (-1)"),
        ({"building:levels": "999"}, "building:levels is outside 1 to 60 and was not used (buildings: 1): way/1 (999)"),
        ({"building:levels": "<script>"}, "building:levels cannot be read and was not used (buildings: 1): way/1 (<script>)"),
        ({"building:levels": "=CMD()"}, "building:levels cannot be read and was not used (buildings: 1): way/1 (=CMD())"),
        ({"height": "900 m"}, "height is outside 1.5 to 250 and was not used (buildings: 1): way/1 (900 m)"),
        ({"roof:height": "high"}, "roof:height cannot be read and was not used (buildings: 1): way/1 (high)"),
        ({"start_date": "3024"}, "start_date is outside 1,000 to 2,030 and was not used (buildings: 1): way/1 (3024)"),
        ({"roof:shape": "igloo"}, "roof:shape holds words that are not known and were not used (buildings: 1): way/1 (igloo)"),
        ({"roof:shape": "hip;igloo"}, "roof:shape holds several words, and the first known one was used (buildings: 1): way/1 (hip;igloo)"),
        ({"building": "<b>igloo"}, "building holds words that are not known and were not used (buildings: 1): way/1 (<b>igloo)"),
        ({"height": "90"}, "told heights per storey outside 2 to 12 m (buildings: 1): way/1 (18.0 m)"),
    ],
)
def test_an_odd_tag_is_remarked_with_object_value_bound_and_what_to_do(tags, told):
    found = sentences(remark_frame(remarks(one(**tags))), "en")
    assert len(found) == 1
    assert found[0].startswith(told)
    assert found[0].endswith("at the source")


def test_a_tag_never_speaks_to_the_terminal():
    told = sentences(remark_frame(remarks(one(**{"building:levels": "\x1b[2J\x07\u202e5"}))), "en")
    assert told[0].startswith("building:levels cannot be read and was not used (buildings: 1): way/1 (\ufffd[2J\ufffd\ufffd5)")
    assert str(LayerError("column '\x1b]0;x\x07' is\nmissing")) == "column '\ufffd]0;x\ufffd' is\nmissing"


def test_many_objects_are_counted_and_three_are_named():
    shapes = {f"way/{i}": ((20 + 15 * i, 20, 30 + 15 * i, 30), hamlet.SLAB | {"building:levels": "99"}) for i in range(8)}
    told = sentences(remark_frame(remarks(shapes)), "en")
    assert told[0].startswith(
        "building:levels is outside 1 to 60 and was not used (buildings: 8): way/0 (99), way/1 (99), way/2 (99) + 5; correct it"
    )
    assert told[1].startswith("the storeys of 8 of 8 buildings are estimated")


def test_uses_that_only_the_size_tells_are_said_to_be_guesses():
    shapes = {f"way/{i}": ((20 + 15 * i, 20, 30 + 15 * i, 30), {"building": "yes"}) for i in range(8)}
    told = sentences(remark_frame(remarks(shapes)), "en")
    assert [sentence[:38] for sentence in told] == ["the storeys of 8 of 8 buildings are es", "the use of 8 of 8 buildings is estimat"]


def test_storeys_that_follow_from_told_heights_are_not_called_guesses():
    shapes = {f"way/{i}": ((20 + 15 * i, 20, 30 + 15 * i, 30), {"building": "apartments", "height": "14"}) for i in range(8)}
    assert remarks(shapes) == []


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_remarks_exist_in_both_languages_with_the_languages_own_numbers(lang):
    found = sentences(remark_frame(remarks(one(start_date="3024"))), lang)
    assert ("2\xa0030" if lang == "pl" else "2,030") in found[0]


def test_everything_that_cannot_be_right_is_told_at_once():
    slabs = {
        f"way/{i}": ((1 + i % 20 * 20, 1 + i // 20 * 15, 20 + i % 20 * 20, 15 + i // 20 * 15), hamlet.SLAB | {"building:levels": "60"})
        for i in range(400)
    }
    bad = pd.DataFrame({"ghi": np.full(8760, 1_000.0), "temp_air": np.full(8760, 281.0)})
    with pytest.raises(LayerError) as told:
        remarks(slabs, weather=bad)
    message = str(told.value)
    assert message.startswith("Hamlet has 3 problems:")
    assert "residents per km² come out, the densest quarters of Europe have about 60,000" in message
    assert "the weather gives 8,760 kWh/m² of sun a year, 600 to 2,700 is possible" in message
    assert "mean temperature is 281 °C, -15 to 32 is possible" in message.replace("−", "-")
    assert "Traceback" not in message


def test_footprints_in_kilometres_are_refused():
    small, footprints, boundary = built({f"way/{i}": ((20 + 4 * i, 20, 23.6 + 4 * i, 23.6), {"building": "house"}) for i in range(20)})
    with pytest.raises(LayerError, match="half of the buildings cover less than 13 m² each, a typical size lies between 15 and 20,000 m²"):
        check_place(small, footprints, boundary, WEATHER, Study(name="x", title="Hamlet"))


def test_heights_in_feet_are_refused():
    shapes = {f"way/{i}": ((20 + 15 * i, 20, 30 + 15 * i, 30), hamlet.SLAB | {"height": "80"}) for i in range(12)}
    with pytest.raises(LayerError, match="half of the told heights give less than 16 m per storey, 2 to 12 is possible"):
        remarks(shapes)


def test_a_boundary_as_large_as_a_province_is_refused():
    drawn, footprints, _ = built(one())
    huge = hamlet.make_boundary(hamlet.box(0, 0, 30_000, 30_000))
    with pytest.raises(LayerError, match="the district covers 900 km², 0.001 to 400 is possible; check the boundary"):
        check_place(drawn, footprints, huge, WEATHER, Study(name="x", title="Hamlet"))


def test_an_assumption_outside_its_range_is_remarked():
    found = remarks(one(), Study(name="x", overrides={"building.t_internal": 293.0}))
    assert sentences(remark_frame(found), "en") == [
        "[assumptions] building.t_internal is 293 degC, its source gives 19 to 22; check the value and its unit"
    ]


def results(drawn, heat=100.0, **columns):
    """Results of today for drawn buildings: heat per area [kWh/m2], and homes as the country's are unless told otherwise."""
    homes = {"hot_water_need_kwh_a": 30.0 * drawn["reference_area_m2"], "hot_water_circulation_kwh_a": 5.0 * drawn["reference_area_m2"]}
    power = {"electricity_household_kwh_a": 1_800.0 * drawn["dwellings"], "electricity_common_kwh_a": 3.0 * drawn["reference_area_m2"]}
    frame = pd.DataFrame({"heat_need_kwh_a": drawn["reference_area_m2"] * heat, **homes, **power, **columns})
    later = frame * 0.0
    need = pd.concat({"usual": later, "existing": frame}, names=["package"]).swaplevel()
    pv = {"capacity_kwp": 0.09 * drawn["footprint_area_m2"], "specific_yield_kwh_kwp_a": 950.0}
    return need, pd.DataFrame(pv, index=drawn.index)


def told(drawn, need, pv, lang="en"):
    return sentences(remark_frame(check_results(drawn, need, pv)), lang)


def test_results_that_no_place_has_are_remarked():
    drawn, _, _ = built(one())
    need, pv = results(drawn, [900.0, 100.0])
    pv["specific_yield_kwh_kwp_a"] = [9_000.0, 950.0]
    assert [line.split(";")[0] for line in told(drawn, need, pv)[:3]] == [
        "the place needs 500 kWh/(m²·a) for space heating today, 20 to 350 is usual",
        "space-heating demand outside 1 to 500 kWh/(m²·a) (buildings: 1): way/1 (900)",
        "PV yields outside 300 to 1,900 kWh/(kWp·a) (buildings: 1): way/1 (9000)",
    ]
    assert told(drawn, *results(drawn)) == []


def test_a_place_is_held_against_the_countrys_figures_per_resident_household_and_ground():
    drawn, _, _ = built(one())
    # 1000 m2 of homes for 4 residents in 2 dwellings on 500 m2 of ground, and a school that counts for the ground alone
    drawn = drawn.assign(reference_area_m2=[1_000.0, 9_000.0], residents=[4.0, 0.0], dwellings=[2.0, 0.0], footprint_area_m2=[500.0, 500.0])
    drawn["use"] = ["residential_multi", "school"]
    need, pv = results(drawn, electricity_household_kwh_a=[10_000.0, 0.0])
    pv["capacity_kwp"] = [200.0, 100.0]
    # 250 m2; (100 + 30 + 5 + 3) kWh/m2 x 1000 m2 + 10 000 kWh = 148 000 kWh for 4; 5000 kWh; 300 kWp on 1000 m2
    assert [line.split(";")[0] for line in told(drawn, need, pv)] == [
        "homes have 250 m² of heated floor area per resident, 15.5 to 62 is usual",
        "homes need 37,000 kWh of heat and electricity a year per resident, 2,000 to 13,667 is usual",
        "a household uses 5,000 kWh of electricity a year, 990 to 3,960 is usual",
        "all roofs together hold 0.3 kWp per m² that buildings cover, 0.01 to 0.18 is usual",
    ]
    assert "sprawdź kondygnacje" in told(drawn, need, pv, "pl")[0]


def test_a_place_without_homes_is_not_held_against_figures_of_homes():
    drawn, _, _ = built(one())
    drawn = drawn.assign(residents=0.0, dwellings=0.0)
    drawn["use"] = "school"
    assert told(drawn, *results(drawn)) == []


@pytest.mark.parametrize("key", sorted(key for key in assumptions.scalars() if key.startswith("check.")))
def test_typical_values_pass_their_own_check(key):
    row = assumptions.scalar(key)
    assert row.low <= row.value <= row.high


# settings -------------------------------------------------------------------------------------------------------------

AWFUL = """
[place]
boundary_file = "nowhere.geojson"
epsg = 4326
[sources]
buildings = "openstretmap"
files = ["missing.osm.pbf"]
weather_file = "missing.epw"
[buildings]
heat_supply = "heatpump_air"
construction_period = "PL.99"
[balance]
factor_set = "pl_2030"
[retrofit]
packages = ["existing", "ususal"]
[[variants]]
key = "a"
package = "usual"
supply = "cold_fusion"
[[variants]]
key = "a"
package = "existing"
"""


def test_every_wrong_file_and_name_of_a_district_is_told_at_once_before_any_work(tmp_path):
    study = parse_study(AWFUL, name="awful", folder=tmp_path)
    with pytest.raises(StudyError) as told:
        preflight(study, tmp_path)
    message = str(told.value)
    assert message.startswith("district 'awful' has 11 problems:")
    for part in (
        f"[sources] files {tmp_path / 'missing.osm.pbf'} is not a file",
        f"[sources] weather_file {tmp_path / 'missing.epw'} is not a file",
        f"[place] boundary_file {tmp_path / 'nowhere.geojson'} is not a file",
        "[sources] buildings 'openstretmap' is unknown, known are",
        "[buildings] heat_supply 'heatpump_air' is unknown",
        "did you mean 'heat_pump_air'?",
        f"[buildings] construction_period 'PL.99' is unknown, known are {pack(packs()[0]).period_codes[0]}",
        "DE.01, DE.02",
        "[balance] factor_set 'pl_2030' is unknown, known are",
        "[retrofit] packages 'ususal' is unknown",
        "did you mean 'usual'?",
        "[[variants]] supply 'cold_fusion' is unknown",
        "[[variants]] key 'a' stands twice",
        "[place] epsg 4326 (WGS 84) counts in degree, areas need metres",
    ):
        assert part in message
    assert not list(tmp_path.iterdir()), "a check leaves nothing behind"


@pytest.mark.parametrize("epsg", [1, 2263, 4979])
def test_a_working_system_that_is_unknown_in_feet_or_in_degrees_is_refused(tmp_path, epsg):
    with pytest.raises(StudyError, match="epsg"):
        preflight(Study(name="x", place={"epsg": epsg}), tmp_path)


@pytest.mark.parametrize("epsg", [2178, 2180, 25833, 32634])
def test_a_metric_working_system_is_taken(tmp_path, epsg):
    preflight(Study(name="x", place={"epsg": epsg}), tmp_path)


def test_every_folder_that_cannot_be_written_is_told_at_once(tmp_path):
    (tmp_path / "maps").write_text("")
    (tmp_path / "data").write_text("")
    with pytest.raises(RunError) as told:
        preflight(Study(name="x"), tmp_path)
    assert str(told.value).startswith("the run's folders has 2 problems:")


def test_every_shipped_district_passes(tmp_path):
    from tests.test_house import ROOT

    for file in sorted((ROOT / "districts").glob("*.toml")):
        preflight(parse_study(file.read_text(encoding="utf-8"), name=file.stem, folder=file.parent), tmp_path)


def test_an_awful_place_is_told_whole(tmp_path):
    """Ten real kinds of dirt in one file: one run, every object named."""
    shapes = one(**{"building:levels": "2;3", "height": "12 m"}) | {
        "way/10": ((100, 20, 110, 30), {"building": "yes", "building:levels": "-1"}),
        "way/11": ((120, 20, 130, 30), {"building": "yes", "building:levels": "999", "name": "<script>alert(1)</script>"}),
        "way/12": ((140, 20, 150, 30), {"building": "yes", "height": "very high", "name": "=CMD()"}),
        "way/13": ((160, 20, 170, 30), {"building": "yes", "start_date": "soon"}),
        "way/14": ((160, 20, 170, 30), {"building": "yes"}),
        "way/15": ((180, 20, 180.1, 20.1), {"building": "yes"}),
    }
    told = "\n".join(sentences(remark_frame(remarks(shapes)), "en"))
    for part in ("way/1 (2;3)", "way/10 (-1), way/11 (999)", "way/12 (very high)", "way/13 (soon)"):
        assert part in told


def test_a_place_of_points_in_the_sea_is_refused():
    bow = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
    footprints = gpd.GeoDataFrame(
        {"source": ["osm"], "tags": [json.dumps({"building": "yes"})], "tag_sources": ["{}"]},
        geometry=[bow],
        crs=hamlet.CRS,
        index=pd.Index(["way/1"], name="building_id"),
    )
    with pytest.raises(LayerError, match="no buildings inside the boundary"):
        build_buildings(footprints, hamlet.make_boundary(), hamlet.make_areas(), hamlet.make_places(), Study(name="x", title="Sea"))
