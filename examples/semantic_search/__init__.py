"""Semantic search over real text: the retrieval step of RAG, its index served by the FPGA."""
