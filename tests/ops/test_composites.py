"""Composites: found where transformers writes them out, equal to eager on both devices, and found nowhere else."""

from __future__ import annotations

import pytest
import torch
from transformers.cache_utils import StaticLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.models.falcon_h1.modeling_falcon_h1 import FalconH1RMSNormGated
from transformers.models.gemma3.modeling_gemma3 import apply_rotary_pos_emb as gemma3_rope
from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb as gptj_rope
from transformers.models.gptj.modeling_gptj import rotate_every_two
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb as llama_rope
from transformers.models.llama.modeling_llama import eager_attention_forward

from tests.agree import differences
from tests.kernels import check, compiled
from tests.models.decoders import decoder
from tests.ops.composites import check_composite, names
from tests.ops.inputs import FLOATS, close, make

F = torch.nn.functional
INF = float("inf")


class Groups(torch.nn.Module):
    """What transformers' attention asks of the module that calls it."""

    num_key_value_groups = 2


def _attend(q, k, v, mask=None, **more):
    return sdpa_attention_forward(Groups(), q, k, v, mask, **more)[0]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("write", [llama_rope, gemma3_rope])
def test_rope(write, dtype):
    q, k = make((2, 4, 3, 8), dtype, 1), make((2, 2, 3, 8), dtype, 2)
    cos, sin = make((2, 3, 8), dtype, 3), make((2, 3, 8), dtype, 4)
    check_composite("rope", write, q, k, cos, sin, count=2, **close(dtype, 4))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_rope_pairs(dtype):
    x, sin, cos = make((2, 3, 4, 8), dtype, 1), make((2, 3, 4), dtype, 3), make((2, 3, 4), dtype, 4)
    assert names(gptj_rope, x, sin, cos) == ["rope_pairs"]
    wide = (make((2, 3, 1, 8), dtype, i) for i in (3, 4))
    written = lambda x, cos, sin: x * cos + rotate_every_two(x) * sin  # noqa: E731
    check_composite("rope_pairs", written, x, *wide, **close(dtype, 4))


def test_no_rope_pairs():
    x, angle = make((2, 3, 4, 8), torch.float32), make((4, 8), torch.float32, 2)

    def the_other_way(x, angle):
        return x * angle.cos() + torch.stack((x[..., 1::2], -x[..., ::2]), -1).flatten(-2) * angle.sin()

    def pairs_of_another_dimension(x, angle):
        turned = torch.stack((-x[..., 1::2, :], x[..., ::2, :]), -2).flatten(-3, -2)
        return x * angle.cos() + turned * angle.sin()

    for f in (the_other_way, pairs_of_another_dimension):
        assert names(f, x, angle) == [], f.__name__


def test_no_rope():
    x, y, angle = make((2, 3, 8), torch.float32), make((2, 3, 8), torch.float32, 1), make((3, 8), torch.float32, 2)

    def halves_of_another_tensor(x, y, angle):
        return x * angle.cos() + torch.cat((-y[..., 4:], y[..., :4]), -1) * angle.sin()

    def unequal_parts(x, y, angle):
        return x * angle.cos() + torch.cat((-x[..., 3:], x[..., :3]), -1) * angle.sin()

    def the_other_way(x, y, angle):
        return x * angle.cos() + torch.cat((x[..., 4:], -x[..., :4]), -1) * angle.sin()

    def halves_of_another_dimension(x, y, angle):
        x = x.transpose(0, 2)
        return x * angle.cos().t()[..., None] + torch.cat((-x[4:], x[:4]), 0) * angle.sin().t()[..., None]

    def the_turned_is_read_too(x, y, angle):
        turned = torch.cat((-x[..., 4:], x[..., :4]), -1)
        return x * angle.cos() + turned * angle.sin(), turned

    for f in (
        halves_of_another_tensor,
        unequal_parts,
        the_other_way,
        halves_of_another_dimension,
        the_turned_is_read_too,
    ):
        assert names(f, x, y, angle) == [], f.__name__
        check(f, x, y, angle)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(("model", "name"), [("llama", "swiglu"), ("gemma3", "geglu")])
def test_gated(model, name, dtype):
    mlp = decoder(model).model.layers[0].mlp.to(dtype)
    assert names(mlp, make((1, 1, 32), dtype)) == [name]
    act = mlp.act_fn
    check_composite(name, lambda x, y: y * act(x), make((3, 33), dtype), make((3, 33), dtype, 1), **close(dtype, 4))


