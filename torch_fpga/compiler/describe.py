"""A placed graph as data for people: what runs where, why, and what it costs."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import fx

from torch_fpga.compiler.frame import Frame
from torch_fpga.compiler.source_lines import user_line
from torch_fpga.ops import dtype_name, nbytes, tensors_out
from torch_fpga.passes.fx.place import Placement, Region
from torch_fpga.reasons import WORDS, Reason
from torch_fpga.report import CostReport, EdgeReport, GraphReport, NodeReport, RegionReport
from torch_fpga.steps import STEPS, step_of


def graph_report(name: str, frame: Frame, graph: fx.GraphModule, placement: Placement, notes: list[str]) -> GraphReport:
    """What placement decided, as data for people."""
    calls = [node for node in graph.graph.nodes if node.op in ("call_function", "get_attr") and "region" in node.meta]
    return GraphReport(
        name=name,
        nodes=[_node(node) for node in calls],
        regions=[_region(region, {n.name: n for n in calls}) for region in placement.regions],
        edges=_edges(graph),
        notes=list(notes),
        cost=_cost(placement),
        **_about(frame),
    )


def _cost(placement: Placement) -> CostReport:
    stock, best, split = placement.stock, placement.best, placement.split
    return CostReport(
        stock_us=stock.us,
        stock_uj=stock.uj,
        best_us=best.us,
        best_uj=best.uj,
        gpu_us=split.gpu_us,
        fpga_us=split.fpga_us,
        link_us=split.link_us,
        split_uj=split.uj,
    )


def undivided_report(name: str, graph: fx.GraphModule, frame: Frame, reason: Reason, status: str) -> GraphReport:
    """A graph of which nothing goes to the FPGA, and why."""
    why = ("gpu", "gpu0", reason.code, reason.words)
    nodes = [
        NodeReport(node.name, node._pretty_print_target(node.target), *why, user_line(node), step=step_of(node.meta))
        for node in graph.graph.nodes
        if node.op.startswith("call_")
    ]
    return GraphReport(name, nodes, status=status, notes=[reason.words], **_about(frame))


def _about(frame: Frame) -> dict[str, Any]:
    return {
        "model": frame.model,
        "place": frame.place,
        "sizes": dict(frame.sizes),
        "symbolic": list(frame.symbolic),
    }


def _node(node: fx.Node) -> NodeReport:
    outs = tensors_out(node)
    reason: Reason = node.meta["reason"]
    work = node.meta["work"]
    return NodeReport(
        name=node.name,
        op=str(node.target),
        device=node.meta["device"],
        region=node.meta["region"],
        reason_code=reason.code,
        reason_words=reason.words,
        source=user_line(node),
        shape=", ".join(str(list(out.shape)) for out in outs),
        dtype=", ".join(dtype_name(out.dtype) for out in outs),
        bytes=work.bytes,
        flops=work.flops,
        step=_step(node),
    )


def _step(node: fx.Node) -> str:
    """The step of memory processing; AOTAutograd names none for the write of a result that it puts at the end."""
    written = node.args[1] if node.target is torch.ops.aten.copy_.default else None
    return step_of(node.meta) or (step_of(written.meta) if isinstance(written, fx.Node) else "")


def _short(node: fx.Node) -> str:
    """``aten.topk.default`` as topk."""
    return getattr(getattr(node.target, "overloadpacket", None), "__name__", node.name)


def _region(region: Region, nodes: dict[str, fx.Node]) -> RegionReport:
    ops = [_short(nodes[n]) for n in region.nodes if not nodes[n].meta.get("is_view")]
    # What most of its work is there for; views go along for any reason.
    codes = [nodes[n].meta["reason"].code for n in region.nodes if not nodes[n].meta.get("is_view")]
    main = max(codes, key=codes.count, default="view")
    steps = {_step(nodes[n]) for n in region.nodes}
    return RegionReport(
        id=region.id,
        device=region.device,
        stage=region.stage,
        ops=list(region.nodes),
        title=", ".join(dict.fromkeys(ops)) or "views",
        steps=[step for step in STEPS if step in steps],
        why=WORDS[main],
        bound=region.bound,
        bytes=region.work.bytes,
        flops=region.work.flops,
        intensity=region.intensity,
        irregular_bytes=region.work.irregular_bytes,
        resident_bytes=region.resident_bytes,
        gpu_us=region.gpu_us,
        fpga_us=region.fpga_us if math.isfinite(region.fpga_us) else None,
        link_in_us=region.link_in_us,
        link_out_us=region.link_out_us,
        link_in_bytes=region.link_bytes_in,
        link_out_bytes=region.link_bytes_out,
        gain=region.gain,
        gpu_uj=region.gpu_uj,
        fpga_uj=region.fpga_uj if math.isfinite(region.fpga_uj) else None,
        slower_than_gpu=region.slower_than_gpu,
    )


def _edges(graph: fx.GraphModule) -> list[EdgeReport]:
    """Every tensor that passes from one region to another, from an input or to an output; once for each reader."""
    resident = graph.meta["resident"]
    edges: dict[tuple[str, str, str], EdgeReport] = {}
    for node in graph.graph.nodes:
        if node.op not in ("call_function", "get_attr", "placeholder"):
            continue
        value = node.meta.get("val")
        if not isinstance(value, torch.Tensor):
            continue
        name = node.meta.get("name", node.name)
        source = f"input:{name}" if node.op == "placeholder" else node.meta["region"]
        device = "gpu" if node.op == "placeholder" else node.meta["device"]
        for user in node.users:
            target = "output" if user.op == "output" else user.meta["region"]
            where = "gpu" if user.op == "output" else user.meta["device"]
            if target == source:
                continue
            stays = node.op == "placeholder" and node.name in resident
            crosses = where != device and not stays
            edges[source, target, name] = EdgeReport(
                source, target, name, str(list(value.shape)), dtype_name(value.dtype), nbytes(value), crosses, stays
            )
    return list(edges.values())


def reasons(report: GraphReport) -> str:
    """One line a node: where it runs and why."""
    rows: list[Any] = [(n.name, n.device, n.region, n.reason_words, n.source) for n in report.nodes]
    return "\n".join(
        f"{name:24} {device:5} {where:7} {words}   {source}" for name, device, where, words, source in rows
    )
