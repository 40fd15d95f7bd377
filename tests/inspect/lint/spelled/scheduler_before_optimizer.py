"""Schedulers that step first, and such as step last."""

FIRES = {
    "in_the_batch_loop": """
        import torch
        def train(model, loader, optimizer, scheduler):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                scheduler.step()  # here
                optimizer.step()
        """,
    "first_thing_of_an_epoch": """
        import torch
        def main(model, loader):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            plan = torch.optim.lr_scheduler.StepLR(opt, step_size=30)
            for epoch in range(90):
                plan.step()  # here
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
        """,
    "before_a_function_that_trains": """
        import torch
        from torch.optim.lr_scheduler import CosineAnnealingLR
        def run_epoch(model, loader, opt):
            for x in loader:
                opt.zero_grad()
                model(x).backward()
                opt.step()
        def main(model, loader):
            opt = torch.optim.Adam(model.parameters())
            cosine = CosineAnnealingLR(opt, T_max=10)
            for epoch in range(10):
                cosine.step()  # here
                run_epoch(model, loader, opt)
        """,
    "attributes_of_self": """
        import torch
        class T:
            def __init__(self, model):
                self.rule = torch.optim.SGD(model.parameters(), lr=0.1)
                self.decay = torch.optim.lr_scheduler.ExponentialLR(self.rule, 0.9)
                self.model = model
            def fit(self, loader):
                for x in loader:
                    self.rule.zero_grad()
                    self.model(x).backward()
                    self.decay.step()  # here
                    self.rule.step()
        """,
    "of_each_in_a_list": """
        import torch
        from torch.optim import lr_scheduler as lrs
        a = torch.optim.SGD(net.parameters(), lr=0.1)
        scheds = [lrs.StepLR(a, 3), lrs.ExponentialLR(a, 0.9)]
        for epoch in range(9):
            for s in scheds:
                s.step()  # here
            for x in loader:
                a.zero_grad()
                net(x).mean().backward()
                a.step()
        """,
    "in_an_object_that_is_called": """
        import torch
        from torch import nn
        class Step:
            def __init__(self, model, opt, sched):
                self.model, self.opt, self.sched = model, opt, sched
            def __call__(self, x):
                self.opt.zero_grad()
                self.model(x).mean().backward()
                self.sched.step()  # here
                self.opt.step()
        net = nn.Linear(1, 1)
        o = torch.optim.SGD(net.parameters(), lr=0.1)
        step = Step(net, o, torch.optim.lr_scheduler.StepLR(o, 3))
        for x in loader:
            step(x)
        """,
    "made_by_a_factory": """
        import torch
        def make(opt):
            return torch.optim.lr_scheduler.LambdaLR(opt, lambda i: 1 / (i + 1))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        lr = make(opt)
        for x in loader:
            opt.zero_grad()
            net(x).mean().backward()
            lr.step()  # here
            opt.step()
        """,
    "a_class_that_derives_from_one": """
        import torch
        class Warm(torch.optim.lr_scheduler.LRScheduler):
            def get_lr(self):
                return [rate * min(1, self.last_epoch / 100) for rate in self.base_lrs]
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        scheduler = Warm(opt)
        for x in loader:
            opt.zero_grad()
            net(x).mean().backward()
            scheduler.step()  # here
            opt.step()
        """,
    "under_accelerate": """
        import torch
        from accelerate import Accelerator
        acc = Accelerator()
        model, opt, lrs, loader = acc.prepare(model, opt, lrs, loader)
        opt = acc.prepare(torch.optim.SGD(model.parameters(), lr=0.1))
        lrs = acc.prepare(torch.optim.lr_scheduler.StepLR(opt, 3))
        for x in loader:
            opt.zero_grad()
            acc.backward(model(x).mean())
            lrs.step()  # here
            opt.step()
        """,
}

SILENT = {
    "after": """
        import torch
        def train(model, loader, optimizer, scheduler):
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
                scheduler.step()
        """,
    "after_the_epoch": """
        import torch
        def train(model, loader, optimizer, scheduler):
            for epoch in range(3):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                scheduler.step()
        """,
    "told_the_epoch": """
        import torch
        def train(model, loader, optimizer, scheduler):
            for epoch in range(3):
                scheduler.step(epoch)
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
        """,
    "guarded": """
        import torch
        def train(model, loader, optimizer, scheduler):
            for epoch in range(3):
                if epoch > 0:
                    scheduler.step()
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
        """,
    "a_diffusion_scheduler": """
        import torch
        def train(model, loader, optimizer, scheduler):
            for x in loader:
                optimizer.zero_grad()
                noisy = scheduler.step(model(x), 3, x)
                noisy.mean().backward()
                optimizer.step()
        """,
    "after_each_in_a_loop_of_two": """
        import torch
        a = torch.optim.SGD(net.parameters(), lr=0.1)
        b = torch.optim.SGD(other.parameters(), lr=0.1)
        sa, sb = torch.optim.lr_scheduler.StepLR(a, 3), torch.optim.lr_scheduler.StepLR(b, 3)
        for x in loader:
            for opt, sched in zip((a, b), (sa, sb)):
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                sched.step()
        """,
    "callbacks_after_the_epoch": """
        import torch
        class Sched:
            def __init__(self, s):
                self.s = s
            def ends(self):
                self.s.step()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        callbacks = [Sched(torch.optim.lr_scheduler.StepLR(opt, 3))]
        for epoch in range(9):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
            for c in callbacks:
                c.ends()
        """,
    "a_class_that_sets_the_rate_of_the_coming_update": """
        import torch
        class Warm:
            def __init__(self, optimizer):
                self.optimizer, self.count = optimizer, 0
            def step(self):
                self.count += 1
                for group in self.optimizer.param_groups:
                    group["lr"] = 1e-3 * min(1, self.count / 100)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        scheduler = Warm(opt)
        for x in loader:
            opt.zero_grad()
            net(x).mean().backward()
            scheduler.step()
            opt.step()
        """,
}
