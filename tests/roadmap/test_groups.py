"""A roadmap of groups of blocks: blocks that are equal may be told one by one or as one type."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ped_geo.roadmap.groups import BY_LEVER, by_group
from ped_geo.roadmap.holdings import LEVERS, ORDERS
from ped_geo.roadmap.outcome import payers_of, summary_of, years_of
from ped_geo.roadmap.plan import led
from tests.roadmap.test_courses import STUDY, stock

PARTS = (0.5, 0.3, 0.2)


def in_parts(place):
    """Each block of a stock as three equal in all but their size; the holdings of a block stay together."""

    def split(values):
        return np.concatenate([np.asarray(values) * part for part in PARTS])

    def thrice(values):
        return np.concatenate([values] * len(PARTS))

    amounts = {
        name: split(getattr(place, name))
        for name in (
            *("area", "supplied", "supply_cost_before", "works_before", "works_after", "supply_before", "pv_used", "pv_exported"),
            *("deeper_before", "deeper_after", "network_plant", "base", "base_exported"),
        )
    }
    by_lever = {name: {lever: split(getattr(place, name)[lever]) for lever in LEVERS} for name in BY_LEVER}
    names = [f"{name}-{number}" for number in range(len(PARTS)) for name in place.blocks]
    return replace(
        place,
        block=np.array([f"{name}-{number}" for number in range(len(PARTS)) for name in place.block]),
        **{name: thrice(getattr(place, name)) for name in ("owner", "package", "supply")},
        **amounts,
        **by_lever,
        rank={order: {lever: thrice(table) for lever, table in place.rank[order].items()} for order in ORDERS},
        blocks=pd.Index(names, dtype="str"),
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equal_blocks_taken_as_one_type_give_the_same_roadmap(seed):
    """Years, payers and sums of all four scenarios, of nine blocks and of the three types that they are."""
    place = in_parts(stock(seed))
    types = by_group(place, {name: name.partition("-")[0] for name in place.blocks})
    assert len(place) == 27
    assert len(types) == 9
    assert list(types.blocks) == ["b0", "b1", "b2"]
    blocks, grouped = (led(dict.fromkeys(ORDERS, one), set(), 1000.0, STUDY) for one in (place, types))
    for key, one in blocks.outcomes.items():
        other = grouped.outcomes[key]
        assert one.emissions == pytest.approx(other.emissions, rel=1e-9)
        mine, theirs = years_of(one), years_of(other)
        numbers = mine.select_dtypes("number").columns
        assert mine[numbers].to_numpy() == pytest.approx(theirs[numbers].to_numpy(), rel=1e-9, abs=1e-9)
        assert payers_of(one)["pays"].to_numpy() == pytest.approx(payers_of(other)["pays"].to_numpy(), rel=1e-9, abs=1e-6)
        told = summary_of(theirs, other)
        for name, value in summary_of(mine, one).items():
            assert value == (told[name] if isinstance(value, str) else pytest.approx(told[name], rel=1e-9)), name


def test_a_group_holds_all_that_its_blocks_hold():
    place = stock()
    whole = by_group(place, dict.fromkeys(place.blocks, "all"))
    assert list(whole.blocks) == ["all"]
    assert whole.base.sum() == pytest.approx(place.base.sum())
    assert whole.area.sum() == pytest.approx(place.area.sum())
    for lever in LEVERS:
        assert whole.cost[lever].sum() == pytest.approx(place.cost[lever].sum())
    # owners and supplies stay apart
    assert set(zip(whole.owner, whole.package, whole.supply, strict=True)) == set(
        zip(place.owner, place.package, place.supply, strict=True)
    )
