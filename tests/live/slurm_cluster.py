"""A SLURM cluster of one node, this machine: daemons of its own, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

PROGRAMS = ("munged", "munge", "slurmctld", "slurmd", "srun", "sinfo")
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # Debian has daemons there
READY_S = 20.0

# Tasks are told apart by their parents: no control groups. The node has more places than this
# machine has processors: what waits for a place would not be what is tested. A job that is queued
# again waits until its old credentials have expired.
CONFIG = """\
ClusterName=tested
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={home}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 Gres=gpu:2 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """The cluster while it runs. inside: words that run a command as one of its users."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(config)}
        self.inside = ("env", f"SLURM_CONF={config}")

    def asked(self, *words: str) -> str:
        """Return what a program of SLURM says, on either stream."""
        done = subprocess.run(
            words, env=self.environment, timeout=READY_S, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def jobs(self) -> list[str]:
        """Return the jobs that have not ended."""
        return self.asked("squeue", "--noheader", "--format=%i", "--states=PD,R,S").split()

    def until(self, what: str, *words: str) -> None:
        """Wait until `what` is the last line that a program of SLURM says."""
        until = time.monotonic() + READY_S
        while (said := self.asked(*words).rpartition("\n")[2]) != what:
            assert time.monotonic() < until, f"{words} said {said!r}, not {what!r}"


def program(name: str) -> str:
    """Return a program of SLURM or munge; skip where there is none."""
    found = shutil.which(name, path=PATH)
    if found is None:
        lacks(f"there is no {name}: apt-get install --no-install-recommends slurm-wlm munge")
    return found


def lacks(why: str) -> NoReturn:
    """Skip what needs a cluster, unless there has to be one."""
    if os.environ.get("NEURAL_TRAINER_REQUIRE_SLURM") == "1":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def cluster(home: Path) -> Iterator[Cluster]:
    """Start a cluster that keeps its files in `home`; end it with all that runs on it."""
    programs = {name: program(name) for name in PROGRAMS}
    for name in ("state", "spool"):
        (home / name).mkdir()
    key = home / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o600)
    config = home / "slurm.conf"
    user = pwd.getpwuid(os.geteuid()).pw_name
    host = socket.gethostname().partition(".")[0]
    told = CONFIG.format(home=home, host=host, user=user, ports=_free_ports(2))
    config.write_text(told)
    (home / "gres.conf").write_text("Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n")
    files = [f"--{name}-file={home}/munge.{name}" for name in ("key", "pid", "log", "seed")]
    found = Cluster(config)
    daemons = []
    try:
        munged = (programs["munged"], "--foreground", "--force", f"--socket={home}/munge.socket")
        daemons.append(_started((*munged, *files), home, found.environment))
        found.until("0", "sh", "-c", f"munge -n -S {home}/munge.socket > {home}/munged; echo $?")
        for name in ("slurmctld", "slurmd"):
            daemons.append(_started((programs[name], "-D", "-c"), home, found.environment))
        try:
            found.until("idle", "sinfo", "--noheader", "--format=%T")
        except AssertionError as error:
            lacks(f"SLURM does not start here: {error}; see {home}/slurmd.log")
        yield found
    finally:
        found.asked("scancel", f"--user={user}", "--signal=KILL")
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            try:
                daemon.wait(timeout=READY_S)
            except subprocess.TimeoutExpired:  # on a busy machine: none outlives the tests
                daemon.kill()
                daemon.wait()


def _started(
    words: Sequence[str], home: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    with (home / f"{Path(words[0]).name}.log").open("wb") as log:
        return subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
