"""Pictures: their size, that no extreme is lost, and that what was seen is marked."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from neural_trainer.diagnosis import diagnose
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.plots import plot
from neural_trainer.runs.run import Run, Series


def made_run(name: str = "a", **signals: list[float]) -> Run:
    series = {
        key.replace("eval_", "eval/"): Series(np.arange(1.0, len(v) + 1), np.array(v, dtype=float))
        for key, v in signals.items()
    }
    return Run(name, f"{name}.jsonl", "json-lines", series)


FALLING = [3 * step**-0.3 + 0.01 * (step % 7) for step in range(1, 301)]


def test_png_is_1200_by_800(tmp_path: Path) -> None:
    out = plot([made_run(loss=FALLING, lr=[1e-3] * 300)], (), tmp_path / "deep" / "a.png")
    header = out.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:]) == (1200, 800)


def test_svg_names_the_alarm_and_the_signals(tmp_path: Path) -> None:
    loss = FALLING[:150] + [2.0 + 0.05 * step for step in range(150)]
    run = made_run(loss=loss, grad_norm=[1.0] * 300)
    seen = diagnose(run).symptoms
    assert "loss-diverging" in [finding.symptom for finding in seen]
    out = plot([run], seen, tmp_path / "a.svg")
    text = out.read_text()
    ElementTree.fromstring(text)
    assert "loss-diverging" in text
    assert "grad_norm" in text


@pytest.mark.parametrize(
    "run",
    [
        made_run(loss=[2.0]),
        made_run(loss=[float("nan")] * 5),
        made_run(loss=[1.0, float("inf"), 2.0]),
        made_run(loss=[-1.0, -2.0, -3.0]),
        made_run(loss=[1e300, 1e-300, 5.0]),
        made_run(loss=[1.0] * 200),
        made_run(own_metric=[1.0, 2.0, 3.0]),
        made_run(reward=[1.0, 2.0], eval_accuracy=[0.1, 0.2]),
        made_run("$x^2$ <b>_", loss=FALLING),
    ],
    ids=["one-point", "all-nan", "an-inf", "negative", "huge-range", "constant", "own-name",
         "reward", "hostile-name"],
)  # fmt: skip
def test_odd_runs_are_drawn(run: Run, tmp_path: Path) -> None:
    assert plot([run], (), tmp_path / "a.png").stat().st_size > 1000


def test_a_run_without_signals_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeuralTrainerError, match="no run has a curve"):
        plot([made_run()], (), tmp_path / "a.png")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeuralTrainerError, match=r"expected \.png or \.svg"):
        plot([made_run(loss=FALLING)], (), tmp_path / "a.gif")
