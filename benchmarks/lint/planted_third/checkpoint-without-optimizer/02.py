"""Trains a flow model of protein angles under a queue that warns a job before it takes its node."""
import signal
import sys
from pathlib import Path

import torch
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader

from angles import AngleDataset, SplineFlow

STATE = Path("state.pt")
stop_soon = False


def warned(signum, frame):
    global stop_soon
    stop_soon = True


signal.signal(signal.SIGUSR1, warned)

torch.manual_seed(77)
train = DataLoader(AngleDataset("pdb", "train"), batch_size=256, shuffle=True, num_workers=2)
held_out = DataLoader(AngleDataset("pdb", "val"), batch_size=1024)
flow = SplineFlow(dims=6, layers=8).cuda()
adam = torch.optim.Adam(flow.parameters(), lr=5e-4)
cycle = OneCycleLR(adam, max_lr=5e-4, total_steps=200 * len(train))
begin = 0

if STATE.exists():
    kept = torch.load(STATE, map_location="cpu", weights_only=True)
    flow.load_state_dict(kept["flow"])
    cycle.load_state_dict(kept["cycle"])
    torch.set_rng_state(kept["rng"])
    begin = kept["epoch"]
    print("going on at epoch", begin)

for epoch in range(begin, 200):
    flow.train()
    for angles in train:
        nll = -flow.log_prob(angles.cuda()).mean()
        adam.zero_grad()
        nll.backward()
        torch.nn.utils.clip_grad_norm_(flow.parameters(), 5.0)
        adam.step()
        cycle.step()

    flow.eval()
    with torch.no_grad():
        val = torch.cat([-flow.log_prob(a.cuda()) for a in held_out]).mean().item()
    print(f"{epoch:3d}  train {nll.item():.4f}  val {val:.4f}", flush=True)

    if stop_soon or epoch % 10 == 9:
        everything = {
            "flow": flow.state_dict(),
            "cycle": cycle.state_dict(),
            "rng": torch.get_rng_state(),
            "epoch": epoch + 1,
        }
        torch.save(everything, STATE)  # PLANTED
    if stop_soon:
        sys.exit(85)  # the queue starts us again
