"""
Writes types.csv, refurbished.csv and type_choice.csv of a country's pack from a TABULA table of building variants.

``python scripts/make_typology.py DE germany.csv``: the table is that of the TABULA workbook (sheet of building variants) as CSV.
A pack describes a building by one wall, one roof and one floor: parts are averaged by area, each with its factor for unheated rooms,
and the floor's is divided by the factor of the ground that the calculation applies.
"""

from __future__ import annotations

import csv
import sys
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


def described(row: Row) -> dict[str, float]:
    """Areas [m²] and thermal properties of one row."""
    found: dict[str, float] = {}
    for name, parts in PARTS.items():
        area = sum(number(row, f"A_{part}") for part in parts)
        loss = sum(number(row, f"A_{part}") * transmittance(row, part, opaque=name in OPAQUE) for part in parts)
        found[f"{name}_area_m2"] = area
        found[f"u_{name}"] = loss / area / (GROUND_FACTOR if name == "floor" else 1.0) if area else number(row, f"U_{parts[0]}")
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
    """Rows of the generic types by code and state."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        parts = row["Code_BuildingVariant"].split(".")
        if row["Code_Country"] == country and parts[2] in SIZES and parts[4:7] == ["Gen", "ReEx", "001"] and int(parts[-1]) in STATES:
            found.setdefault(code_of(row), {})[STATES[int(parts[-1])]] = row
    return {code: states for code, states in sorted(found.items()) if set(states) == set(STATES.values())}


def write(path: Path, rows: list[dict[str, object]]) -> None:
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
    for other in STAND_INS[size]:
        if f"{country}.N.{other}.{number_of_period}" in types:
            return f"{country}.N.{other}.{number_of_period}", f"no {size} of this period in the typology: as {other}", "assumed"
    raise SystemExit(f"{country} has neither {size} nor a stand-in in period {number_of_period}")


def main(country: str, table: Path) -> None:
    """Write the three tables."""
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
            "year_to": "" if last > 2100 else last,
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
            better.append({"tabula_code": code, "state": state, **values, **source})
    folder = COUNTRIES / country.lower()
    write(folder / "types.csv", listed)
    write(folder / "refurbished.csv", better)
    with (folder / "periods.csv").open(encoding="utf-8", newline="") as file:
        periods = [row["construction_period"] for row in csv.DictReader(file)]
    choice = []
    for size in SIZES:
        for period in periods:
            code, told, confidence = stand_in(types, country, size, period.rpartition(".")[2])
            choice.append(
                {"size_class": size, "construction_period": period, "tabula_code": code, "source": told, "confidence": confidence}
            )
    write(folder / "type_choice.csv", choice)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
