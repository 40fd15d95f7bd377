import torch
import torch.nn.functional as F


def smoothed_loss(logits, target, smoothing=0.0, second=None, share=1.0):
    keep = target != -100
    log_p = F.log_softmax(logits, dim=-1)
    exists = torch.isfinite(logits)
    safe = torch.where(exists, log_p, torch.zeros_like(log_p))

    def rows(t):
        t = t.clamp(min=0)
        nll = -safe.gather(1, t[:, None]).squeeze(1)
        smooth = -safe.sum(1) / exists.sum(1).clamp(min=1)
        return (1 - smoothing) * nll + smoothing * smooth

    loss = rows(target)
    if second is not None:
        loss = share * loss + (1 - share) * rows(second)
    total = (loss * keep).sum() / keep.sum().clamp(min=1)
    return total.float() if total.dtype == torch.bfloat16 else total
