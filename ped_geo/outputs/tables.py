"""The wide tables that all outputs share: blocks and buildings with a column per variant, each column explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ped_geo import schema
from ped_geo.countries import HOME
from ped_geo.figures.amounts import roofs_of_blocks
from ped_geo.figures.heat_networks import network_owners
from ped_geo.finance.parties import HEAT_COMPANY
from ped_geo.language import catalogue, number, position, text
from ped_geo.outputs import Results
from ped_geo.outputs.block_plans import add_plan_columns
from ped_geo.outputs.block_types import add_block_types
from ped_geo.outputs.documented import DocumentedLayer
from ped_geo.outputs.figures import block_figures, has_heat, rows_of, written_unit
from ped_geo.outputs.heat_columns import add_heat_columns
from ped_geo.outputs.summer_columns import add_summer_of_blocks, add_summer_of_buildings
from ped_geo.plans import recommended_variant
from ped_geo.schema import Column
from ped_geo.study import NO_STORAGE, Variant

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "DocumentedLayer",
    "block_table",
    "building_table",
    "candidate_table",
    "distinct_candidates",
    "party_name",
    "shown_variant",
    "site_words",
    "variant_name",
    "weather_words",
]

BY_FLOOR = {"primary_energy_balance_kwh_a": "balance", "co2_kg_a": "co2", "investment": "investment_m2"}
"""Columns of the layer ``balance`` that people ask for per block and variant, and the figures that they are by heated floor."""

OF_COUNTRY = (
    *("tabula_code", "size_class", "refurbishment_state", "heat_supply", "dwellings", "residents", "known_share"),
    *("construction_period_probability", "population_density"),
)
"""How columns begin that rest on a country's typology or statistics."""


def variant_name(variant: Variant, lang: str, *, short: bool = False) -> str:
    """
    Name of a variant for people; a short one for lists that are narrow and tell the whole name beside.

    Examples
    --------
    >>> variant = Variant(key="usual_pv", package="usual", pv=True)
    >>> variant_name(variant, "en"), variant_name(variant, "en", short=True)
    ('Standard retrofit + PV', 'Standard + PV')
    """

    def said(key: str, otherwise: str = "", **values: str) -> str:
        key = next((one for one in ([f"short.{key}"] if short else []) if one in catalogue()), key)
        return text(key, lang, **values) if key in catalogue() or not otherwise else otherwise

    name = said(f"variant.package.{variant.package}", variant.package)
    if variant.supply != "today":
        name = said("variant.with_supply", name=name, supply=said(f"variant.supply.{variant.supply}", variant.supply))
    beyond = f".{variant.modules}" if variant.places else ""
    name = said(f"variant.with_pv{beyond}", name=name) if variant.pv else name
    return name if variant.storage == NO_STORAGE else said(f"variant.with_{variant.storage}", name=name)


def party_name(results: Results, party: str, lang: str) -> str:
    """
    Who pays, in words; the heat company by its name where the pipes that are there tell it.

    Parameters
    ----------
    results : Results
        The run.
    party : str
        Of layer ``parties``.
    lang : str
        ``pl`` or ``en``.
    """
    name, pipes = text(f"finance.party.{party}", lang), results.layers.get("heat_network")
    owners = network_owners(pipes) if party == HEAT_COMPANY and pipes is not None else []
    return text("finance.party_named", lang, name=name, owner=", ".join(owners)) if owners else name


def shown_variant(results: Results) -> Variant:
    """The variant that charts, maps and tables show: the one that is recommended for the whole place."""
    table, study = results.layers.get("recommendation"), results.study
    key = study.shown_variant.key if table is None else recommended_variant(table, study)
    return next(variant for variant in study.variants if variant.key == key)


