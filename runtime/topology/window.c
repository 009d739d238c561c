// Windows: convolutions, pools and local connections in one or two axes.
#include "topology/builders.h"

#include "core/memory.h"

// One place that a source place reaches, and the kernel's element for it.
typedef struct Tap {
    uint32_t place, k;
} Tap;

typedef struct Axis {
    uint32_t n_sources, n_targets; // places
    uint32_t *first;               // [n_sources + 1]
    Tap *taps;                     // places ascend
} Axis;

static void add_tap(Axis *axis, uint32_t *n, int64_t place, uint32_t k)
{
    if (place >= 0 && place < axis->n_targets)
        axis->taps[(*n)++] = (Tap){(uint32_t)place, k};
}

// Places whose window holds `source`: the later the element, the earlier.
static void reach_forward(Axis *axis, const SnnWindow *w, uint32_t source,
                          uint32_t *n)
{
    for (uint32_t k = w->kernel; k-- > 0;) {
        int64_t from = (int64_t)source + w->padding - (int64_t)k * w->dilation;
        if (from >= 0 && from % w->stride == 0)
            add_tap(axis, n, from / w->stride, k);
    }
}

static void reach_turned(Axis *axis, const SnnWindow *w, uint32_t source,
                         uint32_t *n)
{
    for (uint32_t k = 0; k < w->kernel; k++)
        add_tap(axis, n,
                (int64_t)source * w->stride - w->padding +
                    (int64_t)k * w->dilation,
                k);
}

static bool axis_new(Axis *axis, const SnnWindow *w, bool is_turned)
{
    *axis = (Axis){.n_sources = is_turned ? w->to : w->from,
                   .n_targets = is_turned ? w->from : w->to};
    axis->first =
        memory_array((size_t)axis->n_sources + 1, sizeof *axis->first);
    axis->taps = memory_array((size_t)axis->n_sources * w->kernel,
                              sizeof *axis->taps);
    if (!axis->first || !axis->taps)
        return false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < axis->n_sources; i++) {
        if (is_turned)
            reach_turned(axis, w, i, &n);
        else
            reach_forward(axis, w, i, &n);
        axis->first[i + 1] = n;
    }
    return true;
}

static void axis_free(Axis *axis)
{
    memory_free(axis->first);
    memory_free(axis->taps);
}


typedef struct Build {
    SnnSynapses *s;
    const SnnPattern *pattern;
    Axis y, x;
    uint32_t in, out;   // channels a group
    uint32_t used;
} Build;

// The kernel's part for a pair of channels.
static uint32_t kernel_begin(const Build *b, uint32_t source, uint32_t target)
{
    const SnnPattern *p = b->pattern;
    uint32_t pair = p->transposed ? source * b->out + target % b->out
                                  : target * b->in + source % b->in;
    return pair * p->y.kernel * p->x.kernel;
}

static void add_channel(Build *b, uint32_t begin, uint32_t kernel, uint32_t y,
                        uint32_t x)
{
    SnnSynapses *s = b->s;
    for (uint32_t u = b->y.first[y]; u < b->y.first[y + 1]; u++)
        for (uint32_t v = b->x.first[x]; v < b->x.first[x + 1]; v++) {
            Tap row = b->y.taps[u], column = b->x.taps[v];
            s->target[b->used] =
                begin + row.place * b->x.n_targets + column.place;
            if (s->weight)
                s->weight[b->used] =
                    kernel + row.k * b->pattern->x.kernel + column.k;
            b->used++;
        }
}

static void add_channels(Build *b, uint32_t channel)
{
    uint32_t area = b->y.n_targets * b->x.n_targets;
    uint32_t neuron = channel * b->y.n_sources * b->x.n_sources;
    uint32_t begin = channel / b->in * b->out;
    for (uint32_t y = 0; y < b->y.n_sources; y++)
        for (uint32_t x = 0; x < b->x.n_sources; x++) {
            for (uint32_t c = begin; c < begin + b->out; c++)
                add_channel(b, c * area, kernel_begin(b, channel, c), y, x);
            b->s->first[++neuron] = b->used;
        }
}

static uint64_t count_all(const Build *b)
{
    uint64_t rows = b->y.first[b->y.n_sources];
    uint64_t columns = b->x.first[b->x.n_sources];
    return rows * columns * b->pattern->source_channels * b->out;
}

bool build_window(SnnSynapses *s, const SnnPattern *pattern,
                  const SynapseEnds *ends)
{
    Build b = {.s = s, .pattern = pattern,
               .in = pattern->source_channels / pattern->groups,
               .out = pattern->target_channels / pattern->groups};
    (void)ends;
    bool has_y = axis_new(&b.y, &pattern->y, pattern->transposed);
    bool has_x = axis_new(&b.x, &pattern->x, pattern->transposed);
    bool is_fine = has_y && has_x &&
                   synapses_reserve(s, count_all(&b),
                                    pattern->per == SNN_PER_KERNEL);
    for (uint32_t c = 0; is_fine && c < pattern->source_channels; c++)
        add_channels(&b, c);
    axis_free(&b.y);
    axis_free(&b.x);
    return is_fine;
}
