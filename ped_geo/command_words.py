"""The words of the command line itself in the reader's language: help, usage, and what Typer says of a wrong option."""

from __future__ import annotations

import gettext
import re
from typing import Any, Final

import typer
import typer.core
import typer.main

from ped_geo.language import catalogue, text

__all__ = ["MisusedCommand", "command_line", "refusal", "usage_told"]

MisusedCommand: Any = typer.BadParameter.__base__
"""What Typer raises where an option or an argument is wrong; it offers no public name for it."""
_REFUSALS: Final = (
    ("No such option: {name} (Possible options: {nearest})", "option_near"),
    ("No such command '{name}'. Did you mean {nearest}?", "command_near"),
    ("No such option: {name} Did you mean {nearest}?", "option_near"),
    ("Option '{name}' requires {count} arguments.", "values"),
    ("Got unexpected extra argument(s) ({words})", "extra"),
    ("Got unexpected extra arguments ({words})", "extra"),
    ("Got unexpected extra argument ({words})", "extra"),
    ("Option '{name}' does not take a value.", "no_value"),
    ("Option '{name}' requires an argument.", "value"),
    ("Invalid value for {name}: {reason}", "invalid"),
    ("Missing argument '{name}'.", "argument"),
    ("No such command '{name}'.", "command"),
    ("No such option: {name}", "option"),
    ("Missing command.", "no_command"),
)
"""What they say of it, in the versions that are in use, with the name of our sentence; the longest first."""
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")


def command_line(app: typer.Typer, lang: str) -> typer.core.TyperGroup:
    """
    The commands of a program with their help in one language.

    Parameters
    ----------
    app : Typer
        Its helps are keys of the catalogue.
    lang : str
        ``pl`` or ``en``.
    """
    whole = typer.main.get_group(app)
    own = {words["en"]: words[lang] for key, words in catalogue().items() if key.startswith("cli.own.")}
    # the libraries ask gettext for their headings, which without a compiled file knows none
    gettext.dgettext = lambda domain, message: own.get(message, message)  # noqa: ARG005 as gettext calls it
    _speak(whole, "cli.app", lang)
    whole.subcommand_metavar = text("cli.usage.command", lang)
    for name, command in whole.commands.items():
        _speak(command, f"cli.help.command.{name}", lang)
    return whole


def _speak(command: Any, key: str, lang: str) -> None:
    """Give a command its help, its usage and the names of what it takes."""
    command.help, command.epilog = text(key, lang), text("cli.exit_codes", lang)
    command.options_metavar = text("cli.usage.options", lang)
    formatter: Any = command.context_class.formatter_class

    class InLanguage(formatter):  # type: ignore[misc]
        """A formatter whose usage line is in the language."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or f"{text('cli.usage', lang)} ")

    command.context_class = type("Context", (command.context_class,), {"formatter_class": InLanguage})
    command.get_help_option(command.context_class(command)).help = text("cli.help.help", lang)
    for option in command.params:
        if option.help:
            option.help = text(option.help, lang)
        if (named := f"cli.takes.{option.name}") in catalogue():
            option.metavar = text(named, lang)


def refusal(said: str, lang: str) -> str:
    """
    What Typer or Click says of a wrong word, in one language; as it is where they say something new.

    Parameters
    ----------
    said : str
        In English.
    lang : str
        ``pl`` or ``en``.

    Examples
    --------
    >>> refusal("No such option: --refrsh (Possible options: --refresh)", "pl")
    'nie ma opcji „--refrsh”; najbliższe: --refresh'
    >>> refusal("Missing argument 'FIRST'.", "en")
    'the argument FIRST is missing'
    """
    for words, name in _REFUSALS:
        if match := re.fullmatch(_PLACE.sub(r"(?P<\1>.*?)", re.escape(words)), said, re.DOTALL):
            # the libraries quote as Python does
            return text(f"cli.refused.{name}", lang, **{place: value.replace("'", "") for place, value in match.groupdict().items()})
    return said


def usage_told(error: Any, lang: str) -> list[str]:
    """
    Lines that say what of a command line is wrong and how it is meant.

    Parameters
    ----------
    error : MisusedCommand
        As raised.
    lang : str
        ``pl`` or ``en``.
    """
    said = refusal(error.format_message(), lang)
    # whoever gives no command at all gets the help, which is the message then
    if "\n" in said:
        return [said]
    if error.ctx is None:
        return [f"ped-geo: {said}"]
    return [error.ctx.get_usage(), text("cli.usage.more", lang, command=error.ctx.command_path), f"ped-geo: {said}"]
