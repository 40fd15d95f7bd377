"""What could make a step faster: each with the share of a step that it can touch at most."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import nn

from neural_trainer.inspect.profile.loaders import why_not
from neural_trainer.inspect.profile.operations import Operation
from neural_trainer.inspect.profile.workload import Options
from neural_trainer.layers.case import Case

PRODUCTS = ("mm", "addmm", "bmm", "baddbmm", "linear", "matmul", "gemm", "cutlass", "conv",
            "scaled_dot_product", "flash", "fmha", "rnn", "lstm")  # fmt: skip
CONVOLUTIONS = ("conv",)
MOST_WORKERS = 4  # to begin with: more compete with the training for the same cores
FUSED = ("Adam", "AdamW", "SGD", "Adagrad")
LEAST_SHARE = 0.02  # of a step: what touches less cannot be told from noise


@dataclass(frozen=True)
class Variant:
    """A change to try: `touches` is the share of a step that it can take away at most.

    reason: why it is worth a try, or why it cannot be tried where options is None.
    """

    name: str
    options: Options | None
    touches: float
    reason: str


@dataclass(frozen=True)
class Shares:
    """Of a step: wait for data, host, kernels, the optimizer's phase; they may overlap."""

    data: float
    host: float
    kernels: float
    optimizer: float
    products: float
    convolutions: float


def shares(
    seconds: dict[str, float], kernel_share: float, operations: Iterable[Operation]
) -> Shares:
    """Return the shares of a step from the seconds of its phases and what operators took."""
    total = max(sum(seconds.values()), 1e-12)
    data = seconds.get("data", 0.0) / total
    kernels = (1 - data) * kernel_share
    listed = list(operations)
    return Shares(
        data=data,
        host=(1 - data) * (1 - kernel_share),
        kernels=kernels,
        optimizer=seconds.get("optimizer", 0.0) / total,
        products=kernels * sum(one.share for one in listed if is_of(one.name, PRODUCTS)),
        convolutions=kernels * sum(one.share for one in listed if is_of(one.name, CONVOLUTIONS)),
    )


def is_of(name: str, words: tuple[str, ...]) -> bool:
    """Tell whether an operator's or a kernel's name is one of a kind."""
    lower = name.lower().rpartition("::")[2]
    return any(word in lower for word in words)


def variants(case: Case, found: Shares, inference: bool = False) -> tuple[Variant, ...]:
    """Return what could be tried, that which can touch most first; what cannot be, last."""
    model, listed = case.model, []
    if not inference:
        listed += [_workers(case, found), _fused(case.optimizer, found), _batch_size(case, found)]
    listed.append(
        Variant("compile", Options(compile=True), found.host + found.kernels - found.products,
                "torch.compile fuses what is no matrix product, and spares the host its dispatch")
    )  # fmt: skip
    listed.append(_bf16(model, found))
    listed.append(_channels_last(model, found))
    can = [one for one in listed if one.options is not None and one.touches >= LEAST_SHARE]
    cannot = [one for one in listed if one.options is None]
    return (*sorted(can, key=lambda one: -one.touches), *cannot)


def _workers(case: Case, found: Shares) -> Variant:
    batches: Any = case.train_batches
    reason = why_not(batches)
    if reason:
        return Variant("workers", None, found.data, reason)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    now, most = batches.num_workers, min(MOST_WORKERS, cores or 1)
    if now >= most:
        return Variant("workers", None, found.data, f"it has {now} workers on {cores} cores")
    return Variant(
        "workers", Options(num_workers=most), found.data,
        f"num_workers={most} in place of {now} prepares batches while the model computes",
    )  # fmt: skip


def _fused(optimizer: Any, found: Shares) -> Variant:
    kind = "AdamW" if optimizer is None else type(optimizer).__name__
    if kind not in FUSED:
        return Variant("fused", None, found.optimizer, f"{kind} has no fused step")
    if optimizer is not None and any(g.get("fused") for g in optimizer.param_groups):
        return Variant("fused", None, found.optimizer, "the optimizer is fused already")
    said = f"{kind}(…, fused=True) takes one kernel for all parameters"
    return Variant("fused", Options(fused=True), found.optimizer, said)


def _batch_size(case: Case, found: Shares) -> Variant:
    batches: Any = case.train_batches
    reason = why_not(batches)
    touches = found.host + found.optimizer
    if reason:
        return Variant("batch size", None, touches, reason)
    twice = 2 * batches.batch_size
    if hasattr(batches.dataset, "__len__") and len(batches.dataset) < twice:
        return Variant("batch size", None, touches, f"the data set holds fewer than {twice}")
    return Variant(
        "batch size", Options(batch_size=twice), touches,
        f"batches of {twice} share what each step costs by itself; learning rate and schedule "
        f"then need another look",
    )  # fmt: skip


def _bf16(model: nn.Module, found: Shares) -> Variant:
    stored = {p.dtype for p in model.parameters() if p.is_floating_point()}
    if not any(dtype.itemsize == 4 for dtype in stored):
        return Variant("bf16", None, found.products, "the model is not stored in float32")
    said = "torch.autocast(…, torch.bfloat16) halves what matrix products read and compute"
    return Variant("bf16", Options(bf16=True), found.products, said)


def _channels_last(model: nn.Module, found: Shares) -> Variant:
    if not any(isinstance(module, nn.Conv2d) for module in model.modules()):
        return Variant("channels_last", None, found.convolutions, "there is no Conv2d in the model")
    said = "model.to(memory_format=torch.channels_last), and images alike, suits convolutions"
    return Variant("channels_last", Options(channels_last=True), found.convolutions, said)
