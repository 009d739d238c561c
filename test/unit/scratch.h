// Files of a test: a folder of its own under $TMPDIR, removed at the end.
#ifndef SNNC_TEST_SCRATCH_H
#define SNNC_TEST_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_folder[256];

// Ends the test when there is no place for it.
static inline void scratch_open(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(scratch_folder, sizeof scratch_folder, "%s/snnc-test-XXXXXX",
             parent ? parent : "/tmp");
    if (!mkdtemp(scratch_folder)) {
        perror(scratch_folder);
        exit(1);
    }
}

// The path of a file in the folder; the last four answers stay valid.
static inline const char *scratch_path(const char *name)
{
    static char paths[4][512];
    static int next;
    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], "%s/%s", scratch_folder, name);
    return paths[next];
}

static inline void scratch_write(const char *name, const void *bytes,
                                 size_t n)
{
    FILE *file = fopen(scratch_path(name), "wb");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0) {
        perror(name);
        exit(1);
    }
}

static inline void scratch_remove(const char *name)
{
    unlink(scratch_path(name));
}

// Files in the folder.
static inline int scratch_count(void)
{
    int n = 0;
    DIR *folder = opendir(scratch_folder);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n;
}

static inline void scratch_close(void)
{
    DIR *folder = opendir(scratch_folder);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            scratch_remove(entry->d_name);
    closedir(folder);
    rmdir(scratch_folder);
}

#endif
