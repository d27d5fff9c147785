"""`python -m app`: the command `sheaf`."""

from app.cli import run as main

if __name__ == "__main__":
    main()
