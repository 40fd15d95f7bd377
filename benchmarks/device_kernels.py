"""What a complete set and a norm cost on a CUDA GPU, by kernels over all tensors and without them.

Usage: device_kernels.py [--model gpt-124m] [--device cpu] [--json] (make bench-gpu; 20 s). Weights
and gradients are those of a model in float32, never trained. Host: until the call returns. Device:
its own time, of work that the host had laid out before it began. On a CPU: the host's time alone.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from watched_models import training  # noqa: E402

from neural_trainer.layers.measurement import Measurement  # noqa: E402
from neural_trainer.layers.watched import watched  # noqa: E402

WARM_UP, ROUNDS = 3, 15
CYCLES = (
    60_000_000  # that a device is held up: 30 ms of an H100, more than any way takes to lay out
)
MOST_HOST_S = 1e-3  # of a set by kernels


def host_s(act: Callable[[], object], wait: Callable[[], object]) -> float:
    """Return how long a call takes of the host, with nothing before it on the device."""
    times = []
    for _ in range(ROUNDS):
        wait()
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    wait()
    return median(times)


def device_s(act: Callable[[], object]) -> float:
    """Return how long the device works at what a call lays out, without gaps for the host."""
    times: list[float] = []
    for _ in range(ROUNDS):
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        torch.cuda._sleep(CYCLES)  # type: ignore[no-untyped-call]
        first.record()
        act()
        last.record()
        torch.cuda.synchronize()
        times.append(first.elapsed_time(last) / 1e3)
    return median(times)


def launches(act: Callable[[], object]) -> int:
    """Return how many kernels a call launches."""
    activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(acc_events=True, activities=activities) as profile:
        act()
        torch.cuda.synchronize()
    return sum(event.count for event in profile.key_averages() if "LaunchKernel" in event.key)


def peak_bytes_s() -> float | None:
    """Return what the device's memory can carry at most, in bytes a second, if the driver tells."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    clock_khz, bits = ctypes.c_int(), ctypes.c_int()
    device = torch.cuda.current_device()
    for number, attribute in ((36, clock_khz), (37, bits)):  # as cuda.h counts attributes
        if driver.cuDeviceGetAttribute(ctypes.byref(attribute), number, device):
            return None
    return 2 * clock_khz.value * 1e3 * bits.value / 8 or None  # two transfers a cycle


def ways(model: nn.Module, device: str) -> dict[str, tuple[Callable[[], object], int]]:
    """Return what is measured, each with the bytes that it has to read at least once."""
    parameters = [parameter for parameter in model.parameters() if parameter.grad is not None]
    size = sum(parameter.nbytes for parameter in parameters)
    found: dict[str, tuple[Callable[[], object], int]] = {}
    for name, fused in (("plain", False), ("kernels", None)):
        if fused is None and device == "cpu":
            continue
        measurement = Measurement(watched(model, []), fused=fused)

        def both(measurement: Measurement = measurement) -> object:
            return measurement.begin(), measurement.end()

        found[f"set, {name}"] = both, 2 * size
        found[f"norm, {name}"] = measurement.norm, size
        found[f"directions, {name}"] = measurement.keep_directions, 0
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    found["get_total_norm"] = (lambda: nn.utils.get_total_norm(grads)), size
    flat: Tensor = torch.cat([grad.reshape(-1) for grad in grads])
    found["one vector's norm"] = (lambda: torch.linalg.vector_norm(flat)), size
    return found


def measure(kind: str, device: str) -> dict[str, dict[str, Any]]:
    """Return the cost of each way."""
    model = training(kind, device).model
    torch.manual_seed(0)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    wait: Callable[[], object] = torch.cuda.synchronize if device == "cuda" else int
    peak = peak_bytes_s() if device == "cuda" else None
    table: dict[str, dict[str, Any]] = {}
    for name, (act, num_bytes) in ways(model, device).items():
        for _ in range(WARM_UP):
            act()
        row = table[name] = {"host_us": host_s(act, wait) * 1e6}
        if device == "cuda":
            taken = device_s(act)
            row |= {"device_us": taken * 1e6, "launches": launches(act)}
            row["bytes_s"] = num_bytes / taken
            row["share_of_bandwidth"] = None if peak is None else num_bytes / taken / peak
    return table


def main() -> int:
    """Measure, print, and return 1 where a set by kernels costs the host too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--model", default="gpt-124m")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print("device_kernels.py: torch sees no CUDA device here; nothing was measured",
              file=sys.stderr)  # fmt: skip
        return 1
    table = measure(arguments.model, arguments.device)
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else platform.processor()
    if arguments.json:
        told = {"schema": "neural-trainer/bench-device-kernels/1", "device": where}
        print(json.dumps({**told, "torch": torch.__version__, "ways": table}, indent=2))
    else:
        print(f"{arguments.model} on {where}, torch {torch.__version__}, {time.strftime('%F')}")
        print(f"  {'':<20} {'host us':>9} {'device us':>10} {'launches':>9} {'% of bandwidth':>15}")
        for name, row in table.items():
            share = row.get("share_of_bandwidth")
            print(
                f"  {name:<20} {row['host_us']:9.0f} {row.get('device_us', float('nan')):10.0f} "
                f"{row.get('launches', 0):9} {float('nan') if share is None else 100 * share:15.1f}"
            )
    kernels = table.get("set, kernels")
    if kernels is not None and kernels["host_us"] > MOST_HOST_S * 1e6:
        print(f"  MISSED: at most {MOST_HOST_S * 1e6:.0f} us of the host for a set by kernels",
              file=sys.stderr)  # fmt: skip
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
