"""Clips that come too late or too early, and clips in their place."""

FIRES = {
    "after_the_step": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # here
        """,
    "before_the_backward_pass": """
        from torch.nn.utils import clip_grad_norm_
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                clip_grad_norm_(model.parameters(), 1.0)  # here
                loss.backward()
                optimizer.step()
        """,
    "values": """
        import torch
        class T:
            def fit(self, loader):
                for x in loader:
                    self.model(x).backward()
                    self.optimizer.step()
                    torch.nn.utils.clip_grad_value_(self.model.parameters(), 0.5)  # here
                    self.optimizer.zero_grad()
        """,
    "scaler": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)
                scaler.update()
                scaler.unscale_(optimizer)
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # here
        """,
    "each_gradient_clamped_after_the_step": """
        import torch
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                model(x).mean().backward()
                opt.step()
                for p in model.parameters():
                    p.grad.clamp_(-1, 1)  # here
        """,
    "a_callback_after_the_step": """
        import torch
        from torch import nn
        class Clip:
            def after_step(self, run):
                torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)  # here
        class Run:
            def __init__(self, model, callbacks):
                self.model, self.callbacks = model, callbacks
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            def call(self, event):
                for c in self.callbacks:
                    getattr(c, event)(self)
            def fit(self, loader):
                for x in loader:
                    self.model(x).mean().backward()
                    self.optimizer.step()
                    self.call("after_step")
                    self.optimizer.zero_grad()
        Run(nn.Linear(1, 1), [Clip()]).fit(loader)
        """,
    "between_the_clearing_and_the_backward_pass": """
        import torch
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                loss = model(x).mean()
                torch.nn.utils.clip_grads_with_norm_(model.parameters(), 1.0, norm)  # here
                loss.backward()
                opt.step()
        """,
    "after_the_step_of_a_scaler": """
        import torch
        from torch import nn
        def train(model, opt, scaler, loader):
            for x in loader:
                opt.zero_grad()
                scaler.scale(model(x).mean()).backward()
                scaler.step(opt)
                scaler.unscale_(opt)
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # here
                scaler.update()
        """,
    "through_accelerate": """
        import torch
        from accelerate import Accelerator
        accelerator = Accelerator()
        def train(model, optimizer, loader):
            for x in loader:
                optimizer.zero_grad()
                accelerator.backward(model(x).mean())
                optimizer.step()
                accelerator.clip_grad_norm_(model.parameters(), 1.0)  # here
        """,
    "a_helper_that_makes_the_whole_update": """
        import torch
        def minimise(opt, loss):
            opt.zero_grad()
            loss.backward()
            opt.step()
        def bounded(opt, loss, params):
            minimise(opt, loss)
            torch.nn.utils.clip_grad_norm_(params, 1.0)  # here
        def train(actor, critic, opt_a, opt_c, loader):
            for x in loader:
                bounded(opt_c, critic(x).mean(), critic.parameters())
                bounded(opt_a, actor(x).mean(), actor.parameters())
        """,
    "lightning_after_its_step": """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
                super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)
                torch.nn.utils.clip_grad_norm_(self.parameters(), 1.0)  # here
        """,
    "lightning_before_its_closure": """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
                torch.nn.utils.clip_grad_norm_(self.parameters(), 1.0)  # here
                optimizer.step(closure=optimizer_closure)
        """,
    "a_hook_after_the_step": """
        import pytorch_lightning as pl
        from torch.nn.utils import clip_grad_norm_
        class Clip(pl.Callback):
            def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
                clip_grad_norm_(module.parameters(), 1.0)  # here
        """,
}

SILENT = {
    "between": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
        """,
    "between_in_another_order": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                if clip:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                model.zero_grad()
        """,
    "two_networks": """
        import torch
        def train(g, d, loader, opt_g, opt_d):
            for x in loader:
                d(x).backward()
                torch.nn.utils.clip_grad_norm_(d.parameters(), 1.0)
                opt_d.step()
                g(x).backward()
                torch.nn.utils.clip_grad_norm_(g.parameters(), 1.0)
                opt_g.step()
                opt_g.zero_grad()
                opt_d.zero_grad()
        """,
    "accumulated": """
        import torch
        def train(model, loader, optimizer):
            for i, x in enumerate(loader):
                (model(x) / 4).backward()
                if i % 4 == 3:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "each_gradient_clamped_before_the_step": """
        import torch
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                model(x).mean().backward()
                for p in model.parameters():
                    p.grad.clamp_(-1, 1)
                opt.step()
        """,
    "weights_clamped_after_the_step": """
        import torch
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                model(x).mean().backward()
                opt.step()
                for p in model.parameters():
                    p.data.clamp_(-0.01, 0.01)
        """,
    "a_callback_before_the_step": """
        import torch
        from torch import nn
        class Clip:
            def after_backward(self, run):
                torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        class Run:
            def __init__(self, model, callbacks):
                self.model, self.callbacks = model, callbacks
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            def fit(self, loader):
                for x in loader:
                    self.model(x).mean().backward()
                    for c in self.callbacks:
                        c.after_backward(self)
                    self.optimizer.step()
                    self.optimizer.zero_grad()
        Run(nn.Linear(1, 1), [Clip()]).fit(loader)
        """,
    "lightning_before_its_step": """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def on_before_optimizer_step(self, optimizer):
                torch.nn.utils.clip_grad_norm_(self.parameters(), 1.0)
            def on_after_backward(self):
                torch.nn.utils.clip_grad_value_(self.parameters(), 1.0)
        """,
    "lightning_after_its_closure": """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
                optimizer_closure()
                torch.nn.utils.clip_grad_norm_(self.parameters(), 1.0)
                optimizer.step()
        """,
    "a_helper_that_clips_before_it_steps": """
        import torch
        def minimise(opt, loss, params):
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0)
            opt.step()
        def train(actor, critic, opt_a, opt_c, loader):
            for x in loader:
                minimise(opt_c, critic(x).mean(), critic.parameters())
                minimise(opt_a, actor(x).mean(), actor.parameters())
        """,
    "weights_clipped_after_the_step": """
        import torch
        @torch.no_grad()
        def clip_weights(critic, c):
            for p in critic.parameters():
                p.clamp_(-c, c)
        def train(critic, opt, loader):
            for x in loader:
                loss = critic(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                clip_weights(critic, 0.01)
        """,
}
