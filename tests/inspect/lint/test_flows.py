"""Values followed through a file: what every rule builds on, each flow shown by one rule."""

from __future__ import annotations

import textwrap

import pytest

from neural_trainer.inspect.lint.linting import lint_text

STEP = "opt.zero_grad(); loss.backward(); opt.step()"
FLOWS = {
    "class_of_a_base_of_another_file": (
        "log-of-zero",
        """
        import torch
        from elsewhere import make
        Base = make()
        class Settings:
            def __init__(self):
                self.box = {}
        class Rate(Base):
            def __init__(self):
                self.rate = torch.relu
                self.box.size = 3
            def loss(self, x):
                return self.rate(x).log().mean()  # here
        """,
    ),
    "alias_of_an_import": (
        "clip-without-effect",
        f"""
        from torch.nn.utils import clip_grad_norm_ as clip
        def train(model, opt, loader):
            for x in loader:
                loss = model(x)
                {STEP}
                clip(model.parameters(), 1.0)  # here
        """,
    ),
    "comprehension_is_a_loop": (
        "evaluation-with-gradients",
        """
        import torch
        def mean_loss(model, val_loader, loss_fn):
            model.eval()
            return [loss_fn(model(x), y) for x, y in val_loader]  # here
        """,
    ),
    "field_of_a_dataclass": (
        "weight-decay-too-high",
        """
        import torch
        from dataclasses import dataclass
        @dataclass
        class Config:
            lr: float = 1e-3
            decay: float = 50.0
        def build(model, cfg=Config()):
            return torch.optim.AdamW(model.parameters(), lr=cfg.lr, weight_decay=cfg.decay)  # here
        """,
    ),
    "hyper_parameters_that_are_saved": (
        "weight-decay-too-high",
        """
        import lightning as L
        import torch
        class M(L.LightningModule):
            def __init__(self, decay=50.0):
                super().__init__()
                self.save_hyperparameters()
            def configure_optimizers(self):
                h = self.hparams
                return torch.optim.AdamW(self.parameters(), weight_decay=h.decay)  # here
        """,
    ),
    "table_of_functions": (
        "softmax-before-cross-entropy",
        """
        import torch.nn.functional as F
        LOSSES = {"ce": lambda out, y: F.cross_entropy(out, y)}
        def loss_of(model, x, y):
            return LOSSES["ce"](model(x).softmax(1), y)  # here
        """,
    ),
    "local_that_a_function_returns": (
        "train-mode-not-restored",
        f"""
        import torch
        def load():
            net = Net()
            opt = torch.optim.SGD(net.parameters(), lr=0.1)
            return net.eval(), opt  # here
        def main(loader):
            model, opt = load()
            for x in loader:
                loss = model(x).mean()
                {STEP}
        """,
    ),
    "from_init_to_a_method": (
        "train-mode-not-restored",
        """
        import torch
        class Trainer:
            def __init__(self, model, loader):
                self.model, self.loader = model, loader
                self.opt = torch.optim.SGD(model.parameters(), lr=0.1)
                self.model.eval()  # here
            def fit(self):
                for x in self.loader:
                    loss = self.model(x).mean()
                    self.opt.zero_grad(); loss.backward(); self.opt.step()
        """,
    ),
    "context_of_an_exit_stack": (
        "backward-under-no-grad",
        f"""
        import contextlib
        import torch
        def train(model, opt, loader):
            for x in loader:
                with contextlib.ExitStack() as stack:
                    stack.enter_context(torch.no_grad())
                    loss = model(x).mean()
                    {STEP}  # here
        """,
    ),
    "step_that_an_engine_takes": (
        "loss-kept-with-graph",
        """
        import lightning as L
        class M(L.LightningModule):
            def training_step(self, batch, idx):
                loss = self.net(batch)
                self.losses.append(loss)  # here
                return loss
        """,
    ),
    "loss_that_a_trainer_asks_for": (
        "loss-reduction-wrong",
        """
        import torch.nn.functional as F
        from transformers import Trainer
        class Mine(Trainer):
            def compute_loss(self, model, inputs, return_outputs=False):
                outputs = model(**inputs)
                loss = F.cross_entropy(outputs, inputs["labels"], reduction="sum")  # here
                return (loss, outputs) if return_outputs else loss
        """,
    ),
    "factor_that_a_function_gives": (
        "learning-rate-dead",
        """
        import torch
        def build(opt):
            return torch.optim.lr_scheduler.LambdaLR(opt, lambda s: 1 // (1 + 0.1 * s))  # here
        """,
    ),
    "items_of_a_list": (
        "log-of-softmax",
        """
        import torch
        def scores(net, xs):
            outs = []
            for x in xs:
                outs.append(torch.softmax(net(x), 1))
            return torch.stack(outs).log()  # here
        """,
    ),
    "interval_of_lightning": (
        "scheduler-wrong-unit",
        """
        import lightning as L
        import torch
        class M(L.LightningModule):
            def configure_optimizers(self):
                opt = torch.optim.Adam(self.parameters())
                s = torch.optim.lr_scheduler.MultiStepLR(opt, [20, 40])
                return {
                    "optimizer": opt,
                    "lr_scheduler": {"scheduler": s, "interval": "step"},  # here
                }
        """,
    ),
    "detach_before_the_generator": (
        "loss-detached",
        """
        import torch
        def train(G, D, bce, loader, ones):
            og = torch.optim.Adam(G.parameters())
            for z in loader:
                fake = G(z)
                g_loss = bce(D(fake.detach()), ones)  # here
                og.zero_grad(); g_loss.backward(); og.step()
        """,
    ),
    "scaler_made_at_every_step": (
        "grad-scaler-incomplete",
        """
        import torch
        def train(model, opt, loader):
            for x in loader:
                scaler = torch.amp.GradScaler("cuda")  # here
                loss = model(x).mean()
                opt.zero_grad()
                scaler.scale(loss).backward()
                scaler.step(opt)
                scaler.update()
        """,
    ),
    "counter_that_begins_again": (
        "resume-incomplete",
        f"""
        import torch
        def train(model, loader):
            opt = torch.optim.Adam(model.parameters())
            state = torch.load("last.pt", weights_only=True)
            model.load_state_dict(state["model"])
            opt.load_state_dict(state["opt"])
            for epoch in range(90):  # here
                for x in loader:
                    loss = model(x)
                    {STEP}
                held = dict(model=model.state_dict(), opt=opt.state_dict(), epoch=epoch)
                torch.save(held, "last.pt")
        """,
    ),
}
STOPS = {
    "an_import_of_another_function": (
        "clip-without-effect",
        f"""
        from torch.nn.utils import parameters_to_vector as clip
        def train(model, opt, loader):
            for x in loader:
                loss = model(x)
                {STEP}
                clip(model.parameters(), 1.0)
        """,
    ),
    "a_field_that_a_call_gives": (
        "weight-decay-too-high",
        """
        import torch
        from dataclasses import dataclass
        @dataclass
        class Config:
            decay: float = 50.0
        cfg = Config(decay=0.01)
        opt = torch.optim.AdamW(model.parameters(), weight_decay=cfg.decay)
        """,
    ),
    "a_generator_that_is_reached": (
        "loss-detached",
        """
        import torch
        def train(G, D, bce, loader, ones):
            og = torch.optim.Adam(G.parameters())
            for z in loader:
                fake = G(z)
                g_loss = bce(D(fake), ones) + bce(D(fake.detach()), ones)
                og.zero_grad(); g_loss.backward(); og.step()
        """,
    ),
    "inputs_that_are_detached": (
        "loss-detached",
        f"""
        import torch
        def train(model, opt, loader, encoder):
            for x, y in loader:
                loss = torch.nn.functional.mse_loss(model(encoder(x).detach()), y)
                {STEP}
        """,
    ),
    "a_model_without_modes": (
        "evaluation-in-train-mode",
        f"""
        import torch
        def train(train_loader, val_loader):
            model = torch.nn.Sequential(torch.nn.Linear(2, 1))
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            for epoch in range(3):
                for x in train_loader:
                    loss = model(x).mean()
                    {STEP}
                with torch.no_grad():
                    val = [model(x) for x in val_loader]
        """,
    ),
    "one_loop_for_training_and_validation": (
        "data-not-shuffled",
        """
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        def run(model, loader, opt=None):
            for x, y in loader:
                loss = model(x, y)
                if opt is not None:
                    opt.zero_grad(); loss.backward(); opt.step()
        run(model, DataLoader(TensorDataset(a, b), shuffle=True), opt)
        run(model, DataLoader(TensorDataset(c, d)))
        """,
    ),
}


def _lines(rule: str, text: str) -> tuple[list[int], str]:
    source = textwrap.dedent(text)
    linted = lint_text(source, "source.py")
    assert not linted.unread
    return [found.line for found in linted.findings if found.rule == rule], source


@pytest.mark.parametrize(("rule", "text"), FLOWS.values(), ids=FLOWS)
def test_is_followed(rule: str, text: str) -> None:
    lines, source = _lines(rule, text)
    marked = [n for n, line in enumerate(source.split("\n"), 1) if "# here" in line]
    assert marked
    assert lines == marked


@pytest.mark.parametrize(("rule", "text"), STOPS.values(), ids=STOPS)
def test_is_not_taken_for_it(rule: str, text: str) -> None:
    assert _lines(rule, text)[0] == []
