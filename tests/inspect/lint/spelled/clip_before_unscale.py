"""Clips of scaled gradients, and of unscaled ones."""

FIRES = {
    "plain": """
        import torch
        def train(model, loader, optimizer):
            scaler = torch.amp.GradScaler("cuda")
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # here
                scaler.step(optimizer)
                scaler.update()
        """,
    "attributes_of_self": """
        import torch
        from torch.nn.utils import clip_grad_norm_
        class T:
            def __init__(self):
                self.amp = torch.cuda.amp.GradScaler()
            def step(self, x):
                self.amp.scale(self.model(x)).backward()
                clip_grad_norm_(self.model.parameters(), 1.0)  # here
                self.amp.step(self.optimizer)
                self.amp.update()
        """,
    "unscaled_too_late": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                loss = model(x)
                scaler.scale(loss).backward()
                torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)  # here
                scaler.step(optimizer)
                scaler.update()
                optimizer.zero_grad()
        """,
    "each_gradient_clamped": """
        import torch
        def train(model, opt, loader, scaler):
            for x in loader:
                opt.zero_grad()
                scaler.scale(model(x).mean()).backward()
                for p in model.parameters():
                    p.grad = p.grad.clamp(-1, 1)  # here
                scaler.step(opt)
                scaler.update()
        """,
    "scaled_under_another_name": """
        import torch
        from torch import nn
        def train(model, opt, loader):
            scaler = torch.amp.GradScaler("cuda")
            for x in loader:
                opt.zero_grad()
                scaled = scaler.scale(model(x).mean())
                scaled.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # here
                scaler.step(opt)
                scaler.update()
        """,
    "of_each_of_two": """
        import torch
        from torch import nn
        def train(g, d, opt_g, opt_d, loader):
            scaler = torch.amp.GradScaler("cuda")
            for x in loader:
                for net, opt in ((g, opt_g), (d, opt_d)):
                    opt.zero_grad()
                    scaler.scale(net(x).mean()).backward()
                    nn.utils.clip_grad_norm_(net.parameters(), 1.0)  # here
                    scaler.step(opt)
                scaler.update()
        """,
    "a_partial_that_is_kept": """
        import functools
        import torch
        from torch.nn.utils import clip_grad_norm_
        class Wrapper:
            def __init__(self, opt, clip=None):
                self.opt, self.scaler = opt, torch.amp.GradScaler("cuda")
                self.clip = functools.partial(clip_grad_norm_, **clip) if clip else None
            def update(self, loss):
                self.scaler.scale(loss).backward()
                if self.clip is not None:
                    self.clip(self.params)  # here
                self.scaler.step(self.opt)
                self.scaler.update()
        """,
    "a_base_that_calls_what_a_subclass_has": """
        import torch
        class Plain:
            def update(self, loss):
                self.opt.zero_grad()
                self.backward(loss)
                self.step()
            def backward(self, loss):
                loss.backward()
            def step(self):
                torch.nn.utils.clip_grad_norm_(self.params, 1.0)
                self.opt.step()
        class Amp(Plain):
            def __init__(self):
                self.scaler = torch.amp.GradScaler("cuda")
            def backward(self, loss):
                self.scaler.scale(loss).backward()
            def step(self):
                torch.nn.utils.clip_grad_norm_(self.params, 1.0)  # here
                self.scaler.step(self.opt)
                self.scaler.update()
        """,
}

SILENT = {
    "unscaled": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.unscale_(optimizer)
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                scaler.step(optimizer)
                scaler.update()
        """,
    "not_scaled": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
        """,
    "in_the_other_arm": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                if scaler:
                    scaler.scale(model(x)).backward()
                    scaler.step(optimizer)
                    scaler.update()
                else:
                    model(x).backward()
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                    optimizer.step()
                optimizer.zero_grad()
        """,
    "clamped_after_unscale": """
        import torch
        def train(model, opt, loader, scaler):
            for x in loader:
                opt.zero_grad()
                scaler.scale(model(x).mean()).backward()
                scaler.unscale_(opt)
                for p in model.parameters():
                    p.grad.clamp_(-1, 1)
                scaler.step(opt)
                scaler.update()
        """,
    "outputs_clamped": """
        import torch
        def train(model, opt, loader, scaler):
            for x in loader:
                opt.zero_grad()
                out = model(x).clamp_(0, 1)
                scaler.scale(out.mean()).backward()
                out.data.clamp_(0, 1)
                scaler.step(opt)
                scaler.update()
        """,
    "a_subclass_that_unscales": """
        import torch
        class Plain:
            def update(self, loss):
                self.opt.zero_grad()
                self.backward(loss)
                self.step()
            def backward(self, loss):
                loss.backward()
            def step(self):
                torch.nn.utils.clip_grad_norm_(self.params, 1.0)
                self.opt.step()
        class Amp(Plain):
            def __init__(self):
                self.scaler = torch.amp.GradScaler("cuda")
            def backward(self, loss):
                self.scaler.scale(loss).backward()
            def step(self):
                self.scaler.unscale_(self.opt)
                torch.nn.utils.clip_grad_norm_(self.params, 1.0)
                self.scaler.step(self.opt)
                self.scaler.update()
        """,
}
