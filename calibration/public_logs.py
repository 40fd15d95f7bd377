"""Sets the verdicts of `diagnose` beside the labels that people gave to public
logs.

Usage: python calibration/public_logs.py FOLDER, where FOLDER/labels.jsonl has
one object a line with `id`, `files`, `labels` and `confidence` ("high",
"medium" or "low", of the labelling). Prints a Markdown table and exits 1 if a
log with a highly confident label is judged otherwise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from neural_trainer.diagnosis import diagnose
from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read_all

WELL = {"healthy", "converged"}
ILL = {
    "overfit", "nan", "diverging", "loss_spike", "grad_explosion", "lr_too_high",
    "reward_collapse", "other:stuck_at_chance",
}  # fmt: skip
NOTHING = {"other:no_training_metrics"}


def expected(labels: list[str]) -> set[str]:
    """Return the verdicts that agree with `labels`; empty where they settle none."""
    if set(labels) & ILL:
        return {"faulty"}
    if set(labels) & WELL:
        return set(WELL)
    return {"cannot_judge", "unreadable"} if set(labels) & NOTHING else set()


def judged(folder: Path) -> Iterator[tuple[dict[str, object], str, str, str]]:
    """Yield each label with the file, the verdict and the first cause of every run in it."""
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        for name in label["files"]:
            try:
                runs = read_all(folder / name)
            except ReadError as error:
                yield label, name, "unreadable", str(error).partition(": ")[2][:60]
                continue
            for run in runs:
                report = diagnose(run)
                first = report.root_causes[0] if report.root_causes else None
                cause = f"{first.cause} {first.confidence:.2f}" if first else ""
                yield label, name, report.verdict, cause if report.verdict == "faulty" else ""


def main(arguments: list[str]) -> int:
    """Print the table; return 1 where a confident label and a verdict disagree."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "labels.jsonl").is_file():
        print(__doc__, file=sys.stderr)
        return 2
    print(
        "| log | labels | labelling | verdict | first cause | agrees |\n|---|---|---|---|---|---|"
    )
    agreed = counted = wrong = 0
    for label, name, verdict, cause in judged(Path(arguments[0])):
        if verdict == "unreadable":
            continue
        labels = [str(item) for item in label["labels"]]  # type: ignore[attr-defined]
        allowed = expected(labels)
        agrees = "" if not allowed else "yes" if verdict in allowed else "no"
        counted += bool(agrees)
        agreed += agrees == "yes"
        wrong += agrees == "no" and label["confidence"] == "high"
        row = (name, ", ".join(labels), label["confidence"], verdict, cause, agrees)
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    if not counted:
        print("no log with a label that settles a verdict was read", file=sys.stderr)
        return 1
    print(
        f"\n{agreed} of {counted} agree; {wrong} of those that do not are labelled with confidence."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
