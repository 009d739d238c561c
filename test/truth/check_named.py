"""The command line of programs that check cases by name."""
import argparse
import shlex
import tempfile
from pathlib import Path


def check_cases(cases, check):
    """--snnc "PROGRAM [OPTIONS]" [NAME...]: check(name, snnc, folder) for each;
    0 when all are good."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('name', nargs='*')
    arguments = parser.parse_args()
    good = True
    for name in arguments.name or cases:
        with tempfile.TemporaryDirectory() as folder:
            good &= check(name, shlex.split(arguments.snnc), Path(folder))
    return 0 if good else 1
