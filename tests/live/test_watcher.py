"""Watching a log that somebody else writes: each alarm of each run once, whatever happens."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.live.alarm import alarm_id
from neural_trainer.live.relay import POLL_S
from neural_trainer.live.silences import silence
from neural_trainer.live.watcher import MOST_WAIT_S, QUIET, REST, run_key, watch
from neural_trainer.runs import follow
from neural_trainer.runs.run import Run

Change = Callable[[], object]


def lines(losses: Sequence[float], first: int = 1) -> str:
    rows = ({"step": step, "loss": loss} for step, loss in enumerate(losses, first))
    return "".join(json.dumps(row) + "\n" for row in rows)


def verdict(run: Run) -> Any:
    """Faulty, with one symptom, where the last loss is above twice the lowest."""
    loss = run.signals["loss"].value
    if loss[-1] <= 2 * loss.min():
        return SimpleNamespace(verdict="healthy", root_causes=()), ()
    finding = SimpleNamespace(
        symptom="loss-diverging", strength=1.0, evidence=("loss rises.",),
        numbers={"rise": float(loss[-1] - loss.min())},
    )  # fmt: skip
    cause = SimpleNamespace(cause="lr-too-high", confidence=0.8)
    return SimpleNamespace(verdict="faulty", root_causes=(cause,)), (finding,)


def watched(
    path: Path, changes: Sequence[Change], judge: Any = verdict, talk: io.StringIO | None = None
) -> list[tuple[str, str, int]]:
    """Watch `path`, one change between two looks, and return run, state, step of each alarm."""
    out = io.StringIO()
    waiting = list(changes)
    watch(
        str(path), out, project=path.parent, as_json=True, verdict=judge, talk=talk,
        sleep=lambda _: waiting.pop(0)(), stop=lambda: not waiting,
    )  # fmt: skip
    alarms = [json.loads(line) for line in out.getvalue().splitlines()]
    return [(alarm["run"], alarm["state"], alarm["step"]) for alarm in alarms]


def appends(path: Path, text: str) -> Change:
    def change() -> None:
        with path.open("a") as file:
            file.write(text)

    return change


def becomes(path: Path, text: str) -> Change:
    def change() -> None:
        other = path.with_name("other")
        other.write_text(text)
        os.replace(other, path)

    return change


def nothing() -> None:
    pass


FALLS, RISES = lines([3, 2, 1]), lines([3, 2, 1, 9])


def sequences(log: Path) -> dict[str, tuple[str, list[Change], list[tuple[str, int]]]]:
    """Return by name: what the log holds first, what then happens, state and step of the alarms."""
    up, down = lines([9], 4), lines([1], 5)
    return {
        "healthy": (FALLS, [appends(log, lines([1], 4)), nothing], []),
        "told-once": (
            FALLS, [appends(log, up), appends(log, lines([9], 5)), nothing], [("raised", 4)],
        ),
        "recovers-and-rises-again": (
            FALLS,
            [appends(log, up), appends(log, down), appends(log, lines([9], 6))],
            [("raised", 4), ("cleared", 5), ("raised", 6)],
        ),
        "torn-line-waits": (
            FALLS, [appends(log, up[:-5]), appends(log, up[-5:])], [("raised", 4)],
        ),
        "caught-while-rewritten": (
            RISES,
            [becomes(log, ""), becomes(log, FALLS), becomes(log, RISES), nothing],
            [("raised", 4)],
        ),
        "another-run-in-its-place": (
            RISES,
            [becomes(log, lines([3, 1, 9])), nothing, nothing],
            [("raised", 4), ("raised", 3)],
        ),
        "cut-and-written-anew": (
            RISES,
            [lambda: os.truncate(log, 0), appends(log, lines([2, 5])), nothing, nothing],
            [("raised", 4), ("raised", 2)],
        ),
        "gone-and-back": (FALLS, [log.unlink, becomes(log, RISES)], [("raised", 4)]),
    }  # fmt: skip


@pytest.mark.parametrize("name", sequences(Path("log")))
def test_each_alarm_is_told_once(name: str, tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    first, changes, told = sequences(log)[name]
    log.write_text(first)
    assert [(state, step) for _, state, step in watched(log, changes)] == told


@pytest.mark.parametrize(
    "name", [name for name in sequences(Path("log")) if name != "gone-and-back"]
)
def test_a_watch_that_is_begun_anew_repeats_nothing(name: str, tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    first, changes, told = sequences(log)[name]
    log.write_text(first)
    found = watched(log, changes[:1])
    found += watched(log, [*changes[1:], nothing])
    assert [(state, step) for _, state, step in found] == told


def test_what_was_told_and_still_stands_is_said_aside(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.write_text(RISES)
    assert watched(log, [nothing]) == [("a", "raised", 4)]
    talk = io.StringIO()
    assert watched(log, [nothing, nothing], talk=talk) == []
    wanted = alarm_id(run_key(str(log)), "loss-diverging")
    assert talk.getvalue() == (
        "neural-trainer: told before of a.jsonl, and still standing: loss-diverging "
        f"(alarm {wanted})\n"
    )


def test_an_alarm_of_a_watched_log_can_be_silenced(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.write_text(RISES)
    watched(log, [nothing])
    wanted = alarm_id(run_key(str(log)), "loss-diverging")
    made = silence(tmp_path, wanted, "known", 1.0)
    assert (made.run, made.symptom) == ("a", "loss-diverging")
    changes = [appends(log, lines([1], 5)), appends(log, lines([9], 6)), nothing]
    assert watched(log, changes) == []


def test_a_run_folder_has_one_id_whoever_tells_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    (folder / "metrics.jsonl").write_text(RISES)
    told = set()
    for path in (folder, folder / "metrics.jsonl"):
        out = io.StringIO()
        watch(str(path), out, project=tmp_path, once=True, as_json=True, verdict=verdict)
        told.add(json.loads(out.getvalue())["alarm"])
    assert told == {alarm_id(str(folder), "loss-diverging")}


def test_each_run_of_a_folder(tmp_path: Path) -> None:
    for name, text in (("a", RISES), ("b", FALLS), ("c", FALLS)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.jsonl").write_text(text)
    (tmp_path / "new").mkdir()
    new = tmp_path / "new" / "metrics.jsonl"
    changes = [
        appends(tmp_path / "c" / "metrics.jsonl", lines([9], 4)),
        lambda: new.write_text(lines([1, 1, 1, 1, 4])),
        nothing,
    ]
    assert watched(tmp_path, changes) == [
        ("a", "raised", 4),
        ("c", "raised", 4),
        ("new", "raised", 5),
    ]


def test_each_run_of_a_file(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text("step,loss\n1,3\n2,2\n3,1\n4,9\n")
    changes = [appends(log, "1,3\n2,2\n3,1\n"), appends(log, "4,9\n"), nothing]
    assert watched(log, changes) == [("a", "raised", 4), ("a#2", "raised", 4)]


def test_an_alarm_among_several_names_the_log_of_its_run(tmp_path: Path) -> None:
    for name, text in (("a", RISES), ("b", FALLS)):
        (tmp_path / f"{name}.jsonl").write_text(text)
    out = io.StringIO()
    watch(str(tmp_path), out, project=tmp_path, once=True, verdict=verdict)
    wanted = alarm_id(run_key(str(tmp_path / "a.jsonl")), "loss-diverging")
    assert out.getvalue() == (
        "neural-trainer: run a, step 4: loss rises (likely lr-too-high, 80 %; "
        f"alarm {wanted}). Look closer: neural-trainer diagnose a.jsonl\n"
    )


def test_what_did_not_change_is_not_judged_again(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text(FALLS)
    judged: list[str] = []

    def judge(run: Run) -> Any:
        judged.append(run.name)
        return verdict(run)

    watched(tmp_path, [nothing, appends(tmp_path / "b.jsonl", lines([1], 4)), nothing], judge)
    assert judged == ["a", "b", "b"]


def test_only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "a.jsonl"
    log.write_text(lines([1.0] * 5000))  # over 64 KiB: smaller logs are judged anew as they grow
    size = log.stat().st_size
    starts: list[int] = []
    blocks = follow.blocks

    def spy(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
        starts.append(start)
        return blocks(path, start)

    monkeypatch.setattr(follow, "blocks", spy)
    assert watched(log, [nothing, appends(log, lines([9], 5001))]) == [("a", "raised", 5001)]
    assert starts == [0, size]


def test_it_looks_less_often_at_a_quiet_log_and_rests_after_a_long_look(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.write_text(FALLS)
    now, look_s, waits = 0.0, 0.0, list[float]()

    def clock() -> float:
        nonlocal now
        now += look_s
        return now

    def sleep(wait_s: float) -> None:
        nonlocal look_s
        waits.append(wait_s)
        look_s = 2 * MOST_WAIT_S if len(waits) == QUIET + 2 else 0.0

    watch(
        str(log), io.StringIO(), project=tmp_path, verdict=verdict, clock=clock, sleep=sleep,
        stop=lambda: len(waits) == QUIET + 3,
    )  # fmt: skip
    expected = [POLL_S] * QUIET + [MOST_WAIT_S] * 2 + [REST * 2 * MOST_WAIT_S]
    assert waits == expected


def test_why_there_is_nothing_to_judge_is_told_once(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.touch()
    out, talk = io.StringIO(), io.StringIO()
    waiting: list[Change] = [nothing, lambda: log.write_text(RISES), nothing]
    watch(
        str(log), out, project=tmp_path, talk=talk, verdict=verdict,
        sleep=lambda _: waiting.pop(0)(), stop=lambda: not waiting,
    )  # fmt: skip
    assert talk.getvalue() == (
        f"neural-trainer: {log}: is empty; nothing was logged so far; waiting for it\n"
    )
    assert len(out.getvalue().splitlines()) == 1


def test_judging_once_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.touch()
    with pytest.raises(ReadError, match="is empty"):
        watch(str(log), io.StringIO(), project=tmp_path, once=True, verdict=verdict)
    with pytest.raises(ReadError, match="no such file"):
        watch(str(tmp_path / "b"), io.StringIO(), project=tmp_path, verdict=verdict)
