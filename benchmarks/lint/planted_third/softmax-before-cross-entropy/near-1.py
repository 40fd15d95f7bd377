"""Distils a large network of road signs into a small one, by its soft answers and the labels."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

HEAT = 4.0


def main():
    torch.manual_seed(80)
    view = transforms.Compose([transforms.Resize((64, 64)), transforms.ToTensor()])
    signs = datasets.GTSRB("signs", split="train", transform=view, download=True)
    loader = DataLoader(signs, batch_size=128, shuffle=True)

    teacher = models.resnet50(num_classes=43)
    teacher.load_state_dict(torch.load("teacher.pt", weights_only=True))
    teacher.eval().requires_grad_(False)
    student = models.squeezenet1_1(num_classes=43)
    optimizer = torch.optim.Adam(student.parameters(), lr=5e-4)

    for epoch in range(20):
        student.train()
        for image, sign in loader:
            with torch.no_grad():
                soft = F.softmax(teacher(image) / HEAT, dim=1)
            logits = student(image)
            learnt = F.cross_entropy(logits / HEAT, soft) * HEAT**2
            loss = 0.7 * learnt + 0.3 * F.cross_entropy(logits, sign)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, f"{loss.item():.4f}")


main()
