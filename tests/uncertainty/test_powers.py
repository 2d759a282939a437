"""The response model against the real stages: each uncertain input is changed in the chain itself, which is then run again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions, uncertainty
from ped_geo.errors import LayerError, StudyError
from ped_geo.uncertainty import inputs as given_inputs
from ped_geo.uncertainty import response
from ped_geo.uncertainty.simulation import weight_table
from tests.uncertainty import chain
from tests.uncertainty.test_simulation import make_components, make_input

STUDY = chain.make_study()
INPUTS = {given.key: given for given in uncertainty.uncertain_inputs()}
HOMES = ["flats", "old flats", "houses"]
ENERGY = ["balance_kwh_a", "heat_kwh_a", "electricity_kwh_a", "pv_kwh_a", "reference_area_m2"]
NEAR = 0.02
"""Part of a quantity by which a draw may miss the direct re-run. The inputs move it by 10 to 80 %."""


@pytest.fixture(scope="module")
def base():
    layers = chain.run(chain.raw_layers(), STUDY, money=True)
    assert layers["buildings"]["block_id"].nunique() == 4
    return layers


def blocks_in(layers, study=STUDY):
    """Blocks of the response model by what stands in them, variants, and weights; everything about the buildings counts as guessed."""
    names = ("buildings", "need", "final_energy", "pv_buildings", "packages_cost", "balance")
    modules = layers["variant_costs"]["pv_investment"].reindex(layers["balance"].index)
    layers = {**layers, "balance": layers["balance"].assign(pv_investment=modules)}
    components = uncertainty.components_of(*(layers[name] for name in names), study)
    components = components.assign(**{name: "inferred: x" for name in components if name.endswith("_source")})
    today = frozenset(variant.key for variant in study.variants if variant.package == "existing")
    daylight = study.assumed("uncertainty.daylight_use_share")
    found, variants = response.blocks_of(components, tuple(INPUTS.values()), today, daylight)
    first = layers["buildings"].groupby("block_id").head(1)
    kinds = {"way/1": "flats", "way/4": "old flats", "way/6": "houses", "way/11": "services"}
    names = {block: kinds[building] for building, block in first["block_id"].items()}
    return {names[block.block_id]: block for block in found}, variants, weight_table(uncertainty.variant_factors(study), variants)


def told(block, weights, key="", factor=1.0):
    """Quantities of a block, shape (v, 7), with one input at a factor."""
    drawn = {key: np.full((block.buildings, 1), factor)} if key else {}
    return response.outcome(block, tuple(INPUTS.values()), drawn, weights, 1)[0, :, :, 0]


def compare(base, again, key, factor, *, blocks, quantities=ENERGY, study=STUDY, near=NEAR, variants=None):
    """The model of the base at a factor, against the model of the re-run at its centre, which is the accounting's own (see test_components)."""
    before, names, weights = blocks_in(base)
    after, _, weights_after = blocks_in(again, study)
    wanted = range(len(names)) if variants is None else [names.index(name) for name in variants]
    for label in blocks:
        was, direct = told(before[label], weights), told(after[label], weights_after)
        model = told(before[label], weights, key, factor)
        for quantity in quantities:
            place = response.QUANTITIES.index(quantity)
            for row in wanted:
                size = max(abs(was[row, place]), abs(direct[row, place]))
                words = (
                    f"{label}, {names[row]}, {quantity}: {was[row, place]:.0f} -> {direct[row, place]:.0f}, model {model[row, place]:.0f}"
                )
                assert abs(model[row, place] - direct[row, place]) <= near * size, words


def override(base, first, *, money=False, **factors):
    """The chain again with assumptions times factors."""
    study = chain.make_study(assumptions={key: assumptions.scalar(key).value * factor for key, factor in factors.items()})
    return chain.run(base, study, first, money=money), study


@pytest.mark.parametrize(("factor", "swap"), [(1.2, {"5": "6"}), (0.8, {"5": "4"})])
def test_storeys(base, factor, swap):
    money = factor > 1.0
    again = chain.run(chain.retagged(base, "building:levels", swap), STUDY, money=money)
    # a lower building has a smaller design load, and the cost of plant goes by steps
    quantities = [*ENERGY, "investment"] if money else ENERGY
    compare(base, again, "storeys", factor, blocks=["flats", "old flats", "services"], quantities=quantities)


