"""Text logs of many frameworks: names, steps and values of lines written in each one's form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from expected_log import Log
from logs_as_written import LOGS

from neural_trainer.runs import text_log
from neural_trainer.runs.read import read_all
from neural_trainer.runs.readers import text
from neural_trainer.runs.run import Run
from neural_trainer.runs.text_lines import states_of


def _close(run: Run, name: str, expected: dict[float, float]) -> None:
    series = run.signals[name]
    assert series.step.tolist() == pytest.approx(list(expected))
    assert series.value.tolist() == pytest.approx(list(expected.values()), nan_ok=True)


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_log(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(log.text, encoding="utf-8")
    runs = read_all(path)
    assert len(runs) == (1 if log.signals else 2)
    for name, expected in log.signals.items():
        assert name in runs[0].signals, sorted(runs[0].signals)
        _close(runs[0], name, expected)
    assert (runs[0].format, runs[0].axis) == (log.format, log.axis)


def test_lines_before_the_program_ends_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text(LOGS["modded-nanogpt"].text)
    (run,) = text.read(path)
    assert set(run.signals) == {"eval/loss", "step_time_s"}


def test_lines_matched_whole_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = []
    for frequent in (2, 1_000_000):
        monkeypatch.setattr(text_log, "_FREQUENT", frequent)
        lines = text_log.Lines()
        for log in LOGS.values():
            lines.add(states_of(log.text * 4))
        gathered.append({same: group.table() for same, group in lines.groups.items()})
    quick, slow = gathered
    assert len(slow) > len(LOGS)
    assert list(quick) == list(slow)
    for same, table in slow.items():
        np.testing.assert_array_equal(quick[same], table)


def test_metrics_far_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "slurm-1.txt"
    path.write_text("Loading shard of the data\n" * 9000 + LOGS["pipes"].text)
    assert path.stat().st_size > 1 << 17
    (run,) = read_all(path)
    _close(run, "loss", {10: 2.3, 20: 2.1})


def test_long_lines(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    tensor = "tensor([" + "0.123456, " * 400_000 + "])\n"
    path.write_text(
        "step 1 loss 3\n" + tensor + "step 2 loss 2\n" + "=" * 3_000_000 + "\nstep 3 loss 1\n"
    )
    (run,) = text.read(path)
    _close(run, "loss", {1: 3, 2: 2, 3: 1})


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "latin-1"])
def test_encoding(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes("durée: é\r\nstep 1 loss 3\r\nstep 2 loss 2\r\n".encode(codec))
    (run,) = text.read(path)
    _close(run, "loss", {1: 3, 2: 2})


def test_lines_at_a_counter_that_stands_still_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    lines = ("Epoch: 1/9 Train Loss: 0.25 Train Acc: 0.5\n", "Epoch: 1/9 Val Loss: 0.75\n")
    path.write_text("".join(lines) * 5)
    (run,) = read_all(path)
    assert run.signals["loss"].step.tolist() == [0, 2, 4, 6, 8]
    assert run.signals["eval/loss"].step.tolist() == [1, 3, 5, 7, 9]
    assert run.notes == ("'epoch' stands still: rows are counted instead",)


def test_a_line_of_each_process_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("".join(f"Epoch: {e}/9 Train Loss: 0.25\n" * 4 for e in range(1, 4)))
    (run,) = read_all(path)
    assert run.signals["loss"].step.tolist() == [1, 2, 3]
    assert run.notes == ()
