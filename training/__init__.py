"""Makes the weights in `rag/models/` from public data; never imported by `rag`."""
