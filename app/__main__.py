"""`python -m app`: the command `sheaf`."""

import gc

# Reading in the program makes objects that all stay. Looking for garbage among them, again and again,
# takes a seventh of the time until a server is there.
gc.disable()

from app.cli import run  # noqa: E402


def main() -> None:
    """Run a command."""
    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
