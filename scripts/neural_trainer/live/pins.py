"""Which versions a project's lock files pin."""

from __future__ import annotations

import re
from pathlib import Path

from neural_trainer.live.environment import normal_name


def lock_files(project: Path) -> list[Path]:
    """Return the files of a project that may pin what it is installed with."""
    names = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
    patterns = ("requirements*.txt", "requirements*.lock")
    found = [project / name for name in names if (project / name).is_file()]
    for pattern in patterns:
        found += sorted(path for path in project.glob(pattern) if path.is_file())[:10]
    return found


def pinned(lock: Path) -> dict[str, set[str]]:
    """Return the versions that a lock file pins; none where it leaves one open.

    There are several of a package where it is pinned by Python or by system.
    """
    try:
        with lock.open(encoding="utf-8", errors="replace") as file:
            text = file.read(5_000_000)
    except OSError:
        return {}
    if lock.name.startswith("requirements"):
        return _pinned_lines(text)
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r'^name = "(.+)"\nversion = "(.+)"$', text, re.MULTILINE):
        pins.setdefault(normal_name(name), set()).add(version)
    return pins


def _pinned_lines(text: str) -> dict[str, set[str]]:
    """Return the pins of a requirements file in which every line is one."""
    pins: dict[str, set[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        asked = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not asked or asked.startswith("-"):
            continue
        match = re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*===?\s*([\w.+!-]+)\s*(?:$|[;\s])", asked)
        if match is None:
            return {}
        pins.setdefault(normal_name(match[1]), set()).add(match[2])
    return pins
