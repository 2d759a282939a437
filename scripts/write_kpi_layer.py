"""Writes the schema of layer block_kpis from the registry of indicators: run it after adding one."""

from __future__ import annotations

import csv
from pathlib import Path

from ped_geo.kpis import schema_rows

TARGET = Path(__file__).resolve().parents[1] / "ped_geo" / "schema" / "layers" / "block_kpis.csv"


def main() -> None:
    """Write the layer file."""
    rows = schema_rows()
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} indicators written")


if __name__ == "__main__":
    main()
