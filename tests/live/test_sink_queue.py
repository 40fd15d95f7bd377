"""A sink behind a queue: order, a slow one, a failing one, one that hangs, the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from neural_trainer.live.sink_queue import Row, SinkQueue
from neural_trainer.live.sinks import Sinks

SCRIPTS = Path(__file__).parents[2] / "scripts"


class Held:
    """A sink that takes nothing until it is let go."""

    def __init__(self) -> None:
        self.go, self.began = threading.Event(), threading.Event()
        self.steps: list[int] = []
        self.is_closed = False

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        self.began.set()
        self.go.wait(60)
        self.steps.append(step)

    def close(self) -> None:
        self.is_closed = True


def test_rows_arrive_in_order_and_the_sink_is_closed_after_the_last() -> None:
    sink = Held()
    sink.go.set()
    queue = SinkQueue(sink, "held")
    for step in range(1000):
        queue.write(step, {"loss": 1.0})
    queue.close()
    assert sink.steps == list(range(1000))
    assert sink.is_closed
    assert queue.news() == []


def test_a_full_queue_leaves_rows_out_counts_them_and_says_so_once() -> None:
    sink = Held()
    queue = SinkQueue(sink, "held", rows=10)
    queue.write(0, {})
    assert sink.began.wait(60)  # it holds row 0, so that exactly ten more find room
    for step in range(1, 31):
        queue.write(step, {})
    (said,) = queue.news()
    assert "held is too slow" in said
    assert "step 11 on" in said
    sink.go.set()
    queue.close()
    assert sink.steps == list(range(11))
    assert queue.num_dropped == 20
    assert queue.news() == ["sink held was too slow for 20 rows"]


def test_a_sink_that_raises_is_told_once_and_closed() -> None:
    closed = threading.Event()

    class Broken:
        def __call__(self, step: int, values: Mapping[str, float]) -> None:
            raise OSError("gone")

        def close(self) -> None:
            closed.set()
            raise OSError("still gone")

    queue = SinkQueue(Broken(), "broken")
    for step in range(7, 10):
        queue.write(step, {})
    queue.close()
    assert closed.is_set()
    assert queue.news() == ["sink broken dropped at step 7: OSError('gone')"]


def test_a_sink_that_hangs_is_left_after_the_time_given() -> None:
    sink = Held()
    queue = SinkQueue(sink, "held")
    for step in range(5):
        queue.write(step, {})
    assert sink.began.wait(60)
    queue.close(limit_s=0.01)
    (said,) = queue.news()
    assert "did not end within 0.01 s" in said
    assert "4 rows waiting" in said
    sink.go.set()


def test_a_sink_that_takes_many_rows_gets_all_of_them_in_order() -> None:
    first, go = threading.Event(), threading.Event()
    batches: list[list[int]] = []

    class Many:
        def __call__(self, step: int, values: Mapping[str, float]) -> None:
            raise AssertionError("write_rows is there")

        def write_rows(self, rows: Sequence[Row]) -> None:
            first.set()
            go.wait(60)
            batches.append([step for step, _ in rows])

    queue = SinkQueue(Many(), "many")
    queue.write(0, {})
    assert first.wait(60)
    for step in range(1, 2501):
        queue.write(step, {})
    go.set()
    queue.close()
    assert [len(batch) for batch in batches] == [1, 1000, 1000, 500]
    assert [step for batch in batches for step in batch] == list(range(2501))


def test_notes_are_given_in_the_thread_that_writes() -> None:
    notes: list[tuple[str, threading.Thread]] = []

    def broken(step: int, values: Mapping[str, float]) -> None:
        raise OSError("gone")

    got: list[int] = []
    sinks = Sinks(
        [broken, lambda step, values: got.append(step)],
        lambda text: notes.append((text, threading.current_thread())),
    )
    for step in range(3):
        sinks.write(step, {})
    sinks.close()
    sinks.close()
    assert got == [0, 1, 2]
    assert notes == [("sink broken dropped at step 0: OSError('gone')", threading.current_thread())]


def test_a_row_is_as_it_was_when_it_was_written() -> None:
    seen: list[Mapping[str, float]] = []
    sinks = Sinks([lambda step, values: seen.append(values)], pytest.fail)
    values = {"loss": 1.0}
    sinks.write(1, values)
    values["loss"] = 2.0
    sinks.close()
    assert seen == [{"loss": 1.0}]


def run(code: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_an_interpreter_that_ends_without_close_lets_the_sink_take_what_waits() -> None:
    done = run(
        "import os, time\n"
        "from neural_trainer.live.sinks import Sinks\n"
        "class Slow:\n"
        "    def __call__(self, step, values): time.sleep(0.001); os.write(1, b'%d ' % step)\n"
        "    def close(self): os.write(1, b'closed')\n"
        "sinks = Sinks([Slow()], print)\n"
        "for step in range(50): sinks.write(step, {})\n"
    )
    assert done.stdout == "".join(f"{step} " for step in range(50)) + "closed"
    assert (done.returncode, done.stderr) == (0, "")


def test_a_sink_that_hangs_does_not_hold_the_interpreter() -> None:
    done = run(
        "import threading\n"
        "from neural_trainer.live import sink_queue\n"
        "sink_queue.SinkQueue.close.__defaults__ = (0.05,)\n"
        "queue = sink_queue.SinkQueue(lambda step, values: threading.Event().wait(), 'hangs')\n"
        "queue.write(0, {})\n"
        "print('trained')\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "trained\n", "")


def test_a_forked_child_leaves_the_sink_to_its_parent() -> None:
    done = run(
        "import os, sys\n"
        "from neural_trainer.live.sinks import Sinks\n"
        "sinks = Sinks([lambda step, values: None], print)\n"
        "sinks.write(0, {})\n"
        "import warnings; warnings.simplefilter('ignore')  # fork beside a thread, which is meant\n"
        "child = os.fork()\n"
        "if child == 0: sinks.close(); sys.exit(3)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "sinks.close()\n"
    )
    assert (done.stdout, done.stderr) == ("3\n", "")
