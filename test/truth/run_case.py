#!/usr/bin/env python3
"""Compiles the model of a truth case, asks its trainer for the gradient and
compares with the arbitrary-precision simulation.

    run_case.py --snnc "PROGRAM [OPTIONS]" [--precision f64|f32] [--keep DIR]
                [--without WORD]... [--of-largest] PREFIX...

Runs every case whose name starts with one of the prefixes and contains none of the words. f64: each gradient
within 1e-9 of the largest component of its array, and of itself where it is
above 1e-3 of the largest (and above what a rounding of the times to doubles
moves: after a silence of 200 s, 3e-11 of the largest); spike times within 1e-12 of the duration; the same
spikes. --allow says another tolerance for all of these, --of-largest leaves out what is relative
to the component itself. f32: gradients within 1e-3 of the largest component, or
of what one rounding of terms of size 1 moves in each sample: a sum over neurons
of a softmax's gradients cancels to nothing. Prints the worst
error of each kind of parameter; exit status 1 when anything strays.
"""
import argparse
import json
import math
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import npz
from model_text import model_text, parameter_arrays

CASES = Path(__file__).resolve().parent / 'cases'
TOLERANCE = {'f64': 1e-9, 'f32': 1e-3}
LOSS_TOLERANCE = {'f64': 1e-10, 'f32': 1e-3}
TIME_TOLERANCE = {'f64': 1e-12, 'f32': 1e-5}
COMPONENT_FROM = 1e-3   # components above this part of the largest; --of-largest: none
TERM_ROUNDING = 2.0 ** -23  # of f32, for terms of size 1


class Mismatch(Exception):
    """What is not as expected, in words."""


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Mismatch(f"{' '.join(map(str, command))}: status "
                       f'{done.returncode}\n{done.stdout}{done.stderr}')


def write_inputs(case, folder):
    times, channels, offsets, labels = [], [], [0], []
    for sample in case['samples']:
        times += sample['times']
        channels += sample['channels']
        offsets.append(len(times))
        labels.append(sample['label'])
    npz.write(folder / 'spikes.npz', {
        'times': ('<f8', (len(times),), times),
        'channels': ('<i8', (len(channels),), channels),
        'offsets': ('<i8', (len(offsets),), offsets),
        'labels': ('<i8', (len(labels),), labels)})
    npz.write(folder / 'params.npz', {
        name: ('<f8', shape, values)
        for name, (shape, values) in parameter_arrays(case).items()})


def write_lists(case, folder):
    for layer in case['layers']:
        for p in layer['projections']:
            if not p.get('pattern', '').startswith('list'):
                continue
            ends = [[s[side] for s in p['synapses']] for side in (0, 1)]
            npz.write(folder / f"{p['name']}.npz", {
                'sources': ('<i8', (len(ends[0]),), ends[0]),
                'targets': ('<i8', (len(ends[1]),), ends[1])})


def trainer_answer(case, snnc, precision, folder):
    model = folder / f"{case['name']}.snn"
    model.write_text(model_text(case))
    write_inputs(case, folder)
    write_lists(case, folder)
    run([*snnc, model, f'--precision={precision}', '-o', folder / 'trainer'])
    run([folder / 'trainer', 'gradient', '--data', folder, '--spikes', folder / 'spikes.npz',
         '--load', folder / 'params.npz', '--out', folder / 'out.npz'])
    return npz.read(folder / 'out.npz')


# ---- comparing ------------------------------------------------------------------

def time_resolution(case):
    """The spacing of doubles at the duration, in the shortest time constant,
    that of the loss included."""
    taus = [tau for layer in case['layers'] for q in layer['quantities']
            if q['name'].startswith('tau') for tau in q['values']]
    taus += [case['loss'][name] for name in ('tau0',) if name in case['loss']]
    return math.ulp(case['duration']) / min(taus)


def gradient_error(found, want, resolution):
    """Worst error relative to the largest component, and componentwise."""
    largest = max(map(abs, want), default=0.0)
    worst = 0.0
    for a, b in zip(found, want):
        if not abs(a) < float('inf'):
            return float('inf')
        if largest == 0.0:
            worst = max(worst, abs(a))
            continue
        worst = max(worst, abs(a - b) / largest)
        if abs(b) > COMPONENT_FROM * largest:
            beyond = max(0.0, abs(a - b) - resolution * largest)
            worst = max(worst, beyond / abs(b))
    return worst


def largest_error(found, want, least):
    """As f32 is judged: relative to the largest component alone."""
    largest = max(max(map(abs, want), default=0.0), least) or 1.0
    return max((abs(a - b) / largest if abs(a) < float('inf') else float('inf')
                for a, b in zip(found, want)), default=0.0)


