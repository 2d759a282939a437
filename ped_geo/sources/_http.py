"""
One thin HTTP client for all providers: bounded attempts, Retry-After honoured, whole and checked answers only.

Only the addresses of the settings are asked: a redirection is an error that names where it leads.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ped_geo import __version__
from ped_geo.errors import SourceError
from ped_geo.sources import NetworkUnreachable
from ped_geo.study import Study

if TYPE_CHECKING:
    import requests

__all__ = ["Client", "reachable"]

USER_AGENT = f"ped_geo/{__version__} (urban energy screening; https://github.com/ped-geo/ped_geo)"
RETRIED = {408, 425, 429, 500, 502, 503, 504}
UNREACHABLE_WAIT_S = 0.5
LARGEST_ANSWER = 512 * 1024 * 1024
# an answer that trickles is given up after this many time-outs
LONGEST_ANSWER = 4.0


class _Retry(Exception):
    def __init__(self, reason: str, wait: float | None = None, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.wait, self.unreachable = reason, wait, unreachable


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

    def post(self, url: str, form: Mapping[str, str], *, check: Callable[[bytes], object]) -> bytes:
        """
        POST a form and give the whole answer.

        Parameters
        ----------
        url : str
            Address from the settings.
        form : mapping
            Form fields.
        check : callable
            Called with the body; raises `SourceError` when the answer is not what was asked for, which is tried again.

        Raises
        ------
        NetworkUnreachable
            If no attempt reached a server.
        SourceError
            If the server kept failing, in one sentence.
        """
        return self._whole(url, lambda session: session.request("POST", url, data=dict(form), **self._options()), check)

    def _options(self) -> dict[str, Any]:
        return {"timeout": self.timeout_s, "stream": True, "allow_redirects": False}

    def _whole(self, url: str, ask: Callable[[requests.Session], requests.Response], check: Callable[[bytes], object]) -> bytes:
        import requests

        host = urlsplit(url).netloc
        last, reached = _Retry("was not asked"), False
        for attempt in range(self.attempts):
            if attempt:
                # no server, no queue to be polite in: a machine without network is told so at once
                self.sleep(UNREACHABLE_WAIT_S if last.unreachable else self._pause(attempt, last.wait))
            try:
                # a session for each attempt: a kept connection may be closed just as the next request goes out on it
                with requests.Session() as session:
                    session.headers["User-Agent"] = USER_AGENT
                    body = self._once(session, ask)
                _checked(body, check)
            except _Retry as fault:
                last, reached = fault, reached or not fault.unreachable
            else:
                return body
        tried = "once" if self.attempts == 1 else f"{self.attempts} times"
        message = f"{host} {last.reason} (tried {tried}); nothing was written. Try again later, or give local files in [sources]."
        raise SourceError(message) if reached else NetworkUnreachable(message)

    def _pause(self, attempt: int, asked: float | None) -> float:
        return min(asked if asked is not None else 2.0**attempt, self.longest_wait_s)

    def _once(self, session: requests.Session, ask: Callable[[requests.Session], requests.Response]) -> bytes:
        import requests

        try:
            with ask(session) as answer:
                if answer.status_code in RETRIED:
                    raise _Retry(f"answered {answer.status_code} ({answer.reason})", _retry_after(answer.headers.get("Retry-After")))
                if answer.status_code != 200:
                    raise SourceError(_refused(answer))
                return _body(answer, time.monotonic() + LONGEST_ANSWER * self.timeout_s)
        except requests.exceptions.ConnectTimeout:
            raise _Retry("did not answer in time", unreachable=True) from None
        except requests.exceptions.Timeout:
            raise _Retry("did not answer in time") from None
        except requests.exceptions.ConnectionError as error:
            broken = "Connection aborted" in str(error)
            raise _Retry("closed the connection" if broken else "cannot be reached", unreachable=not broken) from None
        except requests.exceptions.RequestException as error:
            raise SourceError(f"the address cannot be asked ({type(error).__name__}); check it in [sources].") from None


def _refused(answer: requests.Response) -> str:
    host = urlsplit(answer.url).netloc
    if answer.is_redirect:
        # asked addresses are those of the settings, no others
        return f"{host} sends on to {answer.headers['Location'][:200]!r}; if that is right, set it as the address in [sources]."
    return f"{host} answered {answer.status_code} ({answer.reason}); check the address in [sources]."


def _body(answer: requests.Response, deadline: float) -> bytes:
    import urllib3

    pieces, size = [], 0
    try:
        # read1 gives what has come, so that a trickle cannot hide from the deadline
        while piece := answer.raw.read1(1 << 16, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise SourceError(f"{urlsplit(answer.url).netloc} sent more than {LARGEST_ANSWER >> 20} MB; ask for a smaller place.")
            if time.monotonic() > deadline:
                raise _Retry("did not end its answer in time")
    except urllib3.exceptions.ReadTimeoutError:
        raise _Retry("did not answer in time") from None
    except (urllib3.exceptions.HTTPError, OSError):
        raise _Retry("broke off in the middle of its answer") from None
    body = b"".join(pieces)
    announced = answer.headers.get("Content-Length")
    plain = "Content-Encoding" not in answer.headers
    if plain and announced and announced.isdigit() and int(announced) != len(body):
        raise _Retry("broke off in the middle of its answer")
    return body


def _checked(body: bytes, check: Callable[[bytes], object]) -> None:
    try:
        check(body)
    except SourceError as error:
        raise _Retry(f"gave an unusable answer: {str(error).rstrip('.')}") from None


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
