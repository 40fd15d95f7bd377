"""Weights as safetensors, arrays by numpy, options through a dict."""
import numpy as np
import torch
from safetensors.torch import load_file

SAFE = {"map_location": "cpu", "weights_only": True}


def load(path):
    if path.endswith(".safetensors"):
        return load_file(path)
    if path.endswith(".npz"):
        return {k: torch.from_numpy(v) for k, v in np.load(path).items()}
    return torch.load(path, **SAFE)


def restore(model, path):
    model.load_state_dict(load(path))
    print("restored", path)
    return model.eval()
