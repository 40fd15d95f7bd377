"""What is timed: steps of training, or forward passes, of a case on a copy, phase by phase."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_map

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.copies import copied
from neural_trainer.inspect.loss import checked_loss
from neural_trainer.inspect.profile.loaders import rebuilt
from neural_trainer.inspect.user_code import told_in_a_line
from neural_trainer.layers.batches import on_device
from neural_trainer.layers.case import Case

DATA, FORWARD, BACKWARD, OPTIMIZER = "data", "forward", "backward", "optimizer"
PHASES = (DATA, FORWARD, BACKWARD, OPTIMIZER)
MARK = "neural-trainer: "  # before a phase's name in a trace


@dataclass(frozen=True)
class Step:
    """One step: seconds of each phase, and how many samples it took."""

    seconds: dict[str, float]
    num_samples: int

    @property
    def total_s(self) -> float:
        """All phases together."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class Options:
    """How a workload differs from the case as it stands."""

    compile: bool = False
    bf16: bool = False
    channels_last: bool = False
    fused: bool = False
    num_workers: int | None = None
    batch_size: int | None = None


class Workload(Protocol):
    """What can be timed: it takes a step at each call."""

    def step(self) -> Step:
        """Take one step and say how long its phases took."""
        ...


class Clock:
    """Times phases of work on a device, and marks them in a trace."""

    def __init__(self, device: torch.device) -> None:
        self._is_cuda, self._device = device.type == "cuda", device
        self.seconds: dict[str, float] = {}

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Time a block as the phase `name`; what the device has yet to do is waited for."""
        return _Phase(self, name)

    def now(self) -> float:
        """Return the time, once the device is done."""
        if self._is_cuda:
            torch.cuda.synchronize(self._device)
        return time.perf_counter()


class _Phase(AbstractContextManager[None]):
    def __init__(self, clock: Clock, name: str) -> None:
        self._clock, self._name = clock, name
        self._mark: Any = torch.profiler.record_function(MARK + name)

    def __enter__(self) -> None:
        self._mark.__enter__()
        self._start = self._clock.now()

    def __exit__(self, *error: object) -> None:
        spent = self._clock.now() - self._start
        self._clock.seconds[self._name] = self._clock.seconds.get(self._name, 0.0) + spent
        self._mark.__exit__(*error)


class TrainingSteps:
    """Steps of a case's training on copies of its model and optimizer."""

    def __init__(self, case: Case, name: str, options: Options | None = None) -> None:
        chosen = options or Options()
        self._name, self._loss_fn = name, case.loss_fn
        model, self.optimizer, _ = copied(case)
        self._batches: Any = rebuilt(case.train_batches, chosen.num_workers, chosen.batch_size)
        if chosen.fused:
            self.optimizer = fused(self.optimizer)
        self._last = chosen.channels_last
        self.model = prepared(model, chosen)
        self.model.train()
        self.device = next(model.parameters()).device
        self._autocast = chosen.bf16
        self._waiting: Iterator[Any] | None = None

    def loss_on(self, batch: Any) -> float:
        """Return the loss on a batch, without a step."""
        with told_in_a_line(self._name, "loss_fn(model, batch)"), torch.no_grad():
            return float(self._loss(batch))

    def _loss(self, batch: Any) -> Any:
        with autocast(self.device, self._autocast):
            given = tree_map(channels_last, batch) if self._last else batch
            return checked_loss(self._loss_fn(self.model, given))

    def step(self) -> Step:
        """Take one step of training."""
        clock = Clock(self.device)
        with told_in_a_line(self._name, "train_batches"), clock.phase(DATA):
            batch = self._next()
        with told_in_a_line(self._name, "a step of loss_fn(model, batch)"):
            with clock.phase(FORWARD):
                loss = self._loss(batch)
            with clock.phase(BACKWARD):
                loss.backward()
            with clock.phase(OPTIMIZER):
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
        return Step(clock.seconds, num_samples(batch))

    def _next(self) -> Any:
        for _ in range(2):
            if self._waiting is None:
                self._waiting = iter(self._batches)
            for batch in self._waiting:
                return on_device(batch, self.device)
            self._waiting = None
        raise ConfigError(f"{self._name}: train_batches yields nothing; expected a batch")


