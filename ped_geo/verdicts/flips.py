"""The switches of a verdict: one assumption or measure changed at a time, everything else as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ped_geo.study import Study, Variant
from ped_geo.verdicts.case import Case

__all__ = ["SWITCHES", "Flip", "alternatives"]

SWITCHES = ("k_exp", "export_credit", "factor_set", "uses", "boundary", "pv", "package", "supply")

FACTOR_SETS = ("pl_certificates_2023", "pl_certificates_2015", "pl_audits", "eu_default")


@dataclass(frozen=True)
class Flip:
    """
    One changed switch.

    Attributes
    ----------
    switch : str
        One of `SWITCHES`.
    was, becomes : str
        Old and new setting.
    case : Case
        The case with the new setting.
    """

    switch: str
    was: str
    becomes: str
    case: Case


def _with_balance(case: Case, **changes: object) -> Case:
    balance = case.study.balance.model_copy(update=changes)
    return case.under(case.study.model_copy(update={"balance": balance}), same_flows="uses" not in changes)


def _with_variants(case: Case, **changes: object) -> Case:
    """The case with every chosen variant changed in one respect."""
    changed: dict[str, Variant] = {}
    for variant in case.study.variants:
        key = f"{variant.key}~" + "~".join(f"{name}={value}" for name, value in changes.items())
        changed[variant.key] = variant.model_copy(update={**changes, "key": key})
    study: Study = case.study.model_copy(update={"variants": (*case.study.variants, *changed.values())})
    return replace(case, study=study, choice={block: changed[key].key for block, key in case.choice.items()})


def _accounting(case: Case) -> Iterator[Flip]:
    own = case.study.balance
    settings: dict[str, tuple[float | str, ...]] = {
        "k_exp": (0.0, 1.0),
        "export_credit": ("symmetric", "asymmetric", "zero"),
        "factor_set": FACTOR_SETS,
        "uses": ("all", "building_services"),
        "boundary": ("geographical", "functional", "virtual"),
    }
    for switch, values in settings.items():
        was = getattr(own, switch)
        for value in values:
            if value == was:
                continue
            changed = _with_balance(case, **{switch: value})
            if switch != "boundary" or changed.outside_kwh_a != case.outside_kwh_a:
                yield Flip(switch, _word(was), _word(value), changed)


def _word(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _measures(case: Case) -> Iterator[Flip]:
    variants = {variant.key: variant for variant in case.study.variants}
    chosen = [variants[key] for key in dict.fromkeys(case.choice.values())]
    was = {name: ";".join(dict.fromkeys(str(getattr(variant, name)) for variant in chosen)) for name in ("package", "supply")}
    with_pv = any(variant.pv for variant in chosen)
    yield Flip("pv", "with" if with_pv else "without", "without" if with_pv else "with", _with_variants(case, pv=not with_pv))
    for package in dict.fromkeys(case.options.get_level_values("package")):
        if package != was["package"] and all((package, variant.supply) in case.options for variant in chosen):
            yield Flip("package", was["package"], package, _with_variants(case, package=package))
    for supply in dict.fromkeys(case.options.get_level_values("supply")):
        if supply != was["supply"] and all((variant.package, supply) in case.options for variant in chosen):
            yield Flip("supply", was["supply"], supply, _with_variants(case, supply=supply))


def alternatives(case: Case) -> list[Flip]:
    """
    All cases that differ from one in a single switch.

    Parameters
    ----------
    case : Case
        The case as the study has it.

    Returns
    -------
    list of Flip
        Accounting first (credit for exports, factor set, uses, boundary), then measures (PV, package, supply).
    """
    return [*_accounting(case), *_measures(case)]