def _per_variant(column: Column, variant: Variant, *, specific: bool) -> Column:
    name = f"{column.name}__{variant.key}"
    unit = written_unit(column.unit) or column.unit
    if specific:
        name = f"{column.name.removesuffix('_a')}_m2a__{variant.key}" if column.name.endswith("_a") else f"{column.name}_m2__{variant.key}"
        unit = f"{column.unit.removesuffix('/a')}/(m²·a)" if column.unit.endswith("/a") else f"{column.unit}/m²"
    return replace(
        column,
        name=name,
        unit=unit,
        label_en=f"{column.label_en} – {variant_name(variant, 'en')}",
        label_pl=f"{column.label_pl} – {variant_name(variant, 'pl')}",
        required=False,
    )


def block_table(results: Results) -> DocumentedLayer:
    """
    Blocks with the figures of every variant, absolute and per m² of heated floor.

    Returns
    -------
    DocumentedLayer
        One row per block, indexed by ``block_id``.
    """
    blocks = results.layers["blocks"].copy()
    columns = dict(schema.columns("blocks"))
    heated = has_heat(blocks)
    # columns are laid side by side at the end: a hundred that are put in one by one lie in a hundred pieces
    added: dict[str, pd.Series] = {}
    if not results.complete:
        _add_pv(results, blocks.index, added, columns)
        return DocumentedLayer(_geometry_last(_form_alone(blocks.join(pd.DataFrame(added, index=blocks.index)))), columns)
    balance, figures = results.layers["balance"], block_figures(results)
    declared = schema.columns("balance")
    for variant in results.study.variants:
        rows = balance.xs(variant.key, level="variant").reindex(blocks.index)
        by_floor = rows_of(figures, "variant", variant.key).reindex(blocks.index)
        for name, figure in BY_FLOOR.items():
            if name not in rows:
                continue
            whole, part = (_per_variant(declared[name], variant, specific=specific) for specific in (False, True))
            added[whole.name], columns[whole.name] = rows[name], whole
            added[part.name], columns[part.name] = by_floor[figure], part
    _add_probabilities(results, added, columns, heated)
    _add_pv(results, blocks.index, added, columns)
    add_heat_columns(results, blocks.index, added, columns)
    add_summer_of_blocks(results, blocks.index, added, columns)
    add_block_types(results, blocks.index, added, columns)
    add_plan_columns(results, blocks.index, added, columns)
    whole_table = blocks.join(pd.DataFrame(added, index=blocks.index)).join(_indicators(results, columns))
    return DocumentedLayer(_geometry_last(whole_table), columns)


def _add_probabilities(results: Results, added: dict[str, pd.Series], columns: dict[str, Column], heated: pd.Series) -> None:
    """Chances of the blocks that have heat; there is none of a positive balance where no floor is heated."""
    chances = results.layers.get("probabilities")
    if chances is None or "p_positive" not in chances:
        return
    of_blocks = chances[chances["scope"] == "block"].reset_index()
    for variant in results.study.variants:
        rows = of_blocks[of_blocks["variant"] == variant.key].set_index("group_id")["p_positive"]
        if rows.empty:
            continue
        column = _per_variant(schema.columns("probabilities")["p_positive"], variant, specific=False)
        added[column.name], columns[column.name] = rows.reindex(heated.index).where(heated), column


def _add_pv(results: Results, index: pd.Index, added: dict[str, pd.Series], columns: dict[str, Column]) -> None:
    declared, roofs = schema.columns("pv_buildings"), roofs_of_blocks(results.layers).reindex(index)
    for name in roofs:
        added[f"pv_{name}"], columns[f"pv_{name}"] = roofs[name], replace(declared[str(name)], name=f"pv_{name}")


def _indicators(results: Results, columns: dict[str, Column]) -> pd.DataFrame:
    """Every indicator of the registry that blocks have the data for, on the recommended way."""
    variant = shown_variant(results)
    rows = rows_of(results.layers["block_kpis"], "variant", variant.key)
    named = {name: _per_variant(column, variant, specific=False) for name, column in schema.columns("block_kpis").items() if name in rows}
    columns |= {f"kpi_{column.name}": replace(column, name=f"kpi_{column.name}") for column in named.values()}
    return rows.rename(columns={name: f"kpi_{column.name}" for name, column in named.items()})


