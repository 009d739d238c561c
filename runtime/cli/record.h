// What training leaves behind besides weights: a log with a JSON line per epoch
// and a report.
#ifndef SNN_CLI_RECORD_H
#define SNN_CLI_RECORD_H

#include <stdio.h>
#include "cli/progress.h"
#include "cli/session.h"

typedef struct Record {
    FILE *log;               // NULL without --log
    const char *log_path;
    bool has_prediction;     // else accuracy means nothing
    EpochResult *results;    // of the epochs of this run
    size_t n_results, capacity;
    double seconds;          // of this run
} Record;

// Opens the log; a resumed run adds to it.
void record_open(Record *record, const Session *session);
// Ends the program when the log cannot be written.
void record_epoch(Record *record, const EpochResult *result);
void record_close(Record *record);

// The line that training ends with on request.
void record_print_json(const Record *record, const Session *session,
                       bool was_interrupted);
// Writes the report and says where; `saved` is where weights lie, or NULL.
void record_write_report(const Record *record, const Session *session,
                         const char *saved, bool was_interrupted);

#endif
