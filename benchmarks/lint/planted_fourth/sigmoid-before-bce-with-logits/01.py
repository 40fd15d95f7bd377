import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(7)
np.random.seed(7)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# ---- data ----
df = pd.read_csv("churn.csv")
y = df["Exited"].values.astype("float32")
df = df.drop(columns=["RowNumber", "CustomerId", "Surname", "Exited"])
X = pd.get_dummies(df, columns=["Geography", "Gender"]).values.astype("float32")

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, stratify=y, random_state=7)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train).astype("float32")
X_val = scaler.transform(X_val).astype("float32")

train_dl = DataLoader(TensorDataset(torch.from_numpy(X_train), torch.from_numpy(y_train)), batch_size=128, shuffle=True)
val_dl = DataLoader(TensorDataset(torch.from_numpy(X_val), torch.from_numpy(y_val)), batch_size=512)


# ---- model ----
class ChurnNet(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.fc1 = nn.Linear(n_features, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 1)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = self.dropout(x)
        x = torch.relu(self.fc2(x))
        x = self.dropout(x)
        x = torch.sigmoid(self.fc3(x))  # PLANTED
        return x.squeeze(1)


model = ChurnNet(X_train.shape[1]).to(device)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

# ---- training ----
num_epochs = 40
best_auc = 0.0
for epoch in range(num_epochs):
    model.train()
    train_loss = torch.zeros((), device=device)
    for xb, yb in train_dl:
        xb, yb = xb.to(device), yb.to(device)
        optimizer.zero_grad()
        out = model(xb)
        loss = criterion(out, yb)
        loss.backward()
        optimizer.step()
        train_loss += loss.detach() * len(xb)

    model.eval()
    scores = []
    with torch.no_grad():
        for xb, _ in val_dl:
            scores.append(model(xb.to(device)).cpu())
    scores = torch.cat(scores).numpy()
    auc = roc_auc_score(y_val, scores)
    if auc > best_auc:
        best_auc = auc
        torch.save(model.state_dict(), "churn.pt")
    print(f"Epoch {epoch + 1}/{num_epochs}  loss: {train_loss.item() / len(X_train):.4f}  val AUC: {auc:.4f}")

print(f"best AUC {best_auc:.4f}")