def test_not_gated():
    x, y = make((3, 8), torch.float32), make((3, 8), torch.float32, 1)

    def the_gate_is_read_too(x, y):
        gate = F.silu(x)
        return gate * y, gate.sum(-1)

    for f in (
        the_gate_is_read_too,
        lambda x, y: torch.sigmoid(x) * y,
        lambda x, y: F.silu(x) + y,
        lambda x, y: F.silu(x) * 2,
    ):
        assert names(f, x, y) == []
        check(f, x, y)


def _query_and_cache(dtype, queries=1, keys=16, heads=4, shared=2):
    return make((2, heads, queries, 8), dtype, 1), *(make((2, shared, keys, 8), dtype, i) for i in (2, 3))


# In 16 bits PyTorch rounds the weights before it multiplies; a kernel does not.
def _near(dtype):
    return {"rtol": 1e-5, "atol": 1e-5} if dtype is torch.float32 else {"rtol": 0.02, "atol": 0.03}


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_attention_of_decode(dtype):
    """With and without a mask and a scale."""

    def attend(q, k, v, mask):
        return tuple(_attend(q, k, v, m, scaling=scale) for m in (mask, None) for scale in (None, 0.3))

    mask = make((2, 1, 1, 16), torch.bool, 4)
    check_composite("attention", attend, *_query_and_cache(dtype), mask, count=4, **_near(dtype))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_attention_of_prefill(dtype):
    """Few enough rows that both products can stream; the causal mask is PyTorch's, from the upper left."""

    def attend(q, k, v, key, value, mask):
        square = _attend(q, k, v, is_causal=True)
        attention = F.scaled_dot_product_attention
        return square, attention(q, key, value, is_causal=True), attention(q, key, value, mask)

    longer = (make((2, 4, 9, 8), dtype, i) for i in (2, 3))
    inputs = (*_query_and_cache(dtype, queries=5, keys=5), *longer, make((5, 9), dtype, 5))
    check_composite("attention", attend, *inputs, count=3, **_near(dtype))


def test_attention_where_the_mask_leaves_nothing():
    q, k, v = _query_and_cache(torch.float32, queries=3)
    mask = make((2, 1, 3, 16), torch.bool, 4)
    mask[0, 0, 1] = False
    check(_attend, q, k, v, mask)
    assert _attend(q, k, v, mask)[0, 1].eq(0).all()


def test_no_attention():
    q, k, v = _query_and_cache(torch.float32)

    def the_repeated_keys_are_read_too(q, k, v):
        k = k[:, :, None].expand(2, 2, 2, 16, 8).reshape(2, 4, 16, 8)
        v = v[:, :, None].expand(2, 2, 2, 16, 8).reshape(2, 4, 16, 8)
        return F.scaled_dot_product_attention(q, k, v), k

    def repeated_in_another_order(q, k, v):
        k, v = (x[:, None].expand(2, 2, 2, 16, 8).reshape(2, 4, 16, 8) for x in (k, v))
        return F.scaled_dot_product_attention(q, k, v)

    wide = [make((1, 2, 64, 8), torch.float32, i) for i in range(3)]
    assert names(F.scaled_dot_product_attention, *wide) == [], "dense work"
    for f in (the_repeated_keys_are_read_too, repeated_in_another_order):
        (found,) = (node for node in names(f, q, k, v))
        assert found == "attention", "of the keys as they were repeated"
        check(f, q, k, v)


@pytest.mark.parametrize(("dtype", "count"), [*((dtype, 1) for dtype in FLOATS), (torch.float32, 3)], ids=str)
def test_update_rows(dtype, count):
    cache, rows = make((1, 2, 8, 4), dtype, 1), make((1, 2, count, 4), dtype, 2)
    index = torch.tensor([5, 0, 5])[:count]
    if count == 1:
        check_composite("update_rows", lambda *x: x[0].index_copy(2, x[1], x[2]), cache, index, rows)
    check(lambda *x: x[0].index_copy(-2, x[1], x[2]) @ x[2].transpose(-2, -1), cache, index, rows, **close(dtype, 4))


def _put(cache, index, rows):
    cache = cache.clone()
    cache[..., index, :] = rows
    return cache


@pytest.mark.parametrize(("outer", "count"), [((), 3), ((2,), 1), ((1, 2), 3)], ids=str)
def test_put_rows(outer, count):
    cache, rows = make((*outer, 8, 4), torch.float32, 1), make((*outer, count, 4), torch.float32, 2)
    check_composite("put_rows", _put, cache, torch.tensor([5, -8, -1])[:count], rows)


def test_no_rows_to_put():
    cache, rows = make((2, 8, 4), torch.float32), make((2, 1, 4), torch.float32, 1)
    assert names(_put, cache, torch.arange(8), make((2, 8, 4), torch.float32)) == []
    assert names(_put, cache, torch.tensor([1, 2]), rows) == [], "rows that are broadcast"
    add = torch.ops.aten.index_put.default
    assert names(lambda c, i, r: add(c, [None, i], r, True), cache, torch.tensor([1]), rows) == []


