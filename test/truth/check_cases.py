#!/usr/bin/env python3
"""The stored expectations against the simulator: runs it again on the networks
in cases/ and compares losses, spikes and gradients to 1e-14.

    check_cases.py [--simulator PROGRAM] [NAME_PREFIX...]

Without a program it compiles one (needs MPFR).
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from make_cases import expected, simulate

HERE = Path(__file__).resolve().parent
SOURCES = ('truth.c', 'read.c', 'differences.c', 'loss.c', 'network.c',
           'neuron.c', 'root.c', 'flow.c')


def build(folder):
    program = Path(folder) / 'truth'
    subprocess.run(['cc', '-O2', '-std=gnu17', '-o', program,
                    *(HERE / s for s in SOURCES), '-lmpfr', '-lgmp', '-lm'],
                   check=True)
    return program


def is_close(found, want):
    largest = max(map(abs, want), default=0.0)
    return len(found) == len(want) and all(
        abs(a - b) <= 1e-14 * largest for a, b in zip(found, want))


def differences(case, program):
    """What the simulator says otherwise, in words."""
    again, kept = expected(case, simulate(program, 'full', case)), case['expected']
    if not is_close(again['loss'], kept['loss']):
        yield 'loss'
    for layer, spikes in kept['spikes'].items():
        now = again['spikes'][layer]
        if now['offsets'] != spikes['offsets'] or \
                not is_close(now['times'], spikes['times']):
            yield f'spikes of {layer}'
    for name in kept['gradients'].keys() | again['gradients'].keys():
        if not is_close(again['gradients'].get(name, []),
                        kept['gradients'].get(name, [])):
            yield f'gradient of {name}'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--simulator')
    parser.add_argument('prefix', nargs='*', default=[''])
    arguments = parser.parse_args()
    paths = [p for p in sorted((HERE / 'cases').glob('*.json'))
             if p.name.startswith(tuple(arguments.prefix))]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        program = arguments.simulator or build(scratch)
        for path in paths:
            wrong = list(differences(json.loads(path.read_text()), program))
            print(f"{path.stem}: {'differs: ' + ', '.join(wrong) if wrong else 'same'}")
            failed += bool(wrong)
    print(f'{len(paths)} cases, {failed} differ')
    return 0 if paths and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
