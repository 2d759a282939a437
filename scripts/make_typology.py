"""
Writes types.csv, refurbished.csv, type_choice.csv and tabula_climate.csv of a country's pack from a TABULA table of building variants.

``python scripts/make_typology.py DE germany.csv [country_u_values.csv]``: the table is that of the TABULA workbook (sheet of building
variants) as CSV. A pack without periods.csv gets one, whose flags are then to be looked at; with the table of the AmBIENCe stock a
pack without period_shares.csv gets that too.
A pack describes a building by one wall, one roof and one floor: parts are averaged by area, each with its factor for unheated rooms,
and the floor's is divided by the factor of the ground that the calculation applies.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

COUNTRIES = Path(__file__).resolve().parents[1] / "ped_geo" / "countries"
SIZES = ("SFH", "TH", "MFH", "AB")
GROUND_FACTOR = 0.5
PARTS = {
    "roof": ("Roof_1", "Roof_2"),
    "wall": ("Wall_1", "Wall_2", "Wall_3"),
    "floor": ("Floor_1", "Floor_2"),
    "window": ("Window_1", "Window_2"),
    "door": ("Door_1",),
}
OPAQUE = ("roof", "wall", "floor")
SIDES = ("north", "east", "south", "west")
OPEN_YEAR, LAST_PITCHED = 2100, 1965
SEASON = {
    "heating_days": "HeatingDays",
    "base_temperature_c": "Theta_e_Base",
    "theta_e_c": "Theta_e",
    **{f"irradiation_{side}_kwh_m2": f"I_Sol_{told}" for side, told in {"horizontal": "Hor", "north": "North", "east": "East"}.items()},
    **{f"irradiation_{side}_kwh_m2": f"I_Sol_{side.capitalize()}" for side in ("south", "west")},
}
KINDS = {
    "single": (("SFH",), "buildings", "single-family houses by number"),
    "multi": (("MFH", "ABL"), "gross_floor_area_mm2", "houses of flats by floor area"),
    "education": (("EDU",), "buildings", "educational buildings by number"),
    "office": (("OFF",), "buildings", "offices by number"),
    "other": (("EDU", "OFF"), "buildings", "offices and schools by number"),
}
STATES = {1: "original", 2: "usual", 3: "advanced"}
# where a country has no type of a size in a period: sizes to look at instead, nearest first
STAND_INS = {"SFH": ("TH",), "TH": ("SFH",), "MFH": ("AB",), "AB": ("MFH",)}
SOURCE = "IWU TABULA/EPISCOPE table of building variants, {} (CC BY 4.0)"

Row = dict[str, str]


def number(row: Row, name: str) -> float:
    """A number of the row; blanks and codes that stand for nothing are 0."""
    try:
        return float(row[name])
    except (KeyError, ValueError):
        return 0.0


def reference_area(row: Row) -> float:
    """Reference floor area [m²]: as given, or by the first area that is known."""
    given = (("A_C_Ref_Input", 1.0), ("A_C_IntDim", 1.0), ("A_C_ExtDim", 0.85), ("A_C_Living", 1.1), ("A_C_Use", 1.4))
    return next(factor * number(row, name) for name, factor in given if number(row, name) > 0)


def added_resistance(row: Row, part: str) -> float:
    """Resistance of the measure [m²K/W], in proportion to its thickness where another than the usual one is given."""
    if len(row[f"Code_Measure_{part}"]) < 2:
        return 0.0
    resistance = number(row, f"R_PredefinedMeasure_{part}")
    given, usual = number(row, f"d_Insulation_Input_Measure_{part}"), number(row, f"d_Insulation_PredefinedMeasure_{part}")
    return resistance * given / usual if given > 0 and usual > 0 else resistance


def transmittance(row: Row, part: str, *, opaque: bool) -> float:
    """U-value of a part in the state of the row, times its factor for unheated rooms [W/(m²K)]."""
    u, share, added = number(row, f"U_{part}"), number(row, f"f_Measure_{part}"), added_resistance(row, part)
    extra = number(row, f"R_Add_UnheatedSpace_{part}") if opaque else 0.0
    before = 1 / u + extra if u > 0 else 0.0
    kind = row[f"Code_MeasureType_{part}"]
    kept = extra if kind == "Replace" else before - number(row, f"d_Insulation_{part}") / 0.04 if kind == "ReplaceInsulation" else before
    plain = 1 / before if before > 0 else 0.0
    after = 1 / (kept + added) if added > 0 else plain
    return ((1 - share) * plain + share * after) * (number(row, f"b_Transmission_{part}") if opaque else 1.0)


def glass_area(row: Row) -> float:
    """Area of the windows [m²]."""
    return sum(number(row, f"A_{part}") for part in PARTS["window"])


def described(row: Row) -> dict[str, float]:
    """Areas [m²] and thermal properties of one row."""
    found: dict[str, float] = {}
    for name, parts in PARTS.items():
        area = sum(number(row, f"A_{part}") for part in parts)
        loss = sum(number(row, f"A_{part}") * transmittance(row, part, opaque=name in OPAQUE) for part in parts)
        found[f"{name}_area_m2"] = area
        found[f"u_{name}"] = loss / area / (GROUND_FACTOR if name == "floor" else 1.0) if area else number(row, f"U_{parts[0]}")
    # types without doors of their own have none to let heat through; what a measure asks of one is that of a window
    found["u_door"] = found["u_door"] or found["u_window"]
    glass = found["window_area_m2"]
    through = {part: f"g_gl_n_{'PredefinedMeasure_' * (len(row[f'Code_Measure_{part}']) > 1)}{part}" for part in PARTS["window"]}
    found["g_window"] = sum(number(row, f"A_{part}") * number(row, name) for part, name in through.items()) / glass
    envelope = sum(found[f"{name}_area_m2"] for name in PARTS)
    done = sum(
        number(row, f"f_Measure_{part}") * number(row, f"A_{part}")
        for parts in PARTS.values()
        for part in parts
        if added_resistance(row, part) > 0
    )
    bridges, better = number(row, "delta_U_ThermalBridging_Original"), number(row, "delta_U_ThermalBridging_Refurbished")
    improved = done / envelope if row["Code_ThermalBridging_Refurbished"] else 0.0
    # a row that is a variation of its own, not a refurbishment, has the second value throughout
    improved = 1.0 if row["Code_TypeVariant"] == "Variation" and row["Code_ThermalBridging_Refurbished"] else improved
    found["thermal_bridge_surcharge"] = bridges + improved * (better - bridges)
    found["infiltration_ach"] = number(row, "n_air_infiltration")
    return found


def code_of(row: Row) -> str:
    """Short code of a type: ``DE.N.AB.06``."""
    return ".".join(row["Code_BuildingVariant"].split(".")[:4])


def chosen(rows: list[Row], country: str) -> dict[str, dict[str, Row]]:
    """Rows of the types by code and state: the generic one, else that of industrialised building (large panels)."""
    found: dict[str, dict[str, Row]] = {}
    for kind, shift in (("Ind", 10), ("Gen", 0)):
        for row in rows:
            parts = row["Code_BuildingVariant"].split(".")
            state = STATES.get(int(parts[-1]) - shift)
            if row["Code_Country"] == country and parts[2] in SIZES and parts[4:7] == [kind, "ReEx", "001"] and state:
                found.setdefault(code_of(row), {})[state] = row
    # the newest houses may have no usual refurbishment: they stand as they were built
    found = {code: {**states, "usual": states.get("usual", states.get("original", {}))} for code, states in found.items()}
    # a type that is published without any window is not described
    whole = {code for code, states in found.items() if {"original", "advanced"} <= set(states) and glass_area(states["original"])}
    return {code: found[code] for code in sorted(whole)}


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as CSV; numbers to six digits."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()})


def stand_in(types: dict[str, dict[str, Row]], country: str, size: str, number_of_period: str) -> tuple[str, str, str]:
    """Type for a size and a period, with the source and the confidence of that choice."""
    regions = (f"{country}.N", *sorted({".".join(code.split(".")[:2]) for code in types} - {f"{country}.N"}))
    for region in regions:
        if f"{region}.{size}.{number_of_period}" in types:
            told = "" if region == regions[0] else ": none of the whole country, that of a part of it"
            return f"{region}.{size}.{number_of_period}", SOURCE.format(country) + told, "read" if not told else "assumed"
    for region, other in ((region, other) for region in regions for other in STAND_INS[size]):
        if f"{region}.{other}.{number_of_period}" in types:
            return f"{region}.{other}.{number_of_period}", f"no {size} of this period in the typology: as {other}", "assumed"
    raise SystemExit(f"{country} has neither {size} nor a stand-in in period {number_of_period}")


def write_periods(path: Path, types: dict[str, dict[str, Row]], country: str) -> None:
    """Write the construction periods of the types; roofs and earlier insulation as a first assumption."""
    years = {code.rpartition(".")[2]: states["original"] for code, states in types.items()}
    source = f"TABULA construction year classes of {country}; roofs and no earlier insulation: project assumption"
    rows: list[dict[str, object]] = []
    for period, row in sorted(years.items()):
        first, last = int(number(row, "Year1_Building")), int(number(row, "Year2_Building"))
        words = (f"{first}–{last}", f"{first}–{last}")
        words = (f"before {last + 1}", f"do {last}") if first == 0 else (f"since {first}", f"od {first}") if last > OPEN_YEAR else words
        head = {"construction_period": f"{country}.{period}", "year_from": first or "", "year_to": "" if last > OPEN_YEAR else last}
        flags = {"insulated_since": "no", "pitched_roofs": "yes" if last <= LAST_PITCHED else "no", "ventilated_roofs": "no"}
        rows.append({**head, "words_en": words[0], "words_pl": words[1], **flags, "source": source, "confidence": "assumed"})
    write(path, rows)


def write_climate(path: Path, types: dict[str, dict[str, Row]], country: str) -> None:
    """Write the season in which most of the types are published."""
    rows = [states["original"] for states in types.values()]
    codes = [row["Code_ClimateRegion"] for row in rows]
    row = next(row for row in rows if row["Code_ClimateRegion"] == max(sorted(set(codes)), key=codes.count))
    found: dict[str, object] = {"climate": row["Code_ClimateRegion"]}
    found |= {name: row[told] for name, told in SEASON.items()}
    found |= {"source": f"{SOURCE.format(country)}: {row['Name_ClimateRegion']}", "confidence": "read"}
    write(path, [found])


def years_within(rows: list[Row], periods: list[Row], amount: str) -> list[float]:
    """Part of a stock in each period, the years of a class spread evenly."""
    sums = [0.0] * len(periods)
    for row in rows:
        first, last = int(row["year_from"]), int(row["year_to"])
        for place, period in enumerate(periods):
            years = min(int(period["year_to"] or last), last) - max(int(period["year_from"] or first), first) + 1
            sums[place] += number(row, amount) * max(years, 0) / (last - first + 1)
    return [value / sum(sums) for value in sums]


def write_shares(path: Path, stock: Path, periods: list[Row], country: str) -> None:
    """Write the shares of the periods in the stock of each kind of building."""
    with stock.open(encoding="utf-8", newline="") as file:
        listed = [row for row in csv.DictReader(file) if row["country"] == country]
    rows = []
    for kind, (codes, amount, words) in KINDS.items():
        shares = years_within([row for row in listed if row["building_type"] in codes], periods, amount)
        told = {row["construction_period"]: f"{share:.4f}" for row, share in zip(periods, shares, strict=True)}
        source = f"AmBIENCe building stock 2016, {words} of {country}; years of a class spread evenly"
        rows.append({"country": country, "kind": kind, **told, "source": source, "confidence": "read"})
    write(path, rows)


def main(country: str, table: Path, stock: Path | None = None) -> None:
    """Write the tables that the typology tells."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        types = chosen(list(csv.DictReader(file)), country)
    source = {"source": SOURCE.format(country), "confidence": "read"}
    listed, better = [], []
    for code, states in types.items():
        row, found = states["original"], described(states["original"])
        glazed = {side: number(row, f"A_Window_{side.capitalize()}") for side in SIDES}
        last = int(number(row, "Year2_Building"))
        head = {"tabula_code": code, "size_class": code.split(".")[2], "year_from": int(number(row, "Year1_Building")) or ""}
        head |= {
            "year_to": "" if last > OPEN_YEAR else last,
            "dwellings": int(number(row, "n_Apartment")),
            "storeys": int(number(row, "n_Storey")),
        }
        areas = {"reference_area_m2": reference_area(row), "volume_m3": number(row, "V_C")}
        areas |= {f"{name}_area_m2": found[f"{name}_area_m2"] for name in PARTS}
        areas |= {f"window_area_{side}_m2": area for side, area in glazed.items()}
        areas["window_area_horizontal_m2"] = number(row, "A_Window_Horizontal")
        listed.append({**head, **areas, **{name: value for name, value in found.items() if not name.endswith("_m2")}, **source})
        for state in ("usual", "advanced"):
            values = {name: value for name, value in described(states[state]).items() if not name.endswith("_m2")}
            as_built = states[state] is states["original"]
            told = {"source": "no such refurbishment is published: as built", "confidence": "assumed"} if as_built else source
            better.append({"tabula_code": code, "state": state, **values, **told})
    folder = COUNTRIES / country.lower()
    write_climate(folder / "tabula_climate.csv", types, country)
    write(folder / "types.csv", listed)
    write(folder / "refurbished.csv", better)
    if not (folder / "periods.csv").exists():
        write_periods(folder / "periods.csv", types, country)
    with (folder / "periods.csv").open(encoding="utf-8", newline="") as file:
        told_periods = list(csv.DictReader(file))
    periods = [row["construction_period"] for row in told_periods]
    if stock and not (folder / "period_shares.csv").exists():
        write_shares(folder / "period_shares.csv", stock, told_periods, country)
    choice = []
    for size in SIZES:
        for period in periods:
            code, words, confidence = stand_in(types, country, size, period.rpartition(".")[2])
            choice.append(
                {"size_class": size, "construction_period": period, "tabula_code": code, "source": words, "confidence": confidence}
            )
    write(folder / "type_choice.csv", choice)


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:4]))
