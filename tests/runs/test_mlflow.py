"""MLflow: folders of metric files, its database, and a tracking server."""

from __future__ import annotations

import importlib.util
import json
import math
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs import mlflow_server
from neural_trainer.runs.read import read, read_all

DATABASE = Path(__file__).parent / "fixtures" / "mlflow.db"  # by mlflow 3.17: make_trackers.py
START = 1_700_000_000_000  # milliseconds


def lines(values: list[float], steps: list[int] | None = None, more: str = "") -> str:
    steps = list(range(len(values))) if steps is None else steps
    rows = zip(values, steps, strict=True)
    return "".join(f"{START + 1000 * i} {x!r} {s}{more}\n" for i, (x, s) in enumerate(rows))


def run_folder(folder: Path, name: str = "first", stage: str = "active") -> Path:
    """Write a run as MLflow's file store does."""
    files = {
        "meta.yaml": f"lifecycle_stage: {stage}\nrun_id: {folder.name}\nrun_name: '{name}'\n",
        "params/lr": "0.1",
        "params/model/depth": "3",
        "tags/mlflow.note.content": "1700000000000 1.0 1 is no metric",
        "metrics/train/loss": lines([1.0, 0.5, 0.25]),
        "metrics/val loss": lines([1.5, 1.25], [1, 2], more=" digits 0a1b"),
        "artifacts/model/weights.bin": "\0",
    }
    for place, content in files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_run_folder(tmp_path: Path) -> None:
    run = read(run_folder(tmp_path / "mlruns" / "0" / "0a1b"))
    assert (run.name, run.format) == ("first", "mlflow-metrics")
    assert run.config == {"lr": "0.1", "model/depth": "3"}
    assert run.signals["loss"].value.tolist() == [1.0, 0.5, 0.25]
    assert run.signals["eval/loss"].step.tolist() == [1, 2]
    assert run.logged_as["loss"] == "train/loss"
    assert run.signals["loss"].time is not None
    assert run.signals["loss"].time.tolist() == [1.7e9, 1.7e9 + 1, 1.7e9 + 2]


def test_folder_of_runs(tmp_path: Path) -> None:
    for number, name in enumerate(("slow", "fast", "fast")):
        run_folder(tmp_path / "mlruns" / "1" / f"{number}a", name)
    run_folder(tmp_path / "mlruns" / "1" / "9a", "gone", stage="deleted")
    runs = read_all(tmp_path)
    assert [run.name for run in runs] == ["slow", "fast (1a)", "fast (2a)"]
    assert any("deleted" in note for note in runs[0].notes)


def test_one_metric(tmp_path: Path) -> None:
    run = read(run_folder(tmp_path / "0a1b") / "metrics" / "train" / "loss")
    assert (run.name, run.config["lr"], set(run.signals)) == ("first", "0.1", {"loss"})


def test_metric_files_without_their_run(tmp_path: Path) -> None:
    (tmp_path / "exploration rate").write_text(lines([0.9, 0.1]))
    (tmp_path / "ep_rew_mean").write_text(lines([-3.0, -2.0, -1.0]))
    run = read(tmp_path)
    assert set(run.signals) == {"exploration rate", "reward"}
    assert len(run.signals["reward"]) == 3


def test_steps_that_were_not_given(tmp_path: Path) -> None:
    path = tmp_path / "loss"
    path.write_text(lines([3.0, 2.0, 1.0], [0, 0, 0]))
    assert read(path).signals["loss"].step.tolist() == [0, 1, 2]
    path.write_text(f"{START} 3.0\n{START + 1} 2.0\n")
    assert read(path).signals["loss"].step.tolist() == [0, 1]


def test_numbers_and_damage(tmp_path: Path) -> None:
    path = tmp_path / "loss"
    path.write_text(lines([1.0, math.nan, -math.inf, 1e-300, 0.5]) + "17000000")
    run = read(path)
    np.testing.assert_equal(run.signals["loss"].value, [1.0, np.nan, -np.inf, 1e-300, 0.5])
    assert "lines that do not fit, left out: 1 (6" in run.notes[0]


