"""Does a run go on from a checkpoint exactly as if it had not stopped?

What model and optimizer keep in their state_dict is saved, loaded without code into fresh copies,
and the next step must agree to the last bit.
"""

from __future__ import annotations

import io

import torch

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step
from neural_trainer.inspect.user_case import one_line

ID = "checkpoint"
STEPS = 2


def check(subject: Subject) -> Outcome:
    """Save after two steps; take the third with what went on and with what was loaded."""
    model, optimizers = subject.copy()
    fresh, fresh_optimizers = subject.copy()
    seed()
    for step in range(STEPS):
        take_step(subject, model, optimizers, subject.batches[step % len(subject.batches)])
    file = io.BytesIO()
    try:
        states = [optimizer.state_dict() for optimizer in optimizers]
        torch.save({"model": model.state_dict(), "optimizers": states}, file)
        size = file.tell()
        file.seek(0)
        saved = torch.load(file, weights_only=True, map_location=subject.device)
        fresh.load_state_dict(saved["model"])
        for optimizer, state in zip(fresh_optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
    except Exception as error:  # whatever state_dict and load_state_dict of the user's parts raise
        return Failed(
            f"the state cannot be saved and loaded: {one_line(error)}", "resume-incomplete",
            "keep tensors and plain values alone in state_dict, so that weights_only loads it",
        )  # fmt: skip
    batch = subject.batches[STEPS % len(subject.batches)]
    found = []
    for one, own in ((model, optimizers), (fresh, fresh_optimizers)):
        seed(1)
        found.append((take_step(subject, one, own, batch), list(one.parameters())))
    (loss, weights), (other, loaded) = found
    moved = sum(not torch.equal(a, b) for a, b in zip(weights, loaded, strict=True))
    if loss == other and not moved:
        return Passed(
            f"{size / 1e6:.3g} MB; the next step agrees to the last bit", {"bytes": float(size)}
        )
    return Failed(
        f"after loading, the next loss is {other:.9g} instead of {loss:.9g}, and {moved} of "
        f"{len(weights)} tensors come out otherwise", "resume-incomplete",
        "register_buffer what forward changes, and keep all that the next step depends on in "
        "state_dict", {"loss": loss, "loaded_loss": other},
    )  # fmt: skip
