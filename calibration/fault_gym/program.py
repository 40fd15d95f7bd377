"""A training program as users write them, in settings: what it trains, how, and what it logs."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder

Pair = tuple[Tensor, Tensor]
Schedule = Callable[[int, int], float]  # the step, from 1 on, and the length of the run
EVAL_BATCH = 128


@dataclass(frozen=True)
class Data:
    """Inputs and targets to train on, to evaluate on while training, and to judge the run by."""

    train: Pair
    val: Pair
    test: Pair


class Net(nn.Module):
    """Features and a head. flaw: what its forward pass does wrong, "" for nothing."""

    def __init__(self, features: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.features, self.head, self.flaw = features, head, ""

    def forward(self, inputs: Tensor) -> Tensor:
        found = self.features(inputs)
        if self.flaw == "detached":
            found = found.detach()
        elif self.flaw == "averaged over the batch":
            found = found.mean(0, keepdim=True).expand_as(found)
        elif self.flaw == "masked out":
            found = found * torch.zeros_like(found)
        out: Tensor = self.head(found)
        return out.softmax(-1) if self.flaw == "softmax" else out


@dataclass(frozen=True)
class Program:
    """The settings of one program; the defaults of the second half are what is right.

    score: of outputs and targets, higher is better. scored_by: what the run is judged by: "test",
    that score on the test data; "gap", how far it lies from what was reported; "wait", the share of
    time spent on waiting for data; "growth", MB of memory a hundred steps; "slowdown", how much
    slower the last steps are than the first ones.
    """

    data: Callable[[torch.Generator], Data]
    model: Callable[[], Net]
    loss: Callable[[Tensor, Tensor], Tensor]
    score: Callable[[Tensor, Tensor], float]
    accuracy: Callable[[Tensor, Tensor], float] | None = None
    optimizer: Literal["sgd", "adam", "adamw", "rmsprop", "muon"] = "adamw"
    lr: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    beta2: float = 0.999
    num_steps: int = 400
    batch: int = 64
    sampling: Literal["random", "epochs", "ordered"] = "random"
    schedule: Schedule = lambda step, total: 1.0
    clip: float | None = None
    accumulate: int = 1
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None
    ema: float | None = None
    eval_every: int = 40
    logs: frozenset[str] = frozenset({"accuracy", "eval/loss", "eval/accuracy"})
    config: dict[str, Any] = field(default_factory=dict)
    scored_by: Literal["test", "gap", "wait", "growth", "slowdown"] = "test"
    terms: Callable[[Tensor, Tensor], dict[str, float]] | None = None  # logged beside the loss
    measures: Callable[[Net], dict[str, float]] | None = None  # logged with each evaluation
    judge: Callable[[Net, Data, float], float] | None = None  # the score, with the loss reported
    half: bool = False  # fp16 autocast
    scales: bool = True  # in half precision
    scale: float = 2.0**12  # of the loss, at first

    changes: tuple[Callable[[Data, torch.Generator], Data], ...] = ()  # to the data
    prepares: tuple[Callable[[Net], None], ...] = ()  # of the model, before the optimizer is made
    optimized: Callable[[str], bool] = lambda name: True  # whether a parameter is in the optimizer
    eps: float = 1e-8
    zeroes: bool = True
    steps_every: int = 1  # 0: never
    divides: bool = True  # the loss by the number of accumulated batches
    detaches_loss: bool = False
    train_loss: Callable[[Tensor, Tensor], Tensor] | None = None
    batch_hook: Callable[[int, int, Tensor, Tensor], Pair] | None = None
    trains_in: Literal["train", "eval after evaluation", "eval"] = "train"
    evaluates_in: Literal["eval", "train"] = "eval"
    skips_nonfinite: bool = False
    logger_hides: Literal["", "as zero", "as last", "as mean"] = ""
    load_s: Callable[[int, int], float] | None = None  # seconds to wait for a batch
    extra_s: Callable[[int, int], float] | None = None  # seconds that a step takes longer
    keeps_every: int = 0  # steps from which each module's output is kept; 0: none
    resume_at: float = 0.0  # of the run; 0: never
    resume_loses: frozenset[str] = frozenset()  # of optimizer, schedule, head, weights

    def new_optimizers(self, model: Net) -> list[torch.optim.Optimizer]:
        """Return what steps the parameters that are `optimized`."""
        named = [(name, p) for name, p in model.named_parameters() if self.optimized(name)]
        chosen = [p for _, p in named]
        betas, decay = (0.9, self.beta2), self.weight_decay
        if self.optimizer == "sgd":
            return [torch.optim.SGD(chosen, self.lr, self.momentum, weight_decay=decay)]
        if self.optimizer == "adam":
            return [torch.optim.Adam(chosen, self.lr, betas, self.eps, decay)]
        if self.optimizer == "adamw":
            return [torch.optim.AdamW(chosen, self.lr, betas, self.eps, decay)]
        if self.optimizer == "rmsprop":
            return [torch.optim.RMSprop(chosen, self.lr, eps=self.eps, weight_decay=decay)]
        matrices = [p for name, p in named if p.ndim == 2 and not name.startswith("head")]
        others = [p for name, p in named if p.ndim != 2 or name.startswith("head")]
        return [
            torch.optim.Muon(matrices, self.lr * 10, decay),
            torch.optim.AdamW(others, self.lr, betas, self.eps, decay),
        ]

    def batches(self, train: Pair, generator: torch.Generator) -> Iterator[Pair]:
        """Yield batches for ever: drawn at random, or epoch by epoch."""
        inputs, targets = train
        while True:
            if self.sampling == "random":
                chosen = torch.randint(len(inputs), (self.batch,), generator=generator)
                yield inputs[chosen], targets[chosen]
                continue
            order = torch.arange(len(inputs))
            if self.sampling == "epochs":
                order = torch.randperm(len(inputs), generator=generator)
            for start in range(0, len(inputs) - self.batch + 1, self.batch):
                chosen = order[start : start + self.batch]
                yield inputs[chosen], targets[chosen]

    def known(self) -> dict[str, Any]:
        """Return what a user would have in a config."""
        found: dict[str, Any] = {
            "optimizer": self.optimizer, "lr": self.lr, "batch_size": self.batch,
            "max_steps": self.num_steps, "weight_decay": self.weight_decay,
        }  # fmt: skip
        if self.clip is not None:
            found["grad_clip"] = self.clip
        if self.accumulate > 1:
            found["accumulation_steps"] = self.accumulate
        if self.eps != 1e-8:
            found["eps"] = self.eps
        return {**found, **self.config}


def outputs_of(model: nn.Module, inputs: Tensor) -> Tensor:
    """Return what a model makes of inputs, a batch at a time, in the mode that it is in."""
    with torch.no_grad():
        return torch.cat([model(part) for part in inputs.split(EVAL_BATCH)])


class _Training:
    """One run of a program."""

    def __init__(self, recorder: Recorder, program: Program) -> None:
        self.recorder, self.program = recorder, program
        self.generator = torch.Generator().manual_seed(torch.initial_seed())
        self.data = program.data(self.generator)
        for change in program.changes:
            self.data = change(self.data, self.generator)
        self.model = program.model()
        for prepare in program.prepares:
            prepare(self.model)
        self.average = copy.deepcopy(self.model) if program.ema else None
        self.optimizers = program.new_optimizers(self.model)
        self.began = 0  # the step that the schedule counts from
        self.checkpoint = copy.deepcopy(self.model.state_dict())
        self.reported = self.reported_loss = math.nan
        self.scaler = torch.amp.GradScaler(
            "cpu", program.scale, enabled=program.half and program.scales
        )
        self.kept: list[Tensor] = []
        self.keeps = False
        if program.keeps_every:
            for module in self.model.modules():
                module.register_forward_hook(self._keep)
        self.waits: list[float] = []
        self.durations: list[float] = []
        self.resident: list[int] = []
        self.last_logged = 0.0

    def run(self) -> float:
        """Train; return the score."""
        program, total = self.program, self.program.num_steps
        self.recorder.watch(
            self.model,
            self.optimizers if len(self.optimizers) > 1 else self.optimizers[0],
            program.known(),
        )
        batches = program.batches(self.data.train, self.generator)
        self.model.train(program.trains_in != "eval")
        for step in range(1, total + 1):
            if program.resume_at and step == int(program.resume_at * total):
                self._resume(step)
            self._step(step, batches)
            if program.eval_every and step % program.eval_every == 0:
                self._evaluate()
            if step == max(1, int(total * program.resume_at * 0.3)):
                self.checkpoint = copy.deepcopy(self.model.state_dict())
        return self._score()

    def _step(self, step: int, batches: Iterator[Pair]) -> None:
        program, total = self.program, self.program.num_steps
        start = time.perf_counter()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                base = group.setdefault("base_lr", group["lr"])
                group["lr"] = base * program.schedule(step - self.began, total)
        if program.zeroes:
            self._zero_grad()
        self.keeps = program.keeps_every > 0 and step % program.keeps_every == 0
        parts, right, waited = [], [], 0.0
        for _ in range(program.accumulate):
            began = time.perf_counter()
            inputs, targets = next(batches)
            if program.load_s is not None:
                time.sleep(program.load_s(step, total))
            if program.augment is not None:
                inputs = program.augment(inputs, self.generator)
            if program.batch_hook is not None:
                inputs, targets = program.batch_hook(step, total, inputs, targets)
            waited += time.perf_counter() - began
            with torch.autocast("cpu", torch.float16, enabled=program.half):
                output = self.model(inputs)
                loss = looked_up(program.train_loss or program.loss)(output, targets)
            if program.detaches_loss:
                loss = loss.detach().requires_grad_()
            share = loss / program.accumulate if program.divides else loss
            self.scaler.scale(share).backward()
            parts.append(loss)
            if program.accuracy is not None and "accuracy" in program.logs:
                right.append(program.accuracy(output.detach(), targets))
        loss = torch.stack(parts).mean()
        if program.clip is not None:
            for optimizer in self.optimizers:
                self.scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), program.clip)
        skipped = program.skips_nonfinite and not math.isfinite(loss.item())
        if program.steps_every and step % program.steps_every == 0 and not skipped:
            for optimizer in self.optimizers:
                self.scaler.step(optimizer)
            self.scaler.update()
        if program.extra_s is not None:
            time.sleep(program.extra_s(step, total))
        if self.average is not None and program.ema is not None:
            for mean, now in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.data.lerp_(now.data, 1 - program.ema)
            for old, new in zip(self.average.buffers(), self.model.buffers(), strict=True):
                old.copy_(new)
        self.waits.append(waited)
        self.durations.append(time.perf_counter() - start)
        if program.scored_by == "growth":
            self.resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
        more = program.terms(output.detach(), targets) if program.terms is not None else {}
        if self.scaler.is_enabled():
            more["loss_scale"] = self.scaler.get_scale()
        self.recorder.step(
            self._shown(loss.item()), float(np.mean(right)) if right else None,
            samples=program.batch * program.accumulate, **more,
        )  # fmt: skip

    def _keep(self, module: nn.Module, inputs: object, output: Any) -> None:
        """Keep an output for a histogram that is drawn some day."""
        if self.keeps and module.training:
            first: Tensor = output[0] if isinstance(output, tuple) else output
            self.kept.append(first.detach().clone())

    def _zero_grad(self) -> None:
        for optimizer in self.optimizers:
            optimizer.zero_grad()

    def _shown(self, loss: float) -> float:
        """Return the loss as the program's logger writes it."""
        if math.isfinite(loss) or not self.program.logger_hides:
            self.last_logged = loss
            return loss
        if self.program.logger_hides == "as mean":
            return self.last_logged * (1 + 0.02 * float(np.random.randn()))
        return 0.0 if self.program.logger_hides == "as zero" else self.last_logged

    def _evaluate(self) -> None:
        program, model = self.program, self.average or self.model
        model.train(program.evaluates_in == "train")
        inputs, targets = self.data.val
        output = outputs_of(model, inputs)
        found: dict[str, float] = {}
        self.reported_loss = program.loss(output, targets).item()
        if "eval/loss" in program.logs:
            found["loss"] = self._shown_in_evaluation(self.reported_loss)
            found |= program.terms(output, targets) if program.terms is not None else {}
        if program.accuracy is not None and "eval/accuracy" in program.logs:
            found["accuracy"] = program.accuracy(output, targets)
        self.reported = program.score(output, targets)
        if program.measures is not None:
            found |= program.measures(model)
        if found:
            self.recorder.evaluate(**found)
        self.model.train(program.trains_in == "train")

    def _shown_in_evaluation(self, loss: float) -> float:
        hides = self.program.logger_hides and not math.isfinite(loss)
        return 0.0 if hides and self.program.logger_hides == "as zero" else (
            self.last_logged if hides else loss
        )  # fmt: skip

    def _resume(self, step: int) -> None:
        """Go on as from a checkpoint, without what it did not hold."""
        loses = self.program.resume_loses
        if "weights" in loses:
            self.model.load_state_dict(self.checkpoint)
        if "head" in loses:
            for module in self.model.head.modules():
                if isinstance(module, (nn.Linear, nn.Conv2d)):
                    module.reset_parameters()
        if "optimizer" in loses:
            self.optimizers = self.program.new_optimizers(self.model)
        if "schedule" in loses:
            self.began = step - 1

    def _score(self) -> float:
        program = self.program
        count = max(len(self.durations) // 4, 1)
        if program.scored_by == "wait":
            return -float(np.median(self.waits) / np.median(self.durations))
        if program.scored_by == "slowdown":
            first, last = self.durations[count // 4 : count], self.durations[-count:]
            return -float(np.median(last) / np.median(first))
        if program.scored_by == "growth":
            grown = self.resident[-1] - self.resident[count]
            return -grown / 1e6 / (len(self.resident) - count) * 100
        model = self.average or self.model
        model.eval()
        if program.judge is not None:
            found = program.judge(model, self.data, self.reported_loss)
            return found if math.isfinite(found) else -math.inf
        inputs, targets = self.data.test
        honest = program.score(outputs_of(model, inputs), targets)
        found = -abs(honest - self.reported) if program.scored_by == "gap" else honest
        return found if math.isfinite(found) else -math.inf


def train(recorder: Recorder, program: Program) -> float:
    """Run a program under the recorder; return its score."""
    return _Training(recorder, program).run()


def looked_up(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a loss of torch as a loop finds that writes functional.cross_entropy at each call."""
    if loss.__module__ != functional.__name__:
        return loss
    found: Callable[[Tensor, Tensor], Tensor] = getattr(functional, loss.__name__)
    return found
