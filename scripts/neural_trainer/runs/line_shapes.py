"""Shapes of log lines: the text between the numbers, and which number is which metric or counter.

A log repeats few shapes, so that what the numbers mean is worked out once a shape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neural_trainer.runs import names
from neural_trainer.runs.line_counters import counts
from neural_trainer.runs.line_keys import (
    ends_training,
    is_known,
    is_place,
    kept,
    key_of,
    named_after,
    split_of,
    subject_of,
)
from neural_trainer.runs.line_lists import list_of
from neural_trainer.runs.line_plans import MEAN_OF, Counter, Plan, Value
from neural_trainer.runs.line_results import result_of
from neural_trainer.runs.line_times import SECONDS, is_duration, is_told_beside, with_durations
from neural_trainer.runs.line_units import ROUNDED, SCALES, UNIT

_INTEGER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_COUNTED = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.0*)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]\d+)?")
_CLOCK = re.compile(r"\d+[:/-]\d\d?\b")
_RATE = re.compile(r"[kK]? ?((?:tok|tokens|samples|sents?|words|images|imgs|img|ex|examples|frames)"
                   r" ?(?:/|per) ?s(?:ec(?:ond)?)?)\b")  # fmt: skip
_POSITION = re.compile(r"\d{3,}")
_MEAN = re.compile(r"%?\s*\((?:avg|mean|average|global avg)?\s*[:=]?\s*$")
_TIME = re.compile(r" ?(?:ms|secs?|seconds|s|mins?)\b")
_OF_EPISODES = {"avg", "mean", "average", "min", "max"}
_INDEX = re.compile(r"[A-Za-z]\[$")
_INDEXED = re.compile(r"\]\w*\s*[=:]")
_BARRED = re.compile(r"\| *[^\W\d]\w*(?: \w+)? $")  # a name alone between two bars
_NEXT = re.compile(r"[\s,)]*(?:[\w.]+\()?$")  # between two elements of a list
_OF_A_STEP = {"time", "dt", "cost_time", "time_cost"}  # in ms, beside a counter: nanoGPT's kin
_PACE = re.compile(r"^ ?/s(?:ec)?\b")  # of what, is not said
# What every line that tells of a training has: a mark, or a word of a counter or a metric.
_TELLING = re.compile(
    r"[:=\uff1a|\[]|epoch|step|iter|loss|acc|err|cost|reward|return|lr|norm|ppl|perplexity|update|"
    r"episode|round|generation|tick|dice|iou|auc|f1|map|bleu|score|mse|mae|train|val",
    re.IGNORECASE,
)  # fmt: skip


def plan_of(parts: Sequence[str], section: str = "") -> Plan | None:
    """Return what the numbers of a line mean, None where it tells of no metric and no counter.

    section: the split ("eval", "test") that a heading above the line named; a line with a counter
    stands below it no more, but where the heading is the line before ("eval!").
    """
    texts = " ".join(parts[::2])
    if (
        (_TELLING.search(texts) is None and " hella " not in texts)  # build-nanogpt's score
        or "Avg IOU:" in texts
        or "Namespace(" in texts
    ):  # darknet's regions, where nan is no failure; the settings of argparse
        return None
    if (listed := list_of(parts[::2], parts[1::2])) is not None:
        return listed
    if (result := result_of(parts[::2])) is not None:
        return result
    plan = _Line(parts[::2], parts[1::2], section.rstrip("!")).plan()
    if section and section[-1] != "!" and plan is not None and plan.counters:
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
        self.of_loss = False  # what stands behind `loss = p:0.008 v:0.018` are its terms
        self.of_best = False  # what stands behind `Best epoch 3` is told again
        self.indexed = ""  # a name with its index: `EvalErr[0]PerSample = 0.2`
        self.means: dict[int, int] = {}  # tokens that their running mean follows, and that

    def plan(self) -> Plan | None:
        for at in range(len(self.tokens)):
            self._token(at)
        self._positional()
        self._place()
        self._lead()
        self._inherit()
        trains = any(_depends(v.key) and names.split(v.key) == "train" for v in self.values)
        held_out = self.evaluated and not trains
        self.values = with_durations(self.values, self.counters, self.means, held_out)
        if not self.counters and not self.alone:
            self.values = [v for v in self.values if v.key in self.marked]
        paths = all("/" in value.key for value in self.values)  # DreamerV3's
        if self.alone and (self.counters or paths) and len(self.values) > 2:
            self.marked |= {v.key for v in self.values}  # a line of nothing but names and numbers
        known = [v.at for v in self.values if is_known(v.key)]
        start = min([c.at for c in self.counters] + known, default=len(self.tokens))
        sole = len(self.tokens) == len(self.values) and not "".join(self.pieces[1:]).strip("/% \t")
        closes = bool(self.values) and any(map(ends_training, self.pieces))
        if sole or closes or self._is_of_scores() or any(c.bar for c in self.counters):
            start = 0  # what stands before a progress bar belongs to it
        values = [v for v in self.values if v.at >= start and self._kept(v.key)]
        if values and self.counters and not held_out:
            taken = {v.at for v in values}
            beside = {v.at for v in self.values if v.at >= start and is_told_beside(v.key)}
            values = [v for v in self.values if v.at in taken | beside]
        marked = any(v.key in self.marked for v in values)
        if not known and not (marked and (self.counters or self.evaluated or sole)):
            values = []  # numbers beside no counter must be known by name, or stand alone
        if not values and not self.counters:
            return None
        if [counter.kind for counter in self.counters] in (["batch"], ["step"]):
            told = ((f"{MEAN_OF}{v.key}", self.means.get(v.at)) for v in values)
            values += [Value(key, mean) for key, mean in told if mean and not held_out]
        heading = not values and self.evaluated
        inside = any(counter.kind == "batch" for counter in self.counters)
        opens = self.context if heading and not inside else ""
        paced = self.pieces[-1] == " sec)"
        counters = tuple(self.counters)
        return Plan(counters, tuple(values), bool(known), self.evaluated, opens, paced, closes)

    def _is_of_scores(self) -> bool:
        """Tell whether all numbers are named fractions: `CP: 0.91, CR: 0.61, CF1: 0.73`."""
        named = all(is_known(v.key) or v.key in self.marked for v in self.values)
        prefixed = "__" in self.pieces[0]  # by a logger's name
        return self.alone and named and not prefixed and all("." in token for token in self.tokens)

    def _token(self, at: int) -> None:
        before, token = self.pieces[at], self.tokens[at]
        text = before.strip()
        if text == "/" and at and self._fraction(at):
            return
        if text == "/" and self.last == "value" and self.values[-1].key[-1] == ")":
            self._measure(Value(f"{self.values[-1].key}/1", at), True)  # D(G(z)): 0.5 / 0.4
            return
        if _INDEX.search(before) and _INDEXED.match(self.pieces[at + 1]) and len(token) < 3:
            name = key_of(before).name
            if token.isdecimal() and counts(names.plain(name)) is None:
                self.indexed, self.last = f"{before.rstrip('[ ')}_{token}", "free"
                return
        if self.last == "value" and _MEAN.match(text):
            self.means[self.values[-1].at] = at
            # Of a pass over evaluation data the running mean is the result.
            if self.evaluated and self.values[-1].over < 0 and "/" not in self.pieces[at + 1][:2]:
                self.values[-1] = self.values[-1]._replace(at=at)
            self.last = "mean"
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
        if text == ":" and self.last != "counter" and self.pieces[at - 1].endswith("#"):
            before = f"{self.pieces[at - 1]}{self.tokens[at - 1]}:"
        if at:
            rate = _RATE.match(before)
            before = before[rate.end() :] if rate else UNIT.sub("", before, count=1)
            before = _PACE.sub("", before)
        if self.indexed:
            before, self.indexed = self.indexed + before.removeprefix("]"), ""
        self._named(at, before, token)

    def _fraction(self, at: int) -> bool:
        """Read the number after a slash: a total, a divisor or the end of an unnamed counter."""
        if not (_INTEGER.fullmatch(self.tokens[at]) and _INTEGER.fullmatch(self.tokens[at - 1])):
            return False
        if self.last == "counter" and self.counters[-1].at == at - 1:
            self.counters[-1] = self.counters[-1]._replace(total=at)
        elif self.last == "value" and self.values[-1].key[:11].lower() == "evaluating ":
            self.values.pop()  # how far an evaluation has come: `evaluating HellaSwag: 30/79`
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
        self.of_loss |= bool(context) and context[-1].strip(" '\"").lower() in ("loss", "losses")
        words = names.plain(name) or ("" if name.isascii() else name)
        if self.of_loss and marked and words and not is_known(name) and not counts(words):
            name = f"loss/{name}"
        if not words:  # nothing, or the name of a split alone
            self._enter(name)
            split = names.split_prefix(name) is not None
            marked = marked or (split and (bool(self.splits) or bool(self.counters)))
            if split and not marked and at == 1 and _INTEGER.fullmatch(self.tokens[0]):
                name = f"{name} loss"  # `250 val 3.2`, the file that build-nanogpt writes
            else:
                self.splits += [at] * (split and marked)
                name = self.subject if marked and not name else ""
        rate = _RATE.match(self.pieces[at + 1])
        if rate and not is_known(name):
            name, marked = rate[1], True
            unit = "K" if rate[0][0] in "kK" else unit
        elif not is_known(name):
            behind = named_after(self.pieces[at + 1], token, at + 1 == len(self.tokens))
            name, marked = (behind, True) if behind else (name, marked)
        self.subject = ""
        if not name or (not marked and not all(map(is_place, context))):
            self.alone = self.alone and _CLOCK.match(token) is not None
        if not name:
            return
        if words[:5] == "best " and counts(words[5:]):
            self.of_best = True
        of_run = (words == "s" and at) or name.endswith("start_epoch")
        kind = None if of_run else counts(words)
        after = self.pieces[at + 1]
        suffix = UNIT.match(after)
        unit = unit or (suffix[0].strip() if suffix else "")
        if name.lower() in _OF_A_STEP and unit == "ms" and self.counters:
            name, marked = "step_time", True
        if after[:2] == "%|" or (kind and after[:1] == "%"):
            return  # how far it has come
        if kind and (_NUMBER if kind in ("epoch", "kimg") else _COUNTED).fullmatch(token):
            self._enter(name)
            scale = 1.0 if after[1:2].isalpha() else ROUNDED.get(after[:1], 1.0)
            self._count(Counter(kind, at, name=name, scale=scale))
            self.subject = next((s for s in map(subject_of, context) if is_known(s)), "")
        elif not self.of_best and (not _CLOCK.match(token) or is_known(name)):
            timed = is_duration(name) or names.canonical(name) in ("step_time_s", "data_time_s")
            scale = (SECONDS if timed else SCALES).get(unit, 1.0)
            between_bars = after.lstrip()[:1] in ("", "|") and _BARRED.search(before)
            if opener == "(" or (between_bars and (self.counters or self.marked)):
                marked = True
            self._measure(Value(self._placed(name), at, scale=scale), marked)
            self.last = "list" if opener == "[" else "value"

    def _kept(self, key: str) -> bool:
        """Return whether a value is a metric; those of episodes may be called Avg, Min and Max."""
        marked = key in self.marked
        of_episodes = any(counter.kind == "episode" for counter in self.counters)
        return kept(key, marked) or (marked and of_episodes and key.lower() in _OF_EPISODES)

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

    def _place(self) -> None:
        """Tell an epoch written as a bare number from the position in it: `[3/10][100/500]`."""
        kinds = [counter.kind for counter in self.counters]
        if kinds.count("epoch") > 1 and any(c.name.lower() == "ep" for c in self.counters):
            self.counters = [
                c._replace(kind="episode") if c.name.lower() == "ep" else c for c in self.counters
            ]
        elif "epoch" in kinds:
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
            # Beside the loss, `Val: 0.6` is a score; after `loss train: 0.5` it is a loss.
            said = any(v.key.lower().split()[0] == "loss" and " " in v.key for v in self.values)
            for at in self.splits:
                if "." in self.tokens[at]:
                    name = key_of(self.pieces[at]).name
                    self._measure(Value(f"{name} {'loss' if said else 'acc'}", at), True)
        elif self.counters and len(self.splits) > 1:
            self._measure_splits()
        first: dict[str, Counter] = {}
        # Of two of a kind the first counts (lit-gpt's `iter 4 step 2`), or that with a total.
        for counter in sorted(self.counters, key=lambda c: c.total < 0):
            first.setdefault(counter.kind, counter)
        self.counters = list(first.values())

    def _measure_splits(self) -> None:
        """Keep `train 0.5 val 0.6` by these names: whether losses or scores is not said."""
        for at in self.splits:
            if "." in self.tokens[at]:
                self._measure(Value(key_of(self.pieces[at]).name, at), True)

    def _positional(self) -> None:
        """Read `train 050 2.31e+00 12.5 45.3`: loss, top 1 and top 5 of a batch (DARTS)."""
        if self.marked or any(is_known(v.key) for v in self.values):
            return
        rest = [at for at in range(len(self.tokens)) if self.pieces[at].strip()]
        at = rest[-1] if rest else 0
        name = self.pieces[at].split()[-1:]
        found = self.tokens[at + 1 :]
        if not (name and names.split_prefix(name[0]) is not None and 2 <= len(found) <= 3):
            return
        if not _POSITION.fullmatch(self.tokens[at]) or not all("." in token for token in found):
            return
        self._enter(name[0])
        self.values, self.counters = [], [Counter("batch", at)]
        for i, key in enumerate(("loss", "top1", "top5")[: len(found)], at + 1):
            self._measure(Value(self._placed(key), i), True)

    def _lead(self) -> None:
        """Take a bare number at the beginning for a counter where the line names none."""
        first = next((value.at for value in self.values if is_known(value.key)), 0)
        if self.counters or not first:
            return
        inside = self.pieces[first - 1].endswith("[") and self.pieces[first].startswith("]")
        if inside and _INTEGER.fullmatch(self.tokens[first - 1]):
            self.counters.append(Counter("lead", first - 1))  # `… writer.py:48] [100] loss=2.3`
            return
        start, after = self.pieces[0].strip(), self.pieces[1].strip()
        if not start and _TIME.match(self.pieces[1]):
            return  # Keras' `15s - loss: 1.0029`
        if not start and not after and first == 2 and _INTEGER.fullmatch(self.tokens[1]):
            self.counters += [Counter("epoch", 0), Counter("batch", 1)]  # `3 40 loss - 5.2`
            return
        if start not in ("", "[", "#", "(") or not _INTEGER.fullmatch(self.tokens[0]):
            return
        if start == "[" and after == "," and self.pieces[2].startswith("]"):  # [epoch, batch]
            self.counters += [Counter("epoch", 0), Counter("batch", 1)]
        elif self.values[0].at:
            self.counters.append(Counter("lead", 0))

    def _inherit(self) -> None:
        """Give the split of the line's first metric to those after it that name none.

        And that of the metric before to one that the line has named already.
        """
        seen: set[str] = set()
        where = "train"
        for i, value in enumerate(self.values):
            own = names.split(value.key)
            where = own if own != "train" or "train" in value.key.lower() else where
            if value.key in seen and where != own:
                self._rename(i, f"{where}/{value.key}")
            seen.add(value.key)
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
        for i, value in enumerate(self.values[1:], 1):
            if _depends(value.key):
                self._rename(i, f"{where}/{value.key}")

    def _rename(self, i: int, key: str) -> None:
        if self.values[i].key in self.marked:
            self.marked.add(key)
        self.values[i] = self.values[i]._replace(key=key)


def _depends(key: str) -> bool:
    """Return whether a metric differs between training and evaluation data."""
    if names.canonical(key) is None:
        return True
    return names.canonical(f"eval/{key}") is not None
