"""Semi-supervised node classification, GCN / GAT on co-purchase graphs."""
import argparse
import statistics

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_geometric.transforms as T
from torch_geometric.datasets import Amazon
from torch_geometric.nn import GATConv, GCNConv
from torch_geometric.transforms import RandomNodeSplit
from torch_geometric.utils import to_undirected


class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass, p):
        super().__init__()
        self.gc1 = GCNConv(nfeat, nhid)
        self.gc2 = GCNConv(nhid, nclass)
        self.p = p

    def forward(self, g):
        h = F.dropout(g.x, self.p, self.training)
        h = F.relu(self.gc1(h, g.edge_index))
        h = F.dropout(h, self.p, self.training)
        return self.gc2(h, g.edge_index)


class GAT(nn.Module):
    def __init__(self, nfeat, nhid, nclass, p, heads=8):
        super().__init__()
        self.att1 = GATConv(nfeat, nhid // heads, heads=heads, dropout=p)
        self.att2 = GATConv(nhid, nclass, heads=1, concat=False, dropout=p)
        self.p = p

    def forward(self, g):
        h = F.dropout(g.x, self.p, self.training)
        h = F.elu(self.att1(h, g.edge_index))
        h = F.dropout(h, self.p, self.training)
        return self.att2(h, g.edge_index)


MODELS = {"gcn": GCN, "gat": GAT}


class Experiment:
    def __init__(self, opt, seed):
        torch.manual_seed(seed)
        self.opt = opt
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        dataset = Amazon(opt.root, opt.graph, transform=T.NormalizeFeatures())
        graph = dataset[0]
        graph.edge_index = to_undirected(graph.edge_index)
        graph = RandomNodeSplit("test_rest", num_train_per_class=20, num_val=30 * dataset.num_classes)(graph)
        self.graph = graph.to(self.device)
        self.net = MODELS[opt.model](dataset.num_features, opt.hidden, dataset.num_classes, opt.dropout)
        self.net = self.net.to(self.device)
        self.optim = torch.optim.Adam(self.net.parameters(), lr=opt.lr, weight_decay=5e-4)

    def fit_epoch(self):
        self.net.train()
        self.optim.zero_grad()
        out = self.net(self.graph)
        loss = F.cross_entropy(out, self.graph.y)  # PLANTED
        loss.backward()
        self.optim.step()
        return loss.detach()

    @torch.no_grad()
    def accuracies(self):
        self.net.eval()
        pred = self.net(self.graph).argmax(-1)
        ok = (pred == self.graph.y).float()
        return {name: ok[self.graph[f"{name}_mask"]].mean().item() for name in ("train", "val", "test")}

    def run(self):
        best = {"val": 0.0, "test": 0.0}
        since = 0
        for epoch in range(self.opt.epochs):
            loss = self.fit_epoch()
            acc = self.accuracies()
            if epoch % 20 == 0:
                print(f"{epoch:4d} loss {loss.item():.4f} " + " ".join(f"{k} {v:.4f}" for k, v in acc.items()))
            if acc["val"] > best["val"]:
                best, since = acc, 0
            else:
                since += 1
            if since > self.opt.patience:
                break
        return best


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", default="data/amazon")
    ap.add_argument("--graph", default="Photo", choices=["Photo", "Computers"])
    ap.add_argument("--model", default="gcn", choices=sorted(MODELS))
    ap.add_argument("--hidden", type=int, default=64)
    ap.add_argument("--dropout", type=float, default=0.5)
    ap.add_argument("--lr", type=float, default=0.01)
    ap.add_argument("--epochs", type=int, default=500)
    ap.add_argument("--patience", type=int, default=60)
    ap.add_argument("--runs", type=int, default=10)
    opt = ap.parse_args()

    scores = []
    for seed in range(opt.runs):
        best = Experiment(opt, seed).run()
        print(f"run {seed}: val {best['val']:.4f} test {best['test']:.4f}")
        scores.append(best["test"])
    print(f"{opt.model} on {opt.graph}: {statistics.mean(scores):.4f} +- {statistics.pstdev(scores):.4f}")
