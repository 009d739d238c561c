#!/usr/bin/env python3
"""The same events at every level of optimisation and any number of threads.

    levels.py SNNC FOLDER MODEL...

Compiles each model at -O0 to -O3, trains an epoch with several numbers of threads
and compares the files bit by bit; then lets all of them run the same random input
and compares losses, gradients and the signature of their events: how many spikes
there were, and a hash of them in order. The models must reach the signature by
different ways: each line says by which.
"""
import hashlib
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz  # noqa: E402

LEVELS, THREADS, SAMPLES, SPIKES = (0, 1, 2, 3), (1, 2, 3), 4, 3


def call(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def write_input(path, text):
    channels = 1
    for extent in re.search(r'input \w+\[([^]]*)\]', text)[1].split(','):
        channels *= int(extent)
    draw = random.Random(11)
    times, owners, offsets = [], [], [0]
    for _ in range(SAMPLES):
        spikes = sorted((draw.uniform(0, 0.04), draw.randrange(channels))
                        for _ in range(SPIKES * channels))
        spikes += [(0.045, c) for c in range(channels)]  # at one instant
        times += [t for t, _ in spikes]
        owners += [c for _, c in spikes]
        offsets.append(len(times))
    npz.write(path, {'times': ('<f8', (len(times),), times),
                     'channels': ('<i8', (len(times),), owners),
                     'offsets': ('<i8', (SAMPLES + 1,), offsets),
                     'labels': ('<i8', (SAMPLES,), [k % 3 for k in range(SAMPLES)])})


def signature(arrays):
    """Spikes of all layers and samples, each in the order (time, neuron)."""
    count, digest = 0, hashlib.sha256()
    for name in sorted(arrays):
        if name.startswith('spikes/'):
            values = arrays[name][1]
            digest.update(name.encode())
            digest.update(b''.join(struct.pack('<d', v) for v in values))
            count += len(values) if name.endswith('/times') else 0
    return count, digest.hexdigest()[:16]


def ways(said):
    found = []
    for way in ('sweep', 'slices', 'event loop', 'numeric', 'one list of arrivals'):
        if re.search(rf'^  .*{way}', said, re.MULTILINE):
            found.append(way)
    return ', '.join(found)


def run(snnc, folder, model):
    write_input(folder / 'in.npz', model.read_text())
    trained, answers, said = set(), [], ''
    for level in LEVELS:
        trainer = folder / f'{model.stem}{level}'
        said = call(snnc, f'-O{level}', '--explain', model, '-o', trainer)
        for threads in THREADS:
            saved = folder / 'saved.npz'
            call(trainer, 'train', '--epochs', 1, '--threads', threads, '--quiet',
                 '--save', saved, '--report', folder / 'report.json')
            trained.add(hashlib.sha256(saved.read_bytes()).hexdigest())
        call(trainer, 'gradient', '--spikes', folder / 'in.npz', '--load', saved,
             '--out', folder / 'out.npz')
        answers.append(npz.read(folder / 'out.npz'))
    signatures = {signature(a) for a in answers}
    count, _ = signatures.pop()
    same = len(trained) == 1 and not signatures and all(a == answers[0] for a in answers)
    print(f"{model.stem} ({ways(said)}): {count} spikes, {'the same' if same else 'DIFFERS'}")
    return same and count > 0


def main():
    snnc, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    good = [run(snnc, folder, Path(model)) for model in sys.argv[3:]]
    sys.exit(0 if all(good) else 1)


if __name__ == '__main__':
    main()
