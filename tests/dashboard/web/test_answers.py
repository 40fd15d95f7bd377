"""What the server answers of runs: rows, events, curves in sight, layers, configs, causes."""

from __future__ import annotations

import json
import math
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ..conftest import Log, falling
from .conftest import Dashboard, Serve, folder_of, layers_file


def noisy(count: int) -> list[dict[str, float]]:
    """A loss with noise and one spike at three fifths, a minute for six steps."""
    random = np.random.default_rng(7).normal(0, 0.1, count)
    rows = [
        {"step": s, "time": 5000 + 10 * s, "loss": 4 / s + float(random[s - 1])}
        for s in range(1, count + 1)
    ]
    rows[3 * count // 5]["loss"] = 77.0
    return rows


def only(dashboard: Dashboard) -> str:
    (row,) = dashboard.judged().values()
    return str(row["id"])


def test_rows_say_what_the_terminal_says(log: Log, serve: Serve) -> None:
    log([*falling(1, 59), {"step": 60, "loss": math.nan}])
    (row,) = serve("run.jsonl").judged().values()
    assert (row["run"], row["step"], row["steps_per_s"], row["axes"]) == (
        "run",
        60,
        2,
        ["step", "time"],
    )
    assert row["signals"]["loss"]["now"] is None
    assert [alarm["id"] for alarm in row["alarms"]["raised"]] == ["loss-nonfinite"]


def test_new_points_and_runs_are_told(log: Log, serve: Serve, project: Path) -> None:
    log(falling(1, 30), "a/x.jsonl")
    dashboard = serve("a")
    dashboard.judged()
    with closing(dashboard.events()) as events:
        first = next(events)
        (name,) = first["order"]
        log(falling(31, 40), "a/x.jsonl", append=True)
        later = next(event for event in events if event["rows"].get(name, {}).get("step") == 40)
        assert later["rows"][name]["version"] > first["rows"][name]["version"]
        log(falling(1, 20), "a/y.jsonl")
        more = next(event for event in events if len(event["order"]) == 2)
        assert all(row["run"] in ("x", "y") for row in more["rows"].values())


def test_all_points_of_a_short_run(log: Log, serve: Serve) -> None:
    log(falling(1, 50))
    dashboard = serve("run.jsonl")
    told, (loss, lr) = dashboard.curves(run=only(dashboard), signal=["loss", "lr"])
    assert loss["x"].tolist() == list(range(1, 51))
    assert loss["numbers"][0] == pytest.approx([4 / s for s in range(1, 51)])
    assert (loss["ranges"], loss["points"], loss["span"]) == (False, 50, [1, 50])
    assert lr["numbers"][0] == pytest.approx([0.001] * 50)
    assert told["unknown"] == []


@pytest.mark.parametrize("axis", ["step", "time"])
@pytest.mark.parametrize("log_x", [0, 1])
@pytest.mark.parametrize(("first", "last"), [(None, None), (0.2, 0.7), (0.599, 0.602)])
def test_extremes_of_each_stretch_are_true(
    log: Log, serve: Serve, axis: str, log_x: int, first: float | None, last: float | None
) -> None:
    """Each stretch has the least, the highest and the mean of its points, by a loop over them."""
    rows = noisy(5000)
    log(rows)
    dashboard = serve("run.jsonl")
    start = rows[0]["time"]
    x = np.array([row["step"] if axis == "step" else row["time"] - start for row in rows])
    y = np.array([row["loss"] for row in rows])
    part = {} if first is None else {"first": first * x[-1], "last": last * x[-1]}
    _, (curve,) = dashboard.curves(
        run=only(dashboard), signal="loss", axis=axis, count=100, log=log_x, **part
    )
    low_end, high_end = part.get("first", x[0]), part.get("last", x[-1])
    seen = (x >= low_end) & (x <= high_end)
    assert curve["points"] == 5000
    if seen.sum() <= 200:
        assert not curve["ranges"]
        assert set(x[seen]) <= set(curve["x"].tolist())
        return
    mean, low, high = curve["numbers"]
    assert curve["ranges"]
    assert len(mean) <= 100
    assert (low <= mean).all()
    assert (mean <= high).all()
    assert low.min() == np.float32(y[seen].min())
    assert high.max() == np.float32(y[seen].max())
    # The middles of stretches between neighbours hold the points apart.
    ends = (curve["x"][1:] + curve["x"][:-1]) / 2
    if not log_x:
        for place in range(5, len(ends) - 5):
            inside = y[(x >= ends[place - 1]) & (x < ends[place])]
            assert low[place] == np.float32(inside.min())
            assert high[place] == np.float32(inside.max())
            assert mean[place] == pytest.approx(inside.mean(), rel=1e-4)


def test_what_is_not_finite_is_told_and_drawn_by_nothing(log: Log, serve: Serve) -> None:
    rows = falling(1, 100)
    for row in rows[40:50]:
        row["loss"] = math.nan
    rows[70]["loss"] = math.inf
    log(rows)
    dashboard = serve("run.jsonl")
    _, (curve,) = dashboard.curves(run=only(dashboard), signal="loss")
    assert curve["lost"] == [[41, 50], [71, 71]]
    assert np.isfinite(curve["numbers"]).all()
    assert len(curve["x"]) == 89


def test_a_signal_that_is_nan_alone(log: Log, serve: Serve) -> None:
    log([{"step": s, "loss": math.nan} for s in range(1, 200)])
    dashboard = serve("run.jsonl")
    _, (curve,) = dashboard.curves(run=only(dashboard), signal="loss", count=10)
    assert (curve["n"], curve["lost"], curve["span"]) == (0, [[1, 199]], [1, 199])


def test_alarms_stand_where_they_began_on_any_axis(log: Log, serve: Serve) -> None:
    log([*falling(1, 59), {"step": 60, "time": 1030.0, "loss": math.nan}])
    dashboard = serve("run.jsonl")
    name = only(dashboard)
    for axis, at in (("step", 60), ("time", 29.5)):
        told, _ = dashboard.curves(run=name, signal="loss", axis=axis)
        (mark,) = told["marks"][name]
        assert (mark["id"], mark["x"]) == ("loss-nonfinite", at)
        assert "NaN" in mark["message"]


def test_an_axis_that_a_run_does_not_have(log: Log, serve: Serve) -> None:
    log([{"step": s, "loss": 1 / s} for s in range(1, 30)])
    dashboard = serve("run.jsonl")
    name = only(dashboard)
    told, curves = dashboard.curves(run=name, signal="loss", axis="time")
    assert told["unknown"] == [name]
    assert curves == []


def test_epochs_between_those_logged(log: Log, serve: Serve) -> None:
    log([{"step": s, "epoch": s / 10, "loss": 1 / s} for s in range(1, 101)])
    dashboard = serve("run.jsonl")
    _, (curve,) = dashboard.curves(run=only(dashboard), signal="loss", axis="epoch")
    assert curve["x"] == pytest.approx(np.arange(1, 101) / 10)


WRONG = {
    "axis": {"axis": "sideways"},
    "no_number": {"first": "abc"},
    "nan": {"first": "nan"},
    "infinite": {"last": "inf"},
    "no_count": {"count": 0},
    "too_many": {"count": 1e9},
}


@pytest.mark.parametrize("query", WRONG.values(), ids=WRONG)
def test_questions_that_are_none(log: Log, serve: Serve, query: dict[str, object]) -> None:
    log(falling(1, 50))
    dashboard = serve("run.jsonl")
    asked = {"run": only(dashboard), "signal": "loss", **query}
    assert dashboard.get("curves", **asked).status == 400


def test_an_overlong_question_is_refused_and_the_next_is_answered(log: Log, serve: Serve) -> None:
    log(falling(1, 50))
    dashboard = serve("run.jsonl")
    asked: dict[str, object] = {"run": only(dashboard), "signal": "loss"}
    try:
        answer = dashboard.get("curves", **asked, first="1" * 100_000)
    except (ConnectionResetError, BrokenPipeError):
        pass  # it hung up while the question was still being sent
    else:
        assert answer.status in (400, 414, 431)
    assert dashboard.get("curves", **asked).status == 200


@pytest.mark.parametrize("what", ["layers", "why", "report"])
def test_runs_that_are_not_there(log: Log, serve: Serve, what: str) -> None:
    log(falling(1, 50))
    dashboard = serve("run.jsonl")
    only(dashboard)
    assert dashboard.get(what, run="../../etc/passwd").status == 404
    assert dashboard.get(what).status == 404


def test_signals_in_groups(log: Log, serve: Serve) -> None:
    more = {"eval/loss": 1.0, "throughput": 9.0, "weights/a": 1.0, "eval/weights/a": 2.0}
    log([row | more for row in falling(1, 20)])
    dashboard = serve("run.jsonl")
    found = dashboard.get("signals", run=only(dashboard)).json
    assert found["chief"][0] == ["loss", "eval/loss"]
    assert ["weights/a", "eval/weights/a"] in found["other"]
    assert found["hardware"] == [["throughput"]]


def test_configurations_side_by_side(log: Log, serve: Serve, project: Path) -> None:
    folder_of(
        project, log, "runs/a", {"optimizer": {"lr": 0.1, "name": "adamw"}, "api_key": "hunter2"}
    )
    folder_of(project, log, "runs/b", {"optimizer": {"lr": 0.2, "name": "adamw"}, "warmup": None})
    dashboard = serve("runs/a", "runs/b")
    rows = dashboard.judged()
    answer = dashboard.get("configs", run=[rows["a"]["id"], rows["b"]["id"]])
    told = {entry["key"]: entry for entry in answer.json["entries"]}
    assert told["optimizer.lr"] == {
        "key": "optimizer.lr",
        "values": ["0.1", "0.2"],
        "differs": True,
    }
    assert told["warmup"]["values"] == [None, "null"]
    assert not told["optimizer.name"]["differs"]
    assert b"hunter2" not in answer.body
    assert [entry["differs"] for entry in answer.json["entries"]] == [True, True, True, False]


def test_layers_over_steps(log: Log, serve: Serve, project: Path) -> None:
    folder = folder_of(project, log, "runs/a", {})
    rows = [{"grad_norm": [10.0**i * s for i in range(3)], "dead": [0.25]} for s in range(1, 11)]
    (folder / "layers.bin").write_bytes(layers_file(*rows))
    dashboard = serve("runs/a")
    row = dashboard.judged()["a"]
    assert row["layers"] == ["grad_norm", "dead"]
    name = row["id"]
    body = dashboard.get("layers", run=name, statistic="grad_norm", first=3, last=8).body
    length = int.from_bytes(body[:4], "little")
    told = json.loads(body[4 : 4 + length])
    cells = np.frombuffer(body, "<f4", offset=4 + length).reshape(3, told["columns"])
    assert told["names"] == [f"layer{i}.weight" for i in range(3)]
    assert told["step"] == [3, 4, 5, 6, 7, 8, 8]
    assert cells == pytest.approx(np.log10([[10**i * s for s in range(3, 9)] for i in range(3)]))
    dead = dashboard.get("layers", run=name, statistic="dead").body
    assert np.frombuffer(dead[-40:], "<f4") == pytest.approx([0.25] * 10)
    assert dashboard.get("layers", run=name, statistic="saturated").status == 404


def test_causes_and_the_report(log: Log, serve: Serve) -> None:
    log([*falling(1, 59), {"step": 60, "loss": math.nan}])
    dashboard = serve("run.jsonl")
    name = only(dashboard)
    told = dashboard.get("why", run=name).json
    assert told["verdict"] == "faulty"
    assert "loss-nonfinite" in [seen["symptom"] for seen in told["symptoms"]]
    page = dashboard.get("report", run=name)
    assert page.status == 200
    assert b"loss-nonfinite" in page.body
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_what_launch_saw_of_the_machine(log: Log, serve: Serve, project: Path) -> None:
    folder = folder_of(project, log, "runs/a", {})
    (folder / ".launch").mkdir()
    gpus = [
        {
            "number": 0,
            "busy_percent": 91,
            "used_bytes": 1e9,
            "total_bytes": 2e9,
            "temperature_c": 60,
        }
    ]
    lines = [
        json.dumps({"time": 1000 + s, "cpu_percent": s, "memory_bytes": 5e8, "gpus": gpus})
        for s in (1, 5, 10)
    ]
    (folder / ".launch" / "machine.jsonl").write_text("torn{\n" + "\n".join(lines) + "\n")
    dashboard = serve("runs/a")
    name = dashboard.judged()["a"]["id"]
    assert ["machine/gpu0/busy_percent"] in dashboard.get("signals", run=name).json["hardware"]
    _, (curve,) = dashboard.curves(run=name, signal="machine/cpu_percent")
    assert curve["x"].tolist() == [2, 10, 20]  # two steps a second from 1000 on
    assert curve["numbers"][0].tolist() == [1, 5, 10]


def test_many_runs_are_listed_before_they_are_read(log: Log, serve: Serve, project: Path) -> None:
    for number in range(30):
        folder_of(project, log, f"runs/{number:02}", {})
    dashboard = serve("runs")
    with closing(dashboard.events()) as events:
        first = next(event for event in events if event["order"])
    later = dashboard.judged()
    assert {row["id"] for row in later.values()} == set(first["order"])
    assert [row["run"] for row in later.values()] == [f"{number:02}" for number in range(30)]
