"""What checks came to, as text for a terminal of 80 columns."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from textwrap import fill

from neural_trainer.inspect.checks import ASKS
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Passed, Result
from neural_trainer.runs.plain_text import printable, shown_name

WIDTH = 79
MARKS: dict[type, str] = {Passed: "ok", Failed: "failed", NotCheckable: "-"}
LONGEST = 400  # characters of a sentence: it may hold names of the user's


def to_text(target: str, results: Sequence[Result], following: str) -> str:
    """Return a line or more for each result, under how many came to what."""
    width = max(len(result.check) for result in results)
    indent = " " * (8 + width + 2)
    lines = [fill(in_short(target, results), WIDTH), ""]
    for result in results:
        head = f"{MARKS[type(result.outcome)]:<6}  {result.check:<{width}}  "
        lines.append(_wrapped(head, _told(result), indent))
        if isinstance(result.outcome, Failed):
            cause = f" [{result.outcome.cause}]" if result.outcome.cause else ""
            lines.append(_wrapped(f"{indent}-> ", result.outcome.do + cause, f"{indent}   "))
    return "\n".join([*lines, "", f"Next: {following}"])


def in_short(target: str, results: Sequence[Result]) -> str:
    """Return how many checks came to what, in one sentence."""
    kinds = [type(result.outcome) for result in results]
    failed, unknown = kinds.count(Failed), kinds.count(NotCheckable)
    seconds = sum(result.seconds for result in results)
    told = f"{failed} FAILED" if failed else "none failed"
    return (
        f"{shown_name(target, 120)}: {len(results)} checks, {told}, {kinds.count(Passed)} passed, "
        f"{unknown} not checkable ({seconds:.0f} s)"
    )


def next_command(target: str, results: Sequence[Result], otherwise: str) -> str:
    """Return what to run next: what explains the first cause found, the check again, `otherwise`.

    otherwise: the verb where nothing failed.
    """
    failed = [r for r in results if isinstance(r.outcome, Failed)]
    causes = [r.outcome.cause for r in failed if isinstance(r.outcome, Failed) and r.outcome.cause]
    name = shlex.quote(printable(target, 300))
    if causes:
        return f"neural-trainer explain {causes[0]}"
    if failed and failed[0].check in ASKS and ":" in target:
        return f"neural-trainer check-model {name} --only {failed[0].check}"
    return f"neural-trainer {'preflight' if failed else otherwise} {name}"


def _told(result: Result) -> str:
    outcome = result.outcome
    if isinstance(outcome, NotCheckable):
        return f"not checkable: {outcome.why}"
    return outcome.evidence


def _wrapped(head: str, text: str, indent: str) -> str:
    return fill(
        printable(text, LONGEST), WIDTH, initial_indent=head, subsequent_indent=indent,
        break_on_hyphens=False,
    )  # fmt: skip
