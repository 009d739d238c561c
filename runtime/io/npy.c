// Parsing the npy header: a Python dictionary of three known keys, for example
// {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }.
#include "io/npy.h"

#include <stdio.h>
#include <string.h>

typedef struct Cursor {
    const char *at, *end;
} Cursor;

static const char *const malformed = "has an npy header that is not understood";

static void skip_space(Cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' ||
                              *c->at == '\t' || *c->at == '\r'))
        c->at++;
}

static bool take(Cursor *c, char wanted)
{
    skip_space(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool take_word(Cursor *c, const char *word)
{
    size_t n = strlen(word);
    skip_space(c);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

// A quoted text without escapes; cut to the buffer.
static bool take_text(Cursor *c, char *out, size_t size)
{
    skip_space(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    char quote = *c->at++;
    const char *start = c->at;
    while (c->at < c->end && *c->at != quote && *c->at != '\\' && *c->at != 0)
        c->at++;
    if (c->at == c->end || *c->at != quote)
        return false;
    snprintf(out, size, "%.*s", (int)(c->at - start), start);
    c->at++;
    return true;
}

static bool take_size(Cursor *c, uint64_t *out)
{
    skip_space(c);
    const char *start = c->at;
    *out = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        unsigned digit = (unsigned)(*c->at - '0');
        if (*out > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    // Python 2 wrote long numbers as 3L.
    bool is_number = c->at > start;
    if (is_number && c->at < c->end && *c->at == 'L')
        c->at++;
    return is_number;
}

static const char *take_shape(Cursor *c, SnnNpyHeader *out)
{
    if (!take(c, '('))
        return malformed;
    while (!take(c, ')')) {
        if (out->rank == SNN_NPZ_RANK)
            return "has more than 8 dimensions";
        if (!take_size(c, &out->shape[out->rank++]))
            return malformed;
        if (!take(c, ',')) {
            if (!take(c, ')'))
                return malformed;
            break;
        }
    }
    return NULL;
}

// The types of a record are a list: of no use here, but a correct file.
static bool skip_list(Cursor *c)
{
    int depth = 0;
    char text[4];
    do {
        skip_space(c);
        if (c->at == c->end)
            return false;
        if (*c->at == '\'' || *c->at == '"') {
            if (!take_text(c, text, sizeof text))
                return false;
            continue;
        }
        depth += *c->at == '[' || *c->at == '(';
        depth -= *c->at == ']' || *c->at == ')';
        c->at++;
    } while (depth > 0);
    return true;
}

static SnnNpzType find_type(const char *code)
{
    for (SnnNpzType type = 0; type < SNN_NPZ_TYPES; type++)
        if (strcmp(code, snn_io_npz_type_name(type)) == 0)
            return type;
    return SNN_NPZ_OTHER;
}

static const char *take_descr(Cursor *c, SnnNpyHeader *out)
{
    skip_space(c);
    if (c->at < c->end && *c->at == '[') {
        snprintf(out->descr, sizeof out->descr, "record");
        return skip_list(c) ? NULL : malformed;
    }
    if (!take_text(c, out->descr, sizeof out->descr))
        return malformed;
    const char *code = out->descr;
    bool is_big = *code == '>';
    if (*code != '\0' && strchr("<>|=", *code) != NULL)
        code++;
    out->type = find_type(code);
    if (out->descr[0] != '=' && out->descr[0] != '|')
        out->is_swapped = is_big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    return NULL;
}

static const char *take_order(Cursor *c, SnnNpyHeader *out)
{
    out->is_fortran = take_word(c, "True");
    return out->is_fortran || take_word(c, "False") ? NULL : malformed;
}

typedef struct Key {
    const char *name;
    const char *(*take)(Cursor *c, SnnNpyHeader *out);
} Key;

static const Key keys[] = {
    {"descr", take_descr},
    {"fortran_order", take_order},
    {"shape", take_shape},
};
enum { N_KEYS = sizeof keys / sizeof keys[0] };

static const char *take_entry(Cursor *c, SnnNpyHeader *out, unsigned *seen)
{
    char name[32];
    if (!take_text(c, name, sizeof name) || !take(c, ':'))
        return malformed;
    for (unsigned i = 0; i < N_KEYS; i++)
        if (strcmp(name, keys[i].name) == 0 && !(*seen & 1u << i)) {
            *seen |= 1u << i;
            return keys[i].take(c, out);
        }
    return malformed;
}

static const char *take_dictionary(Cursor *c, SnnNpyHeader *out)
{
    unsigned seen = 0;
    if (!take(c, '{'))
        return malformed;
    while (!take(c, '}')) {
        const char *trouble = take_entry(c, out, &seen);
        if (trouble != NULL)
            return trouble;
        if (!take(c, ',') && (c->at == c->end || *c->at != '}'))
            return malformed;
    }
    skip_space(c);
    return seen == (1u << N_KEYS) - 1 && c->at == c->end ? NULL : malformed;
}

const char *snn_io_npy_parse(const unsigned char *bytes, size_t n,
                             SnnNpyHeader *out)
{
    *out = (SnnNpyHeader){.type = SNN_NPZ_OTHER};
    if (n < NPY_MAGIC_SIZE + 4 ||
        memcmp(bytes, NPY_MAGIC, NPY_MAGIC_SIZE) != 0)
        return "is no npy data";
    unsigned version = bytes[NPY_MAGIC_SIZE];
    if (version < 1 || version > 3)
        return "is npy data of a version other than 1, 2 and 3";
    size_t n_digits = version == 1 ? 2 : 4, start = NPY_MAGIC_SIZE + 2;
    if (n - start < n_digits)
        return "has an npy header that is cut short";
    uint64_t length = 0;
    for (size_t i = 0; i < n_digits; i++)
        length |= (uint64_t)bytes[start + i] << (8 * i);
    start += n_digits;
    if (length > n - start)
        return "has an npy header that is cut short";
    out->data_offset = start + length;
    const char *text = (const char *)bytes + start;
    return take_dictionary(&(Cursor){text, text + length}, out);
}
