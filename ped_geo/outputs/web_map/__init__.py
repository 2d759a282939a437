"""
The council map: one HTML file that opens from a stick, without network, on a phone, in Polish and English.

Folium draws the page; Leaflet stands inside it. All text from outside travels as JSON and is set as text, never as markup; a
content security policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ped_geo.language import spoken
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.styles import NO_VALUE
from ped_geo.outputs.web_map.content import map_content

__all__ = ["PageParts", "page_script", "render", "write_web_map"]


def _asset(name: str) -> str:
    return (resources.files("ped_geo.outputs.web_map") / name).read_text(encoding="utf-8")


SCRIPTS = ("page", "helpers", "labels", "search", "choice", "pipes", "swipe", "start")
"""Parts of the page's own script, in their order; they share one scope."""


@dataclass(frozen=True)
class PageParts:
    """
    What one kind of map has of its own; head, policy, Leaflet and the style are those of all.

    Attributes
    ----------
    body : str
        HTML beside the map.
    script : str
        What draws it from ``PED``; it runs in a scope of its own.
    words : tuple of str
        Beginnings of the keys of the catalogue that it speaks.
    """

    body: str
    script: str
    words: tuple[str, ...]


def page_script(*names: str) -> str:
    """Parts of the script by their names, which other kinds of maps use too."""
    return "\n".join(_asset(f"{name}.js") for name in names)


def _district_parts() -> PageParts:
    return PageParts(_asset("page.html"), page_script(*SCRIPTS), ("map.", "code.", "figure."))


def _leaflet() -> tuple[str, str]:
    """Leaflet's script and style with its pictures inside."""
    from xstatic.pkg import leaflet

    folder = Path(leaflet.BASE_DIR)
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    style = (folder / "leaflet.css").read_text(encoding="utf-8")

    def inside(match: re.Match[str]) -> str:
        path = folder / match.group(1)
        return f"url(data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()})" if path.is_file() else "none"

    style = re.sub(r"url\((images/[\w-]+\.png)\)", inside, style)
    script = re.sub(r"//# sourceMappingURL=.*", "", script)
    return script.replace("</script", "<\\/script"), style


def _json(value: Any) -> str:
    """JSON that cannot end the script it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return (
        text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def render(content: dict[str, Any], bounds: Sequence[float], parts: PageParts | None = None) -> str:
    """
    Text of the map's HTML page.

    Parameters
    ----------
    content : dict
        As `map_content` gives it.
    bounds : sequence of float
        West, south, east, north [°].
    parts : PageParts, optional
        Of another kind of map; else those of the district map.
    """
    import folium
    from branca.element import Element

    parts = parts or _district_parts()
    words = spoken(*parts.words)
    west, south, east, north = bounds
    base = folium.Map(location=[(south + north) / 2, (west + east) / 2], tiles=None, prefer_canvas=True, zoom_control=True)
    base.default_js, base.default_css = [], []
    script, style = _leaflet()
    root = base.get_root()
    raw = "{{% raw %}}{}{{% endraw %}}".format
    root.header.add_child(Element(raw(f"<style>{style}</style><style>{_asset('page.css')}</style><script>{script}</script>")), index=0)
    root.header.add_child(Element("<title>{}</title>".format(_text(f"ped_geo: {content['title']}"))))
    root.html.add_child(Element(raw(parts.body)))
    data = f"var PED_WORDS={_json(words)};var PED={_json({**content, 'nothing': NO_VALUE})};"
    # Folium writes its own script last, so ours follows it
    own = f'<script>var PED_MAP={base.get_name()};{data}\n(function () {{\n"use strict";\n{parts.script}\n}}());</script>'
    html = root.render().replace("</html>", f"{own}\n</html>")
    html = re.sub(r"map_[0-9a-f]{32}", "map_district", html)
    html = re.sub(r'<meta name="viewport"[^>]*/>', '<meta name="viewport" content="width=device-width, initial-scale=1" />', html)
    html = html.replace("<html>", f'<html lang="{content["lang"]}">', 1)
    return _with_policy(html)


def _text(value: str) -> str:
    """Text that neither HTML nor a template can take for markup."""
    import html

    escaped = html.escape(value, quote=True)
    for letter, code in (("`", "&#96;"), ("$", "&#36;"), ("\\", "&#92;"), ("{", "&#123;"), ("}", "&#125;")):
        escaped = escaped.replace(letter, code)
    return escaped


def _with_policy(html: str) -> str:
    """A content security policy that names the page's own scripts by their checksums."""
    sums = [
        base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    ]
    allowed = " ".join(f"'sha256-{value}'" for value in sums)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob: https://tile.openstreetmap.org; base-uri 'none'; form-action 'none'"
    )
    return html.replace("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


def write_web_map(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>.html``.

    Returns
    -------
    list of Path
    """
    path = folder / f"{results.study.name}.html"
    bounds = results.layers["boundary"].to_crs(4326).total_bounds
    path.write_text(render(map_content(results), bounds), encoding="utf-8")
    return [path]


OUTPUTS.add("web_map", Output("web_map", "maps", write_web_map, order=40))
