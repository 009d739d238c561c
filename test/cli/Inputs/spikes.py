"""spikes.py OUT.npz [WHAT]: input spikes of three samples for the bands model;
WHAT shuffles them within samples or breaks something."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../../truth'))
import npz  # noqa: E402

times = [0.0, 1e-3, 4e-3, 4e-3, 9e-3, 0.0, 2e-3, 3e-3, 7e-3, 20e-3, 1e-3]
channels = [4, 0, 1, 2, 3, 4, 0, 2, 1, 3, 2]
offsets, labels = [0, 5, 10, 11], [0, 1, 2]
what = sys.argv[2] if len(sys.argv) > 2 else ''
if what == 'shuffled':
    for begin, end in zip(offsets, offsets[1:]):
        order = list(range(begin, end))[::-1]
        times[begin:end] = [times[k] for k in order]
        channels[begin:end] = [channels[k] for k in order]
elif what == 'channel':
    channels[3] = 5
elif what == 'time':
    times[2] = float('nan')
elif what == 'negative':
    times[2] = -1e-3
elif what == 'offsets':
    offsets[1] = 11
elif what == 'label':
    labels[1] = 3
elif what == 'short':
    channels.pop()
arrays = {'times': ('<f8', [len(times)], times),
          'channels': ('<i8', [len(channels)], channels),
          'offsets': ('<i8', [len(offsets)], offsets),
          'labels': ('<i8', [len(labels)], labels)}
if what == 'missing':
    del arrays['labels']
if what == 'float':
    arrays['channels'] = ('<f8', [len(channels)], [float(c) for c in channels])
if what == 'complex':
    npz.CODES['<c8'] = 'd'
    arrays['times'] = ('<c8', [len(times)], times)
npz.write(sys.argv[1], arrays)
