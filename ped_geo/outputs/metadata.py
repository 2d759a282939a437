"""Metadata of a published package: ISO 19115 in the XML of ISO 19139, and a DCAT-AP 3 record as JSON-LD with the licence of each layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ped_geo._version import __version__
from ped_geo.language import plain, text
from ped_geo.outputs.credits import UNDATED, credit, data_date, date_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ped_geo.outputs import Results

__all__ = ["LAYERS_OF_OTHERS", "Distribution", "catalogue_record", "iso_record", "lineage_words"]

GMD: Final = "http://www.isotc211.org/2005/gmd"
GCO: Final = "http://www.isotc211.org/2005/gco"
GML: Final = "http://www.opengis.net/gml/3.2"
CODES: Final = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
LAYERS_OF_OTHERS: Final = ("boundary", "buildings", "streets", "blocks", "water_and_green")
"""Layers whose shapes are those of the source, and stand under its licence."""

LICENCES: Final = {
    "ODbL": "https://opendatacommons.org/licenses/odbl/1-0/",
    "CC BY": "https://creativecommons.org/licenses/by/4.0/",
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "MIT": "https://opensource.org/license/mit",
}
LANGUAGE: Final = {
    "pl": "http://publications.europa.eu/resource/authority/language/POL",
    "en": "http://publications.europa.eu/resource/authority/language/ENG",
}
MEDIA: Final = {
    "GPKG": "application/geopackage+sqlite3", "PMTILES": "application/vnd.pmtiles", "CSV": "text/csv", "JSON": "application/json",
}  # fmt: skip


@dataclass(frozen=True)
class Distribution:
    """A file of the publication and its format."""

    name: str
    format: str


def _licence(results: Results) -> str:
    """Address of the licence of the input, or its words where it has none that is known."""
    told = str(results.provenance.get("place", {}).get("licence", ""))
    return next((address for start, address in LICENCES.items() if told.startswith(start)), plain(told))


def _box(results: Results) -> tuple[float, float, float, float]:
    west, south, east, north = results.layers["boundary"].to_crs(4326).total_bounds
    return float(west), float(south), float(east), float(north)


def _title(results: Results, lang: str) -> str:
    return plain(text("layout.title", lang, title=results.study.title))


def _text(parent: Element, name: str, words: str) -> None:
    SubElement(SubElement(parent, f"gmd:{name}"), "gco:CharacterString").text = words


def _code(parent: Element, name: str, kind: str, value: str) -> None:
    SubElement(SubElement(parent, f"gmd:{name}"), f"gmd:{kind}", {"codeList": f"{CODES}#{kind}", "codeListValue": value}).text = value


def _date(parent: Element, day: str) -> None:
    one = SubElement(SubElement(parent, "gmd:date"), "gmd:CI_Date")
    SubElement(SubElement(one, "gmd:date"), "gco:Date").text = day
    _code(one, "dateType", "CI_DateTypeCode", "creation")


def _identification(root: Element, results: Results) -> None:
    info = SubElement(SubElement(root, "gmd:identificationInfo"), "gmd:MD_DataIdentification")
    citation = SubElement(SubElement(info, "gmd:citation"), "gmd:CI_Citation")
    _text(citation, "title", " | ".join(_title(results, lang) for lang in ("pl", "en")))
    _date(citation, date_stamp(results)[:10])
    _text(info, "abstract", " ".join(text("publish.abstract", lang, version=__version__) for lang in ("pl", "en")))
    words = SubElement(SubElement(info, "gmd:descriptiveKeywords"), "gmd:MD_Keywords")
    for key in ("publish.keyword.district", "publish.keyword.energy", "publish.keyword.pv"):
        for lang in ("pl", "en"):
            _text(words, "keyword", text(key, lang))
    limits = SubElement(SubElement(info, "gmd:resourceConstraints"), "gmd:MD_LegalConstraints")
    _code(limits, "accessConstraints", "MD_RestrictionCode", "otherRestrictions")
    _code(limits, "useConstraints", "MD_RestrictionCode", "otherRestrictions")
    _text(limits, "otherConstraints", f"{_licence(results)}; {credit(results, 'en')}")
    _code(info, "spatialRepresentationType", "MD_SpatialRepresentationTypeCode", "vector")
    for lang in ("pol", "eng"):
        _code(info, "language", "LanguageCode", lang)
    _code(info, "characterSet", "MD_CharacterSetCode", "utf8")
    for topic in ("structure", "utilitiesCommunication"):
        SubElement(SubElement(info, "gmd:topicCategory"), "gmd:MD_TopicCategoryCode").text = topic
    box = SubElement(
        SubElement(SubElement(SubElement(info, "gmd:extent"), "gmd:EX_Extent"), "gmd:geographicElement"), "gmd:EX_GeographicBoundingBox"
    )
    west, south, east, north = _box(results)
    for name, value in zip(
        ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude"), (west, east, south, north), strict=True
    ):
        SubElement(SubElement(box, f"gmd:{name}"), "gco:Decimal").text = f"{value:.6f}"


def lineage_words(results: Results, lang: str) -> str:
    """Whose data, of which day, computed by what, and what the dates in the files are."""
    known = data_date(results) or text("layout.no_date", lang)
    said = text("publish.lineage", lang, credit=credit(results, lang), date=known, version=__version__)
    return f"{said} {text('publish.dates', lang, none=UNDATED[:10])}"


def iso_record(results: Results, file: str) -> str:
    """
    Text of the ISO 19139 record.

    Parameters
    ----------
    results : Results
        The run.
    file : str
        Name of the described file, which identifies the record.
    """
    root = Element("gmd:MD_Metadata", {"xmlns:gmd": GMD, "xmlns:gco": GCO, "xmlns:gml": GML})
    _text(root, "fileIdentifier", file)
    _code(root, "language", "LanguageCode", "pol")
    _code(root, "characterSet", "MD_CharacterSetCode", "utf8")
    _code(root, "hierarchyLevel", "MD_ScopeCode", "dataset")
    contact = SubElement(SubElement(root, "gmd:contact"), "gmd:CI_ResponsibleParty")
    _text(contact, "organisationName", text("publish.organisation", "pl"))
    _code(contact, "role", "CI_RoleCode", "pointOfContact")
    SubElement(SubElement(root, "gmd:dateStamp"), "gco:Date").text = date_stamp(results)[:10]
    _text(root, "metadataStandardName", "ISO 19115:2003/19139")
    _text(root, "metadataStandardVersion", "1.0")
    system = SubElement(SubElement(root, "gmd:referenceSystemInfo"), "gmd:MD_ReferenceSystem")
    identifier = SubElement(SubElement(system, "gmd:referenceSystemIdentifier"), "gmd:RS_Identifier")
    authority, code = results.layers["blocks"].crs.to_authority() or ("", "")
    _text(identifier, "code", f"http://www.opengis.net/def/crs/{authority}/0/{code}")
    _identification(root, results)
    quality = SubElement(SubElement(root, "gmd:dataQualityInfo"), "gmd:DQ_DataQuality")
    _code(SubElement(SubElement(quality, "gmd:scope"), "gmd:DQ_Scope"), "level", "MD_ScopeCode", "dataset")
    lineage = SubElement(SubElement(quality, "gmd:lineage"), "gmd:LI_Lineage")
    _text(lineage, "statement", " ".join(lineage_words(results, lang) for lang in ("pl", "en")))
    indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _both(key: str, **values: object) -> list[dict[str, str]]:
    return [{"@language": lang, "@value": text(key, lang, **values)} for lang in ("pl", "en")]


def catalogue_record(results: Results, files: Iterable[Distribution], layers: Iterable[tuple[str, bool]]) -> str:
    """
    Text of the DCAT-AP 3 record.

    Parameters
    ----------
    results : Results
        The run.
    files : iterable of Distribution
        What can be downloaded; addresses are relative to the record.
    layers : iterable of (str, bool)
        Each layer, and whether its shapes are those of the source.
    """
    west, south, east, north = _box(results)
    licence, name = _licence(results), results.study.name
    ring = (
        f"POLYGON(({west:.6f} {south:.6f}, {east:.6f} {south:.6f}, {east:.6f} {north:.6f}, {west:.6f} {north:.6f}, {west:.6f} {south:.6f}))"
    )
    rights: dict[str, Any] = {"@id": licence} if licence.startswith("http") else {"@type": "dct:LicenseDocument", "rdfs:label": licence}
    parts = [
        {
            "@id": f"#{layer}", "@type": "dcat:Dataset", "dct:title": _both(f"layer.{layer}"), "dct:description": _both(f"layer.{layer}"),
            "dct:license": rights, "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": _both("publish.layer_of_source" if given else "publish.layer_computed")},
        }
        for layer, given in layers
    ]  # fmt: skip
    record = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "locn": "http://www.w3.org/ns/locn#", "geo": "http://www.opengis.net/ont/geosparql#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"#{name}",
        "@type": "dcat:Dataset",
        "dct:title": [{"@language": lang, "@value": _title(results, lang)} for lang in ("pl", "en")],
        "dct:description": _both("publish.abstract", version=__version__),
        "dct:identifier": name,
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both("publish.organisation")},
        "dct:language": [{"@id": LANGUAGE[lang]} for lang in ("pl", "en")],
        "dcat:theme": [{"@id": "http://publications.europa.eu/resource/authority/data-theme/ENER"}],
        "dcat:keyword": [one for key in ("district", "energy", "pv") for one in _both(f"publish.keyword.{key}")],
        "dct:spatial": {"@type": "dct:Location", "dcat:bbox": {"@type": "geo:wktLiteral", "@value": ring}},
        "dct:accessRights": {"@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"},
        "dct:license": rights,
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": credit(results, "en")},
        "dct:hasPart": parts,
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution", "dct:title": file.name, "dcat:accessURL": {"@id": file.name}, "dcat:downloadURL": {"@id": file.name},
                "dct:license": rights, "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{MEDIA[file.format]}"},
            }
            for file in files
        ],
    }  # fmt: skip
    if data_date(results):
        record["dct:modified"] = {"@type": "xsd:date", "@value": data_date(results)}
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"
