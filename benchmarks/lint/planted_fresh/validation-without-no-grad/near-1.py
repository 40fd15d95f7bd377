"""A neural force field: energies of structures, forces as what the energy loses along a move."""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from md17 import Frames, SchNet  # positions (b, atoms, 3), energy (b,), forces (b, atoms, 3)


def energy_and_forces(net: nn.Module, positions: Tensor, training: bool) -> tuple[Tensor, Tensor]:
    positions = positions.requires_grad_(True)
    energy = net(positions)
    (slope,) = torch.autograd.grad(energy.sum(), positions, create_graph=training)
    return energy, -slope


torch.manual_seed(17)
net = SchNet(hidden=128).cuda()
opt = torch.optim.Adam(net.parameters(), lr=5e-4)
train = DataLoader(Frames("aspirin", "train"), batch_size=16, shuffle=True)
val = DataLoader(Frames("aspirin", "val"), batch_size=64)

for epoch in range(200):
    net.train()
    for pos, energy, forces in train:
        e, f = energy_and_forces(net, pos.cuda(), training=True)
        loss = nn.functional.mse_loss(e, energy.cuda())
        loss = loss + 100 * nn.functional.mse_loss(f, forces.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()

    net.eval()
    off = []
    for pos, _, forces in val:
        _, f = energy_and_forces(net, pos.cuda(), training=False)
        off.append((f - forces.cuda()).abs().mean().detach())
    print(f"epoch {epoch} loss {loss.item():.4f} force MAE {torch.stack(off).mean().item():.4f}")
