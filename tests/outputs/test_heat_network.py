"""The heat network in the products: lines as wide as their pipes, zones in words of both languages, sums that agree."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo import schema
from ped_geo.figures import FIGURES
from ped_geo.figures.heat_networks import network_totals
from ped_geo.figures.table import KEYS
from ped_geo.networks.density import block_density
from ped_geo.outputs import Results
from ped_geo.outputs.heat_columns import add_heat_columns
from ped_geo.outputs.heat_network import heat_network_layer
from ped_geo.outputs.qml import LayerStyle, qml
from ped_geo.outputs.report.blocks import party_rows
from ped_geo.outputs.report.networks import block_margins, network_page
from ped_geo.outputs.tables import DocumentedLayer, party_name
from ped_geo.site import Site
from ped_geo.study import Study, Variant

CRS = "EPSG:2178"
STUDY = Study(name="x", variants=(Variant(key="a", package="existing"), Variant(key="b", package="near_zero", pv=True)))


NAMES = ("network_connections", "district_heat_share", "network_there", "network_narrow")


def results(*, routed=True, states=("new", "new"), owner="", reached="connected"):
    names = pd.Index(["b1", "b2"], name="block_id")
    blocks = gpd.GeoDataFrame(
        {"area_m2": [10_000.0] * 2, "fsi": [0.8] * 2}, geometry=[shapely.box(x, 0, x + 100, 100) for x in (0, 100)], crs=CRS, index=names
    )
    heat = pd.DataFrame({"existing": [600.0, 100.0], "near_zero": [200.0, 30.0]}, index=names)
    trench = pd.DataFrame({"trunk_m": [100.0, 80.0], "connections_m": [20.0, 20.0]}, index=names) if routed else None
    zone = {"existing": ["heat_network", "undecided"], "near_zero": ["heat_network", "heat_pumps"]}
    zones = pd.concat(
        {
            package: pd.DataFrame(
                {"zone": zone[package] if routed else ["not_routed"] * 2, "heat_mwh_a": heat[package], "margin_per_mwh": [90.0, -20.0]},
                index=names,
            )
            for package in zone
        },
        names=["package"],
    ).reorder_levels(["block_id", "package"])
    pipes = gpd.GeoDataFrame(
        {
            "kind": ["trunk", "connection"],
            "dn": [80, 25],
            "state": states,
            "length_m": [2_500.0, 40.0],
            "owner": owner,
            "renewal": 0.0,
            "laid_year": np.nan,
        },
        geometry=[shapely.LineString([(0, 0), (9, 0)])] * 2,
        crs=CRS,
    )
    level = {
        "linear_density_mwh_m_a": 3.18, "connections": 2, "peak_kw": 300.0, "dn_most": 80, "heat_loss_share": 0.06, "pump_mwh_a": 3.0, "design_flow_c": 121.0, "design_return_c": 65.0, "last_flow_c": 117.0,
        "investment": 400_000.0, "distribution_cost_per_mwh": 60.0, "length_m": 220.0, "length_gap": 0.0, "feed_in": "middle_of_heat",
    }  # fmt: skip
    levels = pd.DataFrame([level], index=pd.MultiIndex.from_tuples([("high_temperature", "existing")], names=["level", "package"]))
    ids = pd.Index(["h1", "h2"], name="building_id")
    buildings = pd.DataFrame({"in_district": True, "heat_supply": ["district_heat", "gas"]}, index=ids)
    need = pd.DataFrame(
        {"heat_need_kwh_a": [600.0, 100.0], "hot_water_need_kwh_a": 0.0},
        index=pd.MultiIndex.from_product([ids, ["existing"]], names=["building_id", "package"]),
    )
    layers = {
        "blocks": blocks, "heat_density": block_density(blocks, heat, STUDY, trench), "heat_zones": zones, "buildings": buildings, "need": need,
        "heat_network": pipes if routed else pipes.iloc[:0], "heat_levels": levels if routed else levels.iloc[:0],
    }  # fmt: skip
    reach = pd.DataFrame({"reach": [reached, "dense"] * 2}, index=zones.index)
    layers["network_totals"] = network_totals(layers["heat_density"], zones, reach)
    figures = {name: FIGURES[name].told(FIGURES[name].value(layers, STUDY)) for name in NAMES}
    keys = pd.MultiIndex.from_tuples([("district", "district", "", name) for name in figures], names=KEYS)
    layers["figures"] = pd.DataFrame({"unit": "", "value": list(figures.values()), "low": np.nan, "high": np.nan}, index=keys)
    return Results(STUDY, Site(50.0, 20.0), layers)


def test_width_of_lines_follows_the_diameter_in_qgis():
    layer, style = heat_network_layer(results())["heat_network"]
    text = qml("heat_network", layer, style)
    assert '"dn"' in style.width_by
    assert "outlineWidth" in text
    assert "&quot;dn&quot;" in text
    plain = qml("streets", DocumentedLayer(layer.frame, layer.columns), LayerStyle("streets", geometry="line"))
    assert "data_defined_properties" not in plain


def test_without_pipes_there_is_no_layer():
    assert heat_network_layer(results(routed=False)) == {}


def test_blocks_carry_zone_margin_and_density_today_and_after():
    found = results()
    blocks, columns = {}, {}
    add_heat_columns(found, found.layers["blocks"].index, blocks, columns)
    assert blocks["heat_zone__near_zero"].tolist() == ["heat_network", "heat_pumps"]
    assert blocks["heat_linear_density_routed__existing"].tolist() == pytest.approx([600 / 120, 1.0])
    assert set(columns) == set(blocks)
    assert columns["heat_zone__existing"].values == schema.columns("heat_zones")["zone"].values


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_page_counts_every_block_once_in_zones_and_classes(lang):
    page = network_page(results(), lang)
    for rows, whole in ((page["zones"], 700.0), (page["classes"], 100.0)):
        assert sum(row["cells"][0] for row in rows) == 2
        assert sum(row["cells"][1] for row in rows) == pytest.approx(whole)
    assert {row["limit"][0] for row in page["classes"]} >= {"<", "≥"}
    # a share of today's heat that is district heat: 600 of 700
    assert any("86" in sentence for sentence in page["sentences"])
    assert all(np.isfinite(row["cost"]) for row in page["levels"])


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_page_says_where_lengths_come_from_when_nothing_could_be_routed(lang):
    page = network_page(results(routed=False), lang)
    assert len(page["sentences"]) == 1
    assert {"pl": "szerokości efektywnej", "en": "effective width"}[lang] in page["sentences"][0]
    assert page["levels"] == []
    assert {"pl": "żadnej rury nie wytyczono", "en": "no pipe was routed"}[lang] in page["caption"]
    assert len(page["legend"]) == 5
    assert len(page["zones"]) == 1


@pytest.mark.parametrize(("lang", "length"), [("pl", "2,5 km"), ("en", "2.5 km")])
def test_page_tells_how_much_of_the_network_lies_already(lang, length):
    sentences = network_page(results(states=("there", "new")), lang)["sentences"]
    assert any(length in sentence for sentence in sentences)
    assert not any(length in sentence for sentence in network_page(results(), lang)["sentences"])


@pytest.mark.parametrize(("lang", "words"), [("pl", "dwa różne pytania"), ("en", "two answer different questions")])
def test_a_block_that_is_called_heat_pumps_and_joined_all_the_same_is_told_with_the_reason(lang, words):
    """Block 2 is of heat pumps after the deep retrofit, 30 MWh/a, and dense enough to be joined; block 1 is of the network and on it."""
    told = network_page(results(), lang)["at_odds"]
    assert len(told) == 1
    assert words in told[0]
    assert {"pl": "mimo to mają w sieci: 1, razem 30", "en": "on the network all the same: 1, with 30"}[lang] in told[0]
    # of the two reasons the one that holds
    assert told[0].endswith({"pl": "czy ta rura się zwróci (kwartały: 1).", "en": "whether that pipe pays (blocks: 1)."}[lang])
    assert {"pl": "zostaje w niej", "en": "stays on it"}[lang] not in told[0]
    assert network_page(results(routed=False), lang)["at_odds"] == []
    loose = network_page(results(reached="too_loose"), lang)["at_odds"]
    assert len(loose) == 2
    assert {"pl": "nie przyłączają: 1, razem 200", "en": "do not join: 1, with 200"}[lang] in loose[1]


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_the_heat_company_pays_by_its_name_where_pipes_tell_it(lang):
    named = results(owner="MPEC <Kraków>")
    assert party_name(named, "heat_company", lang).endswith(" (MPEC <Kraków>)")
    assert "(" not in party_name(results(), "heat_company", lang)
    assert "(" not in party_name(named, "city", lang)
    parties = {"party": ["heat_company"], "pays": [2e6], "pays_a": [1e5], "gains_a": [9e4], "net_a": [-1e4]}
    named.layers["parties"] = pd.DataFrame(parties, index=["one"])
    assert party_rows(named, lang)[0]["name"].endswith(" (MPEC <Kraków>)")


def test_margin_of_each_block_stands_on_the_map():
    assert block_margins(results()).tolist() == ["90", "−20"]
