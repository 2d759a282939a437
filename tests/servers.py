"""
Stand-ins for Overpass and Nominatim: real HTTP on a free local port, with faults that a test writes down in order.

The dataset is a hand-drawn hamlet of five buildings; `FakeOsm.elements` may be replaced by any list of Overpass elements.
"""

from __future__ import annotations

import io
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ped_geo.sources._osm_xml import write_xml

WEST, SOUTH = 20.0, 50.09
STAMP = "2026-01-02T03:04:05Z"


def hamlet_elements() -> list[dict[str, Any]]:
    """A slab, a school with a court, two garages and a house on a crossing; coordinates on a grid of 0.0001 degrees."""
    elements: list[dict[str, Any]] = []
    number = 0

    def nodes(corners: list[tuple[int, int]], tags: dict[str, str] | None = None) -> list[int]:
        nonlocal number
        ids = []
        for x, y in corners:
            number += 1
            node = {"type": "node", "id": number, "lat": round(SOUTH + y * 1e-4, 7), "lon": round(WEST + x * 1e-4, 7)}
            elements.append(node | ({"tags": tags} if tags else {}))
            ids.append(number)
        return ids

    def way(key: int, corners: list[tuple[int, int]], tags: dict[str, str], *, closed: bool = True) -> None:
        ids = nodes(corners)
        element: dict[str, Any] = {"type": "way", "id": key, "nodes": [*ids, ids[0]] if closed else ids}
        elements.append(element | ({"tags": tags} if tags else {}))

    way(101, [(2, 2), (10, 2), (10, 4), (2, 4)], {"building": "apartments", "building:levels": "5", "name": "Blok <b>1</b>"})
    way(102, [(14, 2), (16, 2), (16, 4), (14, 4)], {"building": "house", "building:levels": "2;3"})
    way(103, [(2, 12), (4, 12), (4, 13), (2, 13)], {"building": "garage", "height": "2.5 m"})
    way(104, [(4, 12), (6, 12), (6, 13), (4, 13)], {"building": "garage"})
    way(111, [(12, 10), (18, 10), (18, 16), (12, 16)], {})
    way(112, [(14, 12), (16, 12), (16, 14), (14, 14)], {})
    elements.append(
        {
            "type": "relation",
            "id": 201,
            "members": [{"type": "way", "ref": 111, "role": "outer"}, {"type": "way", "ref": 112, "role": "inner"}],
            "tags": {"type": "multipolygon", "building": "school", "name": "Szkoła"},
        }
    )
    way(121, [(0, 8), (20, 8)], {"highway": "residential", "name": "Długa"}, closed=False)
    way(122, [(11, 0), (11, 20)], {"highway": "residential", "name": "Krótka"}, closed=False)
    way(131, [(2, 14), (8, 14), (8, 16), (2, 16)], {"amenity": "parking"})
    nodes([(9, 6)], {"amenity": "pharmacy"})
    nodes([(1, 8)], {"highway": "bus_stop", "name": "=CMD()"})
    return elements


def osm_xml(elements: Iterable[dict[str, Any]]) -> bytes:
    """Overpass elements as an OSM XML file."""
    text = io.StringIO()
    write_xml(elements, text)
    return text.getvalue().encode()


@dataclass(frozen=True)
class Fault:
    """
    One wrong answer.

    Attributes
    ----------
    status : int
        Status line.
    headers : dict
        Sent besides the usual ones.
    body : bytes
        Sent as the answer's body.
    does : str
        ``answers``; ``half`` announces more than it sends; ``chunked_half`` breaks off between chunks; ``closes`` says nothing;
        ``resets`` aborts the connection; ``sleeps`` says nothing for `seconds`; ``drips`` sends one byte at a time; ``late`` gives
        the right answer after `seconds`.
    seconds : float
        How long it sleeps or drips.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    does: str = "answers"
    seconds: float = 0.0


def in_seconds(seconds: float) -> str:
    """An HTTP date that lies `seconds` ahead."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


PART = json.dumps({"elements": hamlet_elements()[:3], "osm3s": {}}).encode()
HTML = b"<!DOCTYPE html><html><body>The server is probably too busy to handle your request.</body></html>"


