// The live line and the epoch lines.
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include "cli/clock.h"

static const double redraw_seconds = 0.1;

static double spikes_per_neuron(const ProgressView *view, const Totals *totals)
{
    double runs = (double)totals->n_samples * view->n_neurons;
    return runs > 0 ? (double)totals->n_spikes / runs : 0;
}

// "2:05", "1:02:03" or "12 s".
static void print_duration(char *text, size_t size, double seconds)
{
    long s = (long)(seconds + 0.5);
    if (s < 100)
        snprintf(text, size, "%ld s", s);
    else if (s < 3600)
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

static double seconds_left(const ProgressView *view, double epochs_done)
{
    double done = epochs_done - (double)view->epochs_before;
    double elapsed = clock_seconds() - view->started;
    return done > 0 ? elapsed / done * ((double)view->n_epochs - epochs_done)
                    : 0;
}

// Four decimals, as long as they say something.
static const char *loss_format(double loss, char out[32])
{
    snprintf(out, 32, fabs(loss) < 1e7 ? "%.4f" : "%.7g", loss);
    return out;
}

void progress_update(ProgressView *view, uint64_t epoch, double fraction,
                     const Totals *totals, double samples_per_second)
{
    double now = clock_seconds();
    if (!view->is_live || now - view->drawn < redraw_seconds)
        return;
    char left[32], loss[32];
    view->drawn = now;
    print_duration(left, sizeof left,
                   seconds_left(view, (double)epoch + fraction));
    fprintf(stderr,
            "\r\033[Kepoch %llu/%llu %3.0f %%  loss %s",
            (unsigned long long)epoch + 1, (unsigned long long)view->n_epochs,
            100 * fraction, loss_format(totals_mean_loss(totals), loss));
    if (view->has_prediction)
        fprintf(stderr, "  accuracy %.2f %%", 100 * totals_accuracy(totals));
    fprintf(stderr, "  %.2f spikes/neuron  %.0f samples/s  %s left",
            spikes_per_neuron(view, totals), samples_per_second, left);
    fflush(stderr);
}

void progress_clear(ProgressView *view)
{
    if (view->is_live) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
}

static void print_set(const ProgressView *view, const char *name,
                      const Totals *totals)
{
    char loss[32];
    if (totals->n_samples == 0)
        return;
    if (view->has_prediction)
        printf("  %s %.2f %%", name, 100 * totals_accuracy(totals));
    else
        printf("  %s loss %s", name,
               loss_format(totals_mean_loss(totals), loss));
}

void progress_print_epoch(ProgressView *view, const EpochResult *result)
{
    if (view->is_quiet)
        return;
    progress_clear(view);
    double speed = result->train_seconds > 0
                       ? (double)result->n_run / result->train_seconds
                       : 0;
    char loss[32];
    printf("epoch %3llu/%llu  loss %s", (unsigned long long)result->epoch,
           (unsigned long long)view->n_epochs,
           loss_format(totals_mean_loss(&result->train), loss));
    print_set(view, "train", &result->train);
    print_set(view, "validation", &result->validation);
    print_set(view, "test", &result->test);
    printf("  %.2f spikes/neuron  %.0f samples/s  %.2f s\n",
           spikes_per_neuron(view, &result->train), speed,
           result->train_seconds);
    fflush(stdout);
}

static void print_blame(const ProgressView *view, const Blame *blame)
{
    char text[512];
    if (blame->kind == BLAME_UNKNOWN)
        return;
    blame_format(blame, view->module, text, sizeof text);
    fprintf(stderr, "note: the first of them is training %s\n", text);
}

void progress_warn(ProgressView *view, const EpochResult *result)
{
    const Totals *t = &result->train;
    unsigned long long epoch = result->epoch;
    if (t->n_bad_loss || t->n_bad_gradient || t->n_kept || t->n_idle ||
        (t->n_grazing && !view->is_quiet))
        progress_clear(view);
    if (t->n_bad_loss) {
        fprintf(stderr,
                "warning: epoch %llu: %llu samples left out, their loss or its "
                "gradient is not finite\n",
                epoch, (unsigned long long)t->n_bad_loss);
        print_blame(view, &t->loss_blame);
    }
    if (t->n_bad_gradient) {
        fprintf(stderr,
                "warning: epoch %llu: %llu samples left out, their adjoint "
                "grew out of range\n",
                epoch, (unsigned long long)t->n_bad_gradient);
        print_blame(view, &t->gradient_blame);
    }
    if (t->n_idle)
        fprintf(stderr,
                "warning: epoch %llu: the gradient of every parameter was 0 in "
                "its first batch, so nothing was learned from it: silent "
                "neurons pass none on; start with larger weights, or lift them "
                "by weight_bump\n",
                epoch);
    if (t->n_kept)
        fprintf(stderr,
                "warning: epoch %llu: %llu times an element of a parameter "
                "kept its value, the optimizer's new one is not finite\n",
                epoch, (unsigned long long)t->n_kept);
    if (t->n_grazing && !view->is_quiet)
        fprintf(stderr,
                "note: epoch %llu: %llu grazing spikes, whose gradient is "
                "infinite, passed none\n",
                epoch, (unsigned long long)t->n_grazing);
}
