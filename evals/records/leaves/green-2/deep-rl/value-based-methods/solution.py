import torch


def _scaled(q, legal):
    """(q - max) over legal actions, -inf elsewhere, and the max; rows without a legal action: 0."""
    none = ~legal.any(1, keepdim=True)
    q = q.masked_fill(~legal, -torch.inf).masked_fill(none, 0.0)
    top = q.amax(1, keepdim=True)
    return q - top, top.squeeze(1)


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
    """Regression targets (B,); policies, soft values and bonus over legal actions only."""
    legal, legal_next, terminated = legal.bool(), legal_next.bool(), terminated.bool()
    # tau * log pi = (q - max) - tau * logsumexp((q - max) / tau): the max comes off before the
    # division, or the digits of values of several hundred are lost.
    apart, _ = _scaled(q_target, legal)
    log_policy = apart.gather(1, action[:, None]).squeeze(1) - tau * (apart / tau).logsumexp(1)
    bonus = alpha * log_policy.clamp(min=clip, max=0.0)

    # sum of pi (q - tau log pi) over legal actions = tau * logsumexp(q / tau); no 0 * inf in it
    apart, top = _scaled(q_target_next, legal_next)
    value = top + tau * (apart / tau).logsumexp(1)
    value = torch.where(terminated | ~legal_next.any(1), torch.zeros_like(value), value)
    assert reward.shape == bonus.shape == value.shape, "reward, action, terminated must be (B,)"
    return reward + bonus + gamma * value
