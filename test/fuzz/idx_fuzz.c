// Fuzzes the IDX reader: a small file is mutated and read; the reader must end
// with a sentence that names the file, or with a data set that fits together.
//     idx_fuzz [files] [seed]
#include <stdbool.h>
#include <stdint.h>
#include "../unit/scratch.h"
#include "snn/reader.h"

extern const SnnReader snn_reader_idx;

enum { ROOM = 160, HEADER = 16 };

typedef struct Bytes {
    unsigned char data[ROOM];
    size_t n;
} Bytes;

typedef struct Outcome {
    size_t read, refused, failed;
} Outcome;

static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 4, 2, 0, 4, 1};

// 4 samples of 2 x 2 numbers of one of the types.
static void make_values(uint64_t *random, Bytes *out)
{
    static const unsigned char codes[] = {8, 9, 0x0b, 0x0c, 0x0d, 0x0e};
    static const unsigned char sizes[] = {1, 1, 2, 4, 4, 8};
    unsigned type = draw(random) % 6;
    const unsigned char head[HEADER] = {0, 0, codes[type], 3, 0, 0, 0, 4,
                                        0, 0, 0, 2, 0, 0, 0, 2};
    memcpy(out->data, head, HEADER);
    out->n = HEADER + 16u * sizes[type];
    for (size_t k = HEADER; k < out->n; k++)
        out->data[k] = (unsigned char)draw(random);
}

// Changes at the header are as likely as at all the rest.
static void mutate(uint64_t *random, Bytes *bytes)
{
    static const unsigned char edges[] = {0, 1, 7, 0x7f, 0x80, 0xff};
    for (unsigned k = draw(random) % 4; k-- > 0 && bytes->n > 0;) {
        size_t room = draw(random) % 2 && bytes->n > HEADER ? HEADER : bytes->n;
        size_t at = draw(random) % room;
        switch (draw(random) % 4) {
        case 0:
            bytes->data[at] ^= (unsigned char)(1u << draw(random) % 8);
            break;
        case 1:
            bytes->data[at] = edges[draw(random) % sizeof edges];
            break;
        case 2:
            bytes->n = at;
            break;
        default:
            bytes->n += bytes->n < ROOM;
        }
    }
}

static bool is_sound(const SnnSet *set, uint32_t n_classes)
{
    if (set->n_samples == 0)
        return true;
    if (set->n_values == 0 || !set->bytes == !set->doubles || !set->labels)
        return false;
    double sum = 0; // touches every value: the sanitizers watch
    for (size_t k = 0; k < (size_t)set->n_samples * set->n_values; k++)
        sum += set->bytes ? set->bytes[k] : set->doubles[k] * 0;
    for (uint32_t i = 0; i < set->n_samples; i++)
        if (set->labels[i] < 0 || (uint32_t)set->labels[i] >= n_classes)
            return false;
    return sum >= 0;
}

static void read_once(Outcome *outcome)
{
    static const SnnReaderOption options[] = {
        {"train_values", "values", 0}, {"train_labels", "labels", 0},
        {"test_values", "values", 0},  {"test_labels", "labels", 0},
        {"validation", NULL, 1}};
    char error[512] = "";
    SnnDataset set;
    int status = snn_reader_idx.read(options, 5, scratch_folder, &set, error,
                                     sizeof error);
    outcome->read += status == 0;
    outcome->refused += status != 0;
    bool is_fine = status != 0 ? strstr(error, scratch_folder) != NULL
                               : is_sound(&set.train, set.n_classes) &&
                                     is_sound(&set.validation, set.n_classes) &&
                                     is_sound(&set.test, set.n_classes);
    if (!is_fine)
        printf("status %d, '%s'\n", status, error);
    outcome->failed += !is_fine;
    if (status == 0)
        snn_dataset_free(&set);
}

static void fuzz_once(uint64_t *random, Outcome *outcome)
{
    Bytes values, mutated = {.n = sizeof labels};
    make_values(random, &values);
    memcpy(mutated.data, labels, sizeof labels);
    mutate(random, draw(random) % 4 ? &values : &mutated);
    scratch_write("values", values.data, values.n);
    scratch_write("labels", mutated.data, mutated.n);
    read_once(outcome);
}

int main(int argc, char **argv)
{
    size_t files = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    uint64_t random = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    Outcome outcome = {0};
    scratch_open();
    for (size_t i = 0; i < files && outcome.failed < 10; i++)
        fuzz_once(&random, &outcome);
    scratch_close();
    printf("%zu read, %zu refused, %zu failures\n", outcome.read,
           outcome.refused, outcome.failed);
    // Either of the two alone would test little.
    return outcome.failed > 0 || outcome.read < files / 10 ||
           outcome.refused < files / 10;
}
