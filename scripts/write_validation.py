"""
Writes docs/validation.md: published results and closed forms beside what the program finds, by the functions that the tests call.

``python scripts/write_validation.py`` needs the tables of ``../shared/data`` for TABULA abroad. Nothing on the page is typed but the
words: expected values are those of the tests, found ones are computed here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ped_geo.balance import factor_set, weighted_energy  # noqa: E402
from ped_geo.networks.prize import Consumer, Terms, choose_exact  # noqa: E402
from ped_geo.networks.steiner import exact_tree  # noqa: E402
from ped_geo.shading import edge_index, horizons_of_points, sky_view  # noqa: E402
from ped_geo.solar.model import PvSystem, plane_power, sun_hours  # noqa: E402
from ped_geo.sources.climate import hourly_year  # noqa: E402
from tests import test_balance as iso  # noqa: E402
from tests import test_solar as solar  # noqa: E402
from tests.demand import test_bestest as rooms  # noqa: E402
from tests.demand import test_tabula_abroad as tabula  # noqa: E402
from tests.demand.tabula_literal import literal  # noqa: E402
from tests.networks import test_trees as trees  # noqa: E402

TARGET = ROOT / "docs" / "validation.md"
TABLES = ROOT.parent / "shared" / "data" / "cities" / "tabula"

HEAD = """# Validation

<!-- written by scripts/write_validation.py (make validate) -->

Each line is a published result, a closed form or an independent program, what ped_geo finds, and whether that is the same. Found values
come from the functions that the tests call; a test makes this page anew and compares every byte. **Outside** is not hidden: it says by
how much, and the text before the table says why.
"""

EQUAL, WITHIN, OUTSIDE = "equal", "within", "**outside**"


@dataclass(frozen=True)
class Line:
    """One comparison: a case, a quantity with its unit, what is expected, what is found, and the verdict."""

    case: str
    quantity: str
    expected: str
    found: str
    verdict: str


def equal(case: str, quantity: str, expected: float, found: float, *, tolerance: float, digits: int) -> Line:
    """A line with one expected value."""
    verdict = EQUAL if abs(found - expected) <= tolerance else OUTSIDE
    return Line(case, quantity, f"{expected:.{digits}f}", f"{plain(found, digits)}", verdict)


def within(case: str, quantity: str, least: float, most: float, found: float, *, digits: int) -> Line:
    """A line with a band, and how far outside of it the found value lies."""
    beyond = found / most - 1 if found > most else found / least - 1 if found < least else 0.0
    verdict = WITHIN if beyond == 0.0 else f"{OUTSIDE}, {beyond:+.1%}"
    return Line(case, quantity, f"{least:.{digits}f} to {most:.{digits}f}", plain(found, digits), verdict)


def below(case: str, quantity: str, bound: float, found: float) -> Line:
    """A line whose greatest difference has to stay below a bound; the difference itself hangs on the machine's last digit."""
    return Line(case, quantity, "0", f"less than {bound:g}" if found < bound else f"{found:.3g}", EQUAL if found < bound else OUTSIDE)


