"""The room of EN ISO 52016-1: its elements, their nodes, and the numbers that the compiled year wants to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ELEMENTS", "HOUR", "MASS_CLASSES", "UNLIMITED_W", "Rooms", "ground_nodes", "opaque_nodes", "room_rows"]

ELEMENTS: Final = ("wall", "roof", "floor", "inner", "window", "door")
"""Kinds of elements. The first four have five nodes, windows and doors two (6.5.6.2). Walls of one construction that face different
ways obey the same linear equations but for the sun on them, and so do windows: their mean obeys it with the mean sun."""

MASS_CLASSES: Final = {
    "inside": (0.0, 0.0, 0.0, 0.0, 1.0),
    "outside": (1.0, 0.0, 0.0, 0.0, 0.0),
    "both_sides": (0.5, 0.0, 0.0, 0.0, 0.5),
    "even": (0.125, 0.25, 0.25, 0.25, 0.125),
    "middle": (0.0, 0.0, 1.0, 0.0, 0.0),
}
"""How the heat capacity of an opaque element is spread over its nodes, from outside inwards: classes I, E, IE, D and M of 6.5.7.2 [-]."""

GROUND_MASS_CLASSES: Final = {
    "inside": (0.0, 0.0, 1.0),
    "even": (0.25, 0.5, 0.25),
}
"""The same for the three inner nodes of a floor on the ground: classes I and D of 6.5.7.3 [-]."""

HOUR: Final = 3600.0
"""Time step of the method [s]."""

UNLIMITED_W: Final = 1e12
"""Power of a system that always suffices [W]."""


NO_MEMORY: Final = 1e-13
"""Decay below which a mode of an element is rounding [-]."""


@dataclass(frozen=True)
class Rooms:
    """
    Thermal zones of n buildings, one each; everything that the equations of 6.5.6 name.

    Attributes
    ----------
    area : array, shape (6, n)
        Inner surface of each of `ELEMENTS` [m²].
    convection : array, shape (6, n)
        Heat transfer by convection at the inner surfaces [W/(m²K)].
    conductance : array, shape (4, 4, n)
        Between the neighbouring nodes of each opaque element, from outside inwards [W/(m²K)].
    capacity : array, shape (4, 5, n)
        Of their nodes [J/(m²K)].
    outside : array, shape (4, n)
        From the outermost node to outdoors [W/(m²K)]; 0 for elements inside.
    pane : array, shape (2, n)
        Between the two nodes of windows and doors [W/(m²K)].
    pane_outside : array, shape (2, n)
        From their outer node to outdoors [W/(m²K)].
    sky : array, shape (6, n)
        Loss by radiation to the sky that is colder than the air [W/m²].
    absorbed : array, shape (5, n)
        Sun taken up per irradiance on the walls' four directions, weighted with their share of the wall, and on the roof [-].
    apertures : array, shape (5, n)
        Area through which the sun of each direction enters as if nothing were in its way [m²].
    radiation : array, shape (n,)
        Heat transfer by radiation at the inner surfaces [W/(m²K)].
    ventilation : array, shape (2, n)
        Of the plain and of the other mode [W/K].
    bridges : array, shape (n,)
        Thermal bridges, from the air to outdoors [W/K].
    air_capacity : array, shape (n,)
        Air and furniture [J/K].
    gains : array, shape (n,)
        Inner heat gains [W].
    gains_convective, sun_convective, power_convective : float
        Shares that the air takes at once [-].
    air_weight : array, shape (n,)
        Weight of the air in the temperature that is held; one half is the operative temperature (6.5.5.1) [-].
    heat_to, cool_to : array, shape (n,)
        Temperatures that are held [°C].
    heat_most, cool_most : array, shape (n,)
        Greatest power of the systems [W].
    """

    area: NDArray[np.float64]
    convection: NDArray[np.float64]
    conductance: NDArray[np.float64]
    capacity: NDArray[np.float64]
    outside: NDArray[np.float64]
    pane: NDArray[np.float64]
    pane_outside: NDArray[np.float64]
    sky: NDArray[np.float64]
    absorbed: NDArray[np.float64]
    apertures: NDArray[np.float64]
    radiation: NDArray[np.float64]
    ventilation: NDArray[np.float64]
    bridges: NDArray[np.float64]
    air_capacity: NDArray[np.float64]
    gains: NDArray[np.float64]
    gains_convective: float
    sun_convective: float
    power_convective: float
    air_weight: NDArray[np.float64]
    heat_to: NDArray[np.float64]
    cool_to: NDArray[np.float64]
    heat_most: NDArray[np.float64]
    cool_most: NDArray[np.float64]


def opaque_nodes(
    resistance: NDArray[np.float64], capacity: NDArray[np.float64], mass_class: NDArray[np.str_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Conductances between the five nodes, shape (4, n) [W/(m²K)], and capacities, shape (5, n) [J/(m²K)], of opaque elements (6.5.7.2).

    Parameters
    ----------
    resistance : array, shape (n,)
        From surface to surface [m²K/W].
    capacity : array, shape (n,)
        Of the whole element [J/(m²K)].
    mass_class : array of str, shape (n,)
        Keys of `MASS_CLASSES`.
    """
    conductance = np.array([6.0, 3.0, 3.0, 6.0])[:, None] / resistance
    return conductance, np.array([MASS_CLASSES[name] for name in mass_class]).reshape(-1, 5).T * capacity


