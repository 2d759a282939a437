"""Stocks that travel as tables: what comes back is what went in, whatever parts it came in."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from ped_geo.roadmap.groups import by_group
from ped_geo.roadmap.holdings import LEVERS, ORDERS, Stock
from ped_geo.roadmap.outcome import blocks_of, years_of
from ped_geo.roadmap.plan import led
from ped_geo.roadmap.tables import base_table, stock_table, stocks_from
from ped_geo.schema import check_layer
from tests.roadmap.test_courses import STUDY, stock
from tests.roadmap.test_groups import in_parts

FEW = STUDY.model_copy(update={"roadmap": STUDY.roadmap.model_copy(update={"draws": 50})})


def test_a_stock_comes_back_from_its_tables_as_it_was():
    place = stock()
    table, base = stock_table(dict.fromkeys(ORDERS, place)), base_table(place)
    check_layer("scan_stock", table)
    check_layer("scan_base", base)
    for back in stocks_from(table, base).values():
        for one in fields(Stock):
            mine, theirs = getattr(place, one.name), getattr(back, one.name)
            if one.name == "rank":
                for order in ORDERS:
                    for lever in LEVERS:
                        assert (mine[order][lever] == theirs[order][lever]).all()
            elif isinstance(mine, dict):
                assert all((mine[lever] == theirs[lever]).all() for lever in LEVERS), one.name
            else:
                assert (np.asarray(mine) == np.asarray(theirs)).all(), one.name


@pytest.mark.parametrize("seed", [1, 2])
def test_a_city_of_equal_blocks_in_tiles_led_by_type_is_the_city_led_by_block(seed):
    """Three tiles with a block of each type go through their tables, are put together, and give the years of the nine blocks."""
    place = stock(seed)
    # roofs alike but for their owners would leave the order among their blocks open
    apart = {order: {**rank, "pv": rank["pv"] + np.arange(len(place))} for order, rank in place.rank.items()}
    city = in_parts(replace(place, rank=apart))
    table, base = stock_table(dict.fromkeys(ORDERS, city)), base_table(city)
    tile = table.index.get_level_values("block_id").str.partition("-").get_level_values(2)
    # as a scan puts its tiles together
    whole = pd.concat([table[tile == number] for number in ("2", "0", "1")]).sort_index()
    types = {name: name.partition("-")[0] for name in city.blocks}
    stocks = {order: by_group(one, types) for order, one in stocks_from(whole, base.sort_index()).items()}
    assert list(stocks["social"].blocks) == ["b0", "b1", "b2"]
    by_type, by_block = (led(one, set(), 0.0, FEW).outcomes for one in (stocks, dict.fromkeys(ORDERS, city)))
    for key, one in by_block.items():
        mine, theirs = years_of(one), years_of(by_type[key])
        numbers = mine.select_dtypes("number").columns
        assert mine[numbers].to_numpy() == pytest.approx(theirs[numbers].to_numpy(), rel=1e-9, abs=1e-9), key
        # the state of a type is that of each of its blocks
        blocks, kinds = blocks_of(one), blocks_of(by_type[key]).set_index(["block_id", "year"])
        states = ["co2_kg_m2a", "renovated_share", "supply_changed_share", "pv_share"]
        for row in blocks.itertuples():
            kind = kinds.loc[(types[row.block_id], row.year)]
            assert [getattr(row, name) for name in states] == pytest.approx(list(kind[states]), rel=1e-9, nan_ok=True)
