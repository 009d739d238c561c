// UTF-8 by the well-formed sequences of the Unicode standard: no overlong forms
// and no surrogates.
#include "syntax/utf8.h"

static bool is_continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

static size_t announced_length(unsigned char c)
{
    if (c >= 0xC2 && c <= 0xDF)
        return 2;
    if (c >= 0xE0 && c <= 0xEF)
        return 3;
    if (c >= 0xF0 && c <= 0xF4)
        return 4;
    return 1;
}

uint32_t utf8_decode(const char *text, size_t length)
{
    unsigned char c = (unsigned char)text[0];
    if (length == 1)
        return c;
    uint32_t code = c & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3Fu);
    return code;
}

static bool is_well_formed(uint32_t code, size_t length)
{
    if (length == 3)
        return code >= 0x800 && (code < 0xD800 || code > 0xDFFF);
    if (length == 4)
        return code >= 0x10000 && code <= 0x10FFFF;
    return true;
}

size_t utf8_length(const char *text, size_t length)
{
    size_t n = announced_length((unsigned char)text[0]);
    if (n > length)
        return 1;
    for (size_t i = 1; i < n; i++)
        if (!is_continuation((unsigned char)text[i]))
            return 1;
    return is_well_formed(utf8_decode(text, n), n) ? n : 1;
}

static const struct { uint32_t first, last; } not_letters[] = {
    {0x0080, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9}, {0x00BB, 0x00BF},
    {0x00D7, 0x00D7}, {0x00F7, 0x00F7},
    {0x2000, 0x2070}, {0x2190, 0x2BFF}, // punctuation; arrows to symbols
    {0x3000, 0x3004}, {0xE000, 0xF8FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
    {0xFF00, 0xFF0F}, {0xFFF0, 0xFFFF}, {0x1F000, 0x1FAFF},
};

bool utf8_is_letter(uint32_t code)
{
    if (code < 0x80)
        return false;
    for (size_t i = 0; i < sizeof not_letters / sizeof *not_letters; i++)
        if (code >= not_letters[i].first && code <= not_letters[i].last)
            return false;
    return true;
}
