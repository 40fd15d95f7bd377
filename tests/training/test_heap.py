"""What a training's steps free is kept for the next one, and given back at the end."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from neural_trainer.layers.case import Case
from neural_trainer.training import trainer
from neural_trainer.training.config_file import build_config

SCRIPTS = Path(__file__).parents[2] / "scripts"
has_mallopt = hasattr(ctypes.CDLL(None), "mallopt")
only_glibc = pytest.mark.skipif(not has_mallopt, reason="the C library here is not glibc")

PAGES = """
import ctypes, resource, sys
sys.path.insert(0, sys.argv[1])
from neural_trainer.training.heap import freed_memory_kept
c = ctypes.CDLL(None)
c.malloc.restype, c.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

def faults_of_step(count=12, size=8 << 20):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [c.malloc(ctypes.c_size_t(size)) for _ in range(count)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    for block in reversed(blocks):
        c.free(block)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    return int(open("/proc/self/statm").read().split()[1])

faults_of_step()
before, at_first = faults_of_step(), resident()
with freed_memory_kept():
    faults_of_step()
    within, held = faults_of_step(), resident()
print(before, within, held - at_first, resident() - at_first)
"""
BLOCKS_PAGES = 12 * (8 << 20) // resource.getpagesize()


@only_glibc
def test_pages_stay_within_the_block_and_go_back_after_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PAGES, str(SCRIPTS)], capture_output=True, text=True, check=True
    )
    before, within, held, left = map(int, done.stdout.split())
    assert before > BLOCKS_PAGES // 2  # else nothing was to be kept
    assert within < BLOCKS_PAGES // 100
    assert held > BLOCKS_PAGES // 2
    assert left < BLOCKS_PAGES // 100


FAULTS: list[int] = []


def allocating_case() -> Case:
    """A model whose loss needs 96 MB for a while, in blocks that malloc does not map apart."""
    generator = torch.Generator().manual_seed(0)
    batches = [(torch.randn(4, 3, generator=generator), torch.randn(4, 1, generator=generator))]
    return Case(nn.Linear(3, 1), _allocating_loss, batches)


def _allocating_loss(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [torch.ones(8 << 20, dtype=torch.uint8) for _ in range(12)]
    while blocks:
        blocks.pop()
    FAULTS.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return nn.functional.mse_loss(model(batch[0]), batch[1])


TRAINED = """
import sys
sys.path[:0] = sys.argv[1:]
import test_heap
print(*test_heap.faults_of_training())
"""


def faults_of_training() -> list[int]:
    """Return the page faults of each of six steps, in a process whose heap holds nothing yet."""
    config = build_config({
        "case": f"{__name__}:allocating_case", "optimizer": {"name": "sgd", "lr": 0.01},
        "training": {"steps": 6, "eval_every": 0}, "val_split": {"name": "none"},
    })  # fmt: skip
    trainer.train(config, Path("run"))
    return FAULTS


@only_glibc
@pytest.mark.skipif(torch.cuda.is_available(), reason="the model is on a device")
def test_a_training_on_the_cpu_keeps_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRAINED, str(SCRIPTS), str(Path(__file__).parent)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    faults = [int(word) for word in done.stdout.splitlines()[-1].split()]
    assert len(faults) == 6
    assert faults[0] > BLOCKS_PAGES // 2
    # Of five steps, which would fault on all of them each: by how the heap lies a block is wanted.
    assert sum(faults[1:]) < BLOCKS_PAGES // 2


@only_glibc
def test_settings_of_the_user_stay() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PAGES, str(SCRIPTS)], capture_output=True, text=True, check=True,
        env={**os.environ, "MALLOC_TRIM_THRESHOLD_": str(128 << 10)},
    )  # fmt: skip
    _, within, *_ = map(int, done.stdout.split())
    assert within > BLOCKS_PAGES // 2
