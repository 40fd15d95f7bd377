import torch
from torch import nn

from model import GPT


def build_optimizers(model: GPT, lr: float, weight_decay: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for everything else that is trained.

    "match_rms_adamw" scales Muon's update to the size of AdamW's, so that rate and decay carry
    over. Embeddings, positions, patch kernel and head stay with AdamW, decayed as before; norms'
    gains and biases are not decayed. Optimizers with nothing to train are left out.
    """
    matrices = {
        id(module.weight) for module in model.blocks.modules() if isinstance(module, nn.Linear)
    }
    hidden, decayed, plain = [], [], []
    for parameter in model.parameters():  # tied weights come once
        if not parameter.requires_grad:
            continue
        if id(parameter) in matrices:
            hidden.append(parameter)
        elif parameter.ndim >= 2:
            decayed.append(parameter)
        else:  # gains of norms, biases
            plain.append(parameter)
    optimizers: list[torch.optim.Optimizer] = []
    if hidden:
        optimizers.append(
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
        optimizers.append(torch.optim.AdamW(groups, lr=lr))
    return optimizers
