/* What goes with the copy into a support case: a manifest, and a report made of the copy alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/redact/job.h"
#include "base/json.h"
#include "flow/report/report.h"
#include "io/tls/crypto.h"
#include "io/tls/file.h"
#include "share/share.h"

static enum err doctor_piece(struct job *j, struct doctor *d, const struct job_piece *p)
{
    char buf[16384];
    doctor_begin(d, str_z(p->name), INPUT_NOTHING, p->group);
    for (uint64_t done = 0; done < p->len;) {
        size_t n = 0;
        uint64_t left = p->len - done;
        enum err e = spool_read(&j->copy, p->at + done, buf,
                                left < sizeof buf ? (size_t)left : sizeof buf, &n);
        if (e != ERR_OK) {
            return e;
        }
        doctor_feed(d, str_of(buf, n));
        done += n;
    }
    doctor_end(d, p->whole);
    return job_interrupted ? ERR_MISSING : ERR_OK;
}

enum err job_report(struct job *j, bool json, struct buf *out)
{
    const struct doctor_cfg cfg = {.expect = {NULL, 0}};
    struct sink s = buf_sink(out);
    struct doctor *d = doctor_new(&j->know.k, &cfg);
    enum err e = d ? ERR_OK : ERR_MEMORY;
    for (size_t i = 0; i < j->n && e == ERR_OK; i++) {
        if (!j->pieces[i].left_out) {
            e = doctor_piece(j, d, &j->pieces[i]);
        }
    }
    if (e == ERR_OK) {
        doctor_finish(d);
        struct report r = {.doctor = d,
                           .lang = know_language(j->args),
                           .version = cli_version,
                           .crypto = tls_crypto()};
        if (json) {
            report_json(&r, &s, 2);
        } else {
            report_text(&r, &s);
        }
        e = s.err;
    }
    doctor_free(d);
    return e;
}

/* One sum over what the findings rest on. */
static void ruleset(struct json *w)
{
    uint8_t sum[DIGEST_MOST];
    size_t len = 0;
    char text[2 * DIGEST_MOST + 1] = "";
    struct str *parts = calloc(2 * share_files_n + 1, sizeof *parts);
    if (!parts) {
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < share_files_n; i++) {
        parts[n++] = str_z(share_files[i].name);
        parts[n++] = str_of(share_files[i].data, share_files[i].len);
    }
    if (tls_crypto()->digest(DIGEST_SHA256, parts, n, sum, &len) == ERR_OK) {
        for (size_t i = 0; i < len; i++) {
            snprintf(text + 2 * i, 3, "%02x", sum[i]);
        }
    }
    free(parts);
    json_kz(w, "ruleset_sha256", text);
}

static enum err originals(struct job *j, struct json *w)
{
    enum err e = ERR_OK;
    json_key(w, "originals");
    json_open(w, '[');
    for (size_t i = 0; i < gather_n(j->gather) && e == ERR_OK; i++) {
        const struct gather_input *in = gather_input(j->gather, i);
        char name[JOB_NAME], sum[TLS_SHA256_TEXT] = "";
        uint64_t size = in->size;
        const char *slash = strrchr(in->path, '/');
        snprintf(name, sizeof name, "%s", slash ? slash + 1 : in->path);
        e = redact_name(j->redact, REDACT_REPLACE, name, strlen(name));
        if (in->kind != GATHER_STREAM && in->kind != GATHER_UNREADABLE &&
            tls_path_sha256(in->path, sum, &size) != ERR_OK) {
            cli_error("cannot read an input again: %s", strerror(errno));
            e = ERR_IO;
        }
        json_open(w, '{');
        json_kz(w, "name", name);
        json_kint(w, "size", (int64_t)size);
        json_kstr(w, "sha256", sum[0] ? str_z(sum) : str_of(NULL, 0));
        json_close(w, '}');
    }
    json_close(w, ']');
    return e;
}

static enum err files(struct job *j, struct json *w)
{
    enum err e = ERR_OK;
    json_key(w, "files");
    json_open(w, '[');
    for (size_t i = 0; i < j->n && e == ERR_OK; i++) {
        const struct job_piece *p = &j->pieces[i];
        char sum[TLS_SHA256_TEXT] = "";
        char name[JOB_NAME];
        uint64_t size = 0;
        job_member_name(j, i, true, name);
        json_open(w, '{');
        json_kz(w, "name", name);
        if (p->left_out) {
            json_kz(w, "left_out", p->left_out);
        } else {
            e = tls_file_sha256(j->copy.out.fd, p->at, p->len, sum, &size);
            json_kint(w, "size", (int64_t)size);
            json_kz(w, "sha256", sum);
            json_kbool(w, "whole", p->whole);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
    return e;
}

enum err job_manifest(struct job *j, struct buf *out)
{
    struct sink s = buf_sink(out);
    struct json w;
    json_init(&w, &s, 2);
    json_open(&w, '{');
    json_kz(&w, "schema", "dialtone-case-1");
    json_kz(&w, "version", cli_version);
    ruleset(&w);
    enum err e = originals(j, &w);
    e = e == ERR_OK ? files(j, &w) : e;
    json_key(&w, "replaced");
    json_open(&w, '[');
    for (unsigned c = 0; c < REDACT_CLASSES; c++) {
        enum redact_class class = (enum redact_class)c;
        if (redact_values(j->redact, class) > 0) {
            json_open(&w, '{');
            json_kz(&w, "class", redact_class_name(class));
            json_kint(&w, "values", (int64_t)redact_values(j->redact, class));
            json_kint(&w, "places", (int64_t)redact_places(j->redact, class));
            json_close(&w, '}');
        }
    }
    json_close(&w, ']');
    json_kz(&w, "note",
            "Digest responses are pseudonyms: a password cannot be proved by this copy.");
    json_close(&w, '}');
    sink_char(&s, '\n');
    return e == ERR_OK ? s.err : e;
}
