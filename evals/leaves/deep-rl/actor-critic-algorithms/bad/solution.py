"""SAC's squashed policy as most single files have it."""

import torch
from torch.distributions import Normal


def sample(mean, log_std, noise, low, high):
    """The guard of 1e-6 within the logarithm."""
    u = mean + log_std.exp() * noise
    y = torch.tanh(u)
    scale, bias = (high - low) / 2, (high + low) / 2
    log_prob = Normal(mean, log_std.exp()).log_prob(u)
    log_prob = log_prob - torch.log(scale * (1 - y.pow(2)) + 1e-6)
    return y * scale + bias, log_prob.sum(-1)


@torch.no_grad()
def critic_target(reward, terminated, truncated, q1_next, q2_next, log_prob_next, log_alpha, gamma):
    """Bootstraps unless the episode ended."""
    done = terminated.float()
    return reward + gamma * (1 - done) * (
        torch.min(q1_next, q2_next) - log_alpha.exp() * log_prob_next
    )


def temperature_loss(log_alpha, log_prob, target_entropy):
    """As in the paper."""
    return (-log_alpha.exp() * (log_prob + target_entropy).detach()).mean()
