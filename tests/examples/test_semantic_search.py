"""The parts of examples/semantic_search that need no download; the encoder against transformers with small weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from transformers import BertConfig, BertModel

from examples.semantic_search import corpus, minilm, search
from examples.semantic_search.__main__ import recall


@pytest.fixture(scope="module")
def bert() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=minilm.VOCABULARY,
        hidden_size=minilm.HIDDEN,
        num_hidden_layers=minilm.LAYERS,
        num_attention_heads=minilm.HEADS,
        intermediate_size=minilm.INNER,
        layer_norm_eps=minilm.EPS,
    )
    return BertModel(config).eval()


@pytest.fixture(scope="module")
def encoder(bert: BertModel, tmp_path_factory: pytest.TempPathFactory) -> minilm.MiniLM:
    """Ours, loaded from weights that transformers made: right only if every name is mapped."""
    folder: Path = tmp_path_factory.mktemp("minilm")
    save_file(bert.state_dict(), folder / "model.safetensors")
    return minilm.load(folder)


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.randint(1, minilm.VOCABULARY, (3, 20), generator=torch.Generator().manual_seed(1))
    mask = (torch.arange(20) < torch.tensor([[20], [7], [1]])).long()
    return ids * mask, mask


def test_encoder_equals_transformers(bert: BertModel, encoder: minilm.MiniLM, batch: tuple) -> None:
    ids, mask = batch
    with torch.no_grad():
        hidden = bert(input_ids=ids, attention_mask=mask).last_hidden_state
    weight = mask.unsqueeze(-1).float()
    pooled = nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)
    torch.testing.assert_close(encoder(ids, mask), pooled, atol=1e-5, rtol=1e-5)


def test_padding_does_not_change_an_embedding(encoder: minilm.MiniLM, batch: tuple) -> None:
    ids, mask = batch
    alone = encoder(ids[1:2, :7], mask[1:2, :7])
    torch.testing.assert_close(encoder(ids, mask)[1:2], alone, atol=1e-5, rtol=1e-5)


def test_encoder_and_search_compile_as_one_graph_each(encoder: minilm.MiniLM, batch: tuple) -> None:
    ids, mask = batch[0][:1], batch[1][:1]
    index = nn.functional.normalize(torch.randn(500, minilm.HIDDEN, generator=torch.Generator().manual_seed(2)), dim=1)
    index[123] = encoder(ids, mask)[0]
    fixed = {"backend": "eager", "fullgraph": True, "dynamic": False}
    find = torch.compile(search.SemanticSearch(index), **fixed)
    values, indices, context = find(torch.compile(encoder, **fixed)(ids, mask)[0])
    assert indices[0] == 123
    torch.testing.assert_close(values[0].item(), 1.0)
    torch.testing.assert_close(context, values.softmax(0) @ index[indices])


def test_recall_counts_misses_but_not_ties() -> None:
    scores = torch.tensor([0.9, 0.5, 0.5, 0.1])
    assert recall(scores, torch.tensor([0, 2])) == 1.0
    assert recall(scores, torch.tensor([0, 3])) == 0.5
    assert recall(scores, torch.tensor([0, 0])) == 0.5


def test_a_speech_loses_its_speaker_and_stage_directions() -> None:
    text = "HAMLET, PRINCE OF DENMARK\n\nHam.\nTo be, or not to be,--that is the question. [Exit.]\n\nHor.\nAy.\n"
    assert list(corpus.passages(text)) == ["To be, or not to be,--that is the question."]


def test_page_furniture_is_left_out() -> None:
    text = (
        "### START: x ###\n\np.772:0\n\nThis is the announce-\nment of a   \nnew edition.\n\n(1) || 1612 || a b c d e\n"
    )
    assert list(corpus.passages(text)) == ["This is the announcement of a new edition."]


def test_short_sentences_join_within_a_paragraph_only() -> None:
    assert list(corpus.passages("Who goes there? A friend of Mr. Smith.\n\nStand!")) == [
        "Who goes there? A friend of Mr. Smith."
    ]


def test_long_sentences_are_cut_between_clauses() -> None:
    clause = " ".join(["word"] * 35) + ";"
    found = list(corpus.passages(f"{clause} {clause} {' '.join(['long'] * 130)}."))
    assert [len(passage.split()) for passage in found] == [35, 35, 60, 60, 10]
    assert max(len(passage.split()) for passage in found) <= corpus.MAX_WORDS