def overpass_page(words: str) -> bytes:
    """A refusal as Overpass 0.7.62 words it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html><head><title>OSM3S Response</title></head><body>\n\n'
        "<p>The data included in this document is from www.openstreetmap.org. It is licensed under ODbL.</p>\n"
        f'<p><strong style="color:#FF0000">Error</strong>: {words} </p>\n\n</body>\n</html>\n'
    ).encode()


SAME_TEXTS = 3
"""So often a real server answers the same text."""
DUPLICATE = Fault(
    200, body=overpass_page("runtime error: open64: 0 Success /osm3s_osm_base Dispatcher_Client::1. Probably duplicate_query.")
)

# every one of these is passing weather: the next attempt may succeed
FAULTS: dict[str, Fault] = {
    "429 without Retry-After": Fault(429),
    "429 with Retry-After in seconds": Fault(429, {"Retry-After": "3"}),
    "429 with Retry-After as a date": Fault(429, {"Retry-After": "in 5 seconds"}),
    "429 with a Retry-After of a day": Fault(429, {"Retry-After": "86400"}),
    "429 with a Retry-After of nonsense": Fault(429, {"Retry-After": "soon"}),
    "429 with a negative Retry-After": Fault(429, {"Retry-After": "-5"}),
    "408 request time-out": Fault(408),
    "500 internal error": Fault(500, body=HTML),
    "502 bad gateway": Fault(502, body=HTML),
    "503 unavailable with Retry-After": Fault(503, {"Retry-After": "1"}),
    "504 gateway time-out": Fault(504),
    "HTML instead of JSON": Fault(body=HTML),
    "half a body": Fault(body=PART, does="half"),
    "half a chunked body": Fault(body=PART, does="chunked_half"),
    "cut-off JSON of the announced length": Fault(body=PART[:40]),
    "an empty body": Fault(body=b""),
    "bytes that are no text": Fault(body=bytes(range(256)) * 4),
    "JSON that is a list": Fault(body=b"[1, 2]"),
    "JSON that is a number": Fault(body=b"42"),
    "JSON nested without end": Fault(body=b"[" * 200_000),
    "no list of elements": Fault(body=b'{"elements": null}'),
    "elements that are no objects": Fault(body=b'{"elements": [1, null, "x"]}'),
    "a node at a latitude of text": Fault(body=b'{"elements": [{"type": "node", "id": 1, "lat": "north", "lon": 2}]}'),
    "a node outside the globe": Fault(body=b'{"elements": [{"type": "node", "id": 1, "lat": 500.0, "lon": 2}]}'),
    "a way whose nodes are text": Fault(body=b'{"elements": [{"type": "way", "id": 1, "nodes": "abc"}]}'),
    "a relation with broken members": Fault(body=b'{"elements": [{"type": "relation", "id": 1, "members": [{"ref": {}}]}]}'),
    "tags that are a list": Fault(body=b'{"elements": [{"type": "node", "id": 1, "lat": 1, "lon": 2, "tags": ["a"]}]}'),
    "a remark of a time-out with a part of the data": Fault(body=PART[:-1] + b', "remark": "runtime error: Query timed out"}'),
    "a remark of memory with a part of the data": Fault(body=PART[:-1] + b', "remark": "runtime error: Query run out of memory"}'),
    "a body that says gzip and is not": Fault(200, {"Content-Encoding": "gzip"}, PART),
    "a closed connection": Fault(does="closes"),
    "a reset connection": Fault(does="resets"),
    "silence": Fault(does="sleeps", seconds=1.0),
    "a drip of single bytes": Fault(body=b" " * 60, does="drips", seconds=6.0),
}


# faults that any service can have, with a body that no service sends
FAULTS_OF_ANY_SERVICE = [
    name
    for name in FAULTS
    if not name.startswith(("no list of elements", "elements", "a node", "a way", "a relation", "tags", "a remark", "JSON that is a list"))
]


class FakeOsm:
    """
    A server that answers as Overpass (``/api/interpreter``) and Nominatim (``/search``) do.

    Attributes
    ----------
    elements : list of dict
        What Overpass knows; an answer holds the objects that touch the box around the asked polygon.
    places : dict of str to list
        What Nominatim answers to a name; nothing is found for others.
    files : dict of str to bytes or callable
        What other paths answer, for providers of packages; a callable is given the query.
    faults : dict of str to list of Fault
        ``overpass``, ``nominatim`` and ``files``: taken from the front, one per request.
    lasting : dict of str to Fault
        The same fault for every request.
    asked : list of tuple
        ``(service, form)`` of each request in order.
    agents : list of str
        The User-Agent of each request.
    status : bytes
        Overpass's page about its slots.
    ranges : list of str
        The ``Range`` of each request for a file, "" where there is none.
    tag : str
        The ``ETag`` of files.
    """

    def __init__(self) -> None:
        self.elements = hamlet_elements()
        self.places: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes | Callable[[dict[str, str]], bytes]] = {}
        self.faults: dict[str, list[Fault]] = {"overpass": [], "nominatim": [], "files": []}
        self.lasting: dict[str, Fault] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.agents: list[str] = []
        self.status = b"Connected as: 1\nRate limit: 2\n2 slots available now.\n"
        self.ranges: list[str] = []
        self.tag = '"1"'
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def sources(self) -> dict[str, str]:
        """The addresses as settings of ``[sources]``."""
        return {"overpass_url": f"{self.url}/api", "nominatim_url": self.url}

    def count(self, service: str) -> int:
        """How often a service was asked."""
        return sum(1 for name, _ in self.asked if name == service)

    def fault(self, service: str) -> Fault | None:
        """The fault that the next answer of a service is to have."""
        if service in self.lasting:
            return self.lasting[service]
        return self.faults[service].pop(0) if self.faults[service] else None

    def overpass(self, form: dict[str, str]) -> dict[str, Any]:
        """An answer as Overpass gives it."""
        numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", form["data"].split("poly:'")[1].split("'")[0])]
        south, north, west, east = min(numbers[::2]), max(numbers[::2]), min(numbers[1::2]), max(numbers[1::2])
        found = {
            element["id"]
            for element in self.elements
            if element["type"] == "node" and south <= element["lat"] <= north and west <= element["lon"] <= east
        }
        ways = {element["id"] for element in self.elements if element["type"] == "way" and found & set(element["nodes"])}
        relations = [e for e in self.elements if e["type"] == "relation" and any(member["ref"] in ways for member in e["members"])]
        ways |= {member["ref"] for relation in relations for member in relation["members"]}
        found |= {node for e in self.elements if e["type"] == "way" and e["id"] in ways for node in e["nodes"]}
        kept = [e for e in self.elements if (e["type"] == "node" and e["id"] in found) or (e["type"] == "way" and e["id"] in ways)]
        head = {"version": 0.6, "generator": "stand-in", "osm3s": {"timestamp_osm_base": STAMP, "copyright": "test"}}
        return head | {"elements": kept + relations}

    @contextmanager
    def running(self) -> Iterator[FakeOsm]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopped.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)


def _handler(osm: FakeOsm) -> type[BaseHTTPRequestHandler]:  # noqa: C901 -- one class, closed over its server
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            form = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            path = urlsplit(self.path).path
            if path == "/api/status":
                osm.asked.append(("status", form))
                self.send(200, {}, osm.status)
            elif path == "/search":
                self.reply("nominatim", form, lambda: osm.places.get(form.get("q", ""), []))
            elif path in osm.files:
                content = osm.files[path]
                self.reply("files", {"path": path} | form, lambda: content(form) if callable(content) else content)
            else:
                self.send(404, {}, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
            self.reply("overpass", form, lambda: osm.overpass(form))

        def reply(self, service: str, form: dict[str, str], answer: Callable[[], Any]) -> None:
            osm.asked.append((service, form))
            osm.agents.append(self.headers.get("User-Agent", ""))
            if service == "files":
                osm.ranges.append(self.headers.get("Range", ""))
            fault = osm.fault(service)
            same = sum(1 for name, earlier in osm.asked if name == "overpass" and earlier == form)
            if service == "overpass" and same > SAME_TEXTS:
                fault = DUPLICATE
            try:
                if fault is not None and fault.does == "late":
                    osm.stopped.wait(fault.seconds)
                    fault = None
                if fault is None:
                    body = answer()
                    self.serve(body if isinstance(body, bytes) else json.dumps(body).encode(), service)
                else:
                    self.misbehave(fault)
            except OSError:
                self.close_connection = True

        def serve(self, body: bytes, service: str) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if service != "files" or asked is None or self.headers.get("If-Range") != osm.tag:
                self.send(200, {"ETag": osm.tag} if service == "files" else {}, body)
            elif int(asked[1]) >= len(body):
                self.send(416, {"Content-Range": f"bytes */{len(body)}"}, b"")
            else:
                start = int(asked[1])
                self.send(206, {"ETag": osm.tag, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}, body[start:])

        def send(self, status: int, headers: dict[str, str], body: bytes, *, announced: int | None = None) -> None:
            self.send_response(status)
            for key, value in headers.items():
                # dates are made when they are sent
                self.send_header(key, in_seconds(float(value.split()[1])) if value.startswith("in ") else value)
            self.send_header("Content-Length", str(len(body) if announced is None else announced))
            self.end_headers()
            self.wfile.write(body)

        def misbehave(self, fault: Fault) -> None:
            self.close_connection = True
            match fault.does:
                case "answers":
                    self.send(fault.status, fault.headers, fault.body)
                case "half":
                    self.send(fault.status, fault.headers, fault.body, announced=2 * len(fault.body))
                case "chunked_half":
                    self.send_response(200)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    self.wfile.write(f"{len(fault.body):x}\r\n".encode() + fault.body[: len(fault.body) // 2])
                case "resets":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.rfile.close()
                    self.connection.close()
                case "sleeps":
                    osm.stopped.wait(fault.seconds)
                case "drips":
                    self.drip(fault)

        def drip(self, fault: Fault) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(fault.body)))
            self.end_headers()
            for letter in fault.body:
                if osm.stopped.is_set():
                    return
                self.wfile.write(bytes([letter]))
                self.wfile.flush()
                time.sleep(fault.seconds / len(fault.body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
