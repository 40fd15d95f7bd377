"""Trains neural networks under watch, names what goes wrong, mends it and proves the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neural_trainer.diagnosis import diagnose as diagnose
    from neural_trainer.inspect.benchmark import benchmark_model as benchmark_model
    from neural_trainer.inspect.scaffold import add_tests as add_tests
    from neural_trainer.inspect.scaffold import create_model_skeleton as create_model_skeleton
    from neural_trainer.live.monitor import Monitor as Monitor
    from neural_trainer.runs.read import read as read

__all__ = [
    "Monitor",
    "__version__",
    "add_tests",
    "benchmark_model",
    "create_model_skeleton",
    "diagnose",
    "read",
]
__version__ = "0.1.0"

_HOMES = {
    "Monitor": "neural_trainer.live.monitor",
    "add_tests": "neural_trainer.inspect.scaffold",
    "benchmark_model": "neural_trainer.inspect.benchmark",
    "create_model_skeleton": "neural_trainer.inspect.scaffold",
    "diagnose": "neural_trainer.diagnosis",
    "read": "neural_trainer.runs.read",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the package itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'neural_trainer' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
