"""Runs of an MLflow tracking server, over its REST interface (version 2.0) and in bounds."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs.columns import number
from neural_trainer.runs.lines import one_line
from neural_trainer.runs.run import Array, Run
from neural_trainer.runs.tracked import Points, to_run

NAME = "mlflow-server"

_TIMEOUT_S = 30.0
_LARGEST = 1 << 26  # bytes of one answer
_MOST_PAGES = 1000
_MOST_RUNS = 1000
_PAGE = 25_000  # points asked for at once, the most that MLflow gives
# The page of a run or of an experiment in the browser: #/experiments/3/runs/0a1b.
_PAGE_OF = re.compile(r"/?experiments/(\d+)(?:/runs/([0-9a-fA-F]+))?")
_MACHINE = "system/"  # metrics of the machine, sampled by the clock


class _Server(NamedTuple):
    """Where the server is. shown: its address without a password."""

    base: str
    headers: dict[str, str]
    shown: str


def is_address(text: str) -> bool:
    """Return whether `text` names a server: http(s)://… or mlflow:http(s)://…"""
    return text.startswith(("http://", "https://", "mlflow:http://", "mlflow:https://"))


def read(address: str) -> list[Run]:
    """Return the runs that a server keeps: all, those of an experiment, or one, as the URL says.

    http://HOST:PORT, http://HOST:PORT/#/experiments/3 or …/#/experiments/3/runs/RUN_ID. A name and
    a password before the host are sent as basic authentication. Raises ReadError.
    """
    server, fragment = _server(address)
    page = _PAGE_OF.match(fragment)
    notes: list[str] = []
    if page and page[2]:
        found = [_call(server, "runs/get", {"run_id": page[2]}).get("run")]
    else:
        experiments = [page[1]] if page else list(_experiments(server))
        found = []
        for run in _runs(server, experiments):
            if len(found) == _MOST_RUNS:
                notes.append(f"runs beyond the first {_MOST_RUNS} are left out; name an experiment")
                break
            found.append(run)
    runs = [run for one in found if isinstance(one, dict) for run in _run(server, one, notes)]
    if not runs:
        raise ReadError(f"{server.shown}: MLflow keeps no run with a metric there")
    return runs


def _server(address: str) -> tuple[_Server, str]:
    try:
        parts = urlsplit(address.removeprefix("mlflow:"))
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        where = f"{host}:{parts.port}" if parts.port else host
    except ValueError as error:
        raise ReadError(
            f"{address!r}: is no address ({error}); expected http://HOST:PORT"
        ) from error
    if not host:
        raise ReadError(f"{address!r}: names no host; expected http://HOST:PORT")
    base = f"{parts.scheme}://{where}{parts.path.rstrip('/')}"
    headers = {"Content-Type": "application/json"}
    if parts.username is not None:
        word = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(word).decode()
    return _Server(base, headers, base), parts.fragment


def _call(server: _Server, what: str, ask: Mapping[str, Any], post: bool = False) -> dict[str, Any]:
    """Return the server's answer; raise ReadError where it gives none."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    url = f"{server.base}/api/2.0/mlflow/{what}"
    data = json.dumps(ask).encode() if post else None
    request = Request(url if post else f"{url}?{urlencode(ask)}", data, server.headers)
    try:
        with urlopen(request, timeout=_TIMEOUT_S) as answer:
            body = answer.read(_LARGEST + 1)
    except HTTPError as error:
        with error:
            why = one_line(f"{error.code} {error.reason}")
        raise ReadError(
            f"{server.shown}: the server refused {what} ({why}); expected MLflow's tracking server"
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        why = one_line(error)
        raise ReadError(f"{server.shown}: no answer from an MLflow server ({why})") from error
    try:
        found = json.loads(body) if len(body) <= _LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReadError(f"{server.shown}: {what} was answered with no JSON object; is it MLflow?")
    return found


def _pages(
    server: _Server, what: str, key: str, ask: Mapping[str, Any], post: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield the objects under `key` of all pages of an answer."""
    token = ""
    for _ in range(_MOST_PAGES):
        page = {**ask, "page_token": token} if token else ask
        answer = _call(server, what, page, post)
        objects = answer.get(key)
        yield from (x for x in objects if isinstance(x, dict)) if isinstance(objects, list) else ()
        token = str(answer.get("next_page_token") or "")
        if not token:
            return


def _experiments(server: _Server) -> Iterator[str]:
    found = _pages(server, "experiments/search", "experiments", {"max_results": 1000}, post=True)
    return (str(one.get("experiment_id")) for one in found)


def _runs(server: _Server, experiments: list[str]) -> Iterator[dict[str, Any]]:
    ask = {"experiment_ids": experiments, "max_results": 1000}
    return _pages(server, "runs/search", "runs", ask, post=True) if experiments else iter(())


def _run(server: _Server, found: Mapping[str, Any], notes: list[str]) -> list[Run]:
    """Return a run with all its points, or none where it has no metric."""
    info, data = (found.get(key) for key in ("info", "data"))
    if not isinstance(info, dict) or not isinstance(data, dict):
        return []
    run, keys = str(info.get("run_id")), [str(m["key"]) for m in _pairs(data, "metrics")]
    metrics: dict[str, Points] = {}
    for key in keys:
        if key.startswith(_MACHINE):
            continue
        points = _history(server, run, key)
        if len(points.step):
            metrics[key] = points
    if not metrics:
        return []
    config = {str(param["key"]): param.get("value") for param in _pairs(data, "params")}
    source = f"{server.shown}/#/experiments/{info.get('experiment_id')}/runs/{run}"
    said = (
        [*notes, "the machine's metrics (system/) are left out"]
        if len(keys) > len(metrics)
        else notes
    )
    return [to_run(str(info.get("run_name") or run), source, NAME, metrics, config, said)]


def _pairs(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = data.get(key)
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict) and "key" in one]


def _history(server: _Server, run: str, key: str) -> Points:
    """Return all points of a metric, in order of their time."""
    ask = {"run_id": run, "metric_key": key, "max_results": _PAGE}
    rows = []
    for one in _pages(server, "metrics/get-history", "metrics", ask):
        step, value, at = (number(one.get(name, 0)) for name in ("step", "value", "timestamp"))
        if step is not None and value is not None and at is not None:
            rows.append((step, value, at / 1000))
    table: Array = np.array(rows, np.float64).reshape(-1, 3)
    table = table[np.lexsort((table[:, 0], table[:, 2]))]
    return Points(table[:, 0], table[:, 1], table[:, 2])
