"""A captured graph to a callable, in three steps with data between: ``realise(divide(plan(graph, request)))``.

======== =========== ========================================= ====================================================
step     gives       does                                      who stops after it
======== =========== ========================================= ====================================================
plan     Plan        raises, places and reports                ``torch_fpga.explain``
divide   Divided     cuts the regions out, links them          ``torch_fpga.export``
realise  a callable  lowers, builds, compiles, loads           ``torch.compile``
======== =========== ========================================= ====================================================

A region is a part of a graph that runs on one device in one go. It has one ``id``, and a form for each step:

============== ============================= =====================================================================
form           in                            is
============== ============================= =====================================================================
Region         passes/fx/place.py            a decision: which nodes, on which device, and what the model says it costs
RegionGraph    passes/fx/split.py            a graph of its own, cut out of the whole
RegionCode     compiler/region_code.py       what runs it, without the graph it came from: this can be cached
RegionReport   report/data.py                what people read, from the plan on until the last launch
RecordedRegion tools/export.py               what stands for it in a run of the model that records its tensors
============== ============================= =====================================================================

What is *cached* lies in PyTorch's AOTAutograd cache for the next process (``cached.py``): a ``CachedGraph``, which has
the linking and every RegionCode. A graph is *cacheable* as long as nothing was met that forbids it.
"""