def ground_nodes(
    resistance: NDArray[np.float64],
    capacity: NDArray[np.float64],
    mass_class: NDArray[np.str_],
    ground_resistance: NDArray[np.float64],
    ground_capacity: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Conductances, shape (4, n), and capacities, shape (5, n), of floors with the ground below (6.5.7.3); as `opaque_nodes`."""
    conductance = np.stack(
        [2.0 / ground_resistance, 1.0 / (resistance / 4.0 + ground_resistance / 2.0), 2.0 / resistance, 4.0 / resistance]
    )
    spread = np.array([GROUND_MASS_CLASSES[name] for name in mass_class]).reshape(-1, 3).T * capacity
    return conductance, np.concatenate([np.zeros((1, len(capacity))), np.full((1, len(capacity)), ground_capacity), spread])


def room_rows(rooms: Rooms, factor: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""
    What `ped_geo.demand._iso52016_kernel.room_years` wants to know of each room, shape (len(ROWS), n).

    Parameters
    ----------
    rooms : Rooms
        The rooms.
    factor : array, shape (n,)
        That the heating counts with in the sums.

    Notes
    -----
    The five nodes of an element obey :math:`A x = C x' + e_1 w + e_5 u` with their capacities :math:`C` per hour, their temperatures
    :math:`x'` an hour before, and the powers :math:`w` at the outer and :math:`u` at the inner surface. In the eigenvectors of the symmetric
    :math:`C^{1/2} A^{-1} C^{1/2}` each mode decays by its eigenvalue alone; what a mode does to the inner surface is a memory. The inner surface
    is the sum of the memories, :math:`A^{-1}_{51} w` and :math:`A^{-1}_{55} u` with :math:`u = h_c \vartheta_a + h_r \bar\vartheta_s + q`; put
    into the mean of all surfaces and into the balance of the air, this leaves two equations for :math:`\bar\vartheta_s` and :math:`\vartheta_a`.
    """
    from ped_geo.demand._iso52016_kernel import ROWS

    total = rooms.area.sum(axis=0)
    share = rooms.area / total
    coupling = rooms.area * rooms.convection
    found: dict[str, NDArray[np.float64]] = {}
    taken = np.empty((len(ELEMENTS), len(total)))
    for number, name in enumerate(ELEMENTS[:4]):
        taken[number] = _chain(rooms, number, name, share, coupling, found)
        _outside(rooms, number, name, found)
    panes = _panes(rooms, share, coupling, taken)
    of_air, of_surfaces = taken * rooms.convection, taken * rooms.radiation
    to_surfaces = 1.0 / (1.0 - (share * of_surfaces).sum(axis=0))
    surfaces_of_air, surfaces_of_radiation = (share * of_air).sum(axis=0), (share * taken).sum(axis=0)
    air_of_surfaces, air_of_radiation = (coupling * of_surfaces).sum(axis=0), (coupling * taken).sum(axis=0)
    kept = rooms.air_capacity / HOUR
    still = kept + rooms.bridges + (coupling * (1.0 - of_air)).sum(axis=0) - air_of_surfaces * to_surfaces * surfaces_of_air
    radiant = (1.0 - rooms.power_convective) / total
    found |= panes
    for side, aperture in zip(("north", "east", "south", "west", "horizontal"), rooms.apertures, strict=True):
        found[f"sun_{side}"] = aperture
    found |= {
        "sun_to_surfaces": (1.0 - rooms.sun_convective) / total,
        "sun_to_air": np.full(len(total), rooms.sun_convective),
        "gains_to_surfaces": (1.0 - rooms.gains_convective) * rooms.gains / total,
        "gains_to_air": rooms.gains_convective * rooms.gains,
        "air_kept": kept,
        "surfaces_by_coupling": to_surfaces,
        "surfaces_of_air": to_surfaces * surfaces_of_air,
        "surfaces_of_radiation": surfaces_of_radiation,
        "air_of_surfaces": air_of_surfaces,
        "air_of_radiation": air_of_radiation,
        "radiation": rooms.radiation,
        "air_weight": rooms.air_weight,
        "power_to_surfaces": radiant,
        "heat_to": rooms.heat_to,
        "cool_to": rooms.cool_to,
        "heat_most": rooms.heat_most,
        "cool_most": rooms.cool_most,
        "factor": factor,
    }
    for mode, ventilation in zip(("plain", "other"), rooms.ventilation, strict=True):
        answer = 1.0 / (still + ventilation)
        by_radiation = air_of_surfaces * to_surfaces * surfaces_of_radiation + air_of_radiation
        air = answer * (rooms.power_convective + by_radiation * radiant)
        surfaces = to_surfaces * (surfaces_of_air * air + surfaces_of_radiation * radiant)
        found |= {
            f"ventilation_{mode}": ventilation + rooms.bridges,
            f"answer_{mode}": answer,
            f"air_of_power_{mode}": air,
            f"surfaces_of_power_{mode}": surfaces,
            f"power_of_control_{mode}": 1.0 / (rooms.air_weight * air + (1.0 - rooms.air_weight) * surfaces),
        }
    return np.stack([found[name] for name in ROWS])


def _chain(
    rooms: Rooms, number: int, name: str, share: NDArray[np.float64], coupling: NDArray[np.float64], found: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Memories of one opaque element; gives what its inner surface takes of power there [m²K/W]."""
    inwards = rooms.convection[number] + rooms.radiation
    alike = np.column_stack([rooms.conductance[number].T, rooms.capacity[number].T / HOUR, rooms.outside[number], inwards])
    different, which = np.unique(alike, axis=0, return_inverse=True)
    modes, through, taken = (values[which] for values in _modes(different[:, :4], different[:, 4:9], different[:, 9], different[:, 10]))
    for place, kind in enumerate(("kept", "of_room", "of_outside", "start")):
        found |= {f"{name}_{kind}_{node + 1}": modes[:, place, node] for node in range(5)}
    found |= {
        f"{name}_share": share[number],
        f"{name}_coupling": coupling[number],
        f"{name}_surfaces_of_outside": share[number] * through,
        f"{name}_air_of_outside": coupling[number] * through,
        f"{name}_convection": rooms.convection[number],
    }
    return taken


def _modes(
    between: NDArray[np.float64], kept: NDArray[np.float64], outside: NDArray[np.float64], inside: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """
    Eigenmodes of elements, shape (n, 4, 5), slow ones first: decay [-], what the inner surface takes of them [m²K/W], power at the outer
    surface against power at the inner one [-], start [W/(m²K)].

    Also what power at the outer and at the inner surface does to the inner one at once, shape (n,) [m²K/W].
    """
    matrix = np.zeros((len(kept), 5, 5))
    for node in range(5):
        matrix[:, node, node] = (
            kept[:, node] + (outside if node == 0 else between[:, node - 1]) + (inside if node == 4 else between[:, node])
        )
        if node:
            matrix[:, node, node - 1] = matrix[:, node - 1, node] = -between[:, node - 1]
    inverse, root = np.linalg.inv(matrix), np.sqrt(kept)
    symmetric = root[:, :, None] * inverse * root[:, None, :]
    decay, vectors = np.linalg.eigh(0.5 * (symmetric + symmetric.transpose(0, 2, 1)))
    # nodes without a capacity have no memory
    decay, vectors = np.where(decay > NO_MEMORY, decay, 0.0)[:, ::-1], vectors[:, :, ::-1] * (decay > NO_MEMORY)[:, None, ::-1]
    outer, inner, start = (
        np.einsum("nj,njm->nm", root * values, vectors) for values in (inverse[:, :, 0], inverse[:, :, 4], np.ones(kept.shape))
    )
    # a memory is counted in power at the inner surface, which spares the hour a product; what does not reach that surface counts for nothing
    reaches = inner != 0
    by_inner = np.divide(1.0, inner, out=np.zeros_like(inner), where=reaches)
    modes = np.stack([decay, inner * inner, outer * by_inner, start * by_inner], axis=1)
    return modes, inverse[:, 4, 0].astype(np.float64), inverse[:, 4, 4].astype(np.float64)


def _outside(rooms: Rooms, number: int, name: str, found: dict[str, NDArray[np.float64]]) -> None:
    """Power that the weather gives to the outer surface of an element."""
    if name != "inner":
        found[f"{name}_outdoor"] = rooms.outside[number]
    if name in ("wall", "roof"):
        found[f"{name}_still"] = -rooms.sky[number]
    if name == "wall":
        for side, absorbed in zip(("north", "east", "south", "west"), rooms.absorbed, strict=False):
            found[f"wall_{side}"] = absorbed
    if name == "roof":
        found["roof_horizontal"] = rooms.absorbed[4]


def _panes(
    rooms: Rooms, share: NDArray[np.float64], coupling: NDArray[np.float64], taken: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Windows and doors, which keep no heat: what the weather does through them; fills their rows of `taken`."""
    outdoor, still = np.zeros((2, len(share[0]))), np.zeros((2, len(share[0])))
    for pane in range(2):
        number = 4 + pane
        outer = rooms.pane[pane] + rooms.pane_outside[pane]
        through = rooms.pane[pane] / outer
        taken[number] = 1.0 / (rooms.pane[pane] * (1.0 - through) + rooms.convection[number] + rooms.radiation)
        outdoor[pane] = through * rooms.pane_outside[pane] * taken[number]
        still[pane] = -through * rooms.sky[number] * taken[number]
    return {
        "surfaces_outdoor": (share[4:] * outdoor).sum(axis=0),
        "surfaces_still": (share[4:] * still).sum(axis=0),
        "air_outdoor": (coupling[4:] * outdoor).sum(axis=0),
        "air_still": (coupling[4:] * still).sum(axis=0),
    }
