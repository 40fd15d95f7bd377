"""SAC's squashed policy in the units of the environment."""

import math

import torch
import torch.nn.functional as F


def sample(mean, log_std, noise, low, high):
    """Log-density by the Jacobian of the squash and of the stretch, exact far out."""
    u = mean + log_std.exp() * noise
    half = (high - low) / 2
    action = low + half * (1 + torch.tanh(u))
    normal = -0.5 * noise**2 - log_std - 0.5 * math.log(2 * math.pi)
    squash = 2 * (math.log(2) - u - F.softplus(-2 * u))
    return action, (normal - squash - half.log()).sum(-1)


@torch.no_grad()
def critic_target(reward, terminated, truncated, q1_next, q2_next, log_prob_next, log_alpha, gamma):
    """A time limit does not end the task: only `terminated` stops the bootstrap."""
    soft = torch.minimum(q1_next, q2_next) - log_alpha.exp() * log_prob_next
    return reward + gamma * torch.where(terminated, torch.zeros_like(soft), soft)


def temperature_loss(log_alpha, log_prob, target_entropy):
    """Raises alpha where the entropy, -log_prob, is below its target."""
    return -(log_alpha.exp() * (log_prob + target_entropy).detach()).mean()
