"""Runs a training script under a tool that wants the program itself: TOOL SCRIPT SEED.

The script makes a Monitor and tells it of each step. In its place stands a `Watch` that attaches
the tool to the model and the optimizer. Prints one JSON line, as diagnosis_peers.py does. By the
Python of .peers-diagnosis; nothing of the project is imported.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import runpy
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVERY = 10  # steps from one look of torch-audit to the next, as the Monitor's; by itself 1,000
ADVICE = ("TA000", "TA2", "TA400", "TA401", "TA402", "TA403", "TA404")
"""Rules of torch-audit on speed and style, and its own crashes: no claim that a run is ill."""
LOSSES = (
    "cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div",
)  # fmt: skip
"""Of torch.nn.functional, which the modules of the same names call."""
BETWEEN: tuple[Callable[[Any], Any], ...] = (
    lambda output: output,
    lambda output: output.transpose(1, 2),
    lambda output: output[:, :-1],
    lambda output: output.softmax(-1),
    lambda output: output.log_softmax(-1),
    lambda output: output.sigmoid(),
)
"""What may lie between a model's output and its loss."""


class EnoughError(BaseException):
    """Ends a script before its first step back: all that torchtest2 needs is there."""


class Watch:
    """Attaches a tool where a script makes its Monitor, and tells it of each step."""

    def attach(self, model: Any, optimizers: list[Any]) -> None:
        """Begin. model: a module; optimizers: of the script, the first for a tool of one."""
        raise NotImplementedError

    def step(self, loss: float) -> None:
        """Take in one step."""

    def told(self) -> dict[str, Any]:
        """Return `alarms`, `said` and `bytes` when the script has ended."""
        raise NotImplementedError


class TorchAudit(Watch):
    """torch-audit, by autopatch."""

    def attach(self, model: Any, optimizers: list[Any]) -> None:
        """Patch the model and the optimizer."""
        from torch_audit import autopatch  # type: ignore[import-not-found]

        self.auditor = autopatch(model, optimizer=optimizers[0], every_n_steps=EVERY)

    def told(self) -> dict[str, Any]:
        """Return what it found, the gravest first, each rule once."""
        from torch_audit.reporters.console import (  # type: ignore[import-not-found]
            ConsoleReporter,
        )

        result = self.auditor.finish()
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            ConsoleReporter().report(result)
        ill = [one for one in result.findings if not one.rule_id.startswith(ADVICE)]
        ill.sort(key=lambda one: -one.severity._rank())
        rules = [result.rules[name] for name in dict.fromkeys(one.rule_id for one in ill)]
        said = [text for one in rules for text in (one.title, one.description, one.remediation)]
        alarms = any(one.severity.value != "INFO" for one in ill)
        return {"alarms": alarms, "said": said, "bytes": len(printed.getvalue().encode())}


class TorchMortem(Watch):
    """torchmortem, with all of its collectors, as often as by itself."""

    def attach(self, model: Any, optimizers: list[Any]) -> None:
        """Hook the model."""
        from torchmortem import Autopsy  # type: ignore[import-not-found]

        self.autopsy = Autopsy(model, optimizer=optimizers[0])
        self.autopsy.attach()

    def step(self, loss: float) -> None:
        """Collect."""
        self.autopsy.step(loss=loss)

    def told(self) -> dict[str, Any]:
        """Return what joins several findings first, then the findings by severity."""
        self.autopsy.detach()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "report.html")
            report = self.autopsy.report(path)
            size = path.stat().st_size
        said = [
            text for one in (*report.insights, *report.findings)
            for text in (one.title, one.summary, one.detail, *one.remediation)
        ]  # fmt: skip
        alarms = any(one.severity.name != "INFO" for one in report.findings)
        return {"alarms": alarms, "said": said, "bytes": size}


