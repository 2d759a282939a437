"""How columns of other layers are said to people: shares in percent, energy of groups in MWh."""

from __future__ import annotations

from ped_geo.figures import CURRENCY, PER_FLOOR, told
from ped_geo.figures.energy import KWH_PER_MWH

KW_PER_MW = 1000.0
KG_PER_T = 1000.0
SHARES = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)

told("self_consumption", label=("Own use", "Zużycie własne"), unit="%", times=100.0)
told("self_sufficiency", label=("Self-sufficiency", "Samowystarczalność"), unit="%", times=100.0)
told("imported", unit="MWh/a", label=("Bought", "Kupione"), per=KWH_PER_MWH)
told("exported", unit="MWh/a", label=("Sold", "Sprzedane"), per=KWH_PER_MWH)
told("peak", unit="kW", label=("Peak", "Szczyt"))
told("peak_mw", unit="MW", digits=2, label=("Peak", "Szczyt"), per=KW_PER_MW)
told("shortfall", unit="MWh/a", label=("Energy that would be missing", "Energia, której by zabrakło"), per=KWH_PER_MWH)
told("variance_share", label=("Share of the doubt", "Udział w niepewności"), unit="%", times=100.0)
told(
    "gap_to_bound", digits=1, label=("Most that a better group could gain", "Najwięcej, ile zyskałaby lepsza grupa"), unit="%", times=100.0
)
told("from_data", label=("From data", "Z danych"), unit="%", times=100.0)
told("reach", unit="m", label=("Walking reach", "Dojście"))
told("margin", unit=PER_FLOOR, digits=1, label=("Surplus (+) / shortfall (−)", "Nadwyżka (+) / niedobór (−)"))
told("heat_cost_mwh", unit=f"{CURRENCY}/MWh", label=("Cost of heat", "Koszt ciepła"))
told("co2_year", unit="t/a", label=("CO₂", "CO₂"), per=KG_PER_T)
told("co2_change", unit="%", label=("CO₂ against today", "CO₂ względem dziś"), times=100.0)
told("network_heat", unit="MWh/a", label=("Heat from the network", "Ciepło z sieci"), per=KWH_PER_MWH)
told("month_energy", unit="MWh", label=("Energy of a month", "Energia miesiąca"), per=KWH_PER_MWH)
told("saving", unit=PER_FLOOR, digits=1, label=("Saving", "Oszczędność"))
told("roof_yield", unit="MWh/a", digits=1, label=("Yield of a roof", "Uzysk dachu"), per=KWH_PER_MWH)
told("module_yield", unit="kWh/(kWp·a)", label=("Yield of modules", "Uzysk modułów"))
told("summer", unit="h/a", label=("Too warm, fixed limit", "Za ciepło, stała granica"))
told("summer_adaptive", unit="h/a", label=("Too warm, adaptive limit", "Za ciepło, granica adaptacyjna"))
told("summer_degree_hours", unit="Kh/a", label=("Degree hours, fixed limit", "Stopniogodziny, stała granica"))
told("summer_cost", unit=f"{CURRENCY}/m²", label=("Cost of the measure", "Koszt działania"))
told("summer_cooling", unit=PER_FLOOR, digits=1, label=("Cooling need", "Zapotrzebowanie na chłód"))
told("known", label=("Known", "Znane"), limits=SHARES, unit="%", times=100.0)
