"""EN ISO 52016-1:2017, 6.5.6, written down equation by equation with a matrix for each hour: what the compiled engine must equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Piece:
    """An element by itself; `h` from outside inwards [W/(m²K)], `kappa` per node [J/(m²K)], `outside` 0 where nothing is behind it."""

    area: float
    h: list[float]
    kappa: list[float]
    h_ci: float
    outside: float
    sky: float = 0.0
    absorbs: float = 0.0
    faces: int = 0


@dataclass
class Zone:
    """A zone of such elements."""

    pieces: list[Piece]
    h_ri: float
    ventilation: tuple[float, float]
    bridges: float
    c_int: float
    apertures: list[float]
    gains: float
    f_int: float
    f_sol: float
    f_hc: float
    air_weight: float
    heat_to: float
    cool_to: float
    heat_most: float = 1e12
    cool_most: float = 1e12


def dense_matrix(zone: Zone, ventilation: float, dt: float) -> tuple[np.ndarray, list[int], list[int]]:
    """The left-hand side (equations 38 and 39) for unknown node temperatures, the air last; first and last node of each element."""
    count = sum(len(piece.kappa) for piece in zone.pieces) + 1
    matrix, air = np.zeros((count, count)), count - 1
    first, last, at = [], [], 0
    for piece in zone.pieces:
        first.append(at)
        at += len(piece.kappa)
        last.append(at - 1)
    total = sum(piece.area for piece in zone.pieces)
    for piece, begin, end in zip(zone.pieces, first, last, strict=True):
        for node, kappa in enumerate(piece.kappa):
            matrix[begin + node, begin + node] += kappa / dt
        for link, h in enumerate(piece.h):
            a, b = begin + link, begin + link + 1
            matrix[a, a] += h
            matrix[a, b] -= h
            matrix[b, b] += h
            matrix[b, a] -= h
        matrix[begin, begin] += piece.outside
        matrix[end, end] += piece.h_ci + zone.h_ri
        matrix[end, air] -= piece.h_ci
        for other, at_other in zip(zone.pieces, last, strict=True):
            matrix[end, at_other] -= zone.h_ri * other.area / total
        matrix[air, air] += piece.area * piece.h_ci
        matrix[air, end] -= piece.area * piece.h_ci
    matrix[air, air] += zone.c_int / dt + ventilation + zone.bridges
    return matrix, first, last


def dense_year(zone: Zone, drivers: np.ndarray, start: float, dt: float = 3600.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Heating less cooling [W], air and operative temperature [°C] of each hour.

    Columns of `drivers`: outdoor temperature, sun on glass facing north, east, south, west and up, the same on opaque elements, change of
    the heating set-point, may heat, may cool, other mode; if there are more, the eighteenth is the share of the inner gains.
    """
    matrices = [dense_matrix(zone, ventilation, dt) for ventilation in zone.ventilation]
    _, first, last = matrices[0]
    areas = np.array([piece.area for piece in zone.pieces])
    total = areas.sum()
    kept = np.concatenate([*(np.array(piece.kappa) for piece in zone.pieces), [zone.c_int]]) / dt
    state = np.full(len(kept), start)
    power, air, felt = (np.zeros(len(drivers)) for _ in range(3))
    unit = np.zeros(len(kept))
    unit[last] = (1.0 - zone.f_hc) / total
    unit[-1] = zone.f_hc

    def temperature(nodes: np.ndarray, weight: float) -> float:
        return weight * nodes[-1] + (1.0 - weight) * float(areas @ nodes[last]) / total

    for hour, driver in enumerate(drivers):
        outdoor, glass, wall, (change, may_heat, may_cool, other) = driver[0], driver[1:6], driver[6:11], driver[11:15]
        mode, gains = int(other > 0), zone.gains * (driver[17] if len(driver) > 17 else 1.0)
        sun = float(np.dot(zone.apertures, glass))
        right = kept * state
        for piece, begin in zip(zone.pieces, first, strict=True):
            right[begin] += piece.outside * outdoor - piece.sky + piece.absorbs * wall[piece.faces]
        right[last] += ((1.0 - zone.f_int) * gains + (1.0 - zone.f_sol) * sun) / total
        right[-1] += (zone.ventilation[mode] + zone.bridges) * outdoor + zone.f_int * gains + zone.f_sol * sun
        free, per_watt = np.linalg.solve(matrices[mode][0], np.stack([right, unit], axis=1)).T
        held, by_watt = temperature(free, zone.air_weight), temperature(per_watt, zone.air_weight)
        phi = 0.0
        if may_heat and held < zone.heat_to + change:
            phi = min((zone.heat_to + change - held) / by_watt, zone.heat_most)
        elif may_cool and held > zone.cool_to:
            phi = -min((held - zone.cool_to) / by_watt, zone.cool_most)
        state = free + phi * per_watt
        power[hour], air[hour], felt[hour] = phi, state[-1], temperature(state, 0.5)
    return power, air, felt


def steady(zone: Zone, driver: np.ndarray, phi: float) -> tuple[float, float]:
    """Air and operative temperature that constant weather and power end at [°C]."""
    matrix, first, last = dense_matrix(zone, zone.ventilation[0], dt=np.inf)
    total = sum(piece.area for piece in zone.pieces)
    sun = float(np.dot(zone.apertures, driver[1:6]))
    right = np.zeros(len(matrix))
    for piece, begin in zip(zone.pieces, first, strict=True):
        right[begin] += piece.outside * driver[0] - piece.sky + piece.absorbs * driver[6 + piece.faces]
    right[last] += ((1.0 - zone.f_int) * zone.gains + (1.0 - zone.f_sol) * sun + (1.0 - zone.f_hc) * phi) / total
    right[-1] += (zone.ventilation[0] + zone.bridges) * driver[0] + zone.f_int * zone.gains + zone.f_sol * sun + zone.f_hc * phi
    nodes = np.linalg.solve(matrix, right)
    areas = np.array([piece.area for piece in zone.pieces])
    return float(nodes[-1]), 0.5 * float(nodes[-1]) + 0.5 * float(areas @ nodes[last]) / total
