/* Replays a fuzz target's corpus in the normal test run, without a fuzzer.
 *
 *     X_fuzz FOLDER-OR-FILE...
 *
 * An argument that is missing or an empty folder is a failure: a corpus that vanished must not pass. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static _Noreturn void die(const char *what, const char *name)
{
    fprintf(stderr, "%s: %s: %s\n", name, what, strerror(errno));
    exit(1);
}

static void replay(const char *name, size_t len)
{
    FILE *in = fopen(name, "rb");
    /* Exactly as long as the file (and never 0), so that the sanitizer sees a read past the end. */
    uint8_t *data = malloc(len == 0 ? 1 : len);

    if (in == NULL || data == NULL)
        die("cannot open", name);
    if (fread(data, 1, len, in) != len)
        die("cannot read", name);
    fclose(in);
    LLVMFuzzerTestOneInput(data, len);
    free(data);
}

/* Returns how many files were replayed. */
static size_t visit(const char *name)
{
    struct stat st;
    DIR *dir;
    struct dirent *entry;
    size_t n = 0;

    if (stat(name, &st) != 0)
        die("cannot stat", name);
    if (!S_ISDIR(st.st_mode)) {
        replay(name, (size_t)st.st_size);
        return 1;
    }
    dir = opendir(name);
    if (dir == NULL)
        die("cannot open", name);
    while ((entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];

        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(path, sizeof(path), "%s/%s", name, entry->d_name) >= (int)sizeof(path)) {
            errno = ENAMETOOLONG;
            die("cannot open", entry->d_name);
        }
        n += visit(path);
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER-OR-FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        size_t n = visit(argv[i]);

        if (n == 0) {
            fprintf(stderr, "%s: the corpus is empty\n", argv[i]);
            return 1;
        }
        printf("%s: %zu inputs replayed\n", argv[i], n);
    }
    return 0;
}
