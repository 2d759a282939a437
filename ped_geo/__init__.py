"""
ped_geo finds positive energy districts: parts of a city that can produce, over a year, more energy than they use.

The stages stand at one level: `ped_geo.buildings`, `ped_geo.streets`, `ped_geo.blocks`, `ped_geo.roofs`, `ped_geo.shading`,
`ped_geo.solar`, `ped_geo.demand`, `ped_geo.retrofit`, `ped_geo.supply`, `ped_geo.balance`, `ped_geo.kpis`, `ped_geo.districts`.
Each takes frames and a frozen `ped_geo.study.Study` and gives a new frame.
"""

__version__ = "0.1.0"
