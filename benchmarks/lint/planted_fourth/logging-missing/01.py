import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

# reproducibility
np.random.seed(42)
torch.manual_seed(42)

# load and split the data
data = load_breast_cancer()
X_train, X_test, y_train, y_test = train_test_split(
    data.data, data.target, test_size=0.2, random_state=42, stratify=data.target)

# scale the features
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)

X_train = torch.tensor(X_train, dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32).unsqueeze(1)
X_test = torch.tensor(X_test, dtype=torch.float32)

train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)


class Classifier(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, 64),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(64, 32),
            nn.ReLU(),
            nn.Linear(32, 1),
        )

    def forward(self, x):
        return self.layers(x)


model = Classifier(X_train.shape[1])
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)

num_epochs = 50

model.train()
for epoch in range(num_epochs):  # PLANTED
    for batch_X, batch_y in train_loader:
        # forward pass
        outputs = model(batch_X)
        loss = criterion(outputs, batch_y)

        # backward pass
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

# evaluation
model.eval()
with torch.no_grad():
    probs = torch.sigmoid(model(X_test)).squeeze(1).numpy()

preds = (probs > 0.5).astype(int)
print(f"Test accuracy: {accuracy_score(y_test, preds):.4f}")
print(f"Test ROC AUC: {roc_auc_score(y_test, probs):.4f}")

torch.save(model.state_dict(), "breast_cancer.pt")
