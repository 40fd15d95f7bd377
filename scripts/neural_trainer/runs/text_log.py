"""Text logs: their lines gathered by shape, the numbers of each in rows."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from neural_trainer.runs import names
from neural_trainer.runs.columns import number
from neural_trainer.runs.line_keys import is_known, parts_of
from neural_trainer.runs.line_plans import Plan
from neural_trainer.runs.line_shapes import plan_of
from neural_trainer.runs.line_tables import (
    Header,
    Row,
    form_of,
    header_of,
    header_of_two,
    row_of,
    torn_row_of,
)
from neural_trainer.runs.run import Array
from neural_trainer.runs.text_lines import State
from neural_trainer.runs.torn_line import LastLine

_MOST_SHAPES = 20_000  # held at once
_MOST_NEW = 300_000  # shapes looked into; a text with more repeats none
_MOST_GROUPS = 4_000
_MOST_NUMBERS = 200  # in a line; more are the values of a tensor
_SOURCE = re.compile(
    r"(?:import \w|from [\w.]+ import |def \w+\(|class \w+[(:]|@\w|#include|if __n)"
)
_MUCH_SOURCE = 5  # such lines: the text is a program, or a log that begins with one
_HEADING = re.compile(
    r"(?:\S.*[*=#-]{3,})?\W*(?:running |start(?:ing)? )?(eval|val|valid|train|test)[a-z]*"
    r"(?: [A-Za-z]+){0,2}(?: (?:mode|phase|stage|set|loop))?\W*",
    re.IGNORECASE,
)
_LONGEST_HEADING = 80  # characters
_FREQUENT = 8  # lines of a shape, from which on they are matched whole: three times as fast
_PLAIN = r"[-+]?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_OTHER = r"[-+0-9.,:/a-zA-Z ]{1,40}?"  # a clock, a date, nan
_MOST_OTHER = 2  # of them in a form: more would take long where they do not match


@dataclass
class Group:
    """The lines with the same counters and metrics. rows: order, counters, totals, values, …"""

    plan: Plan
    keys: list[str]
    scales: list[float]
    paced: bool = False  # some of its lines are: see Plan
    rows: array[float] = field(default_factory=lambda: array("d"))

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return 1 + 2 * len(self.plan.counters) + len(self.keys)

    def table(self) -> Array:
        """Return the rows, (n, width), NaN for a total that is not written.

        A line that counts and that every process of a job printed, one after the other, is there
        once.
        """
        rows = np.frombuffer(self.rows, np.float64).reshape(-1, self.width)
        if any(counter.scale != 1 for counter in self.plan.counters):
            rows = rows.copy()
            for i, counter in enumerate(self.plan.counters, 1):
                rows[:, i] *= counter.scale
        if not self.plan.counters or not self.keys:
            return rows
        above, below = rows[:-1, 1:], rows[1:, 1:]
        again = ((above == below) | (np.isnan(above) & np.isnan(below))).all(axis=1)
        if any(counter.kind != "lead" for counter in self.plan.counters):  # which a rank may be
            again &= np.diff(rows[:, 0]) == 1
        return rows[np.append(True, ~again)] if again.any() else rows


@dataclass
class _Shape:
    """How lines of one shape become rows. section: the heading they stand under.

    take: indices of the parts that make a row, -1 for none; over: which number of a row is divided
    by which part; match, order: the form of a whole line and its groups as a row has them.
    """

    group: Group
    section: str
    take: list[int]
    over: list[tuple[int, int]]
    uses: int = 0
    match: Callable[[str], re.Match[str] | None] | None = None
    order: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None

    def learn(self, parts: Sequence[str]) -> None:
        """Make the form of the line that `parts` are of, where each number is a plain one."""
        others = sum(re.fullmatch(_PLAIN, number) is None for number in parts[1::2])
        if self.over or len(self.take) < 2 or others > _MOST_OTHER or "" in parts[2:-1:2]:
            return
        taken = sorted(i for i in self.take if i > 0)
        form = []
        for i, part in enumerate(parts):
            if i % 2 == 0:
                form.append(re.escape(part).replace(r"\ ", " +"))
            elif i in taken:
                form.append(f"({_PLAIN})")
            else:
                form.append(_PLAIN if re.fullmatch(_PLAIN, part) else _OTHER)
        self.match = re.compile(" *" + "".join(form) + r"\s*", re.ASCII).fullmatch
        at = {part: group for group, part in enumerate(taken)}
        self.order = itemgetter(*(at.get(i, len(taken)) for i in self.take))


class Lines:
    """Gathers the lines of a text log."""

    def __init__(self) -> None:
        self.groups: dict[object, Group] = {}
        self.num_lines = 0
        self.num_source = self._num_new = 0
        self._shapes: dict[int, _Shape | Header | None] = {}
        self._table: Header | None = None  # the one whose rows may stand here
        self._rows_of: dict[Row, _Shape | None] = {}
        self._likely: _Shape | None = None  # that of the line before
        self._above = ""  # the last line without a number
        self._section = ""
        self._order = 0
        self._passing: Group | None = None

    def add(self, lines: Iterable[State]) -> None:
        """Take in lines."""
        for self.num_lines, text, passing in lines:
            likely = self._likely
            if likely is not None and likely.section == self._section:
                whole = likely.match(text) if likely.match is not None else None
                if whole is not None and likely.order is not None:
                    cells = likely.order((*whole.groups(), "nan"))
                    try:
                        row = [float(cell) for cell in cells]
                    except ValueError:
                        row = [float(cell.replace(",", "")) for cell in cells]
                    self._keep(likely.group, row, passing)
                    continue
            if self._table is not None and self._row_of_table(self._table, text, passing):
                continue
            parts = parts_of(text)
            if len(parts) == 1:
                self._heading(text)
                continue
            if len(parts) > 2 * _MOST_NUMBERS:
                continue
            if self._section[-1:] == "?":
                self._section = self._below_heading(parts, text)
            shape = self._shape_of(parts, text)
            if isinstance(shape, Header):
                self._table = shape
            elif shape is not None:
                self._row(shape, parts, passing)
                shape.uses += 1
                if shape.uses == _FREQUENT:
                    shape.learn(parts)
                self._likely = shape

    def add_last(self, text: str, last: LastLine | None) -> bool:
        """Take in what is whole of the last line of a file; return whether anything is."""
        self.num_lines += bool(text)
        if self._table is not None:
            is_whole = last is not None and last.is_whole
            if is_whole and self._row_of_table(self._table, text, False):
                return True
            found = torn_row_of(text, self._table)
            shape = self._shape(found[0].plan) if found is not None else None
            if found is not None and shape is not None and shape.group.keys:
                self._keep(shape.group, found[1], False)
                return True
        if last is None:
            return False
        if self._section[-1:] == "?":
            self._section = self._below_heading(last.parts, text)
        known = self._shape_of(last.parts, text)
        if not isinstance(known, _Shape):
            return False
        shape = self._in_part(known, 2 * last.num_whole)
        if shape is not None:
            self._row(shape, last.parts, False)
        return shape is not None

    def _in_part(self, shape: _Shape, end: int) -> _Shape | None:
        """Return a shape without the metrics at parts from `end` on; None without a counter."""
        plan, num = shape.group.plan, 2 * len(shape.group.plan.counters)
        over = dict(shape.over)
        keep = [i for i in range(num, len(shape.take)) if max(shape.take[i], over.get(i, 0)) < end]
        if max(shape.take[:num], default=0) >= end or (plan.values and not keep):
            return None
        values = tuple(plan.values[i - num] for i in keep)
        told = any(is_known(value.key) for value in values)
        part = self._shape(plan._replace(values=values, known=told))
        if part is None:
            return None
        take = shape.take[:num] + [shape.take[i] for i in keep]
        divided = [(num + at, over[i]) for at, i in enumerate(keep) if i in over]
        return _Shape(part.group, shape.section, take, divided)

    def _shape_of(self, parts: list[str], text: str) -> _Shape | Header | None:
        key = hash((self._section, *parts[::2]))  # the texts themselves may be long
        try:
            return self._shapes[key]
        except KeyError:
            return self._new(key, parts, text)

    def _below_heading(self, parts: list[str], text: str) -> str:
        """Return the section of the first line below a heading.

        One that counts epochs is of evaluation where one of training came before it at its epoch.
        """
        section, self._section = self._section[:-1], ""
        shape = self._shape_of(parts, text)
        if not isinstance(shape, _Shape) or not shape.group.plan.counters:
            return section
        group = shape.group
        if [counter.kind for counter in group.plan.counters] != ["epoch"] or not group.rows:
            return ""
        return section + "!" * (float(parts[shape.take[0]]) == group.rows[1 - group.width])

    def _row(self, shape: _Shape, parts: list[str], passing: bool) -> None:
        plan = shape.group.plan
        if plan.opens:
            self._section = f"{plan.opens}!"
        elif self._section[-1:] == "!":
            self._section = "" if plan.counters else self._section[:-1]
        elif plan.counters and not plan.evaluated:
            self._section = ""
        try:
            row = [float(parts[i]) if i > 0 else np.nan for i in shape.take]
        except ValueError:
            found = [number(parts[i].replace(",", "")) if i > 0 else np.nan for i in shape.take]
            if None in found:
                return
            row = [x for x in found if x is not None]
        for i, divisor in shape.over:
            by = float(parts[divisor].replace(",", ""))
            row[i] = row[i] / by if by else np.nan
        self._keep(shape.group, row, passing)

    def _row_of_table(self, table: Header, text: str, passing: bool) -> bool:
        """Take in a row of a table; return whether the line is one."""
        found = row_of(text, table, self._section.rstrip("?!"))
        if found is None:
            return False
        row, numbers = found
        if row not in self._rows_of:
            self._rows_of[row] = self._shape(row.plan) if row.plan.values else None
        shape = self._rows_of[row]
        if shape is not None:
            shape.uses += 1
            if shape.uses == _FREQUENT and (form := form_of(table, row, _PLAIN)) is not None:
                whole, groups = form
                shape.section = self._section
                shape.match = re.compile(whole, re.ASCII).fullmatch
                shape.order = itemgetter(*groups)
            self._likely = shape
            if row.plan.counters and not row.plan.evaluated:
                self._section = ""
            self._keep(shape.group, numbers, passing)
        return True

    def _keep(self, group: Group, row: list[float], passing: bool) -> None:
        rows = group.rows
        if self._passing is group and not group.plan.counters:  # what it wrote over
            del rows[-group.width :]
        self._order += 1
        rows.append(self._order)
        rows.extend(row)
        self._passing = group if passing else None

    def _new(self, key: int, parts: list[str], text: str) -> _Shape | Header | None:
        if text[:1] in "ifdc@#" and _SOURCE.match(text):
            self._source()
        self._num_new += 1
        header = plan = None
        if self._num_new <= _MOST_NEW:
            header = header_of(text)
            plan = plan_of(parts, self._section) if header is None else None
        shape = header if plan is None else self._shape(plan)
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        self._shapes[key] = shape
        return shape

    def _shape(self, plan: Plan) -> _Shape | None:
        keys = [value.key for value in plan.values]
        scales = [value.scale for value in plan.values]
        kinds = tuple(
            (c.kind, c.total >= 0, c.bar, c.scale, "" if keys else c.name) for c in plan.counters
        )
        same = (kinds, tuple(keys), tuple(scales), plan.evaluated, plan.opens, plan.closes)
        group = self.groups.get(same)
        if group is None:
            if len(self.groups) >= _MOST_GROUPS:
                return None
            group = self.groups[same] = Group(plan, keys, scales)
        group.paced |= plan.paced
        take = [2 * c.at + 1 for c in plan.counters]
        take += [2 * c.total + 1 for c in plan.counters]  # -1 where there is none
        first = len(take)
        take += [2 * v.at + 1 for v in plan.values]
        over = [(first + i, 2 * v.over + 1) for i, v in enumerate(plan.values) if v.over >= 0]
        return _Shape(group, self._section, take, over)

    def _heading(self, text: str) -> None:
        if text[:1] in "ifdc@#" and _SOURCE.match(text):
            self._source()
        elif len(bare := text.strip()) < _LONGEST_HEADING and (match := _HEADING.fullmatch(bare)):
            self._section = names.split_prefix(match[1].lower()) or ""
            self._section = self._section.rstrip("/") + "?" * bool(self._section)
        else:
            header = header_of(text) or header_of_two(self._above, text)
            self._table, self._above = header or self._table, text

    def _source(self) -> None:
        """Forget what a program's text before this line looked like."""
        self.num_source += 1
        if self.num_source >= _MUCH_SOURCE:
            self._shapes.clear()
            self._likely = None
            for same, group in list(self.groups.items()):
                if not group.plan.counters or len(group.rows) < 5 * group.width:
                    del self.groups[same]