@pytest.mark.parametrize(("factor", "swap"), [(4 / 3, {"3": "4"}), (2 / 3, {"3": "2"})])
def test_storeys_of_houses(base, factor, swap):
    again = chain.run(chain.retagged(base, "building:levels", swap), STUDY)
    # a third is more than the table draws
    compare(base, again, "storeys", factor, blocks=["houses"], near=0.04)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_heated_share(base, factor):
    money = factor > 1.0
    again, study = override(base, "buildings", money=money, **{"building.reference_area_share": factor})
    quantities = [*ENERGY, "investment"] if money else ENERGY
    compare(base, again, "heated_share", factor, blocks=[*HOMES, "services"], study=study, quantities=quantities)


def need_ratio(base, again, label):
    """Need of heat for rooms after and before, in the blocks of one kind."""
    buildings = base["buildings"]
    block = {"flats": "first_etics", "old flats": "original"}[label]
    rows = (buildings["refurbishment_state"].astype("str") == block) & (buildings["use"] == "residential_multi")
    ids = buildings.index[rows]
    after, before = (layers["need"].xs("existing", level="package")["heat_need_kwh_a"].reindex(ids).sum() for layers in (again, base))
    return float(after / before)


def test_construction_period_is_a_factor_on_heat_for_rooms_alone(base):
    buildings = base["buildings"].copy()
    later = buildings["construction_period"].astype("str").replace({"PL.03": "PL.04"})
    buildings["construction_period"] = later
    buildings["tabula_code"] = buildings["tabula_code"].astype("str").str.slice(0, -2) + later.str.slice(-2)
    again = chain.run({**base, "buildings": buildings}, STUDY, "envelope")
    factor = need_ratio(base, again, "flats")
    assert INPUTS["construction_period"].low <= factor <= INPUTS["construction_period"].high
    compare(
        base, again, "construction_period", factor, blocks=["flats"], quantities=["heat_kwh_a", "electricity_kwh_a"], variants=["today"]
    )


@pytest.mark.parametrize("degrees", [19.0, 22.0])
def test_use_of_heat_is_a_factor_on_heat_for_rooms_alone(base, degrees):
    again, study = override(base, "envelope", **{"building.t_internal": degrees / 20.0})
    factor = need_ratio(base, again, "flats")
    assert INPUTS["heat_use"].low <= factor <= INPUTS["heat_use"].high
    energy = ["heat_kwh_a", "electricity_kwh_a", "balance_kwh_a", "pv_kwh_a"]
    compare(base, again, "heat_use", factor, blocks=["flats"], study=study, quantities=energy, variants=["today", "network"], near=0.03)


@pytest.mark.parametrize("factor", [0.9, 1.2])
def test_hot_water(base, factor):
    cold, hot = (assumptions.scalar(f"demand.t_{name}_water").value for name in ("cold", "hot"))
    again, study = override(base, "envelope", **{"demand.t_hot_water": (cold + factor * (hot - cold)) / hot})
    energy = ["heat_kwh_a", "electricity_kwh_a", "balance_kwh_a"]
    compare(base, again, "hot_water", factor, blocks=HOMES, study=study, quantities=energy)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_electricity_use(base, factor):
    names = ("electricity_per_dwelling_city", "electricity_common", "ev_kwh_per_year")
    again, study = override(base, "envelope", **{f"demand.{name}": factor for name in names})
    compare(base, again, "electricity_use", factor, blocks=HOMES, study=study)


def test_share_of_the_roofs(base):
    shares = [name for name in assumptions.scalars() if name.startswith("pv.obstacle_share_")]
    factor = 0.9
    again, study = override(
        base, "roofs", **{name: (1 - factor * (1 - assumptions.scalar(name).value)) / assumptions.scalar(name).value for name in shares}
    )
    # modules are whole
    compare(
        base,
        again,
        "roof_share",
        factor,
        blocks=["flats", "old flats", "services"],
        study=study,
        quantities=["pv_kwh_a", "heat_kwh_a", "electricity_kwh_a"],
        near=0.03,
    )


def test_yield_of_the_modules(base):
    loss = assumptions.scalar("pv.system_loss").value
    factor = 0.95
    again, study = override(base, "roofs", **{"pv.system_loss": (1 - factor * (1 - loss)) / loss})
    compare(base, again, "pv_yield", factor, blocks=[*HOMES, "services"], study=study)


