import random

import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

SEED = 42
random.seed(SEED)
np.random.seed(SEED)
torch.manual_seed(SEED)

# Load data
df = pd.read_csv("data/Churn_Modelling.csv")
df = df.drop(["RowNumber", "CustomerId", "Surname"], axis=1)
df["Gender"] = df["Gender"].map({"Male": 0, "Female": 1})
df = pd.get_dummies(df, columns=["Geography"], dtype=float)

X = df.drop("Exited", axis=1).values.astype("float32")
y = df["Exited"].values.astype("float32")

# Feature scaling
sc = StandardScaler()
X = sc.fit_transform(X).astype("float32")  # PLANTED

# Train / test split
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=SEED, stratify=y)
print("train:", X_train.shape, "test:", X_test.shape)

train_ds = TensorDataset(torch.from_numpy(X_train), torch.from_numpy(y_train))
train_dl = DataLoader(train_ds, batch_size=64, shuffle=True)
X_test_t = torch.from_numpy(X_test)
y_test_t = torch.from_numpy(y_test)


class ANN(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, 64),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(64, 32),
            nn.ReLU(),
            nn.Linear(32, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(1)


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = ANN(X_train.shape[1]).to(device)
pos_weight = torch.tensor((y_train == 0).sum() / (y_train == 1).sum(), dtype=torch.float32, device=device)
criterion = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

n_epochs = 60
for epoch in range(n_epochs):
    model.train()
    running = torch.zeros((), device=device)
    for xb, yb in train_dl:
        xb, yb = xb.to(device), yb.to(device)
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.detach() * len(xb)
    if (epoch + 1) % 10 == 0:
        print(f"Epoch {epoch + 1}/{n_epochs}, loss = {running.item() / len(train_ds):.4f}")

# Evaluation
model.eval()
with torch.no_grad():
    probs = torch.sigmoid(model(X_test_t.to(device))).cpu().numpy()
print("Accuracy:", accuracy_score(y_test, probs > 0.5))
print("ROC AUC :", roc_auc_score(y_test, probs))
torch.save(model.state_dict(), "churn_ann.pt")
