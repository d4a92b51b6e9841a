"""Calls of alike tasks as one, and what is not alike enough."""

from __future__ import annotations

import pytest

from torch_fpga.codegen.alike import Call, Element, Name, Size, joined


def _calls(*columns):
    """A call for each block, of an argument from each column."""
    return [Call("load", ("float",), f"load x {i}", row) for i, row in enumerate(zip(*columns, strict=True))]


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ((3, 3, 3), "3"),
        ((0, 5, 10), "5 * b"),
        ((2, 5, 8, 11), "3 * b + 2"),
        ((7, 7, 7, 4), "b < 3 ? 7 : 4"),
        ((0, 5, 10, 12), "b < 3 ? 5 * b : 12"),
        ((7, 4), "b < 1 ? 7 : 4"),
        ((Name("x0"), Name("x1"), Name("x2")), "pick(b x0 x1 x2)"),
        ((Name("q"), Name("q")), "q"),
        ((Size("size0", 4), Size("size0", 4), Size("size1")), "b < 2 ? 4 * size0 : size1"),
        ((0, Size("size0", 16), Size("size0", 32)), "(16 * b) * size0"),
        ((Element("rows", 0), Element("rows", 1)), "rows[b]"),
        (("pattern<1>{}", "pattern<1>{}"), "pattern<1>{}"),
    ],
)
def test_one_argument_of_all(values, written):
    made = joined(_calls(values))
    assert made is not None
    assert (made[0], " ".join(made[1])) == ("load x", written)
    # What is written gives what was given.
    if all(isinstance(value, int) for value in values):
        python = written.replace("? ", "and [").replace(" : ", "] or [") + "]" if "?" in written else f"[{written}]"
        assert [eval(python, {"b": b})[0] for b in range(len(values))] == list(values)


@pytest.mark.parametrize(
    "values",
    [
        (1, 2, 4, 8),
        (Element("rows", 1), Element("rows", 0)),
        (Element("rows", 0), Element("sums", 1)),
        (Element("rows", 0), Name("x")),
        (1, Name("x")),
        (Size("size0"), Size("size1"), Size("size2")),
        (1, Size("size0", 2), Size("size0", 4)),
        ("pattern<1>{0}", "pattern<1>{1}"),
    ],
)
def test_no_argument_of_all(values):
    assert joined(_calls(values)) is None


def test_other_templates_and_labels_are_not_alike():
    one, two = _calls((1, 2))
    assert joined([one, Call("load", ("half_t",), two.label, two.arguments)]) is None
    assert joined([one, Call("store", two.parameters, two.label, two.arguments)]) is None
    assert joined([one, Call("load", two.parameters, "load x 7", two.arguments)]) is None
    assert joined([one, Call("load", two.parameters, two.label, (*two.arguments, 3))]) is None
