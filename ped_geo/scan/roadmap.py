"""The roadmap of a scanned place on its types of blocks: each tile makes its stock, and the types are led to 2050 together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.pipeline.stages import stage

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.study import Study

__all__ = ["by_types", "stock"]

SETTINGS = ["balance", "demand", "finance", "retrofit", "roadmap", "supply", "uncertainty"]


@stage(["scan_stock", "scan_base"], SETTINGS)
def stock(
    inside: gpd.GeoDataFrame,
    final_energy: pd.DataFrame,
    economics: pd.DataFrame,
    pv_economics: pd.DataFrame,
    balance: pd.DataFrame,
    *,
    study: Study,
) -> tuple[pd.DataFrame, ...]:
    """
    What each measure takes, costs and saves at each owner's buildings of a block.

    A scan draws no zones of heat networks, so that fuels give way to heat pumps; buildings on a network stay on it.
    """
    import pandas as pd

    from ped_geo import schema
    from ped_geo.roadmap.holdings import ORDERS, PlaceLayers, stock_of
    from ped_geo.roadmap.tables import base_table, stock_table
    from ped_geo.roadmap.years import factors_of_years

    zones = pd.DataFrame(columns=list(schema.columns("heat_zones")), index=pd.Index([], name="block_id", dtype="str"))
    layers = PlaceLayers(inside, final_energy, economics, pv_economics, balance, zones)
    central = factors_of_years(study)
    found = {order: stock_of(layers, central, study, order=order) for order in ORDERS}
    stocks = {order: one for order, one in found.items() if one is not None}
    return (stock_table(stocks), base_table(next(iter(stocks.values())))) if stocks else (pd.DataFrame(), pd.DataFrame())


@stage(["scan_roadmap", "scan_roadmap_types"], SETTINGS)
def by_types(
    inside: gpd.GeoDataFrame, scan_stock: pd.DataFrame, scan_base: pd.DataFrame, block_types: pd.DataFrame, *, study: Study
) -> tuple[pd.DataFrame, ...]:
    """Every scenario to 2050 for the place, year by year, and for each type of its blocks, as ``block_id``, in the years of maps."""
    import pandas as pd

    from ped_geo.roadmap.groups import by_group
    from ped_geo.roadmap.outcome import blocks_of, years_of
    from ped_geo.roadmap.plan import led, none_of
    from ped_geo.roadmap.tables import stocks_from

    if scan_stock.empty:
        return none_of("roadmap"), none_of("roadmap_blocks")
    types = {str(block): str(kind) for block, kind in block_types["block_type"].items()}
    stocks = {order: by_group(one, types) for order, one in stocks_from(scan_stock, scan_base).items()}
    found = led(stocks, set(), float(inside["residents"].fillna(0.0).sum()), study)
    years = pd.concat([years_of(one) for one in found.outcomes.values()])
    return years, pd.concat([blocks_of(one) for one in found.outcomes.values()])
