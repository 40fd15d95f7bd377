"""Trains a click predictor with sparse features through a small trainer class."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class Clicks(nn.Module):
    def __init__(self, num_ids: int, dim: int = 16, fields: int = 12):
        super().__init__()
        self.table = nn.Embedding(num_ids, dim)
        self.top = nn.Sequential(nn.Linear(dim * fields, 128), nn.ReLU(), nn.Linear(128, 1))

    def forward(self, ids):
        return self.top(self.table(ids).flatten(1)).squeeze(1)


class Learner:
    """Holds a model, its optimizer and the device of both."""

    def __init__(self, model, device=None, lr=0.02):
        self.device = torch.device(device or ("cuda:0" if torch.cuda.is_available() else "cpu"))
        self.model = model
        self.optimizer = torch.optim.Adagrad(model.parameters(), lr=lr)  # PLANTED
        self.loss_fn = nn.BCEWithLogitsLoss()

    def _to_device(self, *tensors):
        return [t.to(self.device, non_blocking=True) for t in tensors]

    def fit(self, train, valid, epochs):
        self.model.to(self.device)
        for epoch in range(epochs):
            self.model.train()
            for batch in train:
                ids, clicked = self._to_device(*batch)
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(ids), clicked)
                loss.backward()
                self.optimizer.step()
            print(f"{epoch}: valid log loss {self.score(valid):.5f}")
        return self

    @torch.inference_mode()
    def score(self, loader):
        self.model.eval()
        total = torch.zeros((), device=self.device)
        for batch in loader:
            ids, clicked = self._to_device(*batch)
            total += self.loss_fn(self.model(ids), clicked)
        return (total / len(loader)).item()


if __name__ == "__main__":
    torch.manual_seed(2)
    raw = torch.load("clicks.pt", weights_only=True)
    whole = TensorDataset(raw["ids"], raw["clicked"].float())
    train, valid = random_split(whole, [0.9, 0.1])
    Learner(Clicks(200_000)).fit(
        DataLoader(train, batch_size=1024, shuffle=True, pin_memory=True),
        DataLoader(valid, batch_size=4096, pin_memory=True),
        epochs=5,
    )
