"""EN ISO 13790, annex C, written down line by line for one building: what the compiled engine must equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def literal_year(
    *,
    floor_area: float,
    h_opaque: float,
    h_glazed: float,
    h_ventilation: float,
    outdoor: Sequence[float],
    solar: Sequence[float],
    internal: Sequence[float],
    set_heating: Sequence[float],
    set_cooling: float,
    may_heat: Sequence[bool],
    capacity_j_k: float,
    start: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heating-or-cooling power [W], air temperature and mass temperature [°C] of each hour."""
    a_m = 2.5 * floor_area  # table 12, class medium
    a_t = 4.5 * floor_area  # 7.2.2.2
    h_ms = 9.1 * a_m  # 12.2.2, equation 64
    h_is = 3.45 * a_t  # 7.2.2.2, equation 9
    h_em = 1.0 / (1.0 / h_opaque - 1.0 / h_ms)  # equation 63
    h_tr_1 = 1.0 / (1.0 / h_ventilation + 1.0 / h_is)  # C.6
    h_tr_2 = h_tr_1 + h_glazed  # C.7
    h_tr_3 = 1.0 / (1.0 / h_tr_2 + 1.0 / h_ms)  # C.8

    def temperatures(phi_hc: float, theta_e: float, phi_sol: float, phi_int: float, theta_m: float) -> tuple[float, float]:
        phi_ia = 0.5 * phi_int  # C.1
        phi_m = a_m / a_t * (0.5 * phi_int + phi_sol)  # C.2
        phi_st = (1.0 - a_m / a_t - h_glazed / (9.1 * a_t)) * (0.5 * phi_int + phi_sol)  # C.3
        phi_mtot = (
            phi_m
            + h_em * theta_e
            + h_tr_3 * (phi_st + h_glazed * theta_e + h_tr_1 * ((phi_ia + phi_hc) / h_ventilation + theta_e)) / h_tr_2
        )
        theta_mt = (theta_m * (capacity_j_k / 3600 - 0.5 * (h_tr_3 + h_em)) + phi_mtot) / (
            capacity_j_k / 3600 + 0.5 * (h_tr_3 + h_em)
        )  # C.4
        theta_m_mean = (theta_mt + theta_m) / 2.0  # C.9
        theta_s = (h_ms * theta_m_mean + phi_st + h_glazed * theta_e + h_tr_1 * (theta_e + (phi_ia + phi_hc) / h_ventilation)) / (
            h_ms + h_glazed + h_tr_1
        )  # C.10
        theta_air = (h_is * theta_s + h_ventilation * theta_e + phi_ia + phi_hc) / (h_is + h_ventilation)  # C.11
        return theta_mt, theta_air

    power, air, mass = [0.0] * len(outdoor), [0.0] * len(outdoor), [0.0] * len(outdoor)
    theta_m = start
    for hour in range(len(outdoor)):
        weather = (outdoor[hour], solar[hour], internal[hour])
        _, free = temperatures(0.0, *weather, theta_m)  # C.4.2 step 1
        phi = 0.0
        wanted = set_heating[hour] if free < set_heating[hour] else set_cooling if free > set_cooling else None
        if wanted is not None:
            phi_10 = 10.0 * floor_area  # step 2
            _, with_10 = temperatures(phi_10, *weather, theta_m)
            phi = phi_10 * (wanted - free) / (with_10 - free)  # C.13
        if phi > 0 and not may_heat[hour]:
            phi = 0.0  # step 3: the available power is nothing
        theta_m, air[hour] = temperatures(phi, *weather, theta_m)
        power[hour], mass[hour] = phi, theta_m
    return np.array(power), np.array(air), np.array(mass)
