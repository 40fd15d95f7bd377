"""Loops that tell nothing, and such as tell."""

_LOOP = """
        import torch
        {first}
        for epoch in range(9):{mark}
            for x, y in loader:
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(x), y)
                loss.backward()
                optimizer.step()
                {end}
        """

FIRES = {
    "from_the_top": _LOOP.format(first="", mark="  # here", end="pass"),
    "with_a_schedule": _LOOP.format(
        first="scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)",
        mark="  # here",
        end="scheduler.step()",
    ),
    "in_a_function": """
        import torch
        def train(model, loader, optimizer):
            model.train()
            for x in loader:  # here
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
        """,
    "only_weights_are_saved": _LOOP.format(
        first="",
        mark="  # here",
        end="torch.save({'model': model.state_dict(), 'epoch': epoch}, 'last.pt')",
    ),
    "in_a_class": """
        import torch
        class T:
            def advance(self, x):
                self.optimizer.zero_grad()
                self.model(x).mean().backward()
                self.optimizer.step()
            def fit(self, loader):
                for _ in range(3):  # here
                    for x in loader:
                        self.advance(x)
                return self.model
        """,
}

SILENT = {
    "printed": _LOOP.format(first="", mark="", end="print(loss.item())"),
    "kept": _LOOP.format(first="losses = []", mark="", end="losses.append(loss.detach())"),
    "summed": _LOOP.format(first="mean = 0", mark="", end="mean += loss.detach()"),
    "told_elsewhere": _LOOP.format(first="from mine import tell", mark="", end="tell(loss)"),
    "returned": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
            return loss
        """,
    "kept_in_the_object": """
        import torch
        class T:
            def fit(self, loader):
                for x in loader:
                    self.optimizer.zero_grad()
                    loss = self.model(x).mean()
                    loss.backward()
                    self.optimizer.step()
                    self.last = loss.detach()
        """,
    "collected_elsewhere": _LOOP.format(
        first="seen = collector()", mark="", end="seen.add(loss.detach())"
    ),
    "the_last_loss_at_the_end": """
        import torch
        class T:
            def epoch(self, loader):
                for x in loader:
                    self.optimizer.zero_grad()
                    loss = self.model(x).mean()
                    loss.backward()
                    self.optimizer.step()
                self.rows.writerow([f"{loss.item():.5f}"])
        """,
    "in_a_test_that_asserts_what_came_of_it": """
        import torch
        def test_one_batch_is_learned(model, batch):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            first = model(batch).mean().item()
            for _ in range(100):
                optimizer.zero_grad()
                model(batch).mean().backward()
                optimizer.step()
            assert model(batch).mean().item() < first
        """,
}
