"""Everything that comes from outside: one form per action, by noun."""
