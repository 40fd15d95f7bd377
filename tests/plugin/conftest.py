"""The real client, its terminal and the plugin, for the tests that put them together."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from real_client import ROOT, Client

PINNED = (Path(__file__).parent / "client-version.txt").read_text(encoding="utf-8").strip()


def _require(tool: str | Path | None, name: str, remedy: str) -> Path:
    """The tool, or a skip that says what to do; a failure where CI asked for all tests."""
    if tool is not None and Path(tool).exists():
        return Path(tool)
    reason = f"{name} not found: {remedy}"
    if os.environ.get("NEURAL_TRAINER_REQUIRE_CLIENT") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def client() -> Path:
    """The path of the client, $NEURAL_TRAINER_CLIENT or what `make client` installs."""
    installed = ROOT / ".client" / "node_modules" / ".bin" / "claude"
    given = os.environ.get("NEURAL_TRAINER_CLIENT", str(installed))
    path = _require(given, "the Claude Code client", "make client, or set NEURAL_TRAINER_CLIENT")
    found = subprocess.run(
        [path, "--version"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    ).stdout.split()[0]
    assert found == PINNED, f"{path} is {found}; these tests hold for {PINNED}: make client"
    return path


@pytest.fixture(scope="session")
def tmux() -> Path:
    """The path of tmux."""
    return _require(shutil.which("tmux"), "tmux", "install it with your package manager")


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the plugin without what is not part of it: results, caches, git, these tests."""
    copy = tmp_path_factory.mktemp("plugin") / "neural-trainer"

    def left_out(folder: str, names: list[str]) -> list[str]:
        if Path(folder) != ROOT:
            return ["__pycache__"]
        hidden = [name for name in names if name.startswith(".") and name != ".claude-plugin"]
        return [*hidden, "tests", "runs", "demo", "build", "dist"]

    shutil.copytree(ROOT, copy, symlinks=True, ignore=left_out)
    return copy


@pytest.fixture(scope="module")
def home(client: Path, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The client in a home where nothing has happened yet."""
    made = Client(client, tmp_path_factory.mktemp("home"))
    made.python.symlink_to(sys.executable)
    return made
