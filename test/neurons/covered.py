#!/usr/bin/env python3
"""Every neuron of the standard library stands in a gradient test."""
import sys
from pathlib import Path

import catalogue

tested = {word for path in Path(__file__).parent.glob('gradient_*.test')
          for word in path.read_text().split()}
missing = [n for n in catalogue.names() if n not in tested]
print('without a gradient test:', *missing or ['none'])
sys.exit(1 if missing else 0)
