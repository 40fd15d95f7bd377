"""Has the run stopped stepping? Measured by launch's own clock, against the run's own pace."""

from __future__ import annotations

from collections import deque
from statistics import median

# A step may be an evaluation or a checkpoint: so often the usual gap, and so often the longest yet.
TIMES_MEDIAN = 20.0
TIMES_LONGEST = 3.0
IDLE_S = 120.0  # of processes that do nothing; a shorter silence may be a slow disk
BUSY_S = 600.0  # of processes that compute: a first evaluation, or ranks that wait by spinning,
# for which NCCL's own watchdog takes 10 minutes
FIRST_STEP_S = 1800.0  # loading and compiling (SageMaker Debugger's StalledTraining: 1800 s)
KEPT = 200  # gaps


class Pace:
    """The gaps between the moments at which new steps were seen, in seconds of a steady clock."""

    def __init__(self, started_s: float, asked_s: float | None = None) -> None:
        """asked_s: hold this for the limit whatever the run's pace is."""
        self._asked_s = asked_s
        self._seen_s = started_s
        self._gaps: deque[float] = deque(maxlen=KEPT)
        self._longest_s = 0.0
        self._num_seen = 0
        self.first_step: float | None = None
        self.step: float | None = None

    def observe(self, step: float, now_s: float) -> None:
        """Take the last step that was logged; one that is not new counts nothing."""
        if self.step is not None and step == self.step:
            return
        if self._num_seen:  # what comes before the first step is no gap between steps
            gap = now_s - self._seen_s
            self._gaps.append(gap)
            self._longest_s = max(self._longest_s, gap)
        else:
            self.first_step = step
        self._num_seen += 1
        self.step, self._seen_s = step, now_s

    def usual_s(self) -> float:
        """Return the median gap; 0 before there is one."""
        return median(self._gaps) if self._gaps else 0.0

    def limit_s(self, *, is_idle: bool = False) -> float:
        """Return how long no new step may be seen; less of processes that do nothing meanwhile."""
        if self._asked_s is not None:
            return self._asked_s
        if len(self._gaps) < 3:
            return FIRST_STEP_S
        floor = IDLE_S if is_idle else BUSY_S
        return max(TIMES_MEDIAN * self.usual_s(), TIMES_LONGEST * self._longest_s, floor)

    def silent_s(self, now_s: float) -> float:
        """Return for how long no new step has been seen."""
        return now_s - self._seen_s
