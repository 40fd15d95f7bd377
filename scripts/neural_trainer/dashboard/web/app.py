"""What the server answers: the page and its files, the runs, their curves, layers and causes."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from neural_trainer.dashboard.alarms import Raised
from neural_trainer.dashboard.web import curves, heat_map
from neural_trainer.dashboard.web.abscissa import AXES, places
from neural_trainer.dashboard.web.access import Guarded
from neural_trainer.dashboard.web.hardware import machine_signals
from neural_trainer.dashboard.web.listing import Rows
from neural_trainer.dashboard.web.signal_groups import groups
from neural_trainer.dashboard.web.watching import Shown, Watch
from neural_trainer.render.page import POLICY as PAGE_POLICY
from neural_trainer.runs.run import Run, Series

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
KEPT = "max-age=604800, immutable"  # the address is another one at each start
MOST_RUNS, MOST_SIGNALS, MOST_MARKS = 50, 16, 50  # of one chart
MOST_NAME = 1000  # characters
HEARTBEAT_S = 15.0  # by which a browser that has gone is noticed
REPORT_POLICY = f"{PAGE_POLICY}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
BINARY = "application/octet-stream"


def application(watch: Watch, token: str) -> Guarded:
    """Return the server's application."""
    pages = _Pages(watch)
    routes = [
        Route("/", pages.index),
        Route("/static/{name:path}", pages.static),
        Route("/runs", pages.runs),
        Route("/events", pages.events),
        Route("/signals", pages.signals),
        Route("/curves", pages.curves),
        Route("/layers", pages.layers),
        Route("/configs", pages.configs),
        Route("/why", pages.why),
        Route("/report", pages.report),
    ]
    return Guarded(Starlette(routes=routes), token)


