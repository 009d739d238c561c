// One sentence about a failure. The first one wins nothing: the last writer is
// the one nearest to the user, and knows most.
#include "io/message.h"

#include <stdarg.h>
#include <stdio.h>

bool message_set(Message message, const char *format, ...)
{
    va_list args;
    if (message.size == 0)
        return false;
    va_start(args, format);
    vsnprintf(message.text, message.size, format, args);
    va_end(args);
    return false;
}
