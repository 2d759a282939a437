"""Every documented setting, with every documented value and at its bounds, is run once, from the buildings to the last step."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import typing

import geopandas as gpd
import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.balance.factors import factor_rows
from ped_geo.countries import pack
from ped_geo.engine import Store
from ped_geo.errors import LayerError
from ped_geo.outputs import Results
from ped_geo.outputs.exchange import write_exchange
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import inputs
from ped_geo.retrofit.states import COST_OPTIMAL, package_names
from ped_geo.site import Site
from ped_geo.sources import RawPlace
from ped_geo.study import Study
from ped_geo.supply import SUPPLIES
from ped_geo.typology import STATES
from tests import hamlet
from tests.test_house import ROOT

# small, so that each setting takes a second or two
BASE = {
    "name": "hamlet",
    "sources": {"weather": "builtin"},
    "retrofit": {"packages": ["existing", "usual"]},
    "supply": {"options": ["today"]},
    "variants": [{"key": "today", "package": "existing"}, {"key": "usual_pv", "package": "usual", "pv": True}],
    "uncertainty": {"draws": 100},
    "districts": {"min_reference_area_m2": 100.0},
}

KRAKOW = Site(50.098278, 20.000472, 240.0)

# settings that say where data come from: the tests of the sources run them
OF_SOURCES = {"top", "place", "sources", "sources.registers", "variants"}
# two of the blocks of the hamlet
BLOCK, OTHER = "b743010-555008", "b743030-555022"
# texts and lists whose values a table or folder of the package knows
VOCABULARIES = {
    "buildings.construction_period": list(pack("PL").period_codes),
    "buildings.period_shares": [[], [0.5, 0.3, 0.1, 0.05, 0.05, 0.0, 0.0]],
    "buildings.heat_supply": sorted(schema.columns("buildings")["heat_supply"].values),
    "retrofit.packages": [["existing", "usual", name] for name in sorted({*package_names(), COST_OPTIMAL} - {"existing", "usual"})],
    "supply.options": [[], *([name] for name in sorted(SUPPLIES.load()))],
    "balance.factor_set": sorted(set(factor_rows().query("carrier == 'district_heat'")["set"])),
    "districts.must_include": [[], [BLOCK]],
    "districts.must_not_include": [[], [OTHER]],
    "demand.calibration_bounds": [[0.01, 100.0], [1.0, 1.0]],
    "sharing.law_on": ["2020-01-01", "2026-01-01", "2035-12-31"],
    "roadmap.targets": [{}, {2030: 0.8, 2050: 1.0}],
    "roadmap.retrofit_rate": [0.0, 1.0],
    "roadmap.heat_supply_rate": [0.0, 1.0],
    "roadmap.pv_rate": [0.0, 1.0],
    "roadmap.budgets": [{}, {"cooperative": 0.0, "state": 1e12}],
    "roadmap.mobility": [False, True],
    "roadmap.network_co2": [{}, {2030: 0.2, 2050: 0.0}],
    "outputs.formats": [[], ["flatgeobuf"], ["geojson"]],
}
# bounds that would take long and show nothing more
INSTEAD = {
    "uncertainty.draws": [100, 1_000],
    "roadmap.draws": [50, 500],
    "uncertainty.seed": [0, 2**63 - 1],
    "solar.points_per_plane": [1, 16],
    "solar.directions": [36, 180],
    "solar.raster_m": [0.5, 10.0],
    "solar.radius_m": [1.0, 500.0],
    "districts.seconds": [0.01, 20.0],
    # more would be refused as more than any place holds, which is tested with the study's words
    "buildings.residents": [1, 5_000],
    "buildings.dwellings": [1, 2_000],
    # an upper bound below the default of the lower one is refused, which is tested with the study
    "blocks.min_area_m2": [0, 10_000],
    "blocks.max_area_m2": [2_000, 10_000_000],
}


def script():
    spec = importlib.util.spec_from_file_location("document_settings", ROOT / "scripts" / "document_settings.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["document_settings"] = module
    spec.loader.exec_module(module)
    return module


def values_of(key, field):
    """What a setting is run with: all of its words, both of yes and no, or its bounds."""
    if key in VOCABULARIES or key in INSTEAD:
        return VOCABULARIES.get(key, INSTEAD.get(key))
    if typing.get_origin(field.annotation) is typing.Literal:
        return list(typing.get_args(field.annotation))
    if field.annotation is bool:
        return [False, True]
    bounds = [getattr(rule, name) for rule in field.metadata for name in ("ge", "le") if getattr(rule, name, None) is not None]
    assert len(bounds) == 2, f"{key} has no two bounds, or its words stand in no vocabulary of this test"
    return bounds


def documented():
    page = script()
    for section, model in page.sections().items():
        if section in OF_SOURCES:
            continue
        for name, field in page.settings(section, model).items():
            for value in values_of(f"{section}.{name}", field):
                yield section, name, value


CASES = list(documented())


@pytest.fixture(scope="module")
def place():
    return hamlet_place()


def hamlet_place():
    """The hamlet as a source gives it."""
    plane = hamlet.make_boundary().crs
    surfaces = gpd.GeoDataFrame({"building_id": pd.array([], dtype="str"), "ground_m": []}, geometry=[], crs=plane)
    raw = {"boundary": hamlet.make_boundary(), "footprints": hamlet.make_footprints(), "ways": hamlet.make_ways()}
    bare = pd.DataFrame(columns=["object_id", "layer", "reason"])
    return RawPlace(**raw, areas=hamlet.make_areas(), points_of_interest=hamlet.make_places(), rejected=bare, surfaces=surfaces)


@pytest.fixture(scope="module")
def kept(place, tmp_path_factory):
    """The hamlet run once with the defaults: a setting then repeats only the steps that read it."""
    folder = tmp_path_factory.mktemp("kept")
    run(Study.model_validate(BASE), place, folder)
    return folder


def run(study, place, folder, steps=STEPS):
    site, layers, _ = inputs(study, place, folder, refresh=False)
    return run_steps(steps, study, site, layers, store=Store(folder))


# what groups of blocks are judged by comes after the balance
OF_GROUPS = {"balance", "districts", "uncertainty", "sharing", "outputs"}
STEPS_TO_BALANCE = STEPS[: [step.name for step in STEPS].index("balance") + 1]


def with_setting(section, name, value):
    return Study.model_validate({**BASE, section: {**BASE.get(section, {}), name: value}})


def test_the_state_of_buildings_knows_the_words_of_the_typology():
    words = {value for section, name, value in CASES if (section, name) == ("buildings", "refurbishment_state")}
    assert words == {"", "existing", *STATES}


@pytest.mark.parametrize("state", ["existing", "usual"])
def test_a_documented_state_reaches_the_envelopes(place, tmp_path, state):
    from ped_geo.demand import envelope

    study = with_setting("buildings", "refurbishment_state", state)
    site, layers, _ = inputs(study, place, tmp_path, refresh=False)
    up_to = [step.name for step in STEPS].index("blocks") + 1
    found = run_steps(STEPS[:up_to], study, site, layers, store=None)
    assert set(found["buildings"]["refurbishment_state"]) == {"original" if state == "existing" else state}
    assert len(envelope(found["buildings"], study))


def test_a_stage_that_refuses_names_the_place_whose_title_it_sees(place, tmp_path):
    study = with_setting("buildings", "residents", 50_000_000).model_copy(update={"title": "Hamlet of millions"})
    site, layers, _ = inputs(study, place, tmp_path, refresh=False)
    with pytest.raises(LayerError, match="Hamlet of millions"):
        run_steps(STEPS[:2], study, site, layers, store=None)
    assert study.part(["buildings"]).content() == study.model_copy(update={"title": "Another"}).part(["buildings"]).content()


# settings of one section that are run at the same time
AT_ONCE = 3


def together():
    """Values that are run at the same time, few of each section: settings have to bear one another."""
    left = {name: [case for case in CASES if case[:2] == name] for name in dict.fromkeys((section, name) for section, name, _ in CASES)}
    while any(left.values()):
        row: list[tuple[str, str, object]] = []
        for (section, _), cases in sorted(left.items(), key=lambda item: -len(item[1])):
            if cases and [one[0] for one in row].count(section) < AT_ONCE:
                row.append(cases.pop(0))
        yield row


@pytest.mark.slow
@pytest.mark.parametrize("cases", list(together()), ids=lambda cases: "+".join(f"{section}.{name}" for section, name, _ in cases)[:80])
def test_documented_settings_run_through_all_that_read_them(place, kept, tmp_path, cases):
    shutil.copytree(kept, tmp_path / "kept")
    chosen = dict(BASE)
    for section, name, value in cases:
        chosen[section] = {**chosen.get(section, {}), name: value}
    study = Study.model_validate(chosen)
    judged = any(section in OF_GROUPS for section, *_ in cases)
    found = run(study, place, tmp_path / "kept", STEPS if judged else STEPS_TO_BALANCE)
    if study.outputs.formats:
        assert write_exchange(Results(study, KRAKOW, found), tmp_path)
    assert ({"balance", "kpis", "verdicts", "candidates"} if judged else {"balance"}) <= set(found)


@pytest.mark.slow
def test_a_variant_of_every_supply_runs_to_the_last_step(place, kept, tmp_path):
    shutil.copytree(kept, tmp_path / "kept")
    supplies = sorted({"today", *SUPPLIES.load()})
    variants = [{"key": "now", "package": "existing"}]
    variants += [{"key": f"with_{supply}", "package": "usual", "supply": supply, "pv": True} for supply in supplies]
    study = Study.model_validate({**BASE, "variants": variants})
    balance = run(study, place, tmp_path / "kept")["balance"]
    assert set(balance.index.get_level_values("variant")) == {variant["key"] for variant in variants}


@pytest.mark.parametrize(("setting", "label"), [("one_heat_network", "heat_network"), ("one_owner", "owner")])
def test_candidates_keep_apart_what_they_are_told_to(setting, label):
    """Two blocks of flats on the network and a school on gas, side by side and all needed: only the first two may be one candidate."""
    from ped_geo.districts.labels import block_labels
    from ped_geo.finance.grants import owners
    from tests.districts.test_candidates import find_candidates, make_place, make_study

    blocks, adjacency, options = make_place([[[20.0], [-5.0], [5.0]]])
    use, supply = ["residential_multi", "residential_multi", "school"], ["district_heat", "district_heat", "gas"]
    houses = pd.DataFrame({"block_id": blocks.index, "use": use, "heat_supply": supply, "reference_area_m2": 900.0})
    labels = block_labels(houses, owners(houses), blocks.index)
    assert labels[label].nunique() == 2
    for wanted in (False, True):
        found, _ = find_candidates(blocks.join(labels), adjacency, options, make_study(**{setting: wanted}, max_walk_m=5_000.0))
        groups = [set(row.split(";")) for row in found["blocks"]]
        assert any(len(set(labels.loc[list(group), label])) > 1 for group in groups) == (not wanted)
