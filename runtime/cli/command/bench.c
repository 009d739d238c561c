// bench: how fast the parts of training are. Each part runs for some time at
// least; the best of several rounds counts, since others may use the machine.
// Training comes first: the other parts then see a trained network.
#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include "cli/clock.h"
#include "cli/failure.h"
#include "io/json.h"
#include "cli/session.h"

// Samples per second, or steps per second.
typedef struct Speeds {
    double forward, gradient, backward, optimizer, train;
    double numeric_steps;    // a sample; 0 without a numeric solver
    uint32_t n_samples;
} Speeds;

typedef struct Bench {
    Session session;
    double seconds;          // per part
    uint32_t n_samples;
    double numeric_steps;    // a sample, of the last forward pass
} Bench;

// One round of a part: how many units it did.
typedef double Part(Bench *bench);

static double run_forward(Bench *bench)
{
    Totals totals;
    RunError error;
    if (!trainer_evaluate(&bench->session.trainer, &bench->session.train,
                          bench->n_samples, &totals, NULL, &error))
        session_fail(&bench->session, &error, "training");
    bench->numeric_steps = (double)totals.n_steps / bench->n_samples;
    return bench->n_samples;
}

static uint64_t count_batches(const Bench *bench)
{
    uint32_t batch = bench->session.trainer.batch_size;
    return ((uint64_t)bench->n_samples + batch - 1) / batch;
}

// Batches without the optimiser; the gradients are thrown away.
static double run_gradient(Bench *bench)
{
    Trainer *trainer = &bench->session.trainer;
    double n = 0;
    Totals totals;
    RunError error;
    trainer->progress.batch = 0;
    for (uint64_t b = 0; b < count_batches(bench); b++) {
        n += trainer_next_size(trainer, &bench->session.train);
        if (!trainer_accumulate(trainer, &bench->session.train, &totals,
                                &error))
            session_fail(&bench->session, &error, "training");
        trainer_discard(trainer);
        trainer->progress.batch++;
    }
    return n;
}

static double run_train(Bench *bench)
{
    Trainer *trainer = &bench->session.trainer;
    double n = 0;
    RunError error;
    trainer->progress.batch = 0;
    for (uint64_t b = 0; b < count_batches(bench); b++) {
        n += trainer_next_size(trainer, &bench->session.train);
        if (!trainer_step(trainer, &bench->session.train, &error))
            session_fail(&bench->session, &error, "training");
    }
    return n;
}

// What one thread takes is the processor's time, whoever else uses the machine.
static double seconds_now(const Bench *bench)
{
    return bench->session.trainer.n_workers == 1 ? clock_processor_seconds()
                                                 : clock_seconds();
}

// Steps on the gradients of one batch; only the optimiser is timed.
static double time_optimizer(Bench *bench)
{
    Trainer *trainer = &bench->session.trainer;
    double best = INFINITY, end = clock_seconds() + bench->seconds;
    Totals totals;
    RunError error;
    trainer->progress.batch = 0;
    uint32_t n = trainer_next_size(trainer, &bench->session.train);
    do {
        if (!trainer_accumulate(trainer, &bench->session.train, &totals,
                                &error))
            session_fail(&bench->session, &error, "training");
        double start = seconds_now(bench);
        trainer_apply(trainer, n);
        best = fmin(best, seconds_now(bench) - start);
    } while (clock_seconds() < end);
    return 1 / best;
}

// Units per second, best of the rounds.
static double measure(Bench *bench, Part *part)
{
    double best = 0, end = clock_seconds() + bench->seconds;
    part(bench); // caches and buffers
    do {
        double start = seconds_now(bench);
        double n = part(bench);
        best = fmax(best, n / (seconds_now(bench) - start));
    } while (clock_seconds() < end);
    return best;
}

// The forward pass, alone and with the adjoint, in turn: both see the same
// machine. What the adjoint takes is the median of what a round takes longer
// with it; NaN where that is lost in noise.
enum { ROUNDS_MAX = 1001 };

static double seconds_of(Bench *bench, Part *part)
{
    double start = seconds_now(bench);
    double n = part(bench);
    return (seconds_now(bench) - start) / n;
}

static void insert_sorted(double *sorted, uint32_t n, double value)
{
    for (; n > 0 && sorted[n - 1] > value; n--)
        sorted[n] = sorted[n - 1];
    sorted[n] = value;
}

