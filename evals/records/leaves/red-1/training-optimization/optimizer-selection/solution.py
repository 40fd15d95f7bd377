"""Muon for the matrices inside the blocks, AdamW for the rest, under one learning rate and decay."""

import torch
from torch import nn

from model import GPT


def build_optimizers(model: GPT, lr: float, weight_decay: float) -> list[torch.optim.Optimizer]:
    # Muon is for hidden weight matrices. Embedding, positions and output head are two-dimensional as well,
    # but they are tables or the edge of the network, and the patch convolution is the input layer.
    hidden = {
        id(module.weight)
        for module in model.blocks.modules()
        if isinstance(module, nn.Linear)
    }
    hidden -= {id(model.head.weight)} | {id(p) for p in model.tokens.parameters()}
    plain = {
        id(p)
        for module in model.modules()
        for name, p in module.named_parameters(recurse=False)
        if name == "bias" or isinstance(module, (nn.LayerNorm, nn.RMSNorm))
    }

    muon, decayed, undecayed = [], [], []
    for p in model.parameters():  # a tied weight comes once
        if not p.requires_grad:
            continue
        (muon if id(p) in hidden else undecayed if id(p) in plain else decayed).append(p)

    optimizers: list[torch.optim.Optimizer] = []
    if muon:
        # match_rms_adamw scales the update to the root mean square of AdamW's, so that a learning rate (and with
        # it lr * weight_decay) tuned for AdamW holds; the default scaling is another unit.
        optimizers.append(
            torch.optim.Muon(muon, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
        )
    groups = [
        {"params": params, "weight_decay": decay}
        for params, decay in ((decayed, weight_decay), (undecayed, 0.0))
        if params
    ]
    if groups:
        optimizers.append(torch.optim.AdamW(groups, lr=lr, weight_decay=weight_decay))
    return optimizers
