"""
One thin HTTP client for all providers: bounded attempts, Retry-After honoured, whole and checked answers only.

What a server says of itself is told in its own words, and of several faults the first. Only the addresses of the settings are asked: a redirection is an error that names where it leads.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from ped_geo._version import __version__
from ped_geo.errors import NetworkUnreachable, SourceError
from ped_geo.language.sentences import Clause, Sentence
from ped_geo.study import Study

if TYPE_CHECKING:
    import requests

__all__ = ["Client", "reachable", "server_words"]

USER_AGENT = f"ped_geo/{__version__} (urban energy screening; https://github.com/ped-geo/ped_geo)"
RETRIED = {408, 416, 425, 429, 500, 502, 503, 504, 529}
UNREACHABLE_WAIT_S = 0.5
LARGEST_ANSWER = 512 * 1024 * 1024
LARGEST_FILE = 4 << 30
TOO_MANY, NO_SUCH_RANGE = 429, 416
LEAST_BUSY_WAIT_S = 30.0
"""After "too many requests" without a Retry-After: sooner is answered the same."""
LONGEST_WORDS, MOST_PIECES_OF_WORDS = 120, 16
MUCH_OF_A_FILE = 1 << 20
"""Bytes that make an attempt at a large file count as progress."""
# an answer that trickles is given up after this many time-outs
LONGEST_ANSWER = 4.0


class _Retry(Exception):
    def __init__(self, reason: str, wait: float | None = None, *, unreachable: bool = False, busy: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.wait, self.unreachable, self.busy = reason, wait, unreachable, busy


@dataclass(frozen=True)
class Client:
    """
    Fetches whole answers.

    Attributes
    ----------
    timeout_s : float
        Seconds to wait for a connection and between pieces of an answer.
    attempts : int
        Requests at most, for one answer.
    longest_wait_s : float
        Longest pause between two attempts; a longer Retry-After is cut to it.
    sleep : callable
        Called with the seconds of each pause.
    """

    timeout_s: float = 90.0
    attempts: int = 4
    longest_wait_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, study: Study) -> Client:
        """Client with the study's time-outs."""
        return cls(study.sources.timeout_s, study.sources.attempts, study.sources.longest_wait_s)

    def get(self, url: str, query: Mapping[str, str], *, check: Callable[[bytes], object]) -> bytes:
        """GET `url` with `query`; see `post`."""
        return self._whole(url, lambda session: session.request("GET", url, params=dict(query), **self._options()), check)

    def post(
        self,
        url: str,
        form: Callable[[], Mapping[str, str]],
        *,
        check: Callable[[bytes], object],
        slot: Callable[[], float | None] = lambda: None,
        passing: str = "",
    ) -> bytes:
        """
        POST a form and give the whole answer.

        Parameters
        ----------
        url : str
            Address from the settings.
        form : callable
            Gives the form's fields, for each attempt anew.
        check : callable
            Called with the body; raises `SourceError` when the answer is not what was asked for, which is tried again.
        slot : callable
            Seconds until a server that answered 429 without a Retry-After has room again; None where it does not say.
        passing : str
            A word of the server by which a refusal is one that may pass.

        Raises
        ------
        NetworkUnreachable
            If no attempt reached a server.
        SourceError
            If the server kept failing, in one sentence.
        """

        def ask(session: requests.Session) -> requests.Response:
            return session.request("POST", url, data=dict(form()), **self._options())

        return self._whole(url, ask, check, slot=slot, passing=passing)

    def download(self, url: str, path: Path, *, check: Callable[[Path], object]) -> None:
        """
        GET a large file; what has come stays beside it as ``.part``, and the next attempt or run goes on from there.

        Parameters
        ----------
        url : str
            Address from the settings.
        path : Path
            Where the whole file is written.
        check : callable
            Called with the path of the whole file; raises `SourceError` when it is not what was asked for.

        Raises
        ------
        NetworkUnreachable
            If no attempt reached a server.
        SourceError
            If the server kept failing, in one sentence.
        """
        part = _Part(path)

        def ask(session: requests.Session) -> requests.Response:
            answer = session.request("GET", url, headers=part.headers(), **self._options())
            if answer.status_code == NO_SUCH_RANGE:
                part.forget()
            return answer

        def take(answer: requests.Response, deadline: float) -> bytes:
            part.take(answer, deadline)
            return b""

        def checked(_: bytes) -> None:
            try:
                check(part.file)
            except SourceError:
                part.forget()
                raise

        self._whole(url, ask, checked, take=take, progress=part.size)
        part.finish()

    def _options(self) -> dict[str, Any]:
        return {"timeout": self.timeout_s, "stream": True, "allow_redirects": False}

    def _whole(
        self,
        url: str,
        ask: Callable[[requests.Session], requests.Response],
        check: Callable[[bytes], object],
        *,
        slot: Callable[[], float | None] = lambda: None,
        passing: str = "",
        take: Callable[[requests.Response, float], bytes] | None = None,
        progress: Callable[[], int] = lambda: 0,
    ) -> bytes:
        import requests

        faults: list[_Retry] = []
        attempt, most, reached = 0, progress(), False
        while attempt < self.attempts:
            if faults:
                self.sleep(self._pause(attempt, faults[-1], slot))
            try:
                # a session for each attempt: a kept connection may be closed just as the next request goes out on it
                with requests.Session() as session:
                    session.headers["User-Agent"] = USER_AGENT
                    body = self._once(session, ask, passing, take or _body)
                _checked(body, check)
            except _Retry as fault:
                faults.append(fault)
                reached = reached or not fault.unreachable
                # a large file may break off as often as it likes, as long as it grows
                attempt = 1 if progress() - most >= MUCH_OF_A_FILE else attempt + 1
                most = max(most, progress())
            else:
                return body
        tried = Sentence("error.once") if len(faults) == 1 else Sentence("error.times", count=len(faults))
        message = Sentence("error.tried_nothing_was_written_try", netloc=urlsplit(url).netloc, told=_told(faults), tried=tried)
        raise SourceError(message) if reached else NetworkUnreachable(message)

    def _pause(self, attempt: int, last: _Retry, slot: Callable[[], float | None]) -> float:
        if last.unreachable:
            # no server, no queue to be polite in: a machine without network is told so at once
            return UNREACHABLE_WAIT_S
        wait = last.wait
        if wait is None and last.busy:
            wait = max(slot() or 0.0, LEAST_BUSY_WAIT_S)
        return min(wait if wait is not None else 2.0**attempt, self.longest_wait_s)

    def _once(
        self,
        session: requests.Session,
        ask: Callable[[requests.Session], requests.Response],
        passing: str,
        take: Callable[[requests.Response, float], bytes],
    ) -> bytes:
        import requests

        try:
            with ask(session) as answer:
                if answer.status_code not in {200, 206}:
                    _refuse(answer, passing)
                return take(answer, time.monotonic() + LONGEST_ANSWER * self.timeout_s)
        except requests.exceptions.ConnectTimeout:
            raise _Retry(Sentence("error.did_not_answer_in_time"), unreachable=True) from None
        except requests.exceptions.Timeout:
            raise _Retry(Sentence("error.did_not_answer_in_time")) from None
        except requests.exceptions.ConnectionError as error:
            broken = "Connection aborted" in str(error)
            raise _Retry(
                Sentence("error.closed_connection") if broken else Sentence("error.cannot_be_reached"), unreachable=not broken
            ) from None
        except requests.exceptions.RequestException as error:
            raise SourceError(Sentence("error.address_cannot_be_asked_check", name=type(error).__name__)) from None