def test_link_to_the_run_itself(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "0a1b")
    (folder / "metrics" / "again").symlink_to(folder / "metrics")
    (folder / "params" / "again").symlink_to(folder)
    assert {"loss", "eval/loss"} <= read(folder).signals.keys()


def test_database() -> None:
    slow, fast = read_all(DATABASE)
    assert (slow.name, fast.name, fast.format) == ("slow", "fast", "mlflow-database")
    assert fast.config == {"lr": "0.1", "optimizer": "adam"}
    np.testing.assert_allclose(fast.signals["loss"].value, [0.1 / (i + 1) for i in range(12)])
    np.testing.assert_equal(fast.signals["odd"].value, [np.nan, np.inf])
    assert fast.signals["loss"].step.tolist() == list(range(12))


def test_database_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "tracking").mkdir()
    (tmp_path / "tracking" / "mlflow.db").write_bytes(DATABASE.read_bytes())
    assert [run.name for run in read_all(tmp_path)] == [
        "tracking/mlflow/slow",
        "tracking/mlflow/fast",
    ]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_reading_leaves_the_database_alone(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(DATABASE.read_bytes())
    with closing(sqlite3.connect(path)) as opened:
        opened.execute(f"PRAGMA journal_mode = {journal}")
    before = path.read_bytes()
    path.chmod(0o444)
    assert len(read_all(path)) == 2
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["mlflow.db"]


def test_database_that_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(DATABASE.read_bytes())
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA journal_mode = wal")
        opened.execute("UPDATE runs SET name = 'renamed' WHERE name = 'slow'")
        opened.commit()
        assert [run.name for run in read_all(path)] == ["renamed", "fast"]


@contextmanager
def database(folder: Path, *statements: str) -> Iterator[Path]:
    path = folder / "mlflow.db"
    with closing(sqlite3.connect(path)) as opened:
        for statement in statements:
            opened.execute(statement)
        opened.commit()
    yield path


METRICS = "CREATE TABLE metrics (run_uuid, key, value, timestamp, step)"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
BROKEN = {
    "other-database": (["CREATE TABLE trials (number)"], "without MLflow's tables"),
    "no-run": (["CREATE TABLE runs (run_uuid, name)", METRICS], "without a metric"),
    "view": (["CREATE TABLE runs (run_uuid, name)", f"CREATE VIEW metrics AS {ENDLESS}"], "MLf"),
    "no-names": (["CREATE TABLE runs (x)", METRICS], "without MLflow's tables"),
    "name-of-lines": (['CREATE TABLE "a\nb" (x)'], r'holds "a b"'),
    "texts": (
        [
            "CREATE TABLE runs (run_uuid, name)", METRICS, "INSERT INTO runs VALUES ('a', 'b')",
            "INSERT INTO metrics VALUES ('a', 'loss', 'x', 'y', x'00ff')",
        ],
        "without a metric",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "why"), BROKEN.values(), ids=BROKEN)
def test_databases_refused(tmp_path: Path, statements: list[str], why: str) -> None:
    with database(tmp_path, *statements) as path, pytest.raises(ReadError, match=why):
        read(path)


def test_name_that_lies_about_its_content(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20)
    with pytest.raises(ReadError, match="cannot be read"):
        read(path)


def test_query_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_trainer.runs.readers.mlflow_sqlite._LONGEST_S", -1.0)
    statements = [
        "CREATE TABLE runs (run_uuid, name)", METRICS, "INSERT INTO runs VALUES ('a', 'b')",
        f"INSERT INTO metrics SELECT 'a', 'loss', 1, i, i FROM ({ENDLESS} LIMIT 100000)",
    ]  # fmt: skip
    with database(tmp_path, *statements) as path, pytest.raises(ReadError, match="interrupted"):
        read(path)


class _Fake(BaseHTTPRequestHandler):
    """A tracking server of two pages: what MLflow answers, spelled out."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        ask = {key: values[0] for key, values in parse_qs(url.query).items()}
        self._answer(url.path, ask)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(self.path, json.loads(body))

    def _answer(self, path: str, ask: dict[str, Any]) -> None:
        what = path.removeprefix("/tracker/api/2.0/mlflow/")
        second = ask.get("page_token") == "more"
        more = {} if second else {"next_page_token": "more"}
        found: dict[str, Any]
        if what == "experiments/search":
            found = {"experiments": [{"experiment_id": "7"}]}
        elif what == "runs/search":
            assert ask["experiment_ids"] == ["7"]
            found = {"runs": [_run("b" if second else "a")], **more}
        elif what == "runs/get":
            found = {"run": _run(ask["run_id"])}
        elif what == "metrics/get-history":
            rows = range(3, 6) if second else range(3)
            points = [
                {"step": i, "value": "NaN" if i == 4 else 1 / (i + 1), "timestamp": i} for i in rows
            ]
            found = {"metrics": points, **more}
        elif what.startswith("broken"):
            found = {}
        else:
            self.send_error(404)
            return
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _run(run: str) -> dict[str, Any]:
    metrics = [{"key": "train/loss"}, {"key": "system/cpu"}]
    data = {"metrics": metrics, "params": [{"key": "lr", "value": "0.1"}]}
    return {"info": {"run_id": run, "run_name": f"run {run}", "experiment_id": "7"}, "data": data}


@pytest.fixture
def fake() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Fake) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/tracker"
        server.shutdown()
        thread.join()


def test_server_of_pages(fake: str) -> None:
    runs = read_all(fake)
    assert [run.name for run in runs] == ["run a", "run b"]
    loss = runs[0].signals["loss"]
    np.testing.assert_equal(loss.value, [1, 1 / 2, 1 / 3, 1 / 4, np.nan, 1 / 6])
    assert runs[0].config == {"lr": "0.1"}
    assert runs[0].source == f"{fake}/#/experiments/7/runs/a"
    assert any("system/" in note for note in runs[0].notes)


@pytest.mark.parametrize("prefix", ["", "mlflow:"])
def test_one_run_of_a_server(fake: str, prefix: str) -> None:
    assert read(f"{prefix}{fake}/#/experiments/7/runs/0a").name == "run 0a"


def test_password_is_not_shown(fake: str) -> None:
    secret = fake.replace("http://", "http://me:secret@")
    assert "secret" not in read_all(secret)[0].source
    with pytest.raises(ReadError) as caught:
        read_all(secret.replace("/tracker", "/nowhere"))
    assert "secret" not in str(caught.value)


def test_no_server() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}", "http://:80", "http://[::1", "http://a:b"):
        with pytest.raises(ReadError) as caught:
            read_all(address)
        assert "\n" not in str(caught.value)


def test_answers_are_bounded(fake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_server, "_LARGEST", 10)
    with pytest.raises(ReadError, match="is it MLflow"):
        read_all(fake)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("mlflow") is None,
    reason="needs mlflow, which is not in the locked set",
)
def test_real_server(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write = f"""
import mlflow
mlflow.set_tracking_uri("http://127.0.0.1:{port}")
mlflow.set_experiment("digits")
with mlflow.start_run(run_name="first"):
    mlflow.log_param("lr", 0.1)
    for step in range(5):
        mlflow.log_metrics({{"train/loss": 1 / (step + 1), "val loss": float("nan")}}, step=step)
"""
    server = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    server += ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--workers", "1"]
    server += ["--default-artifact-root", str(tmp_path / "artifacts")]
    process = subprocess.Popen(
        server, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", port), 1):
                    break
            except OSError:
                time.sleep(0.2)
        subprocess.run([sys.executable, "-c", write], check=True, cwd=tmp_path, timeout=120)
        run = read(address)
        assert run.signals["loss"].value.tolist() == [1 / (step + 1) for step in range(5)]
        assert np.isnan(run.signals["eval/loss"].value).all()
        assert run.config == {"lr": "0.1"}
        assert read(tmp_path / "mlflow.db").signals["loss"].value.tolist()[-1] == 0.2
    finally:
        process.terminate()
        process.wait(30)
