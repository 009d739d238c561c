// What npz needs of zip: finding, checking and unpacking members of an archive
// in memory. Offsets and sizes are believed only when they fit the file.
#ifndef SNN_IO_ZIP_H
#define SNN_IO_ZIP_H

#include <stddef.h>
#include <stdint.h>
#include "io/error.h"

// Marks and sizes of the records, in the format's own terms.
enum {
    ZIP_LOCAL_SIZE = 30,
    ZIP_CENTRAL_SIZE = 46,
    ZIP_END_SIZE = 22,
    ZIP_END64_SIZE = 56,
    ZIP_LOCATOR_SIZE = 20,
    ZIP_EXTRA64 = 1,
    ZIP_STORED = 0,
    ZIP_DEFLATED = 8,
    ZIP_FLAG_ENCRYPTED = 1,
    ZIP_FLAG_UTF8 = 0x800,
};
#define ZIP_LOCAL_MARK 0x04034b50u
#define ZIP_CENTRAL_MARK 0x02014b50u
#define ZIP_END_MARK 0x06054b50u
#define ZIP_END64_MARK 0x06064b50u
#define ZIP_LOCATOR_MARK 0x07064b50u
// Stands for a number that is in the ZIP64 record.
#define ZIP_ELSEWHERE16 0xffffu
#define ZIP_ELSEWHERE32 0xffffffffu

typedef struct SnnZipMember {
    const unsigned char *name;   // name_length bytes, none of them 0
    size_t name_length;
    uint32_t method, crc;
    uint64_t packed_size, size;  // packed_size bytes lie at `packed`
    const unsigned char *packed;
} SnnZipMember;

typedef struct SnnZip {
    const char *path;            // for messages
    const unsigned char *bytes;
    size_t n;
    SnnZipMember *members;       // free()
    size_t n_members;
} SnnZip;

// Fills zip->members from path, bytes and n.
int snn_io_zip_list(SnnZip *zip, char *error, size_t size);
// The member's bytes, checksum checked: *out_view; *out_owned is NULL when they
// lie in the archive, else to be freed.
int snn_io_zip_unpack(const SnnZip *zip, const SnnZipMember *member,
                      const unsigned char **out_view, unsigned char **out_owned,
                      char *error, size_t size);

// CRC-32 of more bytes; begin with 0.
uint32_t snn_io_crc32(uint32_t crc, const void *bytes, size_t n);

// Numbers of the format are little-endian.
static inline uint32_t zip_get16(const unsigned char *from)
{
    return from[0] | (uint32_t)from[1] << 8;
}

static inline uint32_t zip_get32(const unsigned char *from)
{
    return zip_get16(from) | zip_get16(from + 2) << 16;
}

static inline uint64_t zip_get64(const unsigned char *from)
{
    return zip_get32(from) | (uint64_t)zip_get32(from + 4) << 32;
}

static inline unsigned char *zip_put(unsigned char *to, uint64_t value,
                                     int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        *to++ = (unsigned char)(value >> (8 * i));
    return to;
}

#endif
