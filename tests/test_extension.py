"""What a new part costs: one file, and rows of tables, in a copy of the package that then goes the whole way."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.whole_runs import WITHOUT_PANGO

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).resolve().parents[1] / "ped_geo"

FILES = {
    "sources/warm_weather.py": '''
"""The built-in year, one kelvin warmer."""

from ped_geo.sources._providers import WEATHERS, WeatherSource
from ped_geo.sources.climate import hourly_year


def _fetch(study, site, raw_root):
    del study, raw_root
    year = hourly_year(site)
    year["temp_air"] += 1.0
    year.attrs["source"] = "one kelvin warmer"
    return year


WEATHERS.add("warm", WeatherSource("warm", _fetch))
''',
    "sources/flat_ground.py": '''
"""Flat ground at 321 m."""

import numpy as np
import rasterio

from ped_geo.sources._providers import ELEVATIONS, ElevationSource


def _models(study, boundary, raw_root, refresh):
    del refresh
    path = raw_root / study.name / "flat.tif"
    path.parent.mkdir(parents=True, exist_ok=True)
    west, south, east, north = boundary.to_crs(2178).buffer(2000.0).total_bounds
    form = rasterio.transform.from_bounds(west, south, east, north, 100, 100)
    options = {"width": 100, "height": 100, "count": 1, "dtype": "float32", "crs": "EPSG:2178", "transform": form}
    with rasterio.open(path, "w", driver="GTiff", **options) as file:
        file.write(np.full((100, 100), 321.0, dtype="float32"), 1)
    return {"terrain_model": path}


ELEVATIONS.add("flat", ElevationSource("flat", "nobody", _models, lambda study, raw_root: {}))
''',
    "supply/electric_panels.py": '''
"""Panels that radiate."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

SUPPLIES.add(
    "electric_panels",
    HeatSupply("electric_panels", "electricity", "direct", price="supply.electric_heating_per_kw", lifetime="supply.substation_life"),
)
''',
    "kpis/answers.py": '''
"""An indicator of no use."""

from ped_geo.kpis import kpi


@kpi(
    "floor_thousand",
    unit="-",
    better="neutral",
    source="this test",
    formula="A / 1000",
    label=("Floor in thousands", "Powierzchnia w tysiącach"),
    sentence=("It is {value}.", "To {value}."),
)
def floor_thousand(accounts):
    return accounts.reference_area_m2 / 1000.0
''',
    "outputs/count.py": '''
"""How many buildings there are, as a text file."""

from ped_geo.outputs import OUTPUTS, Output


def _write(results, folder):
    path = folder / "count.txt"
    path.write_text(str(len(results.layers["buildings"])))
    return [path]


OUTPUTS.add("count", Output("count", "processed", _write, order=90))
''',
    "retrofit/curtains.py": '''
"""Heavy curtains: windows lose a tenth less."""

import numpy as np

from ped_geo.retrofit._measure import MEASURE_TYPES, MeasureType, allowed, floor_cost


def _apply(measure, state, case, level):
    before = state[measure.changes].to_numpy(float)
    after = before * level.number(case.study)
    return state.assign(**{measure.changes: np.where(allowed(measure, case.buildings), after, before)})


MEASURE_TYPES.add("curtains", MeasureType(_apply, floor_cost))
''',
    "supply/hydrogen_boilers.py": '''
