"""
What shapefiles leave out: the code page of their letters, and all but ten letters of the names of their columns.

Reference: ESRI Shapefile Technical Description (1998); dBASE table header, byte 29 (language driver).
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from ped_geo import assumptions
from ped_geo.sources._columns import SHAPEFILE_NAME, plain

__all__ = ["code_page", "code_page_of", "whole_name"]

# 0 tells nothing, and 87 the "ANSI" of the machine that wrote the file
UNTOLD = (0, 0x57)
LANGUAGE_BYTE = 29
READ = 64 << 20


def _table_of(path: Path, layer: str) -> bytes:
    """The table of a shapefile, packed or not; empty where it tells its code page in a file of its own, or there is none."""
    if path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as package:
                names = {name.lower(): name for name in package.namelist() if Path(name).stem == layer or not layer}
                if any(name.endswith(".cpg") for name in names):
                    return b""
                table = next((name for key, name in names.items() if key.endswith(".dbf")), None)
                if table is None:
                    return b""
                with package.open(table) as file:
                    return file.read(READ)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError):
            return b""
    beside = {file.suffix.lower(): file for file in path.parent.glob(f"{_plain_pattern(path.stem)}.*")}
    if path.suffix.lower() != ".shp" or ".cpg" in beside or ".dbf" not in beside:
        return b""
    with beside[".dbf"].open("rb") as file:
        return file.read(READ)


def _plain_pattern(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def code_page(path: Path, country: str, layer: str = "") -> str:
    """
    Code page of the letters of a shapefile that tells none; "" where it tells it, or has plain letters only.

    Parameters
    ----------
    path : Path
        ``.shp``, or a ZIP with it.
    country : str
        Two letters of ISO 3166: each country wrote in the code page of its Windows.
    layer : str
        Layer of a ZIP.
    """
    table = _table_of(path, layer)
    if len(table) <= LANGUAGE_BYTE or table[LANGUAGE_BYTE] not in UNTOLD:
        return ""
    # the header is binary but for the names of columns
    letters = b"".join([table[32 : int.from_bytes(table[8:10], "little")], table[int.from_bytes(table[8:10], "little") :]])
    signs = sum(byte >= 0x80 for byte in letters)
    if not signs:
        return ""
    # a field may end within a letter, so that a few of them are broken
    if letters.decode("utf-8", "replace").count("\ufffd") * 10 < signs:
        return "UTF-8"
    return code_page_of(country)


def code_page_of(country: str) -> str:
    """
    Code page of texts that a country's Windows wrote before Unicode; a district file that names no country is taken for a Polish one.

    Examples
    --------
    >>> code_page_of("PL"), code_page_of("PT"), code_page_of("")
    ('cp1250', 'cp1252', 'cp1250')
    """
    pages = assumptions.table("code_pages").set_index("country")["code_page"]
    return str(pages.get(country or "PL", pages["*"]))


def whole_name(column: str, known: Mapping[str, str]) -> str:
    """
    A known name of which a column has the first ten letters or, in UTF-8, bytes, if all of them mean one thing; else the column.

    Parameters
    ----------
    column : str
        Name as the shapefile has it.
    known : mapping
        Name → what it means.

    Examples
    --------
    >>> whole_name("addr_stree", {"addr:street": "street", "addr:housenumber": "number"}), whole_name("roof_shape", {"roof:shape": "roof"})
    ('addr:street', 'roof_shape')
    >>> whole_name("ŹRÓDŁO_", {"źródło_ciepła": "heat"}), whole_name("liczba_kon", {"liczba_kondygnacji": "a", "liczba_koni": "b"})
    ('źródło_ciepła', 'liczba_kon')
    """
    cuts = [cut for cut in (_letters, _bytes) if cut(column) == column and cut(column + "x") == column]
    found = [name for name in known for cut in cuts if cut(name) != name and plain(cut(name)) == plain(column)]
    return found[0] if len({known[name] for name in found}) == 1 else column


def _letters(name: str) -> str:
    return name[:SHAPEFILE_NAME]


def _bytes(name: str) -> str:
    return name.encode()[:SHAPEFILE_NAME].decode(errors="ignore")
