"""wine quality classes, simple script"""
import pandas as pd
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
df = pd.read_csv("winequality-red.csv", sep=";")
X = torch.tensor(df.iloc[:, :-1].values).float()
y = torch.tensor(df["quality"].values - 3).long()
X = (X - X.mean(0)) / X.std(0)

class WineNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(11, 32)
        self.b = nn.Linear(32, 6)
    def forward(self, x):
        h = F.relu(self.a(x))
        out = F.log_softmax(self.b(h), dim=1)  # PLANTED
        return out

model = WineNet()
loss_func = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for i in range(300):
    pred = model(X)
    loss = loss_func(pred, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if i % 30 == 0:
        print(i, loss.item(), (pred.argmax(1) == y).float().mean().item())
