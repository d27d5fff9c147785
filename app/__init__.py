"""Sheaf gathers what people say at a learning event and helps the room bind it into themes."""

__version__ = "1.0.0"
