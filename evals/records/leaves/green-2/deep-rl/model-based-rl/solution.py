"""Returns, weights and the actor's loss of an imagination of H steps; tensors are time-major."""

import torch
from torch import Tensor


@torch.no_grad()
def lambda_returns(reward: Tensor, cont: Tensor, value: Tensor, gamma: float, lam: float) -> Tensor:
    """(H + 1, B) each -> (H, B), without gradient: targets.

    R[t] = reward[t+1] + gamma cont[t+1] ((1 - lam) value[t+1] + lam R[t+1]), R[H] = value[H]:
    what arrives after state t. cont[t] itself is not in it; it is in the weights.
    """
    if not reward.shape == cont.shape == value.shape:
        raise ValueError("reward, cont and value must have one shape, (H + 1, B)")
    future, returns = value[-1], []
    for t in range(len(reward) - 1, 0, -1):
        future = reward[t] + gamma * cont[t] * ((1 - lam) * value[t] + lam * future)
        returns.append(future)
    return torch.stack(returns[::-1])


@torch.no_grad()
def weights(cont: Tensor) -> Tensor:
    """(H, B): product of cont[0..t]. cont[0] counts: at an episode's last state nobody acts."""
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
    """REINFORCE: gradient through log_prob and entropy alone."""
    if not log_prob.shape == entropy.shape == returns.shape == value[:-1].shape == weight.shape:
        raise ValueError("log_prob, entropy, returns, weight: (H, B); value: (H + 1, B)")
    scale = torch.as_tensor(scale, dtype=returns.dtype, device=returns.device).detach()
    advantage = (returns - value[:-1]).detach() / scale.clamp(min=1)
    return -(weight.detach() * (log_prob * advantage + eta * entropy)).mean()
