// Npz files made by hand, for tests of the reader: any npy header, plain or
// deflated members, with data descriptors or false numbers.
#ifndef SNNC_TEST_NPZ_BUILD_H
#define SNNC_TEST_NPZ_BUILD_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef SNN_NO_ZLIB
#include <zlib.h>
#endif
#include "io/zip.h"

enum { BUILD_ROOM = 4096, BUILD_MEMBERS = 8 };

typedef struct BuildEntry {
    char name[64];
    size_t offset, packed_size, size;
    uint32_t crc;
    uint16_t method, flags;
} BuildEntry;

// A zero value is an empty archive.
typedef struct Build {
    unsigned char bytes[BUILD_ROOM];
    size_t n;
    BuildEntry entries[BUILD_MEMBERS];
    size_t n_entries;
    bool is_packed;            // deflate the members that follow
    bool has_descriptors;      // sizes and checksum behind the data
} Build;

static inline void build_bytes(Build *build, const void *bytes, size_t n)
{
    if (build->n + n > BUILD_ROOM)
        abort();
    memcpy(build->bytes + build->n, bytes, n);
    build->n += n;
}

static inline void build_number(Build *build, uint64_t value, int n_bytes)
{
    unsigned char bytes[8];
    zip_put(bytes, value, n_bytes);
    build_bytes(build, bytes, (size_t)n_bytes);
}

static inline size_t build_pack(const void *bytes, size_t n, unsigned char *out)
{
#ifdef SNN_NO_ZLIB
    (void)bytes, (void)n, (void)out;
    return 0;
#else
    z_stream stream = {0};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)n;
    stream.next_out = out;
    stream.avail_out = BUILD_ROOM;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    deflateEnd(&stream);
    return BUILD_ROOM - stream.avail_out;
#endif
}

// What local and central records have in common; `is_late`: sizes come later.
static inline void build_common(Build *build, const BuildEntry *entry,
                                bool is_late)
{
    build_number(build, 20, 2);
    build_number(build, entry->flags, 2);
    build_number(build, entry->method, 2);
    build_number(build, 0, 4); // time and date
    build_number(build, is_late ? 0 : entry->crc, 4);
    build_number(build, is_late ? 0 : entry->packed_size, 4);
    build_number(build, is_late ? 0 : entry->size, 4);
    build_number(build, strlen(entry->name), 2);
    build_number(build, 0, 2); // no extra field
}

static inline void build_member(Build *build, const char *name,
                                const void *bytes, size_t n)
{
    unsigned char packed[BUILD_ROOM];
    BuildEntry *entry = &build->entries[build->n_entries++];
    *entry = (BuildEntry){.offset = build->n, .size = n, .packed_size = n,
                          .crc = snn_io_crc32(0, bytes, n)};
    snprintf(entry->name, sizeof entry->name, "%s", name);
    if (build->is_packed) {
        entry->method = ZIP_DEFLATED;
        entry->packed_size = build_pack(bytes, n, packed);
    }
    if (build->has_descriptors)
        entry->flags |= 8;
    build_number(build, ZIP_LOCAL_MARK, 4);
    build_common(build, entry, build->has_descriptors);
    build_bytes(build, name, strlen(name));
    build_bytes(build, build->is_packed ? packed : bytes, entry->packed_size);
    if (!build->has_descriptors)
        return;
    build_number(build, 0x08074b50, 4);
    build_number(build, entry->crc, 4);
    build_number(build, entry->packed_size, 4);
    build_number(build, entry->size, 4);
}

// An npy file as a member: header text padded to what numpy aligns to.
static inline void build_array(Build *build, const char *name, int version,
                               const char *header, const void *data, size_t n)
{
    unsigned char npy[BUILD_ROOM];
    size_t n_length = version == 1 ? 2 : 4, start = 8 + n_length;
    size_t end = (start + strlen(header) + 1 + 63) / 64 * 64;
    memcpy(npy, "\x93NUMPY", 6);
    npy[6] = (unsigned char)version;
    npy[7] = 0;
    zip_put(npy + 8, end - start, (int)n_length);
    memset(npy + start, ' ', end - start);
    memcpy(npy + start, header, strlen(header));
    npy[end - 1] = '\n';
    memcpy(npy + end, data, n);
    build_member(build, name, npy, end + n);
}

static inline void build_central(Build *build, const BuildEntry *entry)
{
    build_number(build, ZIP_CENTRAL_MARK, 4);
    build_number(build, 20, 2);
    build_common(build, entry, false);
    build_number(build, 0, 8); // comment, disk, attributes
    build_number(build, 0, 2);
    build_number(build, entry->offset, 4);
    build_bytes(build, entry->name, strlen(entry->name));
}

// The directory; nothing can be added behind it.
static inline void build_end(Build *build)
{
    size_t offset = build->n;
    for (size_t k = 0; k < build->n_entries; k++)
        build_central(build, &build->entries[k]);
    size_t length = build->n - offset;
    build_number(build, ZIP_END_MARK, 4);
    build_number(build, 0, 4);
    build_number(build, build->n_entries, 2);
    build_number(build, build->n_entries, 2);
    build_number(build, length, 4);
    build_number(build, offset, 4);
    build_number(build, 0, 2);
}

#endif