class ForwardPasses:
    """Forward passes of a case's model, as its loss calls it, in eval mode without gradients."""

    def __init__(
        self, case: Case, batch: Any, name: str, options: Options | None = None,
        batch_size: int | None = None,
    ) -> None:  # fmt: skip
        chosen = options or Options()
        self._name = name
        model, _, _ = copied(case, trains=False)
        model.eval()
        inputs = called_with(model, case, batch, name)
        size = num_samples(inputs)
        self.num_samples = min(batch_size or size, size)
        self._inputs = tree_map(lambda leaf: _first(leaf, size, self.num_samples), inputs)
        if chosen.channels_last:
            self._inputs = tree_map(channels_last, self._inputs)
        self.model = prepared(model, chosen)
        self.device = next(model.parameters(), torch.empty(0)).device
        self._autocast = chosen.bf16

    def step(self) -> Step:
        """Take one forward pass."""
        clock = Clock(self.device)
        args, kwargs = self._inputs
        with (
            told_in_a_line(self._name, "the model's forward pass"),
            torch.inference_mode(), autocast(self.device, self._autocast), clock.phase(FORWARD),
        ):  # fmt: skip
            self.model(*args, **kwargs)
        return Step(clock.seconds, self.num_samples)


def called_with(model: nn.Module, case: Case, batch: Any, name: str) -> Any:
    """Return the (args, kwargs) that loss_fn calls the model with; raises ConfigError for none."""
    found: list[Any] = []
    handle = model.register_forward_pre_hook(
        lambda module, args, kwargs: found.append((args, kwargs)), with_kwargs=True
    )
    try:
        with told_in_a_line(name, "loss_fn(model, batch)"), torch.no_grad():
            case.loss_fn(model, batch)
    finally:
        handle.remove()
    if not found:
        raise ConfigError(
            f"{name}: loss_fn(model, batch) never calls the model that it is given; expected "
            f"model(inputs) in it"
        )
    return found[0]


def prepared(model: nn.Module, options: Options) -> Any:
    """Return the model laid out and compiled as `options` say."""
    if options.channels_last:
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return torch.compile(model) if options.compile else model


def channels_last(leaf: Any) -> Any:
    """Return images, (batch, channels, height, width), with their channels last in memory."""
    is_image = isinstance(leaf, Tensor) and leaf.dim() == 4 and leaf.is_floating_point()
    return leaf.contiguous(memory_format=torch.channels_last) if is_image else leaf


def autocast(device: torch.device, on: bool) -> AbstractContextManager[Any]:
    """Return torch.autocast to bfloat16 on `device` where it is on."""
    return torch.autocast(device.type, torch.bfloat16) if on else nullcontext()


def fused(optimizer: Any) -> Any:
    """Return an optimizer like the one given, with its state, that steps in one kernel."""
    groups = [{**group, "fused": True, "foreach": None} for group in optimizer.param_groups]
    own = ("fused", "foreach", "differentiable", "decoupled_weight_decay")
    kept = {key: value for key, value in optimizer.defaults.items() if key not in own}
    made = type(optimizer)(groups, **kept, fused=True)
    for parameter, state in optimizer.state.items():
        made.state[parameter] = state
    return made


def num_samples(batch: Any) -> int:
    """Return the first dimension of the first tensor in a batch; 1 where there is none."""
    plain = dict(batch) if hasattr(batch, "keys") else batch
    sizes = [t.shape[0] for t in tree_flatten(plain)[0] if isinstance(t, Tensor) and t.dim()]
    return int(sizes[0]) if sizes else 1


def _first(leaf: Any, size: int, kept: int) -> Any:
    is_batch = isinstance(leaf, Tensor) and leaf.dim() > 0 and leaf.shape[0] == size
    return leaf[:kept] if is_batch else leaf
