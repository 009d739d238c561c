#!/usr/bin/env python3
"""One model, several ways to run it: gradients, losses and spikes must agree.

    agree.py --snnc SNNC [--allow 1e-9] [--rate SPIKES] MODEL "OPTIONS" "OPTIONS" ...

Compiles MODEL once for each text of options, runs `gradient` on the same random
input spikes with the same initial values, and compares with the first. Differences are relative to
the largest component of an array. Prints the worst.
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'truth'))
import npz


def run(command):
    answer = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if answer.returncode:
        sys.exit(f'{command[0]}: {answer.stdout}{answer.stderr}')
    return answer.stdout


def write_spikes(path, channels, duration, rate, samples):
    draw = random.Random(5)
    times, owners, offsets = [], [], [0]
    for _ in range(samples):
        spikes = sorted((draw.random() * duration, channel)
                        for channel in range(channels) for _ in range(rate))
        times += [time for time, _ in spikes]
        owners += [channel for _, channel in spikes]
        offsets.append(len(times))
    labels = [draw.randrange(2) for _ in range(samples)]
    npz.write(path, {'times': ('<f8', (len(times),), times),
                     'channels': ('<i8', (len(times),), owners),
                     'offsets': ('<i8', (samples + 1,), offsets),
                     'labels': ('<i8', (samples,), labels)})


def difference(name, one, other):
    if len(one) != len(other):
        sys.exit(f'{name}: {len(one)} and {len(other)} elements')
    size = max(map(abs, one), default=0) or 1
    return max((abs(a - b) / size for a, b in zip(one, other)), default=0)


def compare(snnc, text, options, rate, allow, quotients=False):
    """Compiles the model once for each text of options and compares with the first, which is
    compared with difference quotients itself where that is asked for."""
    channels = int(re.search(r'input \w+\[(\d+)\]', text).group(1))
    duration = float(re.search(r'duration (\S+) ms', text).group(1)) * 1e-3
    answers = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, spikes, trainer = folder / 'model.snn', folder / 'spikes.npz', folder / 'trainer'
        model.write_text(text)
        write_spikes(spikes, channels, duration * 0.8, rate, 4)
        for k, some in enumerate(options):
            run([snnc, model, '-o', trainer, *some.split()])
            print(run([trainer, 'gradient', '--seed', '3', '--spikes', spikes,
                       '--out', folder / f'{k}.npz']).split(';')[0])
            answers.append(npz.read(folder / f'{k}.npz'))
            if quotients and k == 0:
                print(run([trainer, 'check-gradient', '--components', '1', '--samples', '1'])
                      .splitlines()[-1])
    worst, where = 0, 'anything'
    for some, answer in zip(options[1:], answers[1:]):
        for key in answers[0]:
            error = difference(key, answers[0][key][1], answer[key][1])
            if not error <= worst:
                worst, where = error, f'{key} with {some}'
    print(f'worst difference {worst:.1e} in {where}')
    if not worst <= allow:
        sys.exit(f'expected at most {allow:g}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--allow', type=float, default=1e-9)
    parser.add_argument('--rate', type=int, default=6)
    parser.add_argument('model', type=pathlib.Path)
    parser.add_argument('options', nargs='+')
    args = parser.parse_args()
    compare(args.snnc, args.model.read_text(), args.options, args.rate, args.allow)


if __name__ == '__main__':
    main()
