"""Sets the verdicts of `diagnose` beside the labels that people gave to public
logs.

Usage: python calibration/public_logs.py FOLDER, where FOLDER/labels.jsonl has
one object a line with `id`, `files`, `labels` and `confidence` ("high",
"medium" or "low", of the labelling). Prints a Markdown table and exits 1 if a
log with a highly confident label is judged otherwise.

With --signals: whether the `signals` that the labels name are found, by their
meaning; of logs without metrics and of single points, whether that is said.
Lists what is missing and exits 1 if anything is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from neural_trainer.diagnosis import diagnose
from neural_trainer.errors import ReadError
from neural_trainer.runs import names
from neural_trainer.runs.axes import counts
from neural_trainer.runs.read import read_all
from neural_trainer.runs.run import Run

WELL = {"healthy", "converged"}
ILL = {
    "overfit", "nan", "diverging", "loss_spike", "grad_explosion", "lr_too_high",
    "reward_collapse", "other:stuck_at_chance",
}  # fmt: skip
NOTHING = {"other:no_training_metrics"}
NO_COURSE = {"best", "start", "stop"}  # words of what is no course: a best so far, an event
SHORT = {"P": "precision", "R": "recall", "Value": "loss"}  # what some tables call their columns
UNIT = re.compile(r" ?\((ms|s)\)$")


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


def is_found(name: str, runs: list[Run]) -> bool:
    """Return whether a signal is in `runs` by its own name or its meaning.

    A counter is found as an axis, a clock as the times of points, a setting in the configuration,
    and what a log fills with placeholders in a note.
    """
    name = UNIT.sub("", SHORT.get(name, name))
    logged = {own.strip() for run in runs for own in run.logged_as.values()}
    words = names.plain(name).split()
    filed = name.rpartition("/")[2] in logged  # MLflow's folder of a metric is not in the copy
    if name in logged or filed or not NO_COURSE.isdisjoint(words):
        return True
    for own in logged if words else ():
        if set(words) <= set(names.plain(own).split()) and names.split(own) == names.split(name):
            return True
    for run in runs:
        said = name in run.config or any(name in note for note in run.notes)
        if said or names.canonical(name) in run.signals:
            return True
    timed = any(series.time is not None for run in runs for series in run.signals.values())
    return counts(name) is not None or (timed and ("time" in name.lower() or name == "t"))


def check_signals(folder: Path) -> int:
    """Print what is not found of the signals that the labels name; return 1 where something is."""
    missing, named, silent = [], 0, 0
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        runs, errors = list[Run](), 0
        for name in label["files"]:
            try:
                runs += read_all(folder / name)
            except ReadError:
                errors += 1
        if label["n_points"] in (0, 1):
            silent += 1
            verdicts = {diagnose(run).verdict for run in runs}
            if not verdicts <= {"cannot_judge"} or not (runs or errors):
                missing.append(f"{label['id']}: {label['n_points']} points, judged {verdicts}")
        for name in label["signals"]:
            named += 1
            if not is_found(name.partition(":")[2] if name[4:5] == ":" else name, runs):
                missing.append(f"{label['id']}: {name!r} is not found")
    print("\n".join(missing) or "nothing is missing")
    print(f"{named} signals named, {silent} logs of at most one point, {len(missing)} missing")
    return 1 if missing or not named else 0


def main(arguments: list[str]) -> int:
    """Print the table; return 1 where a confident label and a verdict disagree."""
    if "--signals" in arguments:
        arguments = [word for word in arguments if word != "--signals"]
        if len(arguments) == 1 and (Path(arguments[0]) / "labels.jsonl").is_file():
            return check_signals(Path(arguments[0]))
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
