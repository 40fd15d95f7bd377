"""Running statistics anew, as a cumulative average over the batches."""

import torch
from torch import nn


@torch.no_grad()
def refresh_statistics(model: nn.Module, loader) -> None:
    was_training = model.training
    momenta = {}
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats:
            module.reset_running_stats()
            momenta[module] = module.momentum
            module.momentum = None
    model.train()
    for inputs, _ in loader:
        model(inputs)
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)
