"""Real bounds for a launch: a memory control group, and a small file system that nobody else sees.

Each needs a right that not every machine gives; a test that cannot have it is skipped with the
reason, and its row in docs/reliability.md says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from neural_trainer.live.launch.memory_group import CGROUPS, OWN


class SmallDisk(NamedTuple):
    """A mount namespace: the words that run a command in it, and its files as seen from here."""

    inside: tuple[str, ...]
    root: Path

    def seen(self, path: Path) -> Path:
        """Return an absolute path of the namespace as it is reached from outside."""
        return self.root / path.relative_to("/")


@contextmanager
def memory_group(num_bytes: int) -> Iterator[tuple[str, ...]]:
    """Yield the words that run a command in a group which may hold so many bytes, below our own."""
    group, limits = _new_group()
    try:
        try:
            for name in limits:
                (group / name).write_text(str(num_bytes))
        except OSError as error:
            pytest.skip(f"no limit can be set on a memory control group here: {error.strerror}")
        yield ("sh", "-c", f'echo $$ > "{group}/cgroup.procs" && exec "$@"', "sh")
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), 9)
        _remove(group)


def _new_group() -> tuple[Path, Sequence[str]]:
    """Make a group below the one of this process; return it, and the files of its limits."""
    lines = [line.split(":", 2) for line in OWN.read_text().splitlines()]
    v1 = [path for _, controllers, path in lines if "memory" in controllers.split(",")]
    v2 = [path for number, _, path in lines if number == "0"]
    parent = CGROUPS / "memory" / v1[0][1:] if v1 else CGROUPS / (v2 or ["/"])[0][1:]
    group = parent / f"neural-trainer-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no memory control group can be made here: {error.strerror}")
    limits = ["memory.limit_in_bytes"] if v1 else ["memory.max", "memory.swap.max"]
    if not (group / limits[0]).exists():
        group.rmdir()
        pytest.skip(f"{parent} does not hand the control of memory down")
    return group, [name for name in limits if (group / name).exists()]


def _remove(group: Path) -> None:
    """Remove a group once the kernel has buried what was in it."""
    for _ in range(1000):
        try:
            group.rmdir()
        except OSError:
            os.sched_yield()
        else:
            return
    group.rmdir()


@contextmanager
def small_disk(folder: Path, num_bytes: int) -> Iterator[SmallDisk]:
    """Mount a file system of so many bytes at `folder`, in a mount namespace of its own."""
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("no small file system without unshare and nsenter (util-linux)")
    folder.mkdir(parents=True, exist_ok=True)
    mount = f'mount -t tmpfs -o size={num_bytes} none "{folder}" && echo ready && read end'
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    with subprocess.Popen(
        ["unshare", "--mount", *rights, "sh", "-c", mount],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stderr is not None
        if holder.stdout.readline() != "ready\n":
            pytest.skip(f"no small file system can be mounted here: {holder.stderr.read().strip()}")
        enter = ["nsenter", f"--target={holder.pid}", "--mount"]
        enter += ["--user", "--preserve-credentials"] if rights else []
        words = (*enter, "sh", "-c", 'cd "$0" && exec "$@"', str(folder.parent))
        yield SmallDisk(words, Path(f"/proc/{holder.pid}/root"))
