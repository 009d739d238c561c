// Input spikes of samples from an npz file: times (s), channels, offsets,
// labels.
#ifndef SNN_CLI_SPIKE_FILE_H
#define SNN_CLI_SPIKE_FILE_H

#include <stdint.h>
#include "snn/abi.h"

typedef struct SpikeFile {
    uint32_t n_samples;
    double *times;           // [offsets[n_samples]] in the file's order
    int64_t *channels;
    int64_t *offsets;        // [n_samples + 1]
    int64_t *labels;         // [n_samples]; all 0 when there are none
} SpikeFile;

// Ends the program when the file does not fit the module.
void spike_file_read(SpikeFile *file, const SnnModule *module,
                     const char *path);
void spike_file_free(SpikeFile *file);

#endif
