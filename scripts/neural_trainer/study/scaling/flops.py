"""What training costs in FLOP, by a stated convention."""

from __future__ import annotations

from dataclasses import dataclass

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array

FORWARD_AND_BACKWARD = 6.0  # FLOP for each parameter and token: 2 forward, 4 backward
FORWARD = 2.0
CONVENTIONS = ("6ND", "6ND+attention", "6ND+head", "6ND+attention+head")


@dataclass(frozen=True)
class Architecture:
    """What of a transformer its parameters do not say; each a number, or (n,), one for each point.

    layers: blocks. width: of the residual stream. context: tokens of a sequence. vocabulary: 0
    where the head is counted in the parameters already.
    """

    layers: Array
    width: Array
    context: Array
    vocabulary: Array


def flops_per_token(
    params: Array, convention: str = "6ND", architecture: Architecture | None = None
) -> Array:
    """Return the training FLOP of one token.

    6ND: six for each parameter (Kaplan 2020, arXiv:2001.08361, section 2.1; Hoffmann 2022 uses the
    same for its plans). attention: 12 layers x width x context more, for scores and their use
    (Chowdhery 2022, arXiv:2204.02311, appendix B). head: 6 width x vocabulary more, where N leaves
    the last layer out: its cost is one of the three factors by which Porian 2024 (arXiv:2406.19146)
    explains why Kaplan and Hoffmann find other exponents of the optimal size.

    Raises NeuralTrainerError where the convention needs an architecture that is not given.
    """
    if convention not in CONVENTIONS:
        raise NeuralTrainerError(
            f"there is no FLOP convention {convention}; expected one of {', '.join(CONVENTIONS)}"
        )
    flops = FORWARD_AND_BACKWARD * params
    if convention == "6ND":
        return flops
    if architecture is None:
        raise NeuralTrainerError(
            f"{convention} needs the columns of layers, width, context and vocabulary; name them "
            "with --layers, --width, --context and --vocabulary, or take 6ND"
        )
    if "attention" in convention:
        flops = flops + 12.0 * architecture.layers * architecture.width * architecture.context
    if "head" in convention:
        flops = flops + FORWARD_AND_BACKWARD * architecture.width * architecture.vocabulary
    return flops
