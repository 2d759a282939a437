"""Buildings and thermal states to the rooms of EN ISO 52016-1: which elements a building has and what the standard chooses for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.countries import pack_or_form
from ped_geo.demand.envelope import ORIENTATIONS
from ped_geo.demand.losses import design_load, further_losses, loss_coefficients
from ped_geo.demand.occupancy import gains_of, mean_gains
from ped_geo.demand.rooms import ELEMENTS, UNLIMITED_W, Rooms, ground_nodes, opaque_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["element_table", "heat_capacity", "rooms_of"]

HOME: Final = "residential_multi"
"""Use of a building that tells none."""

THINNEST: Final = 0.02
"""Least resistance between two surfaces [m²K/W]: a U-value that leaves less would be that of no wall at all."""

OPERATIVE: Final = 0.5
"""Weight of the air in the operative temperature, which the set-points mean (EN ISO 52016-1, 6.5.5.1) [-]."""


def element_table(
    thermal_state: pd.DataFrame,
    envelope: pd.DataFrame,
    buildings: pd.DataFrame,
    study: Study,
    *,
    window_shading: pd.Series | None = None,
) -> pd.DataFrame:
    """
    Elements of each building in each state, beside its loss coefficients.

    Parameters
    ----------
    thermal_state, envelope, buildings, study, window_shading
        As for `ped_geo.demand.losses.loss_coefficients`. Where the envelope has no ``facade_area_…_m2``, the walls face all four
        directions alike.

    Returns
    -------
    DataFrame, index as `thermal_state`
        The columns of `ped_geo.demand.losses.loss_coefficients`, ``area_…`` of walls, roof, floor, windows, roof windows and doors [m²],
        their U-values [W/(m²K)], ``wall_…`` per direction and ``lit`` [0–1], ``h_bridges`` and ``h_bypass``, the ventilation without
        heat recovery [W/K], ``volume_m3`` [m³], ``heat_capacity`` of the
        elements [J/(m²K)], ``use`` and the mean inner gains of the use, ``gains_w_m2`` [W/m²].
    """
    coefficients = loss_coefficients(thermal_state, envelope, buildings, study, window_shading=window_shading)
    ids = thermal_state.index.get_level_values(0)
    shown = envelope.reindex(ids)
    plain = {f"area_{name}": shown[f"{name}_area_m2"].to_numpy(dtype=float) for name in ("wall", "roof", "floor", "window", "door")}
    values = {name: thermal_state[name].to_numpy(dtype=float) for name in ("u_wall", "u_roof", "u_floor", "u_window", "u_door")}
    in_roof = shown.get("window_area_horizontal_m2", pd.Series(0.0, index=shown.index)).to_numpy(dtype=float)
    lit = window_shading.reindex(ids).to_numpy(dtype=float) if window_shading is not None else np.full(len(ids), np.nan)
    change = thermal_state["ventilation_ach"].to_numpy(dtype=float) + thermal_state["infiltration_ach"].to_numpy(dtype=float)
    transmission, air = further_losses(thermal_state, shown, study)
    use = buildings["use"].reindex(ids).astype("str") if "use" in buildings else pd.Series(HOME, index=ids)
    added = {
        **plain,
        **values,
        "area_roof_window": in_roof,
        **{f"wall_{side}": share for side, share in zip(ORIENTATIONS, _faces(shown), strict=True)},
        "volume_m3": shown["volume_m3"].to_numpy(dtype=float),
        "heat_capacity": heat_capacity(buildings["tabula_code"].reindex(ids), study),
        "use": use.to_numpy(),
        "gains_w_m2": mean_gains(use, study),
        "lit": np.where(np.isnan(lit), study.assumed("demand.window_shading"), lit),
        "h_bridges": np.sum(list(plain.values()), axis=0) * thermal_state["thermal_bridge_surcharge"].to_numpy(dtype=float) + transmission,
        "h_bypass": study.assumed("demand.air_heat_capacity") * change * shown["volume_m3"].to_numpy(dtype=float) + air,
    }
    return coefficients.assign(**added)


def heat_capacity(codes: pd.Series, study: Study) -> NDArray[np.float64]:
    """
    Heat capacity of opaque elements by the construction of each type [J/(m²K)].

    Parameters
    ----------
    codes : Series of str
        Types of the typology.
    study : Study
        Its country's ``mass_classes`` tell the class of a type; one that they leave out, and all where the district sets
        ``demand.element_heat_capacity``, have that value.
    """
    plain, country = study.assumed("demand.element_heat_capacity"), pack_or_form(study.country)
    if "demand.element_heat_capacity" in study.overrides or not country.has("mass_classes"):
        return np.full(len(codes), plain, dtype=np.float64)
    classes = country.table("mass_classes").set_index("tabula_code")["mass_class"]
    value = assumptions.table("iso52016").set_index("key")["value"].astype("float64")
    found = codes.astype("str").map("mass_" + classes).map(value).fillna(plain)
    return np.asarray(found, dtype=np.float64)


def _faces(shown: pd.DataFrame) -> list[NDArray[np.float64]]:
    """Share of each direction in the walls [-]."""
    names = [f"facade_area_{side}_m2" for side in ORIENTATIONS]
    gross = shown[names].to_numpy(dtype=float) if set(names) <= set(shown) else np.ones((len(shown), 4))
    total = gross.sum(axis=1, keepdims=True)
    return list(np.divide(gross, total, out=np.full(gross.shape, 0.25), where=total > 0).T)


def rooms_of(elements: pd.DataFrame, heat_to: NDArray[np.float64], study: Study) -> Rooms:
    """
    Rooms of buildings with a reference area.

    Parameters
    ----------
    elements : DataFrame
        `element_table`.
    heat_to : array, shape (n,)
        Operative temperature that the heating holds [°C].
    study : Study
        Gives the assumptions.

    Notes
    -----
    The standard's own choices, by clause of EN ISO 52016-1:2017: nodes and mass classes 6.5.7.2, floors on the ground 6.5.7.3, surface
    coefficients those of EN ISO 13789, table 8; capacities of elements table B.14, of air and furniture table B.17; convective shares of
    gains, sun and systems table B.11; the sky's temperature table B.19. An element whose resistance is that of insulation has it outside
    and its mass inside (class I), another is even (class D). A floor is bedded in the ground so that it loses what the factor of the
    ground allows, and feels the outdoor air through half a metre of it. Inner walls, floors and party walls are adiabatic; their area is
    what the inner surfaces of EN ISO 13790 leave beside the envelope. Doors are panes that no sun comes through. Heating has the power that the design load asks for: after a
    mild day rooms warm up over hours, as radiators let them, and not at once.
    """
    value = assumptions.table("iso52016").set_index("key")["value"].astype("float64")
    area = {name: elements[f"area_{name}"].to_numpy(dtype=float) for name in ("wall", "roof", "floor", "window", "door")}
    floor_area = elements["reference_area_m2"].to_numpy(dtype=float)
    envelope = np.sum(list(area.values()), axis=0)
    area["inner"] = np.maximum(study.assumed("demand.inner_area") * floor_area - envelope, 0.1 * floor_area)
    convection = dict.fromkeys(ELEMENTS, value["convection_vertical"])
    convection |= {"roof": value["convection_upward"], "floor": value["convection_downward"]}
    within = {name: 1.0 / (convection[name] + value["inner_radiation"]) for name in ELEMENTS}
    outer = value["outer_convection"] + value["outer_radiation"]
    resistance = {
        name: np.maximum(_inverse(elements[f"u_{name}"]) - within[name] - 1.0 / outer, THINNEST)
        for name in ("wall", "roof", "floor", "window", "door")
    }
    resistance["inner"] = np.full(len(elements), study.assumed("demand.inner_resistance"))
    conductance, capacity, outside = _chains(elements, resistance, within["floor"], outer, value, study)
    to_sky = value["outer_radiation"] * study.assumed("demand.sky_difference")
    roof_share = np.divide(elements["area_roof_window"], area["window"], out=np.zeros(len(elements)), where=area["window"] > 0)
    seen = {"wall": 0.5, "roof": 1.0, "window": 0.5 * (1.0 + roof_share), "door": 0.5}
    absorptance = study.assumed("demand.absorptance")
    lit = elements["lit"].to_numpy(dtype=float)
    one = np.ones(len(elements))
    apertures = [elements[f"aperture_{side}"].to_numpy(dtype=float) for side in (*ORIENTATIONS, "horizontal")]
    return Rooms(
        area=np.stack([area[name] for name in ELEMENTS]),
        convection=np.stack([convection[name] * one for name in ELEMENTS]),
        conductance=conductance,
        capacity=capacity,
        outside=outside,
        pane=1.0 / np.stack([resistance["window"], resistance["door"]]),
        pane_outside=np.full((2, len(elements)), outer),
        sky=np.stack([seen.get(name, 0.0) * to_sky * one for name in ELEMENTS]),
        absorbed=absorptance
        * np.stack(
            [
                *(lit * elements[f"wall_{side}"].to_numpy(dtype=float) for side in ORIENTATIONS),
                study.assumed("demand.roof_window_shading") * one,
            ]
        ),
        apertures=np.stack(apertures),
        radiation=value["inner_radiation"] * one,
        ventilation=np.stack([elements["h_ventilation"].to_numpy(dtype=float), elements["h_bypass"].to_numpy(dtype=float)]),
        bridges=elements["h_bridges"].to_numpy(dtype=float),
        air_capacity=value["air_and_furniture"] * floor_area,
        gains=floor_area * gains_of(elements["use"], study),
        gains_convective=float(value["gains_convective"]),
        sun_convective=float(value["sun_convective"]),
        power_convective=float(value["systems_convective"]),
        air_weight=OPERATIVE * one,
        heat_to=heat_to,
        cool_to=study.assumed("demand.t_cooling") * one,
        heat_most=design_load(elements, study),
        cool_most=UNLIMITED_W * one,
    )


def _inverse(u_value: pd.Series) -> NDArray[np.float64]:
    """Resistance of a U-value; an element without loss resists as a thousand metres of insulation [m²K/W]."""
    return np.asarray(1.0 / np.maximum(u_value.to_numpy(dtype=float), 1e-5))


def _chains(
    elements: pd.DataFrame, resistance: dict[str, NDArray[np.float64]], within: float, outer: float, value: pd.Series, study: Study
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Conductances, capacities and outer couplings of walls, roof, floor and inner elements."""
    mass = elements["heat_capacity"].to_numpy(dtype=float)
    insulated = study.assumed("demand.insulated_from")
    conductance, capacity = [], []
    lost = _inverse(elements["u_floor"] * study.assumed("demand.ground_factor")) - within - resistance["floor"]
    ground = np.minimum(value["ground_resistance"], 0.5 * np.maximum(lost, THINNEST))
    below = np.maximum(lost, THINNEST) - ground
    for name in ELEMENTS[:4]:
        classes = np.where((resistance[name] >= insulated) & (name != "inner"), "inside", "even")
        if name == "floor":
            between, kept = ground_nodes(resistance[name], mass, classes, ground, float(value["ground_capacity"]))
        else:
            between, kept = opaque_nodes(resistance[name], mass, classes)
        conductance.append(between)
        capacity.append(kept)
    out = np.full(len(elements), outer)
    return np.stack(conductance), np.stack(capacity), np.stack([out, out, 1.0 / below, np.zeros(len(elements))])
