// Training by batches.
#include "train/trainer.h"

#include <string.h>
#include "core/random.h"

static bool new_workers(Trainer *trainer)
{
    trainer->n_workers = pool_workers(trainer->pool);
    trainer->workers = memory_array(trainer->n_workers, sizeof(Worker));
    if (!trainer->workers)
        return false;
    for (uint32_t w = 0; w < trainer->n_workers; w++)
        if (!worker_new(&trainer->workers[w], trainer->module,
                        &trainer->wiring, trainer->parameters.values, false))
            return false;
    return true;
}

bool trainer_new(Trainer *trainer, const SnnModule *module, Pool *pool,
                 uint32_t batch_size, uint64_t seed)
{
    *trainer = (Trainer){.module = module, .pool = pool,
                         .batch_size = batch_size,
                         .progress = {.seed = seed}};
    return wiring_new(&trainer->wiring, module) &&
           parameters_new(&trainer->parameters, module) &&
           optimizer_new(&trainer->optimizer, module, &trainer->parameters) &&
           hypers_new(&trainer->hypers, module) && new_workers(trainer);
}

void trainer_free(Trainer *trainer)
{
    for (uint32_t w = 0; trainer->workers && w < trainer->n_workers; w++)
        worker_free(&trainer->workers[w]);
    for (uint32_t s = 0; trainer->slots && s < trainer->n_slots; s++)
        slot_free(&trainer->slots[s]);
    if (trainer->wiring.module)
        wiring_free(&trainer->wiring);
    memory_free(trainer->workers);
    memory_free(trainer->slots);
    silence_free(&trainer->silence);
    buffer_free(&trainer->order);
    hypers_free(&trainer->hypers);
    if (trainer->optimizer.module)
        optimizer_free(&trainer->optimizer);
    if (trainer->parameters.module)
        parameters_free(&trainer->parameters);
    *trainer = (Trainer){0};
}

size_t trainer_bytes(const Trainer *trainer)
{
    size_t bytes = parameters_bytes(trainer->module) +
                   optimizer_bytes(trainer->module) +
                   wiring_bytes(&trainer->wiring) +
                   trainer->n_slots * gradients_bytes(trainer->module);
    for (uint32_t w = 0; w < trainer->n_workers; w++)
        bytes += network_bytes(&trainer->workers[w].network);
    return bytes;
}

uint64_t trainer_batches(const Trainer *trainer, const Stimuli *train)
{
    return ((uint64_t)train->n_samples + trainer->batch_size - 1) /
           trainer->batch_size;
}

static bool reserve_slots(Trainer *trainer)
{
    uint32_t n = slot_count(trainer->batch_size,
                            gradients_bytes(trainer->module));
    if (trainer->slots)
        return true;
    trainer->slots = memory_array(n, sizeof(Slot));
    if (!trainer->slots)
        return false;
    bool reads = trainer->optimizer.reads & SNN_READS_SILENCE;
    if (reads && !silence_new(&trainer->silence, trainer->module))
        return false;
    for (; trainer->n_slots < n; trainer->n_slots++) {
        Slot *slot = &trainer->slots[trainer->n_slots];
        if (!gradients_new(&slot->gradients, trainer->module) ||
            (reads && !silence_new(&slot->silence, trainer->module)))
            return false;
    }
    return true;
}

// Fisher-Yates; the order of an epoch depends on seed and epoch only.
static bool shuffle(Trainer *trainer, uint32_t n)
{
    const Progress *progress = &trainer->progress;
    if (trainer->order_size == n && trainer->order_epoch == progress->epoch)
        return true;
    if (!buffer_reserve(&trainer->order, (size_t)n * sizeof(uint32_t)))
        return false;
    uint32_t *order = trainer->order.data;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        RandomPlace place = {progress->seed, RANDOM_SHUFFLE,
                             (uint32_t)progress->epoch, i, 0};
        uint32_t j = (uint32_t)random_below(place, i);
        uint32_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
    trainer->order_size = n;
    trainer->order_epoch = progress->epoch;
    return true;
}

uint32_t trainer_next_size(const Trainer *trainer, const Stimuli *train)
{
    uint64_t first = trainer->progress.batch * trainer->batch_size;
    uint64_t rest = train->n_samples > first ? train->n_samples - first : 0;
    return rest < trainer->batch_size ? (uint32_t)rest : trainer->batch_size;
}

bool trainer_update(Trainer *trainer)
{
    return wiring_update(&trainer->wiring, trainer->parameters.values);
}

typedef struct BatchTask {
    Trainer *trainer;
    const Stimuli *train;
    const uint32_t *samples;
    uint32_t n, n_slots;
} BatchTask;

