"""The control group that bounds a run's memory: version 1 and 2, nested, in a container, absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.live.launch import machine, memory_group
from neural_trainer.live.launch.memory_group import bounds, num_oom_kills

MB = 1 << 20
NO_LIMIT_OF_V1 = 9223372036854771712


def v1(folder: Path, *, limit: int, used: int, kills: int = 0, cache: int = 0) -> None:
    """Write what a group of version 1 shows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.limit_in_bytes").write_text(f"{limit}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{used}\n")
    (folder / "memory.oom_control").write_text(
        f"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n"
    )
    (folder / "memory.stat").write_text(f"cache 1\ntotal_cache {cache}\ntotal_shmem 0\n")


def v2(folder: Path, *, limit: str, used: int, kills: int = 0, file: int = 0, shm: int = 0) -> None:
    """Write what a group of version 2 shows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.events").write_text(f"low 0\noom 3\noom_kill {kills}\n")
    (folder / "memory.stat").write_text(f"anon 1\nfile {file}\nshmem {shm}\n")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The file in which the kernel says which groups this process is in."""
    return tmp_path / "own"


def test_version_2_counts_each_group_up_to_the_root(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/job/step\n")
    v2(tmp_path / "job" / "step", limit="max", used=90 * MB, kills=2)
    v2(tmp_path / "job", limit=str(100 * MB), used=90 * MB, file=30 * MB, shm=10 * MB, kills=7)
    assert bounds(tmp_path, own) == [(30 * MB, 100 * MB)]
    assert num_oom_kills(tmp_path, own) == 2


def test_version_1_with_its_word_for_no_limit(tmp_path: Path, own: Path) -> None:
    own.write_text("5:devices:/\n4:memory,other:/job\n0::/\n")
    v1(tmp_path / "memory" / "job", limit=64 * MB, used=60 * MB, cache=8 * MB, kills=1)
    v1(tmp_path / "memory", limit=NO_LIMIT_OF_V1, used=900 * MB, kills=40)
    assert bounds(tmp_path, own) == [(12 * MB, 64 * MB)]
    assert num_oom_kills(tmp_path, own) == 1


def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/docker/0f3a\n")  # the path on the host, which is not there
    v2(tmp_path, limit=str(50 * MB), used=20 * MB, kills=3)
    assert bounds(tmp_path, own) == [(30 * MB, 50 * MB)]
    assert num_oom_kills(tmp_path, own) == 3


@pytest.mark.parametrize("text", ["", "0::/\n", "4:memory:/x\n", "rot\n", "::\n"])
def test_no_group_that_can_be_seen(text: str, tmp_path: Path, own: Path) -> None:
    own.write_text(text)
    assert bounds(tmp_path, own) == []
    assert num_oom_kills(tmp_path, own) is None
    assert num_oom_kills(tmp_path, tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], (6 * MB, 100 * MB)),
        ([(30 * MB, 40 * MB)], (6 * MB, 100 * MB)),
        ([(1 * MB, 40 * MB), (2 * MB, 400 * MB)], (2 * MB, 400 * MB)),
    ],
    ids=["no-group", "the-machine-is-fuller", "a-group-is-fuller"],
)
def test_memory_is_where_the_least_is_left(
    groups: list[tuple[int, int]], expected: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_of_system", lambda: (6 * MB, 100 * MB))
    monkeypatch.setattr(memory_group, "bounds", lambda: list(groups))
    assert machine.memory() == expected
