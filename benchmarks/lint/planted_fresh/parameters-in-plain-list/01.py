"""One trunk, several tasks on the same customers: churn, spend and next category."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

TASKS = {"churn": 2, "band": 5, "category": 40}


class MultiTask(nn.Module):
    def __init__(self, d_in: int, width: int = 128):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(d_in, width), nn.ReLU(), nn.Linear(width, width))
        self.heads: dict[str, nn.Module] = {}
        for task, classes in TASKS.items():
            self.heads[task] = nn.Sequential(nn.ReLU(), nn.Linear(width, classes))  # PLANTED

    def forward(self, x):
        shared = self.trunk(x)
        return {task: head(shared) for task, head in self.heads.items()}


if __name__ == "__main__":
    torch.manual_seed(55)
    d = torch.load("customers.pt", weights_only=True)
    data = TensorDataset(d["x"], *(d[t] for t in TASKS))
    model = MultiTask(d["x"].shape[1])
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)

    for epoch in range(30):
        sums = dict.fromkeys(TASKS, 0.0)
        for x, *labels in DataLoader(data, batch_size=512, shuffle=True):
            out = model(x)
            parts = {t: F.cross_entropy(out[t], y) for t, y in zip(TASKS, labels)}
            opt.zero_grad()
            torch.stack(list(parts.values())).mean().backward()
            opt.step()
            for t, v in parts.items():
                sums[t] = sums[t] + v.detach()
        print(epoch, {t: round(float(v), 2) for t, v in sums.items()})
