#!/bin/sh
# yinyang_neurons.sh SNNC FOLDER PREFIX: an epoch of each model of the folder.
set -eu
for model in "$2"/*.snn; do
    "$1" -D train=32 -D hidden=20 "$model" -o "$3.trainer"
    "$3.trainer" train --epochs 1 --quiet --report "$3.json"
done
