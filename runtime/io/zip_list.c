// Listing a zip archive: from the end record (ZIP64 or not) to the central
// directory to each member's bytes.
#include "io/zip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Deflate packs 258 bytes into two bits at best.
enum { DEFLATE_RATIO_MAX = 1032, COMMENT_MAX = 65535 };

typedef struct Directory {
    uint64_t offset, length, count;
    uint64_t end;              // where it must stop at the latest
} Directory;

// What a reader of one record needs to complain.
typedef struct Complaint {
    const SnnZip *zip;
    char *error;
    size_t size;
} Complaint;

static int fail_damaged(const Complaint *to, const char *what)
{
    return snn_io_fail(to->error, to->size, "%s is a damaged npz file: %s",
                       to->zip->path, what);
}

// Without sums that could overflow.
static bool fits(uint64_t offset, uint64_t length, uint64_t end)
{
    return offset <= end && length <= end - offset;
}

// ---- the end of the archive -----------------------------------------------

// The end record is the last one whose comment reaches exactly the file's end.
static const unsigned char *find_end(const SnnZip *zip)
{
    if (zip->n < ZIP_END_SIZE)
        return NULL;
    size_t last = zip->n - ZIP_END_SIZE;
    size_t first = last > COMMENT_MAX ? last - COMMENT_MAX : 0;
    for (size_t at = last + 1; at-- > first;) {
        const unsigned char *record = zip->bytes + at;
        if (zip_get32(record) == ZIP_END_MARK &&
            zip_get16(record + 20) == last - at)
            return record;
    }
    return NULL;
}

static bool has_end64(const SnnZip *zip, const unsigned char *end)
{
    return end - zip->bytes >= ZIP_LOCATOR_SIZE &&
           zip_get32(end - ZIP_LOCATOR_SIZE) == ZIP_LOCATOR_MARK;
}

static int read_end64(const Complaint *to, const unsigned char *end,
                      Directory *out)
{
    uint64_t end_offset = (uint64_t)(end - to->zip->bytes);
    uint64_t offset = zip_get64(end - ZIP_LOCATOR_SIZE + 8);
    if (!fits(offset, ZIP_END64_SIZE, end_offset - ZIP_LOCATOR_SIZE))
        return fail_damaged(to, "its ZIP64 end record is missing");
    const unsigned char *record = to->zip->bytes + offset;
    if (zip_get32(record) != ZIP_END64_MARK)
        return fail_damaged(to, "its ZIP64 end record is missing");
    *out = (Directory){.count = zip_get64(record + 32),
                       .length = zip_get64(record + 40),
                       .offset = zip_get64(record + 48),
                       .end = offset};
    return 0;
}

static int find_directory(const Complaint *to, Directory *out)
{
    const SnnZip *zip = to->zip;
    const unsigned char *end = find_end(zip);
    if (end == NULL)
        return snn_io_fail(to->error, to->size,
                           "%s is no npz file, or is cut short: %zu bytes "
                           "without the end record of a zip archive",
                           zip->path, zip->n);
    *out = (Directory){.count = zip_get16(end + 10),
                       .length = zip_get32(end + 12),
                       .offset = zip_get32(end + 16),
                       .end = (uint64_t)(end - zip->bytes)};
    bool is_elsewhere = out->count == ZIP_ELSEWHERE16 ||
                        out->length == ZIP_ELSEWHERE32 ||
                        out->offset == ZIP_ELSEWHERE32;
    if (is_elsewhere && has_end64(zip, end) && read_end64(to, end, out) < 0)
        return -1;
    if (!fits(out->offset, out->length, out->end))
        return fail_damaged(to, "its directory lies outside the file");
    if (out->count > out->length / ZIP_CENTRAL_SIZE)
        return fail_damaged(to, "its directory has fewer entries than it says");
    return 0;
}

// ---- one member -----------------------------------------------------------

// ZIP64 keeps, in this order, just those numbers that did not fit.
static int read_extra64(const Complaint *to, const unsigned char *extra,
                        size_t length, uint64_t *const numbers[3])
{
    while (length >= 4) {
        size_t field = zip_get16(extra + 2);
        if (field > length - 4)
            break;
        if (zip_get16(extra) == ZIP_EXTRA64) {
            const unsigned char *from = extra + 4;
            for (int i = 0; i < 3; i++) {
                if (*numbers[i] != ZIP_ELSEWHERE32)
                    continue;
                if (field < 8)
                    return fail_damaged(to, "a ZIP64 entry is too short");
                *numbers[i] = zip_get64(from);
                from += 8;
                field -= 8;
            }
            return 0;
        }
        extra += 4 + field;
        length -= 4 + field;
    }
    return 0;
}

