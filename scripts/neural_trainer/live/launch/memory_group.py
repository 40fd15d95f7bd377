"""The control group that bounds the memory of this process: its limit, its use, its kills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
UNLIMITED = 1 << 60  # bytes; version 1 says "no limit" by a number beyond any memory


class Version(NamedTuple):
    """How a version of control groups names its files, and in memory.stat what can be given up."""

    limit: str
    used: str
    kills: str
    cache: str
    shared: str


V1 = Version(
    "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control",
    "total_cache", "total_shmem",
)  # fmt: skip
V2 = Version("memory.max", "memory.current", "memory.events", "file", "shmem")


def bounds(root: Path = CGROUPS, own: Path = OWN) -> list[tuple[int, int]]:
    """Return the bytes that can still be taken and the limit, of each group that has a limit.

    The cache of files counts as used in a group, and is given up when memory is wanted.
    """
    version, groups = _groups(root, own)
    found = []
    for group in groups:
        limit, used = _number(group / version.limit), _number(group / version.used)
        if limit and used is not None and limit < UNLIMITED:
            stat = _table(group / "memory.stat")
            spare = stat.get(version.cache, 0) - stat.get(version.shared, 0)
            found.append((limit - used + max(0, spare), limit))
    return found


def num_oom_kills(root: Path = CGROUPS, own: Path = OWN) -> int | None:
    """Return how often the kernel has killed in this group for want of memory; None: unknown."""
    version, groups = _groups(root, own)
    return _table(groups[0] / version.kills).get("oom_kill") if groups else None


def _groups(root: Path, own: Path) -> tuple[Version, Sequence[Path]]:
    """Return the group of this process and those above it, as far as they can be seen."""
    for line in _text(own).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if "memory" in controllers.split(","):
            return V1, _seen(root / "memory", path, V1)
    for line in _text(own).splitlines():
        if line.startswith("0::"):
            return V2, _seen(root, line[3:], V2)
    return V2, ()


def _seen(root: Path, path: str, version: Version) -> list[Path]:
    """Return the folders from `path` up to `root`; in a container the own one may be `root`."""
    group = root / path.strip("/")
    above = [group, *(folder for folder in group.parents if folder.is_relative_to(root))]
    return [folder for folder in above if (folder / version.kills).exists()]


def _table(path: Path) -> Mapping[str, int]:
    rows = (line.partition(" ") for line in _text(path).splitlines())
    return {name: int(value) for name, _, value in rows if value.isdigit()}


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
