"""Shows the picture: once, or on a terminal for as long as somebody looks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from neural_trainer.dashboard.amounts import age
from neural_trainer.dashboard.looking import Looker
from neural_trainer.dashboard.many_runs import many_runs
from neural_trainer.dashboard.one_run import one_run

EVERY_S = 1.0
NARROWEST = 40  # columns; a narrower terminal cuts lines off
IDLE_REST = 100.0  # times as long as a look without news took: at most 1 % of a core is used
REST = 10.0  # times as long as a look with news took, in bounds
MOST_WAIT_S = 10.0
NOTHING = "No run is registered in this project."


def picture(seen: Looker, width: int, height: int | None, now_s: float) -> RenderableType:
    """Return the picture of the runs in `width` columns and `height` lines, None for any number."""
    statuses = seen.statuses
    if not statuses:
        following = "Next: neural-trainer launch -- COMMAND, or neural-trainer monitor LOG"
        return Group(Text(NOTHING), "", Text(following))
    if len(statuses) == 1:
        return one_run(statuses[0], width, height, now_s)
    return many_runs(statuses, width, height, now_s, seen.num_older)


def show(
    looker: Looker,
    console: Console,
    every_s: float = EVERY_S,
    *,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Draw the picture on a terminal again whenever something changes, until interrupted.

    What stands at the end is left on the screen. wall: unix seconds; clock: seconds, steady.
    """
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            drawn: object = None
            while True:
                began = clock()
                changed = looker.look()
                now_s, (width, height) = wall(), console.size
                state = (width, height, [age(now_s - s.changed) for s in looker.statuses])
                if changed or state != drawn:
                    drawn = state
                    parts = picture(looker, max(width, NARROWEST), height, now_s)
                    live.update(parts, refresh=True)
                if stop():
                    break
                sleep(wait_s(every_s, clock() - began, changed))
    except KeyboardInterrupt:  # the way out
        pass
    once(looker, console, wall())


def wait_s(every_s: float, took_s: float, changed: bool) -> float:
    """Return how long to rest after a look: long enough that looking costs little."""
    rest_s = min(REST * took_s, MOST_WAIT_S) if changed else IDLE_REST * took_s
    return max(every_s, rest_s) if math.isfinite(rest_s) else every_s


def once(looker: Looker, console: Console, now_s: float) -> None:
    """Print the picture below what stands on the screen."""
    console.print(picture(looker, max(console.width, NARROWEST), None, now_s), markup=False)
