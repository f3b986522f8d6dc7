"""`python -m mortal`: the command line, where its script is not on the path."""

from mortal.cli import main

if __name__ == "__main__":
    main()
