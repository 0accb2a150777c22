/* `dialtone diagnose`. */
#include "app/diagnose/diagnose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/diagnose/log.h"
#include "app/diagnose/secret.h"
#include "app/know/know.h"
#include "base/json.h"
#include "io/out/out.h"
#include "io/tls/crypto.h"

enum { RAW_MOST = 4 << 20 }; /* bytes of raw log that an HTML report holds */

static const struct cli_option options[] = {
    {"output", 'o', "FORMAT", "text, json, jsonl, html, or log: what was read, without secrets",
     "text,json,jsonl,html,log"},
    CLI_LANG,
    {"expect", 0, "HOST", "the provisioning server that DHCP should name", NULL},
    {"host", 0, "ADDRESS", "of captures only this MAC or IP address; may be repeated", NULL},
    {"keylog", 0, "FILE", "TLS key log (SSLKEYLOGFILE): what is inside is read too", NULL},
    {"secret-file", 0, "FILE", "lines USER PASSWORD: proves a digest right or wrong", NULL},
    KNOW_RULES,
    {"verbose", 'v', NULL, "text: findings that are only information, in full", NULL},
    {"facts", 0, NULL, "print every fact that is read, a JSON line each, and no report", NULL},
    CLI_COLOR,
    {NULL, 0, NULL, NULL, NULL},
};

static const char examples[] =
    "  dialtone diagnose prt.tar.gz                 a problem report as the phone gives it\n"
    "  dialtone diagnose -o html logcat > case.html one file for the ticket\n"
    "  dialtone diagnose --lang ja prt.tar.gz       in Japanese\n"
    "  dialtone diagnose --host 192.0.2.10 site.pcap one phone of a packet capture\n"
    "  dialtone diagnose --expect prov.example.com logs/\n"
    "  ssh host cat messages | dialtone diagnose -o json -\n";

/* Facts as JSON lines, for who writes rules. */
static void print_fact(void *ctx, const struct fact *f)
{
    struct json j;
    struct sink *out = ctx;
    json_init(&j, out, 0);
    json_open(&j, '{');
    json_kint(&j, "line", f->place.line);
    json_kz(&j, "kind", f->kind < FACT_KINDS ? fact_row(f->kind)->name : "line.added");
    for (unsigned i = 0; i < f->n; i++) {
        enum field field = (enum field)f->f[i].field;
        json_kstr(&j, field_name(field), field_secret(field) ? STR("(secret)") : f->f[i].v);
    }
    json_close(&j, '}');
    sink_char(out, '\n');
}

static bool raw_text(void *ctx, size_t input, struct str *ret_text)
{
    const struct diagnose_raw *raw = ctx;
    if (input >= raw->n || raw->text[input].len == 0) {
        return false;
    }
    *ret_text = buf_str(&raw->text[input]);
    return true;
}

static void write_report(const struct cli_args *a, const struct report *r, struct sink *out)
{
    const char *format = cli_value(a, "output", "text");
    if (strcmp(format, "json") == 0) {
        report_json(r, out, 2);
    } else if (strcmp(format, "jsonl") == 0) {
        report_jsonl(r, out);
    } else if (strcmp(format, "html") == 0) {
        report_html(r, out);
    } else {
        report_text(r, out);
    }
}

/* Problems go to standard error too where the report is for a program. */
static bool damaged(const struct doctor *d)
{
    for (size_t i = 0; i < doctor_problems(d); i++) {
        if (doctor_problem_at(d, i)->damage) {
            return true;
        }
    }
    return false;
}

static int exit_code(const struct doctor *d)
{
    int worst = report_worst(d);
    if (worst == LEVEL_ERROR) {
        return CLI_ERRORS;
    }
    return worst < 0 || damaged(d) ? CLI_UNFINISHED : CLI_OK;
}

enum { KEYLOG_MOST = 16 << 20, HOSTS_MOST = 16 };

/* The secrets of TLS connections, as a library wrote them. */
static bool read_keylog(const struct cli_args *a, struct buf *ret_text)
{
    const char *path = cli_value(a, "keylog", NULL);
    char bytes[8192];
    size_t n = 0;
    if (!path) {
        return true;
    }
    FILE *f = fopen(path, "re");
    if (!f) {
        cli_error("--keylog: cannot open %s: %s", path, strerror(errno));
        return false;
    }
    ret_text->limit = KEYLOG_MOST;
    bool ok = true;
    while (ok && (n = fread(bytes, 1, sizeof bytes, f)) > 0) {
        ok = buf_add(ret_text, str_of(bytes, n)) == ERR_OK;
    }
    if (!ok) {
        cli_error("--keylog: %s is larger than %d MiB", path, KEYLOG_MOST >> 20);
    } else if (ferror(f)) {
        cli_error("--keylog: cannot read %s: %s", path, strerror(errno));
        ok = false;
    }
    (void)fclose(f);
    return ok;
}

