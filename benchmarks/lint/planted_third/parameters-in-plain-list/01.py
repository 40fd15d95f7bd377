"""Trains one trunk with a head for each property of a molecule."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

TASKS = {"toxic": 2, "soluble": 2, "binding": 5}


class Properties(nn.Module):
    def __init__(self, bits: int, tasks: dict[str, int], width: int = 512):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(bits, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, width), nn.ReLU()
        )
        self.heads = {task: nn.Linear(width, n) for task, n in tasks.items()}  # PLANTED

    def forward(self, fingerprint):
        features = self.trunk(fingerprint)
        return {task: head(features) for task, head in self.heads.items()}


def joint_loss(outputs, labels):
    # one column of labels for each task, -1 where it was not measured
    criterion = nn.CrossEntropyLoss(ignore_index=-1)
    parts = [criterion(outputs[task], labels[:, i]) for i, task in enumerate(TASKS)]
    return torch.stack(parts).mean()


def main():
    torch.manual_seed(40)
    stored = torch.load("molecules.pt", weights_only=True)
    bits, labels = stored["bits"].float(), stored["labels"]
    n = int(0.8 * len(bits))
    train = DataLoader(TensorDataset(bits[:n], labels[:n]), batch_size=256, shuffle=True)
    held_bits, held_labels = bits[n:], labels[n:]

    model = Properties(bits.shape[1], TASKS)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(40):
        model.train()
        for x, y in train:
            loss = joint_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            held_out = joint_loss(model(held_bits), held_labels)
        print(f"epoch {epoch} train {loss.item():.4f} held out {held_out.item():.4f}")


main()
