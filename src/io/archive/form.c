/* What bytes are, by how they start. Tar: POSIX.1-2017 pax, "ustar Interchange Format"; zip: APPNOTE
 * 4.3.7; gzip: RFC 1952 2.3.1; pcap and pcapng: draft-ietf-opsawg-pcap, -pcapng. */
#include "io/archive/source.h"

struct mark {
    enum source_form form;
    struct str bytes;
    const char *foreign;
};

static const struct mark marks[] = {
    {SOURCE_GZIP, STR_INIT("\x1f\x8b\x08"), NULL},
    {SOURCE_ZIP, STR_INIT("PK\x03\x04"), NULL},
    {SOURCE_ZIP, STR_INIT("PK\x05\x06"), NULL},           /* without members */
    {SOURCE_ZIP, STR_INIT("PK\x07\x08PK\x03\x04"), NULL}, /* split into volumes */
    {SOURCE_ZIP, STR_INIT("PK00PK\x03\x04"), NULL},
    {SOURCE_CAPTURE, STR_INIT("\xd4\xc3\xb2\xa1"), NULL},
    {SOURCE_CAPTURE, STR_INIT("\xa1\xb2\xc3\xd4"), NULL},
    {SOURCE_CAPTURE, STR_INIT("\x4d\x3c\xb2\xa1"), NULL}, /* nanoseconds */
    {SOURCE_CAPTURE, STR_INIT("\xa1\xb2\x3c\x4d"), NULL},
    {SOURCE_FOREIGN,
     STR_INIT("\xfd"
              "7zXZ\0"),
     "xz"},
    {SOURCE_FOREIGN, STR_INIT("7z\xbc\xaf\x27\x1c"), "7-Zip"},
    {SOURCE_FOREIGN, STR_INIT("Rar!\x1a\x07"), "RAR"},
    {SOURCE_FOREIGN, STR_INIT("\x28\xb5\x2f\xfd"), "Zstandard"},
    {SOURCE_FOREIGN, STR_INIT("\x04\x22\x4d\x18"), "LZ4"},
    {SOURCE_FOREIGN, STR_INIT("\x1f\x9d"), "compress (.Z)"},
};

/* "BZh", a digit, and the mark of a block or of the end of the stream. */
static bool is_bzip2(struct str h)
{
    return h.len >= 10 && memcmp(h.p, "BZh", 3) == 0 && h.p[3] >= '1' && h.p[3] <= '9' &&
           (memcmp(h.p + 4, "1AY&SY", 6) == 0 ||
            memcmp(h.p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

/* A section header block: its type, its length, and the byte order. */
static bool is_pcapng(struct str h)
{
    return h.len >= 12 && memcmp(h.p, "\x0a\x0d\x0d\x0a", 4) == 0 &&
           (memcmp(h.p + 8, "\x1a\x2b\x3c\x4d", 4) == 0 ||
            memcmp(h.p + 8, "\x4d\x3c\x2b\x1a", 4) == 0);
}

/* The magic, or, for older tars, the sum of the header with its own field as blanks. */
static bool is_tar(struct str h)
{
    if (h.len < 512 || h.p[0] == '\0') {
        return false;
    }
    if (memcmp(h.p + 257, "ustar", 5) == 0) {
        return true;
    }
    uint64_t sum = 0, stated = 0;
    for (size_t i = 0; i < 512; i++) {
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h.p[i];
    }
    struct str field = str_trim(str_of(h.p + 148, 8));
    size_t digits = 0;
    for (; digits < field.len && field.p[digits] >= '0' && field.p[digits] <= '7'; digits++) {
        stated = stated * 8 + (uint64_t)(field.p[digits] - '0');
    }
    return digits > 0 && stated == sum;
}

enum source_form source_form(struct str head, const char **ret_foreign)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (str_starts(head, marks[i].bytes)) {
            *ret_foreign = marks[i].foreign;
            return marks[i].form;
        }
    }
    if (is_bzip2(head)) {
        return SOURCE_BZIP2;
    }
    if (is_pcapng(head)) {
        return SOURCE_CAPTURE;
    }
    return is_tar(head) ? SOURCE_TAR : SOURCE_PLAIN;
}
