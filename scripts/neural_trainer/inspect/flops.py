"""FLOPs of what runs: torch's counter with formulas that it lacks, and what a device can reach."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

PRODUCT = 1024  # rows and columns: large enough to keep a core busy, done in some ms
REPEATS = 5


def flops_of(step: Callable[[], object]) -> int:
    """Return the FLOPs of what `step` does, as it is computed."""
    counter = FlopCounterMode(display=False, custom_mapping=formulas())
    with counted_kernels(), counter:
        step()
    return int(counter.get_total_flops())


def product_flops_per_s(device: torch.device, dtype: torch.dtype) -> float:
    """Return what one large matrix product reaches on a device: the best of REPEATS."""
    first, second = (torch.randn(PRODUCT, PRODUCT, device=device).to(dtype) for _ in range(2))
    best = float("inf")
    for _ in range(REPEATS):
        started = time.perf_counter()
        torch.mm(first, second)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - started)
    return 2 * PRODUCT**3 / best


@contextmanager
def counted_kernels() -> Iterator[None]:
    """Take recurrent layers apart into products that are counted: a library's are one call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on TF32 of devices that are not here
        with torch.backends.mkldnn.flags(enabled=False), torch.backends.cudnn.flags(enabled=False):
            yield


def formulas() -> dict[Any, Any]:
    """Return the FLOPs of what torch counts on other devices alone, or not as it is computed.

    Attention that is fused on a CPU; the backward pass of a grouped convolution, which torch counts
    as if its groups were one: its products for weights and inputs are as large as the forward's.
    """
    from torch.utils import flop_counter

    counter: Any = flop_counter
    ops: Any = torch.ops.aten

    def attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
        return int(counter.sdpa_flop_count(query, key, value))

    def attention_backward(grad_out: Any, q: Any, k: Any, v: Any, *_: Any, **__: Any) -> int:
        return int(counter.sdpa_backward_flop_count(grad_out, q, k, v))

    def convolution_backward(
        grad_out: Any, inputs: Any, weight: Any, bias: Any, stride: Any, padding: Any,
        dilation: Any, transposed: bool, output_padding: Any, groups: Any, wanted: Any, **_: Any,
    ) -> int:  # fmt: skip
        once = int(counter.conv_flop_count(inputs, weight, grad_out, transposed=transposed))
        return once * (bool(wanted[0]) + bool(wanted[1]))

    return {
        ops._scaled_dot_product_flash_attention_for_cpu: attention,
        ops._scaled_dot_product_flash_attention_for_cpu_backward: attention_backward,
        ops.convolution_backward: convolution_backward,
    }
