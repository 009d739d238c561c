// UTF-8: where a character ends, and whether it is a letter of a name.
#ifndef SNNC_SYNTAX_UTF8_H
#define SNNC_SYNTAX_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes of the character at `text` (length > 0); 1 when they are not UTF-8.
size_t utf8_length(const char *text, size_t length);

// The code point of a well-formed character of `length` bytes.
uint32_t utf8_decode(const char *text, size_t length);

// Letters beyond ASCII: all but signs, spaces, arrows and operators.
bool utf8_is_letter(uint32_t code);

#endif
