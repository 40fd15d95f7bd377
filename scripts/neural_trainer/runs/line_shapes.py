"""Shapes of log lines: the text between the numbers, and which number is which metric or counter.

A log repeats few shapes, so that what the numbers mean is worked out once a shape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from neural_trainer.runs import names
from neural_trainer.runs.line_keys import is_known, key_of, split_of, subject_of

_INTEGER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_COUNTED = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.0*)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]\d+)?")
_CLOCK = re.compile(r"\d+[:/-]\d\d?\b")
_UNIT = re.compile(
    r"^ ?(?:%|ms|secs?|seconds?|s|mins?|minutes|hours?|h|m|z|x|[KMGT](?:i?[Bb])?|B)(?![\w/])"
)
_RATE = re.compile(r" ?((?:tok|tokens|samples|sents?|words|images|imgs|img|ex|examples|frames)"
                   r" ?(?:/|per) ?s(?:ec(?:ond)?)?)\b")  # fmt: skip
_SCALES = {
    "K": 1e3, "KB": 1e3, "KiB": 1024.0, "M": 1e6, "MB": 1e6, "MiB": 2.0**20, "G": 1e9, "GB": 1e9,
    "GiB": 2.0**30, "T": 1e12, "TB": 1e12, "TiB": 2.0**40,
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z]\w|[^\W\d_]{2}")
_FILE = re.compile(r"\.\w{1,4}$")
_MEAN = re.compile(r"%?\s*\((?:avg|mean|average|global avg)?\s*[:=]?\s*$")
_NEXT = re.compile(r"[\s,)]*(?:[\w.]+\()?$")  # between two elements of a list
# Words of numbers that measure nothing of the training, where the table of names knows no better.
_NO_METRIC = {
    "eta", "elapsed", "remaining", "time", "times", "date", "pid", "rank", "gpu", "gpus", "cuda",
    "device", "worker", "line", "seed", "port", "node", "version", "best", "avg", "mean",
    "left", "patience", "target", "wall", "runtime", "duration", "mfu", "took", "epochs", "sec",
    "secs", "seconds", "ms", "hours", "min", "max", "std", "v",
}  # fmt: skip
# What may stand before the name of a counter.
_AROUND = {"end", "of", "start", "begin", "current", "training", "train", "at", "in", "finished"}
_OF_OTHERS = {"best", "std", "min", "max", "target", "time", "eta"}  # said beside a known metric
_COUNTERS = {
    "epoch": "epoch", "ep": "epoch", "epoch number": "epoch", "current epoch": "epoch",
    "global step": "global", "global steps": "global", "num updates": "global", "up": "global",
    "global iter": "global", "global iteration": "global", "current steps": "global",
    "update": "step", "updates": "step", "step": "step", "steps": "step", "iter": "step",
    "iters": "step", "iteration": "step", "iterations": "step", "it": "step", "itr": "step",
    "learning iteration": "step", "optimizer step": "step", "n iter": "step", "s": "step",
    "batch": "batch", "batches": "batch", "minibatch": "batch", "mini batch": "batch",
    "batch idx": "batch", "batch id": "batch", "i": "step", "episode": "episode",
    "episodes": "episode", "i episode": "episode", "game": "episode", "timestep": "timestep",
    "timesteps": "timestep", "time step": "timestep", "total timesteps": "timestep",
    "num timesteps": "timestep", "env steps": "timestep", "environment steps": "timestep",
    "frames": "timestep", "frame": "timestep", "total steps": "timestep",
    "total num steps": "timestep", "total env steps": "timestep", "tot iter": "global",
}  # fmt: skip

# What every line that tells of a training has: a mark, or a word of a counter or a metric.
_TELLING = re.compile(
    r"[:=\uff1a|\[]|epoch|step|iter|loss|acc|err|cost|reward|return|lr|norm|ppl|perplexity|update|"
    r"episode|dice|iou|auc|f1|map|bleu|score|mse|mae|train|val", re.IGNORECASE,
)  # fmt: skip


class Counter(NamedTuple):
    """A number that counts. kind: what; at, total: indices of tokens, total -1 where not written.

    bar: it is the position of a progress bar. name: what the log calls it.
    """

    kind: str
    at: int
    total: int = -1
    bar: bool = False
    name: str = ""


class Value(NamedTuple):
    """A metric. at: index of its token; over: of what it is divided by, or -1; scale: a factor."""

    key: str
    at: int
    over: int = -1
    scale: float = 1.0


class Plan(NamedTuple):
    """What the numbers of a shape mean. known: the table of names knows one of the values.

    evaluated: the line tells of evaluation.
    """

    counters: tuple[Counter, ...]
    values: tuple[Value, ...]
    known: bool
    evaluated: bool


def plan_of(parts: Sequence[str], section: str = "") -> Plan | None:
    """Return what the numbers of a line mean, None where it tells of no metric and no counter.

    section: the split ("eval", "test") that a heading above the line named; a line with a counter
    stands below it no more.
    """
    texts = " ".join(parts[::2])
    if (
        _TELLING.search(texts) is None or "Avg IOU:" in texts
    ):  # darknet's regions: nan is no failure
        return None
    plan = _Line(parts[::2], parts[1::2], section).plan()
    if section and plan is not None and plan.counters:
        return _Line(parts[::2], parts[1::2], "").plan()
    return plan


class _Line:
    """The reading of one line, number by number."""

    def __init__(self, pieces: Sequence[str], tokens: Sequence[str], section: str) -> None:
        self.pieces, self.tokens = pieces, tokens
        self.counters: list[Counter] = []
        self.values: list[Value] = []
        self.context = self.section = section
        self.evaluated = False
        self.last: str = ""  # what the number before was: counter, value, list or free
        self.elements = 0
        self.marked: set[str] = set()
        self.alone = True  # the text before each number is a name and nothing else
        self.splits: list[int] = []  # tokens named by a split alone
        self.subject = ""  # a metric named before a counter: "loss at step 10: 0.5"

    def plan(self) -> Plan | None:
        for at in range(len(self.tokens)):
            self._token(at)
        self._place()
        self._lead()
        self._inherit()
        if not self.counters and not self.alone:
            self.values = [v for v in self.values if v.key in self.marked]
        known = [v.at for v in self.values if is_known(v.key)]
        start = min([c.at for c in self.counters] + known, default=len(self.tokens))
        values = [v for v in self.values if v.at >= start and self._kept(v.key)]
        marked = any(v.key in self.marked for v in values)
        if not known and not (marked and (self.counters or self.evaluated)):
            values = []  # numbers beside no counter must be known by name
        if not values and not self.counters:
            return None
        return Plan(tuple(self.counters), tuple(values), bool(known), self.evaluated)

    def _token(self, at: int) -> None:
        before, token = self.pieces[at], self.tokens[at]
        text = before.strip()
        if text == "/" and at and self._fraction(at):
            return
        if self.last == "value" and _MEAN.match(text):
            # Of a pass over evaluation data the running mean is the result.
            if self.evaluated and self.values[-1].over < 0:
                self.values[-1] = self.values[-1]._replace(at=at)
            self.last = "free"
            return
        if self.last == "list" and _NEXT.match(text):
            self.elements += 1
            stem = self.values[-1].key.rpartition("/")[0] if self.elements > 1 else ""
            if self.elements == 1:
                stem = self.values[-1].key
                self.values[-1] = self.values[-1]._replace(key=f"{stem}/0")
            if names.canonical(stem) != "lr" and is_known(stem):
                self.values.append(Value(f"{stem}/{self.elements}", at))
            return
        if text == "=" and self.last == "value" and self.values[-1].over >= 0:
            self.values[-1] = self.values[-1]._replace(at=at, over=-1)
            return
        if text == ":" and at and self.pieces[at - 1].endswith("#"):
            before = f"{self.pieces[at - 1]}{self.tokens[at - 1]}:"
        self._named(at, before if at == 0 else _UNIT.sub("", before, count=1), token)

    def _fraction(self, at: int) -> bool:
        """Read the number after a slash: a total, a divisor or the end of an unnamed counter."""
        if not (_INTEGER.fullmatch(self.tokens[at]) and _INTEGER.fullmatch(self.tokens[at - 1])):
            return False
        if self.last == "counter" and self.counters[-1].at == at - 1:
            self.counters[-1] = self.counters[-1]._replace(total=at)
        elif self.last == "value":
            self.values[-1] = self.values[-1]._replace(over=at)
        elif self.last == "free" and not _RATE.match(self.pieces[at + 1]):
            before = self.pieces[at - 1].rstrip()
            if before and before[-1] not in "[(|:-,]>%":
                return False
            bar = "%" in before and before.endswith("|")
            self._count(Counter("batch", at - 1, at, bar))
        return True

    def _named(self, at: int, before: str, token: str) -> None:
        self.last, self.elements = "free", 0
        name, marked, context, opener, unit = key_of(before)
        for segment in context:
            self._enter(segment)
        words = names.plain(name)
        if not words:  # nothing, or the name of a split alone
            self._enter(name)
            split = names.split_prefix(name) is not None
            if split and not marked and at == 1 and _INTEGER.fullmatch(self.tokens[0]):
                name = f"{name} loss"  # `250 val 3.2`, the file that build-nanogpt writes
            else:
                self.splits += [at] * (split and marked)
                name = self.subject if marked and not name else ""
        rate = _RATE.match(self.pieces[at + 1])
        if rate and not is_known(name):
            name, marked = rate[1], True
        self.subject = ""
        if not name or (not marked and any(context)):
            self.alone = self.alone and _CLOCK.match(token) is not None
        if not name:
            return
        kind = None if words == "s" and at else _COUNTERS.get(words)
        *around, noun = words.split() or [""]
        if kind is None and around and _AROUND.issuperset(around):
            kind = _COUNTERS.get(noun)
        if kind and (_COUNTED if kind != "epoch" else _NUMBER).fullmatch(token):
            self._enter(name)
            self._count(Counter(kind, at, name=name))
            self.subject = next((s for s in map(subject_of, context) if is_known(s)), "")
        elif not _CLOCK.match(token) or is_known(name):
            after = _UNIT.match(self.pieces[at + 1])
            unit = unit or (after[0].strip() if after else "")
            scale = _SCALES.get(unit, 1.0)
            if unit == "ms" and names.canonical(name) in ("step_time_s", "data_time_s"):
                scale = 1e-3
            if opener == "(" and not marked:
                marked = True
            self._measure(Value(self._placed(name), at, scale=scale), marked)
            self.last = "list" if opener == "[" else "value"

    def _enter(self, segment: str) -> None:
        """Let a piece of text say which data the metrics after it were measured on."""
        where = split_of(segment)
        if where:
            self.context, self.evaluated = where, where != "train"

    def _placed(self, name: str) -> str:
        if not self.context or names.split(name) != "train" or "train" in name.lower():
            return name
        if self.context == "train":
            return f"train/{name}"
        return f"{self.context}/{name}" if _depends(name) else name

    def _count(self, counter: Counter) -> None:
        self.counters.append(counter)
        self.last = "counter"

    def _measure(self, value: Value, marked: bool) -> None:
        self.values.append(value)
        if marked:
            self.marked.add(value.key)

    def _kept(self, key: str) -> bool:
        words = set(re.findall(r"[a-z]+", key.lower()))
        if not _NAME.search(key):
            return False
        if names.canonical(key) is not None or key == "number of nan iterations":
            return True
        if is_known(key):
            return words.isdisjoint(_OF_OTHERS)
        if not words.isdisjoint(_NO_METRIC) or _FILE.search(key):
            return False
        return key in self.marked

    def _place(self) -> None:
        """Tell an epoch written as a bare number from the position in it: `[3/10][100/500]`."""
        kinds = [counter.kind for counter in self.counters]
        if "epoch" in kinds:
            if any(names.canonical(value.key) == "reward" for value in self.values):
                self.counters = [
                    c._replace(kind="episode") if c.name.lower() == "ep" else c
                    for c in self.counters
                ]
        elif kinds == ["batch", "batch"]:
            self.counters[0] = self.counters[0]._replace(kind="epoch")
        elif kinds == ["batch"] and (at := self.counters[0].at) and self.splits == [at - 1]:
            self.counters.insert(0, Counter("epoch", at - 1))  # `Train: 3 [100/5005 (2%)]`
        if self.counters and any(names.canonical(value.key) == "loss" for value in self.values):
            for at in self.splits:  # beside the loss, `Val: 0.6` is a score
                if "." in self.tokens[at]:
                    name = key_of(self.pieces[at]).name
                    self._measure(Value(f"{name} acc", at), True)

    def _lead(self) -> None:
        """Take a bare number at the beginning for a counter where the line names none."""
        first = next((value.at for value in self.values if is_known(value.key)), 0)
        if self.counters or not first:
            return
        if self.pieces[first - 1].endswith("[") and self.pieces[first].startswith("]"):
            self.counters.append(Counter("lead", first - 1))  # `… writer.py:48] [100] loss=2.3`
            return
        start, after = self.pieces[0].strip(), self.pieces[1].strip()
        if start not in ("", "[", "#", "(") or not _INTEGER.fullmatch(self.tokens[0]):
            return
        if start == "[" and after == "," and self.pieces[2].startswith("]"):  # [epoch, batch]
            self.counters += [Counter("epoch", 0), Counter("batch", 1)]
        elif self.values[0].at:
            self.counters.append(Counter("lead", 0))

    def _inherit(self) -> None:
        """Give the split of the line's first metric to those after it that name none."""
        keys = [v.key for v in self.values]
        if self.context or len(keys) < 2 or names.split(keys[0]) == "train":
            return
        rest = keys[1:]
        plain = [names.plain(key) for key in keys]
        if any(names.split(k) != "train" or "train" in k.lower() for k in rest):
            return
        if len(set(plain)) < len(plain):
            return
        where = names.split(keys[0])
        self.values[1:] = [
            v._replace(key=f"{where}/{v.key}") if _depends(v.key) else v for v in self.values[1:]
        ]


def _depends(key: str) -> bool:
    """Return whether a metric differs between training and evaluation data."""
    if names.canonical(key) is None:
        return True
    return names.canonical(f"eval/{key}") is not None
