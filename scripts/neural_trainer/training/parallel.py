"""A model that several processes train: held whole by each (DDP), or in shards (FSDP2)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from neural_trainer.errors import ConfigError, MissingPackage, NeuralTrainerError
from neural_trainer.training.config import TrainConfig
from neural_trainer.training.recompute import outer_blocks
from neural_trainer.training.world import World


def way_of(config: TrainConfig, world: World) -> str:
    """Return how the model is spread: "ddp", "fsdp", or "" where one process has it to itself.

    Raises ConfigError where the config asks for what FSDP cannot do.
    """
    way = config.training.distributed
    if not world.is_joined or (way == "auto" and world.size == 1):
        return ""
    if way == "auto":
        return "ddp"
    if way == "fsdp":
        _refuse_with_fsdp(config)
    return way


def _refuse_with_fsdp(config: TrainConfig) -> None:
    if config.optimizer is None:
        raise ConfigError(
            "the case brings its optimizer, which holds the parameters from before fsdp shards "
            "them; name one in the config's optimizer, or set training.distributed=ddp"
        )
    if config.optimizer.name == "muon":
        raise ConfigError(
            "muon needs whole matrices, and fsdp gives each rank a part of theirs; set "
            "optimizer.name=adamw, or training.distributed=ddp"
        )
    if config.training.compare_ranks_every:
        raise ConfigError(
            "training.compare_ranks_every compares what each rank holds whole, and with fsdp each "
            "has shards of its own; leave it out, or set training.distributed=ddp"
        )


def spread(model: Any, way: str, world: World) -> Any:
    """Return what computes the loss; with "fsdp" that is `model` itself, its parameters replaced.

    The ranks' gradients are summed, not averaged: each has weighed its loss by its terms. Raises
    ConfigError where the model cannot be spread so.
    """
    if way == "ddp":
        from torch.nn.parallel import DistributedDataParallel

        try:
            replica = DistributedDataParallel(model, gradient_as_bucket_view=True)
        except RuntimeError as error:
            if "require a gradient" in str(error):
                raise ConfigError(
                    "the model has no parameter that requires a gradient; nothing to train"
                ) from error
            raise
        replica.register_comm_hook(None, lambda _, bucket: _sum_over_ranks(bucket))
        return replica
    if way == "fsdp":
        _shard(model, world)
    return model


def _sum_over_ranks(bucket: Any) -> Any:
    """Exchange a bucket of gradients, as DDP's own way does but for the division."""
    from torch import distributed

    work: Any = distributed.all_reduce(bucket.buffer(), async_op=True)
    return work.get_future().then(lambda done: done.value()[0])


def _shard(model: Any, world: World) -> None:
    """Shard each element of a ModuleList by itself: one at a time is whole; then shard the rest."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FSDPModule, fully_shard

    if not hasattr(FSDPModule, "set_force_sum_reduction_for_comms"):
        raise MissingPackage("torch>=2.9", "training.distributed fsdp", "train")
    blocks = outer_blocks(model)
    held = [{id(p): p for p in block.parameters()} for block in blocks]
    names = {id(p): name for name, p in model.named_parameters()}
    inside = [key for parameters in held for key in parameters]
    outside = _outside(model, blocks)
    twice = [key for key in names if inside.count(key) + (key in outside) > 1]
    if twice:
        raise ConfigError(
            f"fsdp shards block by block, and {names[twice[0]]} is a weight of more than one; set "
            f"training.distributed=ddp"
        )
    kinds = {p.dtype for p in model.parameters()}
    if len(kinds) > 1:
        raise ConfigError(
            f"fsdp needs parameters of one dtype, and the model has "
            f"{', '.join(sorted(map(str, kinds)))}; convert them, or set training.distributed=ddp"
        )
    mesh = init_device_mesh(next(model.parameters()).device.type, (world.size,))
    try:
        for block in blocks:
            fully_shard(block, mesh=mesh)
        fully_shard(model, mesh=mesh)
        for unit in (*blocks, model):
            unit.set_gradient_divide_factor(1.0)
            unit.set_force_sum_reduction_for_comms(True)
    except (ValueError, NotImplementedError) as error:
        raise ConfigError(
            f"fsdp cannot shard this model: {str(error).splitlines()[0]}; set "
            f"training.distributed=ddp"
        ) from error


def _outside(model: Any, blocks: list[Any]) -> set[int]:
    """Return the parameters that a module which is in none of the blocks holds."""
    inner = {id(module) for block in blocks for module in block.modules()}
    others = [module for module in model.modules() if id(module) not in inner]
    return {id(p) for module in others for p in module.parameters(recurse=False)}


def exchanging(model: Any, way: str, *, is_last: bool) -> AbstractContextManager[Any]:
    """Return where a batch of a step is gone through: the ranks exchange gradients at the last."""
    if way == "ddp" and not is_last:
        return model.no_sync()  # type: ignore[no-any-return]
    if way == "fsdp":
        model.set_requires_gradient_sync(is_last)
    return nullcontext()


def forget_whole(model: Any, way: str) -> None:
    """Let go of what a pass forward alone left whole of a sharded model, whose weights may change.

    torch keeps the weights outside of the blocks whole until a pass backward.
    """
    if way == "fsdp":
        model.reshard()


def refuse_unused(model: Any) -> None:
    """Raise ConfigError where a parameter of DDP had no part in a first backward pass."""
    unused = [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    if unused:
        raise ConfigError(
            f"{unused[0]} and {len(unused) - 1} other parameters have no part in the loss, and ddp "
            f"waits for the gradients of all on every rank; set requires_grad=False on them, or "
            f"leave them out"
        )


def share_buffers(model: Any, world: World) -> None:
    """Give every rank rank 0's buffers, such as running means: each has seen other samples."""
    if world.size > 1:
        import torch

        for buffer in model.buffers():
            torch.distributed.broadcast(buffer, 0)


def refuse_out_of_sync(model: Any, world: World, step: int) -> None:
    """Raise NeuralTrainerError where a rank holds other weights than rank 0, bit for bit."""
    import torch

    named = list(model.named_parameters())
    sums = torch.stack([_sum_of_bits(parameter) for _, parameter in named]).tolist()
    everyones = world.gathered(sums)
    for (name, _), found in zip(named, zip(*everyones, strict=True), strict=True):
        other = [rank for rank, own in enumerate(found) if own != found[0]]
        if other:
            count = sum(len(set(one)) > 1 for one in zip(*everyones, strict=True))
            raise NeuralTrainerError(
                f"step {step}: ranks-out-of-sync: {name} differs on rank {other[0]} from rank 0, "
                f"the first of {count} of {len(named)} tensors that differ; something changes "
                f"weights or gradients on one rank alone: find it, and go on from a checkpoint "
                f"before it"
            )


def _sum_of_bits(tensor: Any) -> Any:
    """Return the sum of a tensor's elements, their bits taken for whole numbers."""
    import torch

    whole = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    own = tensor.detach()
    if own.is_complex():
        own = torch.view_as_real(own)
    return own.contiguous().view(whole[own.element_size()]).sum(dtype=torch.int64)
