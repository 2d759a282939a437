"""How QGIS names and shows the columns of a layer: aliases in both languages, words of codes, printed decimals, and forms in tabs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

from ped_geo.language import text
from ped_geo.outputs.figures import column_decimals, written_unit
from ped_geo.outputs.source_words import value_words

if TYPE_CHECKING:
    from ped_geo.outputs.documented import DocumentedLayer
    from ped_geo.schema import Column

__all__ = ["form_elements", "short_alias"]

FEWEST_FOR_TABS: Final = 14
TABS: Final = (
    ("sources", ("_source", "_probability", "_odds", "_low", "_high", "_tags", "flags")),
    ("summer", ("summer_",)),
    ("pv", ("pv_",)),
    ("indicators", ("kpi_",)),
)
"""Tabs, and how the columns in them end or begin; those of a variant have a tab of its name, all others stand in the first."""


def short_alias(column: Column) -> str:
    """
    Name of a column in both languages with its unit; that of a variant ends with the variant's key, the words of which stand in the tab.

    Parameters
    ----------
    column : Column
        As declared, or for one variant.
    """
    polish, english = (label.partition(" – ")[0] if "__" in column.name else label for label in (column.label_pl, column.label_en))
    unit, key = written_unit(column.unit), column.name.partition("__")[2]
    return f"{polish} | {english}" + (f" [{unit}]" if unit else "") + (f" · {key}" if key else "")


def _widget(widgets: Element, name: str, kind: str) -> Element:
    field = SubElement(widgets, "field", {"name": name, "configurationFlags": "None"})
    return SubElement(SubElement(SubElement(field, "editWidget", {"type": kind}), "config"), "Option", {"type": "Map"})


def _edited(widgets: Element, column: Column, values: pd.Series) -> None:
    """The widget of a column: a list of words for codes and sources, a number with the decimals that are printed."""
    if told := value_words(column, values):
        options = SubElement(_widget(widgets, column.name, "ValueMap"), "Option", {"type": "List", "name": "map"})
        for value, words in told.items():
            SubElement(SubElement(options, "Option", {"type": "Map"}), "Option", {"type": "QString", "name": words, "value": value})
    elif (digits := column_decimals(column)) is not None:
        config = _widget(widgets, column.name, "Range")
        for option, sort, value in (("Precision", "int", str(digits)), ("AllowNull", "bool", "true"), ("Style", "QString", "SpinBox")):
            SubElement(config, "Option", {"name": option, "type": sort, "value": value})


def _tab_of(column: Column) -> str:
    """Key of a tab, or the name of a variant in both languages."""
    if "__" in column.name and not column.name.startswith(("kpi_", "summer_")):
        return " | ".join(label.partition(" – ")[2] or label for label in (column.label_pl, column.label_en))
    ends = next((key for key, parts in TABS if column.name.endswith(parts) or column.name.startswith(parts)), "general")
    return " | ".join(text(f"form.tab.{ends}", lang) for lang in ("pl", "en"))


def _tabs(fields: list[str], columns: Mapping[str, Column], relations: Mapping[str, str]) -> list[Element]:
    """A form with a tab for each kind of columns and one for each table that belongs to a row."""
    tabs: dict[str, list[str]] = {" | ".join(text("form.tab.general", lang) for lang in ("pl", "en")): []}
    for name in fields:
        general = next(iter(tabs))
        tabs.setdefault(_tab_of(columns[name]) if name in columns else general, []).append(name)
    kind = Element("editorlayout")
    kind.text = "tablayout"
    form = Element("attributeEditorForm")
    box = {"groupBox": "0", "showLabel": "1", "visibilityExpressionEnabled": "0", "visibilityExpression": "", "columnCount": "1"}
    for title, names in tabs.items():
        tab = SubElement(form, "attributeEditorContainer", {"name": title, **box})
        for name in names:
            SubElement(tab, "attributeEditorField", {"name": name, "index": str(fields.index(name) + 1), "showLabel": "1"})
    for relation, key in relations.items():
        title = " | ".join(text(f"relation.{key}", lang) for lang in ("pl", "en"))
        tab = SubElement(form, "attributeEditorContainer", {"name": title, **box})
        told = {"name": relation, "relation": relation, "showLabel": "0", "label": "", "relationWidgetTypeId": "", "nmRelationId": ""}
        SubElement(tab, "attributeEditorRelation", {**told, "forceSuppressFormPopup": "0"})
    return [kind, form]


def form_elements(layer: DocumentedLayer, relations: Mapping[str, str] | None = None) -> list[Element]:
    """
    Aliases, widgets and form of a layer, as QGIS keeps them.

    Parameters
    ----------
    layer : DocumentedLayer
        The layer and the meaning of its columns.
    relations : mapping of str to str, optional
        Identity and key of the relations of the project whose rows the form shows.
    """
    aliases, widgets = Element("aliases"), Element("fieldConfiguration")
    fields = [*(str(name) for name in layer.frame.index.names if name), *(str(name) for name in layer.frame.columns if name != "geometry")]
    for number, name in enumerate(fields, start=1):
        column = layer.columns.get(name)
        if column is None:
            words = key_alias(name)
            if words:
                SubElement(aliases, "alias", {"index": str(number), "field": name, "name": words})
            continue
        SubElement(aliases, "alias", {"index": str(number), "field": name, "name": short_alias(column)})
        _edited(widgets, column, layer.frame[name] if name in layer.frame else pd.Series(dtype="object"))
    related = relations or {}
    form = _tabs(fields, layer.columns, related) if len(fields) >= FEWEST_FOR_TABS or related else []
    return [widgets, aliases, *form]


KEYS: Final = (
    "block_id",
    "building_id",
    "candidate_id",
    "array_id",
    "plane_id",
    "street_id",
    "pipe_id",
    "group_id",
    "entry",
    "scope",
    "variant",
    "definition",
    "figure",
    "level",
)


def key_alias(name: str) -> str:
    """Name of a key in both languages; empty for other columns that nobody declares."""
    return " | ".join(text(f"key.{name}", lang) for lang in ("pl", "en")) if name in KEYS else ""
