"""What torch.profiler sees in some steps: operators, host and kernels, memory by step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from neural_trainer.inspect.profile.workload import DATA, MARK, PHASES, Workload

STEP = f"{MARK}step"


@dataclass(frozen=True)
class Operation:
    """An operator: its own time over all profiled steps, and its share of that of all operators."""

    name: str
    seconds: float
    share: float
    calls: int


@dataclass(frozen=True)
class Profiled:
    """Some steps under the profiler, which slows the host: shares are taken from it, no times.

    kernel_share: of the steps without their wait for data, what operators computed, on the GPU
    where the model is on one; the rest is the host's: Python, dispatch, waiting. On a CPU the
    dispatch of an operator counts as the operator's. peak_bytes: by step, above what was held at
    its start. held_bytes: what a step left behind more than it found.
    """

    kernel_share: float
    operations: tuple[Operation, ...]
    peak_bytes: tuple[int, ...]
    held_bytes: tuple[int, ...]


def profiled(work: Workload, num_steps: int, device: Any, trace: str | None = None) -> Profiled:
    """Take `num_steps` under torch.profiler; `trace`: write them as a Chrome trace to that file."""
    activities = [ProfilerActivity.CPU]
    is_cuda = device.type == "cuda"
    if is_cuda:
        activities.append(ProfilerActivity.CUDA)
    peaks: list[int] = []
    left: list[int] = []
    # acc_events: the events of this cycle are kept, as before torch 2.6 they were.
    with profile(activities=activities, profile_memory=True, acc_events=True) as seen:
        for _ in range(num_steps):
            if is_cuda:
                torch.cuda.reset_peak_memory_stats(device)
                before = torch.cuda.memory_allocated(device)
            with torch.profiler.record_function(STEP):
                work.step()
            if is_cuda:
                peaks.append(torch.cuda.max_memory_allocated(device) - before)
                left.append(torch.cuda.memory_allocated(device) - before)
    if not is_cuda:
        peaks, left = _memory_by_step(seen)
    if trace is not None:
        seen.export_chrome_trace(trace)
    share, operations = _operators(seen, is_cuda)
    return Profiled(share, operations, tuple(peaks), tuple(left))


def _operators(seen: Any, is_cuda: bool) -> tuple[float, tuple[Operation, ...]]:
    """Return the share of operators in what is no wait for data, and the operators by time."""
    events = list(seen.events())
    windows = {name: _windows(events, MARK + name) for name in PHASES}
    spent: dict[str, float] = defaultdict(float)
    calls: dict[str, int] = defaultdict(int)
    for event in events:
        if "::" not in event.name or "autograd::" in event.name:
            continue  # Python, and the engine that hands out the work, are the host's
        if "CPU" not in str(event.device_type):
            continue  # a kernel's own event: its time is that of the operator that launched it
        own_us = event.self_device_time_total if is_cuda else event.self_cpu_time_total
        if own_us <= 0:
            continue
        middle = (event.time_range.start + event.time_range.end) / 2
        if any(start <= middle <= end for start, end in windows[DATA]):
            continue
        spent[event.name] += own_us * 1e-6
        calls[event.name] += 1
    busy_us = sum(end - start for name in PHASES if name != DATA for start, end in windows[name])
    total = sum(spent.values())
    operations = sorted(
        (Operation(n, s, s / total if total else 0.0, calls[n]) for n, s in spent.items()),
        key=lambda one: -one.seconds,
    )
    return min(1.0, total / max(busy_us * 1e-6, 1e-12)), tuple(operations)


def _windows(events: list[Any], name: str) -> list[tuple[float, float]]:
    """Return from when to when, in microseconds, the marked blocks of a name went."""
    return [
        (event.time_range.start, event.time_range.end) for event in events
        if event.name == name and "CPU" in str(event.device_type)
    ]  # fmt: skip


def _memory_by_step(seen: Any) -> tuple[list[int], list[int]]:
    """Return by step the most that was allocated above its start, and what it left behind."""
    raw = seen.profiler.kineto_results.events()
    steps = sorted((e.start_ns(), e.start_ns() + e.duration_ns()) for e in raw if e.name() == STEP)
    changes = sorted((e.start_ns(), e.nbytes()) for e in raw if e.name() == "[memory]")
    peaks, left = [], []
    for start, end in steps:
        level = highest = 0
        for at_ns, num_bytes in changes:
            if start <= at_ns <= end:
                level += num_bytes
                highest = max(highest, level)
        peaks.append(highest)
        left.append(level)
    return peaks, left
