import torch
from torch import Tensor


@torch.no_grad()
def lambda_returns(reward: Tensor, cont: Tensor, value: Tensor, gamma: float, lam: float) -> Tensor:
    """(H + 1, B) each -> (H, B), targets without gradient.

    R[t] = reward[t+1] + gamma cont[t+1] ((1 - lam) value[t+1] + lam R[t+1]), R[H] = value[H]:
    what comes after state t is what is received on arriving in t + 1.
    """
    if not reward.shape == cont.shape == value.shape:
        raise ValueError(f"shapes differ: {reward.shape}, {cont.shape}, {value.shape}")
    after, returns = value[-1], []
    for t in range(len(reward) - 1, 0, -1):
        after = reward[t] + gamma * cont[t] * ((1 - lam) * value[t] + lam * after)
        returns.append(after)
    return torch.stack(returns[::-1])


@torch.no_grad()
def weights(cont: Tensor) -> Tensor:
    """(H + 1, B) -> (H, B): cont[0] ... cont[t]. An action at t needs the episode to go on after t
    too, so cont[0] counts (a last state has weight 0 throughout); gamma is no part of it."""
    return cont[:-1].cumprod(0)


def actor_loss(
    log_prob: Tensor, entropy: Tensor, returns: Tensor, value: Tensor, weight: Tensor, scale, eta: float
) -> Tensor:
    """REINFORCE: gradient through log_prob and entropy alone."""
    if not log_prob.shape == entropy.shape == returns.shape == weight.shape == value[:-1].shape:
        raise ValueError("log_prob, entropy, returns, weight must be (H, B), value (H + 1, B)")
    divisor = torch.as_tensor(scale, dtype=returns.dtype, device=returns.device).detach().clamp(min=1.0)
    advantage = ((returns - value[:-1]) / divisor).detach()
    return -(weight.detach() * (log_prob * advantage + eta * entropy)).mean()
