// JSON output.
#include "cli/json.h"

#include <math.h>
#include <stdlib.h>

static void separate(Json *json)
{
    if (json->needs_comma)
        fputs(", ", json->out);
    json->needs_comma = true;
}

void json_open(Json *json, char bracket)
{
    separate(json);
    fputc(bracket, json->out);
    json->needs_comma = false;
}

void json_close(Json *json, char bracket)
{
    fputc(bracket, json->out);
    json->needs_comma = true;
}

static void write_escaped(Json *json, const char *text)
{
    fputc('"', json->out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(json->out, "\\%c", c);
        else if (c < 0x20)
            fprintf(json->out, "\\u%04x", c);
        else
            fputc(c, json->out);
    }
    fputc('"', json->out);
}

void json_key(Json *json, const char *key)
{
    separate(json);
    write_escaped(json, key);
    fputs(": ", json->out);
    json->needs_comma = false;
}

void json_text(Json *json, const char *text)
{
    separate(json);
    if (text)
        write_escaped(json, text);
    else
        fputs("null", json->out);
}

void json_integer(Json *json, int64_t value)
{
    separate(json);
    fprintf(json->out, "%lld", (long long)value);
}

void json_double(Json *json, double value)
{
    char text[32];
    separate(json);
    if (!isfinite(value)) {
        fputs("null", json->out);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, json->out);
}

void json_text_at(Json *json, const char *key, const char *text)
{
    json_key(json, key);
    json_text(json, text);
}

void json_integer_at(Json *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_integer(json, value);
}

void json_double_at(Json *json, const char *key, double value)
{
    json_key(json, key);
    json_double(json, value);
}

void json_bool_at(Json *json, const char *key, bool value)
{
    json_key(json, key);
    separate(json);
    fputs(value ? "true" : "false", json->out);
}
