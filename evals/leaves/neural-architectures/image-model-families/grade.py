"""Judges a trunk at a finer stride: every second place of it must be what the coarser one gave."""

from __future__ import annotations

import copy
import importlib
import os
import sys
from pathlib import Path
from subprocess import TimeoutExpired

FILES = Path(__file__).resolve().parent / "files"


def grade(folder: Path) -> str | None:
    """Why the answer does not pass; None where it does."""
    from forked import run

    try:
        done = run(["-c", f"import runpy; runpy.run_path({__file__!r})['check']()"], folder, 60)
    except TimeoutExpired:
        return "took longer than 60 s"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["failed without a word"])[-1]


def check() -> None:
    sys.path[:0] = [str(FILES), os.getcwd()]
    import torch

    torch.manual_seed(0)
    trained = importlib.import_module("backbone").Backbone()
    for module in trained.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    trained.eval().double()
    before = copy.deepcopy(trained.state_dict())
    at_stride = importlib.import_module("solution").at_stride
    images = torch.randn(2, 3, 96, 160, dtype=torch.float64)
    with torch.no_grad():
        expected = trained.features(images)
        for stride in (32, 16, 8, 4):
            finer = at_stride(trained, stride)
            assert finer is not trained, "the backbone passed in was changed"
            found = finer.eval().features(images)
            places = 32 // stride
            assert found.shape[2:] == (96 // stride, 160 // stride), (
                f"asked for stride {stride}, the map is {tuple(found.shape[2:])}"
            )
            worst = (found[:, :, ::places, ::places] - expected).abs().max().item()
            assert worst < 1e-9, (
                f"at stride {stride} the trained places differ by {worst:.3g}: a filter sees "
                "neighbours other than it was trained on"
            )
        after = trained.features(images)
    assert torch.equal(after, expected), "the backbone passed in was changed"
    state = trained.state_dict()
    assert all(torch.equal(state[name], before[name]) for name in before), "weights were changed"
