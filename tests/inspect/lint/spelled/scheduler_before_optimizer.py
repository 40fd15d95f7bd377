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
}