def _geometry_last(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame[[*(name for name in frame.columns if name != "geometry"), "geometry"]]


def building_table(results: Results) -> DocumentedLayer:
    """
    Buildings of the district with heat need per package and PV.

    Returns
    -------
    DocumentedLayer
        One row per building, indexed by ``building_id``.
    """
    buildings = results.layers["buildings"]
    buildings = buildings[buildings["in_district"]].copy()
    if results.complete:
        buildings["known_share"] = results.layers["building_figures"]["known_share"].reindex(buildings.index)
    columns = schema.columns_in("buildings", results.study.country or HOME)
    need, declared = results.layers.get("need"), schema.columns("need")
    for package in need.index.get_level_values("package").unique() if need is not None else ():
        variant = Variant(key=package, package=package)
        column = _per_variant(declared["heat_need_kwh_m2a"], variant, specific=False)
        rows = need.xs(package, level="package")["heat_need_kwh_m2a"].reindex(buildings.index)
        # an unheated shed needs no heat, which is not a need of 0 kWh/m²
        buildings[column.name], columns[column.name] = rows.where(buildings["heated"].astype(bool)), column
    pv, pv_columns = results.layers["pv_buildings"], schema.columns("pv_buildings")
    for name in ("capacity_kwp", "annual_yield_kwh_a", "specific_yield_kwh_kwp_a", "shading_loss", "left_out"):
        if name in pv:
            buildings[f"pv_{name}"], columns[f"pv_{name}"] = pv[name].reindex(buildings.index), replace(pv_columns[name], name=f"pv_{name}")
    add_summer_of_buildings(results, buildings, columns)
    return DocumentedLayer(_geometry_last(buildings if results.complete else _form_alone(buildings)), columns)


def _form_alone(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A table without the columns that only a country's typology and statistics could tell."""
    return frame[[name for name in frame.columns if not name.startswith(OF_COUNTRY)]]


def distinct_candidates(results: Results) -> dict[str, list[str]]:
    """Candidates that differ in blocks or variants, the best place first, by the id of the first, with all goals that led to each."""
    goals: dict[tuple[str, str], dict[str, list[str]]] = {}
    candidates, ranked = results.layers["candidates"], results.layers.get("ranking")
    if ranked is not None:
        places = {name: place for place, name in enumerate(ranked.index)}
        candidates = candidates.loc[sorted(candidates.index, key=lambda name: places.get(name, len(places)))]
    for row in candidates.itertuples():
        found = goals.setdefault((row.blocks, row.choices), {str(row.Index): []})
        next(iter(found.values())).append(str(row.goal))
    return {name: reached for found in goals.values() for name, reached in found.items()}


def candidate_table(results: Results) -> DocumentedLayer:
    """Candidate districts as the search found them."""
    return DocumentedLayer(results.layers["candidates"], schema.columns("candidates"))


def site_words(results: Results, lang: str) -> str:
    """Position, altitude with its source, clock, country and holidays of a place, in one line."""
    from ped_geo.countries import packs

    site, country = results.site, results.study.country
    source = text(f"cli.altitude.{site.altitude_source}", lang)
    where = position(site.latitude, site.longitude, lang)
    altitude = number(site.altitude_m, lang)
    said = text("cli.site", lang, position=where, altitude=altitude, source=source, zone=site.tz, country=country or "–")
    return said if country in packs() else f"{said} {text('cli.no_holidays', lang)}"


def weather_words(about: Mapping[str, Any]) -> dict[str, str]:
    """Where the weather comes from; the built-in climate is named in both languages."""
    source = str(about.get("source", ""))
    station = source.removeprefix("built-in climate, station ")
    if station == source:
        return {"pl": source, "en": source}
    names = catalogue().get(f"station.{station}", {})
    return {lang: text("map.weather_builtin", lang, station=names.get(lang, station)) for lang in ("pl", "en")}