class _Part:
    """
    The beginning of a large file, and the mark by which the server knows that it is still the same.

    Parameters
    ----------
    path : Path
        Of the whole file.
    """

    def __init__(self, path: Path) -> None:
        self.whole = path
        self.file, self.mark = (path.with_name(f"{path.name}.{suffix}") for suffix in ("part", "mark"))

    def size(self) -> int:
        """Bytes that have come."""
        return self.file.stat().st_size if self.file.is_file() else 0

    def headers(self) -> dict[str, str]:
        """What to ask for the rest; the server sends everything anew if the file has changed since."""
        mark = self.mark.read_text(encoding="utf-8") if self.mark.is_file() else ""
        # places in the file count bytes as they are stored
        plain = {"Accept-Encoding": "identity"}
        return plain | {"Range": f"bytes={self.size()}-", "If-Range": mark} if mark and self.size() else plain

    def take(self, answer: requests.Response, deadline: float) -> None:
        """Append what comes, or begin anew."""
        start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        goes_on = answer.status_code == 206 and start is not None and int(start[1]) == self.size()
        if answer.status_code == 206 and not goes_on:
            self.forget()
            raise _Retry(Sentence("error.sent_another_part_than_was"))
        # a weak mark does not promise the same bytes
        mark = answer.headers.get("ETag", "") or answer.headers.get("Last-Modified", "")
        self.mark.write_text("" if mark.startswith("W/") else mark, encoding="utf-8")
        with self.file.open("ab" if goes_on else "wb") as file:
            for piece in _pieces(answer, deadline, LARGEST_FILE):
                file.write(piece)

    def forget(self) -> None:
        """What has come is of no use."""
        self.file.unlink(missing_ok=True)
        self.mark.unlink(missing_ok=True)

    def finish(self) -> None:
        """The file is whole."""
        self.file.replace(self.whole)
        self.mark.unlink(missing_ok=True)


