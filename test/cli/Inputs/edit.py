"""edit.py IN.npz OUT.npz EDIT...: changes arrays of an npz file. Edits:
drop=NAME, add=NAME:VALUES, shape=NAME:A,B (cut to that shape), nan=NAME."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../../truth'))
import npz  # noqa: E402


def main():
    arrays = {name: ('<f8', list(shape), [float(v) for v in values])
              for name, (shape, values) in npz.read(sys.argv[1]).items()}
    for edit in sys.argv[3:]:
        what, name = edit.split('=', 1)
        name, _, rest = name.partition(':')
        numbers = [float(v) for v in rest.split(',') if v]
        if what == 'drop':
            del arrays[name]
        elif what == 'add':
            arrays[name] = ('<f8', [len(numbers)], numbers)
        elif what == 'shape':
            shape = [int(n) for n in numbers]
            arrays[name] = ('<f8', shape, arrays[name][2][:math.prod(shape)])
        elif what == 'nan':
            arrays[name][2][0] = float('nan')
    npz.write(sys.argv[2], arrays)


main()
