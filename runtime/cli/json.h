// Writing JSON to a stream, commas and escapes included. Numbers that JSON does
// not have (infinite, NaN) become null.
#ifndef SNN_CLI_JSON_H
#define SNN_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Json {
    FILE *out;
    bool needs_comma;
} Json;

void json_open(Json *json, char bracket);   // '{' or '['
void json_close(Json *json, char bracket);  // '}' or ']'
void json_key(Json *json, const char *key);
void json_text(Json *json, const char *text); // NULL: null
void json_integer(Json *json, int64_t value);
void json_double(Json *json, double value);   // shortest that reads back

// Key and value at once.
void json_text_at(Json *json, const char *key, const char *text);
void json_integer_at(Json *json, const char *key, int64_t value);
void json_double_at(Json *json, const char *key, double value);
void json_bool_at(Json *json, const char *key, bool value);

#endif
