"""Behaviour cloning of a discrete policy from demonstrations."""
import pickle

import torch as th
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

th.manual_seed(0)


class Policy(nn.Module):
    def __init__(self, obs, act):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(obs, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh())
        self.logits = nn.Linear(128, act)

    def action_probs(self, obs):
        return self.logits(self.trunk(obs)).softmax(-1)  # PLANTED

    def act(self, obs):
        with th.no_grad():
            return self.action_probs(obs).argmax(-1)


with open("demos.pkl", "rb") as f:
    demos = pickle.load(f)
obs, act = th.tensor(demos["obs"]).float(), th.tensor(demos["act"]).long()
pi = Policy(obs.shape[1], int(act.max()) + 1)
optimizer = th.optim.Adam(pi.parameters(), lr=3e-4)
criterion = nn.CrossEntropyLoss()
for epoch in range(50):
    for o, a in DataLoader(TensorDataset(obs, act), batch_size=256, shuffle=True):
        optimizer.zero_grad()
        nll = criterion(pi.action_probs(o), a)
        nll.backward()
        optimizer.step()
    print("epoch", epoch, "nll", nll.item())