def _told(faults: list[_Retry]) -> str:
    """The first cause, which the later ones may hide, and the last where it is another."""
    first, last = faults[0].reason, faults[-1].reason
    return first if first == last else Sentence("error.at_last", first=first, last=last)


def _refuse(answer: requests.Response, passing: str) -> NoReturn:
    host, said = urlsplit(answer.url).netloc, _words(answer)
    quoted = f": {said!r}" if said else ""
    told = Sentence("error.answered", status=answer.status_code, reason=answer.reason, quoted=quoted)
    if answer.is_redirect:
        # asked addresses are those of the settings, no others
        raise SourceError(Sentence("error.sends_on_to_if_that", host=host, address=answer.headers["Location"][:200]))
    if answer.status_code in RETRIED or (passing and passing in said):
        busy = answer.status_code == TOO_MANY
        raise _Retry(told, _retry_after(answer.headers.get("Retry-After")), busy=busy)
    hint = (
        Sentence("error.check_address_in_sources")
        if answer.status_code in {401, 403, 404, 405, 410}
        else Sentence("error.nothing_was_written_give_another")
    )
    raise SourceError(Sentence("error.refused", host=host, told=told, hint=hint))


def _words(answer: requests.Response) -> str:
    """What the server says of its refusal, in one short line; of a web page the words that it prints in red, or all."""
    import urllib3

    pieces: list[bytes] = []
    try:
        while len(pieces) < MOST_PIECES_OF_WORDS and (piece := answer.raw.read1(1 << 16, decode_content=True)):
            pieces.append(piece)
    except (urllib3.exceptions.HTTPError, OSError):
        return ""
    return server_words(b"".join(pieces).decode("utf-8", "replace"))


def server_words(text: str) -> str:
    """
    What a server says of a fault, in one short line without markup.

    Examples
    --------
    >>> server_words('{"message": "Location over the sea. Please, select another location", "status": 400}')
    'Location over the sea. Please, select another location'
    >>> server_words("<html><body><p>Data &copy; OSM.</p><p><strong>Error</strong>: runtime error: too busy </p></body></html>")
    'Error : runtime error: too busy'
    """
    import html

    try:
        told = json.loads(text)
        found = [told.get(key) for key in ("message", "error", "detail", "remark")] if isinstance(told, dict) else []
        text = next((word for word in found if isinstance(word, str) and word), "")
    except (ValueError, RecursionError):
        body = re.sub(r"(?is)<(head|script|style)\b.*?</\1>", " ", text)
        marked = re.findall(r"(?is)<p>((?:(?!</p>).)*?error.*?)</p>", body)
        text = html.unescape(re.sub(r"<[^>]*>", " ", " ".join(marked) or body))
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= LONGEST_WORDS else f"{line[: LONGEST_WORDS - 3]}..."


def _body(answer: requests.Response, deadline: float) -> bytes:
    return b"".join(_pieces(answer, deadline, LARGEST_ANSWER))


def _pieces(answer: requests.Response, deadline: float, most: int) -> Iterator[bytes]:
    """An answer as it comes, whole or not at all."""
    import urllib3

    size = 0
    try:
        # read1 gives what has come, so that a trickle cannot hide from the deadline
        while piece := answer.raw.read1(1 << 16, decode_content=True):
            yield piece
            size += len(piece)
            if size > most:
                raise SourceError(Sentence("error.sent_more_than_mb_ask", netloc=urlsplit(answer.url).netloc, most=most >> 20))
            if time.monotonic() > deadline:
                raise _Retry(Sentence("error.did_not_end_its_answer"))
    except urllib3.exceptions.ReadTimeoutError:
        raise _Retry(Sentence("error.did_not_answer_in_time")) from None
    except (urllib3.exceptions.HTTPError, OSError):
        raise _Retry(Sentence("error.broke_off_in_middle_its")) from None
    announced = answer.headers.get("Content-Length")
    plain = "Content-Encoding" not in answer.headers
    if plain and announced and announced.isdigit() and int(announced) != size:
        raise _Retry(Sentence("error.broke_off_in_middle_its"))


def _checked(body: bytes, check: Callable[[bytes], object]) -> None:
    try:
        check(body)
    except SourceError as error:
        raise _Retry(Sentence("error.gave_unusable_answer", told=Clause("error.whole", told=error))) from None


def _retry_after(value: str | None) -> float | None:
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def reachable(url: str) -> bool:
    """Whether a connection to the address can be opened, within three seconds."""
    import socket

    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)), timeout=3.0):
            return True
    except OSError:
        return False
