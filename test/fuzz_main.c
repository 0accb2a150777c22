/* Replays a fuzz target's corpus in the normal test run, without a fuzzer.
 *
 *     X_fuzz FOLDER...
 *
 * A folder that is missing or empty is a failure: a corpus that vanished must not pass. */
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

static void replay(const char *name)
{
    FILE *in = fopen(name, "rb");
    struct stat st;
    size_t len;
    uint8_t *data;

    if (in == NULL || fstat(fileno(in), &st) != 0)
        die("cannot open", name);
    len = (size_t)st.st_size;
    /* As long as the file and no longer, so that the sanitizer sees a read past the end. */
    data = malloc(len == 0 ? 1 : len);
    if (data == NULL)
        die("out of memory", name);
    if (fread(data, 1, len, in) != len)
        die("cannot read", name);
    fclose(in);
    LLVMFuzzerTestOneInput(data, len);
    free(data);
}

/* Returns how many files of the folder were replayed. */
static size_t replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t n = 0;

    if (dir == NULL)
        die("cannot open", folder);
    while ((entry = readdir(dir)) != NULL) {
        char name[PATH_MAX];

        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name) >= (int)sizeof(name)) {
            errno = ENAMETOOLONG;
            die("cannot open", entry->d_name);
        }
        replay(name);
        n++;
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        size_t n = replay_folder(argv[i]);

        if (n == 0) {
            fprintf(stderr, "%s: the corpus is empty\n", argv[i]);
            return 1;
        }
        printf("%s: %zu inputs replayed\n", argv[i], n);
    }
    return 0;
}
