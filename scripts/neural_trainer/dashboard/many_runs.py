"""The picture of several runs: a row for each, then the alarms that stand."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from neural_trainer.dashboard import amounts
from neural_trainer.dashboard.one_run import alarm_text, shown_below_here
from neural_trainer.dashboard.sparkline import sparkline
from neural_trainer.dashboard.status import Status
from neural_trainer.render.report_text import next_command
from neural_trainer.runs.plain_text import shown_name

MOST_ROWS = 40  # where the height is free
MOST_ALARMS = 8
_LINES_OF_ALARM = 2  # counted where the height is bounded
LEAST_NAME = 12  # columns
# Columns beside the name: width, and those that go first where the terminal is narrow.
_WIDTHS = {
    "state": 9, "step": 13, "loss": 8, "course": 10, "held out": 8, "left": 7, "alarms": 6,
}  # fmt: skip
_LEFT_OUT = ("course", "held out", "left", "state")


def many_runs(
    statuses: Sequence[Status],
    width: int,
    height: int | None,
    now_s: float,
    num_older: int = 0,
) -> RenderableType:
    """Return the picture, `width` columns wide; height: lines it may have, None for any number.

    num_older: runs of the project that are not among `statuses`.
    """
    alarmed = [status for status in statuses if status.alarms and status.alarms.raised]
    told = [Text(line) for status in alarmed for line in _first_alarm(status)]
    most, most_alarms = MOST_ROWS, MOST_ALARMS
    if height is not None:
        most_alarms = min(MOST_ALARMS, max(1, height // 8))
        most = max(1, height - _LINES_OF_ALARM * min(len(told), most_alarms) - 6)
    shown = sorted(statuses, key=lambda s: s not in alarmed) if len(statuses) > most else statuses
    parts: list[RenderableType] = [Text(_count(statuses, alarmed, num_older), style="bold")]
    parts.append(_table(shown[:most], width, now_s))
    if len(statuses) > most:
        parts.append(Text(f"… and {len(statuses) - most} more: --json holds all"))
    if told:
        parts.append("")
        for line in told[:most_alarms]:
            line.stylize("red")
            parts.append(line)
        if len(told) > most_alarms:
            parts.append(Text(f"… and {len(told) - most_alarms} more runs with alarms"))
    first = (alarmed or list(statuses))[0]
    verb = "monitor" if height is not None else "monitor --once"
    return Group(*parts, "", Text(next_command(verb, [shown_below_here(first.path)])))


def _first_alarm(status: Status) -> list[str]:
    """Return the sentence of the alarm that stands longest; none where none stands."""
    axis = status.run.axis if status.run is not None else "step"
    raised = status.alarms.raised[:1] if status.alarms is not None else ()
    return [f"! {shown_name(status.name)}: {alarm_text(alarm, axis)}" for alarm in raised]


def _count(statuses: Sequence[Status], alarmed: Sequence[Status], num_older: int) -> str:
    older = f"; {num_older} older ones are not looked at" if num_older else ""
    return f"{len(statuses)} runs, {len(alarmed) or 'none'} with alarms that stand{older}"


def _table(statuses: Sequence[Status], width: int, now_s: float) -> Table:
    columns = dict(_WIDTHS)
    for name in _LEFT_OUT:
        if _name_width(columns, width) < LEAST_NAME:
            del columns[name]
    name_width = max(_name_width(columns, width), LEAST_NAME)
    longest = max((len(shown_name(status.name)) for status in statuses), default=0)
    name_width = min(name_width, max(longest, LEAST_NAME))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("run", width=name_width, no_wrap=True, overflow="ellipsis")
    for name, wide in columns.items():
        right = name not in ("course", "state")
        table.add_column(
            name, width=wide, no_wrap=True, overflow="ellipsis",
            justify="right" if right else "left",
        )  # fmt: skip
    for status in statuses:
        cells = _cells(status, now_s)
        style = "red" if cells["alarms"] not in ("0", "-") else ""
        row = [Text(shown_name(status.name, name_width), style=style)]
        table.add_row(*row, *(Text(cells[name]) for name in columns))
    return table


def _name_width(columns: dict[str, int], width: int) -> int:
    return width - sum(columns.values()) - len(columns)


def _cells(status: Status, now_s: float) -> dict[str, str]:
    """Return what stands in each column of _WIDTHS."""
    word = status.state.partition(":")[0].removesuffix(" now")
    state = {"cannot be read": "unread"}.get(word, word)
    cells = dict.fromkeys(_WIDTHS, "-") | {"state": state, "course": ""}
    cells["state"] = state or amounts.age(now_s - status.changed)
    if status.run is None:
        return cells
    total = amounts.count(status.total)
    step = amounts.count(status.run.last_step)
    cells["step"] = step if total == "-" else f"{step}/{total}"
    measures = status.measures
    if measures:
        cells["loss"] = amounts.value(measures[0].now)
        cells["course"] = sparkline(status.run.signals[measures[0].name], _WIDTHS["course"])
    held_out = next((m for m in measures[1:2] if m.name.startswith("eval/")), None)
    if held_out is not None:
        cells["held out"] = amounts.value(held_out.now)
    goes_on = state != "ended" and not status.is_silent(now_s)
    cells["left"] = amounts.duration(status.seconds_left) if goes_on else ""
    cells["alarms"] = "-" if status.alarms is None else str(len(status.alarms.raised))
    return cells
