import math

import torch
import torch.nn.functional as F


def sample(mean, log_std, noise, low, high):
    """Action in [low, high], and its log-density in those units, by reparametrisation."""
    low = torch.as_tensor(low, dtype=mean.dtype, device=mean.device)
    high = torch.as_tensor(high, dtype=mean.dtype, device=mean.device)
    half = (high - low) / 2
    u = mean + log_std.exp() * noise
    # rounding must not carry an action over a bound; at the bound the gradient still passes
    action = torch.clamp((low + high) / 2 + half * u.tanh(), min=low, max=high)
    # from the noise itself: (u - mean) / std loses digits where |mean| is large
    gaussian = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
    # log(1 - tanh(u)^2), finite also where tanh(u) rounds to 1
    squash = 2 * (math.log(2) - u - F.softplus(-2 * u))
    return action, (gaussian - squash - half.log()).sum(-1)


@torch.no_grad()
def critic_target(
    reward, terminated, truncated, q1_next, q2_next, log_prob_next, log_alpha, gamma
):
    """A time limit (truncated) is no end of the task: bootstrapping goes on over it."""
    after = torch.minimum(q1_next, q2_next) - log_alpha.exp() * log_prob_next
    assert reward.shape == after.shape == terminated.shape, "all must be (B,)"
    # where: what a terminal state holds, NaN too, has no part
    return reward + gamma * torch.where(terminated.bool(), torch.zeros_like(after), after)


def temperature_loss(log_alpha, log_prob, target_entropy):
    """alpha rises while the entropy, -log_prob, is below its target.

    Linear in log_alpha: with exp(log_alpha) the steps would grow with alpha itself. log_prob is
    in the units of env.step, as is the target: nothing is to be converted.
    """
    return -(log_alpha * (log_prob + target_entropy).detach()).mean()
