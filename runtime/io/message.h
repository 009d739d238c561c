// Errors of file handling, as one sentence in a buffer of the caller: no full
// stop, the file's name first, what was found and what was expected.
#ifndef SNN_IO_MESSAGE_H
#define SNN_IO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

// Where a message goes; always ends in NUL, cut when too long.
typedef struct Message {
    char *text;
    size_t size;
} Message;

// Writes the message; false, so that callers can `return message_set(...)`.
bool message_set(Message message, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
