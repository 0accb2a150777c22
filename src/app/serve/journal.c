/* `dialtone journal`: the rows that `dialtone serve` wrote, as lines or as JSON. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/serve/journal_record.h"
#include "app/serve/plan.h"
#include "app/serve/serve.h"
#include "base/esc.h"
#include "base/json.h"
#include "base/mac.h"
#include "flow/record/record.h"
#include "io/out/out.h"

enum { ROWS = 1000 };

static const struct cli_option options[] = {
    {"state", 's', "DIR", "where `dialtone serve` keeps it", NULL},
    {"last", 0, "N", "so many rows, the newest (1000)", NULL},
    {"output", 'o', "FORMAT", "text, jsonl, or record: for `dialtone diagnose`",
     "text,jsonl,record"},
    {NULL, 0, NULL, NULL, NULL},
};

struct printing {
    struct sink *out;
    bool json;
    struct record *record;
    uint32_t order;
    const struct journal_row *row;
};

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    (void)m;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct printing *p = ctx;
    char when[TIME_TEXT];
    struct json j;
    time_write(p->row->when, when);
    json_init(&j, p->out, 0);
    json_open(&j, '{');
    json_kz(&j, "time", when);
    json_kz(&j, "kind", fact_row(f->kind)->name);
    for (unsigned i = 0; i < f->n; i++) {
        json_kstr(&j, field_name((enum field)f->f[i].field), f->f[i].v);
    }
    json_close(&j, '}');
    sink_char(p->out, '\n');
}

static enum err print_row(void *ctx, const struct journal_row *row)
{
    struct printing *p = ctx;
    if (!p->json) {
        esc_term(p->out, row->line);
        sink_char(p->out, '\n');
        return p->out->err;
    }
    p->row = row;
    record_begin(p->record, (struct record_sink){.ctx = p, .mark = on_mark, .fact = on_fact}, 0,
                 &p->order);
    record_feed(p->record, row->line);
    record_end(p->record);
    return p->out->err;
}

/* MACs are kept in one spelling. */
static struct str subject_of(const struct cli_args *a, char text[MAC_TEXT])
{
    struct mac mac;
    struct str s = a->n ? str_z(a->arg[0]) : STR("");
    if (!mac_read(s, &mac)) {
        return s;
    }
    mac_write(mac, text);
    return str_z(text);
}

static int print_rows(const struct cli_args *a, struct store *s, uint64_t most, struct out *o)
{
    char text[MAC_TEXT];
    struct timespec now;
    struct sink out = out_init(o, STDOUT_FILENO);
    struct printing p = {.out = &out,
                         .json = str_eq(str_z(cli_value(a, "output", "text")), STR("jsonl")),
                         .record = malloc(sizeof *p.record)};
    struct str subject = subject_of(a, text);
    enum err e = p.record ? ERR_OK : ERR_MEMORY;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (e == ERR_OK && str_eq(str_z(cli_value(a, "output", "text")), STR("record"))) {
        usec_t date = (usec_t)now.tv_sec * USEC_S + now.tv_nsec / 1000;
        e = journal_record(s, subject, most, date, &out);
    } else if (e == ERR_OK) {
        e = store_journal_read(s, &(struct journal_query){.subject = subject, .most = most},
                               print_row, &p, NULL);
    }
    free(p.record);
    if (e != ERR_OK) {
        cli_error("the journal cannot be read: %s", err_name(e));
    }
    return e == ERR_OK && out_flush(o) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
}

static int run(const struct cli_args *a)
{
    char folder[PLAN_FOLDER], why[STORE_WHY] = "";
    struct store *s = NULL;
    uint64_t most = ROWS;
    const char *last = cli_value(a, "last", NULL);
    if (last && (!str_u64(str_z(last), &most) || most == 0)) {
        cli_error("--last: '%s' is no number of rows", last);
        return CLI_USAGE;
    }
    if (!plan_state_folder(cli_value(a, "state", NULL), folder)) {
        return CLI_USAGE;
    }
    if (store_open_read(folder, &s, why) != ERR_OK) {
        cli_error("%s", why);
        return CLI_UNFINISHED;
    }
    struct out *o = malloc(sizeof *o);
    int code = o ? print_rows(a, s, most, o) : CLI_UNFINISHED;
    free(o);
    store_close(s);
    return code;
}

const struct cli_command journal_command = {
    .name = "journal",
    .args = "[SUBJECT]",
    .summary = "What the servers wrote down: who registered, who was refused and why",
    .text = "One line a fact (docs/facts.md), oldest first; with a SUBJECT those of one phone (its "
            "MAC\n"
            "address) or, where no MAC is known, of one user.\n",
    .examples = "  dialtone journal\n  dialtone journal 00:00:5e:00:53:01\n"
                "  dialtone journal -o jsonl 1001 | jq .\n"
                "  dialtone journal -o record | dialtone diagnose -\n",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
};
