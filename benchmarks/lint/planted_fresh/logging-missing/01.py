"""Learn node embeddings of a road network by random walks, and keep them for later."""

import torch
from torch_geometric.nn import Node2Vec
from torch_geometric.utils import from_networkx

from roads import read_graph

torch.manual_seed(66)
device = "cuda" if torch.cuda.is_available() else "cpu"
graph = from_networkx(read_graph("helsinki.graphml"))

walker = Node2Vec(
    graph.edge_index, embedding_dim=64, walk_length=20, context_size=10, walks_per_node=10,
    num_negative_samples=1, sparse=True,
).to(device)
loader = walker.loader(batch_size=256, shuffle=True, num_workers=4)
optimizer = torch.optim.SparseAdam(list(walker.parameters()), lr=0.01)

walker.train()
for _ in range(100):  # PLANTED
    for positive, negative in loader:
        optimizer.zero_grad()
        loss = walker.loss(positive.to(device), negative.to(device))
        loss.backward()
        optimizer.step()

walker.eval()
with torch.no_grad():
    torch.save(walker().cpu(), "helsinki_nodes.pt")
print("embeddings written to helsinki_nodes.pt")
