"""Direct electric heating and water heaters."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["ELECTRIC"]

ELECTRIC = SUPPLIES.add(
    "electric",
    HeatSupply("electric", "electricity", "TABULA PL.E.Gen.01", price="supply.electric_heating_per_kw", lifetime="supply.boiler_life"),
)
