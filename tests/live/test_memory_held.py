"""Memory of the process: told anew at each reading of a file that stays open."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from neural_trainer.live.memory_held import MemoryHeld

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells it")


def test_what_is_allocated_is_seen_and_what_is_closed_stays_closed() -> None:
    held = MemoryHeld()
    before = held.read()["process_memory_bytes"]
    block = np.ones(8 << 20)  # 64 MiB, touched
    grown = held.read()["process_memory_bytes"] - before
    assert 0.9 * block.nbytes < grown < 1.5 * block.nbytes
    held.close()
    held.close()
    assert "process_memory_bytes" not in held.read()


def test_no_file_stays_open() -> None:
    open_before = set(os.listdir("/proc/self/fd"))
    held = MemoryHeld()
    held.read()
    held.close()
    assert set(os.listdir("/proc/self/fd")) == open_before