static void run_slot(void *context, uint32_t item, uint32_t worker)
{
    const BatchTask *task = context;
    Trainer *trainer = task->trainer;
    uint32_t first = (uint32_t)((uint64_t)task->n * item / task->n_slots);
    uint32_t end = (uint32_t)((uint64_t)task->n * (item + 1) / task->n_slots);
    SlotWork work = {
        .stimuli = task->train,
        .samples = task->samples + first,
        .n = end - first,
        .hypers = trainer->hypers.values,
        .seed = trainer->progress.seed,
        .epoch = trainer->progress.epoch,
        .is_training = true,
    };
    slot_run(&trainer->slots[item], &trainer->workers[worker], &work);
}

static bool collect(Trainer *trainer, uint32_t n_slots, Totals *totals,
                    RunError *error)
{
    *totals = (Totals){0};
    for (uint32_t s = 0; s < n_slots; s++) {
        if (trainer->slots[s].error.network.status != SNN_OK) {
            *error = trainer->slots[s].error;
            return false;
        }
        totals_add(totals, &trainer->slots[s].totals);
    }
    return true;
}

static bool out_of_memory(RunError *error)
{
    *error = (RunError){.network = {.status = SNN_NO_MEMORY, .neuron = -1}};
    return false;
}

bool trainer_accumulate(Trainer *trainer, const Stimuli *train,
                        Totals *out_totals, RunError *out_error)
{
    Progress *progress = &trainer->progress;
    uint32_t n = trainer_next_size(trainer, train);
    *out_error = (RunError){.network = {.status = SNN_OK}};
    if (!reserve_slots(trainer) || !shuffle(trainer, train->n_samples) ||
        !trainer_update(trainer))
        return out_of_memory(out_error);
    hypers_evaluate(&trainer->hypers, progress->step + 1, progress->epoch);
    const uint32_t *order = trainer->order.data;
    BatchTask task = {
        .trainer = trainer,
        .train = train,
        .samples = order + progress->batch * trainer->batch_size,
        .n = n,
        .n_slots = n < trainer->n_slots ? n : trainer->n_slots,
    };
    pool_run(trainer->pool, run_slot, &task, task.n_slots);
    return collect(trainer, task.n_slots, out_totals, out_error);
}

// A slot that ran nothing in this batch counted no sample.
static void add_silence(Trainer *trainer)
{
    silence_clear(&trainer->silence);
    for (uint32_t s = 0; s < trainer->n_slots; s++) {
        silence_add(&trainer->silence, &trainer->slots[s].silence);
        silence_clear(&trainer->slots[s].silence);
    }
}

void trainer_apply(Trainer *trainer, uint32_t n_samples)
{
    Gradients gradients[SLOTS_MAX];
    for (uint32_t s = 0; s < trainer->n_slots; s++)
        gradients[s] = trainer->slots[s].gradients;
    if (trainer->silence.module)
        add_silence(trainer);
    OptimizerStep step = {
        .hypers = trainer->hypers.values,
        .scale = 1.0 / n_samples,
        .step = ++trainer->progress.step,
        .epoch = trainer->progress.epoch,
        .silence = &trainer->silence,
    };
    trainer->progress.totals.n_kept +=
        optimizer_apply(&trainer->optimizer, trainer->pool, gradients,
                        trainer->n_slots, &step);
}

// A batch that teaches nothing: all gradients are 0, and no rule moves what
// belongs to silent neurons. Costs a pass over gradients only while they are 0.
static bool is_idle(const Trainer *trainer)
{
    if (trainer->silence.module || !gradients_bytes(trainer->module))
        return false;
    for (uint32_t s = 0; s < trainer->n_slots; s++)
        if (!gradients_all_zero(&trainer->slots[s].gradients))
            return false;
    return true;
}

static void clear_slot(void *context, uint32_t item, uint32_t worker)
{
    const Trainer *trainer = context;
    (void)worker;
    gradients_clear(&trainer->slots[item].gradients);
}

void trainer_discard(Trainer *trainer)
{
    pool_run(trainer->pool, clear_slot, trainer, trainer->n_slots);
}

bool trainer_step(Trainer *trainer, const Stimuli *train, RunError *out_error)
{
    Totals totals;
    uint32_t n = trainer_next_size(trainer, train);
    if (!trainer_accumulate(trainer, train, &totals, out_error)) {
        trainer_discard(trainer);
        return false;
    }
    totals.n_idle = trainer->progress.batch == 0 && is_idle(trainer);
    trainer_apply(trainer, n);
    totals_add(&trainer->progress.totals, &totals);
    trainer->progress.batch++;
    return true;
}

void trainer_end_epoch(Trainer *trainer)
{
    trainer->progress.epoch++;
    trainer->progress.batch = 0;
    trainer->progress.totals = (Totals){0};
}