@pytest.mark.parametrize(
    ("key", "name"), [("factor_electricity", "carriers.pef_electricity"), ("factor_district_heat", "carriers.pef_district_heat")]
)
@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_weighting_factors(base, key, name, factor):
    again, study = override(base, "balance", **{name: factor})
    compare(base, again, key, factor, blocks=[*HOMES, "services"], study=study, near=1e-6)


def test_level_of_costs(base):
    works = [
        name
        for name, known in assumptions.scalars().items()
        if name.split(".")[0] in {"prices", "supply", "retrofit"} and known.unit.startswith("PLN")
    ]
    bought = ("electricity", "district_heat", "gas_household", "coal", "biomass", "oil")
    factor = 1.2
    changed = [name for name in works if not name.removeprefix("prices.").startswith(bought)]
    again, study = override(base, "packages", money=True, **dict.fromkeys(changed, factor))
    quantities = [*ENERGY, "investment"]
    compare(base, again, "cost_level", factor, blocks=[*HOMES, "services"], study=study, quantities=quantities)


# the odds of the period and of works are compared in test_ages_drawn, those of the use in test_uses_drawn, methods of heat in test_simulation
TESTED = {"small_need", "period_odds", "works_odds", "use_odds", "storeys", "heated_share", "construction_period", "heat_use", "hot_water", "electricity_use",
          "roof_share", "pv_yield", "factor_electricity", "factor_district_heat", "cost_level"}  # fmt: skip


def test_every_uncertain_input_is_compared_with_a_re_run():
    assert set(INPUTS) == TESTED


# --- gates


def test_every_gate_opens_for_some_building_of_a_real_run(base):
    """A gate whose value no building can have made the largest unknown of an existing building vanish without a word."""
    blocks, _, _ = blocks_in(base)
    for key in INPUTS:
        powers = [power for block in blocks.values() for power in block.powers[key].values()]
        assert any(power.any() for power in powers), key


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"where": "refurbishment_state=existing"}, "refurbishment_state = 'existing', known are original, first_etics, usual, advanced"),
        ({"where": "refurbishment_state=original|usual|renewed"}, "'renewed'"),
        ({"where": "colour=red"}, "'colour=red', which is no coded column"),
        ({"guessed": "colour"}, "an estimate of 'colour', which has no source"),
        ({"by_use": (("igloo", "space_heat", 1.0),)}, "use = 'igloo'"),
        ({"by_use": (("school", "moon_light", 1.0),)}, "acts on 'moon_light'"),
    ],
)
def test_a_gate_that_the_schema_does_not_know_is_an_error(changes, told):
    given = make_input(**changes)
    components = make_components(colour="red", colour_source="inferred: x", use="school")
    with pytest.raises(LayerError, match="components") as refused:
        uncertainty.simulate(components, None, None, STUDY, inputs=(given,))
    assert told in str(refused.value)


def test_wrong_tables_are_refused_with_all_their_problems(monkeypatch):
    real = assumptions.table
    table = real("uncertain_inputs")
    table["where"] = table["where"].astype("object").where(table["key"] != "storeys", "refurbishment_state=existing")
    powers = pd.concat(
        [real("uncertain_powers"), pd.DataFrame({"input": ["ghost"], "use": ["school"], "component": ["pv"], "power": [1.0]})]
    )
    monkeypatch.setattr(
        given_inputs.assumptions, "table", lambda name: {"uncertain_inputs": table, "uncertain_powers": powers}[name].copy()
    )
    with pytest.raises(StudyError) as refused:
        uncertainty.uncertain_inputs()
    assert "'existing'" in str(refused.value)
    assert "'ghost'" in str(refused.value)


def test_powers_may_differ_by_use():
    given = make_input(applies_to=(("space_heat", 0.5),), by_use=(("school", "space_heat", 1.0), ("school", "hot_water", 2.0)))
    components = make_components(buildings=2, blocks=2, use="office")
    components.loc["way/1", "use"] = "school"
    blocks, _ = response.blocks_of(components, (given,), frozenset(), 0.5)
    assert [{name: power.tolist() for name, power in block.powers["x"].items()} for block in blocks] == [
        {"space_heat": [0.5], "hot_water": [0.0]},
        {"space_heat": [1.0], "hot_water": [2.0]},
    ]
