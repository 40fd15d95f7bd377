"""Resume from tensors alone; the configuration is read from JSON."""
import json

import torch


def resume(folder, model, optimizer):
    state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["rng"])
    with open(folder / "config.json") as fh:
        config = json.load(fh)
    print("resumed at epoch", state["epoch"], "with", config)
    return state["epoch"] + 1, config
