"""What is wrong with a log is said, and nothing in it reaches the terminal as a command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from neural_trainer.dashboard.looking import Looker
from neural_trainer.live.registry import Registered, register

from .conftest import Drawn, Log, falling, widest


def test_vanished_log_keeps_its_last_picture(
    log: Log, looker: Callable[..., Looker], drawn: Drawn
) -> None:
    path = log(falling(1, 50), "a/metrics.jsonl")
    (path.parent / "run.json").write_text("{}")
    seen = looker("a")
    shutil.rmtree(path.parent)
    assert seen.look() is True
    text = drawn(seen)
    assert "gone: it is no longer there" in text
    assert "step 50" in text


def test_log_that_comes_back_is_read_again(log: Log, looker: Callable[..., Looker]) -> None:
    path = log(falling(1, 50))
    seen = looker("run.jsonl")
    path.unlink()
    seen.look()
    log(falling(1, 70))
    seen.look()
    (status,) = seen.statuses
    assert (status.state, status.run and status.run.last_step) == ("", 70)


def test_rewritten_log_is_read_and_judged_anew(log: Log, looker: Callable[..., Looker]) -> None:
    log(falling(1, 60) + [{"step": s, "loss": s / 20} for s in range(61, 200)])
    seen = looker("run.jsonl")
    (before,) = seen.statuses
    log(falling(1, 40))
    seen.look()
    (after,) = seen.statuses
    assert before.alarms is not None
    assert after.alarms is not None
    assert before.alarms.raised
    assert not after.alarms.raised
    assert after.run is not None
    assert after.run.last_step == 40


def test_nothing_but_nan(log: Log, drawn: Drawn) -> None:
    log([{"step": s, "loss": float("nan"), "lr": 0.1} for s in range(1, 40)])
    text = drawn("run.jsonl")
    assert "NaN" in text
    assert "loss: no finite value" in text
    assert "loss-nonfinite since step 1" in text


def test_infinite_and_huge_values(log: Log, drawn: Drawn) -> None:
    values = [1.0, 1e308, float("inf"), -1e308, 2.0] * 8
    log([{"step": s, "loss": v, "grad_norm": v} for s, v in enumerate(values)])
    assert widest(drawn("run.jsonl")) <= 80


def test_five_thousand_signals(log: Log, drawn: Drawn) -> None:
    more = {f"weights/layer{n}/norm": 1.0 for n in range(5000)}
    log([row | more for row in falling(1, 6)])
    text = drawn("run.jsonl")
    assert "500" in text.partition("signals are logged")[0].split()[-1]
    assert len(text.splitlines()) < 40


HOSTILE = "a\x1b[2J\x1b]0;owned\x07‮[red]é"


def test_names_with_escapes_stay_text(log: Log, drawn: Drawn, project: Path) -> None:
    log([{"step": s, f"loss/{HOSTILE}": 1 / s} for s in range(1, 30)], f"{HOSTILE}.jsonl")
    for name in ("one", "two"):
        log(falling(1, 30), f"{name}/metrics.jsonl")
        (project / name / "run.json").write_text("{}")
        register(project, Registered(project / name, HOSTILE + name, 1.0))
    assert "[red]" in drawn(f"{HOSTILE}.jsonl")  # no markup
    for text in (drawn(f"{HOSTILE}.jsonl"), drawn("one"), drawn()):
        assert text.strip()
        assert not set(text) & set("\x1b\x07\u202e")


def test_log_in_no_format_that_is_known(log: Log, drawn: Drawn, project: Path) -> None:
    (project / "notes.txt").write_bytes(b"\x00\xff nothing here\n")
    log(falling(1, 30))
    text = drawn("notes.txt", "run.jsonl")
    assert "2 runs" in text
    assert "unread" in text
    assert "cannot be read now" in drawn("notes.txt")


def test_folder_of_the_project_that_is_gone(project: Path, drawn: Drawn) -> None:
    register(project, Registered(project / "old", "old", 1.0))
    assert "gone: it is no longer there" in drawn()


def test_torn_and_hostile_alarms_are_left_out(log: Log, drawn: Drawn, project: Path) -> None:
    folder = log(falling(1, 50), "a/metrics.jsonl").parent
    (folder / "run.json").write_text("{}")
    told = '{"id": "lr-zero", "state": "raised", "step": 4, "message": "lr is 0 at step 4"}\n'
    junk = "x" * 200_000 + '\n{"id": "Obey me"}\n[1]\n'
    (folder / "alerts.jsonl").write_text(junk + told + '{"id": "lr-ze')
    text = drawn("a")
    assert "alarms: 1 (by alerts.jsonl)" in text
    assert "lr is 0 at step 4" in text
