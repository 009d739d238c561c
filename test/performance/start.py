"""How soon a trainer starts: MNIST's size of data on the disk's cache, no epoch.

    start.py TRAINER

Fails when the best of some runs takes 100 ms of processor time (half of it is
usual), or when reading holds the data more than once.
"""
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import instructions

SAMPLES = {'train': 60000, 't10k': 10000}
PIXELS = 784
ROUNDS, SECONDS = 7, 0.1
REST = 20               # MiB that a trainer holds besides its data


def write_data(folder):
    pictures = [instructions.digit(number) for number in range(50)]
    for name, n in SAMPLES.items():
        instructions.idx(folder / f'{name}-images-idx3-ubyte', (n, 28, 28),
                         b''.join(pictures) * (n // 50))
        instructions.idx(folder / f'{name}-labels-idx1-ubyte', (n,),
                         bytes(k % 10 for k in range(n)))


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def start(trainer, folder):
    before = processor_seconds()
    # The shell between makes the trainer's memory its own.
    done = subprocess.run(['sh', '-c', '"$@"; exit $?', 'sh', trainer, '--data',
                           folder, '--epochs', '0', '--threads', '1'],
                          capture_output=True, text=True, cwd=folder)
    if done.returncode:
        sys.exit(f'status {done.returncode}\n{done.stdout}{done.stderr}')
    used = processor_seconds() - before
    return used, float(re.search(r'memory: ([\d.]+) MiB', done.stdout)[1])


def main():
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder))
        trainer = os.path.abspath(sys.argv[1])
        runs = [start(trainer, folder) for _ in range(ROUNDS)]
    seconds, peak = min(s for s, _ in runs), max(p for _, p in runs)
    data = sum(SAMPLES.values()) * PIXELS / (1 << 20)
    print(f'{1000 * seconds:.0f} ms, {peak} MiB at the peak, {data:.1f} of data')
    return 0 if seconds < SECONDS and peak < data + REST else 1


if __name__ == '__main__':
    sys.exit(main())
