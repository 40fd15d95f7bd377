"""A plugin with a stub for a cli, and a PATH that holds only what a test has put there."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


@dataclass
class Plugin:
    """One installed plugin and the world it is started in."""

    root: Path
    home: Path
    programs: Path
    cwd: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def launcher(self) -> Path:
        """The file that a user starts."""
        return self.root / "bin" / "neural-trainer"

    @property
    def data(self) -> Path:
        """The data folder, where HOME alone says where that is."""
        return self.home / ".local" / "share" / "neural-trainer"

    @property
    def uv_calls(self) -> list[str]:
        """The arguments of each call of the uv that `add_uv` put on PATH."""
        log = self.programs / "uv.log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def num_made(self) -> int:
        """How many environments uv was asked to make."""
        return sum(call.startswith("venv ") for call in self.uv_calls)

    def open(self, *words: str | Path, **environ: str) -> subprocess.Popen[str]:
        """Start `words`, the launcher by default, in a session of its own."""
        return subprocess.Popen(
            [str(word) for word in words or (self.launcher,)],
            cwd=self.cwd,
            env={"HOME": str(self.home), "PATH": str(self.programs), **self.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start(
        self, *words: str | Path, stdin: str = "", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `words`, the launcher by default, to its end."""
        process = self.open(*words, **environ)
        out, err = process.communicate(stdin, timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def seen(self, *words: str | Path, stdin: str = "", **environ: str) -> dict[str, Any]:
        """Run as `start` does, expect success, return what the stub was given."""
        done = self.start(*words, stdin=stdin, **environ)
        assert done.returncode == 0, done.stderr
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen

    def refusal(self, **environ: str) -> str:
        """Run the launcher, expect exit code 1 and no traceback, return its last line."""
        done = self.start(**environ)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Traceback" not in done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("neural-trainer: ")
        return last

    def add_program(self, name: str, body: str) -> Path:
        """Put a shell script on PATH."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def add_python(self, name: str = "python3", first: str = "") -> None:
        """Put this Python on PATH; the lines `first` run before any `-c` code that it is given."""
        self.add_program(
            name,
            f'real={sys.executable!r}\n[ "$1 $2" = "-I -c" ] || exec "$real" "$@"\n'
            f'code=$3\nshift 3\nexec "$real" -I -c "{first}\n$code" "$@"',
        )

    def add_uv(self, before_install: str = ":") -> None:
        """Put a uv on PATH that makes an environment out of this Python and downloads nothing."""
        self.add_program(
            "uv",
            f'echo "$*" >>"{self.programs}/uv.log"\n'
            '[ "$1" = venv ] || { ' + before_install + "; exit; }\n"
            'for folder; do :; done\nmkdir -p "$folder/bin"\n'
            f'ln -s {sys.executable!r} "$folder/bin/python"',
        )

    def add_environment(self, folder: Path, *packages: str) -> Path:
        """Make a virtual environment that holds `packages` ("numpy==2.0") as empty modules."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        for package in packages:
            add_package(folder, package)
        return folder


def site_packages(folder: Path) -> Path:
    """Return where the environment in `folder` keeps its packages."""
    return next(folder.glob("lib/python3*/site-packages"))


def add_package(folder: Path, package: str) -> None:
    """Put `package` ("numpy==2.0"), an empty module, into the environment in `folder`."""
    name, _, version = package.partition("==")
    module = site_packages(folder) / {"PyYAML": "yaml"}.get(name, name)
    module.mkdir()
    (module / "__init__.py").write_text("raise AssertionError('looked up, never imported')\n")
    metadata = site_packages(folder) / f"{name}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


CORE = (
    "numpy==2.2.6",
    "pandas==2.3.0",
    "matplotlib==3.10.0",
    "scipy==1.15.0",
    "rich==14.0.0",
    "PyYAML==6.0.2",
)
