"""Predicts readmission to hospital and reports the area under the curve of each epoch."""

import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader

from wards import StayDataset


class Scores:
    """Collects what was said of whom, for a metric that needs everything at once."""

    def __init__(self):
        self.said, self.true = [], []

    def add(self, logits, labels):
        self.said.extend(torch.sigmoid(logits.detach()).tolist())  # PLANTED
        self.true.extend(labels)

    def auc(self):
        return roc_auc_score(self.true, self.said)


def epoch_pass(model, loader, criterion, optimizer):
    scores = Scores()
    model.train()
    for stay, again in loader:
        logits = model(stay.cuda(non_blocking=True)).squeeze(-1)
        loss = criterion(logits, again.float().cuda(non_blocking=True))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scores.add(logits, again.tolist())
    return scores.auc()


@torch.no_grad()
def val_auc(model, loader):
    model.eval()
    said = torch.cat([model(stay.cuda()).squeeze(-1) for stay, _ in loader])
    true = torch.cat([again for _, again in loader])
    return roc_auc_score(true.numpy(), said.cpu().numpy())


def main():
    torch.manual_seed(101)
    train = DataLoader(StayDataset("2015-2019"), batch_size=256, shuffle=True, pin_memory=True)
    val = DataLoader(StayDataset("2020"), batch_size=2048)
    model = nn.Sequential(
        nn.Linear(312, 256), nn.GELU(), nn.Dropout(0.3), nn.Linear(256, 64), nn.GELU(), nn.Linear(64, 1)
    ).cuda()
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(6.0, device="cuda"))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    for epoch in range(30):
        auc = epoch_pass(model, train, criterion, optimizer)
        print(f"epoch {epoch:2d} train auc {auc:.4f} val auc {val_auc(model, val):.4f}")


if __name__ == "__main__":
    main()
