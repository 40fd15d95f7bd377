"""Accumulate under AMP; the step lies in a nested function."""
import torch
import torch.nn.functional as F


def fit(model, loader, accum=4, epochs=3):
    torch.manual_seed(9)
    model.cuda()
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    scaler = torch.amp.GradScaler("cuda")

    def flush():
        scaler.unscale_(opt)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(opt)  # PLANTED
        opt.zero_grad(set_to_none=True)

    for epoch in range(epochs):
        model.train()
        for i, (x, y) in enumerate(loader, 1):
            with torch.autocast("cuda"):
                loss = F.cross_entropy(model(x.cuda()), y.cuda())
            scaler.scale(loss / accum).backward()
            if i % accum == 0:
                flush()
        print("epoch", epoch, "loss", loss.item())
