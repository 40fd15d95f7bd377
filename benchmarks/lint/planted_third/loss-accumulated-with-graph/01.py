"""Trains a graph network to step fluids forward, with a smoothed loss in its status line."""
import sys
import time

import torch
import torch.nn.functional as F
from torch_geometric import seed_everything
from torch_geometric.loader import DataLoader

from fluids import FluidSteps, MeshGraphNet

seed_everything(77)
device = torch.device("cuda")
steps = FluidSteps("cylinder_flow")
loader = DataLoader(steps, batch_size=4, shuffle=True, num_workers=4)
net = MeshGraphNet(node=steps.num_node_features, edge=steps.num_edge_features, width=128, depth=10).to(device)
opt = torch.optim.Adam(net.parameters(), lr=1e-4)
mean, std = (t.to(device) for t in steps.scale())

smooth = torch.zeros((), device=device)
seen = 0
t0 = time.time()
for epoch in range(12):
    for graph in loader:
        graph = graph.to(device)
        moved = graph.velocity + 0.02 * torch.randn_like(graph.velocity)  # noise as in Pfaff et al. 2021
        goal = (graph.next_velocity - moved - mean) / std
        loss = F.mse_loss(net(moved, graph.kind, graph.edge_index, graph.edge_attr), goal)

        opt.zero_grad()
        loss.backward()
        opt.step()

        smooth = 0.99 * smooth + 0.01 * loss  # PLANTED
        seen += 1
        if seen % 250 == 0:
            fair = smooth.item() / (1 - 0.99**seen)
            sys.stdout.write(f"\repoch {epoch} step {seen} loss {fair:.5f} {time.time() - t0:.0f} s")
            sys.stdout.flush()
    print()
    torch.save({"net": net.state_dict(), "opt": opt.state_dict(), "epoch": epoch, "seen": seen}, "flow.pt")
