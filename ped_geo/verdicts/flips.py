"""The switches of a verdict: one assumption or measure changed at a time, everything else as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo.accounts import Accounts
from ped_geo.countries import pack
from ped_geo.study import Study, Variant

__all__ = ["SWITCHES", "Flip", "alternatives"]

SWITCHES = ("k_exp", "export_credit", "factor_set", "uses", "boundary", "pv", "package", "supply")

COMMON_FACTOR_SET = "eu_default"
"""Set that every country is compared by, beside those of its own pack."""


@dataclass(frozen=True)
class Flip:
    """
    One changed switch, and the groups in which it can be changed.

    Attributes
    ----------
    switch : str
        One of `SWITCHES`.
    was : tuple of str
        Old setting of each of those groups.
    becomes : str
        New setting.
    open_to : ndarray of bool, shape (groups,)
        Groups as the study has them in which it can be changed.
    accounts : Accounts
        Those groups with the new setting.
    """

    switch: str
    was: tuple[str, ...]
    becomes: str
    open_to: npt.NDArray[np.bool_]
    accounts: Accounts


def _with_balance(accounts: Accounts, **changes: object) -> Accounts:
    balance = accounts.study.balance.model_copy(update=changes)
    return accounts.under(accounts.study.model_copy(update={"balance": balance}), same_flows="uses" not in changes)


def _with_variants(accounts: Accounts, **changes: object) -> Accounts:
    """The accounts with every chosen variant changed in one respect."""
    changed: dict[str, Variant] = {}
    for variant in accounts.study.variants:
        key = f"{variant.key}~" + "~".join(f"{name}={value}" for name, value in changes.items())
        changed[variant.key] = variant.model_copy(update={**changes, "key": key})
    study: Study = accounts.study.model_copy(update={"variants": (*accounts.study.variants, *changed.values())})
    groups = accounts.groups.as_variant({key: variant.key for key, variant in changed.items()})
    return accounts.rearranged(study, groups, same_packages="package" not in changes)


def _accounting(accounts: Accounts) -> Iterator[Flip]:
    own, every = accounts.study.balance, np.ones(len(accounts.groups), dtype=bool)
    settings: dict[str, tuple[float | str, ...]] = {
        "k_exp": (0.0, 1.0),
        "export_credit": ("symmetric", "asymmetric", "zero"),
        "factor_set": (*dict.fromkeys(pack(accounts.study.country).table("weighting_factors")["set"].astype("str")), COMMON_FACTOR_SET),
        "uses": ("all", "building_services"),
        "boundary": ("geographical", "functional", "virtual"),
    }
    for switch, values in settings.items():
        was = getattr(own, switch)
        for value in values:
            if value == was:
                continue
            changed = _with_balance(accounts, **{switch: value})
            if switch != "boundary" or changed.outside_kwh_a != accounts.outside_kwh_a:
                yield Flip(switch, (_word(was),) * len(every), _word(value), every, changed)


def _word(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _measures(accounts: Accounts) -> Iterator[Flip]:
    groups, variants = accounts.groups, {variant.key: variant for variant in accounts.study.variants}
    chosen = [variants[key] for key in groups.variants]
    with_pv = groups.over_parts(np.array([variant.pv for variant in chosen], dtype=bool)[groups.part_kind]) > 0
    for pv, those in ((False, with_pv), (True, ~with_pv)):
        words = ("without", "with") if pv else ("with", "without")
        if those.any():
            yield Flip("pv", (words[0],) * int(those.sum()), words[1], those, _with_variants(accounts.taken(those), pv=pv))
    for switch in ("package", "supply"):
        own = np.array([str(getattr(variant, switch)) for variant in chosen], dtype=object)
        was = np.full(len(groups), "", dtype=object)
        for number, name in zip(groups.part_number, own[groups.part_kind], strict=True):
            was[number] = name if not was[number] else ";".join(dict.fromkeys([*was[number].split(";"), name]))
        for value in dict.fromkeys(accounts.options.get_level_values(switch)):
            lacking = np.array([_pair(variant, switch, value) not in accounts.options for variant in chosen], dtype=bool)
            those = (groups.over_parts(lacking[groups.part_kind]) == 0) & (was != value)
            if those.any():
                yield Flip(switch, tuple(was[those]), str(value), those, _with_variants(accounts.taken(those), **{switch: value}))


def _pair(variant: Variant, switch: str, value: str) -> tuple[str, str]:
    return (value, variant.supply) if switch == "package" else (variant.package, value)


def alternatives(accounts: Accounts) -> Iterator[Flip]:
    """
    All accounts that differ from some in a single switch, one after the other.

    Parameters
    ----------
    accounts : Accounts
        As the study has them.

    Yields
    ------
    Flip
        Accounting first (credit for exports, factor set, uses, boundary), then measures (PV, package, supply).
    """
    yield from _accounting(accounts)
    yield from _measures(accounts)
