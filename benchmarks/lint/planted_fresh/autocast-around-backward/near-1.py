"""Estimate optical flow in mixed precision, with a correlation term kept in float32."""

import torch
from torch.utils.data import DataLoader

from flow import FlowNet, FlyingChairs, correlation_penalty, endpoint_error

torch.manual_seed(12)
net = FlowNet().cuda().train()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
scaler = torch.amp.GradScaler("cuda")
pairs = DataLoader(FlyingChairs("chairs/train"), batch_size=10, shuffle=True, num_workers=8)

for epoch in range(50):
    for i, (first, second, flow) in enumerate(pairs):
        first, second, flow = first.cuda(), second.cuda(), flow.cuda()
        optimizer.zero_grad()
        with torch.autocast("cuda", dtype=torch.float16):
            estimate = net(first, second)
            error = endpoint_error(estimate, flow)
            with torch.autocast("cuda", enabled=False):
                penalty = correlation_penalty(estimate.float(), first.float(), second.float())
                loss = error.float() + 0.1 * penalty
                scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} epe {error.item():.3f} loss {loss.item():.3f}")
