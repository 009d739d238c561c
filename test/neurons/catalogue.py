"""The neurons of the standard library, read from their files, and models of
them in which every parameter is learned."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / 'stdlib' / 'neurons'
DECLARATION = re.compile(r'^neuron (\w+)\(([^{]*)\) \{\n(.*?)^\}',
                         re.MULTILINE | re.DOTALL)
PORT = re.compile(r'receive *(\w*)\((\w+)')

# Weights at which 20 neurons spike a few times each behind five arrivals.
DRIVE = {
    'adex': 'normal(6, 2)',
    'egru': {'update': 'normal(0, 1)', 'reset': 'normal(0, 1)',
             'candidate': 'normal(1, 1)'},
    'eif': 'normal(6, 2)',
    'izhikevich': 'normal(3, 1.5)',
    'lif_conductance': {'exc': 'uniform(0, 40)', 'inh': 'uniform(0, 10)'},
    'lif_delta': 'normal(0.8, 0.3)',
    'lif_receptors': {'ampa': 'uniform(0, 150)', 'nmda': 'uniform(0, 50)',
                      'gaba': 'uniform(0, 30)'},
    'qif': 'normal(12, 4)',
    'resonate_and_fire': 'normal(2, 1)',
    'theta': 'normal(10, 5)',
    'two_compartment': {'soma': 'normal(3, 1)', 'dendrite': 'normal(3, 1)'},
}
USUAL = 'normal(3, 1.5)'
# Where arrivals alone make the spikes, their times depend on nothing else.
VALUES = {'lif_delta': {'bias': '1.2'}}


class Neuron:
    """name, parameters as [(name, default)], ports, whether it spikes."""

    def __init__(self, path):
        self.text = path.read_text()
        self.name, parameters, self.body = DECLARATION.search(
            self.text).groups()
        self.parameters = [tuple(p.strip().split(' = ', 1)) for p in
                           ' '.join(parameters.split()).split(', ')]
        self.ports = [m[1] for m in PORT.finditer(self.body)]
        self.spikes = 'spike when' in self.body

    def drive(self, port):
        weights = DRIVE.get(self.name, USUAL)
        return weights if isinstance(weights, str) \
            else weights.get(port, USUAL)


def names():
    return sorted(p.stem for p in FOLDER.glob('*.snn'))


def neuron(name):
    return Neuron(FOLDER / f'{name}.snn')


def layer(n, size, modifiers):
    """The item `layer n[size]` with every parameter learned."""
    values = VALUES.get(n.name, {})
    arguments = ',\n        '.join(f'{p} = {values.get(p, value)}{modifiers}'
                                   for p, value in n.parameters)
    return f'    layer n[{size}] : {n.name}(\n        {arguments})\n'


def connect(n, weight=None):
    """From x to each of the ports."""
    text = ''
    for port in n.ports:
        to = f'n.{port}' if port else 'n'
        setting = weight or f'weight ~ {n.drive(port)}'
        text += f'    connect x -> {to} : dense {{ {setting} }}\n'
    return text
