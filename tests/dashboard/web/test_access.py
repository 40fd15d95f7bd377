"""Who is let in: the printed address, a loopback name, the page itself; and what it may read."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from neural_trainer.dashboard.web.app import STATIC

from ..conftest import falling
from .conftest import Dashboard, serving


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One run, served for all tests of this file: none changes it."""
    folder = tmp_path_factory.mktemp("project")
    log = folder / "run.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in falling(1, 50)))
    with serving([str(log)], folder) as dashboard:
        yield dashboard


PATHS = ("", "runs", "events", "signals", "curves", "layers", "configs", "why", "report",
         "static/page.js")  # fmt: skip
WRONG = {
    "none": "",
    "another": "x" * 32,
    "not_ascii": "%C3%A9%00",
    "too_far_down": "static/",
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", WRONG.values(), ids=WRONG)
def test_without_the_token_there_is_nothing(one: Dashboard, token: str, path: str) -> None:
    answer = one.raw(f"/{token}/{path}" if token else f"/{path}")
    assert answer.status == 403
    assert b"run.jsonl" not in answer.body
    assert one.token.encode() not in answer.body


def test_the_token_alone_opens_the_page(one: Dashboard) -> None:
    answer = one.get("")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert one.raw(f"/{one.token[:-1]}/").status == 403


HOSTS = {
    "by_number": ("127.0.0.1:{port}", 200),
    "by_name": ("localhost:{port}", 200),
    "behind_ssh": ("localhost:9999", 200),
    "ipv6": ("[::1]:{port}", 200),
    "rebound": ("evil.example:{port}", 421),
    "a_prefix": ("localhost.evil.example:{port}", 421),
    "a_user": ("localhost@evil.example", 421),
    "a_path": ("localhost/evil.example", 421),
    "torn": ("[::1", 421),
    "no_port": ("localhost:x", 421),
    "empty": ("", 421),
}


@pytest.mark.parametrize(("host", "status"), HOSTS.values(), ids=HOSTS)
def test_names_that_it_is_reached_by(one: Dashboard, host: str, status: int) -> None:
    answer = one.raw(f"/{one.token}/runs", Host=host.format(port=one.port))
    assert answer.status == status


ORIGINS = {
    "its_own": ("http://127.0.0.1:{port}", 200),
    "another_port": ("http://127.0.0.1:1", 403),
    "a_page": ("https://evil.example", 403),
    "a_file": ("null", 403),
    "encrypted": ("https://127.0.0.1:{port}", 403),
}


@pytest.mark.parametrize(("origin", "status"), ORIGINS.values(), ids=ORIGINS)
def test_pages_that_may_read(one: Dashboard, origin: str, status: int) -> None:
    answer = one.raw(
        f"/{one.token}/runs", Host=f"127.0.0.1:{one.port}", Origin=origin.format(port=one.port)
    )
    assert answer.status == status
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_is_read_from_only(one: Dashboard, method: str) -> None:
    assert one.raw(f"/{one.token}/runs", method).status == 405


@pytest.mark.parametrize("path", ["", "runs", "static/page.js", "nowhere"])
def test_every_answer_is_bound_to_this_page(one: Dashboard, path: str) -> None:
    headers = one.get(path).headers
    told = headers["content-security-policy"].split("; ")
    policy = dict(part.split(" ", 1) for part in told)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


TRAVERSALS = [
    "static/../app.py", "static/..%2fapp.py", "static/%2e%2e/app.py", "static//etc/passwd",
    "static/....//app.py", "static/..\\app.py", "static/page.js%00.html", "static/uplot", "static/",
    "../runs", "%2e%2e/runs",
]  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_file_but_its_own(one: Dashboard, path: str) -> None:
    answer = one.raw(f"/{one.token}/{path}")
    assert answer.status in (403, 404)
    assert b"import" not in answer.body


def test_files_of_the_page(one: Dashboard) -> None:
    names = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")]
    assert len(names) > 10
    for name in names:
        answer = one.get(f"static/{name}")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.body == (STATIC / name).read_bytes()


def test_the_page_asks_for_nothing_beyond_this_machine() -> None:
    """Its own files name no other host, and hold no string that is made into HTML or code."""
    own = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html")]
    assert len(own) > 10
    for path in own:
        text = path.read_text(encoding="utf-8")
        if path.parent.name != "uplot":
            assert "http:" not in text
            assert "https:" not in text
        for way in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert way not in text, path.name
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "style=" not in page
    assert "onclick" not in page
