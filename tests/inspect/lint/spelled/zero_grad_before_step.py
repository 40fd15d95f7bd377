"""Gradients cleared between the backward pass and the step, and at their proper places."""

FIRES = {
    "in_a_loop": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                loss = model(x)
                loss.backward()
                optimizer.zero_grad()  # here
                optimizer.step()
        """,
    "by_the_model": """
        import torch
        class T:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
            def step(self, x):
                self.model(x).backward()
                self.model.zero_grad()  # here
                self.opt.step()
        """,
    "in_functions_of_the_file": """
        import torch
        def back(loss):
            loss.backward()
        def train(model, loader):
            rule = torch.optim.SGD(model.parameters(), lr=0.1)
            for x in loader:
                back(model(x))
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                rule.zero_grad(set_to_none=True)  # here
                rule.step()
        """,
    "gradient_scaler": """
        import torch
        def train(model, loader, optimizer):
            scaler = torch.amp.GradScaler("cuda")
            for x in loader:
                scaler.scale(model(x)).backward()
                optimizer.zero_grad()  # here
                scaler.step(optimizer)
                scaler.update()
        """,
    "in_a_loop_over_optimizers": """
        import torch
        from torch import nn
        g, d = nn.Linear(1, 1), nn.Linear(1, 1)
        opt_g = torch.optim.SGD(g.parameters(), lr=0.1)
        opt_d = torch.optim.SGD(d.parameters(), lr=0.1)
        for x in loader:
            for net, opt in ((g, opt_g), (d, opt_d)):
                net(x).mean().backward()
                opt.zero_grad()  # here
                opt.step()
        """,
    "the_model_of_one_of_two": """
        import torch
        from torch import nn
        a, b = nn.Linear(1, 1), nn.Linear(1, 1)
        opt_a = torch.optim.SGD(a.parameters(), lr=0.1)
        opt_b = torch.optim.SGD(b.parameters(), lr=0.1)
        for x in loader:
            opt_a.zero_grad()
            a(x).mean().backward()
            opt_a.step()
            b(x).mean().backward()
            b.zero_grad()  # here
            opt_b.step()
        """,
    "a_helper_that_clears": """
        import torch
        def clean(model):
            for p in model.parameters():
                p.grad = None
        def train(model, opt, loader):
            for x in loader:
                model(x).mean().backward()
                clean(model)  # here
                opt.step()
        """,
    "through_a_scaler": """
        import torch
        def train(model, optimizer, scaler, loader):
            for x in loader:
                with torch.autocast("cuda"):
                    loss = model(x).mean()
                scaler.scale(loss).backward()
                optimizer.zero_grad(set_to_none=True)  # here
                scaler.step(optimizer)
                scaler.update()
        """,
    "in_a_closure": """
        import torch
        def train(model, opt, loader):
            for x in loader:
                def closure():
                    loss = model(x).mean()
                    loss.backward()
                    opt.zero_grad()  # here
                    return loss
                opt.step(closure)
        """,
    "lightning_by_hand": """
        import torch
        from torch import nn
        import lightning as L
        class M(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.automatic_optimization = False
                self.net = nn.Linear(1, 1)
            def training_step(self, batch, i):
                opt = self.optimizers()
                loss = self.net(batch).mean()
                self.manual_backward(loss)
                opt.zero_grad()  # here
                opt.step()
        """,
    "partial_of_a_clear": """
        import torch
        import functools
        def train(model, optimizer, loader):
            reset = functools.partial(optimizer.zero_grad, set_to_none=True)
            for x in loader:
                model(x).mean().backward()
                reset()  # here
                optimizer.step()
        """,
    "a_helper_that_clears_and_steps": """
        import torch
        class Learner:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
            def apply(self):
                self.opt.zero_grad()  # here
                self.opt.step()
            def fit(self, loader):
                for x in loader:
                    self.model(x).mean().backward()
                    self.apply()
        """,
    "real_and_fake": """
        import torch
        def train(net_d, net_g, loader, criterion, ones, zeros):
            opt_d = torch.optim.Adam(net_d.parameters())
            opt_g = torch.optim.Adam(net_g.parameters())
            for real, noise in loader:
                net_d.zero_grad()
                loss_real = criterion(net_d(real), ones)
                loss_real.backward()
                net_d.zero_grad()  # here
                fake = net_g(noise)
                loss_fake = criterion(net_d(fake.detach()), zeros)
                loss_fake.backward()
                opt_d.step()
                net_g.zero_grad()
                criterion(net_d(fake), ones).backward()
                opt_g.step()
        """,
    "two_losses_of_one_model": """
        import torch
        def train(model, loader):
            opt = torch.optim.Adam(model.parameters())
            for x, y in loader:
                opt.zero_grad()
                first = (model(x) - x).square().mean()
                first.backward()
                second = (model(y) - y).square().mean()
                opt.zero_grad()  # here
                second.backward()
                opt.step()
        """,
    "each_parameter_of_each_group": """
        def train(model, loader, opt):
            for x in loader:
                model(x).mean().backward()
                for group in opt.param_groups:
                    for p in group["params"]:
                        p.grad = None  # here
                opt.step()
        """,
}

SILENT = {
    "before_the_backward_pass": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        """,
    "after_the_step": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                optimizer.step()
                optimizer.zero_grad()
        """,
    "of_another_optimizer": """
        import torch
        def train(g, d, loader, opt_g, opt_d):
            for x in loader:
                d(x).backward()
                opt_g.zero_grad()
                opt_d.step()
                g(x).backward()
                opt_g.step()
                opt_d.zero_grad()
        """,
    "backward_again": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        """,
    "where_it_overflowed": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                if bad(model):
                    optimizer.zero_grad()
                    continue
                optimizer.step()
        """,
    "gradients_changed_in_place_of_cleared": """
        import torch
        def train(model, opt, loader, world):
            for x in loader:
                opt.zero_grad()
                model(x).mean().backward()
                for p in model.parameters():
                    p.grad = p.grad / world
                opt.step()
        """,
    "another_ones_model": """
        import torch
        from torch import nn
        a, b = nn.Linear(1, 1), nn.Linear(1, 1)
        opt_a = torch.optim.SGD(a.parameters(), lr=0.1)
        opt_b = torch.optim.SGD(b.parameters(), lr=0.1)
        for x in loader:
            b(a(x)).mean().backward()
            b.zero_grad()
            opt_a.step()
            opt_a.zero_grad()
            b(x).mean().backward()
            opt_b.step()
        """,
    "after_the_step_of_a_second_batch": """
        import torch
        def train(model, opt, loader):
            for x in loader:
                model(x).mean().backward()
                opt.step()
                opt.zero_grad()
                model(-x).mean().backward()
                opt.step()
                opt.zero_grad()
        """,
    "real_and_fake_with_a_step_each": """
        import torch
        def train(net_d, net_g, loader, criterion, ones, zeros):
            opt_d = torch.optim.Adam(net_d.parameters())
            for real, noise in loader:
                net_d.zero_grad()
                criterion(net_d(real), ones).backward()
                opt_d.step()
                net_d.zero_grad()
                criterion(net_d(net_g(noise).detach()), zeros).backward()
                opt_d.step()
        """,
    "gradients_of_a_loss_that_are_read": """
        import torch
        def train(model, loader):
            opt = torch.optim.Adam(model.parameters())
            for x, y in loader:
                opt.zero_grad()
                (model(x) - x).square().mean().backward()
                kept = [p.grad.clone() for p in model.parameters()]
                opt.zero_grad()
                (model(y) - y).square().mean().backward()
                for p, g in zip(model.parameters(), kept):
                    p.grad += g
                opt.step()
        """,
    "gradients_of_the_generator_that_pass_through": """
        import torch
        def train(net_d, net_g, loader):
            opt_d = torch.optim.Adam(net_d.parameters())
            opt_g = torch.optim.Adam(net_g.parameters())
            for real, noise in loader:
                opt_g.zero_grad()
                fake = net_g(noise)
                net_d(fake).mean().backward()
                opt_d.zero_grad()
                (net_d(real).mean() - net_d(fake.detach()).mean()).backward()
                opt_d.step()
                opt_g.step()
        """,
}
