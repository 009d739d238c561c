// The sentence of a failure.
#include "io/error.h"

#include <stdarg.h>
#include <stdio.h>

int snn_io_fail(char *error, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return -1;
}
