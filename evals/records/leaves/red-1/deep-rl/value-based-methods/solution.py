"""Munchausen DQN targets over legal actions only."""

import torch


def _advantage_and_spread(q, legal, tau):
    """Legal q less their maximum, the maximum, and tau * logsumexp of the former / tau."""
    q = torch.where(legal, q, -torch.inf)
    # A row without legal actions would give inf - inf.
    top = torch.where(legal.any(-1), q.amax(-1), 0.0)
    below = q - top[:, None]
    exponents = torch.where(legal, below / tau, -torch.inf).exp()
    spread = tau * exponents.sum(-1).clamp_min(torch.finfo(q.dtype).tiny).log()
    return below, top, spread


@torch.no_grad()
def munchausen_targets(reward, action, q_target, q_target_next, legal, legal_next, terminated,
                       gamma=0.99, tau=0.03, alpha=0.9, clip=-1.0):
    # tau * log pi(a|s) from differences to the maximum: pi itself would underflow.
    below, _, spread = _advantage_and_spread(q_target, legal, tau)
    log_policy = below.gather(1, action[:, None]).squeeze(1) - spread
    bonus = alpha * log_policy.clamp(min=clip, max=0.0)

    # sum_a pi (q - tau log pi) is tau * logsumexp(q / tau).
    _, top, spread = _advantage_and_spread(q_target_next, legal_next, tau)
    over = terminated.bool() | ~legal_next.any(-1)
    following = torch.where(over, 0.0, top + spread)
    return reward + bonus + gamma * following
