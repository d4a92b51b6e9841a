"""The module that is compiled, and the index that it searches."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from examples.semantic_search.minilm import MiniLM

PASSAGE_TOKENS, QUERY_TOKENS, TOP, CANDIDATES = 64, 32, 8, 64


class SemanticSearch(nn.Module):
    """A query [d] -> its best passages and their context: the k rows of the index, weighted by how well they match.

    The whole index is read as int8 with a scale a row; the best of that, eight times as many as are asked for, are
    scored once more in float32.
    """

    index: Tensor
    codes: Tensor
    scales: Tensor

    def __init__(self, index: Tensor, k: int = TOP, candidates: int = CANDIDATES) -> None:
        super().__init__()
        self.register_buffer("index", index)
        scales = index.abs().amax(1).clamp(min=torch.finfo(index.dtype).tiny) / 127
        self.register_buffer("codes", torch.round(index / scales[:, None]).to(torch.int8))
        self.register_buffer("scales", scales)
        self.k, self.candidates = k, min(candidates, len(index))

    def forward(self, query: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        coarse = (self.codes.to(query.dtype) @ query) * self.scales
        candidates = torch.topk(coarse, self.candidates).indices
        rows = self.index[candidates]
        values, best = torch.topk(rows @ query, self.k)
        weights = torch.softmax(values, dim=0)
        context = weights @ rows[best]
        return values, candidates[best], context


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of the model, without its own truncation and padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


def tokenize_query(tokenizer: Tokenizer, query: str) -> tuple[Tensor, Tensor]:
    """Token ids and mask, ``[1, QUERY_TOKENS]`` whatever the query, so that one compiled graph serves all."""
    tokenizer.enable_truncation(QUERY_TOKENS)
    ids = tokenizer.encode(query).ids
    padding = [0] * (QUERY_TOKENS - len(ids))
    return torch.tensor([ids + padding]), torch.tensor([[1] * len(ids) + padding])


def embed(texts: list[str], encoder: MiniLM, tokenizer: Tokenizer, cache: Path, batch: int = 64) -> Tensor:
    """The index: one row a text. Kept in ``cache`` under a key of the texts and the weights."""
    path = cache / f"index-{_key(texts, encoder)}.safetensors"
    if path.exists():
        return load_file(path)["index"]

    tokenizer.enable_truncation(PASSAGE_TOKENS)
    encodings = tokenizer.encode_batch(texts)
    by_length = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))  # little padding in a batch
    index = torch.empty(len(texts), encoder.word.embedding_dim)
    columns = TextColumn("Embedding the passages (once)"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns) as progress, torch.inference_mode():
        for start in progress.track(range(0, len(texts), batch)):
            rows = by_length[start : start + batch]
            ids = nn.utils.rnn.pad_sequence([torch.tensor(encodings[i].ids) for i in rows], batch_first=True)
            index[rows] = encoder(ids, (ids != 0).long())
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file({"index": index}, part)
    part.rename(path)
    return index


def _key(texts: list[str], encoder: MiniLM) -> str:
    digest = hashlib.sha256(f"{PASSAGE_TOKENS}\n".encode())
    digest.update("\n".join(texts).encode())
    for weight in encoder.parameters():
        digest.update(weight.numpy().data)
    return digest.hexdigest()[:16]
