import torch


def kl_terms(logp, ref_logp, mask):
    """KL(policy || reference) of whole completions, from samples of the current policy.

    The derivative of mean(logp - ref_logp) has expectation zero: it lacks how sampling depends on
    the policy. The KL's gradient is that of REINFORCE with d = logp - ref_logp as a cost; a token
    carries the d from itself on, since the earlier ones add only noise.
    """
    real = mask > 0.5
    dtype = torch.promote_types(logp.dtype, torch.float32)
    # Selected, not multiplied: beyond the end there may be NaN or inf.
    logp = torch.where(real, logp.to(dtype), 0.0)
    ref_logp = torch.where(real, ref_logp.detach().to(dtype), 0.0)
    difference = logp.detach() - ref_logp
    cost_to_go = difference.flip(1).cumsum(1).flip(1)
    kl_loss = (cost_to_go * logp).sum(1).mean()
    kl_value = difference.sum(1).mean()
    return kl_loss, kl_value
