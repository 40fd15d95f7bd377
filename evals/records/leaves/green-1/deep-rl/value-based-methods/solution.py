"""Targets of Munchausen DQN (Vieillard et al. 2020) where only some actions are legal."""

import torch


def _soft(q, legal, tau):
    """tau log pi (B, A), -inf where illegal, and the soft value tau log sum exp(q / tau) (B,).

    The maximum is taken out first: q / tau of some 10,000 has few digits left in float32. A row
    without a legal action gives rubbish, which the caller leaves out.
    """
    q = torch.where(legal, q, -torch.inf)
    top = q.amax(1, keepdim=True)
    below = q - top
    rest = tau * torch.logsumexp(below / tau, 1, keepdim=True)
    return below - rest, (top + rest).squeeze(1)


@torch.no_grad()
def munchausen_targets(
    reward,
    action,
    q_target,
    q_target_next,
    legal,
    legal_next,
    terminated,
    gamma=0.99,
    tau=0.03,
    alpha=0.9,
    clip=-1.0,
):
    """Regression targets (B,): r + alpha [tau log pi(a|s)] + gamma soft value of the next state.

    sum pi (q - tau log pi) equals tau log sum exp(q / tau), which has no 0 x -inf in it.
    """
    legal, legal_next, terminated = legal.bool(), legal_next.bool(), terminated.bool()
    for part in (action, terminated):
        if part.shape != reward.shape or reward.dim() != 1:  # else (B, B) by broadcast
            raise ValueError("reward, action and terminated must be of shape (B,)")
    scaled_log_policy, _ = _soft(q_target, legal, tau)
    bonus = scaled_log_policy.gather(1, action[:, None]).squeeze(1).clamp(clip, 0.0)
    _, value_next = _soft(q_target_next, legal_next, tau)
    over = terminated | ~legal_next.any(1)
    return reward + alpha * bonus + gamma * torch.where(over, 0.0, value_next)
