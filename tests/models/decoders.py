"""The decoders of transformers that the tests run, as small as their architectures allow."""

from __future__ import annotations

from typing import Any

import torch
import transformers

VOCABULARY = 96
_COMMON = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "initializer_range": 0.2,  # at the usual 0.02 attention hardly matters, and all logits are near zero
}
_EXPERTS = {"moe_intermediate_size": 32, "num_experts_per_tok": 2}
_LATENT = {  # multi-head latent attention
    **_EXPERTS,
    "n_routed_experts": 4,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
    "kv_lora_rank": 16,
    "q_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 8,
    "num_key_value_heads": 4,
}
_ALTERNATING = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 4}
_STATE_SPACE = {"head_dim": 8, "num_heads": 8, "state_size": 8, "n_groups": 2, "chunk_size": 4}

# Class of the model, and what its configuration changes. Windows are shorter than what the tests generate.
DECODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("LlamaForCausalLM", {}),
    "qwen3": ("Qwen3ForCausalLM", {}),
    "mistral": ("MistralForCausalLM", {"sliding_window": 4}),
    "gemma2": ("Gemma2ForCausalLM", {**_ALTERNATING, "query_pre_attn_scalar": 8}),
    "gemma3": ("Gemma3ForCausalLM", {**_ALTERNATING, "query_pre_attn_scalar": 8}),
    "phi3": ("Phi3ForCausalLM", {"pad_token_id": 0}),
    "gpt2": ("GPT2LMHeadModel", {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128}),
    "gpt_oss": ("GptOssForCausalLM", {**_ALTERNATING, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "qwen2_moe": (
        "Qwen2MoeForCausalLM",
        {**_EXPERTS, "num_experts": 4, "shared_expert_intermediate_size": 32, "decoder_sparse_step": 1},
    ),
    "qwen3_next": (
        "Qwen3NextForCausalLM",
        {
            **_EXPERTS,
            "num_experts": 4,
            "shared_expert_intermediate_size": 32,
            "layer_types": ["linear_attention", "full_attention"],
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
        },
    ),
    "deepseek_v3": ("DeepseekV3ForCausalLM", _LATENT),
    "deepseek_v32": ("DeepseekV32ForCausalLM", {**_LATENT, "index_n_heads": 2, "index_head_dim": 16, "index_topk": 4}),
    "minimax": (
        "MiniMaxForCausalLM",
        {
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "layer_types": ["linear_attention", "full_attention"],
            "block_size": 4,
        },
    ),
    "glm4_moe": (
        "Glm4MoeForCausalLM",
        {**_EXPERTS, "n_routed_experts": 4, "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1},
    ),
    "falcon_h1": (
        "FalconH1ForCausalLM",
        {
            "mamba_d_ssm": 32,
            "mamba_n_heads": 4,
            "mamba_d_head": 8,
            "mamba_n_groups": 2,
            "mamba_d_state": 8,
            "mamba_chunk_size": 4,
        },
    ),
    "mamba2": ("Mamba2ForCausalLM", _STATE_SPACE),
    "olmo2": ("Olmo2ForCausalLM", {}),
    "granite": ("GraniteForCausalLM", {}),
}


def decoder(name: str) -> transformers.PreTrainedModel:
    """A model with random weights, equal at each call, in float32 and for inference."""
    model_class, changes = DECODERS[name]
    cls = getattr(transformers, model_class)
    torch.manual_seed(0)
    config = cls.config_class(**{**_COMMON, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": None, **changes})
    return cls(config).eval()
