"""NomicBERT of the transformers package, with its tensors under the names that the published weights have."""
import torch
from transformers import NomicBertConfig, NomicBertModel


def nomic_model(shape, rotary_base):
    """A model of this shape (names as in BertConfig)."""
    config = NomicBertConfig(**shape, rope_parameters=dict(rope_type="default", rope_theta=rotary_base))
    return NomicBertModel(config).eval()


def stored_tensors(model):
    """(published name, tensor that can be written in place) of every weight; queries, keys and values become views of one."""
    yield "embeddings.word_embeddings.weight", model.embeddings.word_embeddings.weight
    yield "embeddings.token_type_embeddings.weight", model.embeddings.token_type_embeddings.weight
    yield "emb_ln.weight", model.embeddings.LayerNorm.weight
    yield "emb_ln.bias", model.embeddings.LayerNorm.bias
    for index, layer in enumerate(model.layers):
        prefix, attention = f"encoder.layers.{index}.", layer.self_attn
        projections = [attention.q_proj, attention.k_proj, attention.v_proj]
        stacked = torch.cat([projection.weight for projection in projections])
        rows = len(stacked) // 3
        for number, projection in enumerate(projections):
            projection.weight.data = stacked.data[number * rows : (number + 1) * rows]
        yield prefix + "attn.Wqkv.weight", stacked
        yield prefix + "attn.out_proj.weight", attention.o_proj.weight
        yield prefix + "mlp.fc11.weight", layer.mlp.up_proj.weight
        yield prefix + "mlp.fc12.weight", layer.mlp.gate_proj.weight
        yield prefix + "mlp.fc2.weight", layer.mlp.down_proj.weight
        for number, norm in ((1, layer.post_attention_layernorm), (2, layer.post_mlp_layernorm)):
            yield f"{prefix}norm{number}.weight", norm.weight
            yield f"{prefix}norm{number}.bias", norm.bias
