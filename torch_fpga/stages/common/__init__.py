"""What stages are made of: the description of a stage, its registry, and what their functions share."""
