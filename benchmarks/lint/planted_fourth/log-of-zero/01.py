# Titanic survival, binary cross entropy written out by hand
import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

np.random.seed(2020)
torch.manual_seed(2020)

df = pd.read_csv("../input/titanic/train.csv")
df["Sex"] = (df["Sex"] == "female").astype(int)
df["Family"] = df["SibSp"] + df["Parch"]
df = pd.get_dummies(df, columns=["Pclass", "Embarked"])
features = ["Sex", "Age", "Fare", "Family"] + [c for c in df.columns if c.startswith(("Pclass_", "Embarked_"))]

train_df, val_df = train_test_split(df, test_size=0.2, stratify=df["Survived"], random_state=2020)
medians = train_df[features].median()
scaler = StandardScaler().fit(train_df[features].fillna(medians).astype(float))


def to_dataset(frame):
    x = scaler.transform(frame[features].fillna(medians).astype(float))
    return TensorDataset(torch.tensor(x, dtype=torch.float32),
                         torch.tensor(frame["Survived"].values, dtype=torch.float32))


train_ds, val_ds = to_dataset(train_df), to_dataset(val_df)
train_loader = DataLoader(train_ds, batch_size=32, shuffle=True)
val_loader = DataLoader(val_ds, batch_size=256)


class SurvivalNet(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.fc1 = nn.Linear(n_in, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 1)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = self.drop(torch.relu(self.fc1(x)))
        x = self.drop(torch.relu(self.fc2(x)))
        return torch.sigmoid(self.fc3(x)).squeeze(1)


def binary_cross_entropy(y_pred, y_true):
    return -(y_true * torch.log(y_pred) + (1 - y_true) * torch.log(1 - y_pred)).mean()  # PLANTED


model = SurvivalNet(len(features))
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

best_acc = 0
for epoch in range(100):
    model.train()
    epoch_loss = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        y_hat = model(xb)
        loss = binary_cross_entropy(y_hat, yb)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.detach() * len(xb)

    model.eval()
    with torch.no_grad():
        hits = sum(((model(xb) > 0.5).float() == yb).sum() for xb, yb in val_loader)
    acc = hits.item() / len(val_ds)

    if epoch % 10 == 0:
        print(f"Epoch {epoch:3d} | loss {epoch_loss.item() / len(train_ds):.4f} | val acc {acc:.4f}")
    if acc > best_acc:
        best_acc = acc
        torch.save(model.state_dict(), "titanic.pt")

print("best val acc:", round(best_acc, 4))
