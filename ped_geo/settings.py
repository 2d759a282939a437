"""What all sections of a district file have in common, and the section of the roadmap."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Fraction", "Roadmap", "Section"]

Fraction = Annotated[float, Field(ge=0, le=1)]
CalendarYear = Annotated[int, Field(ge=2019, le=2050)]
Money = Annotated[float, Field(ge=0, le=1e12)]


class Section(BaseModel):
    """A section of a district file: frozen, without unknown settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Roadmap(Section):
    """The way to 2050: targets, the city's own rates and dates, and what payers can pay in a year."""

    targets: dict[CalendarYear, Fraction] = Field(
        default_factory=dict, description="year = fall of CO₂ against 2018 that is asked for, 0 to 1; none is guessed"
    )
    order: Literal["social", "owner"] = Field(
        "social", description="order of works in the city's own scenario: cost per tonne to society, or the owner's net present value"
    )
    first_year: int | None = Field(None, ge=2026, le=2050, description="first year of works of the city's own scenario")
    retrofit_rate: Fraction | None = Field(None, description="share of the heated floor that can be renovated in a year")
    heat_supply_rate: Fraction | None = Field(None, description="share of the floor whose heat supply can be changed in a year")
    pv_rate: Fraction | None = Field(None, description="share of the roofs' PV that can be built in a year")
    budgets: dict[Literal["cooperative", "household", "city", "company", "parish", "municipality", "state"], Money] = Field(
        default_factory=dict, description="what a kind of owner, or the state as grants, can pay in a year; no limit where none is given"
    )
    network_co2: dict[CalendarYear, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict, description="year = CO₂ of the heat network by its company's plan, kg/kWh; else the country's path"
    )
    mobility: bool = Field(False, description="whether targets count the cars of the residents; else they are told beside")
    fuel_carbon_price: bool = Field(True, description="count the carbon price on fuels of buildings (ETS2) in bills")
    draws: int = Field(500, ge=50, le=20_000, description="draws for bands and the chance of a target")

    @property
    def own(self) -> bool:
        """Whether the city has a scenario of its own beside the fixed ones."""
        rates = (self.retrofit_rate, self.heat_supply_rate, self.pv_rate, self.first_year)
        return bool(self.budgets) or any(value is not None for value in rates)
