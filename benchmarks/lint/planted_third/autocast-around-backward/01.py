"""GraphSAGE on the products graph, sampled neighbourhoods, bfloat16."""
import torch
import torch.nn.functional as F
from torch_geometric import seed_everything
from torch_geometric.loader import NeighborLoader
from torch_geometric.nn import SAGEConv

from products import load_products

seed_everything(3)
graph = load_products()
device = "cuda"


class SAGE(torch.nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.first = SAGEConv(n_in, n_hidden)
        self.second = SAGEConv(n_hidden, n_out)

    def forward(self, x, edge_index):
        h = F.dropout(self.first(x, edge_index).relu(), 0.5, self.training)
        return self.second(h, edge_index)


train_loader = NeighborLoader(graph, [15, 10], graph.train_mask, batch_size=1024, shuffle=True)
val_loader = NeighborLoader(graph, [15, 10], graph.val_mask, batch_size=2048)
net = SAGE(graph.num_features, 256, 47).to(device)
opt = torch.optim.Adam(net.parameters(), lr=3e-3)


@torch.autocast("cuda", dtype=torch.bfloat16)
def fit_batch(sub):
    opt.zero_grad()
    n = sub.batch_size
    scores = net(sub.x, sub.edge_index)[:n]
    loss = F.cross_entropy(scores, sub.y[:n])
    loss.backward()  # PLANTED
    opt.step()
    return loss.detach()


@torch.no_grad()
def accuracy():
    net.eval()
    right, seen = torch.zeros((), device=device), 0
    for sub in val_loader:
        sub = sub.to(device)
        guess = net(sub.x, sub.edge_index)[: sub.batch_size].argmax(-1)
        right += (guess == sub.y[: sub.batch_size]).sum()
        seen += sub.batch_size
    net.train()
    return right.item() / seen


for epoch in range(1, 21):
    losses = torch.stack([fit_batch(sub.to(device)) for sub in train_loader])
    print(f"{epoch:02d} loss={losses.mean().item():.4f} val_acc={accuracy():.4f}")
