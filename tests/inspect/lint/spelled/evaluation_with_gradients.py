"""Held-out batches with gradients recorded, and without."""

FIRES = {
    "in_the_epoch": """
        import torch
        def fit(model, train_loader, val_loader, optimizer):
            for epoch in range(3):
                model.train()
                for x in train_loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                model.eval()
                for x in val_loader:  # here
                    model(x)
        """,
    "in_a_function": """
        import torch
        def evaluate(net, loader, criterion):
            net.eval()
            total = 0.0
            for x, y in loader:  # here
                total += criterion(net(x), y).item()
            return total
        """,
    "attributes_of_self": """
        import torch
        class T:
            def test(self):
                self.model.eval()
                right = 0
                for x, y in self.test_loader:  # here
                    right += (self.model(x).argmax(1) == y).sum().item()
                return right
        """,
}

SILENT = {
    "block": """
        import torch
        def evaluate(model, val_loader):
            model.eval()
            with torch.no_grad():
                for x in val_loader:
                    model(x)
        """,
    "block_inside": """
        import torch
        def evaluate(model, val_loader):
            model.eval()
            for x in val_loader:
                with torch.inference_mode():
                    model(x)
        """,
    "decorator": """
        import torch
        @torch.no_grad()
        def evaluate(model, val_loader):
            model.eval()
            for x in val_loader:
                model(x)
        """,
    "a_caller_has_it": """
        import torch
        def evaluate(model, val_loader):
            model.eval()
            for x in val_loader:
                model(x)
        def main(model, val_loader):
            with torch.no_grad():
                evaluate(model, val_loader)
        """,
    "a_context_of_another_file": """
        import torch
        from elsewhere import eval_mode
        def evaluate(model, val_loader):
            model.eval()
            with eval_mode(model):
                for x in val_loader:
                    model(x)
        """,
    "an_attack": """
        import torch
        def evaluate(model, test_loader):
            model.eval()
            for x, y in test_loader:
                x.requires_grad_(True)
                g = torch.autograd.grad(model(x).sum(), x)
        """,
    "switched_off_for_all": """
        import torch
        torch.set_grad_enabled(False)
        model.eval()
        for x in val_loader:
            model(x)
        """,
}
