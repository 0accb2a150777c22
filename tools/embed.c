/* Build-time helper: writes the files below a folder as the constant tables of src/share/share.h.
 *
 *     embed FOLDER OUTPUT.c
 *
 * Hidden files and editors' backups (`.x`, `x~`) are left out. A missing folder counts as empty. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct names {
    char **at;
    size_t n;
    size_t max;
};

static _Noreturn void die(const char *what, const char *name)
{
    fprintf(stderr, "embed: %s: %s: %s\n", name, what, strerror(errno));
    exit(1);
}

/* `a` and `b` joined by a slash, or `b` alone when `a` is empty. The caller frees it. */
static char *join(const char *a, const char *b)
{
    size_t len = strlen(a) + strlen(b) + 2;
    char *s = malloc(len);

    if (s == NULL)
        die("out of memory", b);
    if (*a == '\0')
        snprintf(s, len, "%s", b);
    else
        snprintf(s, len, "%s/%s", a, b);
    return s;
}

static void names_add(struct names *names, char *name)
{
    if (names->n == names->max) {
        size_t max = names->max == 0 ? 64 : names->max * 2;
        char **at = realloc(names->at, max * sizeof(*at));

        if (at == NULL)
            die("out of memory", name);
        names->at = at;
        names->max = max;
    }
    names->at[names->n++] = name;
}

/* As deep as the source tree is. NOLINTNEXTLINE(misc-no-recursion) */
static void walk(const char *root, const char *below, struct names *names)
{
    char *folder = *below == '\0' ? join("", root) : join(root, below);
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (dir == NULL) {
        if (errno != ENOENT || *below != '\0')
            die("cannot open folder", folder);
        free(folder);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        struct stat st;
        char *name;
        char *path;

        if (entry->d_name[0] == '.' || entry->d_name[len - 1] == '~')
            continue;
        name = join(below, entry->d_name);
        path = join(root, name);
        if (stat(path, &st) != 0)
            die("cannot stat", path);
        if (S_ISDIR(st.st_mode)) {
            walk(root, name, names);
            free(name);
        } else {
            names_add(names, name);
        }
        free(path);
    }
    closedir(dir);
    free(folder);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Octal escapes of three digits need no look at the character that follows. */
static void write_char(FILE *out, int c)
{
    if (c == '\\' || c == '"' || c == '?')
        fprintf(out, "\\%c", c);
    else if (c >= ' ' && c <= '~')
        fputc(c, out);
    else
        fprintf(out, "\\%03o", (unsigned)c);
}

static size_t write_data(FILE *out, const char *path, size_t i)
{
    FILE *in = fopen(path, "rb");
    size_t len = 0;
    int c;

    if (in == NULL)
        die("cannot open", path);
    fprintf(out, "static const char d%zu[] =\n    \"", i);
    for (size_t column = 0; (c = getc(in)) != EOF; len++) {
        write_char(out, c);
        if (c == '\n' || ++column == 80) {
            fputs("\"\n    \"", out);
            column = 0;
        }
    }
    fputs("\";\n\n", out);
    if (ferror(in))
        die("cannot read", path);
    fclose(in);
    return len;
}

static void write_all(FILE *out, const char *root, const struct names *names)
{
    size_t *len = calloc(names->n + 1, sizeof(*len));

    if (len == NULL)
        die("out of memory", root);
    fputs("/* Written by tools/embed.c. */\n#include \"share/share.h\"\n\n", out);
    for (size_t i = 0; i < names->n; i++) {
        char *path = join(root, names->at[i]);

        len[i] = write_data(out, path, i);
        free(path);
    }
    fputs("const struct share_file share_files[] = {\n", out);
    for (size_t i = 0; i < names->n; i++) {
        fputs("    {\"", out);
        for (const char *p = names->at[i]; *p != '\0'; p++)
            write_char(out, (unsigned char)*p);
        fprintf(out, "\", d%zu, %zu},\n", i, len[i]);
    }
    fprintf(out, "    {NULL, NULL, 0},\n};\n\nconst size_t share_files_n = %zu;\n", names->n);
    free(len);
}

int main(int argc, char **argv)
{
    struct names names = {0};
    FILE *out;
    bool bad;

    if (argc != 3) {
        fputs("usage: embed FOLDER OUTPUT.c\n", stderr);
        return 2;
    }
    walk(argv[1], "", &names);
    if (names.n != 0)
        qsort(names.at, names.n, sizeof(*names.at), by_name);
    out = fopen(argv[2], "wb");
    if (out == NULL)
        die("cannot write", argv[2]);
    write_all(out, argv[1], &names);
    bad = ferror(out) != 0;
    if (fclose(out) != 0 || bad)
        die("cannot write", argv[2]);
    for (size_t i = 0; i < names.n; i++)
        free(names.at[i]);
    free(names.at);
    return 0;
}
