#!/usr/bin/env python3
"""expect_accuracy.py LEAST: reads a trainer's --json line; fails below LEAST."""
import json
import sys

run = json.loads(sys.stdin.read().splitlines()[-1])
accuracy = run['test']['accuracy']
print(f"{run['target']}: {accuracy}")
sys.exit(accuracy < float(sys.argv[1]))
