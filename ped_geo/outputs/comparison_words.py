"""What differs between two runs, or two variants of one, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.language import half_up, number, text
from ped_geo.outputs.figures import FIGURES
from ped_geo.outputs.tables import variant_name

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs.comparison import Comparison
    from ped_geo.study import Variant

__all__ = ["comparison_sentences", "pair_name"]


def pair_name(one: Variant, other: Variant, lang: str) -> str:
    """Name of what is compared: of the variant, or of the first and the second one."""
    names = variant_name(one, lang), variant_name(other, lang)
    return names[0] if names[0] == names[1] else " → ".join(names)


def comparison_sentences(comparison: Comparison, lang: str) -> list[str]:
    """
    What was compared and what differs: balances, verdicts, blocks, and how many figures in all.

    Parameters
    ----------
    comparison : Comparison
        The two sides.
    lang : str
        ``pl`` or ``en``.
    """
    first, second = comparison.first, comparison.second
    paired = len(comparison.blocks[comparison.blocks["other"] != ""])
    counts = {"paired": number(paired, lang), "left": number(len(comparison.blocks) - paired, lang)}
    sides = {"first": first.study.title or first.name, "second": second.study.title or second.name}
    said = [text("cli.compared_variants" if first is second else "cli.compared", lang, **sides, **counts)]
    said += [text("cli.compared_overlap", lang)] if comparison.by_overlap else []
    table = comparison.table
    differ = table[table["difference"].abs() > 0]
    if differ.empty:
        return [*said, text("cli.compared_same", lang)]
    for key, (ours, theirs) in zip(table.loc[table["table"] != "verdict", "variant"].unique(), comparison.pairs, strict=True):
        rows = table[table["variant"] == key]
        said.append(f"  {pair_name(ours, theirs, lang)}:")
        said += [f"    {sentence}" for sentence in (*_balance(rows, lang), *_blocks(rows, comparison, lang))]
    return [*said, text("cli.compared_figures", lang, count=number(len(differ), lang), all=number(len(table), lang))]


def _balance(rows: pd.DataFrame, lang: str) -> list[str]:
    """The balance of the whole place, better or worse, and whether that turns the place positive or back."""
    digits = FIGURES["balance"].digits
    said = []
    for row in rows[(rows["table"] == "kpi") & (rows["item"] == "peb_nren_m2")].itertuples():
        values = {key: number(getattr(row, key), lang, digits) for key in ("first", "second")}
        change = half_up(row.difference, digits)
        way = "same" if change == 0 else "better" if change > 0 else "worse"
        said.append(text(f"cli.compared_balance_{way}", lang, **values, change=number(abs(change), lang, digits)))
        if (row.first >= 0) != (row.second >= 0):
            said.append(text("cli.compared_positive" if row.second >= 0 else "cli.compared_negative", lang))
    return said


def _blocks(rows: pd.DataFrame, comparison: Comparison, lang: str) -> list[str]:
    """How many blocks are better or worse, and the one that changes most."""
    digits = FIGURES["balance"].digits
    change = rows[(rows["table"] == "block") & (rows["item"] == "balance")].set_index("block_id")["difference"].dropna()
    shown = change.map(lambda value: half_up(value, digits))
    ways = {"better": len(shown[shown > 0]), "worse": len(shown[shown < 0]), "same": len(shown[shown == 0])}
    if ways["same"] == len(shown):
        return []
    most = str(shown.abs().idxmax())
    signed = ("+" if shown[most] > 0 else "") + number(shown[most], lang, digits)
    told = {way: number(count, lang) for way, count in ways.items()}
    return [text("cli.compared_blocks", lang, **told, block=str(comparison.blocks.loc[most, "label"]), change=signed)]
