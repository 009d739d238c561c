// One IDX file in memory: 00 00 type rank, the sizes as big-endian words, then
// the elements in C order, big-endian.
#ifndef SNN_DATA_IDX_H
#define SNN_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>
#include "data/options.h"

enum { IDX_RANK_MAX = 8 };

typedef enum {
#define IDX_TYPE(id, code, n_bytes, name) IDX_##id = (code),
#include "data/idx_types.def"
#undef IDX_TYPE
} IdxType;

typedef struct IdxFile {
    char *path;                // as found, for messages
    IdxType type;
    uint32_t rank;             // at least 1
    uint32_t sizes[IDX_RANK_MAX]; // sizes[0]: samples
    uint64_t n_per_sample;     // elements
    unsigned char *bytes;      // as in the file
} IdxFile;

// Reads data_dir/name, or data_dir/name.gz when that is missing; an absolute
// name stands alone. -1 with a sentence; nothing is left to free then.
int idx_open(const ReaderCall *call, const char *name, IdxFile *out);
void idx_close(IdxFile *file);

// The number at `index`, counted over all elements.
double idx_value(const IdxFile *file, size_t index);

#endif
