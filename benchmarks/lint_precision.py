"""What lint found on public packages, as one reader who knew the rules judged it: judged.jsonl."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.study.validate.resampling import wilson  # noqa: E402

JUDGED = ROOT / "benchmarks" / "lint" / "judged.jsonl"
CERTAIN = ("load-without-weights-only", "deprecated-cuda-amp")  # an old or unsafe call is enough
LEAST_RIGHT = 0.9  # of issue 8


def share(hits: int, tries: int) -> str:
    """Return a share with Wilson's interval at 95 %."""
    low, high = wilson(hits, tries, 0.95)
    return f"{hits / tries:.2f} ({low:.2f} to {high:.2f})"


@dataclass(frozen=True)
class Judged:
    """A finding on a public package that was read: right where the code does what the rule says.

    drawn: by seed; the others were read because few of their rule were drawn.
    """

    package: str
    version: str
    file: str
    line: int
    rule: str
    right: bool
    why: str
    drawn: bool


def judged() -> list[Judged]:
    """Return the findings on public packages with their judgements."""
    lines = JUDGED.read_text().splitlines() if JUDGED.is_file() else []
    return [Judged(**json.loads(line)) for line in lines]


def precision(findings: list[Judged]) -> Iterator[str]:
    """Yield what was judged on public packages."""
    yield "## On public packages\n"
    if not findings:
        yield "Not judged yet."
        return
    drawn = [each for each in findings if each.drawn]
    right = sum(each.right for each in drawn)
    packages = ", ".join(sorted({f"{each.package} {each.version}" for each in findings}))
    yield (
        f"{len(drawn)} findings drawn by seed, each read once by one reader who knew the rules,\n"
        f"not twice and blind: {right} right, {share(right, len(drawn))}; the aim is\n"
        f"{LEAST_RIGHT:.1f}. Right: the code does what the rule says it does.\n"
    )
    rare = [each for each in findings if each.rule not in CERTAIN]
    hits_rare = sum(each.right for each in rare)
    yield (
        f"Most of those are of {' and '.join(CERTAIN)}, which ask for no context. So all\n"
        f"findings of other rules in the same packages were read too: {hits_rare} of {len(rare)}\n"
        f"right, {share(hits_rare, len(rare))}. Rules were mended for some of the\n"
        "wrong ones afterwards; figures are of the rules before that. All judgements, with the\n"
        "reason: benchmarks/lint/judged.jsonl.\n"
    )
    yield f"Drawn from: {packages}.\n"
    yield "| rule | right |"
    yield "|---|---|"
    tries = Counter(each.rule for each in findings)
    hits = Counter(each.rule for each in findings if each.right)
    for rule, times in sorted(tries.items()):
        yield f"| `{rule}` | {hits[rule]} of {times} |"
