import torch
from torch import nn

from model import GPT


def build_optimizers(model: GPT, lr: float, weight_decay: float) -> list[torch.optim.Optimizer]:
    """Muon for the hidden matrices (the blocks' linear weights), AdamW for everything else.

    AdamW takes embeddings or patch kernel, positions, head, norms and biases. A tied head is the
    embedding and stays with AdamW. `match_rms_adamw` scales Muon's update to the size of AdamW's,
    so that one rate, and with it the decay (rate times weight_decay), holds for both.
    """
    norms = (nn.LayerNorm, nn.RMSNorm)
    hidden: dict[nn.Parameter, None] = {}  # dicts as ordered sets: a tied tensor comes once
    decayed: dict[nn.Parameter, None] = {}
    plain: dict[nn.Parameter, None] = {}
    in_blocks = set(model.blocks.modules())
    for module in model.modules():
        for name, p in module.named_parameters(recurse=False):
            if not p.requires_grad:
                continue
            if isinstance(module, norms) or name == "bias":
                plain[p] = None
            elif isinstance(module, nn.Linear) and module in in_blocks:
                hidden[p] = None
            else:
                decayed[p] = None

    trainable = [p for p in model.parameters() if p.requires_grad]
    held = [*hidden, *decayed, *plain]
    assert sorted(map(id, held)) == sorted(map(id, trainable)), "each trainable parameter once"

    optimizers: list[torch.optim.Optimizer] = []
    if hidden:
        optimizers.append(
            torch.optim.Muon(
                list(hidden), lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
            )
        )
    groups = [
        {"params": list(decayed), "weight_decay": weight_decay},
        {"params": list(plain), "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if groups:
        optimizers.append(torch.optim.AdamW(groups, lr=lr))
    return optimizers
