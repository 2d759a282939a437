"""Natural gas as it is burnt today: boilers without condensation, instantaneous water heaters."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["GAS"]

GAS = SUPPLIES.add(
    "gas", HeatSupply("gas", "gas", "TABULA PL.B_NC.Gen.01", price="supply.gas_boiler_per_kw", lifetime="supply.boiler_life")
)
