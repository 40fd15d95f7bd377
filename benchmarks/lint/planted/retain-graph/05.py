"""Neural style loss with LBFGS."""
import torch
import torch.nn.functional as F

from stylelib import features, gram, image

torch.manual_seed(4)
content, style = image("content.jpg"), image("style.jpg")
with torch.no_grad():
    fc = features(content)[3]
    gs = [gram(f) for f in features(style)]
canvas = content.clone().requires_grad_(True)
opt = torch.optim.LBFGS([canvas], max_iter=20)


def closure():
    opt.zero_grad()
    fs = features(canvas)
    loss = F.mse_loss(fs[3], fc) + 1e5 * sum(F.mse_loss(gram(f), g) for f, g in zip(fs, gs))
    loss.backward(retain_graph=True)  # PLANTED
    return loss


for it in range(20):
    loss = opt.step(closure)
    print(it, loss.item())
