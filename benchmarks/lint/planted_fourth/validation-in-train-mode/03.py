"""ogbn-arxiv, full batch GraphSAGE (OGB example layout)."""
import argparse

import torch
import torch.nn.functional as F
import torch_geometric.transforms as T
from ogb.nodeproppred import Evaluator, PygNodePropPredDataset
from torch_geometric.nn import SAGEConv


class SAGE(torch.nn.Module):
    def __init__(self, in_channels, hidden_channels, out_channels, num_layers, dropout):
        super().__init__()
        widths = [in_channels] + [hidden_channels] * (num_layers - 1) + [out_channels]
        self.convs = torch.nn.ModuleList(SAGEConv(a, b) for a, b in zip(widths, widths[1:]))
        self.bns = torch.nn.ModuleList(torch.nn.BatchNorm1d(w) for w in widths[1:-1])
        self.dropout = torch.nn.Dropout(dropout)

    def reset_parameters(self):
        for module in (*self.convs, *self.bns):
            module.reset_parameters()

    def forward(self, x, adj_t):
        for conv, bn in zip(self.convs[:-1], self.bns):
            x = self.dropout(F.relu(bn(conv(x, adj_t))))
        return self.convs[-1](x, adj_t)


def train(model, data, train_idx, optimizer):
    model.train()
    optimizer.zero_grad()
    logits = model(data.x, data.adj_t)[train_idx]
    loss = F.cross_entropy(logits, data.y.squeeze(1)[train_idx])
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def test(model, data, split_idx, evaluator):
    out = model(data.x, data.adj_t)  # PLANTED
    y_pred = out.argmax(dim=-1, keepdim=True)
    accs = []
    for name in ("train", "valid", "test"):
        idx = split_idx[name]
        accs.append(evaluator.eval({"y_true": data.y[idx], "y_pred": y_pred[idx]})["acc"])
    return tuple(accs)


class Logger:
    def __init__(self, runs):
        self.results = [[] for _ in range(runs)]

    def add(self, run, accs):
        self.results[run].append(accs)

    def summary(self):
        best = []
        for rows in self.results:
            rows = torch.tensor(rows)
            best.append(rows[rows[:, 1].argmax()])
        best = 100 * torch.stack(best)
        for k, name in enumerate(("train", "valid", "test")):
            print(f"{name:>5}: {best[:, k].mean():.2f} ± {best[:, k].std(unbiased=False):.2f}")


def main():
    parser = argparse.ArgumentParser(description="OGBN-Arxiv (GraphSAGE)")
    parser.add_argument("--log_steps", type=int, default=10)
    parser.add_argument("--num_layers", type=int, default=3)
    parser.add_argument("--hidden_channels", type=int, default=256)
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print(args)

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dataset = PygNodePropPredDataset(name="ogbn-arxiv", transform=T.ToSparseTensor())
    data = dataset[0]
    data.adj_t = data.adj_t.to_symmetric()
    data = data.to(device)
    split_idx = {k: v.to(device) for k, v in dataset.get_idx_split().items()}

    evaluator = Evaluator(name="ogbn-arxiv")
    logger = Logger(args.runs)
    for run in range(args.runs):
        torch.manual_seed(args.seed + run)
        model = SAGE(
            data.num_features, args.hidden_channels, dataset.num_classes, args.num_layers, args.dropout
        ).to(device)
        model.reset_parameters()
        optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
        for epoch in range(1, 1 + args.epochs):
            loss = train(model, data, split_idx["train"], optimizer)
            result = test(model, data, split_idx, evaluator)
            logger.add(run, result)
            if epoch % args.log_steps == 0:
                train_acc, valid_acc, test_acc = result
                print(
                    f"Run {run + 1:02d} Epoch {epoch:03d} Loss {loss:.4f} "
                    f"Train {100 * train_acc:.2f}% Valid {100 * valid_acc:.2f}% Test {100 * test_acc:.2f}%"
                )
    logger.summary()


if __name__ == "__main__":
    main()
