"""Caption images: a convolutional encoder, and torch's decoder that writes the words."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import ResNet50_Weights, resnet50

from captions import PAD, VOCAB, CocoCaptions, collate


class Captioner(nn.Module):
    def __init__(self, d=512, longest=60):
        super().__init__()
        trunk = resnet50(weights=ResNet50_Weights.DEFAULT)
        self.see = nn.Sequential(*list(trunk.children())[:-2])
        self.to_d = nn.Conv2d(2048, d, 1)
        self.words = nn.Embedding(VOCAB, d, padding_idx=PAD)
        self.pos = nn.Parameter(0.02 * torch.randn(longest, d))
        self.write = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(d, 8, batch_first=True), num_layers=4
        )
        self.out = nn.Linear(d, VOCAB)

    def forward(self, images, said):
        memory = self.to_d(self.see(images)).flatten(2).transpose(1, 2)
        h = self.words(said) + self.pos[: said.size(1)]
        h = self.write(h, memory, tgt_key_padding_mask=said == PAD)  # PLANTED
        return self.out(h)


def train(epochs: int = 12) -> None:
    torch.manual_seed(30)
    model = Captioner().cuda()
    loss_fn = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    loader = DataLoader(
        CocoCaptions("train2017"), batch_size=32, shuffle=True, collate_fn=collate, num_workers=8
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1e-4, epochs=epochs, steps_per_epoch=len(loader)
    )
    model.train()
    for epoch in range(epochs):
        for i, (images, captions) in enumerate(loader):
            images, captions = images.cuda(), captions.cuda()
            logits = model(images, captions[:, :-1])
            loss = loss_fn(logits.transpose(1, 2), captions[:, 1:])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            if i % 200 == 0:
                print(f"epoch {epoch} [{i}/{len(loader)}] loss {loss.item():.3f}")


if __name__ == "__main__":
    train()
