"""The benchmark of the trainer: its ratios and verdict, the peaks of devices, and the same work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import train_throughput as bench
import trained_ways
from peak_flops import flops_a_token, peak_flops

HERE = Path(__file__).parents[2] / "benchmarks"


def measured(ours_s: float) -> bench.Set:
    """Return a bare loop of 1 s a block and the trainer at `ours_s`, but for one long block."""

    def row(seconds: float) -> dict[str, object]:
        times = [0.8 * seconds] * 9 + [2.8 * seconds]
        return {"wall_s": [2 * s for s in times], "processor_s": times, "faults": [50] * 10,
                "moved": 3.0}  # fmt: skip

    return {bench.BARE: row(1.0), bench.OURS: row(ours_s)}


@pytest.mark.parametrize(
    ("ours_s", "reached"),
    [pytest.param(1.0 / 0.985, True, id="just"), pytest.param(1.0 / 0.975, False, id="not-quite")],
)
def test_the_verdict_is_the_median_of_the_processes(
    ours_s: float, reached: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = [measured(0.5), measured(ours_s), measured(1.25)]  # of two processes one had luck
    table = bench.summary(sets, "processor_s", tokens=100, flops=6.0, peak=1e6)
    own = table[bench.OURS]
    assert own["of_bare"]["median"] == pytest.approx(1 / ours_s)
    assert (own["of_bare"]["low"], own["of_bare"]["high"]) == pytest.approx((0.8, 2.0))
    assert own["wall_of_bare"] == pytest.approx(1 / ours_s)
    assert own["tokens_a_s"] == pytest.approx(bench.BLOCK * 100 / (0.8 * ours_s))
    assert own["mfu"] == pytest.approx(bench.BLOCK * 100 * 6.0 / 1e6 / (0.8 * ours_s))
    assert own["faults_a_step"] == pytest.approx(5.0)
    assert bench.is_reached(table) == reached
    bench.report("char-gpt", table)
    assert ("reached" if reached else "MISSED ") in capsys.readouterr().out


def test_a_long_block_counts_for_as_much_as_it_takes() -> None:
    judged = measured(1.0)
    judged[bench.OURS]["processor_s"] = [0.8] * 9 + [3.8]
    table = bench.summary([judged], "processor_s", tokens=1, flops=1.0, peak=None)
    assert table[bench.OURS]["of_bare"]["median"] == pytest.approx(10 / 11)


@pytest.mark.parametrize(("moved", "number"), [(3.0, 0), (3.02, 0), (3.04, 1), (float("nan"), 1)])
def test_other_work_is_told(moved: float, number: int) -> None:
    ways = measured(1.0)
    ways[bench.OURS]["moved"] = moved
    table = bench.summary([measured(1.0), ways], "processor_s", tokens=1, flops=1.0, peak=None)
    assert len(bench.problems(table)) == number


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", 989.4e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA H200", 989.4e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA A10G", 70e12),
        ("NVIDIA L40S", 362e12),
        ("NVIDIA L4", 121e12),
        ("NVIDIA GeForce RTX 4090", 165.2e12),
        ("NVIDIA A1000", None),
        ("Quadro K620", None),
    ],
)
def test_a_device_has_its_own_peak(name: str, peak: float | None) -> None:
    assert peak_flops(name) == peak


def test_flops_of_gpt_2_are_those_of_its_products() -> None:
    depth, width, length, vocabulary = 12, 768, 1024, 50304
    products = 12 * width**2 * depth + vocabulary * width  # qkv, out, up, down; head
    attention = 2 * 2 * length * width * depth  # scores and their sums of values, forward
    assert flops_a_token(products, depth, width, length) == 3 * (2 * products + attention)


@pytest.mark.slow
def test_ways_do_the_same_work() -> None:
    moved = {}
    for way in (bench.BARE, bench.OURS):
        words = [sys.executable, "train_throughput.py", "--model", "char-gpt", "--way", way]
        done = subprocess.run(
            words, cwd=HERE, input="block\nend\n", capture_output=True, text=True, timeout=120
        )
        block, end = map(json.loads, done.stdout.splitlines())
        assert block["wall_s"] > 0
        moved[way] = end["moved"]
    assert moved[bench.OURS] == pytest.approx(moved[bench.BARE], rel=1e-6)
    # AdamW moves each weight by about its rate at first: as many steps, times the root of as many.
    model = trained_ways.made_model(trained_ways.Task("char-gpt", "cpu", "fp32", False, 1))
    most = bench.BLOCK * trained_ways.LR * sum(p.numel() for p in model.parameters()) ** 0.5
    assert 0.3 * most < moved[bench.BARE] < 1.1 * most
