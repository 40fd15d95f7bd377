import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch_geometric.datasets import Planetoid
from torch_geometric.loader import NeighborLoader
from torch_geometric.nn import SAGEConv


class SAGE(nn.Module):
    def __init__(self, d_in, d_hidden, d_out, dropout):
        super().__init__()
        self.conv1 = SAGEConv(d_in, d_hidden)
        self.conv2 = SAGEConv(d_hidden, d_out)
        self.dropout = dropout

    def forward(self, x, edge_index):
        x = F.relu(self.conv1(x, edge_index))
        x = F.dropout(x, self.dropout, training=self.training)
        return self.conv2(x, edge_index)


def make_loader(data, mask, batch_size, shuffle):
    return NeighborLoader(data, num_neighbors=[15, 10], batch_size=batch_size, input_nodes=mask, shuffle=shuffle)


def fit_pass(model, loader, optimizer, device):
    model.train()
    loss_sum, seen = torch.zeros((), device=device), 0
    for batch in loader:
        batch = batch.to(device)
        optimizer.zero_grad()
        out = model(batch.x, batch.edge_index)[: batch.batch_size]
        loss = F.cross_entropy(out, batch.y[: batch.batch_size])
        loss.backward()
        optimizer.step()
        loss_sum += loss.detach() * batch.batch_size
        seen += batch.batch_size
    return loss_sum.item() / seen


@torch.no_grad()
def accuracy(model, data, mask):
    model.eval()
    pred = model(data.x, data.edge_index).argmax(-1)
    return (pred[mask] == data.y[mask]).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="PubMed")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--max_lr", type=float, default=5e-3)
    parser.add_argument("--passes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=6)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dataset = Planetoid("data/planetoid", args.name)
    data = dataset[0]
    loader = make_loader(data, data.train_mask, args.batch_size, shuffle=True)
    whole = data.clone().to(device)

    model = SAGE(dataset.num_features, args.hidden, dataset.num_classes, args.dropout).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.max_lr)
    scheduler = OneCycleLR(optimizer, max_lr=args.max_lr, epochs=args.passes, steps_per_epoch=1, pct_start=0.2)

    best_val, best_weights = 0.0, None
    for n in range(args.passes):
        loss = fit_pass(model, loader, optimizer, device)
        scheduler.step()
        val = accuracy(model, whole, whole.val_mask)
        if val > best_val:
            best_val = val
            best_weights = {k: v.clone() for k, v in model.state_dict().items()}
        print(f"pass {n:02d} loss {loss:.4f} val {val:.4f} lr {scheduler.get_last_lr()[0]:.2e}")

    model.load_state_dict(best_weights)
    print(f"test accuracy {accuracy(model, whole, whole.test_mask):.4f}")


if __name__ == "__main__":
    main()
