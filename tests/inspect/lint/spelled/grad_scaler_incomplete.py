"""Scalers that are half used, and such as are used as they should be."""

FIRES = {
    "not_updated": """
        import torch
        def train(model, loader, optimizer):
            scaler = torch.amp.GradScaler("cuda")
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)  # here
        """,
    "optimizer_steps": """
        import torch
        scaler = torch.cuda.amp.GradScaler()
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                scaler.scale(loss).backward()
                optimizer.step()  # here
                scaler.update()
        """,
    "not_updated_in_a_class": """
        import torch
        class T:
            def __init__(self, model):
                self.model = model
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                self.scaler = torch.amp.GradScaler()
            def advance(self, loss):
                self.scaler.scale(loss).backward()
                self.scaler.step(self.optimizer)  # here
                self.optimizer.zero_grad()
            def fit(self, loader):
                for x in loader:
                    self.advance(self.model(x))
        """,
}

SILENT = {
    "complete": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)
                scaler.update()
        """,
    "no_scaler_where_off": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                if scaler is not None:
                    scaler.scale(model(x)).backward()
                    scaler.step(optimizer)
                    scaler.update()
                else:
                    model(x).backward()
                    optimizer.step()
        """,
    "updated_out_of_sight": """
        import torch
        from elsewhere import advance
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)
                advance(scaler)
        """,
    "features_are_scaled": """
        import torch
        from sklearn.preprocessing import StandardScaler
        def train(model, loader, optimizer):
            scaler = StandardScaler()
            for x in loader:
                optimizer.zero_grad()
                model(scaler.scale(x)).backward()
                optimizer.step()
        """,
}
