"""Our MLIR dialects: ``mem`` (tensors and named stages) and ``hls`` (tasks, streams and ports)."""
