// Options of readers beyond snn/reader.h: numbers that must be whole.
#ifndef SNN_DATA_OPTIONS_H
#define SNN_DATA_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include "io/message.h"
#include "snn/reader.h"

// The options that a model gives, and where trouble is told.
typedef struct ReaderCall {
    const SnnReaderOption *options;
    uint32_t n_options;
    const char *data_dir;      // never NULL
    Message message;
} ReaderCall;

// A whole number in 0..maximum; false with a message when it is not.
bool reader_option_whole(const ReaderCall *call, const char *name,
                         uint32_t fallback, uint32_t maximum,
                         uint32_t *out_value);

#endif
