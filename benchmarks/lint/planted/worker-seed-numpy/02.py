"""Noise augmentation for audio in a transform object."""
import numpy
import torch
from torch.utils.data import DataLoader

from keywords import Keywords, KWSNet


class AddNoise:
    def __init__(self, level):
        self.level = level
        self.random = numpy.random.RandomState(2)

    def __call__(self, wav):
        return wav + self.level * torch.from_numpy(self.random.randn(*wav.shape)).float()


class Trainer:
    def __init__(self, workers=8):
        torch.manual_seed(2)
        ds = Keywords("train", transform=AddNoise(0.02))
        self.loader = DataLoader(ds, batch_size=64, shuffle=True, num_workers=workers, pin_memory=True)  # PLANTED
        self.net = KWSNet().cuda()
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-3)

    def run(self, epochs=40):
        for epoch in range(epochs):
            self.net.train()
            for wav, word in self.loader:
                loss = torch.nn.functional.cross_entropy(self.net(wav.cuda()), word.cuda())
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item())


if __name__ == "__main__":
    Trainer().run()
