/* `dialtone redact`: options, and the order of things. Nothing has a name before it was checked. */
#include "app/redact/redact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/redact/job.h"
#include "share/share.h"

static const struct cli_option options[] = {
    {"output", 'O', "OUT", "where the copy goes; - for standard output", NULL},
    {"case", 0, NULL, "pack the copy with report and manifest for support", NULL},
    {"map", 0, "FILE", "also write the private table original -> pseudonym", NULL},
    {"also", 0, "WORD", "a word of your own that goes too; @FILE: one a line (repeatable)", NULL},
    {"keep", 0, "WORD", "a value, or a domain with all below it, that stays (repeatable)", NULL},
    {"force", 'f', NULL, "replace what is there", NULL},
    CLI_LANG,
    KNOW_RULES,
    {NULL, 0, NULL, NULL, NULL},
};

static void on_signal(int number)
{
    (void)number;
    job_interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};
    sigemptyset(&act.sa_mask);
    (void)sigaction(SIGINT, &act, NULL);
    (void)sigaction(SIGTERM, &act, NULL);
}

static int failed(enum err e, const char *what)
{
    if (job_interrupted) {
        return CLI_INTERRUPTED;
    }
    switch (e) {
    case ERR_LIMIT:
        cli_error("%s: more identities than can be held; redact fewer files at once", what);
        break;
    case ERR_MEMORY:
        cli_error("%s: no memory", what);
        break;
    case ERR_MALFORMED: /* told where it was found */
        break;
    case ERR_OK:
    case ERR_MORE:
    case ERR_IO:
    case ERR_MISSING:
    case ERR_USAGE:
    case ERR_END:
        cli_error("%s: %s", what, strerror(errno));
        break;
    }
    return CLI_UNFINISHED;
}

/* The words of `--also @FILE`. */
static bool also_file(struct redact *r, const char *path)
{
    char line[1024];
    FILE *in = fopen(path, "re");
    bool ok = in != NULL;
    if (!in) {
        cli_error("%s: %s", path, strerror(errno));
    }
    for (unsigned n = 1; ok && fgets(line, sizeof line, in); n++) {
        struct str word = str_trim(str_z(line));
        if (word.len > 0 && redact_also(r, word) != ERR_OK) {
            cli_error("%s:%u: a word has 3 to 512 bytes, one of them a letter or digit", path, n);
            ok = false;
        }
    }
    if (in) {
        (void)fclose(in);
    }
    return ok;
}

static bool own_words(struct job *j)
{
    const char *word = NULL;
    for (size_t i = 0; (word = cli_repeated(j->args, "keep", i)) != NULL; i++) {
        if (redact_keep(j->redact, str_z(word)) != ERR_OK) {
            cli_error("--keep: not a word");
            return false;
        }
    }
    for (size_t i = 0; (word = cli_repeated(j->args, "also", i)) != NULL; i++) {
        if (word[0] == '@') {
            if (!also_file(j->redact, word + 1)) {
                return false;
            }
        } else if (redact_also(j->redact, str_z(word)) != ERR_OK) {
            cli_error("--also: a word has 3 to 512 bytes, one of them a letter or digit");
            return false;
        }
    }
    return true;
}

/* The words of the phones' own lines are no names. */
static enum err guard(struct redact *r)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < share_files_n && e == ERR_OK; i++) {
        if (strncmp(share_files[i].name, "lines/", 6) == 0) {
            e = redact_guard(r, str_of(share_files[i].data, share_files[i].len));
        }
    }
    return e;
}

static int place(struct job *j, const char *path, bool plain, bool whole_case)
{
    bool to_stdout = strcmp(path, "-") == 0;
    struct out_file *f = malloc(sizeof *f);
    if (!f) {
        return failed(ERR_MEMORY, "redact");
    }
    enum err e = ERR_OK;
    struct sink *out = &f->sink;
    if (to_stdout) {
        f->sink = out_init(&f->out, STDOUT_FILENO);
    } else {
        e = out_file_open(f, path, cli_given(j->args, "force"));
    }
    if (e != ERR_OK) {
        int code = failed(e, path);
        free(f);
        return code;
    }
    e = plain ? job_write_plain(j, out) : job_write_archive(j, whole_case, out);
    if (e == ERR_OK && job_interrupted) {
        e = ERR_MISSING;
    }
    if (e == ERR_OK) {
        e = to_stdout ? out_flush(&f->out) : out_file_commit(f);
    } else if (!to_stdout) {
        out_file_abort(f);
    }
    free(f);
    return e == ERR_OK ? CLI_OK : failed(e, path);
}

