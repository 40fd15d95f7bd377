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
}
