// Unpacking a member of a zip archive, and the checksum of both directions.
#include "io/zip.h"

#include <stdlib.h>
#ifndef SNN_NO_ZLIB
#include <zlib.h>
#endif

static int fail_member(const SnnZip *zip, const SnnZipMember *member,
                       char *error, size_t size, const char *what)
{
    int length = member->name_length < 200 ? (int)member->name_length : 200;
    return snn_io_fail(error, size, "%s: member '%.*s' %s", zip->path, length,
                       (const char *)member->name, what);
}

#ifndef SNN_NO_ZLIB

enum { PIECE = 1 << 26 };

uint32_t snn_io_crc32(uint32_t crc, const void *bytes, size_t n)
{
    return (uint32_t)crc32_z(crc, bytes, n);
}

// One step of at most PIECE bytes on either side; sizes of zlib are 32 bits.
static int inflate_step(z_stream *stream, uint64_t *in_left, uint64_t *out_left)
{
    uInt in = (uInt)(*in_left < PIECE ? *in_left : PIECE);
    uInt out = (uInt)(*out_left < PIECE ? *out_left : PIECE);
    stream->avail_in = in;
    stream->avail_out = out;
    int code = inflate(stream, Z_NO_FLUSH);
    *in_left -= in - stream->avail_in;
    *out_left -= out - stream->avail_out;
    return code;
}

// Exactly `size` bytes must come out of exactly the packed ones.
static int inflate_all(const SnnZipMember *member, unsigned char *out)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return -1;
    uint64_t in_left = member->packed_size, out_left = member->size;
    stream.next_in = (Bytef *)(uintptr_t)member->packed;
    stream.next_out = out;
    int code;
    do {
        code = inflate_step(&stream, &in_left, &out_left);
    } while (code == Z_OK);
    inflateEnd(&stream);
    return code == Z_STREAM_END && in_left == 0 && out_left == 0 ? 0 : -1;
}

static int unpack(const SnnZip *zip, const SnnZipMember *member,
                  unsigned char **out, char *error, size_t size)
{
    // inflate wants a place to write to even when nothing comes.
    *out = malloc(member->size + 1);
    if (*out == NULL)
        return fail_member(zip, member, error, size,
                           "does not fit in memory");
    if (inflate_all(member, *out) == 0)
        return 0;
    free(*out);
    *out = NULL;
    return fail_member(zip, member, error, size,
                       "is damaged: its packed data does not unpack");
}

#else

// Four bits a step: the table is small, and such builds read little.
uint32_t snn_io_crc32(uint32_t crc, const void *bytes, size_t n)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const unsigned char *from = bytes;
    crc = ~crc;
    while (n-- > 0) {
        crc ^= *from++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static int unpack(const SnnZip *zip, const SnnZipMember *member,
                  unsigned char **out, char *error, size_t size)
{
    (void)out;
    return fail_member(zip, member, error, size,
                       "is compressed, which this program was built without: "
                       "save it uncompressed (numpy.savez)");
}

#endif

int snn_io_zip_unpack(const SnnZip *zip, const SnnZipMember *member,
                      const unsigned char **out_view, unsigned char **out_owned,
                      char *error, size_t size)
{
    *out_owned = NULL;
    *out_view = member->packed;
    if (member->method == ZIP_DEFLATED) {
        if (unpack(zip, member, out_owned, error, size) < 0)
            return -1;
        *out_view = *out_owned;
    } else if (member->method != ZIP_STORED) {
        return fail_member(zip, member, error, size,
                           "is packed by a method that is neither 'stored' "
                           "nor 'deflated'");
    }
    if (snn_io_crc32(0, *out_view, member->size) == member->crc)
        return 0;
    free(*out_owned);
    *out_owned = NULL;
    return fail_member(zip, member, error, size,
                       "is damaged: its checksum does not match");
}
