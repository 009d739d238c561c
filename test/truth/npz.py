"""npz files with the standard library alone: a zip of .npy members.

    read(path)  -> {name: (shape, flat list)}
    write(path, {name: (dtype, shape, flat list)})   dtype '<f8' or '<i8'

As a program: `npz.py pack FILE.npz DIR` zips DIR/*.npy (names may hold '/'
written as '@'), `npz.py unpack FILE.npz DIR` does the reverse.
"""
import ast
import os
import struct
import sys
import zipfile

MAGIC = b'\x93NUMPY'
CODES = {'<f8': 'd', '<f4': 'f', '<i8': 'q', '<i4': 'i', '<u4': 'I',
         '<u8': 'Q', '|u1': 'B', '|b1': '?'}


def count(shape):
    n = 1
    for extent in shape:
        n *= extent
    return n


def array_bytes(dtype, shape, values):
    if len(values) != count(shape):
        raise ValueError(f'{len(values)} values for shape {shape}')
    header = repr({'descr': dtype, 'fortran_order': False,
                   'shape': tuple(shape)})
    header += ' ' * (-(len(header) + 11) % 64) + '\n'
    return (MAGIC + b'\x01\x00' + struct.pack('<H', len(header))
            + header.encode() + struct.pack(f'<{len(values)}{CODES[dtype]}',
                                            *values))


def parse_array(data):
    if data[:6] != MAGIC:
        raise ValueError('not a .npy member')
    long = data[6] >= 2
    size = struct.unpack_from('<I' if long else '<H', data, 8)[0]
    start = 12 if long else 10
    header = ast.literal_eval(data[start:start + size].decode())
    if header['fortran_order'] and len(header['shape']) > 1:
        raise ValueError('column-major array')
    n = count(header['shape'])
    code = CODES[header['descr'].replace('=', '<')]
    return tuple(header['shape']), list(
        struct.unpack_from(f'<{n}{code}', data, start + size))


def read(path):
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix('.npy'): parse_array(archive.read(name))
                for name in archive.namelist()}


def write(path, arrays):
    with zipfile.ZipFile(path, 'w') as archive:
        for name, (dtype, shape, values) in arrays.items():
            archive.writestr(name + '.npy', array_bytes(dtype, shape, values))


def pack(path, folder):
    with zipfile.ZipFile(path, 'w') as archive:
        for name in sorted(os.listdir(folder)):
            archive.write(os.path.join(folder, name), name.replace('@', '/'))


def unpack(path, folder):
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with open(os.path.join(folder, name.replace('/', '@')), 'wb') as f:
                f.write(archive.read(name))


if __name__ == '__main__':
    {'pack': pack, 'unpack': unpack}[sys.argv[1]](sys.argv[2], sys.argv[3])
