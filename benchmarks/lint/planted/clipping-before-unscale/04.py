"""Speech enhancement: value clipping under mixed precision."""
import torch
import torch.nn as nn


def train_epoch(net, loader, opt, scaler, limit):
    net.train()
    total = torch.zeros((), device="cuda")
    for noisy, clean in loader:
        noisy, clean = noisy.cuda(), clean.cuda()
        opt.zero_grad(set_to_none=True)
        with torch.autocast(device_type="cuda", dtype=torch.float16):
            est = net(noisy)
            loss = nn.functional.l1_loss(est, clean)
        scaler.scale(loss).backward()
        nn.utils.clip_grad_value_(net.parameters(), limit)  # PLANTED
        scaler.step(opt)
        scaler.update()
        total += loss.detach()
    return total.item() / len(loader)


def main(net, loader, epochs=60):
    torch.manual_seed(55)
    net = net.cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cuda", init_scale=2.0**14)
    for epoch in range(epochs):
        print(epoch, train_epoch(net, loader, opt, scaler, limit=0.5))
