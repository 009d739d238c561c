// The npy format inside npz: a header in Python's notation, then the numbers.
#ifndef SNN_IO_NPY_H
#define SNN_IO_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "io/npz.h"

// The magic, the version, and the length in 2 or 4 bytes.
#define NPY_MAGIC "\x93NUMPY"
enum { NPY_MAGIC_SIZE = 6, NPY_ALIGNMENT = 64 };

typedef struct SnnNpyHeader {
    char descr[32];
    SnnNpzType type;
    bool is_swapped;             // other byte order than this machine's
    bool is_fortran;
    uint32_t rank;
    uint64_t shape[SNN_NPZ_RANK];
    size_t data_offset;
} SnnNpyHeader;

// Reads the header of n bytes. NULL when fine, else what is wrong with it, as
// the end of a sentence about the array.
const char *snn_io_npy_parse(const unsigned char *bytes, size_t n,
                             SnnNpyHeader *out);

#endif
