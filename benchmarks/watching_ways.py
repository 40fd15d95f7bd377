"""Ways of watching a training step, ours and others', of which each times what it does itself."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.optim.optimizer import _global_optimizer_pre_hooks  # noqa: E402

CLOCK = time.thread_time  # of this thread alone: what else the machine does is left out


class Way:
    """One way of watching. spent_s: its time within the steps since it was set to zero."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, folder: Path) -> None:
        self.model, self.parameters = model, list(model.parameters())
        self.spent_s = 0.0
        self.start(optimizer, folder)

    def start(self, optimizer: torch.optim.Optimizer, folder: Path) -> None:
        """Register what there is to register."""

    def go_on(self) -> None:
        """Begin another block: the time since the last one was not the training's."""

    def rest(self) -> None:
        """Look away while other ways take their blocks."""

    def before(self) -> None:
        """Act between the backward pass and the optimizer's step."""

    def after(self, loss: Tensor) -> None:
        """Act after the optimizer's step."""

    def timed(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return `act` with its time counted."""

        def counted(*arguments: Any, **named: Any) -> Any:
            begun = CLOCK()
            try:
                return act(*arguments, **named)
            finally:
                self.spent_s += CLOCK() - begun

        return counted


class Bare(Way):
    """Nothing."""


class ClipGradNorm(Way):
    """torch's clip_grad_norm_."""

    def before(self) -> None:
        nn.utils.clip_grad_norm_(self.parameters, 1.0)


class TotalNorm(Way):
    """torch's get_total_norm."""

    def before(self) -> None:
        self.norm = nn.utils.get_total_norm([p.grad for p in self.parameters if p.grad is not None])


class EveryStatistic(Way):
    """What loops do by hand: each statistic of each tensor, brought to the host by item()."""

    def before(self) -> None:
        self.seen = {}
        self.old = [p.detach().clone() for p in self.parameters]
        for name, p in self.model.named_parameters():
            g = p.grad
            assert g is not None
            numbers = (g.norm(), g.mean(), g.std(), g.abs().max(), (g == 0).float().mean())
            self.seen[name] = [x.item() for x in (*numbers, (~g.isfinite()).sum(), p.norm())]

    def after(self, loss: Tensor) -> None:
        for p, old in zip(self.parameters, self.old, strict=True):
            self.ratio = ((p.detach() - old).norm() / old.norm()).item()


class LightningNorm(Way):
    """Lightning's grad_norm, logged."""

    def start(self, optimizer: torch.optim.Optimizer, folder: Path) -> None:
        from lightning.pytorch.utilities import grad_norm

        self.grad_norm = grad_norm

    def before(self) -> None:
        self.seen = {name: float(norm) for name, norm in self.grad_norm(self.model, 2).items()}


class CockpitNorms(Way):
    """Cockpit's gradient norm, size of the update and distance of each tensor.

    Its other quantities need the loss of each example and a model that BackPACK has extended.
    """

    def start(self, optimizer: torch.optim.Optimizer, folder: Path) -> None:
        from cockpit import Cockpit, quantities  # type: ignore[import-not-found]
        from cockpit.utils.schedules import linear  # type: ignore[import-not-found]

        measured = (quantities.GradNorm, quantities.UpdateSize, quantities.Distance)
        kept = [one(linear(interval=1)) for one in measured]
        self.cockpit, self.step = Cockpit(self.parameters, quantities=kept), 0
        self.loss = torch.zeros(())  # Cockpit stops at a loss that is NaN, and looks no further

    def before(self) -> None:
        with self.cockpit(self.step, info={"loss": self.loss}):  # it measures as it is left
            self.step += 1


class WandbWatch(Way):
    """wandb.watch of the gradients at each step, in an offline run."""

    def start(self, optimizer: torch.optim.Optimizer, folder: Path) -> None:
        import wandb
        from wandb.integration.torch.wandb_torch import TorchHistory

        quiet = wandb.Settings(x_disable_stats=True, console="off", silent=True)
        self.run = wandb.init(project="b", mode="offline", dir=str(folder), settings=quiet)
        TorchHistory.log_tensor_stats = self.timed(TorchHistory.log_tensor_stats)
        self.run.watch(self.model, log="gradients", log_freq=1)

    def after(self, loss: Tensor) -> None:
        self.run.log({"loss": loss.item()})


class Ours(Way):
    """The Monitor at its default: norm and finiteness each step, the complete set every ten."""

    asked: dict[str, Any] = {"judge": False}  # noqa: RUF012

    def start(self, optimizer: torch.optim.Optimizer, folder: Path) -> None:
        from neural_trainer import Monitor
        from neural_trainer.layers.activations import Activations

        os.chdir(folder)
        self.monitor = Monitor(folder / "run", self.model, optimizer, **self.asked)
        self.at_work = True
        watch = self.monitor._watch
        assert watch is not None
        self.steps, flow = watch._steps, watch._flow
        assert flow is not None
        self.steps._safely = self.timed(self.steps._safely)  # type: ignore[method-assign]
        for handle in flow._passes._handles:
            hook: Any = self.model._forward_hooks[handle.id]
            hook._call = self.timed(hook._call)
        for calls in (flow._losses, flow._attention):
            calls._told = self.mine(self.timed(calls._told))  # type: ignore[method-assign]
        found = watch._handles[0].id
        _global_optimizer_pre_hooks[found] = self.mine(_global_optimizer_pre_hooks[found])
        if watch._activations is not None:
            own: Activations = watch._activations
            own._take = self.timed(own._take)  # type: ignore[method-assign]

    def mine(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return `act` without what the other ways do: torch tells every Monitor of all losses."""
        return lambda *arguments: act(*arguments) if self.at_work else None

    def go_on(self) -> None:
        self.at_work, self.steps._interception._listener = True, self.steps
        self.monitor.log(block=1.0)

    def rest(self) -> None:
        self.at_work, self.steps._interception._listener = False, None

    def after(self, loss: Tensor) -> None:
        self.monitor.step(loss, samples=4)


class OursEach(Ours):
    """The complete set at each step."""

    asked = {"judge": False, "every": 1}  # noqa: RUF012


class OursAdaptive(Ours):
    """The complete set as often as one per cent of the time allows."""

    asked = {"judge": False, "every": "auto"}  # noqa: RUF012


class OursClipping(Ours):
    """The default in a loop that clips: less what clipping costs by itself."""

    def before(self) -> None:
        nn.utils.clip_grad_norm_(self.parameters, 1.0)


class OursActivations(Ours):
    """The default, with activations."""

    asked = {"judge": False, "activations": True}  # noqa: RUF012


class OursJudging(Ours):
    """The default, and the run judged as it goes."""

    asked = {"judge": True}  # noqa: RUF012


WAYS: dict[str, type[Way]] = {
    "bare": Bare,
    "clip_grad_norm_": ClipGradNorm,
    "get_total_norm": TotalNorm,
    "each statistic by item()": EveryStatistic,
    "Lightning grad_norm": LightningNorm,
    "cockpit": CockpitNorms,
    "wandb.watch(log_freq=1)": WandbWatch,
    "Monitor": Ours,
    "Monitor(every=1)": OursEach,
    'Monitor(every="auto")': OursAdaptive,
    "Monitor, clipping": OursClipping,
    "Monitor(activations=True)": OursActivations,
    "Monitor, judging": OursJudging,
}