def test_a_row_to_put_outside_is_an_error():
    cache, rows = make((8, 4), torch.float32), make((1, 4), torch.float32)
    f = compiled(_put, cache, torch.tensor([7]), rows)
    for outside in (8, -9):
        with pytest.raises(IndexError):
            f(cache, torch.tensor([outside]), rows)


def test_rows_of_a_cache_of_transformers():
    rows = make((1, 2, 1, 4), torch.float32)
    layer = StaticLayer(max_cache_len=8)
    layer.lazy_initialization(rows, rows)
    found = names(lambda rows: tuple(x + 0 for x in layer.update(rows, rows + 1)), rows)
    assert found == ["update_rows", "update_rows"]


def test_a_row_outside_is_an_error():
    cache, rows = make((8, 4), torch.float32), make((1, 4), torch.float32)
    f = compiled(lambda *x: x[0].index_copy(0, x[1], x[2]), cache, torch.tensor([7]), rows)
    for outside in (8, -1):
        with pytest.raises(IndexError):
            f(cache, torch.tensor([outside]), rows)


def test_no_rows_to_update():
    cache, rows, index = make((8, 8, 4), torch.float32), make((8, 1, 4), torch.float32, 1), torch.tensor([2])
    assert names(lambda c, r, i: c.index_add(1, i, r), cache, rows, index) == []
    assert names(lambda c, r, i: c.index_copy(0, i, r.transpose(0, 1)), cache, rows, index) == []
    many, places = make((8, 8, 4), torch.float32, 1), torch.arange(8)
    assert names(lambda c, r, i: c.index_copy(1, i, r), cache, many, places) == []


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_masked_softmax(dtype):
    q, k, v = _query_and_cache(dtype)
    mask = torch.where(make((2, 1, 1, 16), torch.bool, 4), 0.0, torch.finfo(dtype).min).to(dtype)
    module = Groups().eval()
    assert names(lambda *x: eager_attention_forward(module, *x, scaling=0.5)[0], q, k, v, mask) == ["masked_softmax"]
    scores = make((2, 3, 16), dtype, 5)
    check_composite(
        "masked_softmax",
        lambda x, y: F.softmax(x + y, dim=-1, dtype=torch.float32).to(x.dtype),
        *(scores, mask[:, 0]),
        **close(dtype, 2),
    )


def test_no_masked_softmax():
    x, mask = make((2, 3, 3), torch.float32), make((3, 3), torch.float32, 1)

    def the_sum_is_read_too(x, mask):
        masked = x + mask
        return masked.softmax(-1), masked

    for f in (lambda x, y: (x + y).softmax(1), lambda x, y: (x * y).softmax(-1), the_sum_is_read_too):
        assert names(f, x, mask) == []
        check(f, x, mask)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_group_rms_norm(dtype):
    def norm(x, w):
        return w * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))

    check_composite("group_rms_norm", norm, make((3, 2, 9), dtype), make((2, 9), dtype, 1), **close(dtype, 8))


def test_group_rms_norm_of_transformers():
    norm = FalconH1RMSNormGated(16, n_groups=2)
    assert names(norm, make((1, 3, 16), torch.float32), make((1, 3, 16), torch.float32, 1)).count("group_rms_norm") == 1


def test_no_group_rms_norm():
    x, w = make((3, 2, 8), torch.float32), make((2, 8), torch.float32, 1)

    def eps_outside(x, w):
        return w * (x * (torch.rsqrt(x.pow(2).mean(-1, keepdim=True)) + 1e-5))

    def another_axis(x, w):
        return w * (x * torch.rsqrt(x.pow(2).mean(1, keepdim=True) + 1e-5))

    def the_normed_is_read_too(x, w):
        normed = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)
        return w * normed, normed

    for f in (eps_outside, another_axis, the_normed_is_read_too):
        assert names(f, x, w) == [], f.__name__
        check(f, x, w, **close(x.dtype, 8))


@pytest.mark.parametrize("placement", ["fpga", "gpu"])
def test_a_model_may_call_one_by_its_name(placement):
    """Also where no kernel can be made of it: of 64 queries the product is dense work."""
    attention, rope = torch.ops.torch_fpga.attention, torch.ops.torch_fpga.rope
    inputs = [make((1, 2, 64, 8), torch.float32, i) for i in range(3)]

    def f(q, k, v):
        return attention(rope(q, k, v), k, v, causal=True), rope(q, k[:, :1], sin=v)

    assert names(f, *inputs) == ["rope", "rope"]
    assert differences(f, [inputs], {"placement": placement}) == []
