// The JSON writer.
#include "io/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- text -----------------------------------------------------------------

static bool reserve(SnnJson *json, size_t n)
{
    if (json->capacity - json->length > n)
        return true;
    size_t capacity = 2 * (json->length + n) + 64;
    char *text = realloc(json->text, capacity);
    if (text == NULL) {
        json->has_failed = true;
        return false;
    }
    json->text = text;
    json->capacity = capacity;
    return true;
}

static void put(SnnJson *json, const char *text, size_t n)
{
    if (json->has_failed)
        return;
    if (json->file != NULL) {
        json->has_failed = fwrite(text, 1, n, json->file) != n;
        return;
    }
    if (!reserve(json, n))
        return;
    memcpy(json->text + json->length, text, n);
    json->length += n;
    json->text[json->length] = '\0';
}

static void put_literal(SnnJson *json, const char *text)
{
    put(json, text, strlen(text));
}

static void put_line(SnnJson *json)
{
    if (json->indent == 0)
        return;
    put_literal(json, "\n");
    for (int i = 0; i < json->indent * json->depth; i++)
        put_literal(json, " ");
}

static void put_escape(SnnJson *json, unsigned char c)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char escape[8] = "\\";
    for (size_t i = 0; i + 1 < sizeof letters; i += 2)
        if ((unsigned char)letters[i] == c) {
            escape[1] = letters[i + 1];
            put(json, escape, 2);
            return;
        }
    snprintf(escape, sizeof escape, "\\u%04x", c);
    put_literal(json, escape);
}

static void put_string(SnnJson *json, const char *text)
{
    put_literal(json, "\"");
    while (*text != '\0') {
        size_t plain = 0;
        while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' &&
               text[plain] != '\\')
            plain++;
        put(json, text, plain);
        text += plain;
        if (*text != '\0')
            put_escape(json, (unsigned char)*text++);
    }
    put_literal(json, "\"");
}

// ---- structure ------------------------------------------------------------

void snn_io_json_begin(SnnJson *json, FILE *file)
{
    *json = (SnnJson){.file = file};
}

bool snn_io_json_end(SnnJson *json, char **out_text)
{
    assert(json->depth == 0);
    if (json->file != NULL)
        put_literal(json, "\n");
    else
        reserve(json, 0);
    if (json->has_failed || out_text == NULL)
        free(json->text);
    else
        *out_text = json->text;
    json->text = NULL;
    return !json->has_failed;
}

static void separate(SnnJson *json)
{
    if (json->depth == 0)
        return;
    if (!json->is_empty[json->depth - 1])
        put_literal(json, json->indent == 0 ? ", " : ",");
    json->is_empty[json->depth - 1] = false;
    put_line(json);
}

void snn_io_json_key(SnnJson *json, const char *key)
{
    assert(json->depth > 0 && json->is_object[json->depth - 1]);
    assert(!json->has_key);
    separate(json);
    put_string(json, key);
    put_literal(json, ": ");
    json->has_key = true;
}

static void begin_value(SnnJson *json)
{
    if (json->has_key) {
        json->has_key = false;
        return;
    }
    assert(json->depth == 0 || !json->is_object[json->depth - 1]);
    separate(json);
}

static void open_level(SnnJson *json, bool is_object)
{
    begin_value(json);
    assert(json->depth < SNN_JSON_DEPTH);
    put_literal(json, is_object ? "{" : "[");
    json->is_object[json->depth] = is_object;
    json->is_empty[json->depth] = true;
    json->depth++;
}

void snn_io_json_object(SnnJson *json)
{
    open_level(json, true);
}

void snn_io_json_array(SnnJson *json)
{
    open_level(json, false);
}

void snn_io_json_close(SnnJson *json)
{
    assert(json->depth > 0 && !json->has_key);
    json->depth--;
    if (!json->is_empty[json->depth])
        put_line(json);
    put_literal(json, json->is_object[json->depth] ? "}" : "]");
}

// ---- values ---------------------------------------------------------------

void snn_io_json_null(SnnJson *json)
{
    begin_value(json);
    put_literal(json, "null");
}

void snn_io_json_text(SnnJson *json, const char *text)
{
    if (text == NULL) {
        snn_io_json_null(json);
        return;
    }
    begin_value(json);
    put_string(json, text);
}

void snn_io_json_number(SnnJson *json, double value)
{
    char digits[40];
    if (!isfinite(value)) {
        snn_io_json_null(json);
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    begin_value(json);
    put_literal(json, digits);
}

void snn_io_json_integer(SnnJson *json, int64_t value)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    begin_value(json);
    put_literal(json, digits);
}

void snn_io_json_bool(SnnJson *json, bool value)
{
    begin_value(json);
    put_literal(json, value ? "true" : "false");
}

#define PUT(kind, type)                                                       \
    void snn_io_json_put_##kind(SnnJson *json, const char *key, type value)   \
    {                                                                         \
        snn_io_json_key(json, key);                                           \
        snn_io_json_##kind(json, value);                                      \
    }

PUT(text, const char *)
PUT(number, double)
PUT(integer, int64_t)
PUT(bool, bool)
