"""Distributed runs of two processes: norms over all ranks, a file for each, and no hang."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from loops import backward, batch, column, layers, mlp, plain_norm, rows
from two_ranks import STEPS

from neural_trainer.live import ranks
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.ranks import Ranks
from neural_trainer.runs.read import read

HERE = Path(__file__).parent
LIMIT = 0.05
RANK_1 = "rank-1.jsonl"
SLOW = pytest.mark.slow  # two processes that import torch: 10 s and more


def run(way: str, monitors: str = "0,1") -> None:
    """Let two ranks train; both must end by themselves."""
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error::RuntimeWarning", str(HERE / "two_ranks.py"), str(rank),
             str(Path("store").absolute()), way, monitors],
            env={"PYTHONPATH": f"{HERE.parents[1] / 'scripts'}:{HERE}", "PATH": "",
                 "GLOO_SOCKET_IFNAME": "lo"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]  # fmt: skip
    try:
        said = [rank.communicate(timeout=150)[1] for rank in started]
    finally:
        for rank in started:
            rank.kill()
    assert [rank.returncode for rank in started] == [0, 0], "\n".join(said)


def alone(clipped: bool) -> tuple[list[float], list[dict[str, float]]]:
    """Return the norms of each step, and by layer, of one process in float64."""
    model = mlp(width=31).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms, by_layer = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        backward(model, batch(step).double())
        norms.append(plain_norm(model.parameters()))
        by_layer.append({name: plain_norm([p]) for name, p in model.named_parameters()})
        if clipped:
            torch.nn.utils.clip_grad_norm_(model.parameters(), LIMIT)
        optimizer.step()
    return norms, by_layer


@pytest.mark.parametrize(
    "way",
    [
        pytest.param("ddp", marks=SLOW),
        pytest.param("ddp-clipped"),
        pytest.param("fsdp"),
        pytest.param("fsdp-clipped", marks=SLOW),
        pytest.param("hsdp", marks=SLOW),
    ],
)
def test_norms_are_those_of_one_process_in_float64(project: Path, way: str) -> None:
    run(way)
    norms, by_layer = alone("clipped" in way)
    for name in ("metrics.jsonl", RANK_1):
        told = [row["grad_norm"] for row in rows("run", name)]
        assert told == pytest.approx(norms, rel=1e-5), name
    if "clipped" in way:
        expected = [min(LIMIT / norm, 1.0) for norm in norms]
        assert column("clip_coefficient", "run") == pytest.approx(expected, rel=1e-3)
    found = layers("run")
    assert found.step.tolist() == [1, 2, 4, 6]
    names = [p.name for p in found.parameters]
    assert names == ["0.weight", "0.bias", "2.weight", "2.bias"]
    table = found.gradients["grad_norm"]
    for row, step in zip(table, found.step, strict=True):
        whole = [by_layer[int(step) - 1][name] for name in names]
        if way.startswith("fsdp"):  # of this rank's part
            assert (row <= np.array(whole) * (1 + 1e-5)).all()
        else:
            assert row == pytest.approx(whole, rel=1e-5)
    if way == "fsdp":
        local = [
            column("grad_norm/local", "run"),
            [r["grad_norm/local"] for r in rows("run", RANK_1)],
        ]
        assert np.hypot(*np.array(local)) == pytest.approx(norms, rel=1e-5)
    signals = read("run").signals
    assert signals["rank/1/grad_norm"].value.tolist() == pytest.approx(norms, rel=1e-5)
    losses = [signals[name].value for name in ("loss", "rank/1/loss")]
    assert len(losses[0]) == len(losses[1]) == STEPS
    assert (losses[0] != losses[1]).any()
    assert sorted(path.name for path in Path("run").iterdir()) == [
        "layers.bin", "metrics.jsonl", RANK_1, "run.json", "summary.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "way",
    [pytest.param("ddp", marks=SLOW), "fsdp", pytest.param("fsdp-clipped", marks=SLOW)],
)
def test_a_monitor_on_rank_0_alone_hangs_nobody(project: Path, way: str) -> None:
    run(way, monitors="0")
    norms, _ = alone("clipped" in way)
    if way == "ddp":
        assert column("grad_norm", "run") == pytest.approx(norms, rel=1e-5)
    else:  # the other half is out of reach: unknown, never half a norm
        assert column("grad_norm", "run") == [None] * STEPS
        told = column("grad_norm/local", "run")
        assert all(0 < part < norm for part, norm in zip(told, norms, strict=True))
    assert len(column("loss", "run")) == STEPS


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Ranks]:
    """Return what makes the Ranks of one of two processes, which share a store."""
    store = torch.distributed.HashStore()

    def make(rank: int) -> Ranks:
        process = SimpleNamespace(
            get_rank=lambda: rank,
            get_world_size=lambda: 2,
            distributed_c10d=SimpleNamespace(_get_default_store=lambda: store),
        )
        monkeypatch.setattr(ranks, "_distributed", lambda: process)
        return Ranks(Path("runs/a"))

    monkeypatch.setattr(ranks, "_PATIENCE", timedelta(milliseconds=20))
    return make


def test_ranks_agree_that_all_of_them_have_a_monitor(group: Callable[[int], Ranks]) -> None:
    both = [group(0), group(1)]
    assert [one.rank for one in both] == [0, 1]
    assert [one.together for one in both] == [True, True]


@pytest.mark.parametrize("alone", [0, 1])
def test_a_lone_rank_finds_that_it_is_alone(group: Callable[[int], Ranks], alone: int) -> None:
    assert not group(alone).together


def test_the_next_monitor_of_one_rank_is_not_taken_for_the_last_of_both(
    group: Callable[[int], Ranks],
) -> None:
    assert [one.together for one in (group(0), group(1))] == [True, True]
    assert not group(0).together
    late = group(1)  # rank 0 has decided for this one
    assert not late.together


def test_what_rank_0_decided_first_stays(group: Callable[[int], Ranks]) -> None:
    first = group(0)
    assert not first.together
    second = group(1)
    assert [first.together, second.together] == [False, False]


@pytest.mark.parametrize(
    ("environment", "rank", "size"),
    [({}, 0, 1), ({"RANK": "3", "WORLD_SIZE": "8"}, 3, 8), ({"RANK": ""}, 0, 1)],
    ids=["alone", "launched", "empty"],
)
def test_without_a_group_the_launcher_tells_the_rank(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], rank: int, size: int
) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    one = Ranks(Path("runs/a"))
    assert (one.rank, one.size, one.together) == (rank, size, False)


def test_another_rank_writes_its_own_file_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "2")
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):  # a run that starts anew writes its file anew
        with Monitor("run", model, optimizer, every=1) as monitor:
            loss = backward(model, batch(0))
            optimizer.step()
            monitor.step(loss)
            monitor.evaluate(loss=1.0)
        assert [path.name for path in Path("run").iterdir()] == ["rank-2.jsonl"]
        assert [row["step"] for row in rows("run", "rank-2.jsonl")] == [1, 1]
