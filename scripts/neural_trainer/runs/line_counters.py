"""The words by which text logs count: epochs, steps, batches, episodes and the like."""

from __future__ import annotations

from neural_trainer.runs import names

_COUNTERS = {
    "epoch": "epoch", "ep": "epoch", "epch": "epoch", "tick": "tick", "kimg": "kimg",
    "epoch number": "epoch", "current epoch": "epoch",
    "global step": "global", "global steps": "global", "num updates": "global", "up": "global",
    "global iter": "global", "global iteration": "global", "current steps": "global",
    "update": "step", "updates": "step", "step": "step", "steps": "step", "iter": "step",
    "iters": "step", "iteration": "step", "iterations": "step", "it": "step", "itr": "step",
    "learning iteration": "step", "optimizer step": "step", "n iter": "step", "s": "step",
    "batch": "batch", "batches": "batch", "minibatch": "batch", "mini batch": "batch",
    "batch idx": "batch", "batch id": "batch", "i": "step", "episode": "episode",
    "episodes": "episode", "i episode": "episode", "game": "episode", "timestep": "timestep",
    "timesteps": "timestep", "time step": "timestep", "total timesteps": "timestep",
    "num timesteps": "timestep", "env step": "timestep", "env steps": "timestep",
    "environment steps": "timestep",
    "frames": "timestep", "frame": "timestep", "total steps": "timestep",
    "total num steps": "timestep", "total env steps": "timestep", "tot iter": "global",
    "policy step": "timestep", "policy steps": "timestep", "round": "round", "rounds": "round",
    "global round": "round", "communication round": "round", "comm round": "round",
    "fl round": "round", "generation": "generation", "gen": "generation",
    "example counter": "example",
    "global step max steps": "global",  # ms-swift's `global_step/max_steps`
    "n updates": "step", "num steps": "step", "total iters": "global", "total iterations": "global",
}  # fmt: skip
# What may stand before the name of a counter.
_AROUND = {
    "end", "of", "start", "begin", "current", "at", "in", "finished", "starting", "beginning",
    "info", "debug", "warning", "summary", "result", "results", "report", "stats", "log",
    "logging", "done", "am", "pm", "completed", "display", "progress", "trainer", "total", "the",
    "evaluating", "validating",
}  # fmt: skip
_NOT_AROUND = {"total epochs", "total epoch"}  # how many there will be


def counts(words: str) -> str | None:
    """Return what a number called by these words (names.plain) counts, None for nothing.

    >>> counts("global step"), counts("end of epoch"), counts("epochs per second")
    ('global', 'epoch', None)
    """
    kind = _COUNTERS.get(words)
    *around, noun = words.split() or [""]
    if kind is None and around and _AROUND.issuperset(around) and words not in _NOT_AROUND:
        kind = _COUNTERS.get(noun)
    return kind


def counted_by(name: str) -> str | None:
    """Return what a column of this name counts, None where it counts nothing."""
    return _COUNTERS.get(names.plain(name))
