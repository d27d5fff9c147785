"""The ways in over HTTP, by who walks in. A route reads: who, what, do it, answer."""
