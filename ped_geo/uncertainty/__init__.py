"""How sure a verdict is: thousands of draws of the inputs that are guessed."""

from ped_geo.uncertainty.components import components_of, variant_factors
from ped_geo.uncertainty.field_work import field_work
from ped_geo.uncertainty.inputs import UncertainInput, uncertain_inputs
from ped_geo.uncertainty.requests import data_requests
from ped_geo.uncertainty.simulation import UncertaintyTables, balance_spread, draws_for, groups_of, simulate

__all__ = [
    "UncertainInput",
    "UncertaintyTables",
    "balance_spread",
    "components_of",
    "data_requests",
    "draws_for",
    "field_work",
    "groups_of",
    "simulate",
    "uncertain_inputs",
    "variant_factors",
]
