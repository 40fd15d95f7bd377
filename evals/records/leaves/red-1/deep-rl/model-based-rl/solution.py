"""Returns, weights and actor loss over imagined sequences; index 0 is the replayed start state."""

import torch
from torch import Tensor


@torch.no_grad()
def lambda_returns(reward: Tensor, cont: Tensor, value: Tensor, gamma: float, lam: float) -> Tensor:
    """TD(lambda) returns (H, B) of what comes after states 0 to H-1; targets, so without gradient.

    reward[t + 1] and cont[t + 1] belong to the step from t to t + 1; reward[0] and cont[0] tell of what was before
    or at the start, and do not enter (a start that is the end of an episode has weight 0 instead).
    """
    last = value[-1]
    returns = []
    for t in range(reward.shape[0] - 2, -1, -1):
        last = reward[t + 1] + gamma * cont[t + 1] * ((1 - lam) * value[t + 1] + lam * last)
        returns.append(last)
    returns.reverse()
    return torch.stack(returns)


@torch.no_grad()
def weights(cont: Tensor) -> Tensor:
    """(H, B): probability that the episode still goes on when the actor acts at state t, cont[0] to cont[t] multiplied."""
    return torch.cumprod(cont[:-1], dim=0)


def actor_loss(log_prob: Tensor, entropy: Tensor, returns: Tensor, value: Tensor, weight: Tensor, scale, eta: float) -> Tensor:
    """REINFORCE with baseline and entropy bonus; gradient goes through log_prob and entropy only."""
    with torch.no_grad():
        divisor = torch.as_tensor(scale, dtype=returns.dtype, device=returns.device).clamp(min=1.0)
        advantage = (returns - value[:-1]) / divisor
    return -(weight.detach() * (log_prob * advantage + eta * entropy)).mean()
