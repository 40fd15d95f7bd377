"""A trainer with hooks, used here for a recurrent model of household power."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from power import HouseholdWindows


class Hook:
    def before_backward(self, trainer): ...
    def after_update(self, trainer): ...
    def after_epoch(self, trainer, epoch, loss): ...


class ClipGradients(Hook):
    def __init__(self, max_norm=1.0):
        self.max_norm = max_norm

    def after_update(self, trainer):
        nn.utils.clip_grad_norm_(trainer.model.parameters(), self.max_norm)  # PLANTED


class Clear(Hook):
    def before_backward(self, trainer):
        trainer.optimizer.zero_grad(set_to_none=True)


class Tell(Hook):
    def after_epoch(self, trainer, epoch, loss):
        print(f"epoch {epoch:3d} mse {loss:.5f}")


class Trainer:
    def __init__(self, model, optimizer, loss_fn, hooks):
        self.model, self.optimizer, self.loss_fn, self.hooks = model, optimizer, loss_fn, hooks

    def _call(self, name, *args):
        for hook in self.hooks:
            getattr(hook, name)(self, *args)

    def fit(self, loader, epochs):
        self.model.train()
        for epoch in range(epochs):
            total = torch.zeros(())
            for past, future in loader:
                loss = self.loss_fn(self.model(past), future)
                self._call("before_backward")
                loss.backward()
                self.optimizer.step()
                self._call("after_update")
                total += loss.detach()
            self._call("after_epoch", epoch, total.item() / len(loader))


class Forecaster(nn.Module):
    def __init__(self, channels=7, width=64, horizon=24):
        super().__init__()
        self.rnn = nn.LSTM(channels, width, num_layers=2, batch_first=True)
        self.head = nn.Linear(width, horizon)

    def forward(self, past):
        return self.head(self.rnn(past)[0][:, -1])


if __name__ == "__main__":
    torch.manual_seed(9)
    model = Forecaster()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    windows = DataLoader(HouseholdWindows(past=168, horizon=24), batch_size=64, shuffle=True)
    Trainer(model, optimizer, nn.MSELoss(), [Clear(), ClipGradients(1.0), Tell()]).fit(windows, 40)
