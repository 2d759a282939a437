"""EN ISO 13790, annex C, as one object per building: every equation a property or method, evaluated whenever it is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class LiteralZone:
    """A building of the simple hourly method; conductances in W/K, areas in m², capacity in J/K, temperatures in °C."""

    floor_area: float
    h_op: float
    h_tr_w: float
    h_ve: float
    c_m: float
    theta_m: float
    phi_int: float = 0.0
    phi_sol: float = 0.0
    theta_e: float = 0.0
    phi_hc: float = 0.0

    @property
    def a_m(self) -> float:
        """Table 12, class medium."""
        return 2.5 * self.floor_area

    @property
    def a_t(self) -> float:
        """7.2.2.2."""
        return 4.5 * self.floor_area

    @property
    def h_tr_ms(self) -> float:
        """Equation 64."""
        return 9.1 * self.a_m

    @property
    def h_tr_is(self) -> float:
        """Equation 9."""
        return 3.45 * self.a_t

    @property
    def h_tr_em(self) -> float:
        """Equation 63."""
        return 1.0 / (1.0 / self.h_op - 1.0 / self.h_tr_ms)

    @property
    def h_tr_1(self) -> float:
        """C.6."""
        return 1.0 / (1.0 / self.h_ve + 1.0 / self.h_tr_is)

    @property
    def h_tr_2(self) -> float:
        """C.7."""
        return self.h_tr_1 + self.h_tr_w

    @property
    def h_tr_3(self) -> float:
        """C.8."""
        return 1.0 / (1.0 / self.h_tr_2 + 1.0 / self.h_tr_ms)

    @property
    def phi_ia(self) -> float:
        """C.1, with the heating."""
        return 0.5 * self.phi_int + self.phi_hc

    @property
    def phi_m(self) -> float:
        """C.2."""
        return self.a_m / self.a_t * (0.5 * self.phi_int + self.phi_sol)

    @property
    def phi_st(self) -> float:
        """C.3."""
        return (1.0 - self.a_m / self.a_t - self.h_tr_w / (9.1 * self.a_t)) * (0.5 * self.phi_int + self.phi_sol)

    @property
    def phi_mtot(self) -> float:
        """C.5."""
        supply = self.h_tr_1 * (self.phi_ia / self.h_ve + self.theta_e)
        return self.phi_m + self.h_tr_em * self.theta_e + self.h_tr_3 * (self.phi_st + self.h_tr_w * self.theta_e + supply) / self.h_tr_2

    @property
    def theta_mt(self) -> float:
        """C.4."""
        half = 0.5 * (self.h_tr_3 + self.h_tr_em)
        return (self.theta_m * (self.c_m / 3600.0 - half) + self.phi_mtot) / (self.c_m / 3600.0 + half)

    @property
    def theta_m_mean(self) -> float:
        """C.9."""
        return (self.theta_mt + self.theta_m) / 2.0

    @property
    def theta_s(self) -> float:
        """C.10."""
        supply = self.h_tr_1 * (self.theta_e + self.phi_ia / self.h_ve)
        return (self.h_tr_ms * self.theta_m_mean + self.phi_st + self.h_tr_w * self.theta_e + supply) / (
            self.h_tr_ms + self.h_tr_w + self.h_tr_1
        )

    @property
    def theta_air(self) -> float:
        """C.11."""
        return (self.h_tr_is * self.theta_s + self.h_ve * self.theta_e + self.phi_ia) / (self.h_tr_is + self.h_ve)

    def hour(self, theta_e: float, phi_sol: float, phi_int: float, heat_to: float, cool_to: float, may_heat: bool) -> float:
        """C.4.2, the four steps; gives heating or cooling [W] and moves on to the next hour."""
        self.theta_e, self.phi_sol, self.phi_int, self.phi_hc = theta_e, phi_sol, phi_int, 0.0
        free = self.theta_air
        if free < heat_to or free > cool_to:
            wanted = heat_to if free < heat_to else cool_to
            self.phi_hc = 10.0 * self.floor_area
            needed = self.phi_hc * (wanted - free) / (self.theta_air - free)
            self.phi_hc = needed if needed < 0 or may_heat else 0.0
        self.theta_m = self.theta_mt
        return self.phi_hc
