"""The parts of Soft Actor-Critic that know the actuators' ranges."""

import math

import torch
from torch.nn import functional as F


def sample(mean, log_std, noise, low, high):
    """Squashed action in the units of `env.step`, and its log-density in these units."""
    low = torch.as_tensor(low, dtype=mean.dtype, device=mean.device)
    high = torch.as_tensor(high, dtype=mean.dtype, device=mean.device)
    half = (high - low) / 2
    u = mean + log_std.exp() * noise
    action = (high + low) / 2 + half * torch.tanh(u)
    action = torch.minimum(torch.maximum(action, low), high)  # rounding may pass the end by a hair

    gaussian = -0.5 * noise**2 - log_std - 0.5 * math.log(2 * math.pi)
    # log(1 - tanh(u)^2), exact also where tanh has rounded to 1
    log_slope = 2 * (math.log(2) - u - F.softplus(-2 * u))
    log_prob = (gaussian - log_slope - half.log()).sum(-1)
    return action, log_prob


@torch.no_grad()
def critic_target(reward, terminated, truncated, q1_next, q2_next, log_prob_next, log_alpha, gamma):
    """Only a real end cuts the future off; a time limit (`truncated`) does not."""
    value = torch.minimum(q1_next, q2_next) - log_alpha.exp() * log_prob_next
    return reward + gamma * torch.where(terminated.bool(), torch.zeros_like(value), value)


def temperature_loss(log_alpha, log_prob, target_entropy):
    """Raises alpha while the entropy, -log_prob, is below the target, and lowers it above.

    In log_alpha rather than alpha, so that the step does not die as alpha gets small.
    """
    return -(log_alpha * (log_prob + target_entropy).detach()).mean()
