"""Groups of blocks: many at a time are what each is alone, and everything that indicators read is fed."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ped_geo.accounts import Accounts, Need
from ped_geo.balance import balance_of_groups, flows_of_groups, group_balance, group_flows, group_hourly, hours_of_groups
from ped_geo.flows import Group, Groups, today_and_new
from ped_geo.kpis import KPIS
from ped_geo.verdicts import verdict_table, verdicts
from tests.toy_district import BLOCKS, toy_inputs, toy_study

CHOICES = {
    "mixed": {"b3": "today", "b1": "usual_pv", "b2": "today"},
    "b1": {"b1": "advanced_pv"},
    "all": dict.fromkeys(BLOCKS, "near_zero_heat_pump_pv"),
    "two": {"b2": "usual", "b3": "usual_pv"},
}
PLOTS = pd.DataFrame({"area_m2": [1000.0, 900.0, 800.0], "gross_floor_area_m2": [1250.0, 700.0, 625.0]}, index=pd.Index(BLOCKS))


def with_uses():
    inputs = toy_inputs()
    return dataclasses.replace(inputs, buildings=inputs.buildings.assign(use=["residential_multi", "office", "retail", "school", "school"]))


def test_groups_give_back_the_choices_that_they_were_made_of():
    groups = Groups.named(CHOICES)
    assert {group.key: dict(group.choice) for group in groups} == CHOICES
    assert [group.key for some in groups.chunks(3) for group in some] == list(CHOICES)
    kept = groups.taken(np.array([True, False, False, True]))
    assert {group.key: dict(group.choice) for group in kept} == {name: CHOICES[name] for name in ("mixed", "two")}


def test_blocks_alone_and_together_are_groups_like_others():
    assert list(Groups.alone(["b1", "b2"], "today")) == [Group("b1", {"b1": "today"}), Group("b2", {"b2": "today"})]
    both = Groups.together(["b1", "b2"], ["today", "usual"])
    assert list(both) == [Group(key, dict.fromkeys(("b1", "b2"), key)) for key in ("today", "usual")]
    assert [group.choice for group in both.all_in("x")] == [dict.fromkeys(("b1", "b2"), "x")] * 2


def test_parts_of_a_group_are_its_variants_in_their_order():
    groups = Groups.named(CHOICES)
    assert list(groups.part_index)[:3] == [("mixed", "today"), ("mixed", "usual_pv"), ("b1", "advanced_pv")]
    assert groups.sums(np.ones(len(groups.block))).tolist() == [3, 1, 3, 2]
    assert groups.over_parts(np.ones(len(groups.part_number))).tolist() == [2, 1, 1, 2]


def test_a_figure_of_an_unknown_block_is_the_one_for_missing():
    groups = Groups.alone(["b1", "elsewhere"], "today")
    assert groups.figures(pd.Series({"b1": 5.0, "b2": 7.0}), missing=-1.0).tolist() == [5.0, -1.0]


def test_hours_flows_and_balances_of_many_groups_are_those_of_each():
    inputs, study, groups = toy_inputs(), toy_study(), Groups.named(CHOICES)
    hours = hours_of_groups(inputs, study, groups)
    flows = flows_of_groups(inputs, study, groups, hours)
    balance = balance_of_groups(flows, groups, study)
    for place, (name, choice) in enumerate(CHOICES.items()):
        alone = group_hourly(inputs, study, choice)
        np.testing.assert_allclose(hours.load_kw[place], alone["load_kw"])
        np.testing.assert_allclose(hours.pv_kw[place], alone["pv_kw"])
        pd.testing.assert_frame_equal(flows.xs(name, level="group"), group_flows(inputs, study, choice))
        pd.testing.assert_series_equal(balance.loc[name], group_balance(inputs, study, choice), check_names=False)


def test_hours_of_a_mixed_group_are_the_sum_by_hand():
    inputs, study = toy_inputs(), toy_study()
    found = group_hourly(inputs, study, CHOICES["mixed"])
    services, pv = inputs.electricity_hourly.sum(axis=1), inputs.pv_hourly["b1"]
    np.testing.assert_allclose(found["services_kw"], services)
    np.testing.assert_allclose(found["pv_kw"], pv)
    np.testing.assert_allclose(found["heat_kw"], 0.0)


def test_verdicts_and_switches_of_many_groups_are_those_of_each():
    inputs, study = with_uses(), toy_study()
    together = verdict_table(inputs, study, Groups.named(CHOICES), blocks=PLOTS)
    assert set(together["flip_switch"]) >= {"none", "supply"}
    for name, choice in CHOICES.items():
        alone = verdicts(Accounts(inputs, study, Groups.of([Group(name, choice)]), PLOTS))
        pd.testing.assert_frame_equal(together.loc[name], alone, rtol=1e-9)


def test_a_group_without_heated_floor_has_no_verdict_and_the_others_keep_theirs():
    inputs = with_uses()
    bare = dataclasses.replace(inputs, buildings=inputs.buildings.assign(reference_area_m2=[400.0, 600.0, 0.0, 500.0, 999.0]))
    found = verdict_table(bare, toy_study(), Groups.alone(BLOCKS, "usual_pv"), blocks=PLOTS)
    assert set(found.index.get_level_values("group_id")) == {"b1", "b3"}


@pytest.mark.parametrize("pv", [True, False])
def test_what_roofs_carry_is_today_and_the_new_where_the_variant_has_it(pv):
    assert today_and_new(np.array([2.0]), np.array([3.0]), pv).tolist() == [2.0 + 3.0 * pv]


def read_by_indicators(kind: str) -> set[str]:
    """Names that indicators take of their accounts: attributes, or columns of the balance in ``of`` and ``before``."""
    found = set()
    for path in [path for room in ("kpis", "accounts") for path in (Path(__file__).parents[1] / "ped_geo" / room).glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                kind == "column"
                and isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"of", "before"}
            ):
                found |= {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and str(one.value).endswith(("_a", "rer"))}
            elif kind == "attribute" and isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in {"accounts", "self"}:
                found.add(node.attr)
    return {name for name in found if not name.startswith("_")}


def test_every_need_that_other_stages_say_is_read_by_an_indicator_and_every_column_stands_in_the_balance():
    stated = {name for name, one in vars(Accounts).items() if isinstance(one, Need) and one.function is None}
    by_name = {name for entry in KPIS.load().values() for name in entry.needs}
    assert len(stated) > 10
    assert stated - read_by_indicators("attribute") - by_name == set()
    balance = group_balance(toy_inputs(), toy_study(), CHOICES["mixed"])
    assert len(read_by_indicators("column")) > 10
    assert read_by_indicators("column") - set(balance.index) == set()
