# Molecular property regression on QM9 with a message passing network
import argparse

import torch
from torch.nn import BatchNorm1d, Linear, ReLU, Sequential
import torch.nn.functional as F
from torch_geometric.datasets import QM9
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GINEConv, global_add_pool

TARGETS = {"mu": 0, "alpha": 1, "homo": 2, "lumo": 3, "gap": 4}


class PickTarget:
    def __init__(self, column):
        self.column = column

    def __call__(self, data):
        data.y = data.y[:, self.column]
        return data


def mlp(d_in, d_out):
    return Sequential(Linear(d_in, d_out), BatchNorm1d(d_out), ReLU(), Linear(d_out, d_out), ReLU())


class GINE(torch.nn.Module):
    def __init__(self, d_node, d_edge, hidden=128, layers=4):
        super().__init__()
        self.embed = Linear(d_node, hidden)
        self.convs = torch.nn.ModuleList(GINEConv(mlp(hidden, hidden), edge_dim=d_edge) for _ in range(layers))
        self.lin1 = Linear(hidden, hidden)
        self.lin2 = Linear(hidden, 1)

    def forward(self, data):
        x = self.embed(data.x)
        for conv in self.convs:
            x = x + conv(x, data.edge_index, data.edge_attr)
        x = global_add_pool(x, data.batch)
        x = F.relu(self.lin1(x))
        x = F.dropout(x, p=0.1, training=self.training)
        return self.lin2(x)


def train(model, loader, optimizer, mean, std, device):
    model.train()
    loss_all = torch.zeros((), device=device)
    for data in loader:
        data = data.to(device)
        optimizer.zero_grad()
        out = model(data)
        loss = F.mse_loss(out, (data.y - mean) / std)  # PLANTED
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
        loss_all += loss.detach() * data.num_graphs
    return loss_all.item() / len(loader.dataset)


@torch.no_grad()
def test(model, loader, mean, std, device):
    model.eval()
    error = 0.0
    for data in loader:
        data = data.to(device)
        pred = model(data).view(-1) * std + mean
        error += (pred - data.y).abs().sum().item()
    return error / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", choices=sorted(TARGETS), default="gap")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch_size", type=int, default=128)
    parser.add_argument("--lr", type=float, default=1e-3)
    args = parser.parse_args()

    torch.manual_seed(12)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    column = TARGETS[args.target]
    dataset = QM9("data/QM9", transform=PickTarget(column)).shuffle()
    val_dataset, test_dataset, train_dataset = dataset[:10000], dataset[10000:20000], dataset[20000:]

    targets = torch.cat([d.y for d in train_dataset])
    mean, std = targets.mean().item(), targets.std().item()

    train_loader = DataLoader(train_dataset, batch_size=args.batch_size, shuffle=True, drop_last=True)
    val_loader = DataLoader(val_dataset, batch_size=args.batch_size)
    test_loader = DataLoader(test_dataset, batch_size=args.batch_size)

    model = GINE(dataset.num_features, dataset.num_edge_features).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.7, patience=5, min_lr=1e-5)

    best_val, test_mae = float("inf"), float("nan")
    for epoch in range(1, args.epochs + 1):
        loss = train(model, train_loader, optimizer, mean, std, device)
        val_mae = test(model, val_loader, mean, std, device)
        scheduler.step(val_mae)
        if val_mae < best_val:
            best_val = val_mae
            test_mae = test(model, test_loader, mean, std, device)
        lr = optimizer.param_groups[0]["lr"]
        print(f"Epoch {epoch:03d} lr {lr:.6f} loss {loss:.5f} val MAE {val_mae:.5f} test MAE {test_mae:.5f}")


if __name__ == "__main__":
    main()
