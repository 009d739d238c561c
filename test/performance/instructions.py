#!/usr/bin/env python3
"""Counts the instructions that training takes per sample, by callgrind, and
fails when an example takes over 5 % more than `instructions.json` says.

    instructions.py --snnc PROGRAM [--write]

`bench` runs each pass over its samples a fixed number of times, so that the
difference of two runs with as many samples more is what these take; the parts
are told apart by the names of functions. Counts depend on the compiler: those
of another LLVM than the ones in the file are printed and not judged.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / 'examples'
EXPECTED = HERE / 'instructions.json'
TOLERANCE = 1.05
CPU = 'x86-64-v3'       # the best that valgrind knows
# What bench does with each sample, at its shortest: training and its warming
# up, then forward passes with and without the adjoint, each twice.
FORWARDS, BACKWARDS = 6, 4
# name: (samples of the shorter run, more of them in the longer one)
EXAMPLE_SAMPLES = {'yinyang': (64, 128), 'mnist': (20, 20)}


def output(command):
    done = subprocess.run(list(map(str, command)), capture_output=True,
                          text=True)
    if done.returncode:
        print(f"{' '.join(map(str, command))}: status {done.returncode}\n"
              f'{done.stdout}{done.stderr}')
        sys.exit(1)
    return done.stdout


def llvm_major(snnc):
    return re.search(r'LLVM (\d+)', output([snnc, '--version']))[1]


# ---- data -----------------------------------------------------------------------

def idx(path, dimensions, data):
    head = bytes([0, 0, 8, len(dimensions)])
    path.write_bytes(head + b''.join(d.to_bytes(4, 'big') for d in dimensions)
                     + data)


def digit(number):
    """A blurred ring or stroke in a 28 x 28 picture, about 150 pixels."""
    picture = bytearray(784)
    for y in range(4, 24):
        for x in range(4, 24):
            u, v = x - 13.5 - number % 3, y - 13.5
            radius = (u * u * (1 + number % 4) + v * v) ** 0.5
            near = abs(radius - 5 - number % 5)
            if near < 2:
                picture[28 * y + x] = int(255 - 100 * near)
    return bytes(picture)


def write_digits(folder):
    pictures = [digit(number) for number in range(60)]
    for name, n in (('train', 5100), ('t10k', 60)):
        chosen = [k * 7 % 60 for k in range(n)]
        idx(folder / f'{name}-images-idx3-ubyte', (n, 28, 28),
            b''.join(pictures[k] for k in chosen))
        idx(folder / f'{name}-labels-idx1-ubyte', (n,),
            bytes(k % 10 for k in chosen))


# ---- counting -------------------------------------------------------------------

def count(trainer, samples, folder):
    """Instructions of each function in a run of bench."""
    profile = folder / 'callgrind.out'
    output(['valgrind', '--tool=callgrind', f'--callgrind-out-file={profile}',
            trainer, 'bench', '--threads', '1', '--quiet', '--data', folder,
            '--samples', samples, '--seconds', '0.000001'])
    text = output(['callgrind_annotate', '--threshold=100', profile])
    counts = {}
    for line in text.splitlines():
        match = re.match(r'\s*([\d,]+) \(.*?\)\s+\S*?:([^ :]+)(?: |$)', line)
        if match:
            function = match.group(2)
            counts[function] = (counts.get(function, 0)
                                + int(match.group(1).replace(',', '')))
    return counts


def per_sample(trainer, name, folder):
    """Instructions of a training step by part, per sample."""
    few, more = EXAMPLE_SAMPLES[name]
    before, after = (count(trainer, n, folder) for n in (few, few + more))
    parts = {'forward': 0.0, 'backward': 0.0, 'optimiser': 0.0, 'runtime': 0.0}
    for function, n in after.items():
        n = (n - before.get(function, 0)) / more
        if function.endswith('.backward') or function.endswith('spikes_back'):
            parts['backward'] += n / BACKWARDS
        elif function.endswith('optimize'):
            parts['optimiser'] += n / 2
        elif '.' in function and function.split('.')[0] in ('hidden', 'out'):
            parts['forward'] += n / FORWARDS
        else:
            parts['runtime'] += n / FORWARDS
    parts['all'] = sum(parts.values())
    return {part: round(n) for part, n in parts.items()}


def measure(snnc, folder):
    write_digits(folder)
    for name in EXAMPLE_SAMPLES:
        for precision in ('f32', 'f64'):
            trainer = folder / f'{name}-{precision}'
            output([snnc, EXAMPLES / name / f'{name}.snn', f'--cpu={CPU}',
                    f'--precision={precision}', '-o', trainer])
            yield f'{name} {precision}', per_sample(trainer, name, folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--write', action='store_true')
    options = parser.parse_args()
    known = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    major = llvm_major(options.snnc)
    expected, found, good = known.get(major, {}), {}, True
    with tempfile.TemporaryDirectory() as folder:
        for case, parts in measure(options.snnc, Path(folder)):
            found[case] = parts
            before = expected.get(case, {}).get('all')
            print(case, *(f'{part} {n}' for part, n in parts.items()),
                  f'expected {before}' if before else 'not judged')
            if before and parts['all'] > TOLERANCE * before:
                print(f'{case}: over 5 % more than {before}')
                good = False
    if options.write:
        known[major] = found
        EXPECTED.write_text(json.dumps(known, indent=1) + '\n')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
