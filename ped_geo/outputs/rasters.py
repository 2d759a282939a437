"""
Annual irradiation as Cloud-Optimized GeoTIFFs: one with the values, one in classes with a colour table.

Each is written beside and renamed when it is whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from ped_geo.language import text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.shading import Surface
from ped_geo.solar.irradiation import irradiation_surface

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLASS_KWH_M2", "irradiation_classes", "write_irradiation", "write_rasters"]

CLASS_KWH_M2 = 100.0
CLASSES = 15
# cividis, which reads the same with every colour vision: no light is dark blue, much is yellow
COLOURS = ("#00224e", "#083370", "#35456c", "#4f576c", "#666970", "#7d7c78", "#948e77", "#aea371", "#c8b866", "#e5cf52", "#fee838")
UNKNOWN = -9999.0


def _colour_table() -> dict[int, tuple[int, int, int, int]]:
    """Colour of each class: 0 is unknown and clear, class n is n - 1 to n times 100 kWh/m²."""
    ends = np.array([[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in COLOURS], dtype=float)
    place = np.linspace(0.0, len(COLOURS) - 1.0, CLASSES)
    mixed = np.column_stack([np.interp(place, np.arange(len(COLOURS)), ends[:, band]) for band in range(3)]).round().astype(int)
    table = {number + 1: (int(red), int(green), int(blue), 255) for number, (red, green, blue) in enumerate(mixed)}
    return {0: (0, 0, 0, 0), **table}


def irradiation_classes() -> list[tuple[float, str]]:
    """Upper end [kWh/(m²a)] and colour of each class, from dark to light; for legends."""
    return [
        (number * CLASS_KWH_M2, f"#{red:02x}{green:02x}{blue:02x}") for number, (red, green, blue, _) in _colour_table().items() if number
    ]


def write_irradiation(surface: Surface, crs: Any, folder: Path, name: str, *, attribution: str = "") -> list[Path]:
    """
    Write ``<name>_irradiation.tif`` (single precision) and ``<name>_irradiation_classes.tif`` (bytes with colours, named beside it).

    Parameters
    ----------
    surface : Surface
        kWh/m² a year; unknown far down.
    crs : CRS
        Of the surface, anything that rasterio takes.
    folder : Path
        Where the files go.
    name : str
        Start of the file names.
    attribution : str
        Whose data they are made of.

    Returns
    -------
    list of Path
    """
    values = np.where(surface.values >= 0.0, surface.values, np.float32(UNKNOWN)).astype(np.float32)
    classes = np.clip(np.floor(values / CLASS_KWH_M2) + 1.0, 0, CLASSES).astype(np.uint8)
    unit = {"unit": "kWh/(m²·a)", "class_width_kwh_m2": f"{CLASS_KWH_M2:g}"}
    unit |= {"TIFFTAG_COPYRIGHT": attribution} if attribution else {}
    about = {f"description_{lang}": text("solar.irradiation_raster", lang) for lang in ("en", "pl")}
    paths = [folder / f"{name}_irradiation.tif", folder / f"{name}_irradiation_classes.tif"]
    _write_cog(paths[0], values, surface, crs, UNKNOWN, unit | about)
    _write_cog(paths[1], classes, surface, crs, 0, unit | about, colours=_colour_table())
    return [*paths, _name_classes(paths[1])]


def _name_classes(path: Path) -> Path:
    """Names of the classes of a raster, in the file beside it in which GDAL keeps what a GeoTIFF has no room for."""
    root = Element("PAMDataset")
    names = SubElement(SubElement(root, "PAMRasterBand", {"band": "1"}), "CategoryNames")
    SubElement(names, "Category").text = " | ".join(text("code.unknown", lang) for lang in ("pl", "en"))
    for upper, _ in irradiation_classes():
        SubElement(names, "Category").text = f"{upper - CLASS_KWH_M2:.0f}–{upper:.0f} kWh/(m²·a)"
    beside = path.with_name(f"{path.name}.aux.xml")
    beside.write_text(tostring(root, encoding="unicode") + "\n", encoding="utf-8")
    return beside


def _write_cog(
    path: Path,
    values: NDArray[Any],
    surface: Surface,
    crs: Any,
    nodata: float,
    tags: dict[str, str],
    *,
    colours: dict[int, tuple[int, int, int, int]] | None = None,
) -> None:
    """One band as a Cloud-Optimized GeoTIFF with overviews, renamed into place when whole."""
    import rasterio.shutil
    from affine import Affine
    from rasterio.io import MemoryFile

    profile = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype, "crs": crs, "nodata": nodata,
        "transform": Affine(surface.pixel_m, 0.0, surface.west, 0.0, -surface.pixel_m, surface.north),
    }  # fmt: skip
    beside = path.with_name(f".{path.name}.part")
    try:
        with MemoryFile() as memory:
            with memory.open(**profile) as data:
                data.write(values, 1)
                data.update_tags(**tags)
                data.set_band_description(1, "irradiation_kwh_m2a")
                data.set_band_unit(1, tags["unit"])
                if colours is not None:
                    data.write_colormap(1, colours)
            averages = {"overview_resampling": "NEAREST" if colours is not None else "AVERAGE"}
            with memory.open() as data:
                rasterio.shutil.copy(data, beside, driver="COG", compress="DEFLATE", blocksize=256, **averages)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_rasters(results: Results, folder: Path) -> list[Path]:
    """
    Write the irradiation of the run's place.

    Returns
    -------
    list of Path
        Empty where no building of the district has a roof.
    """
    light = irradiation_surface(results.layers["irradiation"])
    if light is None:
        return []
    attribution = str(results.provenance.get("place", {}).get("attribution", ""))
    return write_irradiation(light, results.layers["blocks"].crs.to_wkt(), folder, results.study.name, attribution=attribution)


OUTPUTS.add("rasters", Output("rasters", "processed", write_rasters, order=15, needs_pack=False))
