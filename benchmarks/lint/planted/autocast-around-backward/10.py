"""speed test homework: fp16 vs fp32 on the same mlp"""
import time

import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(65536, 512, device="cuda")
Y = torch.randint(0, 10, (65536,), device="cuda")

def bench(half):
    net = nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, 10)).cuda()
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    scaler = torch.amp.GradScaler("cuda", enabled=half)
    t = time.time()
    for i in range(200):
        opt.zero_grad()
        with torch.autocast("cuda", enabled=half):
            out = net(X)
            loss = nn.functional.cross_entropy(out, Y)
            scaled = scaler.scale(loss)
            scaled.backward()  # PLANTED
        scaler.step(opt)
        scaler.update()
    torch.cuda.synchronize()
    print("half" if half else "float", time.time() - t, "s", "loss", loss.item())

bench(False)
bench(True)
