"""What the plugin says, in Polish and English."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication

WORDS = {
    "provider": ("Positive energy districts (ped_geo)", "Dystrykty dodatnie energetycznie (ped_geo)"),
    "report": ("Report for a place or polygon", "Raport dla miejsca lub wieloboku"),
    "assess": ("Assess a selection of blocks or a drawn polygon", "Ocena zaznaczonych kwartałów lub narysowanego wieloboku"),
    "correct": ("Apply corrections", "Zastosowanie poprawek"),
    "scan": ("Scan of a city", "Przegląd miasta"),
    "district": ("District file (.toml) or name in districts/", "Plik obszaru (.toml) lub nazwa z folderu districts/"),
    "boundary": ("Polygon to take instead of the file's place", "Wielobok zamiast miejsca z pliku"),
    "boundary_name": ("Name of the new district file", "Nazwa nowego pliku obszaru"),
    "area": ("Polygons or selected blocks", "Wieloboki lub zaznaczone kwartały"),
    "corrections": ("Corrections (GeoPackage)", "Poprawki (GeoPackage)"),
    "places": ("District files, names, or a file of a city", "Pliki obszarów, nazwy albo plik miasta"),
    "scan_name": ("Name of the scan", "Nazwa przeglądu"),
    "root": ("Working folder (districts/, data/, maps/)", "Folder roboczy (districts/, data/, maps/)"),
    "program": ("Program ped-geo", "Program ped-geo"),
    "load": ("Open the project when done", "Otwórz projekt po zakończeniu"),
    "project": ("QGIS project", "Projekt QGIS"),
    "folder": ("Folder of the products", "Folder z wynikami"),
    "said": ("What the program said", "Odpowiedź programu"),
    "no_program": (
        "The program ped-geo was not found. Install it, then give its path in the parameter “Program” or in the variable PED_GEO_PROGRAM.",
        "Nie znaleziono programu ped-geo. Zainstaluj go, a potem podaj ścieżkę w parametrze „Program” lub w zmiennej PED_GEO_PROGRAM.",
    ),
    "no_district": (
        "{path} does not exist; give a district file or a name in districts/.",
        "{path} nie istnieje; podaj plik obszaru lub nazwę z districts/.",
    ),
    "other_corrections": (
        "{path} holds other corrections; move them away or name them in the parameter “Corrections”.",
        "{path} zawiera inne poprawki; przenieś je albo wskaż je w parametrze „Poprawki”.",
    ),
    "no_shapes": (
        "The layer has no polygon; select blocks or draw one.",
        "Warstwa nie zawiera wieloboku; zaznacz kwartały albo narysuj wielobok.",
    ),
    "taken": ("{path} exists already; choose another name.", "{path} już istnieje; wybierz inną nazwę."),
    "failed": ("ped-geo ended with code {code}: {said}", "ped-geo zakończył pracę z kodem {code}: {said}"),
    "cancelled": ("Stopped; finished steps are kept.", "Przerwano; ukończone kroki zostają."),
}


def language() -> str:
    """``pl`` where QGIS speaks Polish, else ``en``."""
    return "pl" if QgsApplication.locale().lower().startswith("pl") else "en"


def words(key: str, **values: object) -> str:
    """A text in the language of QGIS."""
    return WORDS[key][1 if language() == "pl" else 0].format(**values)


def help_text() -> str:
    """The help page in the language of QGIS."""
    return (Path(__file__).parent / "help" / f"{language()}.html").read_text(encoding="utf-8")
