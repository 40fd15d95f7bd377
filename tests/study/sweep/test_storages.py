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
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from toy_sweep import SCRIPT, asked, kept_all, kill_amid, lay_down, report

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


class Server:
    """A PostgreSQL server of its own on a socket in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.url = f"postgresql+psycopg2://sweep@/postgres?host={home}"
        self._home = home
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(home, self._user)
        self._postgres = binary("postgres")
        subprocess.run(
            [binary("initdb"), "-D", home / "data", "-U", "sweep", "--auth=trust", "--no-sync"],
            check=True, capture_output=True, user=self._user, cwd=home,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Return once it takes connections."""
        off = ("-c", "listen_addresses=", "-c", "fsync=off")
        log = self._home / "log"
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [self._postgres, "-D", self._home / "data", "-k", self._home, *off],
                stderr=file, user=self._user, cwd=self._home,
            )  # fmt: skip
        wait_for(lambda: "ready to accept connections" in log.read_text(), log.read_text)

    def stop(self) -> None:
        """End it with all its connections, as SIGTERM would not."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()


def wait_for(so: Callable[[], bool], told: Callable[[], object]) -> None:
    """Return once it is so; fail with what is told where it is not within a minute."""
    until = time.monotonic() + 60
    while not so():
        assert time.monotonic() < until, told()
        time.sleep(0.02)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own."""
    home = Path(tempfile.mkdtemp(prefix="nt-sql-", dir="/tmp"))  # a socket's path is short
    try:
        running = Server(home)
        yield running
        running.stop()
    finally:
        shutil.rmtree(home)


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest) -> str:
    """Give the key `storage` of a sweep."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("server").url)
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


@pytest.mark.slow  # 40 trainings on each storage: minutes, 13 on a busy machine
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


@pytest.mark.slow  # a server that goes and comes back, and four launches
def test_a_server_that_vanishes_costs_no_trial(server: Server, project: Path) -> None:
    lay_down(project, trials=4, storage=server.url, pruner="none")
    sweep = subprocess.Popen(
        [sys.executable, SCRIPT, "toy.yaml", "--yes", "--workers", "2"],
        text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert sweep.stderr is not None
    lines = []
    for line in sweep.stderr:
        lines.append(line)
        if line.startswith("trial"):
            break
    server.stop()
    wait_for(lambda: len(list(project.glob("sweeps/toy/*/summary.json"))) > 1, lambda: lines)
    server.start()
    lines += sweep.stderr.readlines()
    sweep.stderr.close()
    sweep.wait()  # well, or not where both workers were about to take a trial: each says so
    said = [line for line in lines if not line.startswith(("worker", "trial"))]
    assert all("once it is there, say the same sweep again" in line for line in said), said
    kept_all(4, report(project, "toy.yaml", "--yes"))


def test_postgresql_gives_each_place_to_one_worker(server: Server) -> None:
    sweep = built(asked(trials=3, storage=server.url), "toy.yaml", "toy")
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
