"""How numbers of look-alikes are said to people."""

from __future__ import annotations

from ped_geo.figures import CURRENCY, PER_FLOOR, told

SAVED_PRIMARY = ("Saving of non-renewable primary energy", "Oszczędność nieodnawialnej energii pierwotnej")

told("replica_distance", unit="", digits=3, label=("Distance to the pilot", "Odległość od pilotażu"))
told("replica_percentile", unit="%", label=("Percentile of the distance", "Percentyl odległości"))
told("replica_share", unit="%", times=100.0, label=("Share of the heated floor", "Udział powierzchni ogrzewanej"))
told("replica_area", unit="m²", label=("Heated floor", "Powierzchnia ogrzewana"))
told(
    "replica_heat_saving", unit=PER_FLOOR, digits=1, label=("Saving of space-heating demand", "Oszczędność energii użytkowej do ogrzewania")
)
told("replica_primary_saving", unit=PER_FLOOR, digits=1, label=SAVED_PRIMARY)
told("replica_primary_total", unit="MWh/a", label=SAVED_PRIMARY)
told("replica_balance", unit=PER_FLOOR, digits=1, label=("Balance with the package", "Bilans z pakietem"))
told("replica_co2", unit="t/a", label=("CO₂ saved", "Unikniona emisja CO₂"))
told("replica_investment", unit=f"mln {CURRENCY}", digits=1, per=1e6, label=("Investment", "Nakłady"))
told("replica_error", unit=PER_FLOOR, digits=1, label=("Error", "Błąd"))
