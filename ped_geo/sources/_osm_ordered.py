"""Any OpenStreetMap file as one that can be read in a stream: unpacked, nodes, ways and relations by rising ids, each object once."""

from __future__ import annotations

import bz2
import gzip
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._files import one_line
from ped_geo.sources._osm_xml import OWN_IDS, facts_of_xml, write_xml
from ped_geo.sources._overpass import check_overpass, overpass_elements

__all__ = ["OrderedFile", "ordered_answers", "ordered_file", "osm_errors"]

# OSM XML packs about fifteen to one
LARGEST_RATIO = 200
RANKS: Final = {"n": 0, "w": 1, "r": 2}


def osm_errors() -> tuple[type[Exception], ...]:
    """What the OSM library raises on damaged data."""
    import osmium

    return (RuntimeError, ValueError, IndexError, OverflowError, OSError, osmium.InvalidLocationError)


@dataclass(frozen=True)
class OrderedFile:
    """
    A file that can be read in a stream.

    Attributes
    ----------
    path : Path
        ``.osm`` or ``.osm.pbf``.
    deleted : frozenset of str
        Objects that are marked as deleted and are not to be drawn.
    """

    path: Path
    deleted: frozenset[str] = frozenset()

    @property
    def format(self) -> str:
        """How it is read, whatever its name is."""
        return "pbf" if self.path.suffix.lower() == ".pbf" else "xml"


def ordered_file(path: Path, folder: Path) -> OrderedFile:
    """
    The file itself, or in `folder` its ordered copy.

    Parameters
    ----------
    path : Path
        ``.osm``, ``.osm.gz``, ``.osm.bz2``, ``.osm.pbf`` or an Overpass answer (``.json``).
    folder : Path
        For copies.

    Raises
    ------
    SourceError
        If the file is damaged or no OSM file, in one sentence.
    """
    if path.suffix.lower() == ".json":
        content = path.read_bytes()
        try:
            check_overpass(content)
        except SourceError as error:
            raise SourceError(Sentence("error.is_not_whole_overpass_answer", path=path.name, reason=error)) from None
        return ordered_answers([content], folder)
    plain = OrderedFile(_unpacked(path, folder))
    try:
        if plain.format == "pbf":
            return plain if _is_ordered(plain) else _sorted(plain, folder)
        facts = facts_of_xml(plain.path)
        plain = OrderedFile(plain.path, frozenset(facts.deleted))
        if facts.places_in_ways:
            plain = _with_nodes(plain, folder)
        return plain if facts.ordered and not facts.places_in_ways else _sorted(plain, folder)
    except osm_errors() as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> SourceError:
    return SourceError(f"{path.name} cannot be read as OpenStreetMap data ({one_line(error)}); give an .osm, .osm.gz or .osm.pbf file.")


def _unpacked(path: Path, folder: Path) -> Path:
    openers: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    opener = openers.get(path.suffix.lower())
    if opener is None:
        return path
    unpacked, size = folder / path.stem, 0
    try:
        with opener(path, "rb") as packed, unpacked.open("wb") as plain:
            while piece := packed.read(1 << 20):
                size += plain.write(piece)
                if size > LARGEST_RATIO * max(path.stat().st_size, 1 << 20):
                    raise SourceError(Sentence("error.unpacks_to_more_than_times_its", path=path.name, largest_ratio=LARGEST_RATIO))
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(Sentence("error.is_not_whole_file_fetch", path=path, suffix=path.suffix, reason=error)) from None
    return unpacked


def _is_ordered(file: OrderedFile) -> bool:
    """Whether ways and relations follow the nodes by rising ids, and no node is an editor's with a negative id."""
    import osmium

    source = osmium.io.File(str(file.path), file.format)
    if next((node.id for node in _items(file.path, osmium.osm.NODE)), 1) <= 0:
        return False
    if osmium.io.Reader(source, osmium.osm.NOTHING).header().get("sorting", "") == "Type_then_ID":
        return True
    last = (-1, 0)
    # most nodes have no tags, and their own order does not matter
    tagged = osmium.filter.EmptyTagFilter()
    tagged.enable_for(osmium.osm.NODE)
    item: Any
    for item in osmium.FileProcessor(source).with_filter(tagged):
        this = (RANKS.get(item.type_str(), 3), item.id)
        if this[0] < last[0] or (this[0] and this <= last):
            return False
        last = this
    return True


def _items(path: Path, entities: Any) -> Iterator[Any]:
    """Objects of a copy; each lives as long as the step that gives it."""
    import osmium

    return iter(osmium.FileProcessor(osmium.io.File(str(path), OrderedFile(path).format), entities))


def _sorted(file: OrderedFile, folder: Path) -> OrderedFile:
    """A copy by rising ids, of several versions the newest; nodes of an editor, which have negative ids, get positive ones."""
    import osmium

    everything = osmium.MergeInputReader()
    # this reader goes by names, which may be .OSM or .xml
    named = folder / f"plain.osm.{file.format}" if file.format == "pbf" else folder / "plain.osm"
    try:
        named.symlink_to(file.path.absolute())
    except OSError:
        shutil.copyfile(file.path, named)
    everything.add_file(str(named))
    path = folder / "sorted.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), overwrite=True) as writer:
        everything.apply(writer, simplify=True)
    if next((node.id for node in _items(path, osmium.osm.NODE)), 1) > 0:
        return OrderedFile(path, file.deleted)
    positive = folder / "positive.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(positive), "pbf"), overwrite=True) as writer:
        # by rising ids again: -1, -2, ... come first and become the largest, so they are written last
        for new in (False, True):
            for node in _items(path, osmium.osm.NODE):
                if (node.id <= 0) is new:
                    writer.add_node(node.replace(id=_positive(node.id)))
        for item in _items(path, osmium.osm.WAY | osmium.osm.RELATION):
            writer.add(item.replace(nodes=[_positive(ref.ref) for ref in item.nodes]) if item.is_way() else item)
    return OrderedFile(positive, file.deleted)


def _positive(number: int) -> int:
    return number if number > 0 else OWN_IDS - number


def _with_nodes(file: OrderedFile, folder: Path) -> OrderedFile:
    """A copy with the nodes that the ways of an ``out geom`` answer only carry along."""
    import osmium

    path = folder / "with_nodes.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), overwrite=True) as writer:
        for item in _items(file.path, osmium.osm.ALL):
            for ref in item.nodes if item.is_way() else ():
                if ref.location.valid():
                    # version 0: a node of the file itself is newer
                    writer.add_node(osmium.osm.mutable.Node(id=ref.ref, version=0, location=(ref.lon, ref.lat)))
            writer.add(item)
    return OrderedFile(path, file.deleted)


def ordered_answers(answers: list[bytes], folder: Path) -> OrderedFile:
    """
    Overpass answers as one file; an object that several of them hold comes once.

    Parameters
    ----------
    answers : list of bytes
        As `check_overpass` lets them through.
    folder : Path
        For the file.
    """
    path = folder / "answers.osm"
    with path.open("w", encoding="utf-8") as file:
        write_xml((element for content in answers for element in overpass_elements(content)), file)
    try:
        return _sorted(OrderedFile(path), folder)
    except osm_errors() as error:
        raise SourceError(Sentence("error.answers_overpass_cannot_be_read", reason=one_line(error))) from None
