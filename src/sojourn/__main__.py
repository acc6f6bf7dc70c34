"""`python -m sojourn`: the command line."""

from sojourn.cli.app import main

if __name__ == "__main__":
    main()
