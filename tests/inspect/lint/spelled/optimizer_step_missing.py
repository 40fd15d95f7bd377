"""Optimizers that never step, and such as step somewhere."""

FIRES = {
    "made_in_a_method": """
        import torch
        class LitLike:
            def configure(self):
                self.optim = torch.optim.Adam(self.net.parameters(), lr=3e-4)
            def train_loop(self):
                self.configure()
                for i, (a, b) in enumerate(self.loader):
                    self.optim.zero_grad()
                    l = self.loss(self.net(a), b)
                    l.backward()  # here
                    if i % 100 == 0:
                        print(i, l.item())
        """,
    "one_of_two_optimizers": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 2), nn.Linear(2, 1)
        opt_g = torch.optim.Adam(g.parameters())
        opt_d = torch.optim.Adam(d.parameters())
        for x in loader:
            opt_d.zero_grad()
            d(x).mean().backward()  # here
            print(x)
            opt_g.zero_grad()
            d(g(x)).mean().backward()
            opt_g.step()
        """,
    "cleared_alone": """
        import torch
        def train(model, loader, optimizer, criterion):
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()  # here
        """,
    "made_and_forgotten": """
        import torch
        def train(model, loader):
            rule = torch.optim.AdamW(model.parameters(), lr=1e-3)
            for epoch in range(3):
                for x in loader:
                    model.zero_grad()
                    model(x).backward()  # here
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        """,
    "a_scheduler_steps": """
        import torch
        model = torch.nn.Linear(1, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        sched = torch.optim.lr_scheduler.StepLR(opt, 10)
        for _ in range(100):
            opt.zero_grad()
            model(x).sum().backward()  # here
            sched.step()
        """,
    "attribute_of_self": """
        import torch
        class T:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
            def fit(self, loader):
                for x in loader:
                    self.opt.zero_grad()
                    self.model(x).backward()  # here
        """,
    "in_a_branch_that_prints": """
        import torch
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            if step % 40 == 0:
                print(step, loss.item())
                optimizer.step()  # here
        """,
    "an_attribute_without_a_call": """
        import torch
        from torch import nn
        model = nn.Linear(1, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:
            opt.zero_grad()
            model(x).mean().backward()  # here
            opt.step
        """,
    "a_closure_that_is_called": """
        import torch
        from torch import nn
        model = nn.Linear(1, 1)
        opt = torch.optim.LBFGS(model.parameters())
        def closure():
            opt.zero_grad()
            loss = model(data).mean()
            loss.backward()  # here
            return loss
        for i in range(100):
            print(closure().item())
        """,
    "only_the_scaler_updates": """
        import torch
        from torch import nn
        model = nn.Linear(1, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        scaler = torch.amp.GradScaler("cuda")
        for x in loader:
            opt.zero_grad()
            with torch.autocast("cuda"):
                loss = model(x).mean()
            scaler.scale(loss).backward()  # here
            scaler.update()
        """,
    "the_scheduler_steps_alone": """
        import torch
        from torch import nn
        model = nn.Linear(1, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        sched = torch.optim.lr_scheduler.StepLR(opt, 10)
        for x in loader:
            opt.zero_grad()
            model(x).mean().backward()  # here
            sched.step()
        """,
    "in_a_trainer": """
        import torch
        class Trainer:
            def __init__(self, model):
                self.model = model
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            def train_batch(self, x):
                self.optimizer.zero_grad()
                loss = self.model(x).mean()
                loss.backward()  # here
                return loss.item()
            def fit(self, loader):
                for x in loader:
                    print(self.train_batch(x))
        """,
    "ignite": """
        import torch
        from torch import nn
        from ignite.engine import Engine
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def step(engine, x):
            opt.zero_grad()
            loss = net(x).mean()
            loss.backward()  # here
            return loss.item()
        Engine(step).run(loader)
        """,
    "one_of_two_of_a_step_by_hand": """
        import lightning as L
        import torch
        class Gan(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.automatic_optimization = False
                self.gen, self.disc = torch.nn.Linear(8, 8), torch.nn.Linear(8, 1)
            def configure_optimizers(self):
                kind = torch.optim.Adam
                return kind(self.gen.parameters()), kind(self.disc.parameters())
            def training_step(self, batch, index):
                opt_g, opt_d = self.optimizers()
                self.toggle_optimizer(opt_g)
                opt_g.zero_grad()
                self.manual_backward(self.disc(self.gen(batch)).mean())  # here
                self.untoggle_optimizer(opt_g)
                opt_d.zero_grad()
                self.manual_backward(self.disc(batch).mean())
                opt_d.step()
        """,
    "one_of_two_that_a_function_makes": """
        import torch
        def build(a, b):
            return torch.optim.Adam(a.parameters()), torch.optim.Adam(b.parameters())
        def train(a, b, loader):
            opt_a, opt_b = build(a, b)
            for x in loader:
                opt_a.zero_grad()
                a(x).mean().backward()
                opt_a.step()
                opt_b.zero_grad()
                b(x).mean().backward()  # here
        """,
    "a_step_that_is_named_and_not_called": """
        import torch
        def train(model, loader, opt):
            for x in loader:
                opt.zero_grad()
                model(x).mean().backward()  # here
                opt.step
        """,
}

SILENT = {
    "a_method_mixed_in": """
        import torch
        class Update:
            def epoch(self):
                for self.batch in self.loader:
                    self.optimizer.zero_grad()
                    self.model(self.batch).backward()
                    self.optimizer_step()
        """,
    "a_base_of_another_file": """
        import torch
        from elsewhere import Base
        class Mine(Base):
            def epoch(self):
                for self.batch in self.loader:
                    self.optimizer.zero_grad()
                    self.model(self.batch).backward()
                    self.advance()
        """,
    "gradients_are_read": """
        import torch
        def importances(model, loader, optimizer):
            found = {}
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                for name, p in model.named_parameters():
                    found[name] = p.grad.clone() ** 2
            return found
        """,
    "two_optimizers": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 2), nn.Linear(2, 1)
        opt_g = torch.optim.Adam(g.parameters())
        opt_d = torch.optim.Adam(d.parameters())
        for x in loader:
            opt_d.zero_grad()
            d(x).mean().backward()
            opt_d.step()
            opt_g.zero_grad()
            d(g(x)).mean().backward()
            opt_g.step()
        """,
    "steps": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        """,
    "scaler_steps": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)
        """,
    "step_by_another_name": """
        import torch
        def train(model, loader, optimizer):
            update = optimizer.step
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                update()
        """,
    "steps_out_of_sight": """
        import torch
        from elsewhere import advance
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                advance(optimizer)
        """,
    "returned": """
        import torch
        def prepare(model, loader):
            optimizer = torch.optim.Adam(model.parameters())
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
            return model, optimizer
        """,
    "gradients_for_their_own_sake": """
        import torch
        def saliency(model, images):
            for x in images:
                model.zero_grad()
                model(x).max().backward()
                yield x.grad
        """,
    "accumulated": """
        import torch
        for step, (x, y) in enumerate(loader):
            loss = loss_fn(model(x), y) / 4
            loss.backward()
            if (step + 1) % 4 == 0:
                optimizer.step()
                optimizer.zero_grad()
        """,
    "skipped_where_it_is_not_finite": """
        import torch
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            if torch.isfinite(loss):
                optimizer.step()
        """,
    "stepped_by_a_hook": """
        import torch
        from torch import nn
        model = nn.Linear(1, 1)
        opts = {p: torch.optim.SGD([p], lr=0.1) for p in model.parameters()}
        def hook(p):
            opts[p].step()
            opts[p].zero_grad()
        for p in model.parameters():
            p.register_post_accumulate_grad_hook(hook)
        for x in loader:
            model(x).mean().backward()
        """,
    "stepped_by_a_callback": """
        import torch
        class Step:
            def after_backward(self, run):
                run.optimizer.step()
        class Run:
            def __init__(self, model, callbacks):
                self.model, self.callbacks = model, callbacks
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            def fit(self, loader):
                for x in loader:
                    self.optimizer.zero_grad()
                    self.model(x).mean().backward()
                    for c in self.callbacks:
                        c.after_backward(self)
        """,
    "an_accumulating_closure_of_lbfgs": """
        import torch
        from torch import nn
        model = nn.Linear(1, 1)
        opt = torch.optim.LBFGS(model.parameters())
        def closure():
            opt.zero_grad()
            loss = model(data).mean()
            loss.backward()
            return loss
        for i in range(100):
            opt.step(closure)
        """,
    "two_of_a_step_by_hand": """
        import lightning as L
        import torch
        class Gan(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.automatic_optimization = False
            def training_step(self, batch, index):
                opt_g, opt_d = self.optimizers()
                opt_g.zero_grad()
                self.manual_backward(self.disc(self.gen(batch)).mean())
                opt_g.step()
                opt_d.zero_grad()
                self.manual_backward(self.disc(batch).mean())
                opt_d.step()
        """,
    "a_step_that_is_handed_on": """
        import torch
        def train(model, loader, opt, run):
            for x in loader:
                opt.zero_grad()
                model(x).mean().backward()
                run(opt.step)
        """,
}
