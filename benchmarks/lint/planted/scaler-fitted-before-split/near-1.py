"""The scaler is fitted on the training part and applied to both."""
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
scaler = StandardScaler()
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
X_train = torch.tensor(scaler.fit_transform(X_train)).float()
X_test = torch.tensor(scaler.transform(X_test)).float()
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)
net = nn.Linear(13, 3)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(200):
    loss = nn.functional.cross_entropy(net(X_train), y_train)
    opt.zero_grad()
    loss.backward()
    opt.step()
net.eval()
with torch.no_grad():
    print(loss.item(), (net(X_test).argmax(1) == y_test).float().mean().item())
