"""The plugin that the tests of bin/ start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from installed import REPOSITORY, Plugin

TOOLS = ("cat", "date", "ln", "mkdir", "mv", "readlink", "rm", "rmdir", "sh", "sleep", "uname")

# What the launcher runs instead of the real cli: it says what it was given.
STUB = """
import json, os, sys

def main():
    print(json.dumps({
        "executable": sys.executable, "argv": sys.argv, "path": sys.path, "cwd": os.getcwd(),
        "pythonpath": os.environ.get("PYTHONPATH"), "stdin": sys.stdin.read(),
    }))
    return int(os.environ.get("STUB_EXIT", "0"))
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    """Return a plugin in a folder with a space in its name, with nothing but TOOLS on PATH."""
    root = tmp_path / "plug in"
    package = root / "scripts" / "neural_trainer"
    package.mkdir(parents=True)
    (root / "bin").mkdir()
    shutil.copy(REPOSITORY / "bin" / "neural-trainer", root / "bin")
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    shutil.copy(REPOSITORY / "scripts" / "neural_trainer" / "__init__.py", package)
    (package / "cli.py").write_text(STUB)
    home, programs, project = (tmp_path / name for name in ("home", "programs", "project"))
    for folder in (home, programs, project):
        folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"this machine has no {tool}"
        os.symlink(found, programs / tool)
    return Plugin(root, home, programs, project)
