"""plateau.py WHOLE RESUMED: seven epochs of plateau.snn, at once or resumed."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz

rates = [1, 1, 1, 0.1, 0.1, 0.01, 0.01]
others = [1, 1, 1, 1, 0.5, 0.5, 0.5]
want = -sum(rates) - sum(others)
for path in sys.argv[1:]:
    for value in npz.read(path)['x_out.weight'][1]:
        if abs(value - want) > 1e-12:
            sys.exit(f'{path}: {value!r}, expected {want!r}')
