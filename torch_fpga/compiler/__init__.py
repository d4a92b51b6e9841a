"""One graph's way: captured graph in, callable out."""
