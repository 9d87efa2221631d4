"""Tiny BERT and NomicBERT encoders with seeded random weights and transformers' outputs for them, in one file each.

    python encoder_tiny.py ../../Tests/EncodersTests/Resources

Needs torch, transformers and safetensors. Weights are rounded to the type they are stored in before the reference runs, so the file holds
exactly what was computed with. Widths, head sizes, pooling, stored types and the `bert.` prefix differ from one to the next.
"""
import sys

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from nomic import nomic_model, stored_tensors

VARIANTS = {
    "tiny-mean": dict(hidden=64, layers=2, heads=4, wide=96, vocabulary=119, positions=48, pooling="mean",
                      dtype=torch.bfloat16, prefix="", epsilon=1e-12),
    "tiny-cls": dict(hidden=96, layers=1, heads=3, wide=112, vocabulary=101, positions=80, pooling="cls",
                     dtype=torch.float16, prefix="bert.", epsilon=1e-6),
    "tiny-wide-head": dict(hidden=64, layers=1, heads=1, wide=48, vocabulary=77, positions=140, pooling="mean",
                           dtype=torch.float32, prefix="", epsilon=1e-12),
    "tiny-nomic": dict(hidden=64, layers=2, heads=2, wide=80, vocabulary=101, positions=150, pooling="mean",
                       dtype=torch.bfloat16, prefix="", epsilon=1e-12, rotary_base=1000.0),
}


def make(name, v, folder):
    torch.manual_seed(sum(map(ord, name)))
    shape = dict(
        hidden_size=v["hidden"], num_hidden_layers=v["layers"], num_attention_heads=v["heads"], intermediate_size=v["wide"],
        vocab_size=v["vocabulary"], max_position_embeddings=v["positions"], layer_norm_eps=v["epsilon"])
    is_nomic = "rotary_base" in v
    model = nomic_model(shape, v["rotary_base"]) if is_nomic else BertModel(BertConfig(**shape), add_pooling_layer=False).eval()
    tensors = {}
    with torch.no_grad():
        for key, value in stored_tensors(model) if is_nomic else model.state_dict().items():
            if not value.is_floating_point():
                continue
            # Larger than BERT's initial 0.02, so that attention is far from uniform and GELU far from linear.
            is_scale = value.dim() == 1 and key.endswith(".weight")
            is_norm = any(name in key for name in ("LayerNorm", "norm1", "norm2", "emb_ln"))
            value.copy_(torch.randn_like(value) * (0.1 if is_norm else 0.2) + (1 if is_scale else 0))
            stored = value.to(v["dtype"])
            value.copy_(stored.float())
            tensors[v["prefix"] + key] = stored
        longest = v["positions"]
        lengths = [n for n in (1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 64, 79, 130, longest) if n <= longest]
        ids, outputs = [], []
        for n in lengths:
            one = torch.randint(0, v["vocabulary"], (n,))
            hidden = model(one[None]).last_hidden_state[0]
            vector = hidden[0] if v["pooling"] == "cls" else hidden.mean(0)
            ids.append(one)
            outputs.append(vector / vector.norm())
    tensors["golden.ids"] = torch.cat(ids).to(torch.uint16)
    tensors["golden.offsets"] = torch.tensor([0] + lengths).cumsum(0).to(torch.int32)
    tensors["golden.embeddings"] = torch.stack(outputs)
    save_file(tensors, f"{folder}/{name}.safetensors")


for name, variant in VARIANTS.items():
    make(name, variant, sys.argv[1])