def plain(value: float, digits: int) -> str:
    """A number without a minus before nothing."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def accounting() -> Iterator[Line]:
    """Examples of ISO/TR 52000-2 and the defaults of CteEPBD."""
    rows = [
        (f"ISO/TR 52000-2, {name}", factors or "tr52000_2_examples", k, case, told) for name, factors, k, case, told, _ in iso.PUBLISHED
    ]
    rows += [(f"CteEPBD, {name}", "es_2014", k, case, told) for name, case, k, told in iso.SPANISH]
    for name, factors, k_exp, case, told in rows:
        found = weighted_energy(iso.flows_of(case), factor_set(factors), k_exp=k_exp).weighted
        for quantity, one, other in zip(("renewable, kWh", "non-renewable, kWh", "CO₂, kg"), told, found, strict=True):
            yield equal(name, quantity, one, float(other), tolerance=1e-9, digits=2)


def typologies() -> Iterator[Line]:
    """Published results of the TABULA workbook, and every variant of nine countries by its literal calculation."""
    rows = {name: pd.read_csv(TABLES / f"{name}.csv", keep_default_na=False).to_dict("records") for name in tabula.COUNTRIES}
    study = tabula.Study(name="x")
    for code, told in tabula.RESULTS.items():
        row = next(one for one in rows["germany"] if one["Code_BuildingVariant"] == code)
        found = tabula.ours(row, literal(row), study)["heat_need_kwh_m2a"]
        yield equal(f"{code}, published", "heat need, kWh/(m²a)", told[3], float(found), tolerance=0.01, digits=2)
    for country, variants in rows.items():
        off = [abs(tabula.ours(row, literal(row), study)["heat_need_kwh_m2a"] - literal(row).need) for row in variants]
        yield below(f"{country.capitalize()}, {len(variants)} variants", "greatest difference of the heat need, kWh/(m²a)", 0.01, max(off))


def rooms_by_the_hour() -> Iterator[Line]:
    """Cases of ASHRAE Standard 140-2020 against six programs."""
    for name, (heat_least, heat_most, cold_least, cold_most) in rooms.PROGRAMS.items():
        heat, cold = rooms.heat_and_cold(rooms.year(name))
        if heat_most > 0:
            yield within(f"case {name}", "heating, MWh", heat_least, heat_most, heat, digits=2)
        yield within(f"case {name}", "cooling, MWh", cold_least, cold_most, cold, digits=2)
    for name in rooms.PROGRAMS:
        least, most, _, _ = rooms.PROGRAMS[name]
        if most > 0:
            heat = rooms.heat_and_cold(rooms.year(name, rooms.bestest.with_inner_coefficients))[0]
            yield within(f"case {name}, inner coefficients of the programs", "heating, MWh", least, most, heat, digits=2)
    for name, bands in rooms.FLOATING.items():
        air = rooms.year(name).air[:, 0]
        for quantity, low, high, found in zip(
            ("greatest", "least", "mean"), bands[::2], bands[1::2], (air.max(), air.min(), air.mean()), strict=True
        ):
            yield within(f"case {name}", f"{quantity} air temperature, °C", low, high, float(found), digits=1)


def photovoltaics() -> Iterator[Line]:
    """The hourly chain against pvlib's own, and the yield of Kraków."""
    weather = hourly_year(solar.KRAKOW)
    hours, own = sun_hours(weather, solar.KRAKOW, albedo=0.25), PvSystem.of(solar.STUDY, close=False)
    loss = solar.pvlib.pvsystem.pvwatts_losses() / 100.0
    system = PvSystem(own.gamma_pdc, loss, own.dc_ac_ratio, own.inverter_efficiency, own.a, own.b, own.delta_t)
    for tilt, azimuth in ((0.0, 180.0), (10.0, 90.0), (35.0, 180.0), (40.0, 275.0), (90.0, 120.0), (25.0, 0.0)):
        ours = np.zeros(len(weather))
        ours[hours.hour] = plane_power(hours, system, np.array([tilt]), np.array([azimuth]))[:, 0]
        theirs = solar.chain_of_pvlib(weather, tilt, azimuth, system)
        case = f"pvlib ModelChain.with_pvwatts, tilt {tilt:.0f}°, azimuth {azimuth:.0f}°"
        yield below(case, "greatest hourly difference, kW per kWp", 1e-6, float(np.abs(ours - theirs).max()))
    facts = pd.read_csv(TABLES.parents[2] / "facts" / "pv_yield_krakow.csv")
    pvgis = facts[facts["case"] == "Krakow PVGIS-SARAH2"].iloc[0]
    level = float(pvgis["value"])
    # as both references have it: ground of albedo 0.2, losses of 14 %
    hours = sun_hours(weather, solar.KRAKOW, albedo=0.2)
    told_loss = PvSystem(own.gamma_pdc, 0.14, own.dc_ac_ratio, own.inverter_efficiency, own.a, own.b, own.delta_t)
    yearly = float(plane_power(hours, told_loss, np.array([35.0]), np.array([180.0])).sum())
    yield within("PVGIS-SARAH2, Kraków, south at 35°", "yield, kWh/(kWp·a)", 0.95 * level, 1.05 * level, yearly, digits=0)
    monthly = facts[facts["quantity"].str.startswith("specific yield (PVGIS-like")].drop_duplicates(["tilt_deg", "azimuth_deg_S0_W+"])
    for case, tilt, side, value in monthly[["case", "tilt_deg", "azimuth_deg_S0_W+", "value"]].itertuples(index=False):
        told, room = float(value), 0.10 if case.startswith("facade") else 0.05
        found = float(plane_power(hours, told_loss, np.array([float(tilt)]), np.array([float(side) + 180.0]))[:, 0].sum())
        yield within(f"mean days of months, Kraków, {case}", "yield, kWh/(kWp·a)", (1 - room) * told, (1 + room) * told, found, digits=0)


def horizons() -> Iterator[Line]:
    """Scenes with a closed form."""
    wall = edge_index(np.array([solar_box()], dtype=object), np.array([20.0]))
    seen = horizons_of_points(wall, np.zeros((1, 3)), np.array([-1]), directions=72, radius_m=600.0)[0]
    yield equal("wall 20 m high, 20 m to the south", "elevation to the south, °", 45.0, float(seen[36]), tolerance=1e-6, digits=3)
    aside = float(np.degrees(np.arctan(np.cos(np.radians(60.0)))))
    yield equal("the same wall", "elevation 60° aside, °", aside, float(seen[24]), tolerance=1e-6, digits=3)
    direction = np.radians(np.arange(720) * 0.5)
    for ratio in (0.2, 0.5, 1.0, 2.0):
        canyon = np.degrees(np.arctan(2.0 * ratio * np.abs(np.sin(direction))))
        found = float(sky_view(canyon[None, :], np.array([0.0]), np.array([180.0]))[0])
        yield equal(
            f"endless street, height {ratio:g} of its width",
            "sky view of its middle, –",
            float(np.cos(np.arctan(2 * ratio))),
            found,
            tolerance=1e-4,
            digits=4,
        )
    even = float(sky_view(np.full((1, 36), 30.0), np.array([0.0]), np.array([0.0]))[0])
    yield equal("horizon of 30° all around", "sky view, –", float(np.cos(np.radians(30.0)) ** 2), even, tolerance=1e-6, digits=4)


