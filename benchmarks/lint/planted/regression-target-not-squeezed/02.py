"""Age from face, trainer class."""
import torch
from torch import nn
from torchvision.models import resnet18


class AgeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = resnet18(weights="DEFAULT")
        self.body.fc = nn.Linear(512, 1)

    def forward(self, x):
        return self.body(x)


class Trainer:
    def __init__(self, faces, ages):
        torch.manual_seed(1)
        ages = torch.as_tensor(ages, dtype=torch.float32)
        ds = torch.utils.data.TensorDataset(faces, ages)
        self.loader = torch.utils.data.DataLoader(ds, batch_size=32, shuffle=True)
        self.net = AgeNet().cuda()
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-4)
        self.l1 = nn.L1Loss()

    def fit(self, epochs=10):
        for epoch in range(epochs):
            self.net.train()
            for img, age in self.loader:
                self.opt.zero_grad()
                loss = self.l1(self.net(img.cuda()), age.cuda())  # PLANTED
                loss.backward()
                self.opt.step()
            print(f"{epoch} mae {loss.item():.2f}")
