"""Train a depth network in jobs that follow each other; all that has a state goes through one dict."""

from pathlib import Path

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader

from depth import DepthNet, KittiDepth


class Progress:
    def __init__(self):
        self.epoch = 0

    def state_dict(self):
        return {"epoch": self.epoch}

    def load_state_dict(self, state):
        self.epoch = state["epoch"]


torch.manual_seed(23)
model = DepthNet().cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=15, gamma=0.1)
progress = Progress()
stateful = dict(model=model, optimizer=optimizer, scheduler=scheduler, progress=progress)

path = Path("depth.ckpt")
if path.exists():
    stored = torch.load(path, map_location="cuda", weights_only=True)
    for name, thing in stateful.items():
        thing.load_state_dict(stored[name])

loader = DataLoader(KittiDepth("train"), batch_size=16, shuffle=True, num_workers=8)
while progress.epoch < 40:
    losses = []
    for image, depth in loader:
        optimizer.zero_grad()
        loss = F.l1_loss(model(image.cuda()), depth.cuda())
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    scheduler.step()
    print(f"epoch {progress.epoch} l1 {torch.stack(losses).mean().item():.4f}")
    progress.epoch += 1
    torch.save({name: thing.state_dict() for name, thing in stateful.items()}, path)
