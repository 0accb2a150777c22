/* Cuts a log into problem reports, as a phone packs them: FOLDER/0001.tar.gz with a log in it.
 *
 *     packlogs FOLDER NUMBER <LOG */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int pack(const char *name, const char *text, size_t len)
{
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    archive_write_add_filter_gzip(a);
    archive_write_set_format_ustar(a);
    archive_entry_set_pathname(e, "logs/messages");
    archive_entry_set_size(e, (long long)len);
    archive_entry_set_filetype(e, 0100000);
    archive_entry_set_perm(e, 0644);
    int bad = archive_write_open_filename(a, name) != ARCHIVE_OK ||
              archive_write_header(a, e) != ARCHIVE_OK ||
              archive_write_data(a, text, len) != (long)len || archive_write_close(a) != ARCHIVE_OK;
    if (bad) {
        fprintf(stderr, "packlogs: %s: %s\n", name, archive_error_string(a));
    }
    archive_entry_free(e);
    archive_write_free(a);
    return bad;
}

int main(int argc, char **argv)
{
    size_t cap = 1 << 20;
    size_t len = 0;
    char *text = malloc(cap);
    char name[4096];
    long n = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (n < 1 || !text) {
        free(text);
        fprintf(stderr, "usage: packlogs FOLDER NUMBER <LOG\n");
        return 2;
    }
    for (size_t got; (got = fread(text + len, 1, cap - len, stdin)) > 0;) {
        len += got;
        if (len == cap) {
            char *more = realloc(text, cap *= 2);
            if (!more) {
                free(text);
                return 1;
            }
            text = more;
        }
    }
    size_t at = 0;
    int bad = 0;
    for (long i = 1; i <= n && !bad; i++) {
        size_t end = i == n ? len : at + (len - at) / (size_t)(n - i + 1);
        const char *nl = memchr(text + end, '\n', len - end);
        end = nl ? (size_t)(nl + 1 - text) : len;
        snprintf(name, sizeof name, "%s/%04ld.tar.gz", argv[1], i);
        bad = pack(name, text + at, end - at);
        at = end;
    }
    free(text);
    return bad;
}
