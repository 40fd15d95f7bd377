"""Returns, weights and actor loss over imagined trajectories (index 0: the replayed state)."""

import torch
from torch import Tensor


@torch.no_grad()
def lambda_returns(reward: Tensor, cont: Tensor, value: Tensor, gamma: float, lam: float) -> Tensor:
    """(H + 1, B) each -> (H, B), without gradient (targets).

    The heads are read at the state arrived in, so what follows state t is reward[t + 1] and, with
    cont[t + 1], what follows state t + 1.
    """
    following = value[-1]
    returns = []
    for t in range(len(reward) - 1, 0, -1):
        mixed = (1 - lam) * value[t] + lam * following
        following = reward[t] + gamma * cont[t] * mixed
        returns.append(following)
    return torch.stack(returns[::-1])


@torch.no_grad()
def weights(cont: Tensor) -> Tensor:
    """(H + 1, B) -> (H, B): the probability that no state up to and including t has ended the episode.

    cont[0] counts: from a terminal start state nothing is to be learnt. No gamma: it is a probability.
    """
    return cont[:-1].cumprod(0)


def actor_loss(
    log_prob: Tensor,
    entropy: Tensor,
    returns: Tensor,
    value: Tensor,
    weight: Tensor,
    scale: float | Tensor,
    eta: float,
) -> Tensor:
    """REINFORCE with baseline; gradient through log_prob and entropy only."""
    scale = torch.as_tensor(scale, dtype=returns.dtype, device=returns.device).detach().clamp(min=1.0)
    advantage = (returns - value[:-1]).detach() / scale
    return -(weight.detach() * (log_prob * advantage + eta * entropy)).mean()
