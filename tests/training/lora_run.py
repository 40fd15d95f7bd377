"""Makes the tiny model, tunes it as examples/lora.yaml says, and resumes a short run of it.

Prints one line of JSON. Runs with the libraries, in a folder of its own.
"""

from __future__ import annotations

import json
import runpy
import warnings
from pathlib import Path

from neural_trainer.diagnosis import diagnose
from neural_trainer.runs.read import read
from neural_trainer.training.checkpoint import best_checkpoint, find_checkpoint
from neural_trainer.training.config_file import load_config
from neural_trainer.training.recommendation import recommend
from neural_trainer.training.trainer import train

EXAMPLES = Path(__file__).parents[2] / "examples"


def main() -> None:
    """Train, diagnose, resume."""
    warnings.simplefilter("ignore")  # of the libraries
    runpy.run_path(str(EXAMPLES / "tiny_model.py"))["main"](Path("tiny"))
    folder = train(load_config(EXAMPLES / "lora.yaml"))
    report = diagnose(read(folder))
    short = ["training.steps=8", "checkpoint.every=4", "checkpoint.keep=9", "run.name=short"]
    config = load_config(EXAMPLES / "lora.yaml", [*short, "model.dropout=0.1"])
    whole = train(config)
    before = read(whole).signals["loss"].value.tolist()
    middle = find_checkpoint(whole / "checkpoints" / "step-00000004", print)
    after = read(train(config, resume=middle)).signals["loss"].value.tolist()
    losses = read(folder).signals["eval/loss"].value
    told = {
        "verdict": report.verdict,
        "kind": recommend(report, best_checkpoint(folder)).kind,
        "alarms": (folder / "alerts.jsonl").exists(),
        "first": losses[0],
        "last": losses[-1],
        "before": before,
        "after": after,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
