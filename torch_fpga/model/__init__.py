"""What a design costs before a card sees it: cycles, resources, and how near a kernel comes to the speed of memory.

The figures are estimated: they add up what the stages state of their tasks (``torch_fpga.stages``), and no kernel runs.
"""