static int write_map(struct job *j, const char *path)
{
    struct out_file *f = malloc(sizeof *f);
    enum err e = f ? out_file_open(f, path, cli_given(j->args, "force")) : ERR_MEMORY;
    if (e == ERR_OK) {
        job_write_map(j, &f->sink);
        e = out_file_commit(f);
    }
    free(f);
    return e == ERR_OK ? CLI_OK : failed(e, path);
}

static int write_copy(struct job *j)
{
    char name[JOB_NAME];
    bool whole_case = cli_given(j->args, "case");
    bool plain = job_plain(j) && !whole_case;
    const char *map = cli_value(j->args, "map", NULL);
    enum err e = job_name(j, plain, whole_case, name);
    if (e != ERR_OK) {
        return failed(e, "redact");
    }
    bool piped = j->args->n == 1 && strcmp(j->args->arg[0], "-") == 0;
    const char *path = cli_value(j->args, "output", piped ? "-" : name);
    int code = place(j, path, plain, whole_case);
    if (code == CLI_OK && map) {
        code = write_map(j, map);
    }
    if (code == CLI_OK && strcmp(path, "-") != 0) {
        cli_error("wrote %s", path);
    }
    if (code == CLI_OK && j->problems > 0) {
        cli_error("the copy lacks what could not be read");
        code = CLI_UNFINISHED;
    }
    return code;
}

static int redact_all(struct job *j)
{
    if (!own_words(j)) {
        return CLI_USAGE;
    }
    enum err e = guard(j->redact);
    e = e == ERR_OK ? job_read(j) : e;
    if (e != ERR_OK) {
        return failed(e, "reading the input");
    }
    size_t texts = 0;
    for (size_t i = 0; i < j->n; i++) {
        texts += !j->pieces[i].left_out;
    }
    if (texts == 0) {
        cli_error("there is no text in the input; nothing was written");
        return CLI_UNFINISHED;
    }
    e = job_replace(j);
    e = e == ERR_OK ? job_check(j) : e;
    return e == ERR_OK ? write_copy(j) : failed(e, "redact");
}

static int run(const struct cli_args *a)
{
    int code = CLI_UNFINISHED;
    struct job *j = calloc(1, sizeof *j);
    if (!j) {
        return failed(ERR_MEMORY, "redact");
    }
    j->args = a;
    j->original.out.fd = -1;
    j->copy.out.fd = -1;
    if (!know_load(&j->know, a)) {
        free(j);
        return CLI_USAGE;
    }
    catch_signals();
    j->gather = gather_new(&gather_options_usual);
    enum err e = j->gather ? redact_new(0, &j->redact) : ERR_MEMORY;
    e = e == ERR_OK ? spool_open(&j->original) : e;
    e = e == ERR_OK ? spool_open(&j->copy) : e;
    code = e == ERR_OK ? redact_all(j) : failed(e, "a temporary file");
    spool_close(&j->original);
    spool_close(&j->copy);
    for (size_t i = 0; i < j->n; i++) {
        free(j->pieces[i].name);
    }
    free(j->pieces);
    gather_free(j->gather);
    redact_free(j->redact);
    know_clear(&j->know);
    free(j);
    return code;
}

static const char examples[] =
    "  dialtone redact logcat                      logcat.redacted beside it\n"
    "  dialtone redact --case prt.tar.gz           prt.case.tar.gz for a support case\n"
    "  dialtone redact -O - logcat | less          look at it first\n"
    "  dialtone redact --also @words.txt --map=private.jsonl prt.tar.gz\n";

const struct cli_command redact_command = {
    .name = "redact",
    .args = "FILE...",
    .summary = "A copy that can be shared, leak-checked",
    .text = "What identifies a device, a person, a network or a secret becomes a pseudonym of the "
            "same\n"
            "length, the same one in all files; everything else stays, so the copy gives the same\n"
            "findings. A plain log gives a plain log, everything else a tar.gz of the texts; what "
            "is no\n"
            "text is left out. The copy is searched for every original before it gets its name.\n",
    .examples = examples,
    .options = options,
    .least = 1,
    .run = run,
};
