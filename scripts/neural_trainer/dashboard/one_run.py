"""The picture of one run: how far it is, its signals now, its alarms, its curve."""

from __future__ import annotations

import math
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from neural_trainer.dashboard import amounts
from neural_trainer.dashboard.alarms import Raised
from neural_trainer.dashboard.machine import Machine
from neural_trainer.dashboard.sparkline import sparkline
from neural_trainer.dashboard.status import Measure, Status
from neural_trainer.render.chart import chart
from neural_trainer.render.report_text import next_command
from neural_trainer.runs.plain_text import shown_name, shown_path
from neural_trainer.runs.quantities import size

MOST_ALARMS = 6
MANY_SIGNALS = 40  # from which it is said that most are not shown
LEAST_CHART, MOST_CHART = 4, 20  # lines
CHART = 10  # lines where the height is free
_COURSE = 20  # columns
_NAME = 24  # columns of a signal's name
_AROUND_CHART = 3  # its title, its axis and the line before it


def one_run(status: Status, width: int, height: int | None, now_s: float) -> RenderableType:
    """Return the picture, `width` columns wide; height: lines it may have, None for any number."""
    above = [*_heading(status, width, now_s), *_signals(status), *_alarms(status)]
    below = ["", next_command("diagnose", [shown_below_here(status.path)])]
    parts: list[RenderableType] = [*above]
    if status.run is not None and status.chief:
        room = CHART if height is None else height - _lines([*above, *below], width) - _AROUND_CHART
        if room >= LEAST_CHART:
            drawn = chart([status.run], status.chief, width=width, height=min(room, MOST_CHART))
            parts += ["", Text(drawn, no_wrap=True)]
    return Group(*parts, *map(Text, below))


def shown_below_here(path: str) -> str:
    """Return a path as it is typed from where the command runs."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def alarm_text(alarm: Raised, axis: str) -> str:
    """Return an alarm as one sentence, with its likely cause."""
    share = "" if math.isnan(alarm.confidence) else f", {100 * alarm.confidence:.0f} %"
    likely = f" (likely {alarm.cause}{share})" if alarm.cause and alarm.cause != alarm.id else ""
    return f"{alarm.id} since {axis} {amounts.step(alarm.step)}: {alarm.message}{likely}"


def _heading(status: Status, width: int, now_s: float) -> list[RenderableType]:
    run, title = status.run, Text(shown_name(status.name), style="bold")
    where = shown_path(Path(shown_below_here(status.path)))
    title.append(f"  {where if run is None else f'{run.format} in {where}'}", style="dim")
    if run is None:
        return [title, Text(status.state, style="yellow")]
    lines: list[RenderableType] = [title]
    total, pace, left = status.total, status.steps_per_s, status.seconds_left
    told = f"{run.axis} {amounts.step(run.last_step)}"
    if math.isfinite(total):
        told += f" of {amounts.step(total)}"
        bar = _bar(run.last_step / total, min(width, 40))
        lines.append(Text(f"{bar} {100 * run.last_step / total:.0f} %"))
    if math.isfinite(pace):
        told += f" · {amounts.value(pace)} {run.axis}s/s"
    silent = status.is_silent(now_s)
    if not status.state.startswith("ended") and not silent:
        known = math.isfinite(left)
        told += f" · {amounts.duration(left)} left" if known else f" · time left: {_why(status)}"
    lines.append(Text(told))
    written = amounts.age(now_s - status.changed)
    said = [status.state, f"last written {written}" if written else ""]
    said += ["longer than its pace explains: ended, stopped or hanging"] if silent else []
    state = ", ".join(filter(None, said))
    well = not silent and status.state in ("", "ended: completed")
    lines.append(Text(state, style="" if well else "yellow"))
    return [line for line in lines if str(line)]


def _why(status: Status) -> str:
    return "its length is not in the log" if math.isnan(status.total) else "the log has no clock"


def _bar(share: float, width: int) -> str:
    full = round(min(max(share, 0), 1) * width)
    return "█" * full + "░" * (width - full)


def _signals(status: Status) -> list[RenderableType]:
    run = status.run
    if run is None:
        return []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in (("", "left"), ("now", "right"), ("smoothed", "right"), ("best", "left")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("course", no_wrap=True, overflow="crop")
    for measured in status.measures:
        course = sparkline(run.signals[measured.name], _COURSE)
        table.add_row(*map(Text, (shown_name(measured.name, _NAME), *_cells(measured), course)))
    parts: list[RenderableType] = ["", table] if table.row_count else ["", Text("no signal yet")]
    parts += _machine(status.machine)
    if status.not_logged:
        parts.append(Text(f"not logged: {', '.join(status.not_logged)}", style="dim"))
    num_signals = sum(1 for series in run.signals.values() if len(series))
    if num_signals > MANY_SIGNALS:
        parts.append(Text(f"{num_signals} signals are logged; curves LOG --signal NAME shows one"))
    parts += [Text(f"note: {shown_name(note, 200)}", style="dim") for note in run.notes[:2]]
    return parts


def _cells(measured: Measure) -> tuple[str, str, str]:
    if measured.name == "memory_bytes":
        return size(measured.now), "", ""
    best = ""
    if math.isfinite(measured.best) and measured.name.removeprefix("eval/") not in _RATES:
        best = f"{amounts.value(measured.best)} at {amounts.step(measured.best_step)}"
    smoothed = amounts.value(measured.smoothed) if math.isfinite(measured.smoothed) else "-"
    return amounts.value(measured.now), smoothed, best


_RATES = ("throughput", "step_time_s")  # of which the best says nothing about the model


def _machine(machine: Machine | None) -> list[RenderableType]:
    if machine is None:
        return []
    told = []
    if machine.memory_bytes is not None:
        told.append(f"{size(machine.memory_bytes)} of main memory")
    if machine.cpu_percent is not None:
        told.append(f"CPU {machine.cpu_percent:.0f} %")
    lines = [f"machine: {', '.join(told)}"] if told else []
    for gpu in machine.gpus:
        parts = [f"{size(gpu.used_bytes)} of {size(gpu.total_bytes)}"]
        parts += [f"busy {gpu.busy_percent:.0f} %"] if gpu.busy_percent is not None else []
        parts += [f"{gpu.temperature_c:.0f} °C"] if gpu.temperature_c is not None else []
        lines.append(f"GPU {gpu.number}: {', '.join(parts)}")
    return [Text(line) for line in lines]


def _alarms(status: Status) -> list[RenderableType]:
    alarms, run = status.alarms, status.run
    if alarms is None or run is None:
        return []
    by = f"by {alarms.origin}"
    if not alarms.raised:
        verdict = f": {alarms.verdict.replace('_', ' ')}" if alarms.verdict else ""
        return ["", Text(f"alarms: none stand ({by}{verdict})", style="green")]
    parts: list[RenderableType] = ["", Text(f"alarms: {len(alarms.raised)} ({by})", style="red")]
    parts += [
        Text(f"! {alarm_text(a, run.axis)}", style="red") for a in alarms.raised[:MOST_ALARMS]
    ]
    if len(alarms.raised) > MOST_ALARMS:
        parts.append(Text(f"… and {len(alarms.raised) - MOST_ALARMS} more: --json holds all"))
    return parts


def _lines(parts: list[RenderableType], width: int) -> int:
    """Return how many lines `parts` take when they are drawn."""
    console = Console(width=width, height=100, color_system=None)
    return len(console.render_lines(Group(*parts), console.options, pad=False))