static bool read_hosts(const struct cli_args *a, struct str hosts[HOSTS_MOST], size_t *ret_n)
{
    const char *host = NULL;
    size_t n = 0;
    while ((host = cli_repeated(a, "host", n))) {
        if (n == HOSTS_MOST || !doctor_host(str_z(host))) {
            cli_error(n == HOSTS_MOST ? "--host: at most 16 of them"
                                      : "--host: %s is neither a MAC nor an IP address",
                      host);
            return false;
        }
        hosts[n++] = str_z(host);
    }
    *ret_n = n;
    return true;
}

static int diagnose_all(const struct cli_args *a, const struct know *k, struct secrets *secrets,
                        struct str keylog, struct out *o)
{
    struct str hosts[HOSTS_MOST];
    size_t n_hosts = 0;
    if (!read_hosts(a, hosts, &n_hosts)) {
        return CLI_USAGE;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    bool facts = cli_given(a, "facts");
    bool html = strcmp(cli_value(a, "output", "text"), "html") == 0;
    bool log = strcmp(cli_value(a, "output", "text"), "log") == 0;
    struct diagnose_raw raw = {.left = log ? LOG_MOST : RAW_MOST};
    struct doctor_cfg cfg = {.expect = str_z(cli_value(a, "expect", NULL)),
                             .secret = secrets ? secrets_check : NULL,
                             .ctx = secrets,
                             .crypto = tls_crypto(),
                             .keylog = keylog,
                             .hosts = hosts,
                             .n_hosts = n_hosts,
                             .fact = facts ? print_fact : NULL,
                             .fact_ctx = &s};
    struct doctor *d = doctor_new(&k->k, &cfg);
    if (!d) {
        cli_error("no memory");
        return CLI_UNFINISHED;
    }
    int code = CLI_UNFINISHED;
    enum err e = diagnose_read(d, a->arg, a->n, isatty(STDERR_FILENO), html || log ? &raw : NULL);
    if (e != ERR_OK) {
        cli_error("reading the evidence failed: %s", e == ERR_MEMORY ? "no memory" : err_name(e));
    } else {
        struct report r = {.doctor = d,
                           .lang = know_language(a),
                           .version = cli_version,
                           .color = cli_color(a, STDOUT_FILENO),
                           .width = cli_width(STDOUT_FILENO),
                           .verbose = cli_given(a, "verbose"),
                           .raw = raw_text,
                           .raw_ctx = &raw,
                           .crypto = tls_crypto()};
        if (log) {
            e = diagnose_log(d, &raw, &s);
        } else if (!facts) {
            write_report(a, &r, &s);
        }
        code = e == ERR_OK ? exit_code(d) : CLI_UNFINISHED;
    }
    if (out_flush(o) != ERR_OK) {
        cli_error("cannot write the report: %s", strerror(o->error));
        code = CLI_UNFINISHED;
    }
    diagnose_raw_clear(&raw);
    doctor_free(d);
    return code;
}

static int run(const struct cli_args *a)
{
    struct know k;
    struct secrets *secrets = NULL;
    const char *path = cli_value(a, "secret-file", NULL);
    if (!know_load(&k, a)) {
        return CLI_USAGE;
    }
    if (path && !(secrets = secrets_load(path))) {
        know_clear(&k);
        return CLI_USAGE;
    }
    struct out *o = malloc(sizeof *o);
    struct buf keylog = {.p = NULL};
    int code = CLI_UNFINISHED;
    if (!read_keylog(a, &keylog)) {
        code = CLI_USAGE;
    } else if (o) {
        code = diagnose_all(a, &k, secrets, buf_str(&keylog), o);
    }
    buf_clear(&keylog);
    free(o);
    secrets_free(secrets);
    know_clear(&k);
    return code;
}

const struct cli_command diagnose_command = {
    .name = "diagnose",
    .args = "FILE...",
    .summary = "The failing stage, the evidence, the remedy, and who must act",
    .text =
        "FILE is a problem report (tar, tar.gz, zip), a log, a packet capture (pcap, pcapng), a\n"
        "folder, or - for standard input. Logs and captures are known by their content; several\n"
        "files are taken as belonging together.\n",
    .examples = examples,
    .options = options,
    .least = 1,
    .run = run,
};
