"""same.py NPZ {ARRAY VALUES...}: arrays hold exactly these values."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz

found = npz.read(sys.argv[1])
name, want = None, {}
for word in sys.argv[2:]:
    if word in found:
        name = word
        want[name] = []
    else:
        want[name].append(float(word))
for name, values in want.items():
    assert found[name][1] == values, (name, found[name][1])