static int check_sizes(const Complaint *to, const SnnZipMember *member,
                       uint32_t flags)
{
    if (flags & ZIP_FLAG_ENCRYPTED)
        return fail_damaged(to, "a member is encrypted");
    if (memchr(member->name, 0, member->name_length) != NULL)
        return fail_damaged(to, "a member's name has a zero byte");
    if (member->method == ZIP_STORED && member->packed_size != member->size)
        return fail_damaged(to, "a stored member has two sizes");
    if (member->method == ZIP_DEFLATED &&
        member->size / DEFLATE_RATIO_MAX > member->packed_size)
        return fail_damaged(to, "a member says it unpacks to too much");
    return 0;
}

// The local record repeats the name; its sizes may be in a data descriptor, so
// only the directory's count.
static int find_data(const Complaint *to, SnnZipMember *member, uint64_t offset,
                     uint64_t end)
{
    if (!fits(offset, ZIP_LOCAL_SIZE, end))
        return fail_damaged(to, "a member lies outside the file");
    const unsigned char *local = to->zip->bytes + offset;
    if (zip_get32(local) != ZIP_LOCAL_MARK)
        return fail_damaged(to, "a member is not where the directory says");
    uint64_t name = zip_get16(local + 26), extra = zip_get16(local + 28);
    offset += ZIP_LOCAL_SIZE;
    if (!fits(offset, name + extra, end) || name != member->name_length ||
        memcmp(local + ZIP_LOCAL_SIZE, member->name, name) != 0)
        return fail_damaged(to, "a member's name differs from the directory's");
    offset += name + extra;
    if (!fits(offset, member->packed_size, end))
        return fail_damaged(to, "a member's data reaches beyond the file");
    member->packed = to->zip->bytes + offset;
    return 0;
}

// Reads the entry at *at and moves behind it.
static int read_entry(const Complaint *to, const Directory *directory,
                      uint64_t *at, SnnZipMember *out)
{
    uint64_t end = directory->offset + directory->length;
    const unsigned char *entry = to->zip->bytes + *at;
    if (!fits(*at, ZIP_CENTRAL_SIZE, end) ||
        zip_get32(entry) != ZIP_CENTRAL_MARK)
        return fail_damaged(to, "its directory has fewer entries than it says");
    uint64_t name = zip_get16(entry + 28), extra = zip_get16(entry + 30);
    uint64_t length = ZIP_CENTRAL_SIZE + name + extra + zip_get16(entry + 32);
    if (!fits(*at, length, end))
        return fail_damaged(to, "a directory entry is cut short");
    *out = (SnnZipMember){.name = entry + ZIP_CENTRAL_SIZE,
                          .name_length = name,
                          .method = zip_get16(entry + 10),
                          .crc = zip_get32(entry + 16),
                          .packed_size = zip_get32(entry + 20),
                          .size = zip_get32(entry + 24)};
    uint64_t offset = zip_get32(entry + 42);
    uint64_t *const numbers[3] = {&out->size, &out->packed_size, &offset};
    if (read_extra64(to, out->name + name, extra, numbers) < 0 ||
        check_sizes(to, out, zip_get16(entry + 8)) < 0)
        return -1;
    *at += length;
    return find_data(to, out, offset, directory->offset);
}

static int read_entries(const Complaint *to, const Directory *directory,
                        SnnZipMember *out)
{
    uint64_t at = directory->offset, room = to->zip->n;
    for (uint64_t i = 0; i < directory->count; i++) {
        if (read_entry(to, directory, &at, &out[i]) < 0)
            return -1;
        // Members that share their bytes would unpack to more than is there.
        if (out[i].packed_size > room)
            return fail_damaged(to, "its members overlap");
        room -= out[i].packed_size;
    }
    if (at != directory->offset + directory->length)
        return fail_damaged(to, "its directory has more entries than it says");
    return 0;
}

int snn_io_zip_list(SnnZip *zip, char *error, size_t size)
{
    Complaint to = {zip, error, size};
    Directory directory = {0};
    if (find_directory(&to, &directory) < 0)
        return -1;
    zip->n_members = directory.count;
    zip->members = calloc(directory.count + 1, sizeof *zip->members);
    if (zip->members == NULL)
        return snn_io_fail(error, size, "not enough memory to read %s",
                           zip->path);
    if (read_entries(&to, &directory, zip->members) == 0)
        return 0;
    free(zip->members);
    zip->members = NULL;
    return -1;
}
