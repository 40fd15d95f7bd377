"""Returns and the actor's loss in imagination."""

import torch


def lambda_returns(reward, cont, value, gamma, lam):
    """R_t = r_{t+1} + gamma c_{t+1} ((1 - lam) v_{t+1} + lam R_{t+1}), R_H = v_H."""
    after, returns = value[-1], []
    for t in reversed(range(len(value) - 1)):
        mixed = (1 - lam) * value[t + 1] + lam * after
        after = reward[t + 1] + gamma * cont[t + 1] * mixed
        returns.append(after)
    return torch.stack(returns[::-1])


def weights(cont):
    """State t is within an episode if none of the states 0 to t ended it."""
    return cont.detach()[:-1].cumprod(0)


def actor_loss(log_prob, entropy, returns, value, weight, scale, eta):
    """REINFORCE with a baseline; small returns are not blown up."""
    scale = torch.as_tensor(scale).clamp(min=1.0)
    advantage = ((returns - value[:-1]) / scale).detach()
    return (weight * (-log_prob * advantage - eta * entropy)).mean()