"""Boilers that burn hydrogen."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

SUPPLIES.add(
    "hydrogen_boilers",
    HeatSupply("hydrogen_boilers", "hydrogen", "direct", price="supply.electric_heating_per_kw", lifetime="supply.boiler_life"),
)
''',
    "retrofit/chimneys.py": '''
"""Open chimneys, through which warm air leaves: an element of the thermal state, and the measure that closes them."""

import numpy as np

from ped_geo.demand.state_elements import STATE_ELEMENTS, StateElement
from ped_geo.retrofit._measure import MEASURE_TYPES, MeasureType, allowed, floor_cost


def _today(buildings, study):
    return np.full(len(buildings), 0.5)


def _lost(value, envelope, study):
    return study.assumed("demand.air_heat_capacity") * value * envelope["volume_m3"].to_numpy(dtype=float)


def _apply(measure, state, case, level):
    closed = allowed(measure, case.buildings)
    return state.assign(chimney_ach=np.where(closed, level.number(case.study), state["chimney_ach"]))


STATE_ELEMENTS.add("chimney_ach", StateElement("chimney_ach", _today, ventilation_w_k=_lost))
MEASURE_TYPES.add("chimneys", MeasureType(_apply, floor_cost))
''',
    "verdicts/thrifty.py": '''
"""A definition that asks for what nothing else asks for: how many people live here."""

from ped_geo.accounts import further_need
from ped_geo.verdicts.definitions import DEFINITIONS, Definition, judged


@further_need
def residents(accounts):
    groups = accounts.groups
    return groups.sums(groups.figures(accounts.blocks["residents"]))


def _thrifty(primary_balance_kwh_a, residents):
    margin = primary_balance_kwh_a + 10_000.0 * residents
    return judged(margin > 0, margin)


DEFINITIONS.add("thrifty", Definition("thrifty", _thrifty, "primary_energy_nren", "study", "yearly", "read", "this test"))
''',
}

ROWS = {
    "assumptions/tables/heating_systems.csv": [
        "electric_panels,heating,electricity,1,1,1,0,,2026,this test,assumed",
        "electric_panels,hot_water,electricity,1,1,1,0,,2026,this test,assumed",
        "hydrogen_boilers,heating,hydrogen,1.25,1.25,1.25,0,,2026,this test,assumed",
        "hydrogen_boilers,hot_water,hydrogen,1.25,1.25,1.25,0,,2026,this test,assumed",
    ],
    "assumptions/tables/carriers.csv": ["hydrogen,yes,yes,yes,prices.hydrogen,kWh,,this test,assumed"],
    "countries/pl/assumptions/prices.csv": ["hydrogen,0.9,0.8,1,PLN/kWh,2026,this test,assumed,Price of hydrogen,Cena wodoru"],
    "countries/pl/weighting_factors.csv": [
        f"{name},hydrogen,grid,supply,A,0,1.5,0.2,distant,,,2026,this test,assumed,"
        for name in ("pl_certificates_2023", "pl_certificates_2015", "pl_audits")
    ],
    "assumptions/tables/weighting_factors.csv": [
        f"{name},hydrogen,grid,supply,A,0,1.5,0.2,distant,,,2026,this test,assumed," for name in ("eu_default", "at_oib_2019")
    ],
    "assumptions/tables/measures.csv": [
        "curtains,curtains,window,u_window,prices.balancing,,,,10,yes,2026,this test,assumed",
        "chimneys,chimneys,ventilation,chimney_ach,prices.balancing,,,,10,yes,2026,this test,assumed",
    ],
    "assumptions/tables/packages.csv": ["cosy,curtains,target,0.9,this test,assumed", "cosy,chimneys,target,0,this test,assumed"],
    "schema/layers/thermal_state.csv": [
        "chimney_ach,float,1/h,Open chimneys,Otwarte kominy,Air through chimneys.,Powietrze w kominach.,,yes"
    ],
    "schema/layers/final_energy.csv": ["hydrogen_kwh_a,float,kWh/a,Hydrogen,Wodór,Hydrogen in a year.,Wodór w roku.,,yes"],
    "schema/layers/balance.csv": ["hydrogen_delivered_kwh_a,float,kWh/a,Hydrogen,Wodór,Hydrogen delivered.,Wodór: dostawa.,,yes"],
    "language/catalogue/verdicts.csv": [
        "verdicts.thrifty,Thrifty,Oszczędna",
        "verdicts.thrifty.rule,Ten thousand kilowatt-hours for each person.,Dziesięć tysięcy kilowatogodzin na osobę.",
    ],
    "schema/layers/block_kpis.csv": ["floor_thousand,float,-,Floor in thousands,Powierzchnia w tysiącach,A / 1000,A / 1000,,no"],
    "language/catalogue/supply.csv": [
        "supply.name.electric_panels,Electric panels,Promienniki",
        "variant.supply.electric_panels,electric panels,promienniki",
        "supply.name.hydrogen_boilers,Hydrogen boilers,Kotły na wodór",
        "variant.supply.hydrogen_boilers,hydrogen boilers,kotły na wodór",
        "code.hydrogen,hydrogen,wodór",
    ],
    "language/catalogue/retrofit.csv": [
        "retrofit.measure.curtains,Curtains,Zasłony",
        "retrofit.measure_type.curtains,curtains,zasłony",
        "retrofit.measure.chimneys,Closed chimneys,Zamknięte kominy",
        "retrofit.measure_type.chimneys,closed chimneys,zamknięte kominy",
        "retrofit.package.cosy,Cosy,Przytulny",
        "variant.package.cosy,cosy,przytulny",
    ],
}

DISTRICT = """
sample = true
[place]
bbox = [20.3600421, 50.1521079, 20.3697717, 50.1566495]
[sources]
buildings = "sample"
weather = "warm"
elevation = "flat"
[retrofit]
packages = ["existing", "cosy"]
[supply]
options = ["today", "electric_panels", "hydrogen_boilers"]
[[variants]]
key = "today"
package = "existing"
supply = "today"
pv = false
[[variants]]
key = "ours"
package = "cosy"
supply = "electric_panels"
pv = true
[[variants]]
key = "hydrogen"
package = "existing"
supply = "hydrogen_boilers"
pv = false
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Path:
    """Root of a run of the package with all new parts."""
    root = tmp_path_factory.mktemp("extended")
    # with their times, so that what is compiled already serves the copy too
    shutil.copytree(PACKAGE, root / "ped_geo")
    for name, content in FILES.items():
        assert not (root / "ped_geo" / name).exists()
        (root / "ped_geo" / name).write_text(content.lstrip(), encoding="utf-8")
    for name, rows in ROWS.items():
        path = root / "ped_geo" / name
        width = len(next(csv.reader(path.read_text(encoding="utf-8").splitlines())))
        assert all(len(next(csv.reader([row]))) == width for row in rows), name
        path.write_text(path.read_text(encoding="utf-8") + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    (root / "districts").mkdir()
    (root / "districts" / "ours.toml").write_text(DISTRICT, encoding="utf-8")
    command = [sys.executable, "-m", "ped_geo", "report", "ours", "--quiet", "--root", str(root)]
    done = subprocess.run(
        command,
        cwd=root,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(WITHOUT_PANGO), str(root)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return root / "data" / "processed" / "ours"


def test_a_source_of_weather_is_one_file(extended):
    assert "one kelvin warmer" in (extended / "manifest.json").read_text(encoding="utf-8")


def test_a_source_of_elevation_is_one_file_and_gives_the_place_its_altitude(extended):
    manifest = json.loads((extended / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["site"]["altitude_m"] == pytest.approx(321.0)


def test_an_indicator_and_an_output_are_one_file_each_and_a_row(extended):
    table = pd.read_csv(extended / "kpis.csv").set_index(["kpi", "variant"])["value"]
    area = pd.read_csv(extended / "balance.csv").set_index("variant").loc["today", "reference_area_m2"].sum()
    assert table["floor_thousand", "today"] == pytest.approx(area / 1000.0)
    assert int((extended / "count.txt").read_text()) == len(pd.read_parquet(extended / "buildings.parquet"))


def test_a_heat_supply_and_a_measure_are_one_file_and_rows_each(extended):
    rows = pd.read_csv(extended / "balance.csv").groupby("variant").sum(numeric_only=True)
    assert rows.loc["today", "district_heat_delivered_kwh_a"] > 0.0
    assert rows.loc["ours", "district_heat_delivered_kwh_a"] == 0.0
    # better windows: less final energy than heat and other uses together came to
    assert rows.loc["ours", "electricity_use_kwh_a"] > rows.loc["today", "electricity_use_kwh_a"]
    assert rows.loc["ours", "investment"] > 0.0


def test_a_carrier_is_rows_of_tables(extended):
    """The whole place burns it in boilers of an efficiency of 0.8; it costs, weighs and is told as the other carriers are."""
    rows = pd.read_csv(extended / "balance.csv").groupby("variant").sum(numeric_only=True)
    assert (rows.loc[["today", "ours"], "hydrogen_delivered_kwh_a"] == 0.0).all()
    assert rows.loc["hydrogen", "hydrogen_delivered_kwh_a"] > rows.loc["today", "district_heat_delivered_kwh_a"]
    factors = rows.loc["hydrogen", "hydrogen_delivered_kwh_a"] * 1.5 + rows.loc["hydrogen", "electricity_delivered_kwh_a"] * 2.5
    assert rows.loc["hydrogen", "primary_energy_nren_kwh_a"] == pytest.approx(factors, rel=0.02)


def test_a_measure_with_a_new_element_of_the_thermal_state_is_one_file_and_rows(extended):
    """Half the air of the rooms leaves through chimneys in an hour: no curtain saves a fifth of the heat."""
    heat = pd.read_csv(extended / "kpis.csv").set_index(["kpi", "variant"])["value"]["ued_h"]
    assert heat["today"] == heat["hydrogen"]
    assert heat["ours"] < 0.8 * heat["today"]


def test_a_definition_with_a_need_of_its_own_is_one_file_and_words(extended):
    verdicts = pd.read_csv(extended / "verdicts.csv").set_index(["group_id", "definition"])["margin_kwh_a"]
    people = pd.read_parquet(extended / "blocks.parquet")["residents"].sum()
    assert verdicts["district", "thrifty"] - verdicts["district", "making_city"] == pytest.approx(10_000.0 * people)
