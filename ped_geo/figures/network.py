"""How columns of the layers of heat networks are said to people."""

from ped_geo.figures import CURRENCY, told

MILLION = 1e6

told("network_pipes", unit=f"mln {CURRENCY}", digits=2, label=("New pipes", "Nowe rury"), per=MILLION)
told("network_plant", unit=f"mln {CURRENCY}", digits=2, label=("New sources", "Nowe źródła"), per=MILLION)
told("source_share", unit="%", label=("Share of the heat", "Udział w cieple"), times=100.0)
told("leaving_share", unit="%", label=("Share that leaves", "Udział odchodzących"), times=100.0)
