"""The benchmarks: `python -m bench [NAME…] [--json]`. Figures, never tests: nothing here fails
because a machine is slow."""