class _Pages:
    """The answers. What computes is no coroutine: Starlette runs it in a thread."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._rows = Rows()
        self._files = {
            path.relative_to(STATIC).as_posix(): (path.read_bytes(), TYPES[path.suffix])
            for path in STATIC.rglob("*")
            if path.suffix in TYPES
        }

    async def index(self, request: Request) -> Response:
        return HTMLResponse(self._files["index.html"][0])

    async def static(self, request: Request) -> Response:
        found = self._files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(found[0], media_type=found[1], headers={"Cache-Control": KEPT})

    def runs(self, request: Request) -> Response:
        snapshot = self._watch.snapshot
        rows = list(self._rows.of(snapshot, time.time()).values())
        return JSONResponse({"runs": rows, "older_runs": snapshot.num_older})

    async def events(self, request: Request) -> Response:
        return StreamingResponse(self._news(), media_type="text/event-stream")

    async def _news(self) -> AsyncIterator[str]:
        """Yield what is new of the runs: at first all, then the rows that changed."""
        sent: dict[str, dict[str, Any]] = {}
        order: list[str] | None = None
        with self._watch.watched() as news:
            while not self._watch.is_over:
                news.clear()
                snapshot = self._watch.snapshot
                rows = await asyncio.to_thread(self._rows.of, snapshot, time.time())
                changed = {name: row for name, row in rows.items() if sent.get(name) != row}
                if changed or order != list(rows):
                    order, sent = list(rows), rows
                    told = {"order": order, "rows": changed, "older_runs": snapshot.num_older}
                    yield f"data: {json.dumps(told, allow_nan=False)}\n\n"
                else:
                    yield ": still here\n\n"
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(news.wait(), HEARTBEAT_S)

    def signals(self, request: Request) -> Response:
        shown = [each for each in self._named(request) if each.status.run is not None]
        runs = [each.status.run for each in shown if each.status.run is not None]
        machine = dict.fromkeys(name for each in shown for name in _machine(each))
        found = groups(runs, list(machine))
        return JSONResponse(found._asdict())

    @np.errstate(all="ignore")  # a log may hold any number
    def curves(self, request: Request) -> Response:
        query = request.query_params
        axis = next((axis for axis in AXES if axis == query.get("axis", "step")), None)
        if axis is None:
            raise HTTPException(400, "axis: expected step, time or epoch")
        count = _number(request, "count", 1000)
        if not 1 <= count <= curves.MOST_POINTS:
            raise HTTPException(400, f"count: expected 1 to {curves.MOST_POINTS}")
        first, last = _number(request, "first"), _number(request, "last")
        sight = curves.Sight(axis, first, last, int(count), query.get("log") == "1")
        names = query.getlist("signal")[:MOST_SIGNALS]
        found, of, marks, unknown = [], [], {}, []
        for each in self._named(request):
            run = each.status.run
            if run is None:
                continue
            beside = _machine(each) if any(name.startswith("machine/") for name in names) else {}
            known, drawn = True, False
            for name in names:
                series = run.get(name) or beside.get(name)
                curve = None if series is None else curves.curve(run, series, sight)
                known = known and (series is None or curve is not None)
                if curve is not None:
                    drawn = True
                    found.append(curve)
                    of.append([each.id, name])
            if drawn:
                marks[each.id] = _marks(each, run, sight)
            elif not known:
                unknown.append(each.id)
        self._watch.drawn.set()
        told = {"of": of, "marks": marks, "unknown": unknown, "axis": axis}
        return Response(curves.packed(told, found), media_type=BINARY)

    @np.errstate(all="ignore")
    def layers(self, request: Request) -> Response:
        shown = self._named(request, 1)[0]
        run = shown.status.run
        statistic = request.query_params.get("statistic", "grad_norm")
        layers = None if run is None else run.layers
        if layers is None or statistic not in heat_map.statistics_of(layers):
            raise HTTPException(404, "not measured in this run")
        ends = _number(request, "first"), _number(request, "last")
        found = heat_map.heat_map(layers, statistic, *ends)
        return Response(
            heat_map.packed(found, {"run": shown.id, "statistic": statistic}), media_type=BINARY
        )

    # What the first chart does not need is imported with what does.

    def configs(self, request: Request) -> Response:
        from neural_trainer.study.config_table import config_table

        runs = [each.status.run for each in self._named(request)]
        entries = config_table([run for run in runs if run is not None])
        return JSONResponse({"entries": [entry._asdict() for entry in entries]})

    @np.errstate(all="ignore")
    def why(self, request: Request) -> Response:
        from neural_trainer.diagnosis import diagnose
        from neural_trainer.render.report_json import to_dict

        run = self._read(request)
        return JSONResponse(to_dict(diagnose(run)))

    @np.errstate(all="ignore")
    def report(self, request: Request) -> Response:
        from neural_trainer.diagnosis import diagnose
        from neural_trainer.live.masking import masked
        from neural_trainer.live.plain_config import plain
        from neural_trainer.render.report_html import to_html
        from neural_trainer.runs.origin import origin

        run = self._read(request)
        environment = masked(plain({**origin(run), "config": run.config}))
        page = to_html(diagnose(run), run, environment)
        policy = f"{PAGE_POLICY}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return HTMLResponse(
            page.encode("utf-8", "replace"), headers={"Content-Security-Policy": policy}
        )

    def _named(self, request: Request, least: int = 0) -> Sequence[Shown]:
        """Return the runs that a request names, those that are still there."""
        runs = self._watch.snapshot.runs
        asked = dict.fromkeys(request.query_params.getlist("run"))
        found = [runs[name] for name in asked if name in runs][:MOST_RUNS]
        if len(found) < least:
            raise HTTPException(404, "no such run")
        return found

    def _read(self, request: Request) -> Run:
        run = self._named(request, 1)[0].status.run
        if run is None:
            raise HTTPException(404, "this run could not be read")
        return run


def _machine(shown: Shown) -> dict[str, Series]:
    run = shown.status.run
    has_file = run is not None and shown.status.machine is not None
    return machine_signals(Path(shown.status.path), run) if has_file and run is not None else {}


def _marks(shown: Shown, run: Run, sight: curves.Sight) -> list[dict[str, Any]]:
    """Return the alarms of a run where they lie on the axis."""
    alarms = shown.status.alarms
    raised: list[Raised] = [] if alarms is None else list(alarms.raised)
    raised = [alarm for alarm in raised if math.isfinite(alarm.step)][:MOST_MARKS]
    at = places(run, [alarm.step for alarm in raised], sight.axis) or []
    return [
        {
            "id": alarm.id, "step": alarm.step, "x": x, "message": alarm.message,
            "cause": alarm.cause,
            "confidence": alarm.confidence if math.isfinite(alarm.confidence) else None,
        }
        for alarm, x in zip(raised, at, strict=False)
    ]  # fmt: skip


def _number(request: Request, name: str, default: float = math.nan) -> float:
    """Return a number of the address; `default` where it is not given."""
    text = request.query_params.get(name)
    if text is None:
        return default
    with suppress(ValueError):
        value = float(text[:MOST_NAME])
        if math.isfinite(value):
            return value
    raise HTTPException(400, f"{name}: expected a number")
