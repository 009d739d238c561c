// A reader brings one data format into memory. Each is one file of runtime/data
// that defines `const SnnReader snn_reader_<id>`; a trainer links only its own.
#ifndef SNN_READER_H
#define SNN_READER_H

#include <stddef.h>
#include <stdint.h>
#include "snn/abi.h"

// One set (training, validation or test): n samples of n_values numbers each,
// as bytes or as doubles (one of the two is NULL), and a class for each.
typedef struct SnnSet {
    uint32_t n_samples, n_values;
    uint8_t *bytes;     // [n_samples][n_values]
    double *doubles;    // [n_samples][n_values]
    int32_t *labels;    // [n_samples]
    uint32_t is_in_file; // bytes lie in one of the dataset's files
} SnnSet;

typedef struct SnnDataset {
    SnnSet train, validation, test; // n_samples 0: there is none
    uint32_t n_classes;
    uint8_t *files[2];  // kept whole, for sets that are parts of them
} SnnDataset;

struct SnnReader {
    const char *name;
    // Reads all sets. On failure returns -1 with a sentence in `error` that
    // names the file, what was found and what was expected; nothing leaks.
    int (*read)(const SnnReaderOption *options, uint32_t n_options,
                const char *data_dir, SnnDataset *out, char *error,
                size_t error_size);
};

// Option by name; the default when absent (readers.def has them all).
const char *snn_option_text(const SnnReaderOption *options, uint32_t n,
                            const char *name, const char *fallback);
double snn_option_number(const SnnReaderOption *options, uint32_t n,
                         const char *name, double fallback);
void snn_dataset_free(SnnDataset *dataset);

#endif
