// Writing JSON to a stdio file or to memory. Commas and nesting are kept here;
// the caller opens, adds and closes in order (asserted).
#ifndef SNN_IO_JSON_H
#define SNN_IO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SNN_JSON_DEPTH = 32 };

typedef struct SnnJson {
    FILE *file;                 // or NULL: text grows in memory
    char *text;                 // terminated; NULL before the first byte
    size_t length, capacity;
    bool has_failed;            // no memory, or the file does not take it
    bool has_key;               // a key waits for its value
    int indent;                 // spaces a level; 0: all on one line
    int depth;
    bool is_object[SNN_JSON_DEPTH], is_empty[SNN_JSON_DEPTH];
} SnnJson;

// `file` NULL: to memory.
void snn_io_json_begin(SnnJson *json, FILE *file);
// False when anything failed. To memory: *out_text (unless NULL) is the text,
// to be freed. To a file: a newline ends it, and the file stays open.
bool snn_io_json_end(SnnJson *json, char **out_text);

// Values; inside an object each follows a key.
void snn_io_json_key(SnnJson *json, const char *key);
void snn_io_json_object(SnnJson *json);
void snn_io_json_array(SnnJson *json);
void snn_io_json_close(SnnJson *json);      // the innermost object or array
void snn_io_json_text(SnnJson *json, const char *text); // UTF-8; NULL: null
// The fewest of 15 to 17 digits that read back as the same double; null unless
// finite.
void snn_io_json_number(SnnJson *json, double value);
void snn_io_json_integer(SnnJson *json, int64_t value);
void snn_io_json_bool(SnnJson *json, bool value);
void snn_io_json_null(SnnJson *json);

// key and value at once.
void snn_io_json_put_text(SnnJson *json, const char *key, const char *text);
void snn_io_json_put_number(SnnJson *json, const char *key, double value);
void snn_io_json_put_integer(SnnJson *json, const char *key, int64_t value);
void snn_io_json_put_bool(SnnJson *json, const char *key, bool value);

#endif
