"""A classifier of wine by its chemistry with the interface of scikit-learn, and a use of it."""
import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_wine
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class TorchClassifier(ClassifierMixin, BaseEstimator):
    def __init__(self, hidden=64, lr=1e-2, max_epochs=300, patience=20, batch_size=32, seed=0):
        self.hidden = hidden
        self.lr = lr
        self.max_epochs = max_epochs
        self.patience = patience
        self.batch_size = batch_size
        self.seed = seed

    def _network(self, n_in, n_out):
        return nn.Sequential(nn.Linear(n_in, self.hidden), nn.Tanh(), nn.Linear(self.hidden, n_out))

    def fit(self, X, y):
        torch.manual_seed(self.seed)
        self.classes_, codes = np.unique(y, return_inverse=True)
        data = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(codes))
        loader = DataLoader(data, batch_size=self.batch_size, shuffle=True)
        self.network_ = self._network(X.shape[1], len(self.classes_))
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.Adam(self.network_.parameters(), lr=self.lr)

        lowest, waited, epoch = float("inf"), 0, 0
        while waited < self.patience and epoch < self.max_epochs:  # PLANTED
            total = torch.zeros(())
            for xb, yb in loader:
                optimizer.zero_grad()
                loss = criterion(self.network_(xb), yb)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(xb)
            now = total.item() / len(data)
            waited = 0 if now < lowest - 1e-4 else waited + 1
            lowest = min(lowest, now)
            epoch += 1
        return self

    def predict_proba(self, X):
        self.network_.eval()
        with torch.no_grad():
            return self.network_(torch.tensor(X, dtype=torch.float32)).softmax(1).numpy()

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(1)]


if __name__ == "__main__":
    X, y = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), TorchClassifier(seed=5))
    scores = cross_val_score(model, X, y, cv=5)
    print(f"accuracy {scores.mean():.3f} +- {scores.std():.3f}")
