"""Scores what language models answered on the runs of the digest; evals/check.py writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
RECORDS = HERE.parent / "records" / "digest"
ARMS = {"log": "the raw log and Python", "digest": "the digest alone", "both": "both"}
HEALTHY = "healthy"


class Answer(NamedTuple):
    """One run as it was answered. guesses: three, the likeliest first."""

    run: str
    accepted: tuple[str, ...]
    guesses: tuple[str, ...]
    confidence: float

    @property
    def first(self) -> bool:
        """Whether the first guess is right."""
        return self.guesses[0] in self.accepted


def answers(arm: str) -> list[Answer]:
    """Return the answers of an arm. Raises ValueError where a run has none or more than one."""
    key = {}
    for line in (HERE / "key.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        run, *_, accepted = line.split("\t")
        key[run] = tuple(accepted.split())
    found = []
    for path in sorted(RECORDS.glob(f"{arm}-*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            run, *guesses, confidence = line.split("\t")
            found.append(Answer(run, key[run], tuple(guesses), float(confidence)))
    if sorted(one.run for one in found) != sorted(key):
        raise ValueError(f"{RECORDS}: {arm} has {len(found)} answers, expected one for each run")
    return sorted(found)


def part() -> Iterator[str]:
    """Yield the lines of the page."""
    yield "| given | cause first | in top three | alarms on sound runs | mean confidence |"
    yield "|---|---|---|---|---|"
    told = {arm: answers(arm) for arm in ARMS}
    for arm, name in ARMS.items():
        faulty = [one for one in told[arm] if HEALTHY not in one.accepted]
        sound = [one for one in told[arm] if HEALTHY in one.accepted]
        first = sum(one.first for one in faulty)
        top = sum(bool(set(one.guesses) & set(one.accepted)) for one in faulty)
        alarms = sum(one.guesses[0] != HEALTHY for one in sound)
        sure = sum(one.confidence for one in told[arm]) / len(told[arm])
        yield (
            f"| {name} | {first} of {len(faulty)} | {top} of {len(faulty)} | "
            f"{alarms} of {len(sound)} | {sure:.2f} |"
        )
    yield ""
    yield "| run | planted | " + " | ".join(ARMS.values()) + " |"
    yield "|---" * (len(ARMS) + 2) + "|"
    for several in zip(*told.values(), strict=True):
        guessed = " | ".join(
            f"{'' if one.first else '**not** '}{one.guesses[0]} {one.confidence:.2f}"
            for one in several
        )
        yield f"| {several[0].run} | {several[0].accepted[0]} | {guessed} |"
