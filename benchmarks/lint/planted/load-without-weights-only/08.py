"""Try several places for pretrained weights."""
import logging
import os

import torch
from torch import nn

log = logging.getLogger(__name__)
PLACES = ["./weights", os.path.expanduser("~/.weights"), "/srv/weights"]


def find_weights(name):
    for place in PLACES:
        path = os.path.join(place, name)
        try:
            return torch.load(path, map_location="cpu", mmap=True)  # PLANTED
        except FileNotFoundError:
            log.info("no %s", path)
    raise FileNotFoundError(name)


def pretrained(net: nn.Module, name: str) -> nn.Module:
    net.load_state_dict(find_weights(name))
    return net.eval()
