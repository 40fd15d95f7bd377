"""scikit-learn style regressor of yields of crops, with early stopping on rows set aside."""

from copy import deepcopy

import numpy as np
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from torch import nn


class DenseRegressor(RegressorMixin, BaseEstimator):
    def __init__(self, hidden=128, dropout=0.3, lr=1e-3, max_epochs=500, patience=20, random_state=0):
        self.hidden = hidden
        self.dropout = dropout
        self.lr = lr
        self.max_epochs = max_epochs
        self.patience = patience
        self.random_state = random_state

    def _network(self, n_features):
        return nn.Sequential(
            nn.Linear(n_features, self.hidden), nn.ReLU(), nn.Dropout(self.dropout),
            nn.Linear(self.hidden, self.hidden), nn.ReLU(), nn.Dropout(self.dropout),
            nn.Linear(self.hidden, 1), nn.Flatten(0),
        )

    def fit(self, X, y):
        torch.manual_seed(self.random_state)
        X = torch.as_tensor(np.asarray(X), dtype=torch.float32)
        y = torch.as_tensor(np.asarray(y), dtype=torch.float32)
        held, rows = torch.randperm(len(X)).tensor_split([len(X) // 10])

        self.network_ = self._network(X.shape[1])
        optimizer = torch.optim.Adam(self.network_.parameters(), lr=self.lr)
        loss_fn = nn.MSELoss()
        best, kept, since = float("inf"), None, 0
        for epoch in range(self.max_epochs):
            for batch in rows[torch.randperm(len(rows))].split(64):
                optimizer.zero_grad()
                loss = loss_fn(self.network_(X[batch]), y[batch])
                loss.backward()
                optimizer.step()

            with torch.inference_mode():
                score = loss_fn(self.network_(X[held]), y[held]).item()  # PLANTED
            print(f"epoch {epoch}: {loss.item():.4f} / {score:.4f}")
            if score < best:
                best, kept, since = score, deepcopy(self.network_.state_dict()), 0
            elif (since := since + 1) > self.patience:
                break

        self.network_.load_state_dict(kept)
        self.network_.eval()
        return self

    def predict(self, X):
        with torch.inference_mode():
            return self.network_(torch.as_tensor(np.asarray(X), dtype=torch.float32)).numpy()


if __name__ == "__main__":
    crops = np.load("crops.npz")
    model = DenseRegressor().fit(crops["x_train"], crops["y_train"])
    print("R2 on the last season", model.score(crops["x_test"], crops["y_test"]))
