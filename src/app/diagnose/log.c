/* The text of what was read. */
#include "app/diagnose/log.h"

#include "base/esc.h"
#include "flow/redact/redact.h"

static enum err pass(struct redact *r, enum redact_pass pass, struct str text, struct sink *out)
{
    redact_begin(r, pass, out);
    enum err e = redact_feed(r, text);
    enum err end = redact_end(r);
    return e == ERR_OK ? end : e;
}

static void write_text(struct str text, struct sink *out)
{
    while (text.len) {
        size_t at = str_chr(text, '\n');
        esc_term(out, str_trim(str_head(text, at)));
        sink_char(out, '\n');
        text = str_from(text, at == STR_NPOS ? text.len : at + 1);
    }
}

/* Who the phone is may be seen; what it proves itself with may not. */
static struct redact *new_masking(void)
{
    struct redact *r = NULL;
    if (redact_new(0, &r) != ERR_OK) {
        return NULL;
    }
    for (int c = 0; c < REDACT_CLASSES; c++) {
        if (c != REDACT_SECRET && c != REDACT_DIGEST) {
            redact_spare(r, (enum redact_class)c);
        }
    }
    return r;
}

static enum err write_all(struct redact *r, const struct doctor *d, const struct diagnose_raw *raw,
                          struct sink *out)
{
    struct buf copy = {.p = NULL};
    struct sink to = buf_sink(&copy);
    enum err e = ERR_OK;
    for (size_t i = 0; i < raw->n && e == ERR_OK; i++) {
        e = pass(r, REDACT_COLLECT, buf_str(&raw->text[i]), NULL);
    }
    e = e == ERR_OK ? redact_seal(r) : e;
    for (size_t i = 0; i < raw->n && e == ERR_OK; i++) {
        struct str text = buf_str(&raw->text[i]);
        if (text.len == 0) {
            continue;
        }
        buf_reset(&copy);
        e = pass(r, REDACT_REPLACE, text, &to);
        sink_z(out, "==> ");
        esc_term(out, doctor_input(d, i)->name);
        sink_z(out, " <==\n");
        write_text(buf_str(&copy), out);
    }
    buf_clear(&copy);
    return e;
}

enum err diagnose_log(const struct doctor *d, const struct diagnose_raw *raw, struct sink *out)
{
    struct redact *r = new_masking();
    enum err e = r ? write_all(r, d, raw, out) : ERR_MEMORY;
    redact_free(r);
    return e;
}
