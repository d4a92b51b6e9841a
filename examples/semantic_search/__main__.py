"""``python -m examples.semantic_search``: 20 questions to about 18,000 passages of Shakespeare and Milton."""

from __future__ import annotations

import argparse
import statistics
import sys
import textwrap
import time
from typing import Any

import torch

from examples.semantic_search import corpus, data, minilm, search

SHOWN = 2  # passages printed per question
TIE = 1e-5  # scores this close may come in either order


def recall(scores: torch.Tensor, indices: torch.Tensor) -> float:
    """The share of the found rows that belong to the exact top k; a row that ties with the k-th best belongs."""
    kth_best = scores.topk(len(indices)).values[-1]
    return (scores[indices.unique()] >= kth_best - TIE).sum().item() / len(indices)


def main() -> int:
    """Prints what was found, where the model ran and how exact it was. 1 when a search missed a passage."""
    parser = argparse.ArgumentParser(prog="python -m examples.semantic_search", description=__doc__)
    parser.add_argument("--backend", default="fpga", help="the backend of torch.compile (default: %(default)s)")
    backend = parser.parse_args().backend

    passages = corpus.load()
    folder = data.model_folder()
    encoder, tokenizer = minilm.load(folder), search.load_tokenizer(folder)
    index = search.embed([passage.text for passage in passages], encoder, tokenizer, data.CACHE)
    print(f"{len(passages):,} passages of {len(corpus.TEXTS)} texts; index {list(index.shape)}, int8 and float32")

    model = search.SemanticSearch(index).eval()
    # An Alveo U55C beside an MI210. The encoder is dense and stays on the GPU. Where the search goes the default
    # placement decides, and the report says what that brings; `verify` only adds the comparison with eager to it.
    ours = backend == "fpga"
    fixed: dict[str, Any] = {"backend": backend, "fullgraph": True, "dynamic": False}
    encode = torch.compile(encoder, options={"placement": "gpu"} if ours else None, **fixed)
    find = torch.compile(model, options={"verify": True} if ours else None, **fixed)

    questions = (data.HERE / "questions.txt").read_text().splitlines()
    recalls, seconds, context_gap = [], [], 0.0
    for question in questions:
        ids, mask = search.tokenize_query(tokenizer, question)
        with torch.inference_mode():
            start = time.perf_counter()
            values, indices, context = find(encode(ids, mask)[0])
            seconds.append(time.perf_counter() - start)
            query = encoder(ids, mask)[0]
            scores = index @ query
            context_gap = max(context_gap, (context - model(query)[2]).abs().max().item())
        recalls.append(recall(scores, indices))
        print(f"\n{question}")
        for value, row in list(zip(values.tolist(), indices.tolist(), strict=True))[:SHOWN]:
            print(f"  {value:.3f}  {passages[row].source}")
            print(textwrap.fill(passages[row].text, 110, initial_indent=" " * 9, subsequent_indent=" " * 9))

    if backend == "fpga":
        show_report()
    worst = min(recalls)
    print(f"\nrecall@{model.k} against exact search in eager, worst of {len(questions)} questions: {worst:.3f}")
    print(f"largest difference of a context vector from eager: {context_gap:.1e}")
    typical, note = statistics.median(seconds[1:]), ", eager's turn for `verify` included" if ours else ""
    print(f"first call {seconds[0]:.2f} s (compiling), then {1e3 * typical:.1f} ms a question{note}")
    if worst < 1.0:
        print("FAILED: a passage of the exact top k was not found", file=sys.stderr)
        return 1
    return 0


def show_report() -> None:
    """The report of what really ran, and where to read more."""
    import torch_fpga

    report = torch_fpga.last_report()
    if report is None:
        raise SystemExit("FAILED: nothing was compiled by the backend")
    page = data.CACHE.parent / "report.html"
    report.save_html(page)
    print(f"\n{report}\n\nreport with the graph drawn: {page}")


if __name__ == "__main__":
    sys.exit(main())
