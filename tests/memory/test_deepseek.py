from __future__ import annotations

import copy
import dataclasses

import pytest
import torch
import transformers
from scipy.linalg import hadamard
from torch import Tensor
from transformers.models.deepseek_v32.modeling_deepseek_v32 import DeepseekV32Attention, DeepseekV32RotaryEmbedding

import torch_fpga
from tests.agree import EMULATION, differences
from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory import STEPS, DeepSeekSize, DeepSeekSparseAttention, Selection, Yarn

SIZE = DeepSeekSize(
    capacity=24, batch=2, dim=32, heads=4, q_lora=12, kv_lora=16, nope=8, rope=4, value=8, index_heads=4, index_dim=8,
    topk=6,
)  # fmt: skip
TYPES = [torch.float8_e4m3fn, torch.int8, torch.float32]


@pytest.fixture(autouse=True)
def _no_gradients():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def _layer(index_dtype: torch.dtype = torch.float32, **sizes: object) -> DeepSeekSparseAttention:
    layer = DeepSeekSparseAttention(dataclasses.replace(SIZE, **sizes), index_dtype=index_dtype)
    for weight in layer.parameters():
        weight.uniform_(-1, 1)
    return layer


def _states(tokens: int) -> Tensor:
    return torch.randn(SIZE.batch, tokens, SIZE.dim)


def _rotated(x: Tensor, position: int, pairs: bool) -> Tensor:
    """As complex numbers."""
    half = len(x) // 2
    a, b = (x[0::2], x[1::2]) if pairs else (x[:half], x[half:])
    turn = torch.polar(torch.ones(half), position * 10_000.0 ** (-torch.arange(half) / half))
    turned = torch.complex(a, b) * turn
    return torch.stack((turned.real, turned.imag), int(pairs)).flatten()


def _quantised(x: Tensor, index_dtype: torch.dtype) -> Tensor:
    """Through 8 bits and back."""
    if index_dtype is torch.float32:
        return x
    largest = max(float(x.abs().max()), 1e-4)
    if index_dtype is torch.int8:
        return (x / (largest / 127)).round() * (largest / 127)
    scale = 2.0**-40
    while scale * 448 < largest:
        scale *= 2
    return (x / scale).to(index_dtype).float() * scale


def reference(layer: DeepSeekSparseAttention, x: Tensor, index_dtype: torch.dtype) -> tuple[Tensor, list[set[int]]]:
    """The output of every token, and what it selects: keys and values are made, and a mask says which are seen."""
    size, indexer, tokens = layer.size, layer.indexer, x.shape[1]
    spread = torch.tensor(hadamard(size.index_dim), dtype=torch.float32) / size.index_dim**0.5
    out, selected = torch.zeros_like(x), []

    def norm(v: Tensor, weight: Tensor) -> Tensor:
        return v / (v.pow(2).mean() + 1e-6).sqrt() * weight

    def turned(v: Tensor, t: int) -> Tensor:
        return _quantised(spread @ torch.cat((_rotated(v[: size.rope], t, False), v[size.rope :])), index_dtype)

    for b in range(size.batch):
        key_of, index_of, value_of = [], [], []
        for t in range(tokens):
            index_of.append(turned(indexer.k_norm(indexer.wk(x[b, t])), t))
            latent = layer.wkv_a(x[b, t])
            up = layer.wkv_b(norm(latent[: size.kv_lora], layer.kv_norm.weight)).reshape(size.heads, -1)
            rope = _rotated(latent[size.kv_lora :], t, True)
            key_of.append(torch.stack([torch.cat((head[: size.nope], rope)) for head in up]))
            value_of.append(up[:, size.nope :])
        for t in range(tokens):
            qr = norm(layer.wq_a(x[b, t]), layer.q_norm.weight)
            heads = [turned(q, t) for q in indexer.wq_b(qr).reshape(size.index_heads, -1)]
            w = indexer.weights_proj(x[b, t]) * size.index_heads**-0.5
            scores = [
                float(sum(w[j] * max(float(q @ k), 0.0) for j, q in enumerate(heads))) * size.index_dim**-0.5
                for k in index_of[: t + 1]
            ]
            chosen = sorted(range(t + 1), key=lambda s, scores=scores: -scores[s])[: size.topk]
            selected.append(set(chosen))
            queries = layer.wq_b(qr).reshape(size.heads, -1)
            result = []
            for h, q in enumerate(queries):
                q = torch.cat((q[: size.nope], _rotated(q[size.nope :], t, True)))
                products = torch.full((t + 1,), -torch.inf)
                for s in chosen:
                    products[s] = q @ key_of[s][h] * (size.nope + size.rope) ** -0.5
                result.append(torch.softmax(products, 0) @ torch.stack([v[h] for v in value_of[: t + 1]]))
            out[b, t] = layer.wo(torch.cat(result))
    return out, selected


