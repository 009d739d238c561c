#!/usr/bin/env python3
"""Prints sources by --emit=ast, and what was printed once more.

    ast_reprint.py --snnc PROGRAM [--emit FORM]... FILE.snn...

What was printed must print the same again, and each FORM made of it must be that
of the original. Prints what strays; exit status 1 when anything does.
"""
import argparse
import difflib
import subprocess
import sys
import tempfile
from pathlib import Path


def emit(snnc, form, path, folder):
    done = subprocess.run([snnc, f'--emit={form}', '-I', str(folder),
                           str(path)], text=True, capture_output=True,
                          timeout=120)
    if done.returncode != 0:
        raise ValueError(f'{form}: status {done.returncode}\n{done.stderr}')
    return done.stdout


def difference(form, first, second):
    return f'{form} differs:\n' + ''.join(
        difflib.unified_diff(first.splitlines(True), second.splitlines(True)))


def check(snnc, forms, path, copy):
    folder = path.parent
    copy.write_text(emit(snnc, 'ast', path, folder))
    for form in ['ast', *forms]:
        first = emit(snnc, form, path, folder)
        second = emit(snnc, form, copy, folder)
        if not first or first != second:
            raise ValueError(difference(form, first, second))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--emit', action='append', default=[])
    parser.add_argument('files', nargs='+', type=Path)
    options = parser.parse_args()
    n_wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for path in options.files:
            try:
                check(options.snnc, options.emit, path,
                      Path(name) / 'printed.snn')
            except ValueError as error:
                n_wrong += 1
                print(f'{path}: {error}')
    print(f'{len(options.files)} files, {n_wrong} wrong')
    return 1 if n_wrong else 0


sys.exit(main())
