"""Whether what a run printed ends in a crash, and for which reason: read at the end of a text log.

Only lines of an error count: the last line of a traceback and what follows of its message, what a
scheduler, a shell or compiled code says of an end. None of them may be followed by metrics or by
more than a few other lines: an error that was caught and told is no end. A run that a person, a
time limit or a scheduler stopped has not crashed. What is found is the id of a reason of
`crash_reasons.py`; no word of the log goes further.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from pathlib import Path

from neural_trainer.runs.crash_reasons import (
    EXCEPTION,
    OF_LAUNCHERS,
    REASONS,
    SIGNALS,
    TRACEBACK,
    Reason,
)
from neural_trainer.runs.line_keys import is_known, parts_of
from neural_trainer.runs.line_shapes import plan_of
from neural_trainer.runs.lines import encoding
from neural_trainer.runs.text_lines import states_of

# Formats of logs that hold what a run printed, errors included.
PRINTED = frozenset({"mlperf", "keras-progress", "console-table", "boosting-rounds", "text-log"})
_TAIL = 1 << 16  # bytes looked at
_LONG_TAIL = 1 << 20  # where those hold no metrics: tracebacks of many ranks are long
_MESSAGE_LINES = 5  # of an exception, from its first on
_MOST_AFTER = 10  # lines of other kinds after the last of an error: what is said while it ends
_MOST_BARS = 3  # progress bars are drawn once more as they are closed
# None of these in the text: it does not end in a crash.
_WORDS = (
    "Error", "Exception", "illed", "oom", "out of memory", "Out Of Memory", "core dumped",
    "Segmentation fault", "Bus error", "collective operation timeout", "Fatal Python error",
)  # fmt: skip
_FULL = "CUDA out of memory. Tried to allocate"  # wherever in a line: programs print it alone
_FATAL, _FULL_OF_CUDA = "Fatal Python error: ", "CUDA_ERROR_OUT_OF_MEMORY"
_ANY = re.compile("|".join(f"(?:{reason.pattern.pattern})" for reason in REASONS))
_PREFIX = r"^\s*(?:\[?(?:rank|default)?\d+\]?:\s*)?"
# Lines that tell of an end by themselves, without a traceback.
_TOLD = re.compile(
    rf"""{_PREFIX}(?:
        slurmstepd:\ error: | srun:\ error: | \[E\d*\s.*ProcessGroup | terminate\ called |
        what\(\): | (?:exitcode|traceback)\s+:.*(?:-\d|Signal) | \S+:\d+:.*Assertion\ `.*failed |
        (?:\w+\.)*[A-Z]\w*(?:Error|Exception)(?::\ |$)
    )""",
    re.VERBOSE,
)
_BY_SHELL, _COMMAND = (
    rf"^(?:\S+: line \d+:\s+\d+\s+|{_FATAL})?",
    r"(?: \(core dumped\))?(?:\s{2,}.*)?$",
)
_ENDED_BY = {  # what a shell, or Python, says of a process that a signal ended
    number: re.compile(f"{_BY_SHELL}{said}{_COMMAND}")
    for number, said in {
        signal.SIGKILL: "Killed",
        signal.SIGSEGV: "Segmentation fault",
        signal.SIGBUS: "Bus error",
        signal.SIGABRT: "Aborted",
    }.items()
}
_INTERRUPTED = re.compile(rf"{_PREFIX}KeyboardInterrupt\b")
_CANCELLED = re.compile(r"CANCELLED AT|DUE TO TIME LIMIT|DUE TO PREEMPTION")
_WENT_WELL = re.compile(
    r"(?i)\b(?:train\w*|run|fit\w*|job|everything|all)\b.{0,30}\b(?:complete|finished|done|success)"
)
_BAR = re.compile(r"\d+%\|.*\||it/s|s/it")
# What is said around an error, however long: stacks, launchers, trackers, hints of torch.
_AROUND = re.compile(
    rf"""{_PREFIX}(?:
        Traceback\ \(most | During\ handling | The\ above\ exception | wandb: | frame\ \#\d |
        Exception\ raised\ from | For\ debugging\ consider | Compile\ with\ ` |
        CUDA\ kernel\ errors |
        \[?[EWIC]\d* \s | \[E\d*\s | [-=*]{{4}} | srun: | slurmstepd: | terminate\ called |
        Root\ Cause | Failures?: | Killing\ subprocess | (?:ERROR|WARNING|INFO):torch |
        Current\ thread\ 0x | Thread\ 0x | File\ ".*\ line\ \d+\ in
    )""",
    re.VERBOSE,
)


def crash_of_log(path: Path) -> str:
    """Return the id of the reason for which a run crashed by the end of its text, "" for none."""
    size = path.stat().st_size
    found, whole = _crash_of(_end(path, _TAIL))
    if whole or size <= _TAIL:
        return found
    return _crash_of(_end(path, _LONG_TAIL))[0]


def crash_of_text(text: str) -> str:
    r"""Return the id of the reason for a crash that `text` ends in, "" where it ends otherwise.

    >>> error = "Traceback (most recent call last):\nMemoryError\n"
    >>> crash_of_text(f"step 9 loss 2.1\n{error}")
    'host-out-of-memory'
    >>> crash_of_text(f"step 9 loss 2.1\n{error}step 10 loss 2\n")
    ''
    """
    return _crash_of(text)[0]


def _end(path: Path, most: int) -> str:
    with path.open("rb") as file:
        codec = encoding(file.read(4))
        size = file.seek(0, 2)
        file.seek(max(size - most, 0))
        codec = codec if size <= most or codec != "utf-16" else "utf-16-le"
        return file.read().rstrip(b"\0").decode(codec, errors="replace")


def _crash_of(text: str) -> tuple[str, bool]:
    """Return the reason's id, and whether the text reaches back to what came before the error."""
    if not any(word in text for word in _WORDS):
        return "", True
    lines = [state.text for state in states_of(text)]
    first, told = _told(lines)
    start = _begins(lines, told)
    last = sorted(i for i in told if i >= start)
    part = lines[start:]
    if not last or any(map(_INTERRUPTED.search, part)) or _went_on(lines[max(first) + 1 :]):
        return "", True
    if any(map(_CANCELLED.search, part)):  # what stands after it, it brought about
        cancelled = next(i for i, line in enumerate(part, start) if _CANCELLED.search(line))
        last = [i for i in last if i < cancelled]
    reason = _reason_of([lines[i] for i in last])
    if reason is None and any(map(OF_LAUNCHERS.search, part)):
        # Other ranks may have logged on after the one that had the error.
        reason = _reason_of([lines[i] for i in sorted(told)])
    if reason is None:
        reason = next(filter(None, (_ended_by(lines[i]) for i in last)), None)
    return ("" if reason is None else reason.id), start > 0


def _begins(lines: Sequence[str], told: set[int]) -> int:
    """Return where what follows the last line of metrics begins."""
    for i in range(len(lines) - 1, -1, -1):
        if i not in told and _is_metrics(lines[i]):
            return i + 1
    return 0


def _told(lines: Sequence[str]) -> tuple[set[int], set[int]]:
    """Return which of `lines` say why something ended: each first one, and all of the messages."""
    first, told = set[int](), set[int]()
    traced = any(TRACEBACK in line for line in lines)
    fatal = any(line.startswith(_FATAL) for line in lines)
    full = (_FULL, _FULL_OF_CUDA) if fatal else (_FULL,)  # TensorFlow may go on after the second
    for i, line in enumerate(lines):
        if traced and EXCEPTION.match(line):
            first.add(i)
            for j in range(i + 1, min(i + _MESSAGE_LINES, len(lines))):
                if not lines[j].strip() or TRACEBACK in lines[j] or _is_metrics(lines[j]):
                    break
                told.add(j)
        elif _TOLD.match(line) or any(words in line for words in full) or _ended_by(line):
            first.add(i)
    return first, first | told


def _ended_by(line: str) -> Reason | None:
    """Return the reason where a shell says which signal ended the process."""
    return next((SIGNALS[n] for n, said in _ENDED_BY.items() if said.search(line)), None)


def _is_metrics(line: str) -> bool:
    if _BAR.search(line) or _AROUND.search(line):
        return False
    plan = plan_of(parts_of(line))
    return plan is not None and any(is_known(value.key) for value in plan.values)


def _went_on(after: Sequence[str]) -> bool:
    """Return whether a run went on, or ended well, by what stands after the last of its errors."""
    others = [line for line in after if line.strip() and not _AROUND.search(line)]
    bars = sum(_BAR.search(line) is not None for line in others)
    well = any(map(_WENT_WELL.search, others))
    return well or bars > _MOST_BARS or len(others) - bars > _MOST_AFTER


def _reason_of(lines: Sequence[str]) -> Reason | None:
    """Return the first of the reasons that a line tells."""
    likely = [line for line in lines if _ANY.search(line)]
    if not likely:
        return None
    return next((reason for reason in REASONS if any(map(reason.pattern.search, likely))), None)
