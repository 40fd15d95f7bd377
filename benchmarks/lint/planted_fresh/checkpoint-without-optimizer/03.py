"""Train on a preemptible machine: when told to leave, put the work where the next one finds it."""

import signal

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch.utils.data import DataLoader

from shapenet import PointNet, ShapeNetPoints

leaving = False


def on_term(signum, frame):
    global leaving
    leaving = True


signal.signal(signal.SIGTERM, on_term)
torch.manual_seed(2017)
net = PointNet(classes=55).to("cuda")
adam = torch.optim.Adam(net.parameters(), lr=1e-3)
points = DataLoader(ShapeNetPoints("train", 2048), batch_size=64, shuffle=True, num_workers=4)


def pack(epoch, step):
    meta = {"epoch": str(epoch), "step": str(step)}
    save_file(net.state_dict(), "preempted.safetensors", metadata=meta)  # PLANTED


def run():
    net.train()
    for epoch in range(250):
        for step, (cloud, label) in enumerate(points):
            adam.zero_grad(set_to_none=True)
            loss = F.cross_entropy(net(cloud.cuda()), label.cuda())
            loss.backward()
            adam.step()
            if step % 100 == 0:
                print(f"{epoch}.{step}: {loss.item():.4f}", flush=True)
            if leaving:
                pack(epoch, step)
                return


run()