def solar_box() -> object:
    """A wall a kilometre long, twenty metres south of the origin."""
    import shapely

    return shapely.box(-500.0, -21.0, 500.0, -20.0)


def heat_networks() -> Iterator[Line]:
    """Published instances of topotherm and DHNx."""
    graph, consumers, terms = trees.topotherm()
    for name, wanted in (("all five connected", frozenset(consumers)), ("free to choose", frozenset())):
        best = choose_exact(graph, 6, consumers, terms, forced=wanted)
        value, length, power = (990.80, 178.560, 46.280) if wanted else (1435.88, 118.494, 33.875)
        yield equal(f"topotherm, {name}", "value, EUR/a", value, best.value_a, tolerance=0.01, digits=2)
        yield equal(f"topotherm, {name}", "length, m", length, trees.length_of(graph, best.edges), tolerance=0.001, digits=3)
        yield equal(f"topotherm, {name}", "power of the source, kW", power, best.source_kw, tolerance=0.001, digits=3)
    edges, names = trees.edges_of("dhnx-7", trees.DHNX.get), trees.DHNX
    yield equal(
        "DHNx, tree of three",
        "length, m",
        5.662,
        exact_tree(edges, [names[one] for one in ("P0", "C0", "C1")]).weight,
        tolerance=1e-6,
        digits=3,
    )
    paid = {names["C0"]: Consumer(15.0, 0.0), names["C1"]: Consumer(18.0, 0.0)}
    cost = -choose_exact(edges, 0, paid, Terms(0.0, 0.5), forced=frozenset(paid)).value_a
    yield equal("DHNx, pipes paid by power and length", "cost", 73.173, cost, tolerance=1e-3, digits=3)


CHAPTERS = (
    ("Accounting", "EN ISO 52000-1, on the worked examples of ISO/TR 52000-2 and the test values of CteEPBD.", accounting),
    ("Seasonal heat need", ("The TABULA calculation: six results of the workbook itself, and every variant of nine countries against a literal, "
     "independent calculation of the workbook's formulas."), typologies),
    ("Rooms by the hour", ("EN ISO 52016-1 on ASHRAE Standard 140-2020 (BESTEST), weather of Denver, against the least and the greatest of six "
     "detailed programs. The standard's conventional surface coefficients couple room and walls better than natural convection does, so heating lies "
     "up to 9 % above the greatest; with the inner coefficients that Standard 140 derives from the programs it lies within all of them. All sun that "
     "enters stays inside and the sky is 11 K colder than the air, so cooling lies up to 4 % above; the shaded (910) and the night-ventilated heavy room "
     "(950), whose floor gives heat down alone, lie further above."), rooms_by_the_hour),
    ("Photovoltaics", ("The chain of irradiance, incidence, cell temperature, module and inverter: hour by hour against PVWatts as pvlib has it, over the year "
     "against the level of PVGIS and against a model of one mean day a month (Erbs, Collares-Pereira and Rabl, Hay and Davies) with the room that its sheet gives, "
     "5 % and for façades 10 %; both count ground of albedo 0.2 and losses of 14 %."), photovoltaics),
    ("Horizons", "Horizons and sky views of scenes that have a closed form.", horizons),
    ("Heat networks", "Trees and choices of consumers, proven the best, on published instances.", heat_networks),
)  # fmt: skip

LEFT_OUT = """## Not yet here

Totals of the Polish stock: the tables at hand hold numbers, floor areas and needs per square metre of its buildings, and no heat or
energy of the whole stock that somebody published to compare with. Single sites of NREL's PVWatts service and verdicts of published
districts: nobody has read such results for this page yet. Of other places than Kraków one month of PVGIS is at hand (Bratislava), which
has served to read its files and is not computed here.
"""


def page() -> str:
    """The whole page."""
    parts, count, outside = [HEAD], 0, 0
    for title, words, lines in CHAPTERS:
        rows = list(lines())
        count, outside = count + len(rows), outside + sum(row.verdict.startswith(OUTSIDE) for row in rows)
        table = ["| case | quantity | expected | found | verdict |", "| --- | --- | --- | --- | --- |"]
        table += [f"| {row.case} | {row.quantity} | {row.expected} | {row.found} | {row.verdict} |" for row in rows]
        parts.append(f"## {title}\n\n{words}\n\n" + "\n".join(table) + "\n")
    parts.insert(1, f"**{count - outside} of {count} comparisons hold**, {outside} lie outside.\n")
    return "\n".join([*parts, LEFT_OUT])


if __name__ == "__main__":
    if not TABLES.is_dir():
        sys.exit(f"{TABLES} is not there; the dossier needs the TABULA tables beside this checkout.")
    TARGET.write_text(page(), encoding="utf-8")
