"""The wheel gives the same command as the plugin, and pyproject.toml says what is imported."""

from __future__ import annotations

import ast
import email
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import neural_trainer

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scripts" / "neural_trainer"
TEMPLATES = ROOT / "templates"  # what scaffold writes from

# Where a package is imported by another name than it is installed by (in small letters).
IMPORTED_AS = {
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
    "mlflow-skinny": "mlflow",
    "nvidia-ml-py": "pynvml",
    "py-spy": "py_spy",
    "claude-agent-sdk": "claude_agent_sdk",
}
# What another brings along, where it is of use: torch's builds for CUDA.
BROUGHT = {"torch": "triton"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the pinned build backend; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def metadata(wheel: Path) -> email.message.Message:
    """Return the METADATA file of `wheel`."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def test_version_has_one_home(wheel: Path) -> None:
    assert metadata(wheel)["Version"] == neural_trainer.__version__


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    expected = {path.relative_to(ROOT / "scripts").as_posix() for path in files}
    expected |= {f"neural_trainer/templates/{path.name}" for path in TEMPLATES.glob("*.py")}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert expected
    assert held == expected


def test_wheel_gives_the_command(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", target, wheel],
        check=True,
    )
    done = subprocess.run(
        [target / "bin" / "neural-trainer", "--version"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"neural-trainer {neural_trainer.__version__}\n"


def imported() -> Iterator[str]:
    """Yield every package that a file of ours imports anywhere."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield (node.module or "").partition(".")[0]


def test_every_import_is_a_declared_dependency(wheel: Path) -> None:
    requirements = metadata(wheel).get_all("Requires-Dist") or []
    names = [re.split(r"[^a-z0-9-]", requirement.lower())[0] for requirement in requirements]
    declared = {IMPORTED_AS.get(name, name) for name in names}
    assert {"numpy", *BROUGHT} <= declared
    declared |= set(BROUGHT.values())
    assert set(imported()) - set(sys.stdlib_module_names) - declared == {"neural_trainer"}


def test_every_extra_that_an_error_names_exists(wheel: Path) -> None:
    extras = set(metadata(wheel).get_all("Provides-Extra") or [])
    named = {
        node.args[2].value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "MissingPackage"
        and isinstance(node.args[2], ast.Constant)
    }
    assert named
    assert named <= extras
