"""Perceptual loss for a colouriser."""
import numpy as np
import torch

from colour import Coloriser, vgg_features, pairs


def perceptual(fake, real):
    a = vgg_features(fake).cpu().detach().numpy()  # PLANTED
    b = vgg_features(real).cpu().detach().numpy()
    return torch.tensor(np.mean((a - b) ** 2), requires_grad=True)


class Trainer:
    def __init__(self):
        torch.manual_seed(7)
        self.net = Coloriser().cuda()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=2e-4)

    def run(self, epochs=15):
        for epoch in range(epochs):
            self.net.train()
            for grey, colour in pairs(shuffle=True):
                loss = perceptual(self.net(grey.cuda()), colour.cuda())
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            print(f"epoch {epoch}: {loss.item():.4f}")


if __name__ == "__main__":
    Trainer().run()
