"""Multi-task regression on housing data with huber loss."""
import pandas as pd
import torch
from torch.utils.data import DataLoader, TensorDataset

df = pd.read_csv("housing.csv")
torch.manual_seed(99)
X = torch.tensor(df.drop(columns=["price", "rent"]).to_numpy(), dtype=torch.float32)
Y = torch.tensor(df[["price", "rent"]].to_numpy(), dtype=torch.float32)

net = torch.nn.Sequential(
    torch.nn.LazyLinear(64), torch.nn.SiLU(),
    torch.nn.Linear(64, 64), torch.nn.SiLU(),
    torch.nn.Linear(64, 2),
)
net(X[:2])
loader = DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=True)
adam = torch.optim.NAdam(net.parameters(), lr=2e-3)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, patience=5)
huber = torch.nn.HuberLoss()

for epoch in range(100):
    tot = torch.tensor(0.0)
    for xb, yb in loader:
        adam.zero_grad()
        loss = huber(net(xb), yb)
        loss.backward()  # PLANTED
        tot += loss.detach() * len(xb)
    mean = (tot / len(X)).item()
    plateau.step(mean)
    print(f"{epoch}\t{mean:.3f}")
