"""All parts are restored by a loop over their names."""
import torch


class Session:
    def __init__(self, model, opt, sched):
        torch.manual_seed(1)
        self.parts = {"model": model, "opt": opt, "sched": sched}
        self.epoch = 0

    def save(self, path):
        state = {name: part.state_dict() for name, part in self.parts.items()}
        torch.save({**state, "opt_rng": torch.get_rng_state(), "epoch": self.epoch}, path)

    def load(self, path):
        state = torch.load(path, weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["opt_rng"])
        self.epoch = state["epoch"] + 1
        print("resumed at", self.epoch)
