"""silence.py TRAINER NPZ: one step of weight bumping on weights of 2 (spikes
whatever comes), 0 (never) and 0.6 (spikes when two values are below 0.5)."""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz

trainer, path = sys.argv[1:]


def step(columns, part):
    npz.write(path, {'x_out.weight': ('<f8', (4, 3), columns * 4),
                     'out.threshold': ('<f8', (), [1.0])})
    subprocess.run([trainer, '--load', path, '--save', path, '--quiet',
                    '--set', f'optimizer.part={part}',
                    '--set', f'weight_bump.part={part}'], check=True)
    found = npz.read(path)
    return found['x_out.weight'][1], found['out.threshold'][1][0]


# x + (1-x): of each pair of values one is below 0.5 (or both 0.5): never two
# of one pair, always two of four.
weights, threshold = step([2.0, 0.0, 0.6], 1)
assert weights == [2.0, 0.25, 0.6] * 4, weights
assert threshold == 1.0, threshold          # the mean silence is 1/3
weights, threshold = step([2.0, 0.0, 0.4], 1)
assert weights == [2.0, 0.25, 0.65] * 4, weights
weights, threshold = step([2.0, 0.0, 0.4], 0.6)
assert weights == [2.0, 0.25, 0.65] * 4, weights
assert threshold == 1.125, threshold        # 2/3
