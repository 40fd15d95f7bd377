"""On a CUDA device: what NVML says of a real one, and a run whose device's memory is full."""

from __future__ import annotations

import pytest
import torch
from launching import STEPS, Launch, launched

from neural_trainer.live.hardware import gpus
from neural_trainer.live.launch.gpus import Gpus

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
TAKEN = 1 << 30  # bytes


def test_the_machine_names_the_gpu_that_torch_names() -> None:
    found = gpus()
    assert torch.cuda.get_device_name(0) in [gpu["name"] for gpu in found["gpus"]]
    total = torch.cuda.get_device_properties(0).total_memory
    assert max(gpu["memory_bytes"] for gpu in found["gpus"]) == pytest.approx(total, rel=0.05)
    assert int(found["driver"].split(".")[0]) >= 450  # the first with CUDA 11


def test_a_gpu_at_work_is_seen_at_work() -> None:
    """What it tells at rest and at work: memory in bytes, use in per cent, degrees Celsius."""
    watched = Gpus({"CUDA_VISIBLE_DEVICES": "0"})
    assert (len(watched), watched.note) == (1, "")
    (before,) = watched.look()
    held = torch.ones(TAKEN, dtype=torch.uint8, device="cuda")
    a = torch.randn(8192, 8192, device="cuda")
    busy = 0.0
    for _ in range(40):  # NVML's use is that of up to its last second
        for _ in range(5):
            a = (a @ a).clamp(-1, 1)
        torch.cuda.synchronize()
        (now,) = watched.look()
        assert now.busy_percent is not None
        busy = max(busy, now.busy_percent)
    watched.close()
    assert 1 <= busy <= 100
    assert now.used_bytes >= TAKEN  # others may have let go of theirs since
    assert now.total_bytes > now.used_bytes
    assert now.temperature_c is None or 10 <= now.temperature_c <= 110
    assert now.ecc_errors in (None, before.ecc_errors)
    assert int(held[0]) == 1
    assert watched.look() == []


FILLS = (
    STEPS
    + """
import torch
from neural_trainer import Monitor
held = []
with Monitor("own") as monitor:
    for step in steps():
        held.append(torch.ones(1 << (20 if step < 20 else 40), dtype=torch.uint8, device="cuda"))
        monitor.step(1.0 + 1.0 / step, lr=0.1, grad_norm=1.5, samples=8)
"""
)


@launched(FILLS)
def test_a_device_whose_memory_is_full_is_told(launch: Launch) -> None:
    launch.take(19)
    launch.begin_step()
    assert launch.end() == 1
    summary = launch.summary()
    assert summary["steps"] == 19
    assert summary["crash"]["id"] == "cuda-out-of-memory"
    assert "Traceback" not in launch.printed