def _chosen(selection: Selection) -> list[set[int]]:
    rows = selection.indices.masked_fill(~selection.valid, -1).flatten(0, 1)
    return [set(row.tolist()) - {-1} for row in rows]


@pytest.mark.parametrize("index_dtype", TYPES, ids=str)
def test_against_the_definition(index_dtype: torch.dtype):
    layer, x = _layer(index_dtype), _states(11)
    wanted, selected = reference(layer, x, index_dtype)
    answer = layer(x)
    assert _chosen(layer.retrieve(layer.relevancy(layer.ask(x)))) == selected
    torch.testing.assert_close(answer, wanted)


@pytest.mark.parametrize("index_dtype", TYPES[:2], ids=str)
def test_token_by_token_is_as_all_at_once(index_dtype: torch.dtype):
    whole, x = _layer(index_dtype), _states(9)
    pieces = copy.deepcopy(whole)
    steps = [pieces(part) for part in x.split([4, 1, 1, 3], 1)]
    torch.testing.assert_close(torch.cat(steps, 1), whole(x))


def test_against_transformers():
    """The layer of transformers leaves the Hadamard matrix and 8 bits away: with exact indices both are the same."""
    size = DeepSeekSize(
        capacity=64, dim=32, heads=4, q_lora=12, kv_lora=16, nope=8, rope=4, value=8, index_heads=4, index_dim=8, topk=6
    )
    config = transformers.DeepseekV32Config(
        hidden_size=32, num_attention_heads=4, num_key_value_heads=4, q_lora_rank=12, kv_lora_rank=16,
        qk_nope_head_dim=8, qk_rope_head_dim=4, v_head_dim=8, index_n_heads=4, index_head_dim=8, index_topk=6,
        head_dim=4, rope_parameters={"rope_type": "default", "rope_theta": 10_000.0}, attn_implementation="eager",
    )  # fmt: skip
    theirs, ours = DeepseekV32Attention(config, 0), DeepSeekSparseAttention(size, index_dtype=torch.float32)
    names = {
        "wq_a": "q_a_proj", "q_norm": "q_a_layernorm", "wq_b": "q_b_proj", "wkv_a": "kv_a_proj_with_mqa",
        "kv_norm": "kv_a_layernorm", "wkv_b": "kv_b_proj", "wo": "o_proj", "indexer": "indexer",
    }  # fmt: skip
    for our, their in names.items():
        ours.get_submodule(our).load_state_dict(theirs.get_submodule(their).state_dict())
    x = torch.randn(1, 20, 32)
    places = torch.arange(20)[None]
    mask = torch.full((20, 20), -torch.inf).triu(1)[None, None]
    wanted, _ = theirs(x, DeepseekV32RotaryEmbedding(config)(x, places), mask, position_ids=places)
    torch.testing.assert_close(ours(x), wanted)


def test_a_context_longer_than_in_training():
    """Fast planes turn as they did, slow ones a factor slower; scores grow by the square of 1 + ln(factor) / 10."""
    yarn = Yarn(factor=8.0, original=16, fast=2.0, slow=0.5)
    short, long = _layer(yarn=yarn, capacity=16, rope=8), _layer(yarn=yarn, capacity=17, rope=8)
    assert long.scale / short.scale == pytest.approx((1 + 0.1 * torch.tensor(8.0).log().item()) ** 2)
    speed = {layer: torch.atan2(layer.sin[1], layer.cos[1]) for layer in (short, long)}
    ratio = speed[long] / speed[short]
    assert ratio[0] == pytest.approx(1.0)
    assert ratio[-1] == pytest.approx(1 / 8, rel=1e-4)
    assert (ratio.diff() <= 1e-6).all()


