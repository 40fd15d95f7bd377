"""docs/diagnosis-benchmark.md, from the figures of each tool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

from diagnosis_answers import SHOWN, Row
from diagnosis_meanings import MEANINGS
from fault_gym.scoring import Figure

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "benchmarks" / "requirements-diagnosis-peers.txt"
PUBLIC = "Public logs"
SCRIPTS = "Training scripts"
WIDTH = 80

ABOUT = {
    "Held-out families": """Programs that the diagnosis was not fitted on
(calibration/fault_gym/held_out), each with one fault planted or with none. Every tool of others
gets the log that a careful loop writes, means over ten steps with evaluations where they were made;
ours that log, or what its Monitor recorded beside it. training-doctor asks for 100 points before it
looks for a low rate, a plateau or overfitting, which few of these logs hold. sk-autod wants five
evaluations or more, all finite, and raises where there are not.""",
    SCRIPTS: """Ordinary training scripts (calibration/programs/held_out), written without sight
of the rules and the symptoms, each with one fault in its source, and each whose score tells its
fault once more as it is mended, which is a healthy run. Their code is read by ours alone.
torch-audit and torchmortem run the script anew, attached where it makes its Monitor; torch-audit
looks every ten steps, by itself it would every 1,000. torchtest2 is asked before the first step
back, with the first batch, and with the loss where what lies between the model's output and a
loss of torch can be made out. A second of theirs is of the whole script with the tool in it, of
ours of the reading of what was recorded.""",
    PUBLIC: """Logs of others, labelled by hand, those whose label settles whether the run is ill.
What a cause is they do not settle. The tools of others get the signals that the project's readers
found, as a table.""",
}


class Part(NamedTuple):
    """A row for each tool on one set of runs. script_s: median of the programs, Monitor in it."""

    rows: list[Row]
    script_s: float = 0.0


def page(parts: Mapping[str, Part]) -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# The diagnosis beside other tools\n"
    yield "Written by `make bench-diagnosis` (benchmarks/diagnosis.py): do not edit.\n"
    yield paragraph(
        "An alarm is what the tool itself calls a warning or worse. Detects: alarms where a fault "
        "is planted. Anywhere, first: it alarms, and the planted cause, or one that was declared "
        "as right beforehand, is among what it says, or is the first cause that it says; of "
        "causes in one sentence the right one counts as the first. Ours says what `diagnose` "
        "writes out, causes from 5 % on. On healthy: alarms where nothing is wrong. In brackets "
        "95 %, whole scenarios resampled. A tool that raises counts as silent. Which causes a "
        "sentence names is in the table below, generous to the tool. These runs judge: nothing "
        "may be mended by what stands here of them. Seconds are of the machine at hand with "
        "whatever else it ran: compare them within a table."
    )
    yield "Versions: " + fill(", ".join(versions()), WIDTH - 10) + ".\n"
    for title, (rows, script_s) in parts.items():
        yield f"## {title}\n"
        yield paragraph(ABOUT[title])
        if not rows:
            yield "Not run yet: `make bench-diagnosis` without `--ran` runs them.\n"
            continue
        detects = rows[0].figures["detects"].num
        healthy = rows[0].figures["alarms on healthy"].num
        yield f"{detects} runs with a fault, {healthy} without.\n"
        yield from figures(rows, ("detects", "alarms on healthy") if title == PUBLIC else SHOWN)
        yield from costs(rows)
        if title == SCRIPTS:
            yield f"The median script takes {script_s:.2g} s with our Monitor in it.\n"
            yield from by_cause(rows)
    yield from meanings()


def paragraph(text: str) -> str:
    """Return words as lines of the page."""
    return fill(" ".join(text.split()), WIDTH, break_on_hyphens=False) + "\n"


def versions() -> list[str]:
    """Return the tools with their versions."""
    pinned = re.findall(r"^([a-z0-9-]+)==(\S+)", REQUIREMENTS.read_text(encoding="utf-8"), re.M)
    return [f"{name} {version}" for name, version in pinned if name in MEANINGS]


def share(value: float) -> str:
    """Return a share with two places, without the zero before them.

    >>> share(0.5), share(1.0), share(0.0)
    ('.50', '1.0', '.00')
    """
    return "1.0" if value >= 0.995 else f"{value:.2f}"[1:]


def cell(figure: Figure) -> str:
    """Return a figure with its interval."""
    if not figure.num:
        return "none"
    return f"{share(figure.value)} ({share(figure.low)} to {share(figure.high)})"


def figures(rows: Sequence[Row], names: Sequence[str]) -> Iterator[str]:
    """Yield the table of the figures."""
    short = {
        "named anywhere": "anywhere",
        "named first": "first",
        "alarms on healthy": "on healthy",
    }
    yield f"| tool | {' | '.join(short.get(name, name) for name in names)} |"
    yield "|---" * (len(names) + 1) + "|"
    for one in rows:
        yield f"| {one.name} | {' | '.join(cell(one.figures[name]) for name in names)} |"
    yield ""


def costs(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what an answer takes."""
    yield "Medians of a run, and how often the tool raised an error:\n"
    yield "| tool | seconds | bytes printed | raised |"
    yield "|---|---|---|---|"
    for one in rows:
        yield f"| {one.name} | {one.seconds:.2g} | {one.num_bytes:,} | {one.num_raised} |"
    yield ""


def by_cause(rows: Sequence[Row]) -> Iterator[str]:
    """Yield who names each planted cause."""
    ours = [one for one in rows if one.name.startswith("ours")]
    others = [one for one in rows if one not in ours]
    yield "### Who names each cause, anywhere, in the training scripts\n"
    yield f"| planted | runs | {' | '.join(one.name for one in ours)} | others |"
    yield "|---" * (3 + len(ours)) + "|"
    for cause, (num, _) in sorted(ours[0].by_cause.items()):
        if cause == "healthy":
            continue
        told = " | ".join(str(one.by_cause[cause][1]) for one in ours)
        hits = [(one.name, one.by_cause[cause][1]) for one in others]
        named = ", ".join(f"{name} {count}" for name, count in hits if count)
        yield f"| {cause} | {num} | {told} | {named or 'none'} |"
    yield ""


def meanings() -> Iterator[str]:
    """Yield which causes a sentence of each tool names."""
    yield "## What a sentence names\n"
    yield paragraph(
        "A sentence that holds the words on the left names the causes on the right "
        "(benchmarks/diagnosis_meanings.py). Of torch-audit the rules on speed and style "
        "(TA200 to TA203, TA400 to TA404) are no alarms."
    )
    for tool, lines in MEANINGS.items():
        yield f"### {tool}\n"
        yield "| words | causes |"
        yield "|---|---|"
        for words, causes in lines:
            yield f"| {words} | {', '.join(causes)} |"
        yield ""
