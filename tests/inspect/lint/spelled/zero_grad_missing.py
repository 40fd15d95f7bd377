"""Loops that never clear gradients, and loops that do, in many spellings."""

FIRES = {
    "of-the-last-optimizer-alone": """
        def train(model, loader, optimizers, loss_fn):
            for x, y in loader:
                loss_fn(model(x), y).backward()
                for optimizer in optimizers:
                    optimizer.step()
                optimizer.zero_grad()  # here
        """,
    "phases": """
        import torch
        from torch.optim import Adam
        def train(model, dataloaders, num_epochs=25):
            optimizer = Adam(
                [{"params": model.features.parameters()}, {"params": model.fc.parameters()}]
            )
            for epoch in range(num_epochs):
                for phase in ["train", "val"]:
                    for inputs, labels in dataloaders[phase]:
                        with torch.set_grad_enabled(phase == "train"):
                            outputs = model(inputs)
                            loss = torch.nn.functional.cross_entropy(outputs, labels)
                            if phase == "train":
                                loss.backward()  # here
                                optimizer.step()
        """,
    "a_weight_by_hand": """
        import torch
        w = torch.zeros(3, requires_grad=True)
        opt = torch.optim.SGD([w], lr=0.1)
        for t in range(100):
            pred = X @ w
            ((pred - y) ** 2).mean().backward()  # here
            opt.step()
        """,
    "private_attributes": """
        from typing import Iterable
        import torch as th
        from torch import Tensor, nn

        class Fitter:
            def __init__(self, net: nn.Module, lr: float) -> None:
                self.net = net
                self.params = list(net.parameters())
                self._opt = th.optim.SGD(self.params, lr=lr)
            def _forward(self, xb: Tensor, yb: Tensor) -> Tensor:
                return nn.functional.mse_loss(self.net(xb), yb)
            def _update(self, err: Tensor) -> None:
                err.backward()  # here
                self._opt.step()
            def run(self, batches: Iterable, epochs: int) -> None:
                for _ in range(epochs):
                    for xb, yb in batches:
                        err = self._forward(xb, yb)
                        self._update(err)
        """,
    "one_of_two_optimizers": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 2), nn.Linear(2, 1)
        opt_g = torch.optim.Adam(g.parameters())
        opt_d = torch.optim.Adam(d.parameters())
        for x in loader:
            x = x.cuda()
            d(x).mean().backward()  # here
            opt_d.step()
            opt_g.zero_grad()
            d(g(x)).mean().backward()
            opt_g.step()
        """,
    "plain": """
        import torch
        def train(model, loader, optimizer, criterion):
            for x, y in loader:
                loss = criterion(model(x), y)
                loss.backward()  # here
                optimizer.step()
        """,
    "at_the_top": """
        import torch
        model = torch.nn.Linear(1, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(100):
            torch.nn.functional.mse_loss(model(x), y).backward()  # here
            opt.step()
        """,
    "cleared_each_epoch_alone": """
        import torch
        def fit(net, data, epochs):
            adam = torch.optim.Adam(net.parameters())
            for epoch in range(epochs):
                adam.zero_grad()
                for batch in data:
                    loss = net(batch).mean()
                    loss.backward()  # here
                    adam.step()
        """,
    "attributes_of_self": """
        import torch
        class Trainer:
            def __init__(self, model):
                self.model = model
                self.updater = torch.optim.AdamW(model.parameters())
            def run(self, loader):
                for batch in loader:
                    self.model(batch).loss.backward()  # here
                    self.updater.step()
        """,
    "in_a_function_of_the_file": """
        import torch
        def advance(model, rule, batch):
            loss = model(batch).sum()
            loss.backward()  # here
            rule.step()
        def main(model, loader):
            chosen = torch.optim.RMSprop(model.parameters())
            for batch in loader:
                advance(model, chosen, batch)
        """,
    "gradient_scaler": """
        import torch
        scaler = torch.amp.GradScaler("cuda")
        def train(model, loader, optimizer):
            for x, y in loader:
                with torch.autocast("cuda"):
                    loss = model(x, y)
                scaler.scale(loss).backward()  # here
                scaler.step(optimizer)
                scaler.update()
        """,
    "while": """
        from torch.optim import Adam
        def train(model, batches):
            o = Adam(model.parameters())
            while True:
                batch = next(batches)
                loss = model(batch)
                loss.backward()  # here
                o.step()
        """,
    "made_by_a_function": """
        import torch
        def make(model):
            return torch.optim.SGD(model.parameters(), lr=0.1)
        def train(model, loader):
            rule = make(model)
            for batch in loader:
                model(batch).backward()  # here
                rule.step()
        """,
    "method_by_another_name": """
        import torch
        def train(model, loader, optimizer):
            update = optimizer.step
            for batch in loader:
                model(batch).backward()  # here
                update()
        """,
    "moved_by_data": """
        import torch
        w = torch.zeros(3, requires_grad=True)
        for x, y in loader:
            loss = ((x @ w - y) ** 2).mean()
            loss.backward()  # here
            w.data.sub_(0.1 * w.grad)
        """,
    "an_object_that_is_called": """
        import torch
        from torch import nn
        class Update:
            def __init__(self, model, optimizer):
                self.model, self.optimizer = model, optimizer
            def __call__(self, x):
                loss = self.model(x).mean()
                loss.backward()  # here
                self.optimizer.step()
                return loss.item()
        net = nn.Linear(2, 1)
        update = Update(net, torch.optim.SGD(net.parameters(), lr=0.1))
        for x in loader:
            print(update(x))
        """,
    "by_hand_over_parameters": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        model = nn.Linear(2, 1)
        for x, y in loader:
            loss = F.mse_loss(model(x), y)
            loss.backward()  # here
            with torch.no_grad():
                for p in model.parameters():
                    p.add_(p.grad, alpha=-0.1)
        """,
    "a_method_that_a_subclass_has_anew": """
        import torch
        class Runner:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
            def update(self, x):
                self.opt.zero_grad()
                self.model(x).mean().backward()
                self.opt.step()
            def fit(self, loader):
                for x in loader:
                    self.update(x)
        class Squared(Runner):
            def update(self, x):
                loss = self.model(x).square().mean()
                loss.backward()  # here
                self.opt.step()
        """,
    "an_abstract_method": """
        import torch
        class Runner:
            def fit(self, loader):
                for x in loader:
                    self.one(x)
            def one(self, x):
                raise NotImplementedError
        class Squared(Runner):
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
            def one(self, x):
                loss = self.model(x).square().mean()
                loss.backward()  # here
                self.opt.step()
        """,
    "a_step_that_another_function_makes": """
        import torch
        def make_step(model, opt):
            def step(x):
                loss = model(x).mean()
                loss.backward()  # here
                opt.step()
                return loss.detach()
            return step
        def main(model, loader):
            opt = torch.optim.Adam(model.parameters())
            step = make_step(model, opt)
            for x in loader:
                step(x)
        """,
    "a_method_that_is_compiled": """
        import torch
        class Trainer:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
                self.update = torch.compile(self.one)
            def one(self, x):
                self.model(x).mean().backward()  # here
                self.opt.step()
            def fit(self, loader):
                for x in loader:
                    self.update(x)
        """,
}

