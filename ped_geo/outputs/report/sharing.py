"""What the report says of sharing: own use at every level, storage, and the legal forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.countries import pack
from ped_geo.language import text
from ped_geo.outputs.figures import FIGURES, rows_of
from ped_geo.study import NO_STORAGE

if TYPE_CHECKING:
    from ped_geo.outputs import Results

SAID = {
    "self_consumption": ("self_consumption", "self_consumption"),
    "self_sufficiency": ("self_sufficiency", "self_sufficiency"),
    "imported": ("imported_kwh_a", "imported"),
    "exported": ("exported_kwh_a", "exported"),
    "peak_import": ("peak_import_kw", "peak"),
    "peak_export": ("peak_export_kw", "peak"),
}
"""What a row shows: column of the layer ``sharing``, and the figure by which it is said."""

__all__ = ["community_rows", "level_rows", "open_forms_sentence", "store_sentences"]


def level_rows(results: Results, lang: str, group: str = "district") -> list[dict[str, Any]]:
    """Own use, exchange and peaks of a group at each level of sharing; shares in percent, energy in MWh/a."""
    table = results.layers.get("sharing")
    if table is None:
        return []
    return [
        {
            "name": text(f"sharing.level.{level}", lang),
            **{name: FIGURES[figure].told(float(row[column])) for name, (column, figure) in SAID.items()},
        }
        for level, row in rows_of(table, "group_id", group).iterrows()
    ]


def store_sentences(results: Results, lang: str, group: str = "district") -> str:
    """What a battery and heat stores would cost and be worth beside the way that is shown; empty where variants have some, or none is priced."""
    table = results.layers.get("sharing")
    if table is None or "npv" not in table or any(variant.storage != NO_STORAGE for variant in results.study.variants):
        return ""
    rows, figure = rows_of(table, "group_id", group), FIGURES["investment"]
    said = [
        text(
            f"report.sharing.store.{'pays' if row['npv'] >= 0.0 else 'loses'}",
            lang,
            store=text(f"code.{level}", lang),
            **{name: figure.words(figure.told(float(row[name])), lang) for name in ("investment", "npv")},
        )
        for level, row in rows[rows["investment"] > 0.0].iterrows()
    ]
    return f"{text('report.sharing.stores', lang)} {'; '.join(said)}." if said else ""


def community_rows(results: Results, lang: str, group: str = "district") -> list[dict[str, Any]]:
    """Each form of sharing of the country: whether the group could use it, on what condition, and what stands in the way; none where its pack knows none."""
    table = results.layers.get("energy_communities")
    if table is None or table.empty or not pack(results.study.country).has("energy_communities"):
        return []
    return [
        {
            "name": text(f"sharing.{form}.name", lang),
            "usable": bool(row["usable"]),
            "condition": text(f"sharing.{form}.condition", lang),
            "settlement": text(f"sharing.{form}.settlement", lang),
            "reasons": ", ".join(text(f"sharing.reason.{code}", lang) for code in str(row["reasons"]).split(";") if code),
        }
        for form, row in rows_of(table, "group_id", group).iterrows()
    ]


def open_forms_sentence(results: Results, lang: str, group: str) -> list[str]:
    """The forms that are open to a candidate, as a sentence; none where there are no figures."""
    rows = community_rows(results, lang, group)
    if not rows:
        return []
    names = ", ".join(str(row["name"]) for row in rows if row["usable"]) or text("report.none", lang)
    return [text("report.sharing.open", lang, forms=names)]
