"""
Boundaries of Poland's administrative units (PRG), by name or TERYT code, fetched from the national geoportal and frozen.

The national package holds every unit of the country; only the wanted outline is frozen, with the package's checksum. A local file
of the register needs no network: it is ``[place] boundary_file`` with ``boundary_feature``.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.sources._boundary import boundary_frame, rows_named
from ped_geo.sources._files import one_line, read_layer
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
        with snapshot.held():
            content = Client.of(study).get(url, {}, check=_check_package)
            outline = unit_of_package(content, wanted)
            about = {"source": "prg", "licence": LICENCE, "attribution": ATTRIBUTION, "url": url, "unit": wanted}
            package = {"package_sha256": hashlib.sha256(content).hexdigest(), "package_bytes": len(content)}
            snapshot.write({FROZEN: outline.to_json().encode()}, about | package)
    manifest = snapshot.manifest()
    if manifest.get("unit") != wanted or manifest.get("url") != url:
        raise SourceError(
            f"the frozen boundary {snapshot.folder} is of {manifest.get('unit')!r}, not {wanted!r}; run with --refresh to fetch anew."
        )
    # compares the checksum
    snapshot.read(FROZEN)
    record = next(record for record in manifest["files"] if record["name"] == FROZEN)
    return snapshot.folder / record.get("path", FROZEN), manifest


def _check_package(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise SourceError("it sent no whole ZIP package") from None
    if not any(name.lower().endswith(".shp") for name in names):
        raise SourceError("its package holds no boundaries (.shp)")


def unit_of_package(content: bytes, wanted: str) -> gpd.GeoDataFrame:
    """
    The outline of one unit of the national package, communes searched first.

    Parameters
    ----------
    content : bytes
        ZIP package of shapefiles.
    wanted : str
        Name or TERYT code.

    Raises
    ------
    SourceError
        If no unit, or several of one kind, are called so; or the package is damaged.
    """
    with tempfile.TemporaryDirectory() as text_folder, zipfile.ZipFile(io.BytesIO(content)) as package:
        folder = Path(text_folder)
        layers = sorted((name for name in package.namelist() if name.lower().endswith(".shp")), key=_rank)
        for number, name in enumerate(layers):
            path = _unpacked(package, name, folder / f"layer{number}.shp")
            try:
                # attributes alone are small: shapes only of the rows that are meant
                rows = rows_named(read_layer(path, read_geometry=False, fid_as_index=True), wanted)
                if len(rows) > 1:
                    told = "; ".join(", ".join(map(str, row)) for row in rows.head(4).astype("str").to_numpy()[:, :4])
                    raise SourceError(
                        f"the register of boundaries has {len(rows)} units called {wanted!r} ({told}); give the TERYT code in [place] prg."
                    )
                if len(rows) == 1:
                    found: gpd.GeoDataFrame = read_layer(path, fids=rows.index.tolist())
                    return boundary_frame(found.to_crs(4326).geometry.iloc[0], wanted, "prg")
            except (RuntimeError, ValueError) as error:
                raise SourceError(
                    f"{name} of the package of boundaries cannot be read ({one_line(error)}); run with --refresh to fetch it again."
                ) from None
    raise SourceError(f"the register of boundaries has no unit {wanted!r}; check the spelling or the TERYT code in [place] prg.")


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
                        raise SourceError(f"{item.filename} unpacks to more than {LARGEST_MEMBER >> 30} GB and is refused.")
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise SourceError(
                f"{item.filename} of the package is damaged ({one_line(error)}); run with --refresh to fetch it again."
            ) from None
    return path
