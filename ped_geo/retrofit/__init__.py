"""
Measures on the envelope and the services of a building, and the packages they are taken in.

::

    tables/measures.csv   one row per measure: type, part, price, lifetime, limits
    tables/packages.csv   one row per measure of a package: how far it goes
    <measure type>.py     how an element changes and what it costs; registered in MEASURE_TYPES

A measure acts on the *thermal state* of a building (U-values, air changes, efficiencies); the heat need follows from them in
`ped_geo.demand`, final energy in `ped_geo.supply`, money in `ped_geo.plans`.
"""

from ped_geo.retrofit._measure import (
    MEASURE_TYPES,
    PARTS,
    Level,
    Measure,
    MeasureType,
    RetrofitContext,
    element_columns,
    measure,
    measure_table,
    measures,
)
from ped_geo.retrofit.states import (
    COST_OPTIMAL,
    elements_today,
    envelope_states,
    joined_states,
    meets_wt2021,
    package_names,
    package_steps,
    stacked,
)

__all__ = [
    "COST_OPTIMAL",
    "MEASURE_TYPES",
    "PARTS",
    "Level",
    "Measure",
    "MeasureType",
    "RetrofitContext",
    "element_columns",
    "elements_today",
    "envelope_states",
    "joined_states",
    "measure",
    "measure_table",
    "measures",
    "meets_wt2021",
    "package_names",
    "package_steps",
    "stacked",
]
