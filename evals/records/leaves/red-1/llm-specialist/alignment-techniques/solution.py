"""KL(policy || reference) over whole completions, from the log-probabilities of sampled tokens."""

import torch


def kl_terms(logp, ref_logp, mask):
    """(kl_loss, kl_value), all inputs (B, T).

    The gradient of KL = E[S], S = log policy(y) - log reference(y) of a completion, is E[S * grad log policy(y)]: the sampling
    depends on the policy as well. The gradient of the mean of S itself, grad log policy(y), is 0 on average, so S as a loss does nothing;
    and k3 differentiated per token gives that of another quantity. Of S, the part before a token does not
    correlate with that token's score, so each token is weighted with what comes from it on: same mean, less noise.
    """
    inside = mask > 0.5
    dtype = torch.promote_types(logp.dtype, torch.float32)
    # where, not a product: outside there may be nan or inf.
    logp = torch.where(inside, logp.to(dtype), 0.0)
    with torch.no_grad():
        ratio = logp - torch.where(inside, ref_logp.to(dtype), 0.0)
        to_go = ratio.flip(1).cumsum(1).flip(1)
        kl_value = ratio.sum(1).mean()
    kl_loss = (to_go * logp).sum(1).mean()
    return kl_loss, kl_value