static void measure_passes(Bench *bench, Speeds *out)
{
    double longer[ROUNDS_MAX], forward = INFINITY, both = INFINITY;
    double end = clock_seconds() + 2 * bench->seconds;
    uint32_t n = 0;
    run_forward(bench); // caches and buffers
    run_gradient(bench);
    do {
        double a = seconds_of(bench, run_forward);
        double b = seconds_of(bench, run_gradient);
        insert_sorted(longer, n++, b - a);
        forward = fmin(forward, a);
        both = fmin(both, b);
    } while (clock_seconds() < end && n < ROUNDS_MAX);
    double adjoint = longer[n / 2];
    out->forward = 1 / forward;
    out->gradient = 1 / both;
    out->backward = adjoint > 0 && adjoint <= both ? 1 / adjoint : NAN;
}

static void print_backward(double rate)
{
    if (isnan(rate))
        printf("  backward            lost in the noise of this machine\n");
    else
        printf("  backward            %10.0f samples/s  %8.2f us a sample\n",
               rate, 1e6 / rate);
}

static void print_text(const Bench *bench, const Speeds *s)
{
    const Trainer *trainer = &bench->session.trainer;
    printf("%s, %s, %u %s, batch %u, %u samples\n",
           bench->session.module->name,
           session_precision(bench->session.module), trainer->n_workers,
           trainer->n_workers == 1 ? "thread" : "threads",
           trainer->batch_size, bench->n_samples);
    printf("  forward             %10.0f samples/s  %8.2f us a sample\n",
           s->forward, 1e6 / s->forward);
    if (s->numeric_steps > 0)
        printf("  numeric steps       %10.0f a sample     %8.2f ns a step\n",
               s->numeric_steps, 1e9 / s->forward / s->numeric_steps);
    print_backward(s->backward);
    printf("  forward + backward  %10.0f samples/s  %8.2f us a sample\n",
           s->gradient, 1e6 / s->gradient);
    printf("  optimiser           %10.0f steps/s    %8.2f us a step\n",
           s->optimizer, 1e6 / s->optimizer);
    printf("  training            %10.0f samples/s  %8.2f us a sample\n",
           s->train, 1e6 / s->train);
}

static void print_json(const Bench *bench, const Speeds *s)
{
    const Trainer *trainer = &bench->session.trainer;
    SnnJson json;
    snn_io_json_begin(&json, stdout);
    snn_io_json_object(&json);
    snn_io_json_put_text(&json, "model", bench->session.module->name);
    snn_io_json_put_text(&json, "target", bench->session.module->target);
    snn_io_json_put_text(&json, "precision",
                         session_precision(bench->session.module));
    snn_io_json_put_integer(&json, "threads", trainer->n_workers);
    snn_io_json_put_integer(&json, "batch", trainer->batch_size);
    snn_io_json_put_integer(&json, "samples", bench->n_samples);
    snn_io_json_put_number(&json, "forward_samples_per_second", s->forward);
    snn_io_json_put_number(&json, "backward_samples_per_second", s->backward);
    snn_io_json_put_number(&json, "gradient_samples_per_second", s->gradient);
    snn_io_json_put_number(&json, "optimizer_steps_per_second", s->optimizer);
    snn_io_json_put_number(&json, "train_samples_per_second", s->train);
    if (s->numeric_steps > 0)
        snn_io_json_put_number(&json, "numeric_steps_per_sample",
                               s->numeric_steps);
    snn_io_json_close(&json);
    snn_io_json_end(&json, NULL);
}

int command_bench(const SnnModule *module, const Options *options)
{
    Bench bench = {.seconds = options_real(options, OPTION_SECONDS, 1)};
    Speeds speeds;
    session_open(&bench.session, module, options);
    session_read_data(&bench.session);
    uint32_t n = bench.session.train.n_samples;
    uint64_t wanted = options_number(options, OPTION_SAMPLES, n);
    if (n == 0)
        fail("the data have no training samples");
    bench.n_samples = wanted < n ? (uint32_t)wanted : n;
    speeds.train = measure(&bench, run_train);
    measure_passes(&bench, &speeds);
    speeds.optimizer = time_optimizer(&bench);
    speeds.numeric_steps = bench.numeric_steps;
    if (!options_has(options, OPTION_JSON) ||
        !options_has(options, OPTION_QUIET))
        print_text(&bench, &speeds);
    if (options_has(options, OPTION_JSON))
        print_json(&bench, &speeds);
    session_close(&bench.session);
    return EXIT_FINE;
}
