"""Columns of buildings in files of users: how people and registers name what stages read, and their words for kinds of buildings."""

from __future__ import annotations

from functools import cache

from ped_geo import assumptions
from ped_geo.sources._columns import plain

__all__ = ["KEYS", "WORDS", "building_word"]

# keys that stages read, and how people and registers spell them, compared as `plain` words
KEYS = {
    "building": (
        "use", "building_use", "building_type", "funkcja", "funkcja_budynku", "funkcja_ogolna", "funkcja_ogolna_budynku", "rodzaj",
        "rodzaj_budynku", "rodzaj_wg_kst", "przeznaczenie", "nutzung", "gebaeudenutzung", "gebaeudefunktion",
    ),
    "building:part": (),
    "building:levels": (
        "levels", "storeys", "stories", "floors", "num_floors", "storeys_above_ground", "numberOfFloorsAboveGround",
        "kondygnacje", "kondygn", "liczba_kondygnacji", "liczba_kondygnacji_nadziemnych", "kondygnacje_nadziemne",
        "geschosse", "anzahl_geschosse", "geschosszahl", "anzahl_der_oberirdischen_geschosse", "aog", "etages", "nb_etages", "plantas", "verdiepingen", "pocet_podlazi",
    ),
    "building:min_level": ("min_level",),
    "building:flats": ("flats", "dwellings", "numberOfDwellings", "liczba_mieszkan", "liczba_lokali_mieszkalnych", "wohnungen", "anzahl_wohnungen"),
    "height": ("height_m", "measuredHeight", "wysokosc", "hoehe", "gebaeudehoehe", "hauteur", "hoogte", "altura"),
    "min_height": (),
    "roof:shape": ("building:roof:shape", "roof_shape", "ksztalt_dachu", "dachform"),
    "roof:levels": ("building:roof:levels", "roof_levels"),
    "roof:height": ("building:roof:height", "roof_height_m"),
    "roof:angle": ("building:roof:angle",),
    "roof:orientation": ("building:roof:orientation",),
    "roof:direction": ("building:roof:direction",),
    "start_date": (
        "year", "year_built", "year_of_construction", "construction_year", "construction_date", "building:start_date", "rok_budowy",
        "rok_bud", "baujahr", "bouwjaar", "oorspronkelijkbouwjaar", "annee_construction",
    ),
    "name": (),
    "addr:street": ("street", "street_name", "ulica", "strasse", "straat"),
    "addr:housenumber": ("house_number", "housenumber", "numer", "numer_porzadkowy", "nr_domu", "hausnummer", "hausnr", "hsnr", "huisnummer"),
    "addr:place": (),
    "heating": ("heat_supply", "źródło_ciepła", "źródło_c", "źródło_ogrzewania", "sposób_ogrzewania", "rodzaj_ogrzewania", "ogrzewanie",
                "heizung", "heizungsart", "waermeversorgung", "energietraeger"),
    "building:heating": (),
    "heritage": ("zabytek", "denkmal"),
    "refurbishment_state": ("stan_termomodernizacji", "termomodernizacja", "stan_ocieplenia", "sanierungsstand", "sanierungszustand"),
    "historic": (),
    "ruins": (),
    "abandoned": (),
    "location": (),
    "demolished:building": (),
    "building:height": (),
    "height:source": (),
    "building:use": (),
}  # fmt: skip
WORDS = {plain(word): key for key, others in KEYS.items() for word in (*others, key)}


@cache
def _kinds() -> tuple[dict[str, str], frozenset[str]]:
    """Words of Poland's registers and uses of the project's own layer, as OSM calls such buildings; and the words of OSM."""
    uses = assumptions.table("osm_building_uses").fillna("").query("key == 'building'")
    own = uses[uses["use"] != ""].drop_duplicates("use")
    functions, kinds = assumptions.table("bdot10k_functions"), assumptions.table("egib_kinds")
    pairs = [(kinds["kind"], kinds["building"]), (functions["function"], functions["building"]), (own["use"], own["value"])]
    found = {plain(str(word)): str(kind) for words, meanings in pairs for word, kind in zip(words, meanings, strict=True)}
    return found, frozenset(uses["value"].astype("str"))


def building_word(text: str, column: str) -> str:
    """
    A word for a kind of building as OSM writes it; one that no register has stays as it is.

    Parameters
    ----------
    text : str
        The word.
    column : str
        Column that it stands in; in one named as OSM names it, words of OSM mean what they mean there.

    Examples
    --------
    >>> building_word("Budynki mieszkalne jednorodzinne", "FUNKCJA"), building_word("residential_multi", "use")
    ('house', 'apartments')
    >>> building_word("other", "use"), building_word("other", "building"), building_word("igloo", "use")
    ('non_residential', 'other', 'igloo')
    """
    found, osm = _kinds()
    return text if column == "building" and text in osm else found.get(plain(text), text)
