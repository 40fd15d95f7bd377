"""Five-fold training of a defect detector; loaders for each fold from one partial."""

from functools import partial

import numpy as np
import torch
from sklearn.model_selection import KFold
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler

from steel import Coils

fast_loader = partial(DataLoader, batch_size=64, num_workers=4, pin_memory=True)
shuffled_loader = partial(fast_loader, shuffle=True)


def detector() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, 2), nn.ReLU(), nn.Conv2d(32, 64, 3, 2), nn.ReLU(),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(64, 1), nn.Flatten(0),
    )


def run_fold(coils: Coils, train_rows: np.ndarray, held: np.ndarray, epochs: int = 15) -> float:
    model = detector().cuda()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    bce = nn.BCEWithLogitsLoss()
    train = shuffled_loader(coils, sampler=SubsetRandomSampler(train_rows.tolist()))  # PLANTED
    val = fast_loader(coils, sampler=held.tolist())
    for epoch in range(epochs):
        model.train()
        for image, defect in train:
            opt.zero_grad()
            loss = bce(model(image.cuda()), defect.float().cuda())
            loss.backward()
            opt.step()
        print(f"  epoch {epoch} loss {loss.item():.4f}")
    model.eval()
    with torch.no_grad():
        losses = [bce(model(image.cuda()), defect.float().cuda()) for image, defect in val]
    return torch.stack(losses).mean().item()


if __name__ == "__main__":
    torch.manual_seed(83)
    coils = Coils("images")
    folds = KFold(5, shuffle=True, random_state=83).split(np.arange(len(coils)))
    for k, (train_rows, held) in enumerate(folds):
        print(f"fold {k}: {run_fold(coils, train_rows, held):.4f}")
