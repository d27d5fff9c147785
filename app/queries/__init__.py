"""The reads that screens and summaries need, by noun. Each answers plain rows with their words."""
