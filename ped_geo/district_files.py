"""District files as text: TOML that is read, the name of a file, and a small commented one for a place."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ped_geo.errors import StudyError
from ped_geo.language import text
from ped_geo.language.sentences import Sentence

__all__ = ["Where", "district_file", "settings_of", "slug", "starters"]

DECIMALS = 5
"""Of degrees in a written district file: a metre."""


@dataclass(frozen=True)
class Where:
    """
    Where a place lies that is known by name.

    Attributes
    ----------
    bbox : tuple of float
        West, south, east and north. [°]
    source : str
        Key of the sentence that says from where it is known.
    named : str
        What that sentence names: a file, a folder or the place whose extent it is.
    """

    bbox: tuple[float, float, float, float]
    source: str
    named: str

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle. [°]."""
        west, south, east, north = self.bbox
        return (west + east) / 2, (south + north) / 2

    def told(self, lang: str) -> str:
        """From where it is known, on one line."""
        return text(self.source, lang, named=" ".join(self.named.split()))


def settings_of(text: str, subject: str) -> dict[str, Any]:
    """
    Settings of a district file.

    Parameters
    ----------
    text : str
        TOML text.
    subject : str
        What the file is called in messages.

    Raises
    ------
    StudyError
        If the text is not valid TOML.
    """
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(Sentence("error.is_not_valid_toml", subject=subject, reason=error)) from None
    except RecursionError:
        raise StudyError(Sentence("error.is_not_valid_toml_brackets", subject=subject)) from None
    except ValueError:
        # digits beyond what Python turns into a number
        raise StudyError(Sentence("error.long_number", subject=subject)) from None
    waiting: list[Any] = [settings]
    while waiting:
        value = waiting.pop()
        if isinstance(value, int) and value.bit_length() > 63:
            raise StudyError(Sentence("error.long_number", subject=subject))
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return settings


def starters() -> Path:
    """
    Folder of the district files that come with the program.

    Examples
    --------
    >>> (starters() / "sample-estate.toml").is_file()
    True
    """
    package = Path(str(resources.files("ped_geo")))
    packed = package / "starters"
    return packed if packed.is_dir() else package.parent / "districts"


def slug(name: str) -> str:
    """
    A file-system-safe name: ASCII letters, digits and hyphens.

    Examples
    --------
    >>> slug("os. Złotego Wieku, Kraków"), slug("../../etc/passwd")
    ('os-zlotego-wieku-krakow', 'etc-passwd')
    """
    import unicodedata

    plain = unicodedata.normalize("NFKD", name.translate(str.maketrans("łŁ", "lL"))).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64].strip("-") or "place"


def district_file(place: str, lang: str = "en", where: Where | None = None) -> str:
    r"""
    Text of a small commented district file for a place name.

    Parameters
    ----------
    place : str
        Name as a person would type it into a map.
    lang : str, optional
        Language of the comments: ``pl`` or ``en``.
    where : Where, optional
        What is known of where the place lies; without it the file says that nothing is.

    Raises
    ------
    StudyError
        If the name is empty or longer than 200 characters.

    Examples
    --------
    >>> settings_of(district_file('Osiedle "X", Gliwice'), "it")["place"]["query"]
    'Osiedle "X", Gliwice'
    """
    import json

    place = " ".join("".join(letter if letter.isprintable() else " " for letter in place).split())
    if not 0 < len(place) <= 200:
        raise StudyError(Sentence("error.place_name_has_1_to", count=len(place)))
    written = json.dumps(place, ensure_ascii=False)
    said = {name: text(f"init.{name}", lang) for name in ("head", "instead", "bbox", "centre", "radius", "heat")}
    if where is None:
        # examples would be coordinates of another place, so settings to fill in have words instead
        known, box, centre = text("init.unknown", lang), said["bbox"], said["centre"]
    else:
        known = where.told(lang)
        box, centre = (", ".join(f"{value:.{DECIMALS}f}" for value in numbers) for numbers in (where.bbox, where.centre))
    ends = ("", "") if where is None else (f"   # {said['bbox']}", f"   # {said['centre']}")
    return (
        f"# {place}\n"
        f"# {said['head']}\n"
        f"title = {written}\n\n"
        "[place]\n"
        f"query = {written}\n"
        f"# {said['instead']}\n"
        f"# {known}\n"
        f"# bbox = [{box}]{ends[0]}\n"
        f"# centre = [{centre}]{ends[1]}\n"
        f"# radius_m = {said['radius']}\n"
        '# boundary_file = "my-boundary.geojson"\n\n'
        "[buildings]\n"
        f'# heat_supply = "district_heat"   # {said["heat"]}\n'
    )
