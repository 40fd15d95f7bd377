import torch
from torch import nn

from model import GPT


def build_optimizers(model: GPT, lr: float, weight_decay: float) -> list[torch.optim.Optimizer]:
    """Muon for the weight matrices inside of the blocks, AdamW for everything else.

    `match_rms_adamw` scales Muon's updates to the size of AdamW's, so that `lr` means the same for
    both; both apply their decay as lr * weight_decay. The token and position tables, the patch
    convolution and the head are no hidden matrices and stay with AdamW.
    """
    hidden = {
        id(layer.weight)
        for layer in model.blocks.modules()
        if isinstance(layer, nn.Linear)
    }
    muon, decayed, plain = [], [], []
    for parameter in model.parameters():  # a tied weight comes once
        if not parameter.requires_grad:
            continue
        if id(parameter) in hidden:
            muon.append(parameter)
        elif parameter.ndim >= 2:
            decayed.append(parameter)
        else:  # gains and biases
            plain.append(parameter)

    optimizers: list[torch.optim.Optimizer] = []
    if muon:
        optimizers.append(
            torch.optim.Muon(
                muon, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
            )
        )
    groups = [
        {"params": parameters, "weight_decay": decay}
        for parameters, decay in ((decayed, weight_decay), (plain, 0.0))
        if parameters
    ]
    if groups:
        optimizers.append(torch.optim.AdamW(groups, lr=lr))
    return optimizers
