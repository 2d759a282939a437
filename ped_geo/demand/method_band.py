"""How far the method of heat that ran lies from detailed programs where little heat is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ped_geo.study import Study

__all__ = ["MethodBand", "small_need_band"]


@dataclass(frozen=True)
class MethodBand:
    """
    Need for space heating by detailed programs over that by a method.

    Attributes
    ----------
    middle : float
        Mean of the programs [-].
    low, high : float
        Least and greatest program of any case [-].
    """

    middle: float
    low: float
    high: float

    @property
    def percent(self) -> tuple[float, float]:
        """Least and greatest in hundredths [%]."""
        return 100.0 * self.low, 100.0 * self.high


def small_need_band(study: Study) -> MethodBand:
    """
    Band of the study's method where little heat is needed, as in near-zero buildings.

    Parameters
    ----------
    study : Study
        Its ``demand.method`` is the one that ran; a district that sets ``demand.small_need_…`` has that value and no band beside it.

    Returns
    -------
    MethodBand

    Notes
    -----
    Measured on the heavy rooms of ANSI/ASHRAE Standard 140-2020 that are heated (900, 910, 920, 930, 940): need of each of the six
    programs over that of the method, same weather, same glass, same thermostat. A test measures it anew. Light rooms need more and lie
    nearer.
    """
    key = f"demand.small_need_{study.demand.method}"
    middle = study.assumed(key)
    return MethodBand(middle, *study.assumed_range(key))
