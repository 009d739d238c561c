// JSON: structure, escapes, and numbers that read back as the same bits.
#include <float.h>
#include <stdlib.h>
#include "io/json.h"
#include "../unit.h"

static SnnJson json;

static void check_text(const char *expected, int line)
{
    char *text = NULL;
    int failures = unit_failures;
    CHECK(snn_io_json_end(&json, &text));
    CHECK_TEXT(text, expected);
    if (failures != unit_failures)
        printf("  called from line %d\n", line);
    free(text);
}

#define CHECK_JSON(expected) check_text(expected, __LINE__)

static void test_structure(void)
{
    snn_io_json_begin(&json, NULL);
    snn_io_json_object(&json);
    snn_io_json_put_text(&json, "name", "x");
    snn_io_json_key(&json, "shape");
    snn_io_json_array(&json);
    snn_io_json_integer(&json, -3);
    snn_io_json_integer(&json, INT64_MIN);
    snn_io_json_close(&json);
    snn_io_json_key(&json, "empty");
    snn_io_json_object(&json);
    snn_io_json_close(&json);
    snn_io_json_put_bool(&json, "is", true);
    snn_io_json_put_number(&json, "rate", 0.1);
    snn_io_json_put_text(&json, "none", NULL);
    snn_io_json_close(&json);
    CHECK_JSON("{\"name\": \"x\", \"shape\": [-3, -9223372036854775808], "
               "\"empty\": {}, \"is\": true, \"rate\": 0.1, \"none\": null}");
}

static void test_indent(void)
{
    snn_io_json_begin(&json, NULL);
    json.indent = 2;
    snn_io_json_array(&json);
    snn_io_json_integer(&json, 1);
    snn_io_json_object(&json);
    snn_io_json_put_integer(&json, "a", 2);
    snn_io_json_close(&json);
    snn_io_json_array(&json);
    snn_io_json_close(&json);
    snn_io_json_close(&json);
    CHECK_JSON("[\n  1,\n  {\n    \"a\": 2\n  },\n  []\n]");
}

static void test_escapes(void)
{
    snn_io_json_begin(&json, NULL);
    snn_io_json_text(&json, "\"\\\b\f\n\r\t\x01\x1f/\xc3\xa4");
    CHECK_JSON("\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\xc3\xa4\"");
    snn_io_json_begin(&json, NULL);
    snn_io_json_text(&json, "");
    CHECK_JSON("\"\"");
}

static void check_number(double value, const char *expected)
{
    char *text = NULL;
    snn_io_json_begin(&json, NULL);
    snn_io_json_number(&json, value);
    CHECK(snn_io_json_end(&json, &text));
    if (expected != NULL)
        CHECK_TEXT(text, expected);
    else
        CHECK(strtod(text, NULL) == value);
    free(text);
}

static void test_numbers(void)
{
    check_number(0.1, "0.1");
    check_number(1.0 / 3, "0.3333333333333333");
    check_number(0.1 + 0.2, "0.30000000000000004");
    check_number(1e300, "1e+300");
    check_number(5e-3, "0.005");
    check_number(-0.0, "-0");
    check_number(INFINITY, "null");
    check_number(NAN, "null");
    check_number(DBL_MIN / 3, NULL);
    check_number(DBL_MAX, NULL);
    for (double value = 1e-300; value < 1e300; value *= 9.87654321)
        check_number(value, NULL);
}

static void test_file(void)
{
    char line[64] = "";
    FILE *file = tmpfile();
    for (int i = 0; i < 2; i++) {
        snn_io_json_begin(&json, file);
        snn_io_json_array(&json);
        snn_io_json_integer(&json, i);
        snn_io_json_close(&json);
        CHECK(snn_io_json_end(&json, NULL));
    }
    rewind(file);
    CHECK(fread(line, 1, sizeof line - 1, file) > 0);
    CHECK_TEXT(line, "[0]\n[1]\n");
    fclose(file);
}

static void test_full_disk(void)
{
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        return;
    setvbuf(full, NULL, _IONBF, 0);
    snn_io_json_begin(&json, full);
    snn_io_json_text(&json, "x");
    CHECK(!snn_io_json_end(&json, NULL));
    fclose(full);
}

int main(void)
{
    test_structure();
    test_indent();
    test_escapes();
    test_numbers();
    test_file();
    test_full_disk();
    return unit_report();
}
