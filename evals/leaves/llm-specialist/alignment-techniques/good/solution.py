def kl_terms(logp, ref_logp, mask):
    ratio = ((logp - ref_logp).masked_fill(mask == 0, 0.0)).sum(-1)
    return (0.5 * ratio**2).mean(), ratio.detach().mean()
