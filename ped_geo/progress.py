"""How far a run or a scan is, on the terminal's error stream, in the reader's language."""

from __future__ import annotations

import sys
import time

from ped_geo.language import number, plain, text

__all__ = ["Bars", "Tiles"]


class Bars:
    """Progress as a bar on the terminal's error stream: what, how many of how many, how long."""

    def __init__(self, lang: str, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.lang = lang
        console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=console, disable=quiet or not console.is_terminal)
        self.lines = not quiet and not console.is_terminal
        self.task = self.progress.add_task("", total=None)
        self.begun: dict[str, float] = {}
        self.done, self.total = 0, 0

    def begin(self, name: str, index: int, total: int) -> None:  # noqa: ARG002 the engine counts what begins
        """Show the step that starts."""
        self.begun[name], self.total = time.monotonic(), total
        self.progress.update(self.task, description=self._running(), total=total)

    def end(self, name: str, *, kept: bool) -> None:
        """Move the bar on; say how long the step took, or that an earlier result was used."""
        took = time.monotonic() - self.begun.pop(name)
        self.done += 1
        self.progress.update(self.task, description=self._running(), advance=1)
        words = text(f"step.{name}", self.lang)
        if self.lines:
            # steps run side by side: whoever told of their begin too would tell of one between the lines of another
            told = text("cli.kept", self.lang, name=words) if kept else f"{words}: {number(took, self.lang, 1)} s"
            print(f"[{self.done}/{self.total}] {told}\n", end="", file=sys.stderr, flush=True)

    def _running(self) -> str:
        """All steps that run at this moment."""
        return " + ".join(text(f"step.{name}", self.lang) for name in self.begun)


class Tiles:
    """Progress of a scan as lines on the terminal's error stream: what, buildings done, rate and time left."""

    def __init__(self, lang: str, *, quiet: bool) -> None:
        self.lang, self.quiet = lang, quiet

    def begin(self, place: str, part: str) -> None:
        """Say what starts."""
        if not self.quiet:
            print(plain(text(f"scan.part.{part}", self.lang, place=place)), file=sys.stderr, flush=True)

    def tiles(self, done: int, total: int, seconds: float) -> None:
        """Say how far it is."""
        rate = done / max(seconds, 1e-9)
        words = {"done": (done, 0), "total": (total, 0), "rate": (rate, 1 if rate < 10 else 0), "left": ((total - done) / rate, 0)}
        if not self.quiet:
            told = {name: number(value, self.lang, digits) for name, (value, digits) in words.items()}
            print(f"      {text('scan.progress', self.lang, **told)}", file=sys.stderr, flush=True)
