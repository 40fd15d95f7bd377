"""The GPUs of a run as NVML shows them: use, memory, temperature, errors of their memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

NEEDS_NVML = "GPUs are not watched: no nvidia-ml-py here (pip install nvidia-ml-py)"
NO_DRIVER = "no NVIDIA driver here"


class Gpu(NamedTuple):
    """One GPU now. What a GPU does not tell is None; ecc_errors: uncorrected since it was reset."""

    number: int
    busy_percent: float | None
    used_bytes: int
    total_bytes: int
    temperature_c: int | None
    ecc_errors: int | None


class Gpus:
    """The GPUs that a run may use; NVML stays open between looks."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Open NVML. `note` then says why there is nothing to watch, "" where there is."""
        self._nvml: Any = None
        self.note = ""
        try:
            import pynvml
        except ImportError:
            self.note = NEEDS_NVML if _shows_a_driver() else NO_DRIVER
            return
        try:
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
        except pynvml.NVMLError:
            self.note = NO_DRIVER
            return
        self._nvml = pynvml
        chosen = usable(count, os.environ if environment is None else environment)
        self._handles = {index: pynvml.nvmlDeviceGetHandleByIndex(index) for index in chosen}

    def __len__(self) -> int:
        return 0 if self._nvml is None else len(self._handles)

    def look(self) -> list[Gpu]:
        """Return each GPU as it is now; one that fell off the bus is left out."""
        if self._nvml is None:
            return []
        found = []
        for index, handle in self._handles.items():
            with suppress(self._nvml.NVMLError):
                memory = self._nvml.nvmlDeviceGetMemoryInfo(handle)
                found.append(
                    Gpu(
                        index,
                        self._ask(
                            lambda h: self._nvml.nvmlDeviceGetUtilizationRates(h).gpu, handle
                        ),
                        int(memory.used),
                        int(memory.total),
                        self._ask(self._temperature, handle),
                        self._ask(self._ecc_errors, handle),
                    )
                )
        return found

    def close(self) -> None:
        """Let go of NVML."""
        if self._nvml is not None:
            with suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
            self._nvml = None

    def _temperature(self, handle: Any) -> int:
        return int(self._nvml.nvmlDeviceGetTemperature(handle, self._nvml.NVML_TEMPERATURE_GPU))

    def _ecc_errors(self, handle: Any) -> int:
        nvml = self._nvml
        return int(
            nvml.nvmlDeviceGetTotalEccErrors(
                handle, nvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, nvml.NVML_VOLATILE_ECC
            )
        )

    def _ask(self, question: Any, handle: Any) -> Any:
        try:
            return question(handle)
        except self._nvml.NVMLError:  # not every card tells everything
            return None


def _shows_a_driver(devices: Path = Path("/dev")) -> bool:
    return any(devices.glob("nvidia[0-9]*")) or (devices / "dxg").exists()  # dxg: WSL


def usable(count: int, environment: Mapping[str, str]) -> list[int]:
    """Return which of `count` GPUs CUDA_VISIBLE_DEVICES leaves to a run.

    >>> usable(4, {"CUDA_VISIBLE_DEVICES": "2,0"})
    [2, 0]
    """
    told = environment.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return list(range(count))
    words = [word.strip() for word in told.split(",") if word.strip()]
    numbers = [int(word) for word in words if word.isdigit() and int(word) < count]
    # Names of cards (GPU-…, MIG-…) are counted, not told apart.
    return numbers if len(numbers) == len(words) else list(range(min(count, len(words))))
