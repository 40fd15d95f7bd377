"""A sweep of runs that take no time: a command that writes its own losses, and how it is driven."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

SCRIPT = Path(__file__).parents[2] / "scripts" / "sweep.py"
TOY = """
import json, os, signal, sys
from math import log10
lr, opt, folder = float(sys.argv[1]), sys.argv[2], sys.argv[3]
if opt == "broken":
    raise RuntimeError("no such device")
if opt == "infeasible":
    sys.exit(65)
with open(os.path.join(folder, "metrics.jsonl"), "a") as file:
    for step in range(1, 61):
        loss = (log10(lr) + 3) ** 2 / 10 + 1 / step + 0.001 * (step * 7919 % 13)
        if opt == "diverging":
            loss = 2 / step if step < 30 else 0.1 * 1.5 ** (step - 30)
        row = {"step": step, "time": 1.7e9 + step, "loss": loss, "eval/loss": loss}
        file.write(json.dumps(row) + "\\n")
if opt in ("diverging", "endless"):
    signal.pause()
with open("ran.txt", "a") as file:
    file.write(os.path.basename(folder) + "\\n")
"""


def asked(**changes: Any) -> dict[str, Any]:
    """Return the keys of a sweep of the toy."""
    tree: dict[str, Any] = {
        "command": [sys.executable, "toy.py", "{lr}", "{opt}", "{folder}"],
        "log_from": "{folder}/metrics.jsonl",
        "space": {"lr": {"low": 1e-5, "high": 1e-1, "log": True}, "opt": ["adam", "sgd"]},
        "objective": {"signal": "eval/loss"},
        "trials": 4,
        "grace_s": 0.5,
    }
    return {**tree, **changes}


def lay_down(project: Path, **changes: Any) -> Path:
    """Write the toy and the config of its sweep into `project`; return the config."""
    (project / "toy.py").write_text(TOY)
    config = project / "toy.yaml"
    config.write_text(yaml.safe_dump(asked(**changes)))
    return config


def report(project: Path, *words: str, python: str = sys.executable) -> dict[str, Any]:
    """Return what `neural-trainer sweep WORDS --json` prints in `project`; it must end well."""
    done = subprocess.run(
        [python, SCRIPT, *words, "--json"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def kill_amid(project: Path, *words: str, after: int) -> None:
    """Begin a sweep; once `after` trials have ended, kill it and its workers, all by SIGKILL."""
    process = subprocess.Popen(
        [sys.executable, SCRIPT, *words], cwd=project, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    workers, ended, lines = [], 0, []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("worker"):
            workers.append(int(line.split()[-1]))
        ended += line.startswith("trial")
        if ended == after:
            break
    assert ended == after, f"it came to its end before it could be killed: {lines}"
    assert len(lines) == len(workers) + after, lines
    for pid in (process.pid, *workers):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()


def kept_all(num: int, found: dict[str, Any]) -> None:
    """Fail where one of `num` places has no value or two, or where a run was made twice."""
    assert (found["places"], found["states"]) == (num, {"complete": num})
    complete = [row for row in found["trials"] if row["state"] == "complete"]
    assert sorted(row["slot"] for row in complete) == list(range(num))
    assert len({row["folder"] for row in complete}) == num
    for row in complete:
        rows = map(json.loads, (Path(row["folder"]) / "metrics.jsonl").read_text().splitlines())
        steps = [row["step"] for row in rows if "loss" in row]
        assert steps == sorted({*steps}) != [], row["folder"]