def test_defaults_are_those_of_the_published_model():
    size = DeepSeekSize(capacity=1)
    with torch.device("meta"):
        layer = DeepSeekSparseAttention(size)
    assert layer.index_keys.dtype is torch.float8_e4m3fn
    assert layer.indexer.wq_b.weight.shape == (64 * 128, 1536)
    assert layer.latents.shape == (1, 1, 576)
    assert sum(weight.numel() for weight in layer.parameters()) == 201_066_752


def test_an_empty_memory_and_queries_that_are_more_than_it_has():
    layer, x = _layer(), _states(3)
    query = layer.ask(x)
    selection = layer.retrieve(layer.relevancy(query))
    assert not selection.valid.any()
    assert torch.equal(layer.apply(query, selection), torch.zeros(2, 3, 32))


def test_a_query_of_another_width_is_refused_and_nothing_is_prepared():
    layer = _layer()
    with pytest.raises(UserError, match=r"a query of shape \[2, 1, 31\]; it should be \[2, tokens, 32\]"):
        layer(torch.randn(2, 1, 31))
    assert layer.length == 0


@pytest.mark.parametrize("index_dtype", TYPES, ids=str)
def test_a_token_of_no_number_spoils_those_that_come_after(index_dtype: torch.dtype):
    layer, x = _layer(index_dtype), _states(12)
    x[1, 2] = torch.nan
    out = layer(x)
    assert out[0].isfinite().all()
    assert out[1, :2].isfinite().all()
    assert out[1, 2:].isnan().all()


def test_equal_tokens():
    layer, x = _layer(), _states(1)
    out = layer(x.expand(-1, 12, -1))
    torch.testing.assert_close(out, out[:, :1].expand_as(out))


def test_more_tokens_than_there_is_room_for():
    layer = _layer()
    layer(_states(23))
    with pytest.raises(OutOfRangeError, match="2 entries do not fit: 23 of 24 are taken"):
        layer(_states(2))
    layer(_states(1))
    assert layer.length == 24


def test_sizes_that_no_indexer_has():
    with pytest.raises(UserError, match="index_dim=12 with rope=4"):
        _layer(index_dim=12)


def test_relevancy_and_retrieval_are_one_kernel():
    layer = _layer(torch.int8)
    layer(_states(21))
    query = layer.ask(_states(1))
    options = {**EMULATION, "placement": "fpga"}
    chosen = torch.compile(lambda query: layer.retrieve(layer.relevancy(query)), backend="fpga", options=options)
    assert _chosen(chosen(query)) == _chosen(layer.retrieve(layer.relevancy(query)))
    (graph,) = torch_fpga.last_report().graphs
    assert [region.steps for region in graph.on("fpga")] == [["relevancy", "retrieve"]]
    assert graph.fallbacks == []


@pytest.mark.usefixtures("no_builds")
def test_a_step_of_decoding_is_one_graph_that_writes_as_eager_does():
    layer = _layer(torch.float8_e4m3fn)
    layer(_states(15))
    twin = copy.deepcopy(layer)
    compiled = torch.compile(layer, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    for x in (_states(1) for _ in range(3)):
        torch.testing.assert_close(compiled(x), twin(x))
    for ours, eager in zip(layer.buffers(), twin.buffers(), strict=True):
        torch.testing.assert_close(ours.float(), eager.float())
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS)


@pytest.mark.slow
@pytest.mark.parametrize(("index_dtype", "tokens"), [(torch.float8_e4m3fn, 1), (torch.int8, 3)], ids=str)
def test_compiled(index_dtype: torch.dtype, tokens: int):
    layer = _layer(index_dtype)
    layer(_states(7))
    assert differences(layer, [(_states(tokens),) for _ in range(3)], {"placement": "fpga"}) == []
