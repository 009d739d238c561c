// The world failed, or the command line: a message on stderr, exit status 2.
#ifndef SNN_CLI_FAILURE_H
#define SNN_CLI_FAILURE_H

#include <stddef.h>

enum {
    EXIT_FINE = 0,
    EXIT_CHECK_FAILED = 1,
    EXIT_WORLD = 2,
    EXIT_INTERRUPTED = 130,
};

// Ends the program. The message has no full stop and no newline.
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

// The candidate nearest to `wrong`, if any is near enough; else NULL.
const char *suggest(const char *wrong, const char *const *candidates,
                    size_t n);

#endif
