"""
What is published, held against the standards themselves: the requirements of GeoPackage in SQL, ISO's schemas, shapes of DCAT-AP.

Schemas and shapes are read by programs of others (``make test-standards`` fetches them); without them those two tests are left out.
"""

from __future__ import annotations

import importlib.metadata
import sqlite3
import struct
from contextlib import closing

import pytest
from lxml import etree

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix : <urn:shapes:> .

:Dataset a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ; sh:uniqueLang true ] ;
  sh:property [ sh:path dct:description ; sh:minCount 1 ; sh:nodeKind sh:Literal ; sh:uniqueLang true ] ;
  sh:property [ sh:path dct:publisher ; sh:maxCount 1 ; sh:class foaf:Agent ] ;
  sh:property [ sh:path dct:accessRights ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path dcat:theme ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path dcat:keyword ; sh:nodeKind sh:Literal ] ;
  sh:property [ sh:path dct:language ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path dct:spatial ; sh:class dct:Location ] ;
  sh:property [ sh:path dct:provenance ; sh:class dct:ProvenanceStatement ] ;
  sh:property [ sh:path dct:source ; sh:class dcat:Dataset ] ;
  sh:property [ sh:path dct:modified ; sh:maxCount 1 ; sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:dateTime ] ) ] ;
  sh:property [ sh:path dcat:distribution ; sh:class dcat:Distribution ] .
:Distribution a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path dcat:downloadURL ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path dct:license ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ] ;
  sh:property [ sh:path dcat:mediaType ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] .
:Agent a sh:NodeShape ; sh:targetClass foaf:Agent ; sh:property [ sh:path foaf:name ; sh:minCount 1 ; sh:nodeKind sh:Literal ] .
:Location a sh:NodeShape ; sh:targetClass dct:Location ;
  sh:property [ sh:path dcat:bbox ; sh:maxCount 1 ; sh:datatype geo:wktLiteral ] .
"""
"""Mandatory properties of DCAT-AP 3.0, and the range and number of those that the record has."""

ENVELOPES = {0: 0, 1: 4, 2: 6, 3: 6, 4: 8}
"""Numbers in the envelope of a geometry by its code, requirement 19."""


@pytest.mark.parametrize("name", ["sample-estate.gpkg", "publish/sample-estate.public.gpkg", "corrections.gpkg"])
def test_a_package_meets_the_requirements_of_geopackage(products, name):
    """OGC 12-128r18; numbers are those of its requirements."""
    with closing(sqlite3.connect(products.processed / name)) as base:
        ask = lambda query: base.execute(query).fetchall()  # noqa: E731
        assert ask("PRAGMA application_id") == [(0x47504B47,)], "requirement 2"
        assert ask("PRAGMA user_version")[0][0] >= 10200, "requirement 2"
        assert ask("PRAGMA integrity_check") == [("ok",)], "requirement 6"
        assert ask("PRAGMA foreign_key_check") == [], "requirement 7"
        systems = {row[0] for row in ask("SELECT srs_id FROM gpkg_spatial_ref_sys")}
        assert {-1, 0, 4326} <= systems, "requirement 11"
        contents = ask("SELECT table_name, data_type, last_change, min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents")
        tables = {row[0] for row in ask("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
        assert {row[0] for row in contents} <= tables, "requirement 13"
        assert all(ask(f"SELECT strftime('%Y-%m-%dT%H:%M:%fZ', '{row[2]}') = '{row[2]}'") == [(1,)] for row in contents), "requirement 15"
        features = {row[0]: row for row in contents if row[1] == "features"}
        shapes = ask("SELECT table_name, column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns")
        assert {row[0] for row in shapes} == set(features), "requirement 22"
        for table, column, kind, system, z, m in shapes:
            assert system in systems, (table, 26)
            assert system == features[table][7], (table, 146)
            assert z in {0, 1, 2}, (table, 27)
            assert m in {0, 1, 2}, (table, 28)
            named = {row[1]: row for row in ask(f'PRAGMA table_info("{table}")')}
            assert named[column][2] == kind, (table, 31)
            assert [row[2] for row in named.values() if row[5]] == ["INTEGER"], (table, 29)
            _shapes_are_well_formed(base, table, column, kind, system)
            # the R-tree holds every shape, requirement 77
            rows = ask(f'SELECT count(*) FROM "{table}" WHERE "{column}" IS NOT NULL')
            assert rows == ask(f'SELECT count(*) FROM "rtree_{table}_{column}"'), (table, 77)
        for table, _, extension, _, scope in ask("SELECT * FROM gpkg_extensions"):
            assert table is None or table in tables, (extension, 60)
            assert scope in {"read-write", "write-only"}, (extension, 64)
        kinds = ("BOOLEAN", "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "FLOAT", "DOUBLE", "REAL", "TEXT", "BLOB", "DATE", "DATETIME")
        for table in {row[0] for row in contents} - {"layer_styles"}:
            for row in ask(f'PRAGMA table_info("{table}")'):
                assert row[2].partition("(")[0] in {*kinds, "INTEGER", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRY"}, (table, row, 5)  # fmt: skip


def _shapes_are_well_formed(base, table, column, kind, system):
    """Header, version, system and envelope of each shape (19), and that it is of the type that the table declares (32)."""
    codes = {"POINT": 1, "LINESTRING": 2, "POLYGON": 3, "MULTIPOINT": 4, "MULTILINESTRING": 5, "MULTIPOLYGON": 6}
    for (blob,) in base.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'):
        assert blob[:3] == b"GP\x00", (table, 19)
        order = "<" if blob[3] & 1 else ">"
        assert struct.unpack(f"{order}i", blob[4:8]) == (system,), (table, 33)
        start = 8 + 8 * ENVELOPES[blob[3] >> 1 & 7]
        inner = "<" if blob[start] else ">"
        (code,) = struct.unpack(f"{inner}I", blob[start + 1 : start + 5])
        assert kind == "GEOMETRY" or code % 1000 == codes[kind], (table, 32)


def test_the_record_is_valid_by_the_schemas_of_iso_19139(products):
    try:
        schemas = importlib.metadata.distribution("ckanext-spatial")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the schemas are not here; make test-standards fetches them")
    schema = etree.XMLSchema(etree.parse(str(schemas.locate_file("ckanext/spatial/validation/xml/iso19139/gmd/gmd.xsd"))))
    schema.assertValid(etree.parse(str(products.processed / "publish" / "sample-estate.iso19139.xml")))


def test_the_catalogue_record_conforms_to_shapes_of_dcat_ap(products):
    pyshacl, rdflib = pytest.importorskip("pyshacl"), pytest.importorskip("rdflib")
    record = rdflib.Graph().parse(products.processed / "publish" / "sample-estate.dcat.jsonld", format="json-ld")
    assert len(record) > 100
    conforms, _, said = pyshacl.validate(record, shacl_graph=rdflib.Graph().parse(data=SHAPES, format="turtle"))
    assert conforms, said