class TorchTest2(Watch):
    """torchtest2, on the first batch, with the loss where it can be made out."""

    def attach(self, model: Any, optimizers: list[Any]) -> None:
        """Watch for the first forward pass, the loss of it, and the way back."""
        import torch
        from torch.nn import functional

        self.optimizers = optimizers
        self.call: tuple[Any, Any, Any] | None = None  # the model, inputs, output that they gave
        self.loss: tuple[Callable[..., Any], Any] | None = None  # of outputs and targets
        called = model.values() if isinstance(model, torch.nn.ModuleDict) else [model]
        self.hooks = [one.register_forward_hook(self._called, with_kwargs=True) for one in called]
        self.originals = {name: getattr(functional, name) for name in LOSSES}
        for name, original in self.originals.items():
            setattr(functional, name, self._noting(original))
        self.backward = torch.Tensor.backward
        torch.Tensor.backward = self._enough  # type: ignore[method-assign]

    def _called(self, model: Any, args: Any, named: Any, output: Any) -> None:
        inputs: Any = args[0] if len(args) == 1 and not named else args
        if named:
            inputs = dict(inspect.signature(model.forward).bind(*args, **named).arguments)
        self.call, self.loss = (model, inputs, output), None

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def noted(given: Any, target: Any, *more: Any, **named: Any) -> Any:
            if self.call is not None:
                between = way(self.call[2], given)
                if between is not None:
                    made = lambda out, to: original(between(out), to, *more, **named)  # noqa: E731
                    self.loss = (made, target)
            return original(given, target, *more, **named)

        return noted

    def _enough(self, *_: Any, **__: Any) -> None:
        raise EnoughError

    def told(self) -> dict[str, Any]:
        """Return the failed checks, then the warnings."""
        import torch
        from torch.nn import functional
        from torchtest2 import check_model  # type: ignore[import-not-found]

        torch.Tensor.backward = self.backward  # type: ignore[method-assign]
        for name, original in self.originals.items():
            setattr(functional, name, original)
        for hook in self.hooks:
            hook.remove()
        if self.call is None:
            raise RuntimeError("the model was not called before the first step back")
        model, inputs, _ = self.call
        own = {id(parameter) for parameter in model.parameters()}
        stepping = [
            one for one in self.optimizers
            if any(id(p) in own for group in one.param_groups for p in group["params"])
        ]  # fmt: skip
        loss, targets = self.loss or (None, None)
        optimizer = (stepping or self.optimizers)[0]
        report = check_model(model, inputs, targets, loss_fn=loss, optimizer=optimizer)
        found = [*report.failures, *report.warnings]
        said = [one.message for one in found]
        return {"alarms": bool(found), "said": said, "bytes": len(str(report).encode())}


def way(output: Any, given: Any) -> Callable[[Any], Any] | None:
    """Return what makes of a model's output what was given to a loss; None where it is not seen."""
    import torch

    if not isinstance(output, torch.Tensor) or not isinstance(given, torch.Tensor):
        return None

    def shaped(between: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda out: between(out).reshape(given.shape)

    for made in map(shaped, BETWEEN):
        with contextlib.suppress(RuntimeError, IndexError):
            if torch.allclose(made(output), given):
                return made
    return None


TOOLS: dict[str, type[Watch]] = {
    "torch-audit": TorchAudit,
    "torchmortem": TorchMortem,
    "torchtest2": TorchTest2,
}


def run(watch: Watch, script: Path, folder: str, seed: str) -> dict[str, Any]:
    """Run a script under a tool and return what the tool says; silent where it raises."""

    class Monitor:
        """What the script makes, and tells of its steps."""

        def __init__(self, out: Any, model: Any, optimizer: Any = None, *_: Any, **__: Any) -> None:
            watch.attach(model, optimizer if isinstance(optimizer, list) else [optimizer])

        def step(self, loss: Any, *_: Any, **__: Any) -> None:
            watch.step(float(loss.detach() if hasattr(loss, "detach") else loss))

        def evaluate(self, **_: Any) -> None:
            """No tool takes it."""

        def close(self) -> None:
            """The report comes when the script has ended."""

        def __enter__(self) -> Monitor:
            return self

        def __exit__(self, *_: object) -> None:
            """As close()."""

    package = types.ModuleType("neural_trainer")
    live = types.ModuleType("neural_trainer.live")
    module = types.ModuleType("neural_trainer.live.monitor")
    package.Monitor = module.Monitor = Monitor  # type: ignore[attr-defined]
    names = {one.__name__: one for one in (package, live, module)}
    before = {name: sys.modules.get(name) for name in names}
    sys.modules.update(names)
    arguments = sys.argv
    sys.argv = [str(script), "--out", folder, "--seed", seed]
    told: dict[str, Any] = {"alarms": False, "said": [], "bytes": 0, "error": ""}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            with contextlib.suppress(EnoughError, SystemExit):
                runpy.run_path(str(script), run_name="__main__")
            told.update(watch.told())
    except Exception as raised:
        told["error"] = f"{type(raised).__name__}: {raised}"
    finally:
        sys.argv = arguments
        for name, one in before.items():
            if one is None:
                del sys.modules[name]
            else:
                sys.modules[name] = one
    return told


def main() -> int:
    """Run and print."""
    name, script, seed = sys.argv[1:]
    path = Path(script).resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # scripts and tools may leave files where they run
        told = run(TOOLS[name](), path, folder, seed)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
