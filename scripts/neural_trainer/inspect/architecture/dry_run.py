"""A dry run: one step of a case in shapes alone, on the meta device; on its device where not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_map
from torch.utils.flop_counter import FlopCounterMode

from neural_trainer.inspect.copies import check_reached, copied
from neural_trainer.inspect.flops import counted_kernels, formulas
from neural_trainer.inspect.loss import checked_loss
from neural_trainer.inspect.untouched import gradients_of, random_states
from neural_trainer.inspect.user_code import told_in_a_line
from neural_trainer.layers.case import Case

# stored: as the case is. bf16-mixed: under torch.autocast. bf16: model and batch cast.
STORED, MIXED, HALF = "stored", "bf16-mixed", "bf16"


@dataclass(frozen=True)
class Shape:
    """What a module put out when it was called first: shapes in the order of the call."""

    name: str
    kind: str
    shapes: tuple[tuple[int, ...], ...]
    calls: int


@dataclass(frozen=True)
class DryRun:
    """One step of a case as counted, not timed.

    on_meta: in shapes alone; otherwise `reason` says why not. called: names of modules called in
    training or in evaluation. reached: names of parameters that the loss has a gradient for.
    flops: of forward and backward. flops_of: both together, by module. activation_bytes: saved for
    the backward pass, each storage once, without parameters, buffers and the batch.
    optimizer_bytes: None where its step needs more than a gradient.
    """

    on_meta: bool
    reason: str
    device: str
    shapes: tuple[Shape, ...]
    called: frozenset[str]
    reached: frozenset[str]
    flops: tuple[int, int]
    flops_of: dict[str, int]
    parameter_bytes: int
    buffer_bytes: int
    gradient_bytes: int
    activation_bytes: int
    batch_bytes: int
    optimizer_bytes: int | None


def dry_run(case: Case, batch: Any, name: str, precision: str = STORED) -> DryRun:
    """Return what one step on `batch` takes; the case is afterwards what it was.

    Tried on the meta device; what cannot be told from shapes there (a value that decides a branch)
    is run with numbers on the model's own device. Raises ConfigError where that fails too.
    """
    with random_states(case.train_batches), gradients_of(case.model):
        copied(case)  # what cannot be copied, or does not train, is told first
        try:
            return _on_meta(case, batch, precision)
        except Exception as error:  # whatever a kernel or user code raises without numbers
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
        with told_in_a_line(name, "a step of loss_fn(model, batch)"):
            model, optimizer, _ = copied(case)
            return _step(case, model, optimizer, batch, precision, None, reason)


def _on_meta(case: Case, batch: Any, precision: str) -> DryRun:
    from torch._subclasses.fake_tensor import FakeCopyMode, FakeTensorMode

    mode = FakeTensorMode(allow_non_fake_inputs=True)
    memo: dict[int, Any] = {}
    with FakeCopyMode(mode):
        model, optimizer = copy.deepcopy((case.model, case.optimizer), memo)
    if optimizer is None:
        trainable = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trainable)
    inputs = tree_map(lambda x: mode.from_tensor(x) if isinstance(x, Tensor) else x, batch)
    return _step(case, model, optimizer, inputs, precision, mode, "")


def _step(
    case: Case, model: nn.Module, optimizer: Any, batch: Any, precision: str, mode: Any,
    reason: str,
) -> DryRun:  # fmt: skip
    device = next(model.parameters()).device
    if precision == HALF:
        with mode or nullcontext():
            model, batch = model.to(torch.bfloat16), tree_map(_halved, batch)
    mixed = torch.autocast(device.type, torch.bfloat16) if precision == MIXED else nullcontext()
    model.train()
    optimizer.zero_grad(set_to_none=True)
    saved: dict[int, Any] = {}
    counter = FlopCounterMode(display=False, custom_mapping=formulas())

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        saved[storage._cdata] = storage
        return tensor

    with ExitStack() as stack:
        stack.enter_context(mode or nullcontext())
        stack.enter_context(counted_kernels())
        shapes = stack.enter_context(_watched(model))
        stack.enter_context(counter)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), mixed:
            loss = checked_loss(case.loss_fn(model, batch))
        forward = counter.get_total_flops()
        loss.backward()
    check_reached(model, case.model)
    reached = frozenset(n for n, p in _all_parameters(model) if p.grad is not None)
    with mode or nullcontext():
        optimizer_bytes = _optimizer_bytes(optimizer)
        called = {shape.name for shape in shapes} | _called_in_evaluation(case, model, batch)
    ours = _storages([*model.parameters(), *model.buffers()])
    given = _storages([t for t in tree_flatten(batch)[0] if isinstance(t, Tensor)])
    activations = {k: s for k, s in saved.items() if k not in ours and k not in given}
    flops_of = {name: sum(of.values()) for name, of in counter.get_flop_counts().items()}
    return DryRun(
        on_meta=mode is not None,
        reason=reason,
        device=str(device),
        shapes=tuple(shapes),
        called=frozenset(called),
        reached=reached,
        flops=(forward, counter.get_total_flops() - forward),
        flops_of=_by_name(flops_of, model),
        parameter_bytes=_bytes(list(model.parameters())),
        buffer_bytes=_bytes(list(model.buffers())),
        gradient_bytes=_bytes([p.grad for p in model.parameters() if p.grad is not None]),
        activation_bytes=sum(storage.nbytes() for storage in activations.values()),
        batch_bytes=sum(storage.nbytes() for storage in given.values()),
        optimizer_bytes=optimizer_bytes,
    )


def _halved(leaf: Any) -> Any:
    return (
        leaf.to(torch.bfloat16) if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf
    )


def _all_parameters(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return list(model.named_parameters(remove_duplicate=False))


def _bytes(tensors: list[Any]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _storages(tensors: list[Any]) -> dict[int, Any]:
    return {t.untyped_storage()._cdata: t.untyped_storage() for t in tensors}


def _by_name(flops_of: dict[str, int], model: nn.Module) -> dict[str, int]:
    """Return the FLOPs of each module by its name in the model, the model itself as ""."""
    root = type(model).__name__
    return {
        "" if name == root else name.removeprefix(f"{root}."): count
        for name, count in flops_of.items()
        if name == root or name.startswith(f"{root}.")
    }


@contextmanager
def _watched(model: nn.Module) -> Iterator[list[Shape]]:
    """Yield the list of what modules put out, filled while they are called."""
    found: list[Shape] = []
    places: dict[str, int] = {}
    handles = []

    def hook(name: str) -> Callable[..., None]:
        def note(module: nn.Module, inputs: Any, outputs: Any) -> None:
            if name in places:
                before = found[places[name]]
                found[places[name]] = Shape(name, before.kind, before.shapes, before.calls + 1)
                return
            leaves = _leaves(outputs)
            places[name] = len(found)
            shapes = tuple(tuple(t.shape) for t in leaves)
            found.append(Shape(name, type(module).__name__, shapes, 1))

        return note

    for name, module in model.named_modules():
        handles.append(module.register_forward_hook(hook(name)))
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _leaves(outputs: Any) -> list[Tensor]:
    plain = dict(outputs) if hasattr(outputs, "keys") else outputs
    return [leaf for leaf in tree_flatten(plain)[0] if isinstance(leaf, Tensor)]


def _called_in_evaluation(case: Case, model: nn.Module, batch: Any) -> set[str]:
    """Return the modules called in eval mode; none where the loss cannot be taken in it."""
    model.eval()
    try:
        with torch.no_grad(), _watched(model) as shapes:
            case.loss_fn(model, batch)
    except Exception:  # the step in training has passed: that is what is judged
        return set()
    return {shape.name for shape in shapes}


def _optimizer_bytes(optimizer: Any) -> int | None:
    """Return the bytes of the optimizer's state after a step; None where it needs a closure."""
    try:
        optimizer.step()
    except TypeError:
        return None
    leaves = [leaf for state in optimizer.state.values() for leaf in tree_flatten(state)[0]]
    held = _storages([leaf for leaf in leaves if isinstance(leaf, Tensor)])
    return sum(int(storage.nbytes()) for storage in held.values())
