"""The demo: one walk from a planted fault to a proven fix, by the code that any run takes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from neural_trainer.diagnosis import Report, diagnose
from neural_trainer.diagnosis.mend import write_mended
from neural_trainer.errors import MissingPackage, NeuralTrainerError
from neural_trainer.live.relay import follow
from neural_trainer.live.run_folder import ALERTS_FILE, read_lines
from neural_trainer.render.plots import plot
from neural_trainer.render.report_json import to_dict
from neural_trainer.render.report_markdown import to_markdown
from neural_trainer.render.report_text import to_text
from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run
from neural_trainer.study import comparison_text
from neural_trainer.study.compare import Comparison, compare

PLANTED = "lr-too-high"
# A small GPT whose peak learning rate is far beyond what it can bear; all else is sound. 1 thread:
# so small a model gains nothing from two, and loses much where other work shares the cores.
FAULTY_CONFIG = """\
run: {name: faulty}
model: {name: char_gpt, num_layers: 2, num_heads: 4, width: 64, context: 64}
optimizer: {name: adamw, lr: 10.0, weight_decay: 0.1, betas: [0.9, 0.95]}
schedule: {name: cosine, warmup_steps: 100, final_fraction: 0.1}
training: {steps: 300, batch_size: 16, clip_norm: 1.0, eval_every: 25, seed: 0, threads: 1}
"""


def demo(folder: Path, out: TextIO) -> dict[str, Any]:
    """Walk the whole way in `folder`, a new one, telling it on `out`; return what came of it.

    Raises NeuralTrainerError where the folder holds something, or a step did not do what it
    promises: no alarm, another cause first, or no better run.
    """
    if importlib.util.find_spec("torch") is None:
        raise MissingPackage("torch", "demo", "train")
    if folder.exists() and any(folder.iterdir()):
        raise NeuralTrainerError(f"{folder} holds something already; name a new one with --out")
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def tell(text: str) -> None:
        print(text, file=out, flush=True)

    tell(f"1. Train a small GPT under watch, with a planted fault: {folder}/faulty.yaml")
    (folder / "faulty.yaml").write_text(FAULTY_CONFIG, encoding="utf-8")
    faulty = _train(folder, "faulty.yaml", out)

    tell(f"\n2. Diagnose: neural-trainer diagnose {faulty.source}\n")
    report = diagnose(faulty)
    tell(to_text(report))
    _promised(report, Path(faulty.source))

    changed = write_mended(faulty.config, report, str(folder / "fixed.yaml"))
    _rename_run(folder / "fixed.yaml", "fixed")
    told = ", ".join(f"{key}: {value}" for key, value in changed.items())
    tell(f"\n3. Mend the config ({told}) and train again: {folder}/fixed.yaml")
    fixed = _train(folder, "fixed.yaml", out)

    tell(f"\n4. Compare: neural-trainer compare {faulty.source} {fixed.source}\n")
    comparison = compare(faulty, fixed)
    tell(comparison_text.to_text(comparison))
    _proven(comparison, diagnose(fixed))
    _write(folder, faulty, fixed, report, comparison)
    seconds = time.monotonic() - began
    tell(f"\nDone in {seconds:.0f} s. Look at {folder}/faulty.png, {folder}/before-after.png and")
    tell(f"{folder}/report.md. Your own run: neural-trainer diagnose YOUR-LOG")
    return {
        "schema": "neural-trainer/demo/1",
        "report": to_dict(report),
        "changed": changed,
        "comparison": comparison_text.to_dict(comparison),
        "folder": str(folder),
        "seconds": round(seconds, 1),
    }


def new_folder(folder: Path) -> Path:
    """Return `folder`, or the first of folder-2, folder-3 … that does not exist."""
    number, found = 1, folder
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found


def _train(folder: Path, config: str, out: TextIO) -> Run:
    """Train `config` in a process of its own, relaying its alarms to `out`; return the run."""
    package_home = str(Path(__file__).parents[2])
    paths = (
        [package_home, os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else [package_home]
    )
    child = subprocess.Popen(
        [sys.executable, "-m", "neural_trainer", "train", config, "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.DEVNULL,
    )
    relay = threading.Thread(
        target=follow, args=(folder, out), kwargs={"stop": lambda: child.poll() is not None}
    )
    relay.start()
    code = child.wait()
    relay.join()
    if code != 0:
        raise NeuralTrainerError(f"the training of {folder / config} ended with exit code {code}")
    return read(folder / "runs" / Path(config).stem)


def _rename_run(config: Path, name: str) -> None:
    """Give the mended config a run name of its own."""
    import yaml

    tree = yaml.safe_load(config.read_text(encoding="utf-8"))
    tree["run"]["name"] = name
    config.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")


def _promised(report: Report, run_folder: Path) -> None:
    """Raise unless the alarm came while it trained and the planted fault is named first."""
    alarms = [line for line in read_lines(run_folder / ALERTS_FILE) if line["state"] == "raised"]
    if not alarms:
        raise NeuralTrainerError("the demo's faulty run raised no alarm; expected one at least")
    first = report.root_causes[0].cause if report.root_causes else report.verdict
    if first != PLANTED:
        raise NeuralTrainerError(f"the demo's diagnosis is {first}; expected {PLANTED}, as planted")


def _proven(comparison: Comparison, after: Report) -> None:
    """Raise unless the mended run is better and not faulty itself."""
    if comparison.verdict != "better" or after.verdict == "faulty":
        raise NeuralTrainerError(
            f"the demo's fix is not proven: {comparison.verdict}, and the mended run is "
            f"{after.verdict}; expected better, and no fault"
        )


def _write(folder: Path, faulty: Run, fixed: Run, report: Report, comparison: Comparison) -> None:
    plot([faulty], [report.symptoms], folder / "faulty.png")
    plot([faulty, fixed], (), folder / "before-after.png")
    text = to_markdown(report, ["faulty.png", "before-after.png"])
    text += "\n## Before and after the fix\n\n```\n"
    text += comparison_text.to_text(comparison) + "\n```\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
