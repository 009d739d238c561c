// How input and output report failure: -1 (or NULL) and one sentence in the
// caller's buffer, without full stop, that names the file, what was found and
// what was expected. The buffer is always terminated; a long sentence is cut.
#ifndef SNN_IO_ERROR_H
#define SNN_IO_ERROR_H

#include <stddef.h>

// Writes the sentence and returns -1, so that `return snn_io_fail(...)` reads
// well. `error` may be NULL when `size` is 0.
int snn_io_fail(char *error, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
