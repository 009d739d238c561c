"""The list of truth cases: which networks, in which regimes, with which loss.

A regime says how the synaptic time constant stands to the membrane's: a ratio
tau_mem / tau_syn, or a list of ratios dealt out over the neurons of a layer.
"""

NEAR6, NEAR3 = 1 + 1e-6, 1 + 1e-3
REGIMES = {
    'equal': [1.0],
    'near6': [NEAR6],
    'near3': [NEAR3],
    'two': [2.0],
    'four': [4.0],
    'inverse': [0.4],
    'mixed': [1.0, NEAR6, 4.0, 1 / NEAR3, 0.5, 2.0],
}


def spec(name, kind, regime, loss, hidden, **more):
    """One case; `hidden` lists the sizes of the layers before the last."""
    made = dict(name=name, group=name.split('_')[0], kind=kind, regime=regime,
                loss=loss, hidden=hidden, inputs=4, outputs=3, samples=2,
                per_neuron=False, ties=False, gap=0.0, skip=False,
                bias=(-0.1, 0.2), fixed=(), silent_label=False, shapes={},
                zeros=(), delays=())
    made.update(more)
    return made


def lif_cases():
    first, volt = 'first_spike', 'voltage_maximum'
    for regime in ('equal', 'near6', 'near3', 'two', 'four', 'inverse'):
        yield spec(f'lif_{regime}_first', 'lif', regime, first, [5])
        yield spec(f'lif_{regime}_voltage', 'lif', regime, volt, [4],
                   per_neuron=True)
    yield spec('lif_single_first', 'lif', 'four', first, [], inputs=8)
    yield spec('lif_single_voltage', 'lif', 'near6', volt, [], inputs=8)
    yield spec('lif_three_first', 'lif', 'four', first, [4, 4], samples=1)
    yield spec('lif_three_voltage', 'lif', 'mixed', volt, [4, 4], samples=1,
               per_neuron=True)
    yield spec('lif_mixed_first', 'lif', 'mixed', first, [6], per_neuron=True)
    yield spec('lif_skip_first', 'lif', 'two', first, [4], skip=True)
    yield spec('lif_constants_voltage', 'lif', 'four', volt, [6], inputs=6,
               fixed=('tau_mem', 'tau_syn', 'threshold', 'v_reset', 'bias'))
    yield spec('lif_constants_first', 'lif', 'two', first, [6], inputs=6,
               fixed=('tau_mem', 'tau_syn', 'threshold', 'v_reset', 'bias'))
    yield spec('lif_silentlabel_first', 'lif', 'four', first, [4],
               silent_label=True)
    yield spec('lif_times_square', 'lif', 'four', 'spike_time', [5])


def other_cases():
    first, volt = 'first_spike', 'voltage_maximum'
    losses = (first, volt)
    for k, regime in enumerate(('equal', 'near6', 'near3', 'two', 'four',
                                'inverse', 'mixed')):
        yield spec(f'alpha_{regime}', 'lif_alpha', regime, losses[k % 2], [4],
                   per_neuron=k % 3 == 0)
    # For two synapses the regime gives tau_mem / tau_slow; `fast` gives
    # tau_slow / tau_fast.
    for k, (name, regime, fast) in enumerate((
            ('apart', 'two', 4.0), ('slowequal', 'equal', 4.0),
            ('fastnear', 'inverse', 2.5 * NEAR6), ('allnear', 'near3', NEAR6),
            ('allequal', 'equal', 1.0), ('mixed', 'mixed', 3.0))):
        yield spec(f'two_{name}', 'lif_two_synapses', regime, losses[k % 2],
                   [4], fast=fast, per_neuron=name == 'mixed')
    # Spikes only at arrivals: their times do not depend on the layer at all,
    # and its gradients are zero.
    yield spec('delta_quiet', 'lif_delta', 'four', volt, [5], inputs=5,
               zeros=('hidden.', 'x_hidden.'))
    yield spec('delta_driven', 'lif_delta', 'four', volt, [5],
               bias=(1.05, 1.3), per_neuron=True)
    yield spec('delta_first', 'lif_delta', 'four', first, [5],
               bias=(1.05, 1.3))
    yield spec('delta_subtract', 'lif_delta_subtract', 'four', volt, [5],
               bias=(1.05, 1.4))
    for k, regime in enumerate(('equal', 'near6', 'four', 'inverse')):
        yield spec(f'subtract_{regime}', 'lif_subtract', regime, losses[k % 2],
                   [4], per_neuron=k % 2 == 1)
    yield spec('started_four', 'lif_started', 'four', first, [5],
               per_neuron=True)
    for k, kind in enumerate(('lif', 'lif', 'lif_alpha', 'lif_two_synapses')):
        yield spec(f'ties_{kind}_{k}', kind, 'four', losses[k % 2], [4],
                   ties=True, fast=4.0, inputs=5)
    yield spec('silence_lif_voltage', 'lif', 'four', volt, [4], gap=1e4)
    yield spec('silence_lif_first', 'lif', 'mixed', first, [4], gap=1e4,
               per_neuron=True)
    yield spec('silence_alpha', 'lif_alpha', 'equal', volt, [4], gap=1e4)
    yield spec('silence_two', 'lif_two_synapses', 'two', volt, [4], gap=1e4,
               fast=4.0)


def table_cases():
    """Tables of synapses: sparse lists, a convolution whose weights its places
    share, a skip connection, and ways back within a layer and over two."""
    def table(name, kind, regime, loss, **more):
        return spec(f'tables_{name}', kind, regime, loss, [8, 8], shapes={1: [2, 4], 2: [2, 4]},
                    inputs=4, samples=1, **more)
    first, volt = 'first_spike', 'voltage_maximum'
    yield table('lif_first', 'lif', 'four', first)
    yield table('lif_voltage', 'lif', 'mixed', volt, per_neuron=True)
    yield table('near', 'lif', 'near6', first)
    yield table('two', 'lif_two_synapses', 'two', first, fast=4.0)
    yield table('alpha', 'lif_alpha', 'four', volt)
    yield table('subtract', 'lif_subtract', 'four', first)


def delay_cases():
    """Learned delays of every kind, dealt out over the projections: in feed-forward
    networks, and in the recurrent ones of table_cases."""
    first, volt = 'first_spike', 'voltage_maximum'
    kinds = ('synapse', 'target', 'projection', 'source')
    def tables(name, kind, regime, loss, turn, **more):
        return spec(f'delays_{name}', kind, regime, loss, [8, 8],
                    shapes={1: [2, 4], 2: [2, 4]}, inputs=4, samples=1,
                    delays=kinds[turn:] + kinds[:turn], **more)
    yield spec('delays_together', 'lif', 'four', first, [5], skip=True,
               delays=('source', 'projection', 'source'))
    yield spec('delays_apart', 'lif', 'mixed', volt, [5], skip=True,
               per_neuron=True, delays=('target', 'synapse', 'synapse'))
    yield spec('delays_tied', 'lif', 'two', first, [5], ties=True,
               delays=('projection', 'synapse'))
    yield tables('lif_voltage', 'lif', 'mixed', volt, 1, per_neuron=True)
    yield tables('alpha', 'lif_alpha', 'four', volt, 3)


def all_specs():
    return [*lif_cases(), *other_cases(), *table_cases(), *delay_cases()]
