"""Sweeps whose trials are kept by a server: PostgreSQL, and Optuna's gRPC proxy."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_sweep import asked, kept_all, kill_amid, lay_down, report

from neural_trainer.study.sweep import places, states
from neural_trainer.study.sweep.settings import built
from neural_trainer.study.sweep.storage import opened
from neural_trainer.study.sweep.worker import work

optuna = pytest.importorskip("optuna")
BINARIES = [shutil.which(name) for name in ("initdb", "postgres")]
PROXY = """
import sys, optuna
from optuna.storages import run_grpc_proxy_server
storage = optuna.storages.RDBStorage(sys.argv[1])
run_grpc_proxy_server(storage, host="localhost", port=int(sys.argv[2]))
"""


@pytest.fixture
def server() -> Iterator[str]:
    """Start a PostgreSQL server of its own on a socket; give the URL of its database."""
    if None in BINARIES:
        pytest.skip("there is no PostgreSQL here: initdb and postgres are not on PATH")
    pytest.importorskip("psycopg2")
    home = Path(tempfile.mkdtemp(prefix="nt-sql-", dir="/tmp"))  # a socket's path is short
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(home, user)
    initdb, postgres = map(str, BINARIES)
    subprocess.run(
        [initdb, "-D", home / "data", "-U", "sweep", "--auth=trust", "--no-sync"],
        check=True, capture_output=True, user=user, cwd=home,
    )  # fmt: skip
    process = subprocess.Popen(
        [postgres, "-D", home / "data", "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"],
        stderr=subprocess.PIPE, text=True, user=user, cwd=home,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "ready to accept connections" in line:
                break
        else:
            pytest.fail("the server ended before it was ready")
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield f"postgresql+psycopg2://sweep@/postgres?host={home}"
    finally:
        process.send_signal(signal.SIGINT)  # ends connections too; SIGTERM waits for them
        process.wait()
        drain.join()
        process.stderr.close()
        shutil.rmtree(home)


@pytest.mark.slow  # 40 launches, each of which imports what judges it
def test_forty_trials_two_workers_killed_on_postgresql(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_down(tmp_path, trials=40, storage=server, pruner="none")
    kill_amid(tmp_path, "toy.yaml", "--yes", "--workers", "2", after=7)
    kept_all(40, report(tmp_path, "toy.yaml", "--yes", "--workers", "2"), tmp_path)


def test_postgresql_gives_each_place_to_one_worker(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sweep = built(asked(trials=3, storage=server), "toy.yaml", "toy")
    first, second = (places.create(sweep, opened(sweep)) for _ in range(2))
    taken = [places.take(study, sweep) for study in (first, second, first, second)]
    assert [one is not None for one in taken] == [True, True, True, False]
    assert len({one[0].number for one in taken if one is not None}) == 3
    assert len(second.get_trials()) == 3


@pytest.mark.slow  # a proxy to start, and two launches
def test_a_sweep_through_the_grpc_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("grpc")
    monkeypatch.chdir(tmp_path)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    proxy = subprocess.Popen(
        [sys.executable, "-c", PROXY, f"sqlite:///{tmp_path / 'a.db'}", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        lay_down(tmp_path, trials=2)
        sweep = built(asked(trials=2, storage=f"grpc://localhost:{port}"), "toy.yaml", "toy")
        study = places.create(sweep, opened(sweep))
        assert work(sweep, 0, lambda line: None, threading.Event(), "here") == "done"
        assert [states.state_of(trial) for trial in study.get_trials()] == ["complete"] * 2
    finally:
        proxy.kill()
        proxy.wait()
