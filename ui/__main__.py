"""`python -m ui` is `dateline`."""

from ui.cli import main

if __name__ == "__main__":
    main(prog_name="dateline")
