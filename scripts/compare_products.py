"""
Compare the figures of two runs of the same places, file by file and column by column.

Call it with the roots of both runs: ``python scripts/compare_products.py before after``. Tables are joined by their identifying
columns, so the order of rows does not matter; shapes are compared by area and length. A change of the code that should leave all
results alone prints no line but the last; what differs is listed with the largest difference relative to the larger value.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

NEGLIGIBLE = 1e-9
"""Relative difference up to which two numbers are one; products print at most ten digits."""


def table_of(path: Path, renamed: list[tuple[str, str]]) -> pd.DataFrame:
    """A product as a plain table; shapes become their area and length."""
    if path.suffix == ".csv":
        frame = pd.read_csv(path, low_memory=False)
    else:
        shapes = gpd.read_parquet(path)
        frame = pd.DataFrame(shapes.drop(columns="geometry")).assign(shape_m2=shapes.area, shape_m=shapes.length)
        frame = frame.reset_index() if frame.index.name else frame
    for old, new in renamed:
        frame = frame.rename(columns=lambda name, old=old, new=new: re.sub(old, new, name))
    return frame


def keys_of(frame: pd.DataFrame) -> list[str]:
    """Fewest leading columns of text that tell the rows apart."""
    keys: list[str] = []
    for name in frame.columns:
        if pd.api.types.is_float_dtype(frame[name]):
            break
        keys.append(str(name))
        if not frame.duplicated(keys).any():
            return keys
    return []


def differences(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Column and what differs in it, of two tables."""
    for name in before.columns.symmetric_difference(after.columns):
        yield str(name), "only before" if name in before else "only after"
    keys = [key for key in keys_of(before) if key in after]
    if keys and not after.duplicated(keys).any():
        before, after = before.set_index(keys), after.set_index(keys)
    for label, gone in (("only before", before.index.difference(after.index)), ("only after", after.index.difference(before.index))):
        if len(gone):
            yield "rows", f"{len(gone)} {label}"
    rows = before.index.intersection(after.index)
    for name in before.columns.intersection(after.columns):
        one, other = before.loc[rows, name], after.loc[rows, name]
        if pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other):
            first, second = one.to_numpy(float), other.to_numpy(float)
            size = np.maximum(np.abs(first), np.abs(second))
            apart = np.where(np.isnan(first) & np.isnan(second), 0.0, np.abs(first - second) / np.where(size > 0, size, 1.0))
            unequal = ~(apart <= NEGLIGIBLE)
            told = f"largest {np.nanmax(apart):.2g}" if unequal.any() and not np.isnan(apart).all() else "missing values"
        else:
            one, other = (side.astype("object").where(side.notna(), "").astype("str") for side in (one, other))
            unequal = (one != other).to_numpy()
            told = f"first {one[unequal].iloc[0]!r} → {other[unequal].iloc[0]!r}" if unequal.any() else ""
        if unequal.any():
            yield str(name), f"{int(unequal.sum())} of {len(rows)} differ, {told}"


def main() -> int:
    """Print the differences of all places that both roots hold; 1 where there are any."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    asked.add_argument("before", type=Path)
    asked.add_argument("after", type=Path)
    asked.add_argument(
        "--renamed", nargs=2, action="append", default=[], metavar=("OLD", "NEW"), help="pattern of column names, replaced in both"
    )
    given = asked.parse_args()
    found = compared = 0
    for folder in sorted((given.before / "data" / "processed").iterdir()):
        other = given.after / "data" / "processed" / folder.name
        for path in sorted([*folder.glob("*.csv"), *folder.glob("*.parquet")]) if other.is_dir() else ():
            if not (other / path.name).exists():
                sys.stdout.write(f"{folder.name}\t{path.name}\tonly before\n")
                found += 1
                continue
            compared += 1
            for column, told in differences(table_of(path, given.renamed), table_of(other / path.name, given.renamed)):
                sys.stdout.write(f"{folder.name}\t{path.name}\t{column}\t{told}\n")
                found += 1
    sys.stdout.write(f"{compared} tables compared, {found} differences\n")
    return int(found > 0 or not compared)


if __name__ == "__main__":
    sys.exit(main())
