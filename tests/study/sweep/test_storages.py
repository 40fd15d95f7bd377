"""Sweeps on every storage, killed and said again: files, PostgreSQL, Optuna's gRPC proxy."""

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
import yaml
from toy_sweep import asked, kept_all, kill_amid, lay_down, report

from neural_trainer.study.demo import FAULTY_CONFIG
from neural_trainer.study.sweep import places, states
from neural_trainer.study.sweep.settings import built
from neural_trainer.study.sweep.storage import opened
from neural_trainer.study.sweep.worker import work

optuna = pytest.importorskip("optuna")
STORAGES = ("journal", "sqlite", "postgresql")
PROXY = """
import sys, optuna
from optuna.storages import run_grpc_proxy_server
storage = optuna.storages.RDBStorage(sys.argv[1])
run_grpc_proxy_server(storage, host="localhost", port=int(sys.argv[2]))
"""


def binary(name: str) -> str:
    """Return a program of PostgreSQL, which Debian keeps off PATH; skip where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        missing = f"there is no {name} of PostgreSQL: apt-get install postgresql"
        if os.environ.get("NEURAL_TRAINER_REQUIRE_POSTGRESQL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture
def server() -> Iterator[str]:
    """Start a PostgreSQL server of its own on a socket; give the URL of its database."""
    initdb, postgres = binary("initdb"), binary("postgres")
    home = Path(tempfile.mkdtemp(prefix="nt-sql-", dir="/tmp"))  # a socket's path is short
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(home, user)
    subprocess.run(
        [initdb, "-D", home / "data", "-U", "sweep", "--auth=trust", "--no-sync"],
        check=True, capture_output=True, user=user, cwd=home,
    )  # fmt: skip
    process = subprocess.Popen(
        [postgres, "-D", home / "data", "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"],
        stderr=subprocess.PIPE, text=True, user=user, cwd=home,
    )  # fmt: skip
    assert process.stderr is not None
    drain = threading.Thread(target=process.stderr.read, daemon=True)
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if "ready to accept connections" in line:
                break
        else:
            pytest.fail(f"the server ended before it was ready: {said}")
        drain.start()
        yield f"postgresql+psycopg2://sweep@/postgres?host={home}"
    finally:
        process.send_signal(signal.SIGINT)  # ends connections too; SIGTERM waits for them
        process.wait()
        if drain.is_alive():
            drain.join()
        process.stderr.close()
        shutil.rmtree(home)


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest) -> str:
    """Give the key `storage` of a sweep."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("server"))
    return str(request.param)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_killed_amid_six_trials(storage: str, project: Path) -> None:
    lay_down(project, trials=6, storage=storage, pruner="none")
    kill_amid(project, "toy.yaml", "--yes", "--workers", "2", after=1)
    kept_all(6, report(project, "toy.yaml", "--yes", "--workers", "2"))


@pytest.mark.slow  # 40 trainings: four minutes for each storage
def test_killed_amid_forty_trials_of_the_demo_model(storage: str, project: Path) -> None:
    config = yaml.safe_load(FAULTY_CONFIG)
    del config["run"]
    config["training"] |= {"steps": 30, "eval_every": 10}
    (project / "demo.yaml").write_text(yaml.safe_dump(config))
    space = {"optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True}}
    tree = asked(train="demo.yaml", space=space, trials=40, storage=storage, pruner="none")
    del tree["command"], tree["log_from"]
    (project / "sweep.yaml").write_text(yaml.safe_dump(tree))
    kill_amid(project, "sweep.yaml", "--yes", "--workers", "2", after=7)
    kept_all(40, report(project, "sweep.yaml", "--yes", "--workers", "2"))


def test_postgresql_gives_each_place_to_one_worker(server: str) -> None:
    sweep = built(asked(trials=3, storage=server), "toy.yaml", "toy")
    first, second = (places.create(sweep, opened(sweep)) for _ in range(2))
    taken = [places.take(study, sweep) for study in (first, second, first, second)]
    assert [one is not None for one in taken] == [True, True, True, False]
    assert len({one[0].number for one in taken if one is not None}) == 3
    assert len(second.get_trials()) == 3


@pytest.mark.slow  # a proxy to start, and two launches
def test_a_sweep_through_the_grpc_proxy(project: Path) -> None:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    proxy = subprocess.Popen(
        [sys.executable, "-c", PROXY, f"sqlite:///{project / 'a.db'}", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        lay_down(project, trials=2)
        sweep = built(asked(trials=2, storage=f"grpc://localhost:{port}"), "toy.yaml", "toy")
        study = places.create(sweep, opened(sweep))
        assert work(sweep, 0, lambda line: None, threading.Event(), "here") == "done"
        assert [states.state_of(trial) for trial in study.get_trials()] == ["complete"] * 2
    finally:
        proxy.kill()
        proxy.wait()
