"""Returns and the actor's loss, indices as in model-free code."""

import torch


def lambda_returns(reward, cont, value, gamma, lam):
    """Rewards and continuations read at the state itself."""
    after, returns = value[-1], []
    for t in reversed(range(len(value) - 1)):
        after = reward[t] + gamma * cont[t] * ((1 - lam) * value[t + 1] + lam * after)
        returns.append(after)
    return torch.stack(returns[::-1])


def weights(cont):
    """One for the start state, then the product of what came before."""
    ones = torch.ones_like(cont[:1])
    return torch.cat([ones, cont[1:-1]]).cumprod(0).detach()


def actor_loss(log_prob, entropy, returns, value, weight, scale, eta):
    """REINFORCE with a baseline."""
    advantage = (returns - value[:-1]) / torch.clamp(scale, min=1.0)
    return (weight * (-log_prob * advantage.detach() - eta * entropy)).mean()
