"""
Demand: buildings, typology and weather to space heating, hot water and electricity, by the season and by the hour.

::

    envelope    geometry → areas of walls, windows, roof, floor         calibration   metered totals → bounded factors
    losses      areas and U-values → conductances, solar apertures      uses          hot water and electricity of a year
    seasonal    the TABULA method (EN ISO 13790, seasonal)              profiles      when they are used
    hourly      EN ISO 13790, simple hourly method, all at once         levels        other uses, metered level
    need        all of it: `build_need`                                 zone, _lanes  the hourly building, its compiled year
    open_uses   needs of a building of open use, by use
    method_band how far the method lies from detailed programs where little heat is needed
    iso52016    EN ISO 52016-1, all at once                             elements, rooms  its building, what its compiled year wants to know
"""

from __future__ import annotations

from ped_geo.demand.calibration import calibration_factors
from ped_geo.demand.envelope import envelope
from ped_geo.demand.hourly import HourlyNeed, hourly_need
from ped_geo.demand.method_band import MethodBand, small_need_band
from ped_geo.demand.need import DemandLayers, build_need, demand_of
from ped_geo.demand.open_uses import need_by_use
from ped_geo.demand.seasonal import SeasonalClimate, seasonal_climate, seasonal_need, tabula_climate

__all__ = [
    "DemandLayers",
    "HourlyNeed",
    "MethodBand",
    "SeasonalClimate",
    "build_need",
    "calibration_factors",
    "demand_of",
    "envelope",
    "hourly_need",
    "need_by_use",
    "seasonal_climate",
    "seasonal_need",
    "small_need_band",
    "tabula_climate",
]
