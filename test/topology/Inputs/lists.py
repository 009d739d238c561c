"""lists.py FOLDER: lists of synapses, good ones and one for each mistake."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'truth'))
import npz  # noqa: E402

GOOD = dict(sources=[0, 2, 1, 1, 0], targets=[2, 0, 1, 2, 2],
            weights=[0.5, 1.5, 2.5, 3.5, 4.5])
CHANGES = {
    'good': {}, 'range': dict(targets=[2, 0, 1, 3, 2]), 'negative': dict(sources=[0, 2, -1, 1, 0]),
    'short': dict(sources=[0, 2, 1, 1]), 'few': dict(weights=[1.0, 2.0]),
    'large': dict(weights=[0.5, 1.5, 9.5, 3.5, 4.5]),
    'infinite': dict(weights=[0.5, 1.5, float('nan'), 3.5, 4.5]),
    'missing': dict(targets=None), 'unknown': dict(target=[1]),
    'real': dict(sources=[0.0, 2.0, 1.0, 1.0, 0.5]), 'empty': dict(sources=[], targets=[], weights=[]),
    'no_weights': dict(weights=None),
}


def typed(values):
    real = any(isinstance(v, float) for v in values)
    return ('<f8' if real else '<i8', (len(values),), values)


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, change in CHANGES.items():
    (folder / name).mkdir(exist_ok=True)
    arrays = {k: typed(v) for k, v in {**GOOD, **change}.items() if v is not None}
    npz.write(folder / name / 'pairs.npz', arrays)
(folder / 'cut').mkdir(exist_ok=True)
data = (folder / 'good' / 'pairs.npz').read_bytes()
(folder / 'cut' / 'pairs.npz').write_bytes(data[:len(data) // 2])
(folder / 'text').mkdir(exist_ok=True)
(folder / 'text' / 'pairs.npz').write_text('sources 0 1 2')
