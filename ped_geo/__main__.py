"""``python -m ped_geo``: the command line."""

from ped_geo.cli import main

if __name__ == "__main__":
    main()
