"""The model of a truth case in snnc's language, and its parameter file.

Neurons and losses come from the standard library where it has them; those
marked below stand in the file itself, as a user's own would.
"""

IMPORTS = {
    'lif': 'neurons/lif', 'li': 'neurons/li', 'lif_alpha': 'neurons/lif_alpha',
    'lif_two_synapses': 'neurons/lif_two_synapses',
    'lif_delta': 'neurons/lif_delta', 'lif_subtract': 'neurons/lif_subtract',
    **{name: f'neurons/{name}' for name in (
        'qif', 'eif', 'adex', 'izhikevich', 'theta', 'resonate_and_fire',
        'alif', 'lif_adaptive_current', 'two_compartment', 'lif_conductance',
        'lif_receptors', 'egru')},
    'first_spike': 'losses/first_spike_cross_entropy',
    'voltage_maximum': 'losses/maximum_cross_entropy',
}

OWN = {
    'lif_started': '''\
neuron lif_started(tau_mem = 20 ms, tau_syn = 5 ms, threshold = 1, v_reset = 0,
                   bias = 0, v_start = 0) {
    state v = v_start, i = 0
    v' = (i - v + bias) / tau_mem
    i' = -i / tau_syn
    receive(w): i += w
    spike when v >= threshold: v = v_reset
}
''',
    'lif_delta_subtract': '''\
neuron lif_delta_subtract(tau_mem = 20 ms, threshold = 1, step = 1, bias = 0) {
    state v = 0
    v' = (bias - v) / tau_mem
    receive(w): v += w
    spike when v >= threshold: v -= step
}
''',
    'spike_time': '''\
loss spike_time_square(out, tau0 = 5 ms) {
    t = first_spike(out) / tau0
    sum(t^2)
}
''',
    'final_square': '''\
loss final_square(out) { sum(final(out.v)^2) }
''',
}

# In which unit a number in SI is written, by neuron or for all of them.
UNITS = {
    'adex': dict(rest='V', v_rise='V', slope='V', v_peak='V', v_reset='V',
                 coupling='S', jump='A', gain='A'),
    'eif': dict(rest='V', v_rise='V', slope='V', v_peak='V', v_reset='V',
                gain='V'),
    'izhikevich': dict(a='Hz', b='Hz', c='V', d='V/s', v_peak='V', gain='V/s'),
    'lif_conductance': dict(rest='V', threshold='V', v_reset='V', gain='S'),
    'lif_receptors': dict(rest='V', threshold='V', v_reset='V', gain='S',
                          magnesium='mol/m^3'),
    'resonate_and_fire': dict(damping='Hz', frequency='Hz'),
}
USUAL_UNITS = dict(tau='s', capacity='F', leak='S', e_reversal='V',
                   i_reversal='V')


def unit_of(kind, quantity):
    unit = UNITS.get(kind, {}).get(quantity) or USUAL_UNITS.get(quantity)
    return ' s' if quantity.startswith('tau_') else f' {unit}' if unit else ''


def layer_text(layer):
    arguments = []
    for q in layer['quantities']:
        unit = unit_of(layer['kind'], q['name'])
        text = f"{q['name']} = {q['values'][0]!r}{unit}"
        if q['learned']:
            text += ' learned' + (' per neuron' if q['per_neuron'] else '')
        arguments.append(text)
    joined = ',\n        '.join(arguments)
    shape = layer.get('shape', [layer['size']])
    return f"    layer {layer['name']}{shape} : " \
           f"{layer['kind']}(\n        {joined})"


def delay_text(projection):
    if 'per' not in projection:
        return ''
    return f"; delay = 0 learned per {projection['per']}"


def connect_text(case, layer, projection):
    source = case['layers'][projection['source']]['name']
    port = f".{projection['port']}" if projection['port'] else ''
    named = f" as {projection['name']}" if port else ''
    return f"    connect {source} -> {layer['name']}{port}{named} : " \
           f"{projection.get('pattern', 'dense')} {{ weight = 0" \
           f"{delay_text(projection)} }}"


def loss_text(loss):
    if loss['kind'] == 'voltage_maximum':
        return '    loss maximum_cross_entropy(out, label)'
    if loss['kind'] == 'spike_time':
        return f"    loss spike_time_square(out, tau0 = {loss['tau0']!r} s)"
    if loss['kind'] == 'final_square':
        return '    loss final_square(out)'
    return (f"    loss first_spike_cross_entropy(out, label, "
            f"tau0 = {loss['tau0']!r} s,\n        tau1 = {loss['tau1']!r} s, "
            f"alpha = {loss['alpha']!r})")


def model_text(case):
    used = sorted({layer['kind'] for layer in case['layers'][1:]}
                  | {case['loss']['kind']})
    parts = [f'import "{IMPORTS[u]}"\n' for u in used if u in IMPORTS]
    parts += ['\n' + OWN[u] for u in used if u in OWN]
    inputs = case['layers'][0]
    lines = [f"\nmodel {case['name']} {{",
             f"    duration {case['duration']!r} s",
             f"    input {inputs['name']}[{inputs['size']}]"]
    for layer in case['layers'][1:]:
        lines.append(layer_text(layer))
    for layer in case['layers'][1:]:
        lines += [connect_text(case, layer, p) for p in layer['projections']]
    lines += [loss_text(case['loss']), '}']
    return ''.join(parts) + '\n'.join(lines) + '\n'


def weight_shape(case, layer, projection):
    source = case['layers'][projection['source']]
    if 'pattern' not in projection:
        return source['size'], layer['size']
    if projection['pattern'].startswith('list'):
        return (len(projection['weights']),)
    channels = layer['shape'][0], source['shape'][0]
    return *channels, len(projection['weights']) // (channels[0] * channels[1])


def delay_shape(case, layer, projection):
    n = len(projection['delays'])
    if projection['per'] == 'projection':
        return ()
    is_matrix = projection['per'] == 'synapse' and 'pattern' not in projection
    return weight_shape(case, layer, projection) if is_matrix else (n,)


def parameter_arrays(case):
    """{name: (shape, values)} of everything learned, as the trainer loads it."""
    arrays = {}
    for layer in case['layers'][1:]:
        for q in layer['quantities']:
            if q['learned']:
                shape = (layer['size'],) if q['per_neuron'] else ()
                arrays[f"{layer['name']}.{q['name']}"] = (shape, q['values'])
        for p in layer['projections']:
            arrays[f"{p['name']}.weight"] = (weight_shape(case, layer, p),
                                             p['weights'])
            if 'delays' in p:
                arrays[f"{p['name']}.delay"] = (delay_shape(case, layer, p),
                                                p['delays'])
    return arrays
