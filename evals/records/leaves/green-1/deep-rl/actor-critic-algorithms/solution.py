"""Squashed policy, critic target and temperature of SAC, in the units of env.step."""

import math

import torch
import torch.nn.functional as F


def sample(mean, log_std, noise, low, high):
    """Action in [low, high] (B, D) and its log-density in these units (B,)."""
    low = torch.as_tensor(low, dtype=mean.dtype, device=mean.device)
    high = torch.as_tensor(high, dtype=mean.dtype, device=mean.device)
    half = (high - low) / 2
    u = mean + log_std.exp() * noise
    # (u - mean) / std is the noise itself: no cancellation where |mean| is large
    gaussian = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
    # log(1 - tanh(u)^2), finite and with a gradient where tanh(u) rounds to 1
    log_slope = 2 * (math.log(2) - u - F.softplus(-2 * u))
    log_prob = (gaussian - log_slope - half.log()).sum(-1)
    action = (low + high) / 2 + half * u.tanh()
    return action.clamp(low, high), log_prob  # rounding may pass a bound by a last digit


@torch.no_grad()
def critic_target(
    reward, terminated, truncated, q1_next, q2_next, log_prob_next, log_alpha, gamma
):
    """Soft target (B,). A time limit (truncated) is no end: only terminated stops the bootstrap.

    q1_next, q2_next (target critics) and log_prob_next belong to a fresh action of the present
    policy in the true next state, that before any reset.
    """
    for part in (terminated, truncated, q1_next, q2_next, log_prob_next):
        if part.shape != reward.shape:  # (B, 1) and (B,) would broadcast to (B, B)
            raise ValueError(f"shapes differ: {tuple(part.shape)} and {tuple(reward.shape)}")
    soft_value = torch.minimum(q1_next, q2_next) - log_alpha.exp() * log_prob_next
    return reward + gamma * torch.where(terminated.bool(), 0.0, soft_value)


def temperature_loss(log_alpha, log_prob, target_entropy):
    """Raises log_alpha while the entropy, -log_prob, is below target_entropy; moves nothing else.

    Linear in log_alpha: with alpha in its place the gradient would shrink or grow with alpha
    itself. Both entropies are in the units of env.step, so nothing is to be converted.
    """
    return -(log_alpha * (log_prob.detach() + target_entropy)).mean()