def compare_gradients(case, answer, precision):
    shapes = {name: shape for name, (shape, _) in parameter_arrays(case).items()}
    resolution = time_resolution(case)
    if precision == 'f32':
        resolution = (TERM_ROUNDING * len(case['samples'])
                      / TOLERANCE['f32'])
    judge = gradient_error if precision == 'f64' else largest_error
    for name, want in case['expected']['gradients'].items():
        if f'grad/{name}' not in answer:
            raise Mismatch(f'no array grad/{name} in the answer, which has '
                           + ' '.join(sorted(answer)))
        shape, found = answer[f'grad/{name}']
        wanted_shape = shapes.get(name, (len(want),))
        if shape != wanted_shape:
            raise Mismatch(f'grad/{name} has shape {shape}, not {wanted_shape}')
        yield name.rsplit('.', 1)[-1], judge(found, want, resolution), TOLERANCE[
            precision]
    unknown = {n for n in answer if n.startswith('grad/')} - {
        f'grad/{n}' for n in case['expected']['gradients']}
    if unknown:
        raise Mismatch(f'unexpected arrays {sorted(unknown)}')


def spike_error(case, answer, layer):
    want = case['expected']['spikes'][layer]
    got = {key: answer[f'spikes/{layer}/{key}'][1]
           for key in ('times', 'neurons', 'offsets')}
    if got['offsets'] != want['offsets']:
        raise Mismatch(f"{layer}: spike offsets {got['offsets']}, expected "
                       f"{want['offsets']}")
    worst = 0.0
    for s in range(len(case['samples'])):
        part = slice(want['offsets'][s], want['offsets'][s + 1])
        a, b = (sorted(zip(x['neurons'][part], x['times'][part]))
                for x in (got, want))
        if [n for n, _ in a] != [n for n, _ in b]:
            raise Mismatch(f'{layer}: other neurons spike in sample {s}')
        worst = max([worst] + [abs(p[1] - q[1]) for p, q in zip(a, b)])
        order = got['times'][part]
        if any(p > q for p, q in zip(order, order[1:])):
            raise Mismatch(f'{layer}: spikes of sample {s} are not in order')
    return worst / case['duration']


def compare(case, answer, precision):
    """Yields (kind, error, tolerance)."""
    found = answer['loss'][1]
    worst = max(abs(a - b) / max(1.0, abs(b))
                for a, b in zip(found, case['expected']['loss'], strict=True))
    yield 'loss', worst, LOSS_TOLERANCE[precision]
    for layer in case['layers'][1:]:
        yield ('spike times', spike_error(case, answer, layer['name']),
               TIME_TOLERANCE[precision])
    yield from compare_gradients(case, answer, precision)


def judge_case(case, snnc, precision, folder, table):
    answer = trainer_answer(case, snnc, precision, folder)
    good = True
    for kind, error, tolerance in compare(case, answer, precision):
        worst = table.setdefault(kind, [0.0, tolerance, ''])
        if error >= worst[0]:
            worst[0], worst[2] = error, case['name']
        if not error <= tolerance:
            print(f"{case['name']}: {kind}: error {error:.2e}, at most "
                  f'{tolerance:.0e}')
            good = False
    return good


def judge_all(cases, arguments):
    table, n_failed = {}, 0
    for path in cases:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(arguments.keep or scratch)
            folder.mkdir(parents=True, exist_ok=True)
            try:
                good = judge_case(json.loads(path.read_text()),
                                  shlex.split(arguments.snnc),
                                  arguments.precision, folder, table)
            except Mismatch as mismatch:
                print(f'{path.stem}: {mismatch}')
                good = False
            n_failed += not good
    print(f"{'kind':<14} {'worst':>9}  {'allowed':>7}  in case")
    for kind, (worst, tolerance, name) in sorted(table.items()):
        print(f'{kind:<14} {worst:9.2e}  {tolerance:7.0e}  {name}')
    print(f'{arguments.precision}: {len(cases)} cases, {n_failed} failed')
    return n_failed == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--precision', default='f64', choices=['f64', 'f32'])
    parser.add_argument('--allow', type=float, help='for f64 gradients, loss '
                        'and spike times alike')
    parser.add_argument('--keep', help='leave the files of the last case here')
    parser.add_argument('--without', metavar='WORD', action='append', default=[],
                        help='no case with this in its name')
    parser.add_argument('--of-largest', action='store_true', help='f64: judge a component by the '
                        'largest of its array alone')
    parser.add_argument('prefix', nargs='+')
    arguments = parser.parse_args()
    if arguments.allow:
        for table in (TOLERANCE, LOSS_TOLERANCE, TIME_TOLERANCE):
            table['f64'] = arguments.allow
    if arguments.of_largest:
        global COMPONENT_FROM
        COMPONENT_FROM = math.inf
    cases = sorted(p for p in CASES.glob('*.json')
                   if p.name.startswith(tuple(arguments.prefix))
                   and not any(word in p.name for word in arguments.without))
    if not cases:
        parser.error(f'no case starts with {arguments.prefix}')
    return 0 if judge_all(cases, arguments) else 1


if __name__ == '__main__':
    sys.exit(main())
