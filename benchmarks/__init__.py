"""Speed claims: ratios measured side by side in one run, with threads and versions printed."""
