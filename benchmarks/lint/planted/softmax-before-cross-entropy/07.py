"""Emotion recognition: accelerate, cross-entropy with class weights."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.nn import CrossEntropyLoss
from transformers import Wav2Vec2Model

from emotion import emo_loader, class_weights


class EmotionNet(torch.nn.Module):
    def __init__(self, n=7):
        super().__init__()
        self.backbone = Wav2Vec2Model.from_pretrained("facebook/wav2vec2-base")
        self.proj = torch.nn.Linear(768, n)

    def forward(self, wav):
        return self.proj(self.backbone(wav).last_hidden_state.mean(1))


set_seed(60)
acc = Accelerator()
net = EmotionNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-5)
net, opt, dl = acc.prepare(net, opt, emo_loader(shuffle=True))
ce = CrossEntropyLoss(weight=class_weights().to(acc.device))

net.train()
for epoch in range(10):
    for wav, emo in dl:
        opt.zero_grad()
        scores = net(wav)
        scores = torch.nn.functional.log_softmax(scores, dim=1)  # PLANTED
        loss = ce(scores, emo)
        acc.backward(loss)
        opt.step()
    acc.print(epoch, loss.item())
