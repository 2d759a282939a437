"""
Boundaries of Poland's administrative units (PRG), by name or TERYT code, fetched from the national geoportal and frozen.

The national package holds every unit of the country; only the wanted outline is frozen, with the package's checksum. A local file
of the register needs no network: it is ``[place] boundary_file`` with ``boundary_feature``.
"""

from __future__ import annotations

import lzma
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._boundary import REGISTER_NAMES, boundary_frame, rows_named
from ped_geo.sources._files import checksum, one_line, read_layer
from ped_geo.sources._http import Client
from ped_geo.sources._snapshot import Snapshot
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["ATTRIBUTION", "prg_boundary", "unit_of_package"]

LICENCE = "open data of GUGiK, free reuse with the source named"
ATTRIBUTION = "GUGiK, PRG"
FROZEN = "boundary.geojson"
# communes go before counties and voivodeships: a town with county rights is in all of them under one name
ORDER = ("A03", "A02", "A01")
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LARGEST_MEMBER = 4 << 30
PACKAGE = "package.zip"
# what the library raises on damaged, encrypted and unusually packed members
ZIP_ERRORS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
    ValueError, OSError,
)  # fmt: skip


def prg_boundary(study: Study, raw_root: Path, refresh: bool) -> tuple[Path, dict[str, Any]]:
    """
    The frozen outline of ``[place] prg``, fetched first where there is none.

    Parameters
    ----------
    study : Study
        Name or code of the unit; address, time-outs.
    raw_root : Path
        ``data/raw``.
    refresh : bool
        Fetch again although there is a snapshot.

    Returns
    -------
    path : Path
        GeoJSON file in EPSG:4326.
    manifest : dict
        What the snapshot says of itself.

    Raises
    ------
    SourceError
        If the geoportal cannot serve it, or no unit or several have that name; nothing is frozen then.
    """
    snapshot, wanted = Snapshot(raw_root / study.name / "prg"), study.place.prg
    url = study.sources.prg_url
    if refresh or not snapshot.exists():
        with snapshot.held(), snapshot.growing_piece(PACKAGE) as package:
            if refresh:
                package.unlink(missing_ok=True)
            if not package.is_file():
                # it also serves the next run, where the name was misspelt
                Client.of(study).download(url, package, check=_check_package)
            outline = unit_of_package(package, wanted)
            about = {"source": "prg", "licence": LICENCE, "attribution": ATTRIBUTION, "url": url, "unit": wanted}
            told = {"package_sha256": checksum(package), "package_bytes": package.stat().st_size}
            snapshot.write({FROZEN: outline.to_json().encode()}, about | told)
    manifest = snapshot.manifest()
    if manifest.get("unit") != wanted or manifest.get("url") != url:
        raise SourceError(Sentence("error.frozen_boundary_is_not_run", folder=snapshot.folder, held=manifest.get("unit"), wanted=wanted))
    # compares the checksum
    snapshot.read(FROZEN)
    record = next(record for record in manifest["files"] if record["name"] == FROZEN)
    return snapshot.folder / record.get("path", FROZEN), manifest


def _check_package(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
    except ZIP_ERRORS:
        raise SourceError(Sentence("error.it_sent_no_whole_zip_package")) from None
    if not any(name.lower().endswith(".shp") for name in names):
        raise SourceError(Sentence("error.its_package_holds_no_boundaries"))


def unit_of_package(path: Path, wanted: str) -> gpd.GeoDataFrame:
    """
    The outline of one unit of the national package, communes searched first.

    Parameters
    ----------
    path : Path
        ZIP package of shapefiles.
    wanted : str
        Name or TERYT code.

    Raises
    ------
    SourceError
        If no unit, or several of one kind, are called so; or the package is damaged.
    """
    try:
        return _unit_of_whole_package(path, wanted)
    except DamagedPackage:
        # the next run fetches it again
        path.unlink(missing_ok=True)
        raise


class DamagedPackage(SourceError):
    """The package of boundaries is of no use."""


def _unit_of_whole_package(path: Path, wanted: str) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as text_folder, _opened(path) as package:
        folder = Path(text_folder)
        layers = sorted((name for name in package.namelist() if name.lower().endswith(".shp")), key=_rank)
        for number, name in enumerate(layers):
            layer = _unpacked(package, name, folder / f"layer{number}.shp")
            try:
                found = _unit_of_layer(layer, wanted)
            except (RuntimeError, ValueError) as error:
                raise DamagedPackage(Sentence("error.package_boundaries_cannot_be_read", name=name, reason=one_line(error))) from None
            if found is not None:
                return found
    raise SourceError(Sentence("error.register_boundaries_has_no_unit", wanted=wanted))


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except ZIP_ERRORS as error:
        raise DamagedPackage(Sentence("error.package_boundaries_is_no_whole", reason=one_line(error))) from None


def _unit_of_layer(path: Path, wanted: str) -> gpd.GeoDataFrame | None:
    import geopandas as gpd

    # attributes alone are small: shapes only of the rows that are meant
    table = read_layer(path, read_geometry=False, fid_as_index=True)
    columns = [name for name in table if str(name).casefold() in REGISTER_NAMES]
    if not columns:
        raise ValueError(f"it has no column {' or '.join(name.upper() for name in REGISTER_NAMES)}")
    rows = rows_named(table, wanted)
    if len(rows) > 1:
        told = "; ".join(", ".join(map(str, row)) for row in rows[columns].head(4).astype("str").to_numpy())
        raise SourceError(Sentence("error.register_boundaries_has_units_called", count=len(rows), wanted=wanted, told=told))
    if rows.empty:
        return None
    found = read_layer(path, fids=rows.index.tolist())
    if not isinstance(found, gpd.GeoDataFrame) or found.crs is None or found.geometry.isna().any():
        raise ValueError(f"{wanted!r} has no outline in it, or no coordinate system")
    return boundary_frame(found.to_crs(4326).geometry.iloc[0], wanted, "prg")


def _rank(name: str) -> tuple[int, str]:
    return next((place for place, start in enumerate(ORDER) if start in name.upper()), len(ORDER)), name


def _unpacked(package: zipfile.ZipFile, name: str, path: Path) -> Path:
    """A shapefile and its parts under names of our own."""
    members = {item.filename.lower(): item for item in package.infolist()}
    for suffix in PARTS:
        item = members.get(name.lower().removesuffix(".shp") + suffix)
        if item is None:
            continue
        size = 0
        try:
            with package.open(item) as packed, path.with_suffix(suffix).open("wb") as plain:
                while piece := packed.read(1 << 20):
                    size += plain.write(piece)
                    if size > LARGEST_MEMBER:
                        raise SourceError(
                            Sentence("error.unpacks_to_more_than_gb", filename=item.filename, largest_member=LARGEST_MEMBER >> 30)
                        )
        except ZIP_ERRORS as error:
            raise DamagedPackage(Sentence("error.package_is_damaged_run_again", filename=item.filename, reason=one_line(error))) from None
    return path
