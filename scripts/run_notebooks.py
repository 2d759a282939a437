"""Runs the notebooks of examples/ from a folder of their own; a cell that fails ends it. nbclient is a tool of the group ``docs``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    for path in sorted((ROOT / "examples").glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            try:
                NotebookClient(nbformat.read(path, as_version=4), timeout=1800, resources={"metadata": {"path": folder}}).execute()
            except CellExecutionError as error:
                sys.exit(f"{path.name}: {error}")
            left = sorted(entry.name for entry in Path(folder).iterdir())
            if left:
                sys.exit(f"{path.name} left files behind: {', '.join(left)}")
        print(f"{path.name}: ran")
