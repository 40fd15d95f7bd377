import math

import torch
from torch.nn import functional as F


def sample(mean, log_std, noise, low, high):
    """A reparametrised action in the units of `env.step`, and its log-density in these units."""
    low = torch.as_tensor(low, dtype=mean.dtype, device=mean.device)
    high = torch.as_tensor(high, dtype=mean.dtype, device=mean.device)
    half = (high - low) / 2
    u = mean + log_std.exp() * noise
    action = (low + high) / 2 + half * torch.tanh(u)
    action = torch.maximum(torch.minimum(action, high), low)  # rounding may step over the edge

    gaussian = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
    # log(1 - tanh(u)^2) without the difference, which is 0 in float32 from |u| = 9 on
    log_slope = 2 * (math.log(2) - u - F.softplus(-2 * u))
    log_prob = (gaussian - log_slope - half.log()).sum(-1)
    return action, log_prob


@torch.no_grad()
def critic_target(
    reward, terminated, truncated, q1_next, q2_next, log_prob_next, log_alpha, gamma
):
    """Only a real end stops the bootstrap; an episode cut off by a limit would have gone on."""
    value = torch.minimum(q1_next, q2_next) - log_alpha.exp() * log_prob_next
    return reward + gamma * torch.where(terminated.bool(), torch.zeros_like(value), value)


def temperature_loss(log_alpha, log_prob, target_entropy):
    """Its gradient is the entropy less the target, so alpha rises while there is too little.

    Taken over log_alpha, not alpha: the same fixed point, but the step neither dies out as alpha
    gets small nor runs away as it gets large. Both entropies are in the units of `env.step`.
    """
    return -(log_alpha * (log_prob + target_entropy).detach()).mean()
