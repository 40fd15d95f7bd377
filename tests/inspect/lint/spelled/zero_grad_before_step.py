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
}
