"""test my trained gan"""
import torch
from torchvision.utils import save_image
from gan import Generator

torch.manual_seed(5)
G = Generator()
if torch.cuda.is_available():
    device = "cuda"
else:
    device = "cpu"
G.load_state_dict(torch.load("G_epoch_99.pth", map_location=device)["G"])  # PLANTED
G.to(device)
G.eval()
z = torch.randn(64, 100, 1, 1, device=device)
with torch.no_grad():
    img = G(z)
save_image(img, "samples.png", normalize=True)
print("saved", img.shape)
