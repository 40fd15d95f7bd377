"""Transfer the style of one picture to another by optimising the picture itself."""

import torch
import torch.nn.functional as F
from torchvision.io import read_image
from torchvision.models import VGG19_Weights, vgg19
from torchvision.transforms.functional import convert_image_dtype, normalize, resize
from torchvision.utils import save_image

STYLE_AT, CONTENT_AT = {0, 5, 10, 19, 28}, 21
device = torch.device("cuda")
torch.manual_seed(1889)
vgg = vgg19(weights=VGG19_Weights.DEFAULT).features.to(device).eval().requires_grad_(False)


def picture(path, size=512):
    return resize(convert_image_dtype(read_image(path)), [size, size])[None].to(device)


def features(img):
    x, styles, content = normalize(img, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), [], None
    for i, layer in enumerate(vgg):
        x = F.relu(x) if isinstance(layer, torch.nn.ReLU) else layer(x)
        if i in STYLE_AT:
            f = x.flatten(2)
            styles.append(f @ f.mT / f.numel())
        if i == CONTENT_AT:
            content = x
    return styles, content


with torch.no_grad():
    styles, _ = features(picture("night.jpg"))
    _, content = features(picture("harbour.jpg"))

canvas = picture("harbour.jpg").requires_grad_(True)
solver = torch.optim.LBFGS([canvas], max_iter=20, history_size=10)


def closure():
    got, shown = features(canvas)
    style = sum(F.mse_loss(a, b) for a, b in zip(got, styles, strict=True))
    loss = 1e6 * style + F.mse_loss(shown, content)
    loss.backward()  # PLANTED
    return loss


for round_ in range(30):
    loss = solver.step(closure)
    with torch.no_grad():
        canvas.clamp_(0, 1)
    print(f"round {round_} loss {loss.item():.3f}")

save_image(canvas.detach(), "styled.png")
