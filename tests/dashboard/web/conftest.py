"""A dashboard served on a free port, and plain requests to it."""

from __future__ import annotations

import http.client
import json
import math
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from neural_trainer.dashboard.looking import Looker
from neural_trainer.dashboard.places import followed
from neural_trainer.dashboard.web.serving import bound, server
from neural_trainer.dashboard.web.watching import Watch
from neural_trainer.runs.layers import (
    ACTIVATION_STATISTICS,
    GRADIENT_STATISTICS,
    Module,
    Parameter,
)
from neural_trainer.runs.layers_file import MAGIC, crc_of, encode_header, encode_row

from ..conftest import Log, falling

PATIENCE_S = 20.0  # for an answer on a busy machine


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Dashboard:
    """A server that runs, and what it follows."""

    port: int
    token: str
    watch: Watch

    @property
    def address(self) -> str:
        """What a person opens."""
        return f"http://127.0.0.1:{self.port}/{self.token}/"

    def raw(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path as it stands; headers: with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with closing(connection):
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=told)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())

    def get(self, what: str, **query: Any) -> Answer:
        """Ask for something below the token."""
        return self.raw(f"/{self.token}/{what}?{urlencode(query, doseq=True)}")

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield each event of the stream; closed when the iterator is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with closing(connection):
            connection.request("GET", f"/{self.token}/events")
            got = connection.getresponse()
            assert got.headers["content-type"].startswith("text/event-stream")
            for line in got:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    def until(self, holds: Callable[[dict[str, dict[str, Any]]], bool]) -> dict[str, Any]:
        """Return the rows, by name of the run, as soon as `holds` of them."""
        rows: dict[str, dict[str, Any]] = {}
        with closing(self.events()) as events:
            for event in events:
                rows.update(event["rows"])
                named = {rows[name]["run"]: rows[name] for name in event["order"]}
                if holds(named):
                    return named
        raise AssertionError("the stream ended")

    def judged(self) -> dict[str, Any]:
        """Return the rows by name once all runs are read and judged."""

        def are(rows: dict[str, dict[str, Any]]) -> bool:
            return bool(rows) and all(
                row["alarms"] is not None or row["state"].startswith("cannot")
                for row in rows.values()
            )

        return self.until(are)

    def curves(self, **query: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return what is told of curves, and each with its numbers."""
        answer = self.get("curves", **query)
        assert answer.status == 200, answer.body
        return unpacked(answer.body)


def unpacked(body: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Take apart what curves.packed put together, by its docstring."""
    (length,) = struct.unpack_from("<I", body)
    told = json.loads(body[4 : 4 + length])
    at, found = 4 + length, []
    assert at % 8 == 0
    for (run, signal), entry in zip(told["of"], told["curves"], strict=True):
        n, parts = entry["n"], 3 if entry["ranges"] else 1
        x = np.frombuffer(body, "<f8", n, at)
        numbers = np.frombuffer(body, "<f4", n * parts, at + 8 * n).reshape(parts, n)
        at += 8 * n + -(-4 * n * parts // 8) * 8
        found.append({"run": run, "signal": signal, "x": x, "numbers": numbers, **entry})
    assert at == len(body)
    return told, found


@contextmanager
def serving(words: Sequence[str], project: Path) -> Iterator[Dashboard]:
    """Serve logs by name, as `monitor --web` does."""
    token, made = "t" * 32, bound(0)
    watch = Watch(Looker(followed(words, project)))
    answering = server(watch, token)
    thread = threading.Thread(target=answering.run, kwargs={"sockets": [made]})
    watch.drawn.set()  # nothing waits for a first chart
    watch.start()
    thread.start()
    try:
        yield Dashboard(made.getsockname()[1], token, watch)
    finally:
        answering.should_exit = True
        watch.stop()
        thread.join(PATIENCE_S)


Serve = Callable[..., Dashboard]


@pytest.fixture
def serve(project: Path) -> Iterator[Serve]:
    """Serve logs of the project by name."""
    with ExitStack() as running:
        yield lambda *words: running.enter_context(serving(words, project))


def layers_file(*statistics: dict[str, list[float]]) -> bytes:
    """Return a layers.bin of one row for each of `statistics`: values by name, three layers each.

    "dead" is of one module. What is not given was not measured.
    """
    parameters = [Parameter(f"layer{i}.weight", "linear", (4, 4), True, 0) for i in range(3)]
    header = encode_header(parameters, [Module("act", "relu")])
    frames = [MAGIC, header]
    for step, given in enumerate(statistics, start=1):
        unknown = [math.nan] * 3
        gradients = [given.get(name, unknown) for name in GRADIENT_STATISTICS]
        activations = [given.get(name, [math.nan]) for name in ACTIVATION_STATISTICS]
        values = np.array([v for row in [*gradients, *activations] for v in row], np.float32)
        frames.append(encode_row(crc_of(header), step, float(step), values))
    return b"".join(frames)


def folder_of(project: Path, log: Log, name: str, config: dict[str, object]) -> Path:
    """Write a run folder with a loss that falls for 40 steps."""
    log(falling(1, 40), f"{name}/metrics.jsonl")
    (project / name / "run.json").write_text(json.dumps({"config": config}))
    return project / name
