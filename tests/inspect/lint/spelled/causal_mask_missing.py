"""Attention to the future where it is predicted, and attention that is masked or may see it."""

_SHIFT = """
        def loss(model, x):
            logits = model(x[:, :-1])
            return F.cross_entropy(logits.transpose(1, 2), x[:, 1:])
        """

FIRES = {
    "mask-off-by-one": """
        import torch
        import torch.nn.functional as F
        def attend(q, k, v, length):
            later = torch.ones(length, length, dtype=torch.bool).triu(diagonal=2)  # here
            scores = (q @ k.transpose(-2, -1) / 8).masked_fill(later, -1e9)
            return F.softmax(scores, dim=-1) @ v
        """
    + _SHIFT,
    "lower-triangle-with-the-next": """
        import torch
        import torch.nn.functional as F
        def attend(q, k, v, length):
            seen = torch.tril(torch.ones(length, length), 1)  # here
            scores = (q @ k.transpose(-2, -1) / 8).masked_fill(seen == 0, -1e9)
            return F.softmax(scores, dim=-1) @ v
        """
    + _SHIFT,
    "fused": """
        import torch
        import torch.nn.functional as F
        class Attention(torch.nn.Module):
            def forward(self, q, k, v):
                return F.scaled_dot_product_attention(q, k, v)  # here
        """
    + _SHIFT,
    "module": """
        import torch
        import torch.nn.functional as F
        class Block(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.attn = torch.nn.MultiheadAttention(8, 2, batch_first=True)
            def forward(self, x):
                return self.attn(x, x, x)[0]  # here
        """
    + _SHIFT,
    "encoder": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class LM(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 2)
            def forward(self, x):
                return self.body(x)  # here
        """
    + _SHIFT,
    "own_softmax": """
        import torch
        import torch.nn.functional as F
        def attend(q, k, v):
            scores = q @ k.transpose(-2, -1) / 8
            return F.softmax(scores, dim=-1) @ v  # here
        """
    + _SHIFT,
    "decoder": """
        import torch
        import torch.nn.functional as F
        class Translator(torch.nn.Module):
            def __init__(self):
                super().__init__()
                layer = torch.nn.TransformerDecoderLayer(8, 2)
                self.dec = torch.nn.TransformerDecoder(layer, 2)
            def forward(self, x, memory):
                return self.dec(x, memory)  # here
        """
    + _SHIFT,
    "rolled_by_one": """
        import torch, torch.nn.functional as F
        def step(model, tokens):
            targets = tokens.roll(-1, 1)
            return model(tokens), targets
        def attend(q, k, v):
            return F.scaled_dot_product_attention(q, k, v)  # here
        """,
    "off_by_a_setting": """
        import torch, torch.nn.functional as F
        from dataclasses import dataclass
        @dataclass
        class Cfg:
            causal: bool = False
        class A(torch.nn.Module):
            def __init__(self, cfg: Cfg):
                super().__init__()
                self.causal = cfg.causal
            def forward(self, q, k, v):
                return F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)  # here
        def loss(m, ids):
            return F.cross_entropy(m(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        """,
    "flash_attention": """
        import torch.nn.functional as F
        from flash_attn import flash_attn_func
        def attend(q, k, v):
            return flash_attn_func(q, k, v)  # here
        def loss(m, ids):
            return F.cross_entropy(m(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        """,
    "an_attention_layer": """
        import torch
        from torch import nn
        class Block(nn.Module):
            def __init__(self, d, h):
                super().__init__()
                self.attn = nn.MultiheadAttention(d, h, batch_first=True)
            def forward(self, x):
                return x + self.attn(x, x, x, need_weights=False)[0]  # here
        def loss(model, batch):
            inp, tgt = batch[:, :-1], batch[:, 1:]
            return nn.functional.cross_entropy(model(inp).transpose(1, 2), tgt)
        """,
    "layers_by_number": """
        import torch
        from torch import nn
        class LM(nn.Module):
            def __init__(self, v, d):
                super().__init__()
                self.tok = nn.Embedding(v, d)
                self.layers = nn.ModuleList([nn.TransformerEncoderLayer(d, 4) for _ in range(3)])
                self.head = nn.Linear(d, v)
            def forward(self, ids):
                h = self.tok(ids)
                for i, layer in enumerate(self.layers):
                    h = layer(h)  # here
                return self.head(h)
        def loss(model, ids):
            flat = model(ids[:, :-1]).flatten(0, 1)
            return nn.functional.cross_entropy(flat, ids[:, 1:].flatten())
        """,
    "windows_of_a_line_under_any_name": """
        import torch
        from torch.nn import functional as F
        def batch(d, n):
            ix = torch.randint(len(d) - n, (8,))
            x = torch.stack([d[i:i + n] for i in ix])
            return x, torch.stack([d[i + 1:i + n + 1] for i in ix])
        def attend(q, k, v):
            scores = (q @ k.transpose(-2, -1)) * 0.1
            return F.softmax(scores, dim=-1) @ v  # here
        """,
    "a_softmax_that_was_built": """
        import torch
        from torch import nn
        def batch(d, n, i):
            return d[i:i + n], d[i + 1:i + 1 + n]
        class Attention(nn.Module):
            def __init__(self):
                super().__init__()
                self.softmax = nn.Softmax(dim=-1)
            def forward(self, q, k, v):
                return self.softmax(q @ k.transpose(-2, -1)) @ v  # here
        """,
    "things_that_take_turns": """
        import torch
        from torch import nn
        class Decision(nn.Module):
            def __init__(self, d):
                super().__init__()
                self.attn = nn.MultiheadAttention(d, 4, batch_first=True)
                self.g, self.s, self.a = nn.Linear(1, d), nn.Linear(9, d), nn.Linear(3, d)
                self.out = nn.Linear(d, 3)
            def forward(self, g, s, a):
                b, n = s.shape[:2]
                x = torch.stack([self.g(g), self.s(s), self.a(a)], dim=2).flatten(1, 2)
                x, _ = self.attn(x, x, x, need_weights=False)  # here
                return self.out(x.view(b, n, 3, -1)[:, :, 1])
        def loss(model, g, s, a):
            return (model(g, s, a) - a).square().mean()
        """,
}

SILENT = {
    "causal": """
        import torch
        import torch.nn.functional as F
        def attend(q, k, v):
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        """
    + _SHIFT,
    "masked": """
        import torch
        import torch.nn.functional as F
        def attend(q, k, v, keep):
            scores = (q @ k.transpose(-2, -1)).masked_fill(~keep, -1e9)
            return F.softmax(scores, dim=-1) @ v
        """
    + _SHIFT,
    "classifies": """
        import torch
        import torch.nn.functional as F
        def attend(q, k, v):
            return F.scaled_dot_product_attention(q, k, v)
        """,
    "to_another": """
        import torch
        import torch.nn.functional as F
        class Cross(torch.nn.Module):
            def forward(self, q, memory):
                return F.scaled_dot_product_attention(q, memory, memory)
        """
    + _SHIFT,
    "masked_decoder": """
        import torch
        import torch.nn.functional as F
        class Translator(torch.nn.Module):
            def __init__(self, mask):
                super().__init__()
                self.core = torch.nn.Transformer(8, 2)
                self.mask = mask
            def forward(self, x, y):
                return self.core(x, y, tgt_mask=self.mask)
        """
    + _SHIFT,
    "on_by_a_setting": """
        import torch, torch.nn.functional as F
        class A(torch.nn.Module):
            def __init__(self, causal=True):
                super().__init__()
                self.causal = causal
            def forward(self, q, k, v):
                return F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        def loss(m, ids):
            return F.cross_entropy(m(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        """,
    "flash_attention_that_is_causal": """
        import torch.nn.functional as F
        from flash_attn import flash_attn_func
        def attend(q, k, v):
            return flash_attn_func(q, k, v, causal=True)
        def loss(m, ids):
            return F.cross_entropy(m(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        """,
    "an_autoencoder": """
        import torch.nn.functional as F
        def attend(q, k, v):
            return F.scaled_dot_product_attention(q, k, v)
        def loss(m, x):
            return F.mse_loss(m(x), x)
        """,
    "an_autoencoder_of_patches": """
        import torch
        from torch import nn
        from torch.nn import functional as F
        class Attention(nn.Module):
            def forward(self, x):
                b, n, d = x.shape
                q, k, v = self.qkv(x).reshape(b, n, 3, d).unbind(2)
                return F.scaled_dot_product_attention(q, k, v)
        def loss(model, x):
            return F.mse_loss(model(x), x)
        views = torch.stack([left, right], dim=1).flatten(0, 1)
        """,
    "windows_of_a_line_beside_each_other": """
        import torch
        from torch.nn import functional as F
        def batch(d, n, i):
            return d[i:i + n], d[i + n:i + 2 * n]
        def attend(q, k, v):
            return F.softmax(q @ k.transpose(-2, -1), dim=-1) @ v
        """,
}
