"""Graphs that are kept for nothing, and such as are used again."""

FIRES = {
    "alone": """
        import torch
        def train(model, loader, optimizer):
            for x, y in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward(retain_graph=True)  # here
                optimizer.step()
        """,
    "scaled": """
        import torch
        for x in loader:
            optimizer.zero_grad()
            loss = model(x).mean()
            scaler.scale(loss).backward(retain_graph=True)  # here
            scaler.step(optimizer)
            scaler.update()
        """,
    "in_a_method": """
        import torch
        class T:
            def advance(self, x):
                self.optimizer.zero_grad()
                self.model(x).sum().backward(None, True)  # here
                self.optimizer.step()
            def fit(self, loader):
                for x in loader:
                    self.advance(x)
        """,
}

SILENT = {
    "twice": """
        import torch
        for x in loader:
            out = model(x)
            optimizer.zero_grad()
            first(out).backward(retain_graph=True)
            second(out).backward()
            optimizer.step()
        """,
    "forward_outside": """
        import torch
        out = model(x)
        for step in range(3):
            optimizer.zero_grad()
            (out * w).sum().backward(retain_graph=True)
            optimizer.step()
        """,
    "switched_off": """
        import torch
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward(retain_graph=False)
            optimizer.step()
        """,
    "gradient_again": """
        import torch
        for x in loader:
            loss = model(x).mean()
            optimizer.zero_grad()
            loss.backward(retain_graph=True)
            g = torch.autograd.grad(loss, inputs)
            optimizer.step()
        """,
    "for_each_of_several": """
        import torch
        for x in loader:
            optimizer.zero_grad()
            for loss in model(x):
                loss.backward(retain_graph=True)
            optimizer.step()
        """,
}
