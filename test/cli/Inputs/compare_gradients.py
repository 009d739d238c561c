"""compare_gradients.py IN OUT SHUFFLED_IN SHUFFLED_OUT: the gradient of shuffled
spikes is the shuffled gradient; arrays and shapes are as documented."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../../truth'))
import npz  # noqa: E402

given, out, mixed, mixed_out = (npz.read(path) for path in sys.argv[1:])
shapes = {'loss': (3,), 'grad/input_times': (11,),
          'grad/x_hidden.weight': (5, 20), 'grad/hidden_out.weight': (20, 3),
          'grad/hidden.threshold': (20,), 'grad/out.threshold': (),
          'spikes/hidden/offsets': (4,), 'spikes/out/offsets': (4,)}
for name, shape in shapes.items():
    if tuple(out[name][0]) != shape:
        sys.exit(f'{name} has shape {out[name][0]}, expected {shape}')
if not any(out['grad/input_times'][1]):
    sys.exit('all gradients of input times are 0')
for name in out:
    if name != 'grad/input_times' and out[name] != mixed_out[name]:
        sys.exit(f'{name} depends on the order of the spikes')


def by_spike(spikes, gradients):
    offsets = spikes['offsets'][1]
    return [sorted(zip(spikes['times'][1][a:b], spikes['channels'][1][a:b],
                       gradients['grad/input_times'][1][a:b]))
            for a, b in zip(offsets, offsets[1:])]


if by_spike(given, out) != by_spike(mixed, mixed_out):
    sys.exit('gradients of input times are not in the order given')
for layer in ['hidden', 'out']:
    times = out[f'spikes/{layer}/times'][1]
    neurons = out[f'spikes/{layer}/neurons'][1]
    offsets = out[f'spikes/{layer}/offsets'][1]
    if offsets[-1] != len(times) or len(times) != len(neurons):
        sys.exit(f'offsets of {layer} do not fit')
    for a, b in zip(offsets, offsets[1:]):
        spikes = list(zip(times[a:b], neurons[a:b]))
        if spikes != sorted(spikes):
            sys.exit(f'spikes of {layer} are not sorted')
