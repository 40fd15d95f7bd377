"""The checks of a model and its data: one file each, with `check(subject) -> Outcome`.

A check works on copies and says Passed, Failed or NotCheckable; its docstring says what it looks
at and gives every threshold with its reason. The commands run subsets of this table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from neural_trainer.errors import ConfigError

# What each check asks, in the order in which they are run; each lies in the file beside it.
ASKS: Mapping[str, tuple[str, str]] = {
    "step-runs": ("step_runs", "does one step run"),
    "data-finite": ("data_finite", "is every value of the data a number"),
    "data-shapes": ("data_shapes", "do all batches look alike"),
    "labels": ("labels", "are the labels in range and of more than one kind"),
    "batches-mixed": ("batches_mixed", "does a batch hold the labels that the whole does"),
    "duplicates": ("duplicates", "are held-out samples in the training data"),
    "shift": ("shift", "are both splits of one kind"),
    "loss-inputs": ("loss_inputs", "is the loss given what it takes"),
    "padding": ("padding", "is padding left out of the loss"),
    "first-loss": ("first_loss", "is the first loss what a guess costs"),
    "outputs-depend": ("outputs_depend", "do the outputs depend on the inputs"),
    "gradients-reach": ("gradients_reach", "does a gradient reach every parameter"),
    "frozen": ("frozen", "is anything frozen that has learnt nothing"),
    "optimizer-covers": ("optimizer_covers", "is every parameter in the optimizer"),
    "units-alive": ("units_alive", "are the units of every layer alive"),
    "finite-order": ("finite_order", "is all finite in ten steps, and what is not first"),
    "overfits-a-batch": ("overfits_a_batch", "can one batch be learnt by heart"),
    "labels-tell": ("labels_tell", "is more learnt from the labels than from mixed ones"),
    "batch-independence": ("batch_independence", "does a sample's output depend on it alone"),
    "causality": ("causality", "does a prediction see only what came before"),
    "modes": ("modes", "do modes differ only where they may"),
    "repeatable": ("repeatable", "are two runs equal"),
    "dtype-moves": ("dtype_moves", "does it follow a change of dtype"),
    "device-moves": ("device_moves", "does it follow a move to another device"),
    "save-and-load": ("save_and_load", "does it come back from a file exactly"),
    "compiled-equal": ("compiled_equal", "is it the same compiled"),
    "exports": ("exports", "can it be exported"),
    "lr-range": ("lr_range", "is the learning rate in a good range"),
    "checkpoint": ("checkpoint_round_trip", "does a run go on from a checkpoint exactly"),
    "memory-and-time": ("memory_and_time", "what does the full run take, and does it fit"),
}

_OF_A_FILE = ("dtype-moves", "device-moves", "save-and-load", "compiled-equal", "exports")
PREFLIGHT = tuple(name for name in ASKS if name not in _OF_A_FILE)
_OF_A_RUN = ("data-finite", "data-shapes", "labels", "batches-mixed", "duplicates", "shift",
             "padding", "labels-tell", "lr-range", "checkpoint", "memory-and-time")  # fmt: skip
CHECK_MODEL = tuple(name for name in ASKS if name not in _OF_A_RUN)


def check_named(name: str) -> Any:
    """Return the `check` of a name in ASKS."""
    return import_module(f"{__name__}.{ASKS[name][0]}").check


def chosen(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the checks of a model, or `only` some of all, without `skip`.

    Raises ConfigError for a check that there is not, or where none is left.
    """
    for name in (*only, *skip):
        if name not in ASKS:
            near = get_close_matches(name, ASKS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(ASKS)}"
            raise ConfigError(f"there is no check {name!r}; {hint}")
    names = tuple(name for name in (only or CHECK_MODEL) if name not in skip)
    if not names:
        raise ConfigError("no check is left to run; expected at least one")
    return names
