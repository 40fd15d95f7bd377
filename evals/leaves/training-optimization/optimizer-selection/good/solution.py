import torch
from torch import nn

NORMS = (nn.LayerNorm, nn.RMSNorm)


def build_optimizers(model, lr, weight_decay):
    hidden = [p for p in model.blocks.parameters() if p.requires_grad and p.ndim == 2]
    taken = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in taken]
    decayed = [p for p in rest if p.ndim >= 2]
    plain = [p for p in rest if p.ndim < 2]
    made = []
    if hidden:
        made.append(
            torch.optim.Muon(
                hidden, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
            )
        )
    groups = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if groups:
        made.append(torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95)))
    return made
