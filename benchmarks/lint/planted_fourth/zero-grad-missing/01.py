# Titanic survival prediction with a small neural network
import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
np.random.seed(0)

df = pd.read_csv("../input/titanic/train.csv")
df["Sex"] = (df["Sex"] == "female").astype(int)
df["FamilySize"] = df["SibSp"] + df["Parch"] + 1
df["HasCabin"] = df["Cabin"].notna().astype(int)
df["Embarked"] = df["Embarked"].fillna("S")
df = pd.get_dummies(df, columns=["Embarked", "Pclass"])
y = df["Survived"].values
X = df.drop(columns=["PassengerId", "Survived", "Name", "Ticket", "Cabin"]).astype(float)

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
medians = X_train.median()
X_train, X_val = X_train.fillna(medians), X_val.fillna(medians)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_val = scaler.transform(X_val)

train_ds = TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train, dtype=torch.float32))
train_dl = DataLoader(train_ds, batch_size=32, shuffle=True)
X_val_t = torch.tensor(X_val, dtype=torch.float32)
y_val_t = torch.tensor(y_val, dtype=torch.float32)


class TitanicNet(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.fc1 = nn.Linear(n_features, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 1)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        x = self.dropout(torch.relu(self.fc1(x)))
        x = self.dropout(torch.relu(self.fc2(x)))
        return self.fc3(x).squeeze(1)


model = TitanicNet(X_train.shape[1])
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

epochs = 100
for epoch in range(epochs):
    model.train()
    train_loss = 0
    for xb, yb in train_dl:
        output = model(xb)
        loss = criterion(output, yb)
        loss.backward()  # PLANTED
        optimizer.step()
        train_loss += loss.detach() * len(xb)

    model.eval()
    with torch.no_grad():
        val_out = model(X_val_t)
        val_loss = criterion(val_out, y_val_t)
        val_acc = ((val_out > 0).float() == y_val_t).float().mean()

    if (epoch + 1) % 10 == 0:
        print(f"Epoch {epoch + 1}: train loss {train_loss.item() / len(train_ds):.4f}, "
              f"val loss {val_loss.item():.4f}, val acc {val_acc.item():.4f}")
