"""The TABULA calculation, written down line by line for one row of the published data set: what the seasonal method must equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OPAQUE = ("Roof_1", "Roof_2", "Wall_1", "Wall_2", "Wall_3", "Floor_1", "Floor_2")
OPENINGS = ("Window_1", "Window_2", "Door_1")
SIDES = {"Horizontal": "Hor", "East": "East", "South": "South", "West": "West", "North": "North"}

Row = Mapping[str, object]


def number(row: Row, name: str) -> float:
    """A number of the row; blanks, and codes that stand for nothing, are 0."""
    try:
        return float(str(row[name]))
    except (KeyError, ValueError):
        return 0.0


def coded(row: Row, name: str) -> bool:
    return len(str(row[name])) > 1


def reference_area(row: Row) -> float:
    """A_C_Ref [m²]: as given, or by the first area that is known."""
    given = (("A_C_Ref_Input", 1.0), ("A_C_IntDim", 1.0), ("A_C_ExtDim", 0.85), ("A_C_Living", 1.1), ("A_C_Use", 1.4))
    return next(factor * number(row, name) for name, factor in given if number(row, name) > 0)


def added_resistance(row: Row, part: str) -> float:
    """R_Measure [m²K/W]: that of the measure, in proportion to the thickness where another is given."""
    if not coded(row, f"Code_Measure_{part}"):
        return 0.0
    resistance = number(row, f"R_PredefinedMeasure_{part}")
    given, usual = number(row, f"d_Insulation_Input_Measure_{part}"), number(row, f"d_Insulation_PredefinedMeasure_{part}")
    return resistance * given / usual if given > 0 and usual > 0 else resistance


def actual_u(row: Row, part: str) -> float:
    """U_Actual [W/(m²K)]."""
    extra = number(row, f"R_Add_UnheatedSpace_{part}") if part in OPAQUE else 0.0
    u, share, kind, added = (
        number(row, f"U_{part}"),
        number(row, f"f_Measure_{part}"),
        row[f"Code_MeasureType_{part}"],
        added_resistance(row, part),
    )
    before = 1 / u + extra if u > 0 else 0.0
    kept = before
    if kind == "Replace":
        kept = extra
    elif kind == "ReplaceInsulation":
        kept = before - number(row, f"d_Insulation_{part}") / 0.04
    after = 1 / (kept + added) if added > 0 else (1 / before if before > 0 else 0.0)
    return (1 - share) * (1 / before if before > 0 else 0.0) + share * after


@dataclass(frozen=True)
class Literal:
    """One row calculated: areas [m²], U-values times b [W/(m²K)], and the need of the season [kWh/(m²a)]."""

    area: float
    parts: Mapping[str, tuple[float, float]]
    bridges: float
    g: float
    h_tr: float
    f_red: float
    q_sol: float
    need: float


def literal(row: Row) -> Literal:
    area = reference_area(row)
    parts = {}
    for part in (*OPAQUE, *OPENINGS):
        b = number(row, f"b_Transmission_{part}") if part in OPAQUE else 1.0
        parts[part] = (number(row, f"A_{part}"), actual_u(row, part) * b)
    envelope = sum(a for a, _ in parts.values())
    bridges, done = number(row, "delta_U_ThermalBridging_Original"), 0.0
    if row["Code_ThermalBridging_Refurbished"] != "":
        done = sum(number(row, f"f_Measure_{part}") * parts[part][0] for part in parts if added_resistance(row, part) > 0) / envelope
        done = 1.0 if row["Code_TypeVariant"] == "Variation" else done
    bridges += done * (number(row, "delta_U_ThermalBridging_Refurbished") - bridges)
    h_tr = (sum(a * u for a, u in parts.values()) + envelope * bridges) / area
    h_ve = 0.34 * (number(row, "n_air_use") + number(row, "n_air_infiltration")) * number(row, "h_room")
    one, four = number(row, "F_red_htr1"), number(row, "F_red_htr4")
    f_red = one + (1 - h_tr) / 0.5 * (1 - one) if h_tr <= 1 else four if h_tr >= 4 else one + (h_tr - 1) * (four - one) / 3
    days = number(row, "HeatingDays")
    loss = (h_tr + h_ve) * 0.024 * (number(row, "theta_i") - number(row, "Theta_e")) * days * f_red
    glass = parts["Window_1"][0] + parts["Window_2"][0]
    through = {part: f"g_gl_n_{'PredefinedMeasure_' * coded(row, f'Code_Measure_{part}')}{part}" for part in ("Window_1", "Window_2")}
    g = sum(parts[part][0] * number(row, name) for part, name in through.items()) / glass if glass else 0.0
    sun = 0.0
    for side, short in SIDES.items():
        shade = number(row, "F_sh_hor" if short == "Hor" else "F_sh_vert")
        sun += number(row, f"A_Window_{side}") * number(row, f"I_Sol_{short}") * shade * (1 - number(row, "F_f")) * number(row, "F_w") * g
    gains = sun / area + 0.024 * number(row, "phi_int") * days
    ratio, a = gains / loss, 0.8 + number(row, "c_m") / (h_tr + h_ve) / 30
    eta = a / (a + 1) if ratio == 1 else (1 - ratio**a) / (1 - ratio ** (a + 1))
    return Literal(area, parts, bridges, g, h_tr, f_red, sun / area, loss - eta * gains)
