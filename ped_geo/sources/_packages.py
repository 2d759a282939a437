"""
Packages of Poland's topographic database: a ZIP, a folder or single files, as GML, GeoPackage or another vector format.

Members of a ZIP are read where they lie; only GeoPackages are unpacked, under names of our own, so that a member cannot choose where.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._axes import Box, Window, crs_of_name
from ped_geo.sources._columns import with_plain_columns
from ped_geo.sources._content import Content, Pile, Request, add_piles
from ped_geo.sources._files import file_record, layer_names, one_line
from ped_geo.sources._gml import Reading, stream_features
from ped_geo.sources.footprints_file import read_vector

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["check_zip", "class_of", "read_content"]

XML = frozenset({".gml", ".xml"})
LAYERED = frozenset({".gpkg"})
OTHER = frozenset({".shp", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet"})
LARGEST_MEMBER = 8 << 30
# what a county needs when packed as tightly as its text can be is thirty times as much unpacked
HIGHEST_RATIO = 250
SMALL_MEMBER = 64 << 20
PIECE = 1 << 20
# ids of the register of land and buildings begin with the commune's code: 146510_8.0614.2.50_BUD
REGISTER_ID = re.compile(r"(?:^|;)(\d{6})_\d\.")
REGISTER_IDS = ("egiblokalnyid", "identyfikatoregib", "idbudynku")
FILE_CODE = re.compile(r"(?:^|[^\d])(\d{4})(?:__?OT_|_BDOT10k|_GML|_GPKG)|BDOT10k[._](\d{2,4})_", re.IGNORECASE)


def class_of(name: str, codes: Iterable[str]) -> str:
    """
    Class of a file, layer or element by its name, "" where it tells none.

    Examples
    --------
    >>> class_of("PL.PZGiK.330.1465__OT_BUBD_A.xml", ["SKJZ", "BUBD"]), class_of("x.gpkg", ["BUBD"])
    ('BUBD', '')
    """
    upper = name.upper()
    return next((code for code in codes if code in upper), "")


def read_content(paths: Iterable[Path], request: Request) -> Content:
    """
    All classes of interest of some files, folders or packages.

    Raises
    ------
    SourceError
        If one of them cannot be read or holds nothing of interest.
    """
    content = Content()
    piles: dict[tuple[str, str], Pile] = {}
    hints = {request.teryt} - {""}
    for path in paths:
        read = _Reader(path, request, content, piles, hints)
        if path.is_dir():
            read.folder()
        elif path.suffix.lower() == ".zip":
            read.package()
        else:
            read.file(path, single=True)
    add_piles(content, piles, hints, request)
    return content


@dataclass
class _Reader:
    path: Path
    request: Request
    content: Content
    piles: dict[tuple[str, str], Pile]
    hints: set[str]

    def folder(self) -> None:
        files = [file for file in sorted(self.path.rglob("*")) if file.is_file() and self._told(file.name)]
        if not files:
            raise SourceError(Sentence("error.holds_no_file_named_for", name=self.path.name, names=", ".join(self.request.codes)))
        for file in files:
            self.file(file, single=False)

    def file(self, path: Path, *, single: bool) -> None:
        if not path.is_file():
            raise SourceError(Sentence("error.is_not_file_check_sources", path=path))
        self.content.files.append(file_record(path))
        self._note_code(path.name)
        if path.suffix.lower() in XML:
            with path.open("rb") as file:
                found = self.gml(file, path.name)
            if single and not found and class_of(path.name, self.request.codes) == "":
                wanted = "buildings" if len(self.request.codes) == 1 else f"object of a class that is read: {', '.join(self.request.codes)}"
                raise SourceError(Sentence("error.holds_no", path=path.name, wanted=wanted))
        else:
            self.layers(path, path.name)

    def package(self) -> None:
        """Members of a ZIP that are named for a class."""
        if not self.path.is_file():
            raise SourceError(Sentence("error.is_not_file_check_sources", path=self.path))
        self.content.files.append(file_record(self.path))
        self._note_code(self.path.name)
        with _damage_told(self.path.name), zipfile.ZipFile(self.path) as package, tempfile.TemporaryDirectory() as temporary:
            members = [item for item in package.infolist() if not item.is_dir() and self._told(item.filename)]
            if not members:
                more = " It holds other packages: unpack it and give those of your county." if _packed_again(package) else ""
                raise SourceError(Sentence("error.holds_no_gml_geopackage_named", name=self.path.name, more=more))
            for number, item in enumerate(members):
                name = Path(item.filename).name
                self._note_code(name)
                with package.open(item) as packed:
                    limited = _Limited(packed, f"{name} of {self.path.name}", item.compress_size)
                    if Path(name).suffix.lower() in XML:
                        self.gml(limited, name)
                    else:
                        # the class must stay in the name
                        plainly = Path(temporary) / f"{number}_{class_of(name, self.request.codes)}{Path(name).suffix.lower()}"
                        limited.copy_to(plainly)
                        self.layers(plainly, name)

    def _told(self, name: str) -> bool:
        suffix = Path(name).suffix.lower()
        return (
            suffix in XML | LAYERED | (OTHER if self.path.is_dir() else frozenset()) and class_of(Path(name).name, self.request.codes) != ""
        )

    def _note_code(self, name: str) -> None:
        self.hints.update(code for found in FILE_CODE.findall(name) for code in found if code)

    def gml(self, file: IO[bytes] | _Limited, name: str) -> int:
        """Objects of interest of one GML file; how many there were."""
        reading, window, found = Reading(), None, 0
        told: dict[str, str] = {}

        def wanted(element: str) -> bool:
            told.setdefault(element, class_of(element, self.request.codes))
            return told[element] != ""

        for feature in stream_features(file, name, reading, wanted, self.request.columns):  # type: ignore[arg-type]
            found += 1
            code = told[feature.kind]
            self.content.counts[code] = self.content.counts.get(code, 0) + 1
            pile = self.piles.setdefault((code, reading.srs_name), Pile(reading.srs_name))
            if feature.shape is not None:
                pile.see(feature.shape.bounds)
                window = window or _window(self.request.place, reading.srs_name, name)
                if window is not None and not window.holds(feature.shape.bounds):
                    continue
            pile.features.append(feature)
            for key in REGISTER_IDS:
                self.hints.update(REGISTER_ID.findall(feature.values.get(key, "")))
        self.content.timestamp = max(self.content.timestamp, reading.timestamp)
        for code in set(told.values()) - {""}:
            self.content.names.setdefault(code, set()).update(reading.names)
        return found

    def layers(self, path: Path, name: str) -> None:
        """Layers of a file that GDAL opens."""
        layers = layer_names(path) if path.suffix.lower() in LAYERED else []
        named = {layer: code for layer in layers if (code := class_of(layer, self.request.codes))}
        own = class_of(path.name, self.request.codes)
        # a file of one class is named for it, a package has many layers
        chosen = {"": own} if own and len(named) < 2 else named
        if not chosen and self.request.default:
            chosen = {"": self.request.default}
        if not chosen:
            raise SourceError(Sentence("error.holds_no_class_bdot10k_that", name=name, names=", ".join(self._others())))
        for layer, code in sorted(chosen.items()):
            meant = (layer, *self.request.layers) if layer else self.request.layers
            self._add(code, read_vector(path, meant, stated=self.request.stated))

    def _others(self) -> list[str]:
        return [code for code in self.request.codes if code != "BUBD"]

    def _add(self, code: str, frame: gpd.GeoDataFrame) -> None:
        import shapely

        self.content.counts[code] = self.content.counts.get(code, 0) + len(frame)
        self.content.names.setdefault(code, set()).update(map(str, frame.columns.drop(frame.geometry.name)))
        if self.request.place is not None:
            west, south, east, north = Window(self.request.place, frame.crs).bounds
            inside = shapely.intersects(frame.geometry.to_numpy(), shapely.box(west, south, east, north))
            # none at all is an error that must tell where the data lie
            frame = frame[inside | frame.geometry.isna()] if inside.any() or code != "BUBD" else frame
        self.content.add(code, with_plain_columns(frame, self.request.columns))


def _window(place: Box | None, srs_name: str, file: str) -> Window | None:
    return None if place is None else Window(place, crs_of_name(srs_name, file))


def _packed_again(package: zipfile.ZipFile) -> bool:
    return any(name.lower().endswith(".zip") for name in package.namelist())


class _Limited:
    """A member of a ZIP that may not grow without end."""

    def __init__(self, packed: IO[bytes], name: str, packed_size: int) -> None:
        self.packed, self.name, self.size, self.packed_size = packed, name, 0, max(packed_size, 1)

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self.packed.read(PIECE if size < 0 else min(size, PIECE))
        self.size += len(piece)
        if self.size > LARGEST_MEMBER or (self.size > SMALL_MEMBER and self.size > HIGHEST_RATIO * self.packed_size):
            raise SourceError(Sentence("error.unpacks_to_more_than_county", name=self.name))
        return piece

    def copy_to(self, path: Path) -> None:
        """Write it all to a file."""
        with path.open("wb") as plain:
            while piece := self.read():
                plain.write(piece)


@contextlib.contextmanager
def _damage_told(name: str) -> Iterator[None]:
    """What a damaged ZIP raises, in one sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise SourceError(Sentence("error.is_damaged_no_zip_package", name=name, reason=one_line(error))) from None


def check_zip(content: IO[bytes], name: str) -> list[str]:
    """
    Names of the members of a whole ZIP; every member is unpacked once, and thrown away.

    Raises
    ------
    SourceError
        If any member is damaged or grows without end.
    """
    with _damage_told(name), zipfile.ZipFile(content) as package:
        for item in package.infolist():
            with package.open(item) as packed:
                limited = _Limited(packed, f"{item.filename[:80]} of {name}", item.compress_size)
                while limited.read():
                    pass
        return package.namelist()
