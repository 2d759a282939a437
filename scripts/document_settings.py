"""Writes districts/README.md, the settings by their own definitions and the examples of its folder: run it after adding one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ped_geo.language import text
from ped_geo.study import Study, Variant

TARGET = Path(__file__).resolve().parents[1] / "districts" / "README.md"
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "max_length": "letters ≤"}


def sections() -> dict[str, type[BaseModel]]:
    """The sections of a district file by name, in the order of the study; the top of the file is ``top``."""
    found: dict[str, type[BaseModel]] = {"top": Study}
    for name, field in Study.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found[name] = field.annotation
            found |= {
                f"{name}.{inner}": many for inner, part in field.annotation.model_fields.items() if (many := many_of(part.annotation))
            }
    return {**found, "variants": Variant}


def many_of(annotation: Any) -> type[BaseModel] | None:
    """The section that a list of sections repeats."""
    part = next(iter(get_args(annotation)), None)
    return part if isinstance(part, type) and issubclass(part, BaseModel) else None


def settings(section: str, model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The settings of a section; of the study only those that are no section themselves."""
    others = {*sections(), "overrides"} if section == "top" else set()
    return {name: field for name, field in model.model_fields.items() if name not in others}


def kind_of(annotation: Any) -> str:
    """A type in words: ``number``, ``text``, ``"a" or "b"``."""
    names = {float: "number", int: "whole number", str: "text", bool: "true or false", Path: "path", date: "date", type(None): ""}
    if annotation in names:
        return names[annotation]
    parts = get_args(annotation)
    if many_of(annotation):
        return "sections, see below"
    if get_origin(annotation) is dict:
        return f"table of {kind_of(parts[1])}"
    if get_origin(annotation) is tuple:
        return f"list of {kind_of(parts[0])}" if parts[-1] is ... else f"{len(parts)} numbers"
    if all(isinstance(part, str) for part in parts):
        return " or ".join(f"`{part}`" if part else "empty" for part in parts)
    return " or ".join(filter(None, map(kind_of, parts)))


def bounds_of(field: FieldInfo) -> Iterator[str]:
    """Bounds as people write them."""
    for rule in field.metadata:
        for name, sign in SIGNS.items():
            if (bound := getattr(rule, name, None)) is not None:
                yield f"{sign} {bound:,}"


def default_of(field: FieldInfo) -> str:
    """The default as TOML."""
    value = field.default
    if field.is_required():
        return "from the file's name" if any(getattr(rule, "pattern", None) for rule in field.metadata) else "must be given"
    if field.default_factory or value is None or value in ("", ()):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    shown = value if not isinstance(value, str) else f'"{value}"'
    return f"`{list(shown) if isinstance(shown, tuple) else shown}`".replace("'", '"')


def row(section: str, name: str, field: FieldInfo) -> str:
    """One line of a table."""
    kind = ", ".join([kind_of(field.annotation), *bounds_of(field)])
    words = [text(f"settings.{section}.{name}", lang) for lang in ("en", "pl")]
    return f"| `{name}` | {kind} | {default_of(field)} | {words[0]} | {words[1]} |"


def document() -> str:
    """The whole page."""
    lines = [f"# {text('settings.head', 'en')} · {text('settings.head', 'pl')}", "", "<!-- written by scripts/document_settings.py -->", ""]
    lines += [text("settings.intro", "en"), "", text("settings.intro", "pl"), ""]
    for section, model in sections().items():
        repeated = section == "variants" or "." in section
        title = "" if section == "top" else f"[[{section}]] · " if repeated else f"[{section}] · "
        lines += [f"## {title}{text(f'settings.{section}', 'en')} · {text(f'settings.{section}', 'pl')}", ""]
        lines += [text("settings.table", "en"), "| --- | --- | --- | --- | --- |"]
        lines += [*(row(section, name, field) for name, field in settings(section, model).items()), ""]
    assumed = " · ".join(text("settings.assumptions", lang) for lang in ("en", "pl"))
    lines += [f"## [assumptions] · {assumed}", "", f"## {text('settings.examples', 'en')} · {text('settings.examples', 'pl')}", ""]
    for file in sorted((TARGET.parent / "examples").glob("*.toml")):
        lines += [f"`examples/{file.name}`", "", "```toml", file.read_text(encoding="utf-8").rstrip(), "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
