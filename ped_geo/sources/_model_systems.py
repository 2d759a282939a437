"""
Coordinate systems of building models: the names that files give them, the order of their axes, and metres where they give degrees.

Poland's models say EPSG:2180, whose official order is northing, easting, but store easting first: in metres the stored order is
easting first unless only the other order lies where it should. In degrees it is that of the registry unless only the other one does.

References: ``facts`` trap T5; AdV, GeoInfoDok, names of coordinate systems (``tables/adv_systems.csv``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo import assumptions
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._model_files import BuildingModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ModelSystem", "system_of"]

Bounds = tuple[float, float, float, float]
EPSG = re.compile(r"EPSG(?:\.xml#|[:/]+(?:[\d.]*[:/])?)(\d{4,6})", re.IGNORECASE)
# decimal degrees are read to some millimetres, a place of interest is rounded to metres
MARGIN_DEG = 0.5


def _adv(name: str) -> tuple[Any, str] | None:
    """A German name such as ``urn:adv:crs:ETRS89_UTM33*DE_DHHN2016_NH*GCG2016``."""
    import pyproj

    horizontal, _, vertical = name.rpartition("urn:adv:crs:")[2].strip().partition("*")
    table = assumptions.table("adv_systems")
    codes = dict(zip(table["name"].astype(str).str.casefold(), table["epsg"].astype(int), strict=True))
    code = codes.get(horizontal.strip().casefold())
    return None if code is None else (pyproj.CRS.from_epsg(code), vertical.partition("*")[0].strip())


def _named(name: str) -> tuple[Any, str] | None:
    """Horizontal system and name of the vertical one; None where a name says nothing that is known."""
    import pyproj

    codes = EPSG.findall(name)
    if "CRS84" in name.upper():
        return pyproj.CRS("OGC:CRS84"), ""
    if not codes:
        return _adv(name)
    found = []
    for code in codes:
        try:
            found.append(pyproj.CRS.from_epsg(int(code)))
        except pyproj.exceptions.CRSError:
            return None
    crs = found[0]
    vertical = next((other.name for other in found[1:] if other.is_vertical), "")
    written = re.search(r"crs:([A-Za-z][\w-]+)\s*$", name)
    if not vertical and written:
        vertical = written[1]
    if crs.is_compound:
        return crs.sub_crs_list[0], vertical or crs.sub_crs_list[1].name
    if crs.is_vertical:
        return None
    if len(crs.axis_info) == 3 and crs.ellipsoid is not None:
        vertical = vertical or f"{crs.ellipsoid.name} ellipsoid"
    return (crs if crs.is_geocentric else crs.to_2d()), vertical


def system_of(names: list[str], stated: str, file: str, near: Bounds | None) -> ModelSystem:
    """
    The system of a file of models.

    Parameters
    ----------
    names : list of str
        Names that the file gives (``srsName``, ``referenceSystem``).
    stated : str
        ``[sources] citygml_crs``, which speaks where the file names none that is known.
    file : str
        Named in messages.
    near : tuple of float or None
        West, south, east, north in degrees of the place of interest.

    Raises
    ------
    SourceError
        If no system is known, the file names two, or it counts in other units than metres or degrees.
    """
    import pyproj

    known = [found for found in map(_named, filter(None, names)) if found is not None]
    if not known and stated:
        told = _named(stated)
        if told is None:
            raise SourceError(Sentence("error.sources_citygml_crs_is_no_known", stated=stated[:60]))
        known = [told]
    if not known:
        said = (
            Sentence("error.names_no_known_system", names=", ".join(repr(name[:60]) for name in names[:2]))
            if any(names)
            else Sentence("error.names_no_epsg")
        )
        raise SourceError(Sentence("error.name_it_in_sources_citygml_crs", file=file, said=said))
    systems = {crs.name: crs for crs, _ in known}
    if len(systems) > 1:
        raise SourceError(Sentence("error.names_several_coordinate_systems_export", file=file, names=", ".join(sorted(systems))))
    crs = known[0][0]
    if crs.is_projected and crs.axis_info[0].unit_conversion_factor != 1.0:
        raise SourceError(Sentence("error.counts_in_building_models_need", file=file, unit_name=crs.axis_info[0].unit_name))
    if not (crs.is_projected or crs.is_geographic or crs.is_geocentric):
        raise SourceError(Sentence("error.is_in_which_is_neither", file=file, crs=crs.name))
    vertical = next((name for _, name in known if name), "")
    return ModelSystem(pyproj.CRS(crs), vertical, near)


@dataclass(frozen=True)
class ModelSystem:
    """
    The system of a file.

    Attributes
    ----------
    stored : pyproj.CRS
        As the file names it, without heights.
    vertical : str
        Name of the vertical datum, "" where the file names none.
    near : tuple of float or None
        Place of interest in degrees.
    """

    stored: Any
    vertical: str
    near: Bounds | None

    @cached_property
    def _window(self) -> tuple[Bounds, bool]:
        """The place of interest in the stored coordinates, easting or longitude first; a file in earth-centred ones is turned first."""
        import pyproj

        if self.near is None:
            return (-np.inf, -np.inf, np.inf, np.inf), False
        if self.stored.is_projected:
            return pyproj.Transformer.from_crs(4326, self.stored, always_xy=True).transform_bounds(*self.near), True
        return self.near, True

    def meets(self, model: BuildingModel) -> bool:
        """Whether a building may lie near the place, whichever axis comes first; one without a geometry is not passed over."""
        (west, south, east, north), bounded = self._window
        if not model.faces or not bounded:
            return True
        xyz = np.concatenate([rings[0] for _, rings in model.faces])
        xy = self._degrees(xyz)[:, :2] if self.stored.is_geocentric else xyz[:, :2]
        (x, y), (right, top) = xy.min(axis=0), xy.max(axis=0)
        return bool(
            (x <= east and right >= west and y <= north and top >= south) or (y <= east and top >= west and x <= north and right >= south)
        )

    def _degrees(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Longitude, latitude and height of earth-centred coordinates."""
        import pyproj

        to_degrees = pyproj.Transformer.from_crs(self.stored, 4979, always_xy=True)
        return np.column_stack(to_degrees.transform(*xyz.T))

    def to_metres(self, models: list[BuildingModel]) -> Any:
        """
        Put all coordinates into easting, northing and height in metres.

        Parameters
        ----------
        models : list of BuildingModel
            Changed in place.

        Returns
        -------
        pyproj.CRS
            Of the coordinates then.

        Raises
        ------
        SourceError
            If they lie nowhere in the system.
        """
        import pyproj

        rings = [ring for model in models for _, shape in model.faces for ring in shape]
        if not rings:
            return self.stored
        xyz = np.concatenate(rings)
        if self.stored.is_geocentric:
            xyz = self._degrees(xyz)
        elif self._swapped(xyz):
            xyz = xyz[:, [1, 0, 2]]
        crs = self.stored
        if not crs.is_projected:
            from ped_geo.crs import working_epsg

            if not ((np.abs(xyz[:, 0]) <= 180).all() and (np.abs(xyz[:, 1]) <= 90).all()):
                raise SourceError(Sentence("error.coordinates_building_models_lie_outside"))
            source = pyproj.CRS("OGC:CRS84") if crs.is_geocentric else crs
            crs = pyproj.CRS.from_epsg(working_epsg(float(np.median(xyz[:, 0])), float(np.median(xyz[:, 1])), ""))
            x, y = pyproj.Transformer.from_crs(source, crs, always_xy=True).transform(xyz[:, 0], xyz[:, 1])
            xyz = np.column_stack([x, y, xyz[:, 2]])
            if not np.isfinite(xyz).all():
                raise SourceError(Sentence("error.coordinates_building_models_lie_too"))
        begin = 0
        for model in models:
            for _, shape in model.faces:
                for number, ring in enumerate(shape):
                    shape[number] = xyz[begin : begin + len(ring)]
                    begin += len(ring)
        return crs

    def _swapped(self, xyz: NDArray[np.float64]) -> bool:
        """Whether the northing or latitude is stored first."""
        import pyproj

        middle = (xyz[:, :2].min(axis=0) + xyz[:, :2].max(axis=0)) / 2.0
        to_degrees = pyproj.Transformer.from_crs(self.stored, 4326, always_xy=True)
        area = self.stored.area_of_use
        west, south, east, north = self.near or ((area.west, area.south, area.east, area.north) if area else (-180.0, -90.0, 180.0, 90.0))

        def lies_right(x: float, y: float) -> bool:
            longitude, latitude = to_degrees.transform(x, y)
            return bool(west - MARGIN_DEG <= longitude <= east + MARGIN_DEG and south - MARGIN_DEG <= latitude <= north + MARGIN_DEG)

        straight, turned = lies_right(*middle), lies_right(*middle[::-1])
        if straight == turned and self.stored.is_geographic:
            return self.stored.axis_info[0].direction == "north"
        return turned and not straight
