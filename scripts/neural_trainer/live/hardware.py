"""The machine under a run: CPU, memory, GPUs and their driver, asked without starting CUDA."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ASK_TIMEOUT_S = 5.0  # nvidia-smi takes up to seconds where no process keeps the driver awake


def hardware() -> dict[str, Any]:
    """Return CPU model and counts, memory, GPUs; what cannot be told is left out.

    num_usable_cpus, usable_memory_bytes: what a container or a scheduler lets the process have.
    """
    facts = {
        "cpu": cpu_model(),
        "num_cpus": os.cpu_count(),
        "num_usable_cpus": _usable_cpus(),
        "memory_bytes": _memory_bytes(),
        "usable_memory_bytes": _number(Path("/sys/fs/cgroup/memory.max")),
        **gpus(),
    }
    return {name: fact for name, fact in facts.items() if fact}


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name of the CPU, of the architecture alone where the system tells no more."""
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() in ("model name", "Model", "cpu model"):
                    return value.strip()
    except OSError:
        pass
    if sys.platform == "darwin":
        return (_printed(["sysctl", "-n", "machdep.cpu.brand_string"]) or "").strip()
    return platform.processor() or platform.machine()


def gpus() -> dict[str, Any]:
    """Return `gpus`, each with name and memory_bytes, and `driver`; empty where there are none.

    A CUDA context made here would break workers that fork later, so that torch is not asked.
    """
    ways: tuple[Callable[[], dict[str, Any]], ...] = (_from_nvml, _from_nvidia_smi, _from_proc)
    for ask in ways:
        found = ask()
        if found.get("gpus"):
            return found
    return {}


def _from_nvml() -> dict[str, Any]:
    """Ask nvidia-ml-py, where it is installed and finds a driver."""
    try:
        import pynvml
    except ImportError:
        return {}
    try:
        pynvml.nvmlInit()
        try:
            handles = [
                pynvml.nvmlDeviceGetHandleByIndex(index)
                for index in range(pynvml.nvmlDeviceGetCount())
            ]
            return {
                "gpus": [
                    {
                        "name": pynvml.nvmlDeviceGetName(handle),
                        "memory_bytes": pynvml.nvmlDeviceGetMemoryInfo(handle).total,
                    }
                    for handle in handles
                ],
                "driver": pynvml.nvmlSystemGetDriverVersion(),
            }
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return {}


def _from_nvidia_smi() -> dict[str, Any]:
    query = "--query-gpu=name,memory.total,driver_version"
    return parsed_smi(_printed(["nvidia-smi", query, "--format=csv,noheader,nounits"]) or "")


def parsed_smi(printed: str) -> dict[str, Any]:
    """Return GPUs and driver from the lines that nvidia-smi prints, memory in MiB.

    >>> parsed_smi("NVIDIA H100 80GB HBM3, 81559, 550.54.15")["driver"]
    '550.54.15'
    """
    found: dict[str, Any] = {"gpus": []}
    for line in printed.splitlines():
        parts = [part.strip() for part in line.rsplit(",", 2)]
        if len(parts) == 3:
            gpu: dict[str, Any] = {"name": parts[0]}
            if parts[1].isdigit():  # "[N/A]" for what shares the host's memory
                gpu["memory_bytes"] = int(parts[1]) << 20
            found["gpus"].append(gpu)
            found["driver"] = parts[2]
    return found


def _from_proc(driver: Path = Path("/proc/driver/nvidia")) -> dict[str, Any]:
    """Read what the driver shows of itself, where a container holds no nvidia-smi."""
    found: dict[str, Any] = {"gpus": []}
    for card in sorted(driver.glob("gpus/*/information")):
        for line in _text(card).splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Model":
                found["gpus"].append({"name": value.strip()})
    words = _text(driver / "version").partition("Kernel Module")[2].split()
    numbers = [word for word in words if word[0].isdigit()]
    if numbers:
        found["driver"] = numbers[0]
    return found


def _usable_cpus() -> float | None:
    """Return the CPUs that this process may use, a fraction where a container's quota is one."""
    affinity = getattr(os, "sched_getaffinity", None)
    num_cpus: float | None = len(affinity(0)) if affinity else os.cpu_count()
    quota, _, period = _text(Path("/sys/fs/cgroup/cpu.max")).partition(" ")
    if num_cpus and quota.isdigit() and period.strip().isdigit():
        return min(num_cpus, int(quota) / int(period))
    return num_cpus


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    """Return the text of a file that the system may not have."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _printed(command: list[str]) -> str | None:
    """Return what a program prints; None where it fails, is absent or takes too long."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=ASK_TIMEOUT_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
