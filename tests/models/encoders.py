"""Encoders, and encoders with a decoder, as small as their architectures allow."""

from __future__ import annotations

import torch
import transformers

_HEADS = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def bert() -> transformers.PreTrainedModel:
    return _model(transformers.BertModel, vocab_size=96, max_position_embeddings=64, initializer_range=0.2, **_HEADS)


def vit() -> transformers.PreTrainedModel:
    return _model(
        transformers.ViTForImageClassification,
        image_size=16,
        patch_size=4,
        initializer_range=0.2,
        num_labels=10,
        **_HEADS,
    )


def whisper() -> transformers.PreTrainedModel:
    return _model(
        transformers.WhisperForConditionalGeneration,
        vocab_size=96,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_mel_bins=8,
        max_source_positions=20,
        max_target_positions=64,
        init_std=0.2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=95,
        decoder_start_token_id=1,
        suppress_tokens=[],
        begin_suppress_tokens=[],
    )


def t5() -> transformers.PreTrainedModel:
    return _model(
        transformers.T5ForConditionalGeneration,
        vocab_size=96,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=95,
    )


def _model(model_class: type[transformers.PreTrainedModel], **config: object) -> transformers.PreTrainedModel:
    """With random weights, equal at each call, in float32 and for inference."""
    torch.manual_seed(0)
    return model_class(model_class.config_class(**config)).eval()
