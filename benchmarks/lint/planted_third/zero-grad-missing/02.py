"""Repaints a photograph in the style of a painting by fitting its pixels."""

import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn, optim
from torchvision.models import VGG19_Weights, vgg19
from torchvision.transforms.functional import resize, to_pil_image, to_tensor

torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
STYLE_AT, CONTENT_AT = {0, 5, 10, 19, 28}, {21}


def picture(path):
    return to_tensor(resize(Image.open(path).convert("RGB"), [384, 384])).unsqueeze(0).to(device)


def gram(features):
    flat = features.flatten(2).squeeze(0)
    return flat @ flat.T / flat.numel()


vgg = vgg19(weights=VGG19_Weights.DEFAULT).features.to(device).eval().requires_grad_(False)
for module in vgg.modules():
    if isinstance(module, nn.ReLU):
        module.inplace = False


def look(image):
    style, content = [], []
    for i, layer in enumerate(vgg):
        image = layer(image)
        if i in STYLE_AT:
            style.append(gram(image))
        if i in CONTENT_AT:
            content.append(image)
    return style, content


photo, painting = picture("photo.jpg"), picture("painting.jpg")
with torch.no_grad():
    wanted_style, wanted_content = look(painting)[0], look(photo)[1]

canvas = photo.clone().requires_grad_(True)
lbfgs = optim.LBFGS([canvas], max_iter=20, history_size=50)
calls = 0


def closure():
    global calls
    style, content = look(canvas)
    loss = 1e5 * sum(F.mse_loss(a, b) for a, b in zip(style, wanted_style))
    loss = loss + sum(F.mse_loss(a, b) for a, b in zip(content, wanted_content))
    loss.backward()  # PLANTED
    calls += 1
    if calls % 50 == 0:
        print(f"call {calls}: {loss.item():.3f}")
    return loss


for _ in range(20):
    lbfgs.step(closure)
    with torch.no_grad():
        canvas.clamp_(0, 1)

to_pil_image(canvas.detach().cpu().squeeze(0)).save("repainted.png")
