"""What tools answer about runs whose cause is known, and the figures of each tool."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "calibration"), str(ROOT / "scripts")]

from fault_gym.evidence import Seen  # noqa: E402
from fault_gym.programs import CODE  # noqa: E402
from fault_gym.scoring import Figure, Judged, shares  # noqa: E402

SHOWN = ("detects", "named anywhere", "named first", "alarms on healthy")
"""The figures of a tool, each with its interval."""


@dataclass(frozen=True)
class Answer:
    """What one tool says of one run.

    alarms: whether it calls the run ill. named: causes in its order; those of one sentence stand
    together. num_bytes: of what it prints. error: what it raised, "" for nothing.
    """

    alarms: bool
    named: tuple[tuple[str, ...], ...]
    seconds: float
    num_bytes: int
    error: str = ""


class Row(NamedTuple):
    """One tool on a set of runs.

    seconds, num_bytes: medians. num_raised: runs it gave up. by_cause: planted cause -> runs that
    have it, and those of them in which it is named anywhere.
    """

    name: str
    figures: dict[str, Figure]
    seconds: float
    num_bytes: int
    num_raised: int
    by_cause: dict[str, tuple[int, int]]


def run_of(
    family: str,
    scenario: str,
    seed: int,
    planted: str,
    accepted: Sequence[str],
    severity: float = 1.0,
) -> Seen:
    """Return a run of which nothing counts but what is planted: what is seen, each tool says."""
    names = (family, scenario, severity, seed)
    return Seen(*names, planted, tuple(accepted), "", {"its own": 1.0}, (), (), "")


def row(name: str, runs: Sequence[Seen], answers: Sequence[Answer]) -> Row:
    """Return the figures of one tool; answers[i] is about runs[i]."""
    both = list(zip(runs, answers, strict=True))
    found = shares([judged(seen, answer, answer.named) for seen, answer in both])
    anywhere = shares([judged(seen, one, [sum(one.named, ())]) for seen, one in both])
    by_cause = dict[str, tuple[int, int]]()
    for seen, one in both:
        num, hits = by_cause.get(seen.planted, (0, 0))
        hit = one.alarms and not set(seen.accepted).isdisjoint(sum(one.named, ()))
        by_cause[seen.planted] = num + 1, hits + hit
    figures = {
        "detects": found["detects"],
        "named anywhere": anywhere["cause first"],
        "named first": found["cause first"],
        "alarms on healthy": found["alarms on healthy"],
    }
    return Row(
        name, figures, median(one.seconds for one in answers),
        round(median(one.num_bytes for one in answers)),
        sum(bool(one.error) for one in answers), by_cause,
    )  # fmt: skip


def judged(seen: Seen, answer: Answer, named: Iterable[tuple[str, ...]]) -> Judged:
    """Return an answer as scoring.py takes it: likelier is what is named earlier.

    Of causes in one sentence the right one counts as the first of them.
    """
    order = [
        cause for group in named
        for cause in sorted(group, key=lambda cause: cause not in seen.accepted)
    ]  # fmt: skip
    last = "nothing more"
    shares_of = {cause: 1.0 / (2 + place) for place, cause in enumerate(dict.fromkeys(order))}
    well = 0.0 if answer.alarms else 1.0
    return Judged(seen, {"healthy": well, "converged": 0, "unknown": 0, last: 0.0, **shares_of})


def ours(log: Path, code: Path | None = None) -> Answer:
    """Return what `diagnose` says of a log or a run folder, with its code beside it or without."""
    from neural_trainer.diagnosis import diagnose
    from neural_trainer.diagnosis.beside import evidence_beside
    from neural_trainer.render.report_text import MENTIONED, to_text
    from neural_trainer.runs.read import read

    start = time.perf_counter()
    try:
        beside = None if code is None else evidence_beside(None, [str(code)])
        report = diagnose(read(log), beside)
        text = to_text(report)
    except Exception as raised:  # as of the tools of others: silent, and counted
        return Answer(False, (), time.perf_counter() - start, 0, f"{raised!r}")
    seconds = time.perf_counter() - start
    causes = report.root_causes
    told = [one for one in causes if one.confidence >= MENTIONED] or causes[:1]
    named = tuple((one.cause,) for one in told)
    return Answer(report.verdict == "faulty", named, seconds, len(text.encode()))


def ours_of_case(work: tuple[Path, str, bool]) -> Answer:
    """Return what `diagnose` says of one file of a folder. bool: with the code in the folder."""
    folder, name, with_code = work
    return ours(folder / name, folder / CODE if with_code else None)