SILENT = {
    "each-of-several-optimizers": """
        def train(model, loader, optimizers, loss_fn):
            for x, y in loader:
                loss_fn(model(x), y).backward()
                for optimizer in optimizers:
                    optimizer.step()
                for optimizer in optimizers:
                    optimizer.zero_grad()
        """,
    "two_optimizers_and_the_model_of_one": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 2), nn.Linear(2, 1)
        opt_g = torch.optim.Adam(g.parameters())
        opt_d = torch.optim.Adam(d.parameters())
        for x in loader:
            d.zero_grad()
            d(x).mean().backward()
            opt_d.step()
            opt_g.zero_grad()
            d(g(x)).mean().backward()
            opt_g.step()
        """,
    "cleared_by_the_optimizer": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad(set_to_none=True)
                model(x).backward()
                optimizer.step()
        """,
    "cleared_by_the_model": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                optimizer.step()
                model.zero_grad()
        """,
    "cleared_by_hand": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                optimizer.step()
                for p in model.parameters():
                    p.grad = None
        """,
    "cleared_in_place": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                optimizer.step()
                for p in model.parameters():
                    p.grad.zero_()
        """,
    "cleared_in_a_function": """
        import torch
        def clear(opt):
            opt.zero_grad()
        def train(model, loader, optimizer):
            for x in loader:
                clear(optimizer)
                model(x).backward()
                optimizer.step()
        """,
    "cleared_every_few_steps": """
        import torch
        def train(model, loader, optimizer):
            for i, x in enumerate(loader):
                (model(x) / 4).backward()
                if i % 4 == 3:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "handed_out_of_sight": """
        import torch
        from hooks import before
        def train(model, loader, optimizer):
            for x in loader:
                before(optimizer)
                model(x).backward()
                optimizer.step()
        """,
    "method_of_a_base_out_of_sight": """
        import torch
        from elsewhere import Base
        class Mine(Base):
            def run(self, loader):
                for x in loader:
                    self.begin()
                    self.model(x).backward()
                    self.optimizer.step()
        """,
    "a_single_pass": """
        import torch
        def test(model, loader, optimizer):
            for x in loader:
                model(x).backward()
                optimizer.step()
                break
        """,
    "made_anew": """
        import torch
        def search(loader):
            for lr in (1e-3, 1e-2):
                model = torch.nn.Linear(1, 1)
                optimizer = torch.optim.SGD(model.parameters(), lr=lr)
                model(x).backward()
                optimizer.step()
        """,
    "an_environment_steps": """
        import torch
        def play(env, agent):
            for _ in range(10):
                loss = agent.loss(env.step(0))
                loss.backward()
        """,
    "closure": """
        import torch
        def fit(model, x):
            optimizer = torch.optim.LBFGS(model.parameters())
            def closure():
                optimizer.zero_grad()
                loss = model(x).sum()
                loss.backward()
                return loss
            for _ in range(20):
                optimizer.step(closure)
        """,
    "deepspeed": """
        import torch, deepspeed
        def train(model_engine, loader):
            for x in loader:
                loss = model_engine(x)
                model_engine.backward(loss)
                model_engine.step()
        """,
    "by_hand_and_cleared": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        model = nn.Linear(2, 1)
        for x, y in loader:
            loss = F.mse_loss(model(x), y)
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 0.1 * p.grad
                    p.grad = None
        """,
    "a_new_leaf_each_time": """
        import torch
        for x in loader:
            x = x.clone().requires_grad_(True)
            net(x).mean().backward()
            with torch.no_grad():
                x -= 0.1 * x.grad
        """,
    "cleared_by_a_callback": """
        import torch
        from torch import nn
        class Clear:
            def after_step(self, run):
                run.optimizer.zero_grad()
        class Run:
            def __init__(self, model, callbacks):
                self.model, self.callbacks = model, callbacks
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            def fit(self, loader):
                for x in loader:
                    self.model(x).mean().backward()
                    self.optimizer.step()
                    for c in self.callbacks:
                        c.after_step(self)
        Run(nn.Linear(1, 1), [Clear()]).fit(loader)
        """,
    "several_cleared_in_a_loop": """
        import torch
        from torch import nn
        g, d = nn.Linear(1, 1), nn.Linear(1, 1)
        opts = [torch.optim.SGD(g.parameters(), lr=0.1), torch.optim.SGD(d.parameters(), lr=0.1)]
        for x in loader:
            for o in opts:
                o.zero_grad()
            (g(x) + d(x)).mean().backward()
            for o in opts:
                o.step()
        """,
    "a_method_of_a_subclass_that_goes_through_its_base": """
        import torch
        class Runner:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
            def before(self):
                self.opt.zero_grad()
            def update(self, x):
                self.before()
                self.model(x).mean().backward()
                self.opt.step()
            def fit(self, loader):
                for x in loader:
                    self.update(x)
        class Squared(Runner):
            def before(self):
                super().before()
                print("next")
        """,
    "a_caller_that_clears_for_the_subclass": """
        import torch
        class Runner:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
            def update(self, x):
                self.model(x).mean().backward()
                self.opt.step()
            def fit(self, loader):
                for x in loader:
                    self.opt.zero_grad()
                    self.update(x)
        class Squared(Runner):
            def update(self, x):
                self.model(x).square().mean().backward()
                self.opt.step()
        """,
    "a_step_that_clears_where_it_is_called": """
        import torch
        def make_step(model, opt):
            def step(x):
                model(x).mean().backward()
                opt.step()
            return step
        def main(model, loader):
            opt = torch.optim.Adam(model.parameters())
            step = make_step(model, opt)
            for x in loader:
                opt.zero_grad()
                step(x)
        """,
    "a_method_that_clears_and_is_compiled": """
        import torch
        class Trainer:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(model.parameters())
                self.update = torch.compile(self.one)
            def one(self, x):
                self.opt.zero_grad()
                self.model(x).mean().backward()
                self.opt.step()
            def fit(self, loader):
                for x in loader:
                    self.update(x)
        """,
}
