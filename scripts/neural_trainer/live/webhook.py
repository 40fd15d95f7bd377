"""Alarms sent to a web address, as JSON."""

from __future__ import annotations

import json
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from neural_trainer.errors import ConfigError

LIMIT_S = 10.0  # for an answer


class Webhook:
    """Posts each alarm to a URL: the fields of `watch --json`, and the sentence as `text`.

    `text` alone is what Slack and Mattermost show.
    """

    def __init__(self, url: str) -> None:
        """Raises ConfigError for an address that is not of the web."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                f"the webhook's address begins with {url[:12]!r}; expected http:// or https:// and "
                f"a host"
            )
        self._url = url
        self.name = f"the webhook at {parts.hostname}"  # the rest of it may be a secret
        self._opener = build_opener(_NoRedirects())

    def send(self, line: str, record: dict[str, Any]) -> None:
        """Post one alarm. Raises OSError where it was not taken."""
        body = json.dumps({**record, "text": line}).encode()
        request = Request(self._url, body, {"Content-Type": "application/json"}, method="POST")
        try:
            with self._opener.open(request, timeout=LIMIT_S) as answer:
                answer.read(1024)
        except HTTPError as error:
            error.close()
            raise OSError(f"it answered {error.code}") from None


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would turn the message into a question, and lose it."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        """Follow none: HTTPError says so."""
