"""TensorBoard as a further sink: the same numbers in event files, and a clear word without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from neural_trainer.errors import MissingPackage
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.run_folder import TENSORBOARD_FOLDER
from neural_trainer.live.sinks import TensorBoardSink
from neural_trainer.runs.read import read


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard_gets_the_same_numbers(project: Path) -> None:
    pytest.importorskip("tensorboard")
    with Monitor("a", tensorboard=True, judge=False) as monitor:
        for step in range(1, 6):
            monitor.step(1.0 / step, lr=0.25)
        monitor.evaluate(loss=0.5)
    events, lines = read(Path("a") / TENSORBOARD_FOLDER), read("a")
    for name in ("loss", "lr", "eval/loss"):
        assert events.signals[name].step.tolist() == lines.signals[name].step.tolist()
        assert events.signals[name].value == pytest.approx(lines.signals[name].value, rel=1e-6)


def test_without_tensorboard_the_error_names_the_install_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingPackage, match="pip install tensorboard"):
        TensorBoardSink(Path("a"))
