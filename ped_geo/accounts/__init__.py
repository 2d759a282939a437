"""
The accounts of groups of blocks, each block in its variant: one object of which definitions, indicators and sharing are asked.

A rule names what it needs by its parameters, and `Accounts.asked` fills them; a need that no property here answers is brought along
by `further_need` in the rule's own file.
"""

from __future__ import annotations

from ped_geo.accounts.accounts import BALANCE_PERIODS, Accounts
from ped_geo.accounts.needs import FURTHER, NAN, Amount, Need, further_need, needs_of, ratio

__all__ = ["BALANCE_PERIODS", "FURTHER", "NAN", "Accounts", "Amount", "Need", "further_need", "needs_of", "ratio"]
