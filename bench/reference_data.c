// Data and random numbers of the reference (reference.h).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "reference.h"

double random_uniform(Random *random)
{
    unsigned long long z = random->state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

double random_normal(Random *random)
{
    double u = 1 - random_uniform(random), w = random_uniform(random);
    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * w);
}

void events_push(Events *events, Event event)
{
    if (events->count == events->capacity) {
        events->capacity = 2 * events->capacity + 64;
        events->items = realloc(events->items,
                                events->capacity * sizeof event);
    }
    events->items[events->count++] = event;
}

static int compare(const void *a, const void *b)
{
    const Event *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->source - y->source;
}

void events_sort(Event *events, size_t count)
{
    qsort(events, count, sizeof *events, compare);
}

// ---- Yin-Yang ----

typedef struct Twister {
    unsigned word[624];
    int at;
} Twister;

static unsigned twister_next(Twister *t)
{
    if (t->at == 624) {
        for (int k = 0; k < 624; k++) {
            unsigned y = (t->word[k] & 0x80000000u)
                         | (t->word[(k + 1) % 624] & 0x7fffffffu);
            t->word[k] = t->word[(k + 397) % 624] ^ (y >> 1)
                         ^ (y & 1 ? 0x9908b0dfu : 0);
        }
        t->at = 0;
    }
    unsigned y = t->word[t->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static double twister_real(Twister *t)
{
    unsigned a = twister_next(t) >> 5, b = twister_next(t) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

static int yin_yang_class(double x, double y)
{
    double right = hypot(x - 0.75, y - 0.5), left = hypot(x - 0.25, y - 0.5);
    if (right < 0.1 || left < 0.1)
        return 2;
    return right <= 0.1 || (left > 0.1 && left <= 0.25)
           || (y > 0.5 && right > 0.25);
}

static void yin_yang_sample(Twister *t, Sample *sample)
{
    unsigned goal;
    double x, y;
    while ((goal = twister_next(t) & 3) == 3)
        ;
    do {
        x = twister_real(t);
        y = twister_real(t);
    } while (hypot(x - 0.5, y - 0.5) > 0.5
             || yin_yang_class(x, y) != (int)goal);
    double value[] = {x, y, 1 - x, 1 - y, 0};
    sample->label = (int)goal;
    sample->count = 5;
    sample->events = calloc(5, sizeof(Event));
    for (int k = 0; k < 5; k++)
        sample->events[k] = (Event){value[k] * 30e-3, k, 0, 0};
    events_sort(sample->events, 5);
}

Data data_yin_yang(unsigned seed, size_t count)
{
    Twister t = {{seed}, 624};
    Data data = {calloc(count, sizeof(Sample)), count};
    for (unsigned k = 1; k < 624; k++)
        t.word[k] = 1812433253u * (t.word[k - 1] ^ (t.word[k - 1] >> 30)) + k;
    for (size_t k = 0; k < count; k++)
        yin_yang_sample(&t, &data.samples[k]);
    return data;
}

// ---- MNIST ----

static unsigned char *read_idx(const char *folder, const char *set,
                               const char *rest, size_t skip, size_t *out_size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s", folder, set, rest);
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) {
        fprintf(stderr, "reference: cannot read %s\n", path);
        exit(2);
    }
    long size = ftell(file);
    unsigned char *bytes = malloc((size_t)size);
    rewind(file);
    if (size < (long)skip
        || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "reference: %s is cut short\n", path);
        exit(2);
    }
    fclose(file);
    *out_size = (size_t)size - skip;
    return bytes + skip;
}

static void mnist_sample(Sample *sample, const unsigned char *pixels)
{
    sample->events = calloc(784, sizeof(Event));
    for (int p = 0; p < 784; p++)
        if (pixels[p] > 1)
            sample->events[sample->count++] = (Event){
                (1 - pixels[p] / 255.0) * 20e-3, p, 0, 0};
    events_sort(sample->events, sample->count);
}

Data data_mnist(const char *folder, const char *set)
{
    size_t size, labels_size;
    unsigned char *pixels = read_idx(folder, set, "images-idx3-ubyte", 16,
                                     &size);
    unsigned char *labels = read_idx(folder, set, "labels-idx1-ubyte", 8,
                                     &labels_size);
    size_t count = size / 784 < labels_size ? size / 784 : labels_size;
    Data data = {calloc(count, sizeof(Sample)), count};
    for (size_t k = 0; k < count; k++) {
        data.samples[k].label = labels[k];
        mnist_sample(&data.samples[k], pixels + 784 * k);
    }
    return data;
}
