"""The files that a study names, those that lie beside them and are read with them, and how the manifest writes their paths."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, Final

from ped_geo.study import Study

__all__ = ["file_records", "named_files", "path_of_study", "side_files"]

SAME_STEM: Final = {
    ".shp": (".dbf", ".shx", ".prj", ".cpg", ".qpj"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
    ".gml": (".gfs", ".xsd"),
    ".xml": (".gfs", ".xsd"),
    ".asc": (".prj",),
    ".tif": (".tfw", ".tifw", ".wld", ".prj"),
    ".tiff": (".tfw", ".tifw", ".tiffw", ".wld", ".prj"),
}
"""What a format keeps in files of the same name and another ending, in the order in which the manifest lists them."""

SAME_NAME: Final = ("-wal", "-journal", ".aux.xml", ".ovr", ".msk")
"""What SQLite and GDAL keep in files whose name goes on after the file's own."""

LISTS: Final = ("files", "streets_files", "second_files", "citygml_files", "timetable")
SINGLE: Final = ("weather_file", "surface_model", "terrain_model", "population_grid", "census", "heat_network", "corrections")


def named_files(study: Study) -> Iterator[tuple[str, Path]]:
    """Setting and path of every file, or folder of files, that a study names."""
    sources = study.sources
    for name in LISTS:
        yield from (("[sources] " + name, path) for path in getattr(sources, name))
    single = [("[sources] " + name, getattr(sources, name)) for name in SINGLE]
    single += [("[[sources.registers]] file", register.file) for register in sources.registers]
    yield from ((setting, path) for setting, path in (*single, ("[place] boundary_file", study.place.boundary_file)) if path is not None)


def side_files(path: Path) -> list[Path]:
    """
    Files beside a file that are read with it: attributes and coordinate system of a shapefile, unfinished writes of a GeoPackage.

    Parameters
    ----------
    path : Path
        The file that is named.

    Returns
    -------
    list of Path
        Those that are there, whatever the case of their ending.
    """
    wanted = [path.stem + ending for ending in SAME_STEM.get(path.suffix.lower(), ())] + [path.name + ending for ending in SAME_NAME]
    try:
        there = {file.name.lower(): file for file in path.parent.iterdir()}
    except OSError:
        return []
    return [there[name.lower()] for name in wanted if name.lower() in there and there[name.lower()] != path]


def file_records(study: Study) -> list[dict[str, Any]]:
    """
    Setting, path from the study's folder, bytes and checksum of every file of the user that a run reads.

    Parameters
    ----------
    study : Study
        Names the files; of a folder, every file in it counts.
    """
    from ped_geo.sources._files import file_record

    records: dict[Path, dict[str, Any]] = {}
    for setting, path in named_files(study):
        files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
        for file in (one for named in files for one in (named, *side_files(named))):
            # what cannot be read here was not read there: unfinished writes that are finished now, a side file without rights
            with contextlib.suppress(OSError):
                if file not in records:
                    records[file] = {"setting": setting, "path": path_of_study(file, study.folder), **file_record(file)}
    return list(records.values())


def path_of_study(path: PurePath, folder: PurePath) -> str:
    """
    A path as it starts from the study's folder, so that it is the same wherever the study is computed from.

    Parameters
    ----------
    path : PurePath
        As the program opens it.
    folder : PurePath
        The folder that relative paths of the study start from.

    Returns
    -------
    str
        With slashes; a path outside that the study gives in full stays as it is.

    Examples
    --------
    >>> path_of_study(Path("districts/../data/x.gpkg"), Path("districts")), path_of_study(Path("/data/x.gpkg"), Path("districts"))
    ('../data/x.gpkg', '/data/x.gpkg')
    """
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    whole, here = (Path(os.path.abspath(one)) for one in (path, folder))  # noqa: PTH100 resolve() would follow links
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else path.as_posix()
