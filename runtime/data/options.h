// Options of readers beyond snn/reader.h: numbers that must be whole.
#ifndef SNN_DATA_OPTIONS_H
#define SNN_DATA_OPTIONS_H

#include <stdint.h>
#include "io/error.h"
#include "snn/reader.h"

// The options that a model gives, and where trouble is told.
typedef struct ReaderCall {
    const SnnReaderOption *options;
    uint32_t n_options;
    const char *data_dir;      // never NULL
    char *error;
    size_t error_size;
} ReaderCall;

// -1 with a sentence, like snn_io_fail.
#define READER_FAIL(call, ...) \
    snn_io_fail((call)->error, (call)->error_size, __VA_ARGS__)

// A whole number in 0..maximum; -1 with a sentence when it is not.
int reader_option_whole(const ReaderCall *call, const char *name,
                        uint32_t fallback, uint32_t maximum,
                        uint32_t *out_value);

#endif
